//! Who signs in, and with what.

use crate::{BoxFuture, Error, ErrorKind, Result};
use secrecy::SecretString;
use std::{fmt, sync::Arc};

/// What a secret provider is asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum SecretRequest {
    /// Any secret that should be good, such as a token from a cache.
    Any,
    /// A secret newer than the last one, which the server has just refused.
    Fresh,
}

/// Why a provider gives no secret. Its text is shown to people, so it must not hold the secret.
pub type SecretError = Box<dyn std::error::Error + Send + Sync>;

type Provider = dyn Fn(SecretRequest) -> BoxFuture<'static, Result<SecretString, SecretError>> + Send + Sync;

/// A password or token: a fixed one, or one that is fetched when it is needed. `Debug` does not show it.
#[derive(Clone)]
pub struct Secret(Kind);

#[derive(Clone)]
enum Kind {
    Fixed(SecretString),
    Provider(Arc<Provider>),
}

impl Secret {
    /// Fetches the secret at each sign-in: for tokens that expire, and for passwords in a vault.
    ///
    /// The provider is asked for [any](SecretRequest::Any) secret first, and once for a [fresh](SecretRequest::Fresh) one if the
    /// server refuses that.
    ///
    /// ```
    /// use tegu_net::{Credentials, Secret, SecretRequest};
    ///
    /// let token = Secret::provider(|request| async move {
    ///     // Ask the identity provider; a cached token will do unless the server has just refused it.
    ///     let token = if request == SecretRequest::Fresh { "new" } else { "cached" };
    ///     Ok(token.to_owned().into())
    /// });
    /// let anna = Credentials::token("anna@example.org", token);
    /// ```
    #[doc(alias = "callback")]
    #[doc(alias = "refresh token")]
    #[doc(alias = "vault")]
    pub fn provider<F, T>(provider: F) -> Self
    where
        F: Fn(SecretRequest) -> T + Send + Sync + 'static,
        T: Future<Output = Result<SecretString, SecretError>> + Send + 'static,
    {
        Self(Kind::Provider(Arc::new(move |request| {
            Box::pin(provider(request))
        })))
    }

    /// Returns the secret, asking the provider if there is one.
    ///
    /// # Errors
    ///
    /// Kind [`Authentication`](ErrorKind::Authentication) with the provider's error as its source.
    pub async fn get(&self, request: SecretRequest) -> Result<SecretString> {
        match &self.0 {
            Kind::Fixed(secret) => Ok(secret.clone()),
            Kind::Provider(provider) => provider(request).await.map_err(|error| {
                Error::new(
                    ErrorKind::Authentication,
                    format!("no password or token: {error}"),
                )
                .with_source(error)
            }),
        }
    }

    /// Returns whether the secret is fetched anew, so that a second try after a refusal makes sense.
    #[must_use]
    pub fn is_provided(&self) -> bool {
        matches!(self.0, Kind::Provider(_))
    }
}

impl From<SecretString> for Secret {
    fn from(secret: SecretString) -> Self {
        Self(Kind::Fixed(secret))
    }
}

impl From<String> for Secret {
    fn from(secret: String) -> Self {
        SecretString::from(secret).into()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Kind::Fixed(_) => "Secret(fixed)",
            Kind::Provider(_) => "Secret(provider)",
        })
    }
}

/// Who signs in, and with what. `Debug` shows user names, never secrets.
///
/// The same value serves all protocols. Each client picks a mechanism that the server offers, and returns an error of kind
/// [`Unsupported`](ErrorKind::Unsupported) if it has none for the method.
///
/// | method | IMAP, ManageSieve | LDAP | HTTP |
/// |---|---|---|---|
/// | [`password`](Self::password) | PLAIN, LOGIN | simple bind | Basic, Digest, NTLM |
/// | [`token`](Self::token) | OAUTHBEARER, XOAUTH2 | | Bearer |
/// | [`external`](Self::external) | EXTERNAL | EXTERNAL | certificate of the connection |
/// | [`kerberos`](Self::kerberos) | GSSAPI | GSSAPI | Negotiate |
/// | [`anonymous`](Self::anonymous) | | anonymous bind | none |
#[derive(Clone, Debug)]
pub struct Credentials {
    user: String,
    authorize_as: Option<String>,
    mechanism: Option<String>,
    method: Method,
}

