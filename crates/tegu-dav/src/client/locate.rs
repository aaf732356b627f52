//! From a domain to a server (RFC 6764): service records, texts, and guesses that are probed.

use tegu_net::{HostName, Resolver};
use tegu_outcome::printable;

use super::collection::Kind;
use super::{Client, Credentials, Endpoint, Options};
use crate::error::{Error, ErrorKind, Result};

/// Service records that are looked at. Each place may be tried for as long as a connection takes.
const MOST_RECORDS: usize = 32;

/// One place where a domain's server may be, in the order in which they are to be tried.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The URL.
    pub url: String,
    /// Whether the domain itself names it, by service records; the others are guesses.
    pub announced: bool,
}

/// Returns where the calendars or address books of a domain (or of a mail address in it) may be: what its service records say
/// (RFC 6764), the place of a TEGU server on each host that they name, and the well-known URL of the domain. This is what a
/// configuration without a URL means.
///
/// Answers are not signed, so a forged one could send credentials anywhere. Hosts outside the domain are left out; configure
/// their URL instead. The first 32 records are looked at.
///
/// # Errors
///
/// Kind [`Config`](ErrorKind::Config) if `domain` is not a host name. That no name server answers is no error: the guesses
/// remain.
pub async fn candidates(domain: &str, kind: Kind, resolver: Option<&Resolver>) -> Result<Vec<Candidate>> {
    let given = domain.rsplit('@').next().unwrap_or_default().trim();
    let domain = HostName::new(given)
        .ok_or_else(|| Error::config("it is not a host name").doing("look for a server of", given))?;
    let service = match kind {
        Kind::Calendars => "_caldavs._tcp",
        Kind::Contacts => "_carddavs._tcp",
    };
    let mut out: Vec<Candidate> = Vec::new();
    let mut hosts = Vec::new();
    if let Some(resolver) = resolver {
        let name = format!("{service}.{domain}");
        let found = resolver.services(&name).await.unwrap_or_else(|error| {
            tracing::debug!(%error, "no service records");
            Vec::new()
        });
        for record in found.into_iter().take(MOST_RECORDS) {
            let Some(target) = HostName::new(&record.target).filter(|target| target.is_within(&domain))
            else {
                tracing::warn!(target = %printable(&record.target), %domain, "a service record leads out of its domain and is not followed");
                continue;
            };
            let path = record.path.as_deref().filter(|path| path.starts_with('/'));
            let path = path.unwrap_or(kind.well_known());
            let url = format!("https://{target}:{}{path}", record.port);
            // A text record may say anything; one that makes no URL must not stand in the way of the others.
            if Endpoint::new(&url).is_ok() {
                out.push(Candidate { url, announced: true });
            }
            hosts.push(target);
        }
    }
    hosts.push(domain.clone());
    for host in hosts {
        out.push(Candidate {
            url: tegu(host.as_str(), kind)?.to_string(),
            announced: false,
        });
    }
    out.push(Candidate {
        url: format!("https://{domain}{}", kind.well_known()),
        announced: false,
    });
    let mut seen = std::collections::HashSet::new();
    out.retain(|candidate| seen.insert(candidate.url.clone()));
    Ok(out)
}

/// Returns where a TEGU server answers: port 8809, `/caldav` or `/carddav`. This is a guess until
/// [`Client::connect`] and [`home`](Client::home) succeed.
///
/// # Errors
///
/// Kind [`Config`](ErrorKind::Config) if `host` is not a host name or address.
pub fn tegu(host: &str, kind: Kind) -> Result<Endpoint> {
    let path = match kind {
        Kind::Calendars => "caldav",
        Kind::Contacts => "carddav",
    };
    Endpoint::new(&format!("https://{}:8809/{path}", host.trim()))
}

