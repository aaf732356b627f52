//! From a connected stream to an authenticated session.

use secrecy::{ExposeSecret, SecretString};
use tegu_net::{BoxFuture, Credentials, Endpoint, Method, Secret, SecretRequest, Security, Stream};

use super::connection::Connection;
use super::namespace::Namespaces;
use super::same::Place;
use super::sasl::{Bearer, Mechanism, Sasl};
use super::{Session, SessionOptions};
use crate::quirks::Quirks;
use crate::wire::{Capabilities, Command, Condition, Piece, Response, ResponseCode, Status};
use crate::{ErrorKind, Result};

pub(super) fn log_in<'a>(
    stream: Stream,
    endpoint: &'a Endpoint,
    credentials: &'a Credentials,
    options: &'a SessionOptions,
) -> BoxFuture<'a, Result<Session>> {
    Box::pin(async move {
        let (connection, greeting) = open(stream, endpoint, options).await?;
        let mut session = Session {
            connection,
            capabilities: Capabilities::default(),
            quirks: Quirks::default(),
            enabled: Capabilities::default(),
            namespaces: Namespaces::default(),
            limits: options.limits.clone(),
            selected: None,
            place: Place::new(endpoint, credentials),
        };
        // What was said before STARTTLS came from anyone.
        let said = (endpoint.security() != Security::StartTls).then_some(greeting.text.as_str());
        match &greeting.code {
            Some(ResponseCode::Capability(offered)) if said.is_some() => {
                session.take_capabilities(offered.clone());
            }
            _ => session.ask_capabilities().await?,
        }
        if greeting.condition != Condition::Preauth {
            session.authenticate(endpoint, credentials).await?;
        }
        let id = session.exchange_ids().await?;
        session.quirks = Quirks::of_session(said, &id, &session.capabilities);
        session.place.software = id;
        session.ask_namespaces().await?;
        if options.compress {
            session = session.compressed().await?;
        }
        tracing::debug!(%endpoint, user = credentials.user(), server = ?session.quirks.server, "logged in");
        Ok(session)
    })
}

/// Reads the greeting; after this the connection is as safe as the endpoint asks.
async fn open(stream: Stream, endpoint: &Endpoint, options: &SessionOptions) -> Result<(Connection, Status)> {
    let mut connection = Connection::new(stream, endpoint, options);
    let greeting = greet(&mut connection).await?;
    if endpoint.security() == Security::StartTls {
        let unsupported = |connection: &Connection, message: &str| {
            let error = connection.error(ErrorKind::Unsupported, message);
            Err(error.doing("set up TLS", ""))
        };
        if greeting.condition == Condition::Preauth {
            // A server in this state cannot start TLS any more. An attacker may have sent the greeting.
            return unsupported(&connection, "the server skips the log-in, and STARTTLS with it");
        }
        let status = connection.run(Command::new("STARTTLS"), |_| Ok(())).await?;
        if status.condition != Condition::Ok {
            let message = format!("the server refuses STARTTLS: {}", status.text);
            return unsupported(&connection, &message);
        }
        connection = connection.start_tls(endpoint, options).await?;
    }
    Ok((connection, greeting))
}

