//! The two servers that share the organisation's domains.

use crate::{Error, Result};
use serde::{Deserialize, Serialize, de};
use std::fmt;

/// A server at which mail ends.
#[derive(Clone, Copy, Debug, Deserialize, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum End {
    /// The old server.
    Exchange,
    /// The new server.
    Tegu,
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Exchange => "exchange",
            Self::Tegu => "tegu",
        })
    }
}

/// Where both servers take mail from each other.
///
/// Exchange stays authoritative for the organisation's domains, and knows everybody from the directory. It hands mail for
/// moved mailboxes on to addresses of a domain that is TEGU's alone; the relay in front of TEGU (Postfix) hands mail for
/// everybody else to Exchange. So an address that nobody has ends at Exchange, which refuses it: neither side relays to the
/// other what it does not know.
#[derive(Clone, Debug, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Servers {
    /// Exchange, as a host name with or without a port.
    pub exchange: String,
    /// TEGU, as a host name with or without a port.
    pub tegu: String,
    /// A domain whose mail goes to TEGU alone, such as `tegu.example.org`.
    pub tegu_domain: String,
}

impl Servers {
    /// Names both servers.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for what cannot stand in a routing table.
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
                let message = format!("coexistence.{key}: {value:?} is no host name with or without a port");
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
        })
    }

    /// The server that a transport of Postfix leads to.
    pub(super) fn end_of(&self, transport: &str) -> Option<End> {
        [End::Exchange, End::Tegu]
            .into_iter()
            .find(|end| self.transport(*end) == transport)
    }

    /// Postfix's transport to a server, without a look-up of MX records.
    pub(super) fn transport(&self, end: End) -> String {
        let server = match end {
            End::Exchange => &self.exchange,
            End::Tegu => &self.tegu,
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
        }
        let Written {
            exchange,
            tegu,
            tegu_domain,
        } = Written::deserialize(deserializer)?;
        Self::new(exchange, tegu, tegu_domain).map_err(de::Error::custom)
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
