//! A job as a TOML file.
//!
//! [`SAMPLE`] shows and explains every key; it is what `tegu init` writes. [`SCHEMA`] is the same as a JSON schema, which editors complete and
//! check by.
#![doc = concat!("\n```toml\n", include_str!("../../migrate.toml"), "```\n")]

mod command;
mod connect;
mod ends;
mod rights;
mod rules;
mod secret;
mod server;

pub use rights::{RightsConfig, RightsEnd, SharesConfig};
pub use rules::{RulesConfig, RulesForwarding, RulesSource, RulesTarget};
pub use secret::SecretRef;
pub use server::{AutodiscoverConfig, PlainSecurity, ServerConfig};

use crate::{
    Error, Limits, Migration, Policy, Result, letter::LettersConfig, plan::Rates, route::Slim,
    shared::absolute,
};
use serde::Deserialize;
use std::path::{Path, PathBuf};
use tegu_routing::{Servers, Wave};

/// A configuration that shows every key, with comments.
pub const SAMPLE: &str = include_str!("../../migrate.toml");

/// The JSON schema (draft 2020-12) of a configuration. An editor that knows TOML takes it from a file that the first
/// line of the configuration names: `#:schema ./migrate.schema.json`. `tegu init --schema FILE` writes both.
pub const SCHEMA: &str = include_str!("../../migrate.schema.json");

/// A whole job, as read from a file. Unknown keys are refused.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Config {
    /// The job's name, shown in reports.
    pub name: String,
    /// The job's directory: journal, reports, worklist, and the bundle where one is made.
    pub out: PathBuf,
    /// Who moves.
    pub directory: DirectoryConfig,
    /// Messages.
    #[serde(default)]
    pub mail: Option<Route<MailEnd>>,
    /// Calendars.
    #[serde(default)]
    pub calendars: Option<Route<ItemEnd>>,
    /// What is taken out of calendars on their way to a CalDAV server.
    #[serde(default)]
    pub slim: Option<Slim>,
    /// Contacts.
    #[serde(default)]
    pub contacts: Option<Route<ItemEnd>>,
    /// Inbox rules, automatic replies and forwarding; only where this is given.
    #[serde(default)]
    pub rules: Option<RulesConfig>,
    /// Who may do what with whose folders; only where this is given.
    #[serde(default)]
    pub rights: Option<RightsConfig>,
    /// What is left out, and what may be lost.
    #[serde(default)]
    pub policy: Policy,
    /// How hard the run may work.
    #[serde(default)]
    pub limits: Limits,
    /// Letters to owners: written where this is given, delivered where it says so.
    #[serde(default)]
    pub letters: Option<LettersConfig>,
    /// Where both servers take mail from each other, for routing sheets.
    #[serde(default)]
    pub coexistence: Option<Servers>,
    /// Who moves when. An account belongs to the first wave that names it.
    #[serde(default)]
    pub waves: Vec<Wave>,
    /// A journal in a PostgreSQL database. Default: a file in the job's directory.
    #[serde(default)]
    pub journal: Option<JournalConfig>,
    /// Whether later passes delete on the target what was deleted on the source; see
    /// [`MigrationBuilder::deletions`](crate::MigrationBuilder::deletions).
    #[serde(default)]
    pub deletions: bool,
    /// How messages between IMAP servers are proved: `digest` (the default), `fingerprint`, `size` or `none`.
    #[serde(default)]
    pub verify: Option<String>,
    /// How fast the job is expected to be, for plans. Default: what an earlier run measured.
    #[serde(default)]
    pub rates: Rates,
    /// Where relative paths start: the folder of the file that the configuration came from, as an absolute path.
    #[serde(skip)]
    pub base: PathBuf,
}

/// From where to where.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(rename = "RouteOf{End}"))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Route<End> {
    /// Where things come from.
    pub source: End,
    /// Where things go.
    pub target: End,
}

