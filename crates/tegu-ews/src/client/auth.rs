//! Signing in by HTTP.

use crate::{
    Error, ErrorKind, Result,
    ntlm::{self, Challenge, ChannelBinding, Identity, Random},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use http::{HeaderMap, HeaderValue, header::WWW_AUTHENTICATE};
use secrecy::ExposeSecret;
use std::sync::{Mutex, PoisonError};
use tegu_net::{Credentials, Method, SecretRequest};

/// How to sign in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Scheme {
    None,
    Basic,
    Bearer,
    /// NTLM, under its own name or under that of Negotiate. It belongs to a connection.
    Ntlm(&'static str),
    /// A Kerberos ticket (RFC 4559), anew with each request.
    #[cfg(all(feature = "gssapi", unix))]
    Ticket,
}

pub(super) struct Auth {
    credentials: Credentials,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    scheme: Option<Scheme>,
    /// The header of schemes that send the same with each request, and how often it was made anew.
    header: Option<HeaderValue>,
    generation: u32,
}

impl Auth {
    pub(super) fn new(credentials: &Credentials) -> Self {
        let scheme = match credentials.method() {
            // A client certificate is shown in the TLS handshake.
            Method::Anonymous | Method::External => Some(Scheme::None),
            Method::Token(_) => Some(Scheme::Bearer),
            #[cfg(all(feature = "gssapi", unix))]
            Method::Kerberos => Some(Scheme::Ticket),
            Method::Password(_) if credentials.required_mechanism() == Some("BASIC") => Some(Scheme::Basic),
            Method::Password(_) if credentials.required_mechanism() == Some("NTLM") => {
                Some(Scheme::Ntlm("NTLM"))
            }
            _ => None,
        };
        Self {
            credentials: credentials.clone(),
            state: Mutex::new(State {
                scheme,
                ..State::default()
            }),
        }
    }

    /// The same account, which signs in by the same scheme.
    pub(super) fn again(&self) -> Self {
        let again = Self::new(&self.credentials);
        again.state().scheme = self.scheme();
        again
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The scheme, once it is known.
    pub(super) fn scheme(&self) -> Option<Scheme> {
        self.state().scheme
    }

    /// Picks a scheme that the server offers.
    pub(super) fn choose(&self, headers: &HeaderMap) -> Result<()> {
        let offers: Vec<String> = headers
            .get_all(WWW_AUTHENTICATE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter_map(|value| value.split_whitespace().next())
            .map(str::to_ascii_lowercase)
            .collect();
        let has = |name: &str| offers.iter().any(|offer| offer == name);
        let scheme = match self.credentials.method() {
            Method::Password(_) if has("basic") => Scheme::Basic,
            Method::Password(_) if has("ntlm") => Scheme::Ntlm("NTLM"),
            Method::Password(_) if has("negotiate") => Scheme::Ntlm("Negotiate"),
            Method::Kerberos => {
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    "signing in by Kerberos needs the feature `gssapi`, and Unix",
                ));
            }
            _ => {
                let offered = if offers.is_empty() {
                    "nothing".to_owned()
                } else {
                    offers.join(", ")
                };
                return Err(Error::new(
                    ErrorKind::Unsupported,
                    format!(
                        "the server offers {offered}, and these credentials cannot use that; \
                         Set-WebServicesVirtualDirectory -BasicAuthentication $true allows passwords over TLS"
                    ),
                ));
            }
        };
        self.state().scheme = Some(scheme);
        Ok(())
    }

    /// A ticket for one request over a connection.
    #[cfg(all(feature = "gssapi", unix))]
    pub(super) async fn ticket(host: &str, binding: Option<&ChannelBinding>) -> Result<HeaderValue> {
        let text = tegu_net::kerberos::negotiate_bound(host, binding.map(ChannelBinding::data)).await?;
        sensitive(&text)
    }

    /// The header to send, and which making of it this is.
    pub(super) async fn header(&self) -> Result<(Option<HeaderValue>, u32)> {
        let (scheme, known, generation) = {
            let state = self.state();
            (state.scheme, state.header.clone(), state.generation)
        };
        match (scheme, known) {
            (Some(scheme @ (Scheme::Basic | Scheme::Bearer)), None) => {
                self.make(scheme, SecretRequest::Any, generation).await
            }
            // Schemes that belong to a connection never made one.
            (_, known) => Ok((known, generation)),
        }
    }

    /// The answer to a challenge of NTLM as a header.
    pub(super) async fn answer(
        &self,
        name: &str,
        headers: &HeaderMap,
        host: &str,
        binding: Option<&ChannelBinding>,
    ) -> Result<HeaderValue> {
        let offers = headers.get_all(WWW_AUTHENTICATE).iter();
        let token = offers
            .filter_map(|value| value.to_str().ok()?.split_once(' '))
            .find_map(|(scheme, token)| {
                scheme
                    .eq_ignore_ascii_case(name)
                    .then(|| STANDARD.decode(token.trim()).ok())
                    .flatten()
            });
        let token = token.ok_or_else(|| {
            Error::new(
                ErrorKind::Authentication,
                "the server, or a proxy in front of it, does not go on with NTLM",
            )
        })?;
        let Method::Password(secret) = self.credentials.method() else {
            return Err(Error::new(ErrorKind::Unsupported, "NTLM needs a password"));
        };
        let secret = secret.get(SecretRequest::Any).await?;
        let mut nonce = [0; 8];
        getrandom::fill(&mut nonce)
            .map_err(|error| Error::new(ErrorKind::Internal, format!("no random numbers: {error}")))?;
        let who = Identity::new(self.credentials.user(), secret.expose_secret());
        let answer = Challenge::read(&token)?.answer(
            &ntlm::negotiate(),
            &who,
            &format!("HTTP/{host}"),
            binding,
            Random::now(nonce),
        );
        token_header(name, &answer)
    }

    /// Asks for a new secret after the server refused the one of `generation`. `false` if there is no other.
    pub(super) async fn refresh(&self, generation: u32) -> Result<bool> {
        let provided = match self.credentials.method() {
            Method::Password(secret) | Method::Token(secret) => secret.is_provided(),
            _ => false,
        };
        let Some(scheme) = self.scheme().filter(|_| provided) else {
            return Ok(false);
        };
        // Another connection may have done so meanwhile.
        if self.state().generation != generation {
            return Ok(true);
        }
        self.make(scheme, SecretRequest::Fresh, generation).await?;
        Ok(true)
    }

    async fn make(
        &self,
        scheme: Scheme,
        request: SecretRequest,
        before: u32,
    ) -> Result<(Option<HeaderValue>, u32)> {
        let secret = match self.credentials.method() {
            Method::Password(secret) | Method::Token(secret) => secret.get(request).await?,
            _ => return Ok((None, before)),
        };
        let text = match scheme {
            Scheme::Basic => {
                let pair = format!("{}:{}", self.credentials.user(), secret.expose_secret());
                format!("Basic {}", STANDARD.encode(pair))
            }
            Scheme::Bearer => format!("Bearer {}", secret.expose_secret().trim()),
            _ => return Ok((None, before)),
        };
        let header = sensitive(&text)?;
        let mut state = self.state();
        state.header = Some(header.clone());
        state.generation = before.wrapping_add(1);
        Ok((Some(header), state.generation))
    }
}

/// A token of NTLM as a header.
pub(super) fn token_header(name: &str, token: &[u8]) -> Result<HeaderValue> {
    sensitive(&format!("{name} {}", STANDARD.encode(token)))
}

fn sensitive(text: &str) -> Result<HeaderValue> {
    let mut header = HeaderValue::from_str(text).map_err(|_| {
        Error::new(
            ErrorKind::Authentication,
            "the token holds characters that no header can hold",
        )
    })?;
    header.set_sensitive(true);
    Ok(header)
}
