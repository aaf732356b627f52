//! How accounts sign in to servers.

use crate::{Account, BoxFuture, Result, SecretRef, template::login};
use secrecy::SecretString;
use std::{
    fmt,
    path::{Path, PathBuf},
    sync::Arc,
};
use tegu_imap::session::DelegatedLogin;
use tegu_net::{Credentials, Secret, SecretError, SecretRequest};

type Provider =
    dyn Fn(Account, SecretRequest) -> BoxFuture<'static, Result<SecretString, SecretError>> + Send + Sync;

/// How accounts sign in to a server.
///
/// User names are templates: `{mail}`, `{alias}` and `{domain}` are filled in for each account.
///
/// | method | IMAP | LDAP | CalDAV, CardDAV | Exchange Web Services |
/// |---|---|---|---|---|
/// | [`password`](Self::password) | LOGIN, PLAIN | simple bind | Basic, Digest | Basic, NTLM |
/// | [`token`](Self::token) | OAUTHBEARER, XOAUTH2 | | Bearer | Bearer |
/// | [`external`](Self::external) | EXTERNAL | EXTERNAL | certificate of the connection | certificate of the connection |
/// | [`kerberos`](Self::kerberos) | GSSAPI | GSSAPI | Negotiate | Negotiate |
/// | [`authorize_as`](Self::authorize_as) | PLAIN, OAUTHBEARER, EXTERNAL, GSSAPI | EXTERNAL, GSSAPI | | |
/// | [`delegate`](Self::delegate) | LOGIN, PLAIN, OAUTHBEARER, XOAUTH2 | | | |
///
/// A client returns an error of kind [`Unsupported`](crate::ErrorKind::Unsupported) or [`Config`](crate::ErrorKind::Config) for
/// what its protocol does not have.
///
/// ```
/// use tegu_migrate::{Account, Login, SecretRef, imap::session::DelegatedLogin};
///
/// // The delegate `mover` opens each mailbox with a password of its own.
/// let mover = DelegatedLogin::exchange_alias("CORP", "mover", "");
/// # let directory = tempfile::tempdir().unwrap();
/// # tegu_outcome::file::write(&directory.path().join("password"), |file| file.write_all(b"secret")).unwrap();
/// # let base = directory.path();
/// let login = Login::password("{alias}", SecretRef::File("password".into())).delegate(mover).base(base);
/// let credentials = login.credentials(&Account::new("anna@corp.example"))?;
/// assert_eq!(credentials.user(), "CORP/mover/anna");
/// # Ok::<(), tegu_migrate::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Login {
    user: String,
    method: Method,
    authorize_as: Option<String>,
    delegate: Option<DelegatedLogin>,
    base: PathBuf,
}

#[derive(Clone, Debug)]
enum Method {
    Password(Source),
    Token(Source),
    External,
    Kerberos,
}

#[derive(Clone)]
enum Source {
    Named(SecretRef),
    Provider(Arc<Provider>),
}

impl Login {
    fn new(user: impl Into<String>, method: Method) -> Self {
        Self {
            user: user.into(),
            method,
            authorize_as: None,
            delegate: None,
            base: PathBuf::new(),
        }
    }

    /// Signs in with a name that is made from `user`, and a password. The password is read anew for each connection, and, if a
    /// [command](SecretRef::Command) prints it, once more if the server refuses it.
    pub fn password(user: impl Into<String>, password: SecretRef) -> Self {
        Self::new(user, Method::Password(Source::Named(password)))
    }