/// The directory.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct DirectoryConfig {
    /// An LDIF file (RFC 2849). Exactly one of `ldif`, `bundle` and `ldap` says where the directory is.
    pub ldif: Option<PathBuf>,
    /// The bundle of an earlier job, whose copy of the directory is read.
    pub bundle: Option<PathBuf>,
    /// A live directory.
    pub ldap: Option<ServerConfig>,
    /// Exports of `Get-MailboxPermission` and `Get-ADPermission`, as `.csv` or `.json`: who may open what.
    #[serde(default)]
    pub permissions: Vec<PathBuf>,
    /// The organisation's own mail domains.
    pub domains: Vec<String>,
    /// What the target directory can store: a name that tegu-ldap knows, such as `openldap` or `tegu`.
    #[serde(default = "default_profile")]
    pub profile: String,
}

/// A journal that many workers share.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct JournalConfig {
    /// A PostgreSQL database, as a URL without a password: `postgres://user@host:port/name`.
    pub postgres: String,
    /// The password. A command is run before each connection.
    pub password: Option<SecretRef>,
    /// The name of the migration in the database. Default: the job's name.
    pub migration: Option<String>,
    /// The schema of the tables. Default `tegu`.
    pub schema: Option<String>,
    /// Certificates to trust besides the platform's, as a PEM file.
    pub ca: Option<PathBuf>,
    /// The SHA-256 digest of the one server certificate to trust, in hexadecimal digits.
    pub pin: Option<String>,
    /// A client certificate and its chain, as a PEM file: shown in TLS, and how to sign in where the database takes no password.
    pub certificate: Option<PathBuf>,
    /// The private key of `certificate`, as a PEM file; by default the same file.
    pub key: Option<PathBuf>,
    /// The name of this worker in the journal. Default: host name and process number.
    pub worker: Option<String>,
}

/// Where messages come from or go.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum MailEnd {
    /// An IMAP server.
    Imap(Box<ServerConfig>),
    /// A folder tree of mbox and .eml files for each account; only as a source.
    Files {
        /// A path with `{mail}`, `{alias}` or `{domain}` in it.
        path: String,
        /// The variant of the mbox files, if it is known: mboxrd, mboxo, mboxcl or mboxcl2.
        #[serde(default)]
        variant: Option<String>,
        /// Whether all of this mail was converted from PST files.
        #[serde(default)]
        converted: bool,
    },
    /// A bundle: as a source, that of an earlier job; as a target, this job's own directory.
    Bundle {
        /// The earlier job's directory; only as a source.
        path: Option<PathBuf>,
    },
    /// Exchange itself, by Exchange Web Services; only as a source. Needs the feature `ews`. A `user` without `{mail}` and the like is a
    /// service account with the role ApplicationImpersonation.
    Ews(Box<ServerConfig>),
    /// PST and OST files of each account; only as a source. Needs the feature `pst`.
    Pst {
        /// A path with `{mail}`, `{alias}` or `{domain}` in it; its last part may hold one `*`.
        path: String,
        /// The code page of strings in ANSI files, such as 1251.
        #[serde(default)]
        code_page: Option<u32>,
        /// Also what its owner deleted for good, where an export of Exchange holds it (Recoverable Items).
        #[serde(default)]
        recoverable: bool,
    },
}

/// Where calendars and contacts come from or go.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Deserialize)]
#[serde(tag = "kind", rename_all = "lowercase", deny_unknown_fields)]
#[non_exhaustive]
pub enum ItemEnd {
    /// A CalDAV server.
    CalDav(Box<ServerConfig>),
    /// A CardDAV server.
    CardDav(Box<ServerConfig>),
    /// Files of each account; only as a source.
    Files {
        /// A path with `{mail}`, `{alias}` or `{domain}` in it.
        path: String,
    },
    /// A bundle: as a source, that of an earlier job; as a target, this job's own directory.
    Bundle {
        /// The earlier job's directory; only as a source.
        path: Option<PathBuf>,
    },
    /// Exchange itself, by Exchange Web Services; only as a source. Needs the feature `ews`. A `user` without `{mail}` and the like is a
    /// service account with the role ApplicationImpersonation.
    Ews(Box<ServerConfig>),
    /// PST and OST files of each account; only as a source. Needs the feature `pst`.
    Pst {
        /// A path with `{mail}`, `{alias}` or `{domain}` in it; its last part may hold one `*`.
        path: String,
        /// The code page of strings in ANSI files, such as 1251.
        #[serde(default)]
        code_page: Option<u32>,
        /// Also what its owner deleted for good, where an export of Exchange holds it (Recoverable Items).
        #[serde(default)]
        recoverable: bool,
    },
}

