//! From a mail address to the URL of Exchange Web Services, by Autodiscover, without a socket.
//!
//! Autodiscover is for those who ask for it. Whoever knows the URL gives it: that is quicker, and nobody on the way can lead a password
//! elsewhere. [`Search`] says what to ask next ([`Step`]) and is told what came of it ([`Heard`]);
//! [`find`](crate::client::find) is the client around it.
//!
//! | order | step | with credentials |
//! |---|---|---|
//! | 1 | URLs of service connection points, as a directory has them ([`Rules::connection_point`]) | yes |
//! | 2 | `https://DOMAIN/autodiscover/autodiscover.xml`, then the same with `.svc` | yes |
//! | 3 | `https://autodiscover.DOMAIN/autodiscover/autodiscover.xml`, then the same with `.svc` | yes |
//! | 4 | `http://autodiscover.DOMAIN/autodiscover/autodiscover.xml`, where only a redirect counts | no |
//! | 5 | the service records of `_autodiscover._tcp.DOMAIN`, then as 3 | yes |
//!
//! `.xml` is the plain form that all versions have (POX), `.svc` the one by SOAP of Exchange 2010 and later.
//!
//! # Whom credentials are shown
//!
//! Hosts within the domain of the mail address, and within domains that the caller allows ([`Rules::allow`]): nobody else, whether a
//! service record, a redirect or an answer names them. The URL that is found at last is held to the same. At most ten redirects are
//! followed, and no place is asked twice.

mod answer;
mod request;
mod search;
#[cfg(test)]
mod tests;

pub use answer::{Answer, Settings, read};
pub use search::{Heard, Rules, Search, Step, Tried};

/// How Autodiscover is asked.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Form {
    /// Plain XML, which all versions of Exchange take.
    Pox,
    /// SOAP, since Exchange 2010.
    Soap,
}

impl Form {
    /// The path at which a server answers in this form.
    #[must_use]
    pub fn path(self) -> &'static str {
        match self {
            Self::Pox => "/autodiscover/autodiscover.xml",
            Self::Soap => "/autodiscover/autodiscover.svc",
        }
    }

    /// The form that is spoken at a URL.
    fn of(url: &str) -> Self {
        if url.to_ascii_lowercase().ends_with(".svc") {
            Self::Soap
        } else {
            Self::Pox
        }
    }
}