/// How [`Credentials`] prove who they are.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Method {
    /// Nobody signs in.
    Anonymous,
    /// A password.
    Password(Secret),
    /// An OAuth 2.0 bearer token (RFC 6750).
    Token(Secret),
    /// The client certificate of the [`Endpoint`](crate::Endpoint)'s [`Tls`](crate::Tls).
    External,
    /// A Kerberos ticket of the process: `kinit` or a keytab.
    Kerberos,
}

impl Credentials {
    fn new(user: impl Into<String>, method: Method) -> Self {
        Self {
            user: user.into(),
            authorize_as: None,
            mechanism: None,
            method,
        }
    }

    /// A user name and a password.
    pub fn password(user: impl Into<String>, password: impl Into<Secret>) -> Self {
        Self::new(user, Method::Password(password.into()))
    }

    /// A user name and an OAuth 2.0 bearer token.
    #[doc(alias = "oauth")]
    #[doc(alias = "oauth2")]
    #[doc(alias = "bearer")]
    pub fn token(user: impl Into<String>, token: impl Into<Secret>) -> Self {
        Self::new(user, Method::Token(token.into()))
    }

    /// SASL EXTERNAL (RFC 4422, appendix A): the client certificate says who this is.
    #[must_use]
    #[doc(alias = "client certificate")]
    #[doc(alias = "mtls")]
    pub fn external() -> Self {
        Self::new("", Method::External)
    }

    /// A Kerberos ticket of this process.
    #[must_use]
    #[doc(alias = "gssapi")]
    #[doc(alias = "negotiate")]
    pub fn kerberos() -> Self {
        Self::new("", Method::Kerberos)
    }

    /// No sign-in.
    #[must_use]
    pub fn anonymous() -> Self {
        Self::new("", Method::Anonymous)
    }

    /// Acts for another user: the authorisation identity of SASL (RFC 4422, section 3.4.1). An administrator opens anna's mailbox
    /// this way.
    #[must_use]
    pub fn authorize_as(mut self, user: impl Into<String>) -> Self {
        self.authorize_as = Some(user.into());
        self
    }

    /// Uses this mechanism and no other: `PLAIN`, `XOAUTH2`, `DIGEST`.
    #[must_use]
    pub fn mechanism(mut self, name: impl Into<String>) -> Self {
        self.mechanism = Some(name.into().to_ascii_uppercase());
        self
    }

    /// Returns the user who signs in; empty if a certificate or a ticket says it.
    #[must_use]
    pub fn user(&self) -> &str {
        &self.user
    }

    /// Returns the user who is acted for.
    #[must_use]
    pub fn authorization_id(&self) -> Option<&str> {
        self.authorize_as.as_deref()
    }

    /// Returns the one mechanism to use, in upper case.
    #[must_use]
    pub fn required_mechanism(&self) -> Option<&str> {
        self.mechanism.as_deref()
    }

    /// Returns how this user proves who he is.
    #[must_use]
    pub fn method(&self) -> &Method {
        &self.method
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret as _;

    #[test]
    fn debug_shows_no_secret() {
        let anna = Credentials::password("anna", "s3cret".to_owned()).authorize_as("boris");
        let shown = format!("{anna:?}");
        assert!(shown.contains("anna") && shown.contains("boris") && !shown.contains("s3cret"));
    }

    #[tokio::test]
    async fn a_provider_is_asked_each_time() -> Result<()> {
        let token = Secret::provider(|request| async move { Ok(format!("{request:?}").into()) });
        assert_eq!(token.get(SecretRequest::Fresh).await?.expose_secret(), "Fresh");
        let broken = Secret::provider(|_| async { Err("the vault is sealed".into()) });
        let error = broken.get(SecretRequest::Any).await.map(|_| ());
        assert_eq!(
            error.map_err(|error| (error.kind(), error.to_string())),
            Err((
                ErrorKind::Authentication,
                "no password or token: the vault is sealed".to_owned()
            ))
        );
        Ok(())
    }
}
