//! Who may do what with whose folders.

use super::{
    ServerConfig,
    ends::{Ends, existing, only_a_source},
};
use crate::{
    Result, ledger,
    route::{Identifiers, RightsRoute},
};
use serde::Deserialize;
use std::path::PathBuf;
use tegu_rights::{
    read::Encoding,
    store::{Exports, RightsSource},
};

/// Rights on mail folders, and what is left to a person of those on calendars, address books and mailboxes.
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
}

/// Where rights come from or go.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum RightsEnd {
    /// Exchange itself, by Exchange Web Services: permissions on folders. Needs the feature `ews`.
    Ews(Box<ServerConfig>),
    /// An IMAP server with access control lists.
    Imap(Box<ServerConfig>),
    /// What `Get-MailboxFolderPermission`, `Get-MailboxPermission`, `Get-RecipientPermission` and `Get-ADPermission` returned.
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
    Ok(RightsRoute::new(
        source(&config.source, ends)?,
        target,
        |journal, account| Box::pin(ledger::folders(journal, account)),
        config.identifiers.clone(),
    ))
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
