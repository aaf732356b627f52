//! The two servers that share the organisation's domains.

use crate::proxy::Clients;
use serde::{Deserialize, Serialize, de};
use std::fmt;
use tegu_outcome::{Error, Result};

/// The server that holds a mailbox.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Server {
    /// The old server.
    Exchange,
    /// The new server.
    Tegu,
}

impl Server {
    /// Both servers.
    pub const ALL: [Self; 2] = [Self::Exchange, Self::Tegu];

    /// The name in files: `exchange` or `tegu`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Exchange => "exchange",
            Self::Tegu => "tegu",
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// Where both servers take mail from each other.
///
/// Exchange stays authoritative for the organisation's domains and knows everybody from the directory. It forwards mail for moved
/// mailboxes to addresses in a domain that is TEGU's alone. The relay in front of TEGU (Postfix) sends mail for everybody else to
/// Exchange. So an address that nobody has reaches Exchange, which refuses it: neither side relays to the other what it does not
/// know.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(deny_unknown_fields))]
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Servers {
    /// Exchange: a host name with an optional port.
    pub exchange: String,
    /// TEGU: a host name with an optional port.
    pub tegu: String,
    /// A domain whose mail goes to TEGU alone, such as `tegu.example.org`.
    pub tegu_domain: String,
    /// Where a proxy finds both servers, so that clients keep one server name. Without it there are no sheets for a proxy.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub clients: Option<Clients>,
}

impl Servers {
    /// Names both servers. The default port is 25.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) if a name cannot stand in a routing table, or both servers are the same.
    pub fn new(
        exchange: impl Into<String>,
        tegu: impl Into<String>,
        tegu_domain: impl Into<String>,
    ) -> Result<Self> {
        let (exchange, tegu, tegu_domain) = (exchange.into(), tegu.into(), tegu_domain.into());
        for (key, value) in [
            ("exchange", &exchange),
            ("tegu", &tegu),
            ("tegu_domain", &tegu_domain),
        ] {
            let (host, port) = value.split_once(':').unwrap_or((value, "25"));
            let label = |label: &str| {
                !label.is_empty() && label.chars().all(|c| c.is_ascii_alphanumeric() || c == '-')
            };
            let wrong = port.parse::<u16>().is_err() || !host.split('.').all(label);
            if wrong || (key == "tegu_domain" && value.contains(':')) {
                let wanted = if key == "tegu_domain" {
                    "a domain"
                } else {
                    "a host name with an optional port"
                };
                let message = format!("coexistence.{key}: {value:?} is not {wanted}");
                return Err(Error::config(message));
            }
        }
        if exchange.eq_ignore_ascii_case(&tegu) {
            return Err(Error::config("coexistence: both servers are the same"));
        }
        Ok(Self {
            exchange,
            tegu,
            tegu_domain: tegu_domain.to_ascii_lowercase(),
            clients: None,
        })
    }

    /// Says where a proxy finds both servers.
    #[must_use]
    pub fn clients(mut self, clients: Clients) -> Self {
        self.clients = Some(clients);
        self
    }

    /// Returns the server that a transport of Postfix leads to.
    pub(crate) fn server_of(&self, transport: &str) -> Option<Server> {
        Server::ALL
            .into_iter()
            .find(|server| self.transport(*server) == transport)
    }

    /// Returns Postfix's transport to a server, without a look-up of MX records.
    pub(crate) fn transport(&self, server: Server) -> String {
        let server = match server {
            Server::Exchange => &self.exchange,
            Server::Tegu => &self.tegu,
        };
        let (host, port) = server.split_once(':').unwrap_or((server, "25"));
        format!("smtp:[{host}]:{port}")
    }
}

impl<'de> Deserialize<'de> for Servers {
    fn deserialize<D: de::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Written {
            exchange: String,
            tegu: String,
            tegu_domain: String,
            clients: Option<Clients>,
        }
        let written = Written::deserialize(deserializer)?;
        let servers = Self::new(written.exchange, written.tegu, written.tegu_domain);
        let mut servers = servers.map_err(de::Error::custom)?;
        servers.clients = written.clients;
        Ok(servers)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_would_break_a_table_is_refused() {
        assert!(Servers::new("a.test", "b.test:2525", "t.a.test").is_ok());
        for hostile in ["a b", "a\nb", "", "a]:25\nevil", "a:b", "a..b", "a;b"] {
            assert!(Servers::new(hostile, "b.test", "t.test").is_err(), "{hostile:?}");
            assert!(Servers::new("a.test", "b.test", hostile).is_err(), "{hostile:?}");
        }
        assert!(Servers::new("A.test", "a.test", "t.test").is_err());
    }
}
