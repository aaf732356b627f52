//! What a server says about itself (RFC 4512 section 5.1).

use tokio::time::Instant;

use super::channel::Channel;
use super::connection::Answer;
use super::outcome;
use super::request::Search;
use crate::entry::{Entry, Known};
use crate::filter::Filter;
use crate::{Error, Result};

/// The root DSE: what a server says about itself (RFC 4512, section 5.1).
#[derive(Clone, Debug)]
pub struct RootDse {
    entry: Entry,
}

const NAMES: &[&str] = &[
    "namingContexts",
    "defaultNamingContext",
    "configurationNamingContext",
    "supportedControl",
    "supportedSASLMechanisms",
    "subschemaSubentry",
    "vendorName",
    "vendorVersion",
    "dsServiceName",
];

impl RootDse {
    pub(super) async fn read(channel: &mut Channel, until: Instant) -> Result<Self> {
        let server = channel.server().to_owned();
        let wrap = |e: Error| e.doing("read the root DSE of", &server);
        let all = Filter::Present(Known::ObjectClass.into());
        let search = Search::of_entry("", &all, NAMES);
        let mut asked = channel.search(&search).await.map_err(wrap)?;
        let mut out = Entry::new(crate::Dn::new(""));
        loop {
            match channel.answer(&mut asked, until).await.map_err(wrap)? {
                Answer::Entry(entry) => out = entry,
                Answer::Reference => {}
                Answer::Done { outcome, .. } => {
                    outcome::check(&outcome).map_err(wrap)?;
                    return Ok(Self { entry: out });
                }
            }
        }
    }

    /// Returns the naming contexts: the trees that the server holds.
    pub fn naming_contexts(&self) -> impl Iterator<Item = &str> {
        self.entry.texts("namingContexts")
    }

    /// Returns the base DN: Active Directory's domain, else the only naming context.
    #[must_use]
    pub fn default_base(&self) -> Option<&str> {
        let mut all = self.naming_contexts();
        let only = all.next().filter(|_| all.next().is_none());
        self.entry.text("defaultNamingContext").or(only)
    }

    /// Returns the tree that holds Active Directory's configuration, Exchange's among it.
    #[must_use]
    pub fn configuration(&self) -> Option<&str> {
        self.entry.text("configurationNamingContext")
    }

    /// Returns whether the server knows a control, by its object identifier.
    #[must_use]
    pub fn supports_control(&self, oid: &str) -> bool {
        self.entry.texts("supportedControl").any(|o| o == oid)
    }

    /// Returns whether the server is a domain controller of Active Directory, or acts as one.
    #[must_use]
    pub fn is_active_directory(&self) -> bool {
        self.entry.has("dsServiceName")
    }

    /// Returns the vendor and the version of the server, if it tells them.
    #[must_use]
    pub fn vendor(&self) -> Option<String> {
        let parts: Vec<_> = ["vendorName", "vendorVersion"]
            .iter()
            .filter_map(|n| self.entry.text(n))
            .collect();
        (!parts.is_empty()).then(|| parts.join(" "))
    }
}