fn default_profile() -> String {
    "tegu".into()
}

impl Config {
    /// Reads a file.
    ///
    /// # Errors
    ///
    /// One line with the file, the line number and the key.
    pub fn from_file(path: impl AsRef<Path>) -> Result<Self> {
        let path = path.as_ref();
        let named = |error: Error| error.context(path.display());
        #[allow(
            clippy::disallowed_methods,
            reason = "the operator named it, and it may be a pipe"
        )]
        let text = std::fs::read_to_string(path).map_err(|error| named(Error::config(error.to_string())))?;
        let base = path.parent().map(Path::to_path_buf).unwrap_or_default();
        Self::from_toml(&text, base).map_err(named)
    }

    /// Reads a text whose relative paths start at `base`.
    ///
    /// # Errors
    ///
    /// One line with the line number and the key.
    pub fn from_toml(text: &str, base: PathBuf) -> Result<Self> {
        let mut config: Self = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            let line = text
                .get(..start)
                .map_or(1, |before| before.matches('\n').count() + 1);
            Error::config(format!("line {line}: {}", error.message()))
        })?;
        config.policy.check_codes()?;
        // One path, from wherever the program was started.
        let base = if base.as_os_str().is_empty() {
            ".".into()
        } else {
            base
        };
        config.base = base.canonicalize().unwrap_or_else(|_| absolute(base));
        Ok(config)
    }

    /// Narrows the job to one of its waves: only its accounts are selected.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a wave that is not named, and for a policy that selects accounts by itself.
    pub fn only_wave(mut self, name: &str) -> Result<Self> {
        let Some(wave) = self.waves.iter().find(|wave| wave.name == name) else {
            let names = self
                .waves
                .iter()
                .map(|wave| wave.name.as_str())
                .collect::<Vec<_>>();
            let known = if names.is_empty() {
                "none".into()
            } else {
                names.join(", ")
            };
            return Err(Error::config(format!(
                "there is no wave {name:?}; the configuration has {known}"
            )));
        };
        if !self.policy.accounts.is_empty() {
            return Err(Error::config(
                "policy.accounts: a wave selects accounts; leave this out",
            ));
        }
        // A wave that names nobody selects nobody, not everybody.
        self.policy.accounts.clone_from(&wave.accounts);
        if wave.accounts.is_empty() {
            self.policy.exclude_accounts.insert("*".into());
        }
        // Whom an earlier wave has does not move with this one.
        let earlier = self.waves.iter().take_while(|earlier| earlier.name != name);
        for earlier in earlier {
            self.policy
                .exclude_accounts
                .extend(earlier.accounts.iter().cloned());
        }
        Ok(self)
    }

    /// Makes the job. Everything that the configuration names is looked for, but no server is asked yet. With waves, accounts
    /// that are done or rolled back take no part.
    ///
    /// # Errors
    ///
    /// One line that names the key or the file.
    pub fn into_migration(self) -> Result<Migration> {
        connect::migration(self)
    }
}

/// Reads a file that the configuration names.
fn existing_file<T>(key: &str, path: PathBuf, read: impl FnOnce(&Path) -> std::io::Result<T>) -> Result<T> {
    read(&path).map_err(|error| Error::config(format!("{key}: {}: {error}", path.display())))
}

#[cfg(test)]
mod tests;
