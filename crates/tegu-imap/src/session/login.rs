//! From nothing to an authenticated session.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use secrecy::{ExposeSecret, SecretString};

use super::Session;
use super::connection::{Connection, Event};
use super::endpoint::{Credentials, Endpoint, Method, Security};
use crate::quirks::Quirks;
use crate::wire::{Capabilities, Command, Condition, Piece, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result};

pub(super) async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Session> {
    let (connection, greeting) = open(endpoint).await?;
    let mut session = Session {
        connection,
        capabilities: Capabilities::default(),
        quirks: Quirks::default(),
        namespace: None,
        limits: endpoint.limits.clone(),
        selected: None,
    };
    match &greeting.code {
        // What was said before STARTTLS came from anyone.
        Some(ResponseCode::Capability(offered)) if endpoint.security != Security::StartTls => {
            session.take_capabilities(offered.clone());
        }
        _ => session.ask_capabilities().await?,
    }
    if greeting.condition != Condition::Preauth {
        session.authenticate(credentials).await?;
    }
    let id = session.exchange_ids().await?;
    session.quirks = Quirks::detect(&greeting.text, &id);
    session.ask_namespace().await?;
    tracing::debug!(%endpoint, user = credentials.user(), server = ?session.quirks.server, "logged in");
    Ok(session)
}

/// Connects and reads the greeting; after this the connection is as safe as the endpoint asks.
async fn open(endpoint: &Endpoint) -> Result<(Connection, Status)> {
    let mut connection = Connection::open(endpoint).await?;
    let greeting = greet(&mut connection, endpoint).await?;
    if endpoint.security == Security::StartTls {
        if greeting.condition == Condition::Preauth {
            // A server that is past the log-in cannot start TLS any more; whoever sends this keeps us from it.
            let message =
                format!("set up TLS with {endpoint}: the server skips the log-in, and STARTTLS with it");
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        let status = connection.run(Command::new("STARTTLS"), |_| Ok(())).await?;
        if status.condition != Condition::Ok {
            let message = format!(
                "set up TLS with {endpoint}: the server refuses STARTTLS: {}",
                status.text
            );
            return Err(Error::new(ErrorKind::Unsupported, message));
        }
        connection = connection.start_tls(endpoint).await?;
    }
    Ok((connection, greeting))
}

async fn greet(connection: &mut Connection, endpoint: &Endpoint) -> Result<Status> {
    match connection.next_of_any_kind().await? {
        Piece::Response(Response::Untagged(status)) => match status.condition {
            Condition::Ok | Condition::Preauth => Ok(status),
            _ => Err(connection.hung_up()),
        },
        _ => Err(Error::new(
            ErrorKind::Protocol,
            format!("connect to {endpoint}: this is no IMAP greeting"),
        )),
    }
}

impl Session {
    fn take_capabilities(&mut self, capabilities: Capabilities) {
        self.connection.literals = capabilities.literals();
        self.capabilities = capabilities;
    }

    async fn ask_capabilities(&mut self) -> Result<()> {
        let mut offered = Capabilities::default();
        let each = |response| {
            if let Response::Capability(capabilities) = response {
                offered = capabilities;
            }
            Ok(())
        };
        self.run("ask for capabilities", Command::new("CAPABILITY"), each)
            .await?;
        self.take_capabilities(offered);
        Ok(())
    }

    async fn authenticate(&mut self, credentials: &Credentials) -> Result<()> {
        let (plain, login) = (
            self.capabilities.has("AUTH=PLAIN"),
            !self.capabilities.has("LOGINDISABLED"),
        );
        let mut offered = None;
        let mut keep = |response| {
            if let Response::Capability(capabilities) = response {
                offered = Some(capabilities);
            }
            Ok(())
        };
        let status = match &credentials.method {
            Method::Login if login => {
                let command = Command::new("LOGIN").string(credentials.user.as_bytes())?;
                let command = command.string(credentials.secret.expose_secret().as_bytes())?;
                self.connection.run(command, &mut keep).await?
            }
            Method::Login if plain => self.sasl_plain(None, credentials, &mut keep).await?,
            Method::Plain { authorise_as } if plain => {
                self.sasl_plain(authorise_as.as_deref(), credentials, &mut keep)
                    .await?
            }
            Method::Login | Method::Plain { .. } => {
                let peer = self.connection.peer();
                let message = format!("log in to {peer}: the server does not offer this way to log in here");
                return Err(Error::new(ErrorKind::Unsupported, message));
            }
        };
        if status.condition != Condition::Ok {
            let doing = format!("log in as {}", credentials.user);
            let error = self.connection.refused(&doing, &status);
            // Too many connections at once: later there may be room.
            if status.code == Some(ResponseCode::Limit) {
                return Err(error.transient(true));
            }
            // Without a code NO means wrong credentials here; trouble and throttling keep their kinds.
            let plain_no = status.condition == Condition::No
                && status.code.is_none()
                && error.kind() == ErrorKind::Refused
                && !error.is_retryable();
            return Err(if plain_no {
                Error::new(ErrorKind::Authentication, error)
            } else {
                error
            });
        }
        match status.code {
            Some(ResponseCode::Capability(capabilities)) => self.take_capabilities(capabilities),
            _ => match offered {
                Some(capabilities) => self.take_capabilities(capabilities),
                None => self.ask_capabilities().await?,
            },
        }
        Ok(())
    }

    async fn sasl_plain(
        &mut self,
        authorise_as: Option<&str>,
        credentials: &Credentials,
        mut each: impl FnMut(Response) -> Result<()>,
    ) -> Result<Status> {
        let parts = [
            authorise_as.unwrap_or_default(),
            &credentials.user,
            credentials.secret.expose_secret(),
        ];
        if parts.iter().any(|part| part.contains('\0')) {
            return Err(Error::new(
                ErrorKind::Invalid,
                "log in: user name or password holds a NUL character",
            ));
        }
        let message = SecretString::from(BASE64_STANDARD.encode(parts.join("\0")));
        let initial = self.capabilities.has("SASL-IR");
        let command = Command::new("AUTHENTICATE PLAIN");
        let command = if initial {
            command.secret_atom(&message)
        } else {
            command
        };
        let tag = self.connection.enqueue_command(command, self.connection.literals);
        loop {
            match self.connection.next_event(tag).await? {
                Event::Other(Response::Continue(_)) if !initial => {
                    self.connection.enqueue_line(message.expose_secret());
                }
                // A challenge that PLAIN does not have: give up in the way the RFC provides.
                Event::Other(Response::Continue(_)) => self.connection.enqueue_line("*"),
                Event::Other(response) => each(response)?,
                Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => return Ok(status),
            }
        }
    }

    async fn exchange_ids(&mut self) -> Result<Vec<(String, String)>> {
        let mut fields = Vec::new();
        if self.capabilities.has("ID") {
            let command = Command::new("ID (\"name\" \"tegu\")");
            // Refusing it harms nothing.
            let each = |response| {
                if let Response::Id(told) = response {
                    fields = told;
                }
                Ok(())
            };
            self.connection.run(command, each).await?;
        }
        Ok(fields)
    }

    async fn ask_namespace(&mut self) -> Result<()> {
        if self.capabilities.has("NAMESPACE") {
            let mut namespace = None;
            let each = |response| {
                if let Response::Namespace([personal, ..]) = response {
                    namespace = personal.into_iter().next();
                }
                Ok(())
            };
            self.run("ask for namespaces", Command::new("NAMESPACE"), each)
                .await?;
            self.namespace = namespace;
        }
        Ok(())
    }
}
