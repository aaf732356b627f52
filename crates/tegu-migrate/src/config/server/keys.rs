//! The keys of one server, and which protocol has which.

use super::ServerConfig;
use crate::{Error, Result};
use std::{fmt, path::Path};

/// An account to try templates with.
pub(super) const PROBE: &str = "a@example.test";

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(in super::super) enum Protocol {
    Imap,
    Ldap,
    Dav,
    Ews,
    Sieve,
}

impl fmt::Display for Protocol {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Imap => "IMAP",
            Self::Ldap => "LDAP",
            Self::Dav => "CalDAV and CardDAV",
            Self::Ews => "Exchange Web Services",
            Self::Sieve => "ManageSieve",
        })
    }
}

/// The keys of one server. Errors name them.
pub(in super::super) struct ServerKeys<'a> {
    pub(super) config: &'a ServerConfig,
    pub(super) protocol: Protocol,
    /// Where relative paths start.
    pub(super) base: &'a Path,
    /// Where the server is in the configuration: `mail.source`.
    pub(super) section: &'a str,
}

impl<'a> ServerKeys<'a> {
    /// Refuses what the protocol does not have.
    pub(in super::super) fn new(
        config: &'a ServerConfig,
        protocol: Protocol,
        base: &'a Path,
        section: &'a str,
    ) -> Result<Self> {
        use Protocol::{Dav, Ews, Imap, Ldap, Sieve};
        let this = Self {
            config,
            protocol,
            base,
            section,
        };
        for (key, given, protocols) in [
            ("base", config.base.is_some(), &[Ldap][..]),
            ("bind_dn", config.bind_dn.is_some(), &[Ldap]),
            ("start_tls", config.start_tls, &[Ldap]),
            (
                "authorize_as",
                config.authorize_as.is_some(),
                &[Imap, Ldap, Sieve],
            ),
            ("delegate", config.delegate.is_some(), &[Imap, Sieve]),
            ("kerberos", config.kerberos, &[Dav, Ews, Imap, Ldap, Sieve]),
            ("token", config.token.is_some(), &[Imap, Dav, Ews, Sieve]),
            (
                "limits",
                config.limits != Default::default(),
                &[Imap, Dav, Ews, Sieve],
            ),
            ("autodiscover", config.autodiscover.is_some(), &[Ews]),
            ("archive", config.archive.is_some(), &[Ews]),
            ("notes_as_mail", config.notes_as_mail, &[Ews]),
        ] {
            if given && !protocols.contains(&protocol) {
                let known: Vec<_> = protocols.iter().map(Protocol::to_string).collect();
                return Err(this.wrong(key, format_args!("only {} can do this", known.join(", "))));
            }
        }
        if config.notes_as_mail && section != "mail.source" {
            return Err(this.wrong(
                "notes_as_mail",
                "`mail.source` says so for all: leave it out here",
            ));
        }
        match (config.url.is_empty(), config.autodiscover.is_some()) {
            (true, false) => Err(this.wrong("url", "it is missing")),
            (false, true) => Err(this.wrong(
                "autodiscover",
                "`url` says where the server is: leave one of them out",
            )),
            _ => Ok(this),
        }
    }

    pub(super) fn wrong(&self, key: &str, why: impl fmt::Display) -> Error {
        Error::config(format!("{}.{key}: {why}", self.section))
    }

    pub(super) fn named<T>(&self, key: &str, result: Result<T>) -> Result<T> {
        result.map_err(|error| error.context(format_args!("{}.{key}", self.section)))
    }
}
