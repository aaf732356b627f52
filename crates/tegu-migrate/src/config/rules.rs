//! Inbox rules, automatic replies and forwarding.

use super::{
    ServerConfig,
    ends::{Ends, existing},
    server::{Protocol, ServerKeys},
};
use crate::{
    Error, Result,
    route::{RulesOptions, RulesRoute, ScriptTarget},
};
use serde::Deserialize;
use std::path::PathBuf;
use tegu_sieve::{
    managesieve::{Activation, ScriptName},
    read::Encoding,
    store::{Exports, ForwardingBy, SettingsSource},
    translate::Server,
};

/// Inbox rules, automatic replies and forwarding, as a Sieve script for each mailbox.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct RulesConfig {
    /// Who says what mailboxes do.
    pub source: RulesSource,
    /// Where scripts go.
    pub target: RulesTarget,
    /// Whether the script is switched on, unless another one of the owner's runs. Default: its owner switches it on.
    #[serde(default)]
    pub activate: bool,
    /// The script's name on the server. Default `tegu`.
    #[serde(default = "script")]
    pub script: String,
    /// How forwarding settings are carried out: `sheet` (the default), by the administrator, or `script`, by the mailbox's own script.
    #[serde(default)]
    pub forwarding: RulesForwarding,
    /// The folder of deleted messages on the target. Default `Trash`.
    #[serde(default = "trash")]
    pub trash: String,
    /// The character between the levels of a folder's name on the target, where the job moves no mail that tells. Default `/`.
    #[serde(default = "delimiter")]
    pub delimiter: char,
}

/// Who says what mailboxes do.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum RulesSource {
    /// Exchange itself, by Exchange Web Services: rules and automatic replies. Forwarding is read from the directory. Needs the feature `ews`.
    Ews(Box<ServerConfig>),
    /// What Exchange's shell exports, as CLIXML, JSON or CSV.
    Exports {
        /// What `Get-InboxRule` returned.
        #[serde(default)]
        rules: Option<PathBuf>,
        /// What `Get-MailboxAutoReplyConfiguration` returned.
        #[serde(default)]
        replies: Option<PathBuf>,
        /// What `Get-Mailbox` returned: forwarding, and by what names the other exports call mailboxes.
        #[serde(default)]
        mailboxes: Option<PathBuf>,
        /// The encoding of exports that are not in Unicode, such as `windows-1251`.
        #[serde(default)]
        encoding: Option<String>,
    },
}

/// Where scripts go.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum RulesTarget {
    /// A ManageSieve server.
    Sieve(Box<ServerConfig>),
    /// Files in `rules/` of the job's directory, for a server that takes no uploads.
    Files {
        /// What that server offers, separated by spaces, as `require` names it.
        extensions: String,
    },
}

/// How forwarding settings are carried out.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Copy, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum RulesForwarding {
    /// By the administrator, from `rules/forwarding.virtual` and `rules/forwarding.csv`.
    #[default]
    Sheet,
    /// By the script of each mailbox.
    Script,
}

fn script() -> String {
    "tegu".into()
}

fn trash() -> String {
    "Trash".into()
}

fn delimiter() -> char {
    '/'
}

pub(super) fn route(config: &RulesConfig, ends: &Ends<'_>, domains: &[String]) -> Result<RulesRoute> {
    let wrong = |key: &str, error: Error| error.context(format_args!("rules.{key}"));
    let name = ScriptName::new(&config.script).map_err(|error| wrong("script", error))?;
    let mut options = RulesOptions::new(name);
    options.activation = if config.activate {
        Activation::Activate
    } else {
        Activation::Leave
    };
    options.forwarding = match config.forwarding {
        RulesForwarding::Sheet => ForwardingBy::Sheet,
        RulesForwarding::Script => ForwardingBy::Script,
    };
    (options.trash, options.delimiter) = (config.trash.clone(), config.delimiter);
    options.domains = domains.to_vec();
    let target = match &config.target {
        RulesTarget::Sieve(server) => {
            let keys = ServerKeys::new(server, Protocol::Sieve, ends.base, "rules.target")?;
            ScriptTarget::Server(Box::new(keys.sieve()?))
        }
        RulesTarget::Files { extensions } => ScriptTarget::Files(Server::new(extensions)),
    };
    Ok(RulesRoute::new(source(&config.source, ends)?, target, options))
}

fn source(config: &RulesSource, ends: &Ends<'_>) -> Result<Box<dyn SettingsSource>> {
    Ok(match config {
        #[cfg(feature = "ews")]
        RulesSource::Ews(server) if server.archive.is_some() => {
            return Err(Error::config(
                "rules.source.archive: an archive has no rules and no replies, they belong to the mailbox: leave this key out",
            ));
        }
        #[cfg(feature = "ews")]
        RulesSource::Ews(server) => Box::new(crate::sources::EwsSettings::new(
            ends.keys(server, "rules.source")?.ews()?,
        )),
        #[cfg(not(feature = "ews"))]
        RulesSource::Ews(_) => return Err(super::ends::built_without("ews")),
        RulesSource::Exports {
            rules,
            replies,
            mailboxes,
            encoding,
        } => {
            let found = |key: &str, path: &Option<PathBuf>| {
                let path = path.as_deref();
                path.map(|path| existing(ends.base, &format!("rules.source.{key}"), path))
                    .transpose()
            };
            let mut exports = Exports::new()
                .rules(found("rules", rules)?)
                .replies(found("replies", replies)?)
                .mailboxes(found("mailboxes", mailboxes)?);
            if let Some(name) = encoding {
                let encoding = Encoding::named(name);
                exports = exports.encoding(encoding.map_err(|error| error.context("rules.source.encoding"))?);
            }
            Box::new(exports)
        }
    })
}
