//! Signing in with a Kerberos ticket (SASL GSSAPI, RFC 4752).

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, OidSet};

use super::bind::Bind;
use super::{outcome, request};
use crate::{Error, ErrorKind, Result};

/// More steps than any exchange has.
const MAX_STEPS: usize = 10;

/// `saslBindInProgress`
const IN_PROGRESS: u32 = 14;

impl Bind<'_> {
    /// Signs in with the ticket that the process has.
    pub(super) async fn kerberos(&mut self, host: &str, authorization_id: &str) -> Result<()> {
        let mut exchange = Exchange::Context(context(host)?);
        let mut challenge: Option<Vec<u8>> = None;
        for _ in 0..MAX_STEPS {
            let authorization_id = authorization_id.to_owned();
            // The library may ask the ticket server, which takes its time.
            let step =
                tokio::task::spawn_blocking(move || exchange.step(challenge.as_deref(), &authorization_id));
            let token;
            (exchange, token) = step
                .await
                .map_err(|e| refused(format!("the Kerberos library failed: {e}")).with_source(e))??;
            let bind = |out: &mut Vec<u8>| request::sasl_bind(out, "GSSAPI", &token);
            let answer = self.exchange(&bind).await?;
            match answer.code {
                IN_PROGRESS => challenge = Some(answer.sasl.unwrap_or_default()),
                0 if exchange.is_done() => return Ok(()),
                0 => return Err(refused("the server did not prove who it is")),
                _ => return outcome::check(&answer),
            }
        }
        Err(refused(format!("no end after {MAX_STEPS} steps")))
    }
}

fn refused(why: impl std::fmt::Display) -> Error {
    Error::new(ErrorKind::Authentication, why)
}

/// How far the exchange is.
enum Exchange {
    /// Both sides prove who they are.
    Context(ClientCtx),
    /// They agree that TLS protects what follows.
    Layers(ClientCtx),
    /// Nothing is left to say.
    Done,
}

fn failed(e: libgssapi::error::Error) -> Error {
    refused(format!("Kerberos: {e}"))
}

fn context(host: &str) -> Result<ClientCtx> {
    let name =
        Name::new(format!("ldap@{host}").as_bytes(), Some(GSS_NT_HOSTBASED_SERVICE)).map_err(failed)?;
    let mut mechanisms = OidSet::new();
    mechanisms.add(GSS_MECH_KRB5).map_err(failed)?;
    let credentials = Cred::acquire(None, None, CredUsage::Initiate, Some(&mechanisms)).map_err(failed)?;
    let flags = CtxFlags::GSS_C_MUTUAL_FLAG | CtxFlags::GSS_C_INTEG_FLAG;
    Ok(ClientCtx::new(
        Some(credentials),
        name,
        flags,
        Some(GSS_MECH_KRB5),
    ))
}

impl Exchange {
    fn is_done(&self) -> bool {
        matches!(self, Self::Done)
    }

    /// Returns what to send in answer to what the server said.
    fn step(self, challenge: Option<&[u8]>, authorization_id: &str) -> Result<(Self, Vec<u8>)> {
        match self {
            Self::Context(mut context) => {
                let token = context.step(challenge, None).map_err(failed)?;
                let token = token.map(|t| t.to_vec()).unwrap_or_default();
                Ok(if context.is_complete() {
                    (Self::Layers(context), token)
                } else {
                    (Self::Context(context), token)
                })
            }
            Self::Layers(mut context) => {
                let offer = context.unwrap(challenge.unwrap_or_default()).map_err(failed)?;
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
