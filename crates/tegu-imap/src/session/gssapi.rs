//! Logging in with a Kerberos ticket (SASL GSSAPI, RFC 4752), which takes several messages.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use tegu_net::kerberos::SaslExchange;
use tegu_net::{Credentials, Endpoint};

use super::Session;
use super::connection::Event;
use super::sasl::{CANCEL, Sasl};
use crate::wire::{Command, Condition, Response};
use crate::{ErrorKind, Result};

impl Session {
    /// Logs in with the ticket that the process has for `imap` on the endpoint's host.
    pub(super) async fn gssapi(
        &mut self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Sasl> {
        let doing = |error: crate::Error| {
            error.doing(
                "log in with a ticket for",
                format_args!("imap/{}", endpoint.host()),
            )
        };
        let authorize_as = credentials.authorization_id().unwrap_or_default();
        let mut exchange = SaslExchange::new("imap", endpoint.host(), authorize_as).map_err(doing)?;
        let command = Command::new("AUTHENTICATE GSSAPI");
        let tag = self.connection.enqueue_command(command, self.connection.literals);
        let mut failed = None;
        loop {
            match self.connection.next_event(tag).await? {
                Event::Other(Response::Continue(challenge)) => {
                    let challenge = BASE64_STANDARD.decode(challenge.trim()).unwrap_or_default();
                    match exchange.step(challenge).await {
                        Ok(token) => self.connection.enqueue_line(&BASE64_STANDARD.encode(token)),
                        Err(error) if failed.is_none() => {
                            failed = Some(error);
                            self.connection.enqueue_line(CANCEL);
                        }
                        // It was cancelled, and goes on.
                        Err(error) => return Err(doing(error)),
                    }
                }
                Event::Other(response) => each(response)?,
                Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => {
                    if let Some(error) = failed {
                        return Err(doing(error));
                    }
                    if status.condition == Condition::Ok && !exchange.is_done() {
                        let error = self
                            .connection
                            .error(ErrorKind::Authentication, "the server did not prove who it is");
                        return Err(doing(error));
                    }
                    return Ok(Sasl::without_challenge(status));
                }
            }
        }
    }
}
