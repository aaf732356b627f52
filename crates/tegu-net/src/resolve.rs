//! From a name to servers: service records (RFC 2782), and names of hosts.

use crate::{
    BoxFuture, Error, ErrorKind, Result,
    dns::{self, Record},
};
use std::{
    fmt,
    net::{IpAddr, SocketAddr},
    path::Path,
    sync::Arc,
};
use tegu_outcome::file::read_named;

/// Answers questions about names: a name server, or what the caller knows.
#[derive(Clone)]
#[non_exhaustive]
pub struct Resolver(Answers);

#[derive(Clone)]
enum Answers {
    Server(SocketAddr),
    Given(Arc<Lookup>),
}

type Lookup = dyn Fn(String) -> BoxFuture<'static, Result<Vec<ServiceRecord>>> + Send + Sync;

/// A service record (RFC 2782), with the path of its text record (RFC 6764, section 4).
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ServiceRecord {
    /// The host name.
    pub target: String,
    /// The port.
    pub port: u16,
    /// The path, if a text record names one.
    pub path: Option<String>,
}

impl ServiceRecord {
    /// A record without a path.
    pub fn new(target: impl Into<String>, port: u16) -> Self {
        Self {
            target: target.into(),
            port,
            path: None,
        }
    }
}

impl Resolver {
    /// Asks the name server at this address.
    #[must_use]
    pub fn new(server: SocketAddr) -> Self {
        Self(Answers::Server(server))
    }

    /// Asks a function, which is given names such as `_caldavs._tcp.example.org` and returns records in the order in which they
    /// are to be tried: for an application with a resolver of its own, and for tests.
    pub fn from_fn<F, T>(lookup: F) -> Self
    where
        F: Fn(String) -> T + Send + Sync + 'static,
        T: Future<Output = Result<Vec<ServiceRecord>>> + Send + 'static,
    {
        Self(Answers::Given(Arc::new(move |name| Box::pin(lookup(name)))))
    }

    /// Asks the first name server that `/etc/resolv.conf` names.
    ///
    /// # Errors
    ///
    /// Kind [`NotFound`](ErrorKind::NotFound) if it names none.
    pub fn system() -> Result<Self> {
        let none = || {
            Error::new(ErrorKind::NotFound, "/etc/resolv.conf names none").doing("look for", "a name server")
        };
        let text = read_named(Path::new("/etc/resolv.conf")).map_err(|error| none().with_source(error))?;
        let text = String::from_utf8_lossy(&text);
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

    /// Returns the service records of a name such as `_caldavs._tcp.example.org`, in the order in which they are to be tried, each with
    /// the path that a text record of that name holds.
    ///
    /// Answers are not signed: whoever sends credentials to what they name judges the names first ([`HostName::is_within`]).
    ///
    /// # Errors
    ///
    /// Kind [`Connect`](ErrorKind::Connect) if the name server does not answer, or not in a form that can be read.
    pub async fn services(&self, name: &str) -> Result<Vec<ServiceRecord>> {
        let server = match &self.0 {
            Answers::Server(server) => *server,
            Answers::Given(lookup) => return lookup(name.to_owned()).await,
        };
        let found = dns::services(server, name).await?;
        let texts = if found.is_empty() {
            Vec::new()
        } else {
            dns::texts(server, name).await.unwrap_or_default()
        };
        let path = texts.iter().find_map(|text| text.strip_prefix("path="));
        let records = found.into_iter().filter_map(|record| match record {
            Record::Service { port, target, .. } => Some(ServiceRecord {
                target,
                port,
                path: path.map(str::to_owned),
            }),
            Record::Text(_) => None,
        });
        Ok(records.collect())
    }
}

impl fmt::Debug for Resolver {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Answers::Server(server) => f.debug_tuple("Resolver").field(server).finish(),
            Answers::Given(_) => f.write_str("Resolver(function)"),
        }
    }
}

/// A host name in lower case: letters, digits and hyphens in labels of at most 63 octets (RFC 1123, section 2.1).
///
/// What a name server or another server says is a host is read as one before anything else looks at it.
///
/// ```
/// use tegu_net::HostName;
///
/// let domain = HostName::new("example.org").unwrap();
/// assert!(HostName::new("Mail.example.org.").unwrap().is_within(&domain));
/// assert!(!HostName::new("evilexample.org").unwrap().is_within(&domain));
/// assert!(HostName::new("evil.test/.example.org").is_none());
/// ```
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub struct HostName(String);

impl HostName {
    /// Reads a name. The dot at the end of a full name is dropped. Returns `None` for anything else than a host name.
    #[must_use]
    pub fn new(text: &str) -> Option<Self> {
        let name = text.strip_suffix('.').unwrap_or(text).to_ascii_lowercase();
        let label = |label: &str| {
            let plain = label.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
            plain && (1..=63).contains(&label.len()) && !label.starts_with('-') && !label.ends_with('-')
        };
        (name.len() <= 253 && name.split('.').all(label)).then_some(Self(name))
    }

    /// The name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns whether this is the domain itself or a name below it.
    #[must_use]
    pub fn is_within(&self, domain: &Self) -> bool {
        self == domain || self.0.ends_with(&format!(".{}", domain.0))
    }
}

impl fmt::Display for HostName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::dns::tests::{answer, record};

    #[tokio::test]
    async fn records_come_with_the_path_of_a_text() {
        let socket = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let resolver = Resolver::new(socket.local_addr().unwrap());
        tokio::spawn(async move {
            let mut buffer = [0; 512];
            loop {
                let (length, from) = socket.recv_from(&mut buffer).await.unwrap();
                let query = &buffer[..length];
                // "_caldavs" and "_tcp" stand before the domain in the question.
                let second = [&[0, 1, 0, 0, 0x22, 0x69, 4][..], b"mail", &[0xc0, 26]].concat();
                let first = [&[0, 0, 0, 9, 1, 0xbb, 4][..], b"evil", &[4], b"test", &[0]].concat();
                let path = [&[12][..], b"path=/caldav"].concat();
                let records = if query[length - 3] == 33 {
                    vec![record(33, &second), record(33, &first)]
                } else {
                    vec![record(16, &path)]
                };
                socket.send_to(&answer(query, &records), from).await.unwrap();
            }
        });
        let found = resolver.services("_caldavs._tcp.example.org").await.unwrap();
        let record = |target: &str, port| ServiceRecord {
            target: target.to_owned(),
            port,
            path: Some("/caldav".to_owned()),
        };
        assert_eq!(
            found,
            [record("evil.test", 443), record("mail.example.org", 8809)]
        );
    }
}