async fn greet(connection: &mut Connection) -> Result<Status> {
    match connection.next_of_any_kind().await? {
        Piece::Response(Response::Untagged(status)) => match status.condition {
            Condition::Ok | Condition::Preauth => Ok(status),
            _ => Err(connection.hung_up()),
        },
        _ => Err(connection.error(ErrorKind::Protocol, "this is not an IMAP greeting")),
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
        self.run(("ask for capabilities", ""), Command::new("CAPABILITY"), each)
            .await?;
        self.take_capabilities(offered);
        Ok(())
    }

    async fn authenticate(&mut self, endpoint: &Endpoint, credentials: &Credentials) -> Result<()> {
        let mut offered = None;
        let status = self.log_in(endpoint, credentials, &mut offered).await?;
        if status.condition != Condition::Ok {
            let invalid_state = status.text.to_ascii_lowercase().contains("in invalid state");
            let hint = if invalid_state {
                " (Exchange says this to a log-in without TLS)"
            } else {
                ""
            };
            let subject = format!("{}{hint}", credentials.user());
            let error = self.connection.refused(("log in as", &subject), &status);
            // Too many connections at once: later there may be room.
            if status.code == Some(ResponseCode::Limit) {
                return Err(error.retryable(true));
            }
            // Without a code NO means wrong credentials here; trouble and throttling keep their kinds.
            let plain_no = status.condition == Condition::No
                && status.code.is_none()
                && error.kind() == ErrorKind::Refused
                && !error.is_retryable();
            return Err(if plain_no {
                self.connection
                    .error(ErrorKind::Authentication, error.message())
                    .doing("log in as", subject)
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

    /// Logs in with the mechanism that fits the credentials best, if the server offers one.
    async fn log_in(
        &mut self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        offered: &mut Option<Capabilities>,
    ) -> Result<Status> {
        if matches!(credentials.method(), Method::Kerberos) && cfg!(not(all(feature = "gssapi", unix))) {
            let message = "signing in with Kerberos needs the feature `gssapi`";
            return Err(self.connection.error(ErrorKind::Unsupported, message));
        }
        let Some(mechanism) = self.mechanism(credentials) else {
            let message = self.no_mechanism(credentials);
            let error = self.connection.error(ErrorKind::Unsupported, &message);
            return Err(error.doing("log in as", credentials.user()));
        };
        let secret = match credentials.method() {
            Method::Password(secret) | Method::Token(secret) => secret,
            _ => &Secret::from(String::new()),
        };
        let value = self.secret(credentials, secret, SecretRequest::Any).await?;
        let mut attempt = self
            .attempt(endpoint, credentials, mechanism, &value, offered)
            .await?;
        if secret.is_provided() && attempt.asks_for_another_secret() {
            let fresh = self.secret(credentials, secret, SecretRequest::Fresh).await?;
            // The same secret again would only count as one more wrong attempt.
            if fresh.expose_secret() != value.expose_secret() {
                attempt = self
                    .attempt(endpoint, credentials, mechanism, &fresh, offered)
                    .await?;
            }
        }
        Ok(attempt.into_status())
    }

    async fn attempt(
        &mut self,
        endpoint: &Endpoint,
        credentials: &Credentials,
        mechanism: Mechanism,
        secret: &SecretString,
        offered: &mut Option<Capabilities>,
    ) -> Result<Sasl> {
        let mut keep = |response| {
            if let Response::Capability(capabilities) = response {
                *offered = Some(capabilities);
            }
            Ok(())
        };
        if mechanism == Mechanism::Login {
            let command = Command::new("LOGIN").string(credentials.user().as_bytes())?;
            let command = command.string(secret.expose_secret().as_bytes())?;
            return Ok(Sasl::without_challenge(
                self.connection.run(command, &mut keep).await?,
            ));
        }
        #[cfg(all(feature = "gssapi", unix))]
        if mechanism == Mechanism::Gssapi {
            return self.gssapi(endpoint, credentials, &mut keep).await;
        }
        self.sasl(endpoint, credentials, mechanism, secret, &mut keep)
            .await
    }

    async fn secret(
        &self,
        credentials: &Credentials,
        secret: &Secret,
        request: SecretRequest,
    ) -> Result<SecretString> {
        // Whoever gives out tokens may be down for a while.
        let failed = |error: crate::Error| error.retryable(true).doing("log in as", credentials.user());
        secret.get(request).await.map_err(failed)
    }

    /// The best mechanism that the server offers for these credentials.
    fn mechanism(&self, credentials: &Credentials) -> Option<Mechanism> {
        fitting(credentials).find(|mechanism| self.offers(*mechanism, credentials))
    }

    fn offers(&self, mechanism: Mechanism, credentials: &Credentials) -> bool {
        match mechanism {
            // Not a SASL mechanism: it is there unless the server says otherwise, and acts for nobody else.
            Mechanism::Login => {
                !self.capabilities.has("LOGINDISABLED") && credentials.authorization_id().is_none()
            }
            mechanism => self.capabilities.has(&format!("AUTH={}", mechanism.name())),
        }
    }

    /// What was looked for in vain, and what the server offers.
    fn no_mechanism(&self, credentials: &Credentials) -> String {
        let wanted: Vec<&str> = fitting(credentials).map(Mechanism::name).collect();
        let wanted = match wanted.as_slice() {
            [one, other] => format!("neither {one} nor {other}"),
            [one] => format!("no {one}"),
            _ => "nothing for these credentials".to_owned(),
        };
        let mut offered: Vec<&str> = self
            .capabilities
            .iter()
            .filter_map(|capability| capability.strip_prefix("AUTH="))
            .collect();
        if !self.capabilities.has("LOGINDISABLED") && !offered.contains(&"LOGIN") {
            offered.push("LOGIN");
        }
        let offered = if offered.is_empty() {
            "nothing".to_owned()
        } else {
            offered.join(", ")
        };
        format!("the server offers {wanted} (it offers {offered})")
    }

    async fn exchange_ids(&mut self) -> Result<Vec<(String, String)>> {
        let mut fields = Vec::new();
        if self.capabilities.has("ID") {
            let command = Command::new("ID (\"name\" \"tegu\")");
            // Refusing it harms nothing.
            let each = |response| {
                if let Response::Id(answer) = response {
                    fields = answer;
                }
                Ok(())
            };
            self.connection.run(command, each).await?;
        }
        Ok(fields)
    }

    async fn ask_namespaces(&mut self) -> Result<()> {
        if self.capabilities.has("NAMESPACE") {
            let mut namespaces = Namespaces::default();
            let each = |response| {
                if let Response::Namespace([personal, others, shared]) = response {
                    namespaces = Namespaces::new(personal, others, shared);
                }
                Ok(())
            };
            self.run(("ask for namespaces", ""), Command::new("NAMESPACE"), each)
                .await?;
            self.namespaces = namespaces;
        }
        Ok(())
    }
}

/// The mechanisms that can carry these credentials, the best first.
fn fitting(credentials: &Credentials) -> impl Iterator<Item = Mechanism> {
    let candidates: &[Mechanism] = match credentials.method() {
        Method::Password(_) => &[Mechanism::Login, Mechanism::Plain],
        Method::Token(_) => &[
            Mechanism::Bearer(Bearer::OAuthBearer),
            Mechanism::Bearer(Bearer::XOAuth2),
        ],
        Method::External => &[Mechanism::External],
        #[cfg(all(feature = "gssapi", unix))]
        Method::Kerberos => &[Mechanism::Gssapi],
        _ => &[],
    };
    let required = credentials.required_mechanism();
    candidates
        .iter()
        .copied()
        .filter(move |mechanism| required.is_none_or(|name| name == mechanism.name()))
}
