//! Autodiscover over HTTP and DNS.

use super::{
    Options,
    http::{Call, Cookies, Http},
};
use crate::{
    ErrorKind, Limits, Result,
    autodiscover::{Heard, Rules, Search, Settings, Step},
};
use http::{Method, StatusCode};
use tegu_message::Spool;
use tegu_net::{BoxFuture, Credentials, Endpoint, Resolver};

/// Sets trust, proxy and time-outs of a server.
type Prepare<'a> = &'a (dyn Fn(Endpoint) -> Endpoint + Send + Sync);

/// Finds the URL of Exchange Web Services for the mailbox of an SMTP address by Autodiscover, as the account that will read it.
///
/// `prepare` sets trust, proxy and time-outs of each server that is asked, and of the result. Without `resolver` no service records are
/// looked for. [`autodiscover`](crate::autodiscover) says in which order places are asked, and whom credentials are shown. A server that
/// offers no way to sign in that the credentials allow is not shown them; one that refuses them ends the search, so that no account is
/// locked.
///
/// # Errors
///
/// Kind [`NotFound`](ErrorKind::NotFound) if no place leads to a server; it names each and what came of it.
/// [`Authentication`](ErrorKind::Authentication) if a server refuses the credentials. Those of [`Search::new`].
pub async fn find(
    address: &str,
    rules: &Rules,
    resolver: Option<&Resolver>,
    credentials: &Credentials,
    prepare: impl Fn(Endpoint) -> Endpoint + Send + Sync,
) -> Result<Endpoint> {
    let search = Search::new(address, rules)?;
    let finder = Finder {
        resolver,
        credentials,
        prepare: &prepare,
        options: Options::default(),
    };
    finder.run(search).await
}

struct Finder<'a> {
    resolver: Option<&'a Resolver>,
    credentials: &'a Credentials,
    prepare: Prepare<'a>,
    options: Options,
}

impl Finder<'_> {
    fn run(&self, mut search: Search) -> BoxFuture<'_, Result<Endpoint>> {
        Box::pin(async move {
            while let Some(step) = search.step() {
                tracing::debug!(%step, "Autodiscover");
                let Some(settings) = self.take(&mut search, &step).await? else {
                    continue;
                };
                for url in &settings.urls {
                    match self.is_there(url).await {
                        Ok(endpoint) => return Ok(endpoint),
                        Err(error) => search.missed(url, error.message()),
                    }
                }
            }
            Err(search.error())
        })
    }

    /// Takes a step.
    async fn take(&self, search: &mut Search, step: &Step) -> Result<Option<Settings>> {
        let result = match step {
            Step::Ask { .. } => self.ask(search, step).await,
            Step::Lead { url } => self.lead(url).await.map(|to| match to {
                Some(to) => search.heard(step, Heard::Redirect(&to)),
                None => search.heard(step, Heard::Other("it leads nowhere else")),
            }),
            Step::Records { name } => {
                let Some(resolver) = self.resolver else {
                    return Ok(search.heard(step, Heard::Nothing("no name server is known")));
                };
                let records = resolver.services(name).await;
                records.map(|records| search.heard(step, Heard::Records(&records)))
            }
        };
        result.or_else(|error| match error.kind() {
            ErrorKind::Authentication => Err(error.doing("ask", step)),
            ErrorKind::Connect | ErrorKind::Timeout | ErrorKind::Tls => {
                Ok(search.heard(step, Heard::Nothing(error.message())))
            }
            _ => Ok(search.heard(step, Heard::Other(error.message()))),
        })
    }

    fn http(&self, endpoint: Endpoint) -> Http {
        Http::new(&(self.prepare)(endpoint), self.credentials, &self.options)
    }

    async fn ask(&self, search: &mut Search, step: &Step) -> Result<Option<Settings>> {
        let Step::Ask { form, url, address } = step else {
            return Ok(None);
        };
        let http = self.http(Endpoint::new(url)?);
        // Whoever leads elsewhere, or is another site, is shown no credentials.
        let seen = http.probe(Method::POST).await?;
        if let Some(to) = seen.location() {
            return Ok(search.heard(step, Heard::Redirect(to)));
        }
        match seen.status {
            StatusCode::UNAUTHORIZED => http.choose(&seen)?,
            StatusCode::OK | StatusCode::INTERNAL_SERVER_ERROR if self.credentials_show_themselves() => {}
            status => return Ok(search.heard(step, Heard::Other(&format!("it answers {status}")))),
        }
        let spool = Spool::new(std::env::temp_dir());
        let limits = Limits {
            answer: 1 << 20,
            elements: 10_000,
            ..Limits::default()
        };
        let cookies = Cookies::default();
        let call = Call {
            body: form.question(address, url).into(),
            anchor: Some(address),
            public_folders: None,
            cookies: &cookies,
            spool: &spool,
            limits: &limits,
        };
        let answer = http.call(&call).await?;
        Ok(search.heard(step, Heard::Answer(&answer.text())))
    }

    /// Whether the account is known without a header: by a certificate, or not at all.
    fn credentials_show_themselves(&self) -> bool {
        matches!(
            self.credentials.method(),
            tegu_net::Method::Anonymous | tegu_net::Method::External
        )
    }

    async fn lead(&self, url: &str) -> Result<Option<String>> {
        let seen = self
            .http(Endpoint::dangerously_without_tls(url)?)
            .probe(Method::GET)
            .await?;
        Ok(seen.location().map(str::to_owned))
    }

    /// Returns the endpoint if somebody there wants to know who asks.
    async fn is_there(&self, url: &str) -> Result<Endpoint> {
        let endpoint = (self.prepare)(Endpoint::new(url)?);
        let http = Http::new(&endpoint, self.credentials, &self.options);
        let seen = http.probe(Method::POST).await?;
        let there = seen.status == StatusCode::UNAUTHORIZED
            || self.credentials_show_themselves() && matches!(seen.status.as_u16(), 200 | 500);
        match there {
            true => Ok(endpoint),
            false => Err(seen.unexpected()),
        }
    }
}
