//! Signing in (RFC 5804, section 2.1).

use super::client::Client;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use secrecy::{ExposeSecret as _, SecretString};
use tegu_net::{Credentials, Endpoint, Method, Secret, SecretRequest};
use tegu_outcome::{Error, ErrorKind, Result};
use tracing::Instrument as _;

impl Client {
    pub(super) async fn authenticate(
        &mut self,
        endpoint: &Endpoint,
        credentials: &Credentials,
    ) -> Result<()> {
        let mechanism = match credentials.method() {
            Method::Password(_) => "PLAIN",
            Method::Token(_) => "OAUTHBEARER",
            Method::External => "EXTERNAL",
            Method::Kerberos => "GSSAPI",
            _ => {
                return Err(unsupported(
                    "ManageSieve has no way to sign in for these credentials",
                ));
            }
        };
        let wanted = credentials.required_mechanism().unwrap_or(mechanism);
        if wanted != mechanism || !self.capabilities.mechanisms.contains(mechanism) {
            let offers = self.capabilities.mechanisms.iter().map(String::as_str);
            let offers = offers.collect::<Vec<_>>().join(", ");
            return Err(unsupported(&format!(
                "the server does not offer {wanted} for these credentials (it offers {offers})"
            )));
        }
        let span = tracing::debug_span!("command", verb = "AUTHENTICATE", mechanism);
        let signed_in = async {
            match credentials.method() {
                Method::Password(secret) | Method::Token(secret) => {
                    self.with_secret(mechanism, endpoint, credentials, secret).await
                }
                Method::Kerberos => self.with_ticket(endpoint, credentials).await,
                _ => {
                    let acting = credentials.authorization_id().unwrap_or_default();
                    self.authenticate_once(mechanism, &acting.to_owned().into())
                        .await?
                }
            }?;
            tracing::trace!("answered");
            Ok(())
        };
        signed_in.instrument(span).await
    }

    async fn with_secret(
        &mut self,
        mechanism: &str,
        endpoint: &Endpoint,
        credentials: &Credentials,
        secret: &Secret,
    ) -> Result<()> {
        let mut request = SecretRequest::Any;
        loop {
            let initial = initial(endpoint, credentials, secret, request).await?;
            let refused = match self.authenticate_once(mechanism, &initial).await? {
                Ok(()) => return Ok(()),
                Err(refused) => refused,
            };
            if request == SecretRequest::Fresh || !secret.is_provided() {
                return Err(refused);
            }
            request = SecretRequest::Fresh;
        }
    }

    /// The inner error is the server's refusal.
    async fn authenticate_once(&mut self, mechanism: &str, initial: &SecretString) -> Result<Result<()>> {
        self.begin(mechanism, initial.expose_secret().as_bytes()).await?;
        let mut challenged = false;
        let response = loop {
            if let Some(response) = self.decoder.next_response()? {
                break response;
            }
            // A challenge says why a token is refused (RFC 7628, section 3.2.2), and wants an empty answer.
            if !challenged && self.decoder.has_line() {
                challenged = true;
                self.send(b"\"AQ==\"\r\n").await?;
                continue;
            }
            self.receive().await?;
        };
        Ok(response.ok().map(drop).map_err(refusal))
    }

    /// Signs in with the ticket that the process has for `sieve` on the endpoint's host (RFC 4752).
    #[cfg(all(feature = "gssapi", unix))]
    async fn with_ticket(&mut self, endpoint: &Endpoint, credentials: &Credentials) -> Result<()> {
        let acting = credentials.authorization_id().unwrap_or_default();
        let mut exchange = tegu_net::kerberos::SaslExchange::new("sieve", endpoint.host(), acting)?;
        let first = exchange.step(Vec::new()).await?;
        self.begin("GSSAPI", &first).await?;
        loop {
            if let Some(response) = self.decoder.next_response()? {
                response.ok().map_err(refusal)?;
                if exchange.is_done() {
                    return Ok(());
                }
                let why = "the server did not prove who it is";
                return Err(Error::new(ErrorKind::Authentication, why));
            }
            if let Some(challenge) = self.decoder.take_challenge() {
                let challenge = STANDARD.decode(challenge.trim()).unwrap_or_default();
                let token = exchange.step(challenge).await?;
                let line = format!("\"{}\"\r\n", STANDARD.encode(token));
                self.send(line.as_bytes()).await?;
                continue;
            }
            self.receive().await?;
        }
    }

    #[cfg(not(all(feature = "gssapi", unix)))]
    #[allow(clippy::unused_async, reason = "as with the feature")]
    async fn with_ticket(&mut self, endpoint: &Endpoint, _: &Credentials) -> Result<()> {
        Err(unsupported(&format!(
            "signing in to {} with Kerberos needs the feature `gssapi`",
            endpoint.host()
        )))
    }

    /// Sends the first message of a mechanism.
    async fn begin(&mut self, mechanism: &str, message: &[u8]) -> Result<()> {
        let message = SecretString::from(STANDARD.encode(message));
        let line = format!("AUTHENTICATE \"{mechanism}\" \"{}\"\r\n", message.expose_secret());
        let line = SecretString::from(line);
        self.send(line.expose_secret().as_bytes()).await
    }
}

fn unsupported(why: &str) -> Error {
    Error::new(ErrorKind::Unsupported, why)
}

/// A refusal of credentials.
fn refusal(error: Error) -> Error {
    match error.kind() {
        ErrorKind::Refused => Error::new(ErrorKind::Authentication, error.message()),
        _ => error,
    }
}

/// The first message of a mechanism: PLAIN (RFC 4616) or OAUTHBEARER (RFC 7628).
async fn initial(
    endpoint: &Endpoint,
    credentials: &Credentials,
    secret: &Secret,
    request: SecretRequest,
) -> Result<SecretString> {
    let password = secret.get(request).await?;
    let acting = credentials.authorization_id();
    let text = match credentials.method() {
        Method::Token(_) => {
            let user = acting
                .unwrap_or(credentials.user())
                .replace('=', "=3D")
                .replace(',', "=2C");
            let (host, port) = (endpoint.host(), endpoint.port());
            format!(
                "n,a={user},\u{1}host={host}\u{1}port={port}\u{1}auth=Bearer {}\u{1}\u{1}",
                password.expose_secret()
            )
        }
        _ => format!(
            "{}\0{}\0{}",
            acting.unwrap_or_default(),
            credentials.user(),
            password.expose_secret()
        ),
    };
    if text.matches('\0').count() > 2 {
        return Err(Error::config("a user name or a password holds a NUL character"));
    }
    Ok(text.into())
}