impl Client {
    /// Finds the server of a domain and connects to it: the first of its [`candidates`] that leads to collections of this kind.
    /// `prepare` sets trust, proxy and time-outs of each candidate.
    ///
    /// # Errors
    ///
    /// Kind [`Authentication`](ErrorKind::Authentication) from the first server that refuses the credentials, and
    /// [`NotFound`](ErrorKind::NotFound) if no candidate answers.
    pub async fn discover(
        domain: &str,
        kind: Kind,
        resolver: Option<&Resolver>,
        credentials: &Credentials,
        prepare: impl Fn(Endpoint) -> Endpoint,
    ) -> Result<Self> {
        let mut last = None;
        for candidate in candidates(domain, kind, resolver).await? {
            let endpoint = prepare(Endpoint::new(&candidate.url)?);
            let found = match Self::open(&endpoint, credentials, &Options::default(), true).await {
                Ok(client) => client.home(kind).await.map(|_| client),
                Err(error) => Err(error),
            };
            match found {
                Ok(client) => return Ok(client),
                Err(error) if error.kind() == ErrorKind::Authentication => return Err(error),
                Err(error) => {
                    tracing::debug!(%error, url = %candidate.url, "not here");
                    last = Some(error);
                }
            }
        }
        let error = Error::new(ErrorKind::NotFound, "none answers; configure its URL")
            .doing("look for a server of", domain);
        Err(match last {
            Some(source) => error.with_source(source),
            None => error,
        })
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::super::ServiceRecord;
    use super::*;

    fn urls(candidates: &[Candidate]) -> Vec<&str> {
        candidates
            .iter()
            .map(|candidate| candidate.url.as_str())
            .collect()
    }

    #[tokio::test]
    async fn guesses_where_no_name_server_is_asked() {
        let found = candidates("anna@Example.org", Kind::Calendars, None)
            .await
            .unwrap();
        let expected = [
            "https://example.org:8809/caldav",
            "https://example.org/.well-known/caldav",
        ];
        assert_eq!(urls(&found), expected);
        assert!(found.iter().all(|candidate| !candidate.announced));
        for bad in [
            "",
            "a b",
            "a/b@",
            "evil.example/@x/",
            "a..b",
            "-a.example",
            "a@b:80",
            "[::1]",
        ] {
            let error = candidates(bad, Kind::Contacts, None).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        }
    }

    #[tokio::test]
    async fn answers_can_be_given_and_are_read_strictly() {
        let resolver = Resolver::from_fn(|name| async move {
            assert_eq!(name, "_carddavs._tcp.example.org");
            let mut own = ServiceRecord::new("Mail.example.org.", 8809);
            own.path = Some("/carddav".into());
            Ok(vec![
                own,
                ServiceRecord::new("evil.test/.example.org", 443),
                ServiceRecord::new("evil.test#.example.org", 443),
                ServiceRecord::new("evilexample.org", 443),
            ])
        });
        let found = candidates("example.org", Kind::Contacts, Some(&resolver))
            .await
            .unwrap();
        let expected = [
            "https://mail.example.org:8809/carddav",
            "https://example.org:8809/carddav",
            "https://example.org/.well-known/carddav",
        ];
        assert_eq!(urls(&found), expected);
        assert!(found[0].announced && !found[1].announced);
    }

    /// Who forges an answer neither keeps a client busy nor hides the domain's own places.
    #[tokio::test]
    async fn answers_are_bounded_and_a_path_that_is_none_is_left_out() {
        let resolver = Resolver::from_fn(|_| async {
            let mut wrong = ServiceRecord::new("mail.example.org", 443);
            wrong.path = Some("/caldav?x#y".into());
            let many = (0..10_000).map(|number| ServiceRecord::new(format!("h{number}.example.org"), 443));
            Ok(std::iter::once(wrong).chain(many).collect())
        });
        let found = candidates("example.org", Kind::Calendars, Some(&resolver))
            .await
            .unwrap();
        assert!(!urls(&found).iter().any(|url| url.contains('?')));
        let announced = found.iter().filter(|candidate| candidate.announced);
        assert_eq!(announced.count(), 31);
        assert!(urls(&found).contains(&"https://example.org/.well-known/caldav"));
        assert_eq!(found.len(), 31 + 32 + 2);
    }
}
