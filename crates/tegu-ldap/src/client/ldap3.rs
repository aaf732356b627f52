//! Searches through a caller's `ldap3::Ldap`.

use ldap3::controls::RawControl;
use ldap3::{Ldap, LdapError, LdapResult, ResultEntry, SearchStream};
use tokio::time::{Instant, timeout_at};

use super::connection::Answer;
use super::request::{self, Scope, Search};
use super::{Channel, Client, ClientOptions};
use crate::entry::{Entry, Names};
use crate::error::over_limit;
use crate::guard::{GuardLimits, Outcome, PAGING, paging_cookie};
use crate::{Error, ErrorKind, Result};

pub(super) type Stream = SearchStream<'static, String, Vec<String>>;

/// A handle of a connection that belongs to the caller.
pub(super) struct Borrowed {
    ldap: Ldap,
    limits: GuardLimits,
    names: Names,
}

impl std::fmt::Debug for Borrowed {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Borrowed").finish_non_exhaustive()
    }
}

impl Client {
    /// Reads through a connection that the caller made and signed in with the crate `ldap3`.
    ///
    /// Pages, values in parts and all limits of a search work as on a connection of this crate. The
    /// [guard](crate::guard) comes too late, though: `ldap3` has taken a message apart, and queued it without a bound, before
    /// this crate sees it. Read a server that is not trusted through [`connect`](Self::connect).
    ///
    /// ```no_run
    /// use ldap3::LdapConnAsync;
    /// use tegu_ldap::client::{AttributeSet, Client, ClientOptions, SearchLimits};
    ///
    /// # async fn read() -> Result<(), Box<dyn std::error::Error>> {
    /// let (connection, mut ldap) = LdapConnAsync::new("ldap://127.0.0.1").await?;
    /// ldap3::drive!(connection);
    /// ldap.simple_bind("CN=reader,DC=corp,DC=example", &std::env::var("LDAP_PASSWORD")?).await?.success()?;
    ///
    /// let mut client = Client::from_ldap3(ldap, &ClientOptions::default());
    /// let limits = SearchLimits::default();
    /// let entries = client.search("DC=corp,DC=example", &AttributeSet::exchange(), &limits).await?;
    /// # Ok(())
    /// # }
    /// ```
    #[must_use]
    pub fn from_ldap3(ldap: Ldap, options: &ClientOptions) -> Self {
        Self {
            channel: Channel::Borrowed(Borrowed {
                ldap,
                limits: options.guard.clone(),
                names: Names::default(),
            }),
            answer_timeout: tegu_net::Timeouts::default().idle,
        }
    }
}

impl Borrowed {
    pub(super) async fn search(&mut self, search: &Search<'_>) -> Result<Stream> {
        let mut controls = Vec::new();
        if let Some((entries, cookie)) = search.page {
            let mut value = Vec::new();
            request::page_value(&mut value, entries, cookie);
            controls.push(control(PAGING, Some(value)));
        }
        let scope = match search.scope {
            Scope::Base => ldap3::Scope::Base,
            Scope::Subtree => ldap3::Scope::Subtree,
        };
        let names = search.attributes.iter().map(|name| (*name).to_owned()).collect();
        let filter = search.filter.to_string();
        self.ldap
            .with_controls(controls)
            .streaming_search(search.base, scope, &filter, names)
            .await
            .map_err(failed)
    }

    pub(super) async fn answer(&mut self, stream: &mut Stream, until: Instant) -> Result<Answer> {
        let next = timeout_at(until, stream.next()).await;
        let next = next.map_err(|_| Error::new(ErrorKind::Timeout, "the server did not answer in time"))?;
        match next.map_err(failed)? {
            Some(entry) if entry.is_ref() => Ok(Answer::Reference),
            Some(entry) if entry.is_intermediate() => Err(Error::new(
                ErrorKind::Protocol,
                "the server sent an answer of another kind than was asked for",
            )),
            Some(entry) => Ok(Answer::Entry(self.entry(entry)?)),
            None => done(stream.finish().await),
        }
    }

    fn entry(&mut self, entry: ResultEntry) -> Result<Entry> {
        let (bytes, elements) = crate::entry::measure(&entry.0);
        if bytes > self.limits.frame_bytes {
            let limit = self.limits.frame_bytes;
            return Err(over_limit(format!(
                "the server sent an entry of more than {limit} bytes"
            )));
        }
        if elements > self.limits.elements {
            return Err(over_limit("the server sent a message of too many elements"));
        }
        crate::entry::of_result(entry, &mut self.names)
    }
}

fn control(oid: &str, value: Option<Vec<u8>>) -> RawControl {
    RawControl {
        ctype: oid.to_owned(),
        crit: true,
        val: value,
    }
}

fn done(result: LdapResult) -> Result<Answer> {
    let control = result.ctrls.iter().find(|control| control.1.ctype == PAGING);
    let next_page = match control {
        Some(control) => paging_cookie(control.1.val.as_deref().unwrap_or_default())?,
        None => Vec::new(),
    };
    let outcome = Outcome {
        code: result.rc,
        text: result.text,
        sasl: None,
    };
    Ok(Answer::Done { outcome, next_page })
}

fn failed(error: LdapError) -> Error {
    let kind = match &error {
        LdapError::Timeout { .. } => ErrorKind::Timeout,
        LdapError::FilterParsing => ErrorKind::Config,
        LdapError::DecodingUTF8 => ErrorKind::Protocol,
        _ => ErrorKind::Connect,
    };
    Error::new(kind, &error).with_source(error)
}
