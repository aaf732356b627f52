//! From what a configuration says to servers.

use super::{
    PlainSecurity, ServerConfig,
    connection::reach,
    keys::{PROBE, ServerKeys},
};
use crate::{Account, DavServer, ImapServer, Result, SieveServer};
use tegu_net::Endpoint;

impl<'a> ServerKeys<'a> {
    /// An IMAP server.
    pub(in super::super) fn imap(&self) -> Result<ImapServer> {
        let url = &self.config.url;
        let endpoint = self.named("url", Endpoint::new(url))?;
        let wrong = |why: &str| Err(self.wrong("url", format_args!("{url:?} {why}")));
        let endpoint = match (endpoint.scheme(), self.config.security) {
            ("imaps", None) | ("imap", Some(PlainSecurity::StartTls)) => endpoint,
            ("imap", Some(PlainSecurity::Insecure)) => {
                self.named("url", Endpoint::dangerously_without_tls(url))?
            }
            ("imap", None) => {
                return wrong(
                    "is not encrypted: use imaps://, or add security = \"starttls\" (or \"insecure\")",
                );
            }
            ("imaps", Some(_)) => return wrong("is encrypted already; leave `security` out"),
            _ => return wrong("must begin with imaps:// or imap://"),
        };
        let login = self.login()?;
        Ok(ImapServer::new(self.reached(endpoint)?, login).limits(&self.config.limits))
    }

    /// A ManageSieve server. `sieve://` means STARTTLS (RFC 5804, section 2.2), unless clear text is asked for.
    pub(in super::super) fn sieve(&self) -> Result<SieveServer> {
        let url = &self.config.url;
        let endpoint = match self.config.security {
            Some(PlainSecurity::Insecure) => self.named("url", Endpoint::dangerously_without_tls(url))?,
            _ => self.named("url", Endpoint::new(url))?,
        };
        match (endpoint.scheme(), self.config.security) {
            ("sieve", _) | ("sieves", None) => {}
            ("sieves", Some(_)) => return Err(self.wrong("security", "sieves:// is encrypted already")),
            _ => return Err(self.wrong("url", "it must begin with sieve:// or sieves://")),
        }
        let login = self.login()?;
        Ok(SieveServer::new(self.reached(endpoint)?, login).limits(&self.config.limits))
    }

    /// A CalDAV or CardDAV server.
    pub(in super::super) fn dav(&self) -> Result<DavServer> {
        if self.config.security == Some(PlainSecurity::StartTls) {
            let why = "only IMAP and LDAP know \"starttls\"; use https://";
            return Err(self.wrong("security", why));
        }
        let mut server = DavServer::new(&self.config.url, self.login()?).limits(&self.config.limits);
        if self.config.security == Some(PlainSecurity::Insecure) {
            server = server.dangerously_without_tls();
        }
        // A URL that is none is known now, whoever's name will be put into it.
        let endpoint = self.named("url", server.endpoint(&Account::new(PROBE)))?;
        if !matches!(endpoint.scheme(), "https" | "http") {
            return Err(self.wrong("url", "it must begin with https:// or http://"));
        }
        let (tls, proxy) = (self.tls(&endpoint)?, self.proxy()?);
        Ok(server.prepare(move |endpoint| reach(endpoint, &tls, &proxy)))
    }

    /// Exchange Web Services.
    #[cfg(feature = "ews")]
    pub(in super::super) fn ews(&self) -> Result<crate::sources::EwsServer> {
        let server = match &self.config.autodiscover {
            Some(found) => self.found(found)?,
            None => self.named_exchange()?,
        };
        let server = server.limits(&self.config.limits);
        match self.config.archive.as_deref().map(str::trim) {
            None => Ok(server),
            Some("") => Err(self.wrong("archive", "name the folder that archives go below")),
            Some(name) => Ok(server.archive(name)),
        }
    }

    /// Exchange Web Services at a URL.
    #[cfg(feature = "ews")]
    fn named_exchange(&self) -> Result<crate::sources::EwsServer> {
        let url = &self.config.url;
        let endpoint = match self.config.security {
            Some(PlainSecurity::StartTls) => {
                return Err(self.wrong("security", "only IMAP and LDAP know \"starttls\"; use https://"));
            }
            Some(PlainSecurity::Insecure) => self.named("url", Endpoint::dangerously_without_tls(url))?,
            None => self.named("url", Endpoint::new(url))?,
        };
        if !matches!(endpoint.scheme(), "https" | "http") {
            return Err(self.wrong("url", "it must begin with https://"));
        }
        let login = self.login()?;
        Ok(crate::sources::EwsServer::new(self.reached(endpoint)?, login))
    }

    /// Exchange Web Services that Autodiscover finds.
    #[cfg(feature = "ews")]
    fn found(&self, autodiscover: &super::AutodiscoverConfig) -> Result<crate::sources::EwsServer> {
        if self.config.security.is_some() {
            return Err(self.wrong("security", "what Autodiscover finds is reached by https://"));
        }
        let mut rules = tegu_ews::autodiscover::Rules::default();
        for domain in &autodiscover.domains {
            rules = rules.allow(domain);
        }
        for url in &autodiscover.connection_points {
            self.named("autodiscover.connection_points", Endpoint::new(url))?;
            rules = rules.connection_point(url);
        }
        self.named(
            "autodiscover.domains",
            tegu_ews::autodiscover::Search::new(PROBE, &rules),
        )?;
        let (tls, proxy) = (self.tls(&Endpoint::new("https://a.test/")?)?, self.proxy()?);
        let server = crate::sources::EwsServer::autodiscover(rules, self.login()?);
        Ok(server.prepare(move |endpoint| reach(endpoint, &tls, &proxy)))
    }

    /// A directory. `ldap://` is plain text on a loopback address, unless StartTLS is asked for. Everywhere else it means StartTLS.
    pub(in super::super) fn ldap(&self) -> Result<Endpoint> {
        let ServerConfig {
            url,
            security,
            start_tls,
            ..
        } = self.config;
        let endpoint = self.named("url", Endpoint::new(url))?;
        let wrong = |why: &str| Err(self.wrong("url", format_args!("{url:?} {why}")));
        let plain = match security {
            Some(PlainSecurity::Insecure) if *start_tls => {
                return Err(self.wrong("security", "\"insecure\" contradicts `start_tls`"));
            }
            Some(PlainSecurity::Insecure) => true,
            Some(PlainSecurity::StartTls) => false,
            None => endpoint.is_loopback() && !start_tls,
        };
        let endpoint = match endpoint.scheme() {
            "ldaps" if *start_tls => return wrong("begins with TLS: leave `start_tls` out"),
            "ldaps" if security.is_some() => return wrong("is encrypted already; leave `security` out"),
            "ldap" if plain => self.named("url", Endpoint::dangerously_without_tls(url))?,
            "ldaps" | "ldap" => endpoint,
            _ => return wrong("must begin with ldaps:// or ldap://"),
        };
        self.reached(endpoint)
    }

    /// Where the search in a directory starts.
    pub(in super::super) fn search_base(&self) -> Result<&'a str> {
        let base = self.config.base.as_deref();
        base.ok_or_else(|| {
            self.wrong(
                "base",
                "say where the search starts, such as \"DC=example,DC=test\"",
            )
        })
    }
}
