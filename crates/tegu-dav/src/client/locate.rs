//! From a domain to a server (RFC 6764): service records, texts, and guesses that are probed.

use std::net::{IpAddr, SocketAddr};

use super::collection::Kind;
use super::dns::{self, Record};
use super::{Client, Credentials, Endpoint};
use crate::error::{Error, ErrorKind, Result};

/// Whom to ask for names.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Resolver {
    server: SocketAddr,
}

impl Resolver {
    /// The name server at this address.
    #[must_use]
    pub fn new(server: SocketAddr) -> Self {
        Self { server }
    }

    /// The first name server that `/etc/resolv.conf` names.
    ///
    /// # Errors
    ///
    /// Kind [`NotFound`](ErrorKind::NotFound) if there is none.
    pub fn system() -> Result<Self> {
        let none = || {
            Error::new(ErrorKind::NotFound, "/etc/resolv.conf names none").doing("look for", "a name server")
        };
        let text = std::fs::read_to_string("/etc/resolv.conf").map_err(|error| none().with_source(error))?;
        let address = text.lines().find_map(|line| {
            let mut words = line.split_whitespace();
            (words.next() == Some("nameserver"))
                .then(|| words.next()?.parse::<IpAddr>().ok())
                .flatten()
        });
        address
            .map(|address| Self::new(SocketAddr::new(address, 53)))
            .ok_or_else(none)
    }
}

/// One place where a domain's server may be, in the order in which they are to be tried.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Candidate {
    /// The URL.
    pub url: String,
    /// Whether the domain itself names it, by service records; the others are guesses.
    pub announced: bool,
}

/// Where the calendars or address books of a domain (or of a mail address in it) may be: what its
/// service records say, the place of a TEGU server on each host that is named, and the well-known
/// address of the domain.
///
/// Names are not signed, so a forged answer could send credentials anywhere. Hosts outside of the domain
/// are left out therefore; a caller who knows better gives their URL.
///
/// # Errors
///
/// [`ErrorKind::Config`] for a domain that is none. That no name server answers is no error: guesses
/// remain.
pub async fn candidates(domain: &str, kind: Kind, resolver: Option<Resolver>) -> Result<Vec<Candidate>> {
    let domain = domain
        .rsplit('@')
        .next()
        .unwrap_or_default()
        .trim()
        .trim_end_matches('.')
        .to_ascii_lowercase();
    // Refuses what is no host name.
    Endpoint::new(&format!("https://{domain}/"))?;
    let service = match kind {
        Kind::Calendars => "_caldavs._tcp",
        Kind::Contacts => "_carddavs._tcp",
    };
    let mut out: Vec<Candidate> = Vec::new();
    let mut hosts = Vec::new();
    if let Some(resolver) = resolver {
        let name = format!("{service}.{domain}");
        let found = dns::services(resolver.server, &name)
            .await
            .unwrap_or_else(|error| {
                tracing::debug!(%error, "no service records");
                Vec::new()
            });
        let texts = if found.is_empty() {
            Vec::new()
        } else {
            dns::texts(resolver.server, &name).await.unwrap_or_default()
        };
        let path = texts
            .iter()
            .find_map(|text| text.strip_prefix("path="))
            .filter(|path| path.starts_with('/'));
        for record in found {
            let Record::Service { port, target, .. } = record else {
                continue;
            };
            let target = target.to_ascii_lowercase();
            if target != domain && !target.ends_with(&format!(".{domain}")) {
                tracing::warn!(%target, %domain, "a service record leads out of its domain and is not followed");
                continue;
            }
            let well_known = kind.well_known();
            out.push(Candidate {
                url: format!("https://{target}:{port}{}", path.unwrap_or(well_known)),
                announced: true,
            });
            hosts.push(target);
        }
    }
    hosts.push(domain.clone());
    for host in hosts {
        out.push(Candidate {
            url: tegu(&host, kind)?.to_string(),
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
        resolver: Option<Resolver>,
        credentials: &Credentials,
        prepare: impl Fn(Endpoint) -> Endpoint,
    ) -> Result<Self> {
        let mut last = None;
        for candidate in candidates(domain, kind, resolver).await? {
            let endpoint = prepare(Endpoint::new(&candidate.url)?);
            let found = match Self::connect(&endpoint, credentials).await {
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
    use super::super::dns::tests::{answer, record};
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
        for bad in ["", "a b", "a/b@"] {
            let error = candidates(bad, Kind::Contacts, None).await.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{bad}");
        }
    }

    #[tokio::test]
    async fn records_of_the_domain_come_first_and_others_are_left_out() {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = Resolver::new(socket.local_addr().unwrap());
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let query = &buffer[..length];
                // "_caldavs" and "_tcp" stand before the domain in the question.
                let own = [&[0, 0, 0, 0, 0x22, 0x69, 4][..], b"mail", &[0xc0, 26]].concat();
                let foreign = [&[0, 0, 0, 9, 1, 0xbb, 4][..], b"evil", &[4], b"test", &[0]].concat();
                let path = [&[12][..], b"path=/caldav"].concat();
                let records = if query[length - 3] == 33 {
                    vec![record(33, &foreign), record(33, &own)]
                } else {
                    vec![record(16, &path)]
                };
                socket.send_to(&answer(query, &records), from).await.unwrap();
            }
        });
        let found = candidates("example.org", Kind::Calendars, Some(resolver))
            .await
            .unwrap();
        assert_eq!(found[0].url, "https://mail.example.org:8809/caldav");
        assert!(found[0].announced);
        assert!(!urls(&found).iter().any(|url| url.contains("evil")), "{found:?}");
        assert_eq!(found.len(), 3, "{found:?}");
    }
}
