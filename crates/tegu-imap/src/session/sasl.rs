//! SASL exchanges of one message each (RFC 3501, section 6.2.2; RFC 4959): PLAIN, EXTERNAL and bearer tokens.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};
use tegu_net::{Credentials, Endpoint};

use super::Session;
use super::connection::Event;
use crate::wire::{Command, Condition, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result};

/// The most challenges that are answered before the log-in fails.
const CHALLENGES: usize = 3;

/// Cancels an exchange that the server does not end, so that it says why.
pub(super) const CANCEL: &str = "*";
/// The empty response of OAUTHBEARER, one control-A (RFC 7628, section 3.2.3).
const CONTROL_A: &str = "AQ==";

/// A way to log in.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Mechanism {
    /// The `LOGIN` command, which is no SASL mechanism.
    Login,
    /// RFC 4616.
    Plain,
    /// RFC 4422, appendix A.
    External,
    /// A Kerberos ticket (RFC 4752).
    #[cfg(all(feature = "gssapi", unix))]
    Gssapi,
    Bearer(Bearer),
}

impl Mechanism {
    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Plain => "PLAIN",
            Self::External => "EXTERNAL",
            #[cfg(all(feature = "gssapi", unix))]
            Self::Gssapi => "GSSAPI",
            Self::Bearer(Bearer::OAuthBearer) => "OAUTHBEARER",
            Self::Bearer(Bearer::XOAuth2) => "XOAUTH2",
        }
    }

    fn command(self) -> &'static str {
        match self {
            Self::Login => "LOGIN",
            Self::Plain => "AUTHENTICATE PLAIN",
            Self::External => "AUTHENTICATE EXTERNAL",
            #[cfg(all(feature = "gssapi", unix))]
            Self::Gssapi => "AUTHENTICATE GSSAPI",
            Self::Bearer(Bearer::OAuthBearer) => "AUTHENTICATE OAUTHBEARER",
            Self::Bearer(Bearer::XOAuth2) => "AUTHENTICATE XOAUTH2",
        }
    }

    /// The answer to a challenge that follows the one message.
    fn dissent(self) -> &'static str {
        match self {
            Self::Bearer(Bearer::OAuthBearer) => CONTROL_A,
            Self::Bearer(Bearer::XOAuth2) => "",
            _ => CANCEL,
        }
    }
}

/// How a bearer token is sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Bearer {
    /// RFC 7628.
    OAuthBearer,
    /// Its predecessor, which Exchange Online and Gmail speak.
    XOAuth2,
}

/// How an exchange ended.
pub(super) struct Sasl {
    status: Status,
    /// The first challenge after the message, which holds the reason for a refusal.
    challenge: Option<String>,
}

impl Session {
    /// Sends the one message of a mechanism. Challenges after it get the mechanism's answer to a refusal.
    pub(super) async fn sasl(
        &mut self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        mechanism: Mechanism,
        secret: &SecretString,
        each: &mut impl FnMut(Response) -> Result<()>,
    ) -> Result<Sasl> {
        let message = message(endpoint, credentials, mechanism, secret)?;
        let encoded = SecretString::from(BASE64_STANDARD.encode(message.expose_secret()));
        let mut sent = self.capabilities.has("SASL-IR");
        let command = Command::new(mechanism.command());
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
                    let error = self
                        .connection
                        .error(ErrorKind::Protocol, "the server never stops asking");
                    return Err(error.doing("log in as", credentials.user()));
                }
                Event::Other(Response::Continue(challenge)) => {
                    challenges.push(challenge);
                    self.connection.enqueue_line(mechanism.dissent());
                }
                Event::Other(response) => each(response)?,
                Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => {
                    let challenge = challenges.into_iter().next();
                    return Ok(Sasl { status, challenge });
                }
            }
        }
    }
}

impl Sasl {
    pub(super) fn without_challenge(status: Status) -> Self {
        Self {
            status,
            challenge: None,
        }
    }

