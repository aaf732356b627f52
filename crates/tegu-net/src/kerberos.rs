//! Kerberos tickets of this process, from `kinit` or a keytab that `KRB5_CLIENT_KTNAME` names: for SASL (RFC 4752) and for HTTP
//! (RFC 4559).
//!
//! The clients of tegu use this for [`Credentials::kerberos`](crate::Credentials::kerberos). It needs MIT Kerberos.

use crate::{Error, ErrorKind, Result};
use base64::{Engine as _, prelude::BASE64_STANDARD};
use libgssapi::{
    context::{ClientCtx, CtxFlags, SecurityContext as _},
    credential::{Cred, CredUsage},
    name::Name,
    oid::{GSS_MECH_KRB5, GSS_MECH_SPNEGO, GSS_NT_HOSTBASED_SERVICE, Oid, OidSet},
};
use std::fmt;

/// More steps than any exchange has.
const MAX_STEPS: usize = 10;

/// The client's side of a SASL GSSAPI exchange (RFC 4752), without a layer of its own: TLS protects what follows.
pub struct SaslExchange {
    state: Option<State>,
    authorization_id: String,
    steps: usize,
}

enum State {
    /// Both sides prove who they are.
    Context(ClientCtx),
    /// They agree that TLS protects what follows.
    Layers(ClientCtx),
    /// Nothing is left to say.
    Done,
}

impl SaslExchange {
    /// Begins an exchange with a service, such as `imap`, on a host, and acts for another user if `authorization_id` is not empty.
    ///
    /// # Errors
    ///
    /// Kind [`Authentication`](ErrorKind::Authentication) if the process has no ticket.
    pub fn new(service: &str, host: &str, authorization_id: impl Into<String>) -> Result<Self> {
        let flags = CtxFlags::GSS_C_MUTUAL_FLAG | CtxFlags::GSS_C_INTEG_FLAG;
        Ok(Self {
            state: Some(State::Context(context(service, host, flags, GSS_MECH_KRB5)?)),
            authorization_id: authorization_id.into(),
            steps: 0,
        })
    }

    /// Returns what to send in answer to a challenge, which is empty at first. The library may ask the ticket server.
    ///
    /// # Errors
    ///
    /// Kind [`Authentication`](ErrorKind::Authentication) if there is no ticket for the service or the server does not prove who it is;
    /// [`Protocol`](ErrorKind::Protocol) if it goes on after the end. The exchange cannot be used any more then.
    pub async fn step(&mut self, challenge: Vec<u8>) -> Result<Vec<u8>> {
        self.steps += 1;
        if self.steps > MAX_STEPS {
            return Err(refused(format_args!("no end after {MAX_STEPS} steps")));
        }
        let ended = || Error::new(ErrorKind::Protocol, "the server goes on after the end");
        let state = self.state.take().ok_or_else(ended)?;
        let authorization_id = self.authorization_id.clone();
        let work = tokio::task::spawn_blocking(move || state.step(&challenge, &authorization_id));
        let (state, token) = work.await.map_err(died)??;
        self.state = Some(state);
        Ok(token)
    }

    /// Returns whether both sides have proved who they are and nothing is left to send.
    #[must_use]
    pub fn is_done(&self) -> bool {
        matches!(self.state, Some(State::Done))
    }
}

impl fmt::Debug for SaslExchange {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SaslExchange").finish_non_exhaustive()
    }
}

impl State {
    fn step(self, challenge: &[u8], authorization_id: &str) -> Result<(Self, Vec<u8>)> {
        match self {
            Self::Context(mut context) => {
                let challenge = (!challenge.is_empty()).then_some(challenge);
                let token = context.step(challenge, None).map_err(failed)?;
                let token = token.map(|token| token.to_vec()).unwrap_or_default();
                Ok(if context.is_complete() {
                    (Self::Layers(context), token)
                } else {
                    (Self::Context(context), token)
                })
            }
            Self::Layers(mut context) => {
                let offer = context.unwrap(challenge).map_err(failed)?;
                // The first bit: no layer beside TLS.
                if offer.len() != 4 || offer.first().is_none_or(|bits| bits & 1 == 0) {
                    return Err(refused(
                        "the server insists on encryption by GSSAPI, which is not supported: TLS protects the connection",
                    ));
                }
                let chosen = [&[1, 0, 0, 0], authorization_id.as_bytes()].concat();
                let answer = context.wrap(false, &chosen).map_err(failed)?;
                Ok((Self::Done, answer.to_vec()))
            }
            Self::Done => Err(Error::new(
                ErrorKind::Protocol,
                "the server goes on after the end",
            )),
        }
    }
}

/// Returns the value of an `Authorization` header for one request to a host: `Negotiate` with a fresh token (RFC 4559).
///
/// # Errors
///
/// Kind [`Authentication`](ErrorKind::Authentication) if there is no ticket for the service `HTTP` on the host.
pub async fn negotiate(host: &str) -> Result<String> {
    negotiate_bound(host, None).await
}

/// As [`negotiate`], for one TLS connection: servers with Extended Protection refuse the token on every other one. `binding` is the
/// application data of the channel binding (RFC 5929).
///
/// # Errors
///
/// As [`negotiate`].
pub async fn negotiate_bound(host: &str, binding: Option<&[u8]>) -> Result<String> {
    let (host, binding) = (host.to_owned(), binding.map(<[u8]>::to_vec));
    let work = tokio::task::spawn_blocking(move || {
        let mut context = context("HTTP", &host, CtxFlags::GSS_C_INTEG_FLAG, GSS_MECH_SPNEGO)?;
        let token = context.step(None, binding.as_deref()).map_err(failed)?;
        let token = token.ok_or_else(|| refused("the Kerberos library made no token"))?;
        Ok(format!("Negotiate {}", BASE64_STANDARD.encode(&*token)))
    });
    work.await.map_err(died)?
}

fn context(service: &str, host: &str, flags: CtxFlags, mechanism: Oid<'static>) -> Result<ClientCtx> {
    let name = format!("{service}@{host}");
    let name = Name::new(name.as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE)).map_err(failed)?;
    let mut mechanisms = OidSet::new();
    mechanisms.add(GSS_MECH_KRB5).map_err(failed)?;
    mechanisms.add(mechanism).map_err(failed)?;
    let credentials = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms)).map_err(failed)?;
    Ok(ClientCtx::new(Some(credentials), name, flags, Some(mechanism)))
}

fn refused(why: impl fmt::Display) -> Error {
    Error::new(ErrorKind::Authentication, why)
}

fn failed(error: libgssapi::error::Error) -> Error {
    refused(format_args!("Kerberos: {error}"))
}

fn died(error: tokio::task::JoinError) -> Error {
    refused(format_args!("the Kerberos library failed: {error}")).with_source(error)
}
