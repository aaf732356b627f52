//! Signing in: simple bind and SASL (RFC 4511, section 4.2; RFC 4513).

use std::time::Duration;

use secrecy::{ExposeSecret as _, SecretString};
use tegu_net::{BoxFuture, Credentials, Method, Secret, SecretRequest};
use tokio::time::Instant;
use tracing::Instrument as _;

use super::connection::{Connection, Part};
use super::{outcome, request};
use crate::guard::Outcome;
use crate::{Error, ErrorKind, Result};

/// Signs in on a connection.
pub(super) struct Bind<'c> {
    connection: &'c mut Connection,
    timeout: Duration,
}

impl<'c> Bind<'c> {
    pub(super) fn new(connection: &'c mut Connection, timeout: Duration) -> Self {
        Self { connection, timeout }
    }

    /// Signs in, or does nothing for [`Credentials::anonymous`] but tell the server so.
    pub(super) fn sign_in<'a>(
        &'a mut self,
        credentials: &'a Credentials,
        kerberos_host: &'a str,
    ) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let server = self.connection.server().to_owned();
            let (mechanism, who) = match credentials.method() {
                Method::Anonymous => ("ANONYMOUS", "anonymously".to_owned()),
                Method::Password(_) => ("SIMPLE", format!("as `{}`", credentials.user())),
                Method::External => ("EXTERNAL", "with the client certificate".to_owned()),
                Method::Kerberos => ("GSSAPI", format!("with a ticket for ldap/{kerberos_host}")),
                _ => ("", String::new()),
            };
            let done = if credentials.required_mechanism().is_some_and(|m| m != mechanism) {
                Err(Error::config(
                    "the mechanism that the credentials ask for does not fit them, or LDAP does not have it",
                ))
            } else {
                self.bind(credentials, kerberos_host).await
            };
            done.map_err(|e| e.doing("sign in to", format_args!("{server} {who}")))
        })
    }

    async fn bind(&mut self, credentials: &Credentials, kerberos_host: &str) -> Result<()> {
        let acts_for = credentials.authorization_id();
        match credentials.method() {
            Method::Anonymous => self.simple_bind("", &SecretString::default()).await,
            Method::Password(_) if acts_for.is_some() => Err(Error::config(
                "a simple bind cannot act for another user; use EXTERNAL or Kerberos",
            )),
            Method::Password(secret) => self.password(credentials.user(), secret).await,
            Method::External => self.external(acts_for.unwrap_or_default()).await,
            #[cfg(all(feature = "gssapi", unix))]
            Method::Kerberos => self.kerberos(kerberos_host, acts_for.unwrap_or_default()).await,
            #[cfg(not(all(feature = "gssapi", unix)))]
            Method::Kerberos => {
                let why = format!("signing in to {kerberos_host} with Kerberos needs the feature `gssapi`");
                Err(Error::new(ErrorKind::Unsupported, why))
            }
            _ => Err(Error::new(
                ErrorKind::Unsupported,
                "LDAP knows passwords, client certificates and Kerberos tickets, but not this method",
            )),
        }
    }

    async fn password(&mut self, name: &str, secret: &Secret) -> Result<()> {
        let password = secret.get(SecretRequest::Any).await?;
        let refused = match self.simple_bind_by_name(name, &password).await {
            Err(e) if e.kind() == ErrorKind::Authentication && secret.is_provided() => e,
            done => return done,
        };
        let fresh = secret.get(SecretRequest::Fresh).await?;
        // The same password once more would only bring the account nearer to being locked.
        if fresh.expose_secret() == password.expose_secret() {
            return Err(refused);
        }
        self.simple_bind_by_name(name, &fresh).await
    }

    /// Servers take a bind without a name or a password for an anonymous one, and let it succeed (RFC 4513, section 5.1.2).
    async fn simple_bind_by_name(&mut self, name: &str, password: &SecretString) -> Result<()> {
        if name.is_empty() || password.expose_secret().is_empty() {
            return Err(Error::config("the user name or the password is empty"));
        }
        self.simple_bind(name, password).await
    }

    async fn simple_bind(&mut self, name: &str, password: &SecretString) -> Result<()> {
        let bind = |out: &mut Vec<u8>| request::simple_bind(out, name, password.expose_secret());
        outcome::check(&self.exchange(&bind).await?)
    }

    async fn external(&mut self, authorization_id: &str) -> Result<()> {
        let bind = |out: &mut Vec<u8>| request::sasl_bind(out, "EXTERNAL", authorization_id.as_bytes());
        outcome::check(&self.exchange(&bind).await?)
    }

    /// Sends a bind and waits for the answer.
    pub(super) async fn exchange(&mut self, bind: Part<'_>) -> Result<Outcome> {
        let until = Instant::now() + self.timeout;
        let span = tracing::debug_span!("command", verb = "BIND", peer = self.connection.server());
        let exchange = async {
            let id = self.connection.send(bind, None).await?;
            let outcome = self.connection.bound(id, until).await?;
            tracing::trace!(code = outcome.code, "answered");
            Ok(outcome)
        };
        exchange.instrument(span).await
    }
}