    /// Returns the server's answer. The reason why a token was refused is added to its text.
    pub(super) fn into_status(self) -> Status {
        let mut status = self.status;
        if status.condition != Condition::Ok
            && let Some(why) = self.challenge.as_deref().and_then(token_status)
        {
            status.text = format!("{} (token: {why})", status.text);
        }
        status
    }

    /// Returns whether the server takes secrets of this kind, but not this one.
    pub(super) fn asks_for_another_secret(&self) -> bool {
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

fn message(
    endpoint: &Endpoint,
    credentials: &Credentials,
    mechanism: Mechanism,
    secret: &SecretString,
) -> Result<SecretString> {
    let (user, authorize_as) = (credentials.user(), credentials.authorization_id());
    match mechanism {
        Mechanism::Bearer(bearer) => bearer_message(bearer, endpoint, authorize_as.unwrap_or(user), secret),
        #[cfg(all(feature = "gssapi", unix))]
        Mechanism::Gssapi => Err(unsendable("a ticket in one message")),
        Mechanism::External => Ok(authorize_as.unwrap_or_default().into()),
        Mechanism::Plain | Mechanism::Login => {
            let parts = [authorize_as.unwrap_or_default(), user, secret.expose_secret()];
            if parts.iter().any(|part| part.contains('\0')) {
                return Err(unsendable("a user name or password with a NUL character"));
            }
            Ok(parts.join("\0").into())
        }
    }
}

fn unsendable(what: &str) -> Error {
    Error::config(format!("{what} cannot be sent")).doing("log in", "")
}

/// The message of OAUTHBEARER (RFC 7628, section 3.1) or XOAUTH2.
fn bearer_message(
    mechanism: Bearer,
    endpoint: &Endpoint,
    user: &str,
    token: &SecretString,
) -> Result<SecretString> {
    // Control characters separate the fields.
    if user.chars().any(char::is_control) {
        return Err(unsendable("a user name with control characters"));
    }
    let token = token.expose_secret();
    if token.is_empty() || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(unsendable(
            "a token that is empty or not of visible ASCII characters",
        ));
    }
    let message = match mechanism {
        Bearer::OAuthBearer => {
            let user = user.replace('=', "=3D").replace(',', "=2C");
            let (host, port) = (endpoint.host(), endpoint.port());
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
        let x = Endpoint::new("imap://x").unwrap();
        // The example of RFC 7628, section 4.1, without its optional order of fields.
        let token = SecretString::from("vF9dft4qmTc2Nvb3RlckBhbHRhdmlzdGEuY29tCg==");
        let message = bearer_message(
            Bearer::OAuthBearer,
            &Endpoint::new("imap://server.example.com").unwrap(),
            "user@example.com",
            &token,
        )
        .unwrap();
        assert_eq!(
            BASE64_STANDARD.encode(message.expose_secret()),
            "bixhPXVzZXJAZXhhbXBsZS5jb20sAWhvc3Q9c2VydmVyLmV4YW1wbGUuY29tAXBvcnQ9MTQzAWF1dGg9QmVhcmVyIHZGOWRmd\
             DRxbVRjMk52YjNSbGNrQmhiSFJoZG1semRHRXVZMjl0Q2c9PQEB"
        );
        let message = bearer_message(Bearer::XOAuth2, &x, "a", &token).unwrap();
        assert!(message.expose_secret().starts_with("user=a\x01auth=Bearer vF9"));
        let message = bearer_message(Bearer::OAuthBearer, &x, "a,b=c", &token).unwrap();
        assert!(message.expose_secret().starts_with("n,a=a=2Cb=3Dc,\x01"));
    }

    #[test]
    fn what_would_add_fields_is_refused() {
        let x = Endpoint::new("imap://x").unwrap();
        for (user, token) in [
            ("a\x01b", "t"),
            ("a", "t\x01auth=x"),
            ("a", ""),
            ("a", "т"),
            ("a\r\n", "t"),
        ] {
            let error = bearer_message(Bearer::XOAuth2, &x, user, &token.into()).unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{user:?}");
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
