//! Who logs in, and by what.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use secrecy::SecretString;

use super::delegated::DelegatedLogin;
use crate::Result;

/// Who logs in. `Debug` shows the user, never the secret.
///
/// ```
/// use tegu_imap::Credentials;
/// use tegu_imap::session::{DelegatedLogin, TokenRequest};
///
/// let password = || "secret".to_owned().into();
/// let anna = Credentials::login("anna", password());
/// let admin_for_anna = Credentials::plain(Some("anna".into()), "admin", password());
/// let by_exchange = DelegatedLogin::exchange_alias("corp", "migrator", "anna");
/// let by_exchange = Credentials::delegated(&by_exchange, password())?;
/// assert_eq!(by_exchange.user(), "corp/migrator/anna");
/// let by_token = Credentials::oauth("anna@example.org", |request| async move {
///     // Ask the identity provider; a cached token will do unless the server has just refused it.
///     let token = if request == TokenRequest::Fresh { "new" } else { "cached" };
///     Ok(token.to_owned().into())
/// });
/// assert!(!format!("{by_token:?} {anna:?}").contains("secret"));
/// # Ok::<_, tegu_imap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct Credentials {
    pub(super) method: Method,
    pub(super) user: String,
}

#[derive(Clone, Debug)]
pub(super) enum Method {
    Login(SecretString),
    Plain {
        authorise_as: Option<String>,
        secret: SecretString,
    },
    External,
    /// A bearer token, by one mechanism or by whichever the server offers.
    Bearer(Option<Bearer>, Tokens),
}

/// How a bearer token is shown.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bearer {
    /// RFC 7628.
    OAuthBearer,
    /// The form that came before it, which Exchange Online and Gmail speak.
    XOAuth2,
}

/// What a token callback is asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum TokenRequest {
    /// Any token that should be good, such as one from a cache.
    Any,
    /// A token newer than the last one, which the server has just refused.
    Fresh,
}

/// Why a token callback gives no token. Its text is shown, so it must hold no secret.
pub type TokenError = Box<dyn std::error::Error + Send + Sync>;

type TokenFuture = Pin<Box<dyn Future<Output = Result<SecretString, TokenError>> + Send>>;

/// The caller's way to get bearer tokens.
#[derive(Clone)]
pub(super) struct Tokens(Arc<dyn Fn(TokenRequest) -> TokenFuture + Send + Sync>);

impl Tokens {
    fn new<F, T>(callback: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, TokenError>> + Send + 'static,
    {
        Self(Arc::new(move |request| Box::pin(callback(request))))
    }

    pub(super) async fn get(&self, request: TokenRequest) -> Result<SecretString, TokenError> {
        (self.0)(request).await
    }
}

impl fmt::Debug for Tokens {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tokens")
    }
}

impl Credentials {
    /// The `LOGIN` command; where the server forbids it but offers SASL PLAIN, that.
    pub fn login(user: impl Into<String>, secret: SecretString) -> Self {
        Self {
            method: Method::Login(secret),
            user: user.into(),
        }
    }

    /// SASL PLAIN (RFC 4616), where asked for on behalf of another user.
    pub fn plain(authorise_as: Option<String>, user: impl Into<String>, secret: SecretString) -> Self {
        Self {
            method: Method::Plain { authorise_as, secret },
            user: user.into(),
        }
    }

    /// As [`login`](Self::login), with a user name that names both who logs in and whose mailbox is opened.
    ///
    /// # Errors
    ///
    /// Kind [`Invalid`](crate::ErrorKind::Invalid) where a part would break the form of the name.
    pub fn delegated(login: &DelegatedLogin, secret: SecretString) -> Result<Self> {
        Ok(Self::login(login.user_name()?, secret))
    }

    /// SASL EXTERNAL (RFC 4422, appendix A): the client certificate of the endpoint tells who this is. A user to act
    /// for may be named.
    pub fn external(authorise_as: Option<String>) -> Self {
        Self {
            method: Method::External,
            user: authorise_as.unwrap_or_default(),
        }
    }

    /// A bearer token by OAUTHBEARER (RFC 7628) or, where the server does not offer that, XOAUTH2.
    ///
    /// The callback is asked for [any](TokenRequest::Any) token at each login, and once for a
    /// [fresh](TokenRequest::Fresh) one where the server refuses the first.
    pub fn oauth<F, T>(user: impl Into<String>, callback: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, TokenError>> + Send + 'static,
    {
        Self::bearer(user.into(), None, Tokens::new(callback))
    }

    /// As [`oauth`](Self::oauth), by OAUTHBEARER alone.
    pub fn oauth_bearer<F, T>(user: impl Into<String>, callback: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, TokenError>> + Send + 'static,
    {
        Self::bearer(user.into(), Some(Bearer::OAuthBearer), Tokens::new(callback))
    }

    /// As [`oauth`](Self::oauth), by XOAUTH2 alone.
    pub fn xoauth2<F, T>(user: impl Into<String>, callback: F) -> Self
    where
        F: Fn(TokenRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, TokenError>> + Send + 'static,
    {
        Self::bearer(user.into(), Some(Bearer::XOAuth2), Tokens::new(callback))
    }

    fn bearer(user: String, mechanism: Option<Bearer>, tokens: Tokens) -> Self {
        Self {
            method: Method::Bearer(mechanism, tokens),
            user,
        }
    }

    /// Who logs in; empty where a certificate alone says it.
    pub fn user(&self) -> &str {
        &self.user
    }
}
