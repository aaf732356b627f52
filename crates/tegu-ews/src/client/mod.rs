//! The client: one service account, many mailboxes.

mod auth;
mod batch;
mod connection;
mod find;
mod http;
mod listing;
mod mailbox;
mod options;
mod public;
mod reader;
mod settings;
mod tuning;
mod unpack;
mod whole;

pub use find::find;
pub use listing::Listing;
pub use mailbox::Mailbox;
pub use options::Options;
pub use reader::{Items, Read};
pub use tuning::Pressure;

use crate::{Error, Finding, Result, ServerVersion, Version};
use http::Http;
use std::{
    collections::HashMap,
    path::PathBuf,
    sync::{Arc, Mutex, PoisonError},
};
use tegu_net::{Credentials, Endpoint};
use tuning::Tuning;

/// A server, and the account that reads from it. Clones share their connections and what they learnt about the server.
#[derive(Clone)]
pub struct Ews {
    pub(crate) shared: Arc<Shared>,
}

pub(crate) struct Shared {
    pub(crate) http: Http,
    pub(crate) options: Options,
    pub(crate) scratch: PathBuf,
    pub(crate) tuning: Tuning,
    pub(crate) known: Mutex<Known>,
    version: Mutex<Version>,
    server: Mutex<Option<ServerVersion>>,
}

/// What the organisation said about people and zones; `None` is what it does not know.
#[derive(Default)]
pub(crate) struct Known {
    pub(crate) addresses: HashMap<String, Option<String>>,
    pub(crate) zones: HashMap<String, Option<crate::zone::Zone>>,
}

impl Ews {
    /// Connects to the URL of Exchange Web Services, usually `https://HOST/EWS/Exchange.asmx`, and signs in.
    ///
    /// Passwords go out as Basic (RFC 7617) where the server offers that, and otherwise sign in by NTLM version 2 with channel binding;
    /// tokens go out as Bearer (RFC 6750), Kerberos tickets as Negotiate (RFC 4559; feature `gssapi`). `credentials.mechanism("BASIC")` and
    /// `"NTLM"` allow no other scheme.
    ///
    /// # Errors
    ///
    /// Kind [`Authentication`](crate::ErrorKind::Authentication) if the server refuses the credentials; [`Config`](crate::ErrorKind::Config) if the URL
    /// is not one of HTTP or leads to something else; [`Unsupported`](crate::ErrorKind::Unsupported) if the server offers no scheme for the
    /// credentials; and those of [`Endpoint::connect`].
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        Self::connect_with(endpoint, credentials, Options::default()).await
    }

    /// As [`connect`](Self::connect), with other bounds than the usual ones.
    ///
    /// # Errors
    ///
    /// As [`connect`](Self::connect).
    pub async fn connect_with(
        endpoint: &Endpoint,
        credentials: &Credentials,
        options: Options,
    ) -> Result<Self> {
        if !endpoint.scheme().starts_with("http") {
            return Err(
                Error::config("the URL of Exchange Web Services begins with https://")
                    .doing("connect to", endpoint),
            );
        }
        let http = Http::new(endpoint, credentials, &options);
        http.sign_in()
            .await
            .map_err(|error| error.doing("sign in to", endpoint))?;
        let scratch = options.scratch.clone().unwrap_or_else(std::env::temp_dir);
        Ok(Self {
            shared: Arc::new(Shared {
                http,
                scratch,
                tuning: Tuning::new(&options),
                known: Mutex::default(),
                version: Mutex::new(options.version),
                server: Mutex::new(None),
                options,
            }),
        })
    }

    /// The account's own mailbox.
    #[must_use]
    pub fn own(&self, address: impl Into<String>) -> Mailbox {
        Mailbox::new(self, address.into(), mailbox::Access::Own)
    }

    /// The mailbox of an SMTP address, opened by the role `ApplicationImpersonation`. The load is charged to that mailbox.
    #[must_use]
    pub fn impersonate(&self, address: impl Into<String>) -> Mailbox {
        Mailbox::new(self, address.into(), mailbox::Access::Impersonate)
    }

    /// The mailbox of an SMTP address, opened because the account has full access to it. The load is charged to the account.
    #[must_use]
    pub fn delegate(&self, address: impl Into<String>) -> Mailbox {
        Mailbox::new(self, address.into(), mailbox::Access::Delegate)
    }

    /// Returns what the server said it is, once it has answered.
    #[must_use]
    pub fn server(&self) -> Option<ServerVersion> {
        self.shared
            .server
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Returns the version that requests ask for.
    #[must_use]
    pub fn version(&self) -> Version {
        *self.shared.version.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how often the server asked to slow down.
    #[must_use]
    pub fn pressure(&self) -> Pressure {
        self.shared.tuning.pressure()
    }

    /// Returns what a report says about the server: its version, that nobody has tried it for real, and how to make it faster if it
    /// asked to slow down.
    #[must_use]
    pub fn findings(&self) -> Vec<Finding> {
        let mut findings = Vec::new();
        if let Some(server) = self.server() {
            findings.push(Finding::info(
                "EWS-UNVERIFIED-VERSION",
                format!("the server is {server}; nobody has tried this version with a real mailbox yet"),
            ));
        }
        findings.extend(self.pressure().finding());
        findings
    }

    pub(crate) fn met(&self, server: Option<ServerVersion>) {
        if let Some(server) = server {
            *self.shared.server.lock().unwrap_or_else(PoisonError::into_inner) = Some(server);
        }
    }

    /// Goes to an older version, unless somebody else did so since `used` was asked for.
    pub(crate) fn step_down(&self, used: Version, to: Version) {
        let mut version = self.shared.version.lock().unwrap_or_else(PoisonError::into_inner);
        if *version == used {
            *version = to;
        }
    }
}

impl std::fmt::Debug for Ews {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ews")
            .field("url", &self.shared.http.url())
            .field("version", &self.version())
            .finish_non_exhaustive()
    }
}
