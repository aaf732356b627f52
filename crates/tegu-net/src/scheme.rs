//! The URL schemes that are known, with port and security.

use crate::Security;

pub(crate) struct Scheme {
    pub(crate) name: &'static str,
    pub(crate) port: u16,
    pub(crate) security: Security,
}

const SCHEMES: [Scheme; 8] = [
    Scheme::new("https", 443, Security::Tls),
    Scheme::new("http", 80, Security::PlainText),
    Scheme::new("imaps", 993, Security::Tls),
    Scheme::new("imap", 143, Security::StartTls),
    Scheme::new("ldaps", 636, Security::Tls),
    Scheme::new("ldap", 389, Security::StartTls),
    Scheme::new("sieves", 4190, Security::Tls),
    Scheme::new("sieve", 4190, Security::StartTls),
];

impl Scheme {
    const fn new(name: &'static str, port: u16, security: Security) -> Self {
        Self { name, port, security }
    }

    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        SCHEMES.iter().find(|scheme| scheme.name == name)
    }

    /// All names, for messages.
    pub(crate) fn names() -> String {
        SCHEMES.map(|scheme| scheme.name).join(", ")
    }
}
