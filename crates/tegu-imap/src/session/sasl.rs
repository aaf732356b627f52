//! SASL exchanges of one message each (RFC 3501, section 6.2.2; RFC 4959): PLAIN, EXTERNAL and bearer tokens.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::Session;
use super::connection::Event;
use super::credentials::{Bearer, TokenRequest, Tokens};
use crate::wire::{Command, Condition, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result};

/// Challenges that are answered before the server is given up.
const CHALLENGES: usize = 3;

/// How a server that is not content is answered: with nothing, so that it says why.
const CANCEL: &str = "*";
/// The empty response of OAUTHBEARER, one control-A (RFC 7628, section 3.2.3).
const CONTROL_A: &str = "AQ==";

/// How an exchange ended.
struct Outcome {
    status: Status,
    /// What the server said when the message was not to its liking.
    challenge: Option<String>,
}

impl Session {
    pub(super) async fn sasl_plain(
        &mut self,
        authorise_as: Option<&str>,
        user: &str,
        secret: &SecretString,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Status> {
        let parts = [authorise_as.unwrap_or_default(), user, secret.expose_secret()];
        if parts.iter().any(|part| part.contains('\0')) {
            let message = "log in: user name or password holds a NUL character";
            return Err(Error::new(ErrorKind::Invalid, message));
        }
        let message = parts.join("\0").into();
        let outcome = self.sasl("AUTHENTICATE PLAIN", &message, CANCEL, each).await?;
        Ok(outcome.status)
    }

    pub(super) async fn sasl_external(
        &mut self,
        authorise_as: &str,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Status> {
        let message = authorise_as.into();
        let outcome = self.sasl("AUTHENTICATE EXTERNAL", &message, CANCEL, each).await?;
        Ok(outcome.status)
    }

    /// Shows a token; where the server refuses it as such, once more a fresh one.
    pub(super) async fn sasl_bearer(
        &mut self,
        mechanism: Bearer,
        user: &str,
        tokens: &Tokens,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Status> {
        let token = self.token(user, tokens, TokenRequest::Any).await?;
        let mut outcome = self.show_token(mechanism, user, &token, each).await?;
        if outcome.asks_for_another_token() {
            let fresh = self.token(user, tokens, TokenRequest::Fresh).await?;
            // The same again would only count as one more wrong attempt.
            if fresh.expose_secret() != token.expose_secret() {
                outcome = self.show_token(mechanism, user, &fresh, each).await?;
            }
        }
        let mut status = outcome.status;
        if status.condition != Condition::Ok
            && let Some(why) = outcome.challenge.as_deref().and_then(token_status)
        {
            status.text = format!("{} (token: {why})", status.text);
        }
        Ok(status)
    }

    async fn token(&self, user: &str, tokens: &Tokens, request: TokenRequest) -> Result<SecretString> {
        tokens.get(request).await.map_err(|error| {
            let message = format!(
                "log in as {user} on {}: no token: {error}",
                self.connection.peer()
            );
            // Whoever gives out tokens may be down for a while.
            Error::new(ErrorKind::Authentication, message)
                .with_source(error)
                .transient(true)
        })
    }

    async fn show_token(
        &mut self,
        mechanism: Bearer,
        user: &str,
        token: &SecretString,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Outcome> {
        let message = bearer_message(mechanism, self.connection.peer(), user, token)?;
        match mechanism {
            Bearer::OAuthBearer => {
                self.sasl("AUTHENTICATE OAUTHBEARER", &message, CONTROL_A, each)
                    .await
            }
            Bearer::XOAuth2 => self.sasl("AUTHENTICATE XOAUTH2", &message, "", each).await,
        }
    }

    /// Sends one message by one mechanism. What the server asks after it is answered with `dissent`.
    async fn sasl(
        &mut self,
        mechanism: &'static str,
        message: &SecretString,
        dissent: &'static str,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Outcome> {
        let encoded = SecretString::from(BASE64_STANDARD.encode(message.expose_secret()));
        let mut sent = self.capabilities.has("SASL-IR");
        let command = Command::new(mechanism);
        let command = match encoded.expose_secret() {
            _ if !sent => command,
            // An empty message cannot be written as nothing (RFC 4959, section 3).
            "" => command.word("="),
            _ => command.secret_atom(&encoded),
        };
        let tag = self.connection.enqueue_command(command, self.connection.literals);
        let mut challenges = Vec::new();
        loop {
            match self.connection.next_event(tag).await? {
                Event::Other(Response::Continue(_)) if !sent => {
                    sent = true;
                    self.connection.enqueue_line(encoded.expose_secret());
                }
                Event::Other(Response::Continue(_)) if challenges.len() == CHALLENGES => {
                    let message = format!("log in to {}: the server asks for ever", self.connection.peer());
                    return Err(Error::new(ErrorKind::Protocol, message));
                }
                Event::Other(Response::Continue(challenge)) => {
                    challenges.push(challenge);
                    self.connection.enqueue_line(dissent);
                }
                Event::Other(response) => each(response)?,
                Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => {
                    let challenge = challenges.into_iter().next();
                    return Ok(Outcome { status, challenge });
                }
            }
        }
    }
}

impl Outcome {
    /// Whether the server takes tokens of this kind, but not this one.
    fn asks_for_another_token(&self) -> bool {
        let refused = match &self.status.code {
            None => self.status.condition == Condition::No,
            Some(code) => matches!(code, ResponseCode::AuthenticationFailed | ResponseCode::Expired),
        };
        let why = self.challenge.as_deref().and_then(token_status);
        // Another token of the same sort would not say more.
        refused && !matches!(why.as_deref(), Some("insufficient_scope" | "invalid_request"))
    }
}

/// The `status` of the JSON object in base64 that tells why a token is refused (RFC 7628, section 3.2.2).
fn token_status(challenge: &str) -> Option<String> {
    let json = BASE64_STANDARD.decode(challenge.trim()).ok()?;
    let json = String::from_utf8(json).ok()?;
    let (_, rest) = json.split_once("\"status\"")?;
    let rest = rest
        .trim_start()
        .strip_prefix(':')?
        .trim_start()
        .strip_prefix('"')?;
    let (status, _) = rest.split_once('"')?;
    Some(status.to_owned())
}

/// The message of OAUTHBEARER (RFC 7628, section 3.1) or XOAUTH2.
fn bearer_message(mechanism: Bearer, peer: &str, user: &str, token: &SecretString) -> Result<SecretString> {
    let invalid = |what| Error::new(ErrorKind::Invalid, format!("log in: {what} cannot be sent"));
    // Control characters part the fields.
    if user.chars().any(char::is_control) {
        return Err(invalid("a user name with control characters"));
    }
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(invalid(
            "a token that is empty or not of visible ASCII characters",
        ));
    }
    let message = match mechanism {
        Bearer::OAuthBearer => {
            let user = user.replace('=', "=3D").replace(',', "=2C");
            let (host, port) = peer.rsplit_once(':').unwrap_or((peer, ""));
            format!("n,a={user},\x01host={host}\x01port={port}\x01auth=Bearer {token}\x01\x01")
        }
        Bearer::XOAuth2 => format!("user={user}\x01auth=Bearer {token}\x01\x01"),
    };
    Ok(message.into())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn messages_as_their_documents_have_them() {
        // The example of RFC 7628, section 4.1, without its optional order of fields.
        let token = SecretString::from("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let message = bearer_message(
            Bearer::OAuthBearer,
            "server.example.com:143",
            "user@example.com",
            &token,
        )
        .unwrap();
        assert_eq!(
            BASE64_STANDARD.encode(message.expose_secret()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmd\
             DRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        let message = bearer_message(Bearer::XOAuth2, "x:1", "a", &token).unwrap();
        assert!(message.expose_secret().starts_with("user=a\x01auth=Bearer vF9"));
        let message = bearer_message(Bearer::OAuthBearer, "x:1", "a,b=c", &token).unwrap();
        assert!(message.expose_secret().starts_with("n,a=a=2Cb=3Dc,\x01"));
    }

    #[test]
    fn what_would_add_fields_is_refused() {
        for (user, token) in [
            ("a\x01b", "t"),
            ("a", "t\x01auth=x"),
            ("a", ""),
            ("a", "т"),
            ("a\r\n", "t"),
        ] {
            let error = bearer_message(Bearer::XOAuth2, "x:1", user, &token.into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Invalid, "{user:?}");
            assert!(!error.to_string().contains("auth=x"));
        }
    }

    #[test]
    fn the_reason_of_a_refused_token() {
        let of = |json: &str| token_status(&BASE64_STANDARD.encode(json));
        assert_eq!(
            of(r#"{"status":"invalid_token","scope":"mail"}"#).as_deref(),
            Some("invalid_token")
        );
        assert_eq!(
            of(r#"{ "schemes":"Bearer", "status" : "400" }"#).as_deref(),
            Some("400")
        );
        for json in ["", "{}", r#"{"status":4}"#, r#"{"status":"open"#] {
            assert_eq!(of(json), None, "{json}");
        }
        assert_eq!(token_status("not base64!"), None);
    }
}