    /// Signs in with passwords of the caller's own, such as those of a vault: see [`token_provider`](Self::token_provider).
    #[doc(alias = "callback")]
    #[doc(alias = "vault")]
    pub fn password_provider<F, T>(user: impl Into<String>, provider: F) -> Self
    where
        F: Fn(Account, SecretRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, SecretError>> + Send + 'static,
    {
        Self::new(user, Method::Password(Source::provider(provider)))
    }

    /// Signs in with an OAuth 2.0 bearer token (RFC 6750), which is read anew at each sign-in, and once more if the server refuses
    /// it: whoever renews tokens replaces the file, or a [command](SecretRef::Command) fetches one.
    #[doc(alias = "oauth")]
    #[doc(alias = "oauth2")]
    #[doc(alias = "bearer")]
    #[doc(alias = "xoauth2")]
    pub fn token(user: impl Into<String>, token: SecretRef) -> Self {
        Self::new(user, Method::Token(Source::Named(token)))
    }

    /// Signs in with OAuth 2.0 bearer tokens that `provider` fetches for each account when they are needed.
    ///
    /// The provider is asked for [any](SecretRequest::Any) token first, and once for a [fresh](SecretRequest::Fresh) one if the
    /// server refuses that.
    ///
    /// ```
    /// use tegu_migrate::Login;
    ///
    /// let login = Login::token_provider("{mail}", |account, request| async move {
    ///     // Ask the identity provider for a token for this account.
    ///     Ok(format!("token of {} ({request:?})", account.mail).into())
    /// });
    /// ```
    #[doc(alias = "oauth")]
    #[doc(alias = "oauth2")]
    #[doc(alias = "callback")]
    #[doc(alias = "refresh token")]
    pub fn token_provider<F, T>(user: impl Into<String>, provider: F) -> Self
    where
        F: Fn(Account, SecretRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, SecretError>> + Send + 'static,
    {
        Self::new(user, Method::Token(Source::provider(provider)))
    }

    /// Signs in with the client certificate of the connection ([`Tls::client_certificate_pem`](tegu_net::Tls::client_certificate_pem)).
    /// [`authorize_as`](Self::authorize_as) says whose mailbox is opened.
    #[must_use]
    #[doc(alias = "client certificate")]
    #[doc(alias = "mtls")]
    pub fn external() -> Self {
        Self::new("", Method::External)
    }

    /// Signs in with a Kerberos ticket of this process (`kinit` or a keytab). Needs the feature `gssapi`, and Unix.
    #[must_use]
    #[doc(alias = "gssapi")]
    #[doc(alias = "keytab")]
    pub fn kerberos() -> Self {
        Self::new("", Method::Kerberos)
    }

    /// Opens another mailbox than that of the user who signs in: the authorisation identity of SASL (RFC 4422, section 3.4.1), a
    /// template like the user name.
    #[must_use]
    #[doc(alias = "impersonation")]
    pub fn authorize_as(mut self, user: impl Into<String>) -> Self {
        self.authorize_as = Some(user.into());
        self
    }

    /// Signs in as a delegate who opens the mailboxes of others. The mailbox that `delegate` names is replaced by this login's
    /// user name for each account; the password or token is the delegate's. Only IMAP.
    #[must_use]
    #[doc(alias = "impersonation")]
    #[doc(alias = "master user")]
    pub fn delegate(mut self, delegate: DelegatedLogin) -> Self {
        self.delegate = Some(delegate);
        self
    }

    /// Whether each account signs in with a name of its own.
    #[cfg(feature = "ews")]
    pub(crate) fn is_personal(&self) -> bool {
        self.user.contains('{')
    }

    /// Sets where relative paths of password and token files start; default: the working directory.
    #[must_use]
    pub fn base(mut self, base: impl Into<PathBuf>) -> Self {
        self.base = base.into();
        self
    }

    /// Returns the credentials of an account.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) for a password or token that cannot be read, and for a name that a
    /// [`delegate`](Self::delegate) cannot open.
    pub fn credentials(&self, account: &Account) -> Result<Credentials> {
        let credentials = match &self.method {
            Method::Password(source) => Credentials::password(
                self.user(account)?,
                match source {
                    Source::Named(name) => secret(name, "password", account, &self.base)?,
                    Source::Provider(provider) => provided(provider, account),
                },
            ),
            Method::Token(source) => Credentials::token(
                self.user(account)?,
                match source {
                    Source::Named(name) => {
                        // A file that is missing is an error now. A command is run when its token is needed.
                        if !matches!(name, SecretRef::Command(_)) {
                            name.read("token", account, &self.base)?;
                        }
                        fetched(name, "token", account, &self.base)
                    }
                    Source::Provider(provider) => provided(provider, account),
                },
            ),
            Method::External => Credentials::external(),
            Method::Kerberos => Credentials::kerberos(),
        };
        Ok(match &self.authorize_as {
            Some(template) => credentials.authorize_as(login(template, account)?),
            None => credentials,
        })
    }

    /// Whose mailbox is opened, to find two accounts that open the same one.
    pub(crate) fn mailbox(&self, account: &Account) -> Result<String> {
        match (&self.authorize_as, &self.method) {
            (Some(template), _) => login(template, account),
            (None, Method::External) => Ok("the certificate's owner".into()),
            (None, Method::Kerberos) => Ok("the ticket's owner".into()),
            (None, _) => self.user(account),
        }
    }

    /// What the server calls the account, whoever signs in for it.
    pub(crate) fn owner(&self, account: &Account) -> Result<String> {
        login(self.authorize_as.as_ref().unwrap_or(&self.user), account)
    }

    /// The name that the account signs in with.
    pub(crate) fn user(&self, account: &Account) -> Result<String> {
        let user = login(&self.user, account)?;
        match &self.delegate {
            Some(delegate) => delegate.clone().mailbox(user).user_name(),
            None => Ok(user),
        }
    }
}

/// Who signs in and whose mailbox is opened, without secrets: `as {mail}`.
impl fmt::Display for Login {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.method {
            Method::Password(_) | Method::Token(_) => write!(f, "as {}", self.user)?,
            Method::External => f.write_str("by a client certificate")?,
            Method::Kerberos => f.write_str("by a Kerberos ticket")?,
        }
        if let Some(delegate) = &self.delegate {
            write!(f, " through {delegate:?}")?;
        }
        match &self.authorize_as {
            Some(user) => write!(f, " for {user}"),
            None => Ok(()),
        }
    }
}

impl Source {
    fn provider<F, T>(provider: F) -> Self
    where
        F: Fn(Account, SecretRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, SecretError>> + Send + 'static,
    {
        Self::Provider(Arc::new(move |account, request| {
            Box::pin(provider(account, request))
        }))
    }
}

impl fmt::Debug for Source {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Named(name) => name.fmt(f),
            Self::Provider(_) => f.write_str("a provider"),
        }
    }
}

fn provided(provider: &Arc<Provider>, account: &Account) -> Secret {
    let (provider, account) = (Arc::clone(provider), account.clone());
    Secret::provider(move |request| provider(account.clone(), request))
}

/// A password: what a command prints at each request, and what a variable or a file holds now.
pub(crate) fn secret(name: &SecretRef, what: &'static str, account: &Account, base: &Path) -> Result<Secret> {
    Ok(match name {
        SecretRef::Command(_) => fetched(name, what, account, base),
        _ => name.read(what, account, base)?.into(),
    })
}

/// Reads the secret at each request, where it keeps nobody waiting.
fn fetched(name: &SecretRef, what: &'static str, account: &Account, base: &Path) -> Secret {
    let (name, account, base) = (name.clone(), account.clone(), base.to_owned());
    Secret::provider(move |_| {
        let (name, account, base) = (name.clone(), account.clone(), base.clone());
        async move {
            let read = tokio::task::spawn_blocking(move || name.read(what, &account, &base));
            read.await?.map_err(SecretError::from)
        }
    })
}

#[cfg(test)]
mod tests;
