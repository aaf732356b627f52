//! Who may do what with whose folders.

use super::{
    ItemEnd, ServerConfig,
    ends::{Ends, check_kind, existing, only_a_source},
};
use crate::{
    Entity, Error, Result, ledger,
    route::{Identifiers, RightsRoute},
    targets::DavShares,
};
use serde::Deserialize;
use std::path::PathBuf;
use tegu_dav::client::Kind;
use tegu_rights::{
    read::Encoding,
    store::{Exports, RightsSource},
};

/// Rights on mail folders, calendars and address books, and what is left to a person of those on mailboxes.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RightsConfig {
    /// Who says what is granted.
    pub source: RightsEnd,
    /// The server whose folders are shared: `kind = "imap"`, with access control lists (RFC 4314).
    pub target: RightsEnd,
    /// What people are called in its lists.
    #[serde(default)]
    pub identifiers: Identifiers,
    /// Calendars. Default: what is granted on them is for a person.
    #[serde(default)]
    pub calendars: Option<SharesConfig>,
    /// Address books. Default: as for calendars.
    #[serde(default)]
    pub contacts: Option<SharesConfig>,
}

/// Rights on calendars or address books.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct SharesConfig {
    /// The server: `kind = "caldav"` or `"carddav"`. If it has access control lists (RFC 3744), rights go there; otherwise into files for its
    /// administrator.
    pub target: ItemEnd,
    /// What people are called in its lists.
    #[serde(default)]
    pub identifiers: Identifiers,
}

/// Where rights come from or go.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum RightsEnd {
    /// Exchange itself, by Exchange Web Services: permissions on folders, and delegates. It does not tell who may send as whom. Needs the feature `ews`.
    Ews(Box<ServerConfig>),
    /// An IMAP server with access control lists.
    Imap(Box<ServerConfig>),
    /// What `Get-MailboxFolderPermission`, `Get-MailboxPermission`, `Get-RecipientPermission`, `Get-ADPermission` and `Get-Mailbox` returned.
    Exports {
        /// The files: CLIXML, JSON or CSV.
        files: Vec<PathBuf>,
        /// The encoding of exports that are not in Unicode, such as `windows-1251`.
        #[serde(default)]
        encoding: Option<String>,
    },
}

pub(super) fn route(config: &RightsConfig, ends: &Ends<'_>) -> Result<RightsRoute> {
    let target = match &config.target {
        RightsEnd::Imap(server) => ends.imap(server, "rights.target")?,
        RightsEnd::Ews(_) => return Err(only_a_source("rights.target", "ews")),
        RightsEnd::Exports { .. } => return Err(only_a_source("rights.target", "exports")),
    };
    let mut route = RightsRoute::new(
        source(&config.source, ends)?,
        target,
        |journal, account| Box::pin(ledger::folders(journal, account)),
        config.identifiers.clone(),
    );
    if let Some(shares) = &config.calendars {
        route = route.calendars(
            collections(shares, Kind::Calendars, "rights.calendars.target", ends)?,
            |journal, account| Box::pin(ledger::collections(journal, Entity::Calendars, account)),
            shares.identifiers.clone(),
        );
    }
    if let Some(shares) = &config.contacts {
        route = route.contacts(
            collections(shares, Kind::Contacts, "rights.contacts.target", ends)?,
            |journal, account| Box::pin(ledger::collections(journal, Entity::Contacts, account)),
            shares.identifiers.clone(),
        );
    }
    Ok(route)
}

fn collections(shares: &SharesConfig, kind: Kind, key: &str, ends: &Ends<'_>) -> Result<DavShares> {
    let (ItemEnd::CalDav(server) | ItemEnd::CardDav(server)) = &shares.target else {
        return Err(Error::config(format!(
            "{key}.kind: name a server, by `caldav` or `carddav`"
        )));
    };
    check_kind(&shares.target, kind, key)?;
    Ok(DavShares::new(ends.dav(server, key)?, kind))
}

fn source(config: &RightsEnd, ends: &Ends<'_>) -> Result<Box<dyn RightsSource>> {
    Ok(match config {
        RightsEnd::Imap(server) => Box::new(ends.imap(server, "rights.source")?),
        #[cfg(feature = "ews")]
        RightsEnd::Ews(server) => Box::new(ends.keys(server, "rights.source")?.ews()?),
        #[cfg(not(feature = "ews"))]
        RightsEnd::Ews(_) => return Err(super::ends::built_without("ews")),
        RightsEnd::Exports { files, encoding } => {
            let found = files
                .iter()
                .map(|path| existing(ends.base, "rights.source.files", path));
            let exports = Exports::new(found.collect::<Result<Vec<_>>>()?);
            let encoding = encoding.as_deref().map(Encoding::named).transpose();
            let encoding = encoding.map_err(|error| error.context("rights.source.encoding"))?;
            Box::new(exports.encoding(encoding.unwrap_or_default()))
        }
    })
}
