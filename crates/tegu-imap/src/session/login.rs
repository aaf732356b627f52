//! From nothing to an authenticated session.

use secrecy::ExposeSecret;

use super::Session;
use super::connection::Connection;
use super::credentials::{Bearer, Credentials, Method};
use super::endpoint::{Endpoint, Security};
use super::namespace::Namespaces;
use crate::quirks::Quirks;
use crate::wire::{Capabilities, Command, Condition, Piece, Response, ResponseCode, Status};
use crate::{Error, ErrorKind, Result};

pub(super) async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Session> {
    let (connection, greeting) = open(endpoint).await?;
    let mut session = Session {
        connection,
        capabilities: Capabilities::default(),
        quirks: Quirks::default(),
        enabled: Capabilities::default(),
        namespaces: Namespaces::default(),
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
    session.ask_namespaces().await?;
    if endpoint.compress {
        session = session.compressed().await?;
    }
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
        let mut offered = None;
        let status = self.log_in(credentials, &mut offered).await?;
        if status.condition != Condition::Ok {
            let invalid_state = status.text.to_ascii_lowercase().contains("in invalid state");
            let hint = if invalid_state {
                " (Exchange says this to a log-in without TLS)"
            } else {
                ""
            };
            let doing = format!("log in as {}{hint}", credentials.user);
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

    /// Logs in by the way that the credentials name, if the server offers it.
    async fn log_in(
        &mut self,
        credentials: &Credentials,
        offered: &mut Option<Capabilities>,
    ) -> Result<Status> {
        let mut keep = |response| {
            if let Response::Capability(capabilities) = response {
                *offered = Some(capabilities);
            }
            Ok(())
        };
        let user = credentials.user.as_str();
        let has = |name: &str| self.capabilities.has(name);
        match &credentials.method {
            Method::Login(secret) if !has("LOGINDISABLED") => {
                let command = Command::new("LOGIN").string(user.as_bytes())?;
                let command = command.string(secret.expose_secret().as_bytes())?;
                self.connection.run(command, &mut keep).await
            }
            Method::Login(secret) if has("AUTH=PLAIN") => {
                self.sasl_plain(None, user, secret, &mut keep).await
            }
            Method::Plain { authorise_as, secret } if has("AUTH=PLAIN") => {
                self.sasl_plain(authorise_as.as_deref(), user, secret, &mut keep)
                    .await
            }
            Method::External if has("AUTH=EXTERNAL") => self.sasl_external(user, &mut keep).await,
            Method::Bearer(wanted, tokens) if let Some(bearer) = self.offered_bearer(*wanted) => {
                self.sasl_bearer(bearer, user, tokens, &mut keep).await
            }
            _ => {
                let peer = self.connection.peer();
                let message = format!("log in to {peer}: the server does not offer this way to log in here");
                Err(Error::new(ErrorKind::Unsupported, message))
            }
        }
    }

    /// The wanted way to show a token, or else the best, where the server offers it.
    fn offered_bearer(&self, wanted: Option<Bearer>) -> Option<Bearer> {
        let ways = [
            (Bearer::OAuthBearer, "AUTH=OAUTHBEARER"),
            (Bearer::XOAuth2, "AUTH=XOAUTH2"),
        ];
        ways.into_iter()
            .find(|(bearer, name)| {
                wanted.is_none_or(|wanted| wanted == *bearer) && self.capabilities.has(name)
            })
            .map(|(bearer, _)| bearer)
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

    async fn ask_namespaces(&mut self) -> Result<()> {
        if self.capabilities.has("NAMESPACE") {
            let mut told = Namespaces::default();
            let each = |response| {
                if let Response::Namespace([personal, others, shared]) = response {
                    told = Namespaces::new(personal, others, shared);
                }
                Ok(())
            };
            self.run("ask for namespaces", Command::new("NAMESPACE"), each)
                .await?;
            self.namespaces = told;
        }
        Ok(())
    }
}
