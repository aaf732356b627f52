//! Signing in with a Kerberos ticket (SASL GSSAPI, RFC 4752).

use tegu_net::kerberos::SaslExchange;

use super::bind::Bind;
use super::{outcome, request};
use crate::{Error, ErrorKind, Result};

/// `saslBindInProgress`
const IN_PROGRESS: u32 = 14;

impl Bind<'_> {
    /// Signs in with the ticket that the process has.
    pub(super) async fn kerberos(&mut self, host: &str, authorization_id: &str) -> Result<()> {
        let mut exchange = SaslExchange::new("ldap", host, authorization_id)?;
        let mut challenge = Vec::new();
        loop {
            let token = exchange.step(challenge).await?;
            let bind = |out: &mut Vec<u8>| request::sasl_bind(out, "GSSAPI", &token);
            let answer = self.exchange(&bind).await?;
            match answer.code {
                IN_PROGRESS => challenge = answer.sasl.unwrap_or_default(),
                0 if exchange.is_done() => return Ok(()),
                0 => {
                    let why = "the server did not prove who it is";
                    return Err(Error::new(ErrorKind::Authentication, why));
                }
                _ => return outcome::check(&answer),
            }
        }
    }
}
