//! IMAP and DAV servers that both sources and targets log in to.

use crate::{
    Account, Result, SecretRef,
    message::{Flags, InternalDate},
    throttle::{ServerLimits, Throttle},
};
use std::{path::PathBuf, sync::Arc};
use tegu_dav::client as dav;
use tegu_imap::{Credentials, Endpoint, Session, transfer::Side};

/// How accounts log in.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Login {
    /// The login name, with `{mail}`, `{alias}` or `{domain}` in it.
    pub user: String,
    /// Whose mailbox is opened when an administrator logs in: SASL PLAIN's authorisation identity (RFC 4616).
    pub authorize_as: Option<String>,
    /// Where the password is found.
    pub password: SecretRef,
    /// Where relative paths of password files start.
    pub base: PathBuf,
}

impl Login {
    /// Everyone logs in with a name made from `user`.
    pub fn new(user: impl Into<String>, password: SecretRef) -> Self {
        Self {
            user: user.into(),
            authorize_as: None,
            password,
            base: PathBuf::new(),
        }
    }

    pub(crate) fn user(&self, account: &Account) -> String {
        account.fill(&self.user)
    }

    pub(crate) fn secret(&self, account: &Account) -> Result<secrecy::SecretString> {
        self.password.resolve(account, &self.base)
    }
}

/// An IMAP server and how accounts log in to it.
#[derive(Clone, Debug)]
pub struct ImapServer {
    endpoint: Endpoint,
    login: Login,
    throttle: Option<Arc<Throttle>>,
}

impl ImapServer {
    /// A server.
    pub fn new(endpoint: Endpoint, login: Login) -> Self {
        Self {
            endpoint,
            login,
            throttle: None,
        }
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(mut self, limits: &ServerLimits) -> Self {
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle.clone()
    }

    /// The account's mailbox, as tegu-imap takes it.
    pub(crate) fn side(&self, account: &Account) -> Result<Side> {
        Ok(Side::new(self.endpoint.clone(), self.credentials(account)?))
    }

    pub(crate) fn describe(&self) -> String {
        format!(
            "imap {}:{} as {}",
            self.endpoint.host(),
            self.endpoint.port(),
            self.login.user
        )
    }

    fn credentials(&self, account: &Account) -> Result<Credentials> {
        let user = self.login.user(account);
        let secret = self.login.secret(account)?;
        let credentials = Credentials::password(user, secret);
        Ok(match &self.login.authorize_as {
            Some(template) => credentials.authorize_as(account.fill(template)),
            None => credentials,
        })
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<Session> {
        Ok(Session::connect(&self.endpoint, &self.credentials(account)?).await?)
    }
}

/// A CalDAV or CardDAV server and how accounts log in to it.
#[derive(Clone, Debug)]
pub struct DavServer {
    url: String,
    login: Login,
    extra_roots_pem: Option<Vec<u8>>,
    plain_text: bool,
    throttle: Option<Arc<Throttle>>,
}

impl DavServer {
    /// A server by URL, which may hold `{mail}` or `{alias}`; certificates to trust besides the platform's; and whether
    /// passwords may travel unencrypted.
    pub fn new(
        url: impl Into<String>,
        login: Login,
        extra_roots_pem: Option<Vec<u8>>,
        plain_text: bool,
    ) -> Self {
        Self {
            url: url.into(),
            login,
            extra_roots_pem,
            plain_text,
            throttle: None,
        }
    }

    /// Limits what the server is asked to bear.
    #[must_use]
    pub fn limits(mut self, limits: &ServerLimits) -> Self {
        self.throttle = Some(Arc::new(Throttle::new(limits)));
        self
    }

    pub(crate) fn throttle(&self) -> Option<Arc<Throttle>> {
        self.throttle.clone()
    }

    pub(crate) fn describe(&self) -> String {
        format!("dav {} as {}", self.url, self.login.user)
    }

    /// The account's URL, without credentials.
    pub(crate) fn endpoint(&self, account: &Account) -> Result<Endpoint> {
        let url = account.fill(&self.url);
        let endpoint = if self.plain_text && url.starts_with("http:") {
            Endpoint::dangerously_without_tls(&url)?
        } else {
            Endpoint::new(&url)?
        };
        Ok(match &self.extra_roots_pem {
            Some(pem) => endpoint.tls(dav::Tls::default().trust_pem(pem)?),
            None => endpoint,
        })
    }

    pub(crate) async fn connect(&self, account: &Account) -> Result<dav::Client> {
        let endpoint = self.endpoint(account)?;
        let credentials = Credentials::password(self.login.user(account), self.login.secret(account)?);
        Ok(dav::Client::connect(&endpoint, &credentials).await?)
    }
}

impl From<&tegu_imap::Flags> for Flags {
    fn from(flags: &tegu_imap::Flags) -> Self {
        Self::from_names(flags.iter())
    }
}

impl From<&Flags> for tegu_imap::Flags {
    fn from(flags: &Flags) -> Self {
        flags.names().collect()
    }
}

impl From<tegu_imap::InternalDate> for InternalDate {
    fn from(date: tegu_imap::InternalDate) -> Self {
        Self::new(date.unix_seconds(), date.offset_minutes())
    }
}
