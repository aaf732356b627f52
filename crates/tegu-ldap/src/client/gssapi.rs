//! Signing in with a Kerberos ticket (SASL GSSAPI, RFC 4752).

use libgssapi::context::{ClientCtx, CtxFlags, SecurityContext as _};
use libgssapi::credential::{Cred, CredUsage};
use libgssapi::name::Name;
use libgssapi::oid::{GSS_MECH_KRB5, GSS_NT_HOSTBASED_SERVICE, OidSet};
use tokio::time::Instant;

use super::{Client, Endpoint, outcome, request};
use crate::error::{Error, ErrorKind, Result};

/// More steps than any exchange has.
const MAX_STEPS: usize = 10;

/// `saslBindInProgress`
const IN_PROGRESS: u32 = 14;

impl Client {
    /// Connects and signs in with the ticket that the process has (`kinit`, or a keytab that `KRB5_CLIENT_KTNAME` names).
    ///
    /// `host` is the name under which the server's service is registered (`ldap/dc1.corp.example`); without it the name of
    /// the endpoint is taken. The connection is protected by TLS and not by GSSAPI, so an endpoint without TLS is refused.
    ///
    /// # Errors
    ///
    /// As for [`connect`](Self::connect); [`ErrorKind::Auth`] when there is no ticket or the server does not take it.
    pub async fn connect_with_ticket(endpoint: &Endpoint, host: Option<&str>) -> Result<Self> {
        let server = endpoint.to_string();
        if !endpoint.protects_password() {
            return Err(Error::new(
                ErrorKind::Config,
                format!("signing in to {server} with a ticket needs TLS: use ldaps:// or StartTLS"),
            ));
        }
        let mut client = Self::open(endpoint).await?;
        let host = host.unwrap_or(endpoint.host());
        client.sign_in(host).await.map_err(|e| {
            let what = format!("signing in to {server} with a ticket for ldap/{host}: {e}");
            Error::new(e.kind(), what).with_source(e)
        })?;
        Ok(client)
    }

    async fn sign_in(&mut self, host: &str) -> Result<()> {
        let until = Instant::now() + self.answer_timeout;
        let mut exchange = Exchange::Context(context(host)?);
        let mut challenge: Option<Vec<u8>> = None;
        for _ in 0..MAX_STEPS {
            // The library may ask the ticket server, which takes its time.
            let step = tokio::task::spawn_blocking(move || exchange.step(challenge.as_deref()));
            let token;
            (exchange, token) = step
                .await
                .map_err(|e| Error::new(ErrorKind::Auth, format!("the Kerberos library failed: {e}")))??;
            let bind = |out: &mut Vec<u8>| request::sasl_bind(out, "GSSAPI", &token);
            let id = self.connection.send(&bind, None).await?;
            let answer = self.connection.bound(id, until).await?;
            match answer.code {
                IN_PROGRESS => challenge = Some(answer.sasl.unwrap_or_default()),
                0 if exchange.is_done() => return Ok(()),
                0 => return Err(Error::new(ErrorKind::Auth, "the server did not prove who it is")),
                _ => return outcome::check("the server's answer", &answer),
            }
        }
        Err(Error::new(ErrorKind::Auth, "the exchange has no end"))
    }
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
    Error::new(ErrorKind::Auth, format!("Kerberos: {e}"))
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

    /// What to send in answer to what the server said.
    fn step(self, challenge: Option<&[u8]>) -> Result<(Self, Vec<u8>)> {
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
                    return Err(Error::new(
                        ErrorKind::Auth,
                        "the server wants a layer of protection beside TLS, which is not supported",
                    ));
                }
                let answer = context.wrap(false, &[1, 0, 0, 0]).map_err(failed)?;
                Ok((Self::Done, answer.to_vec()))
            }
            Self::Done => Err(Error::new(
                ErrorKind::Protocol,
                "the server goes on after the end",
            )),
        }
    }
}
