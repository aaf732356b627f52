//! A connection.

use super::wire::{Capabilities, Decoder, Listed, Response, command, command_with_number, listed};
use std::fmt;
use std::time::Duration;
use tegu_net::{Credentials, Endpoint, Security, Stream};
use tegu_outcome::{Error, ErrorKind, Result};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout};
use tracing::Instrument as _;

/// The name of a script: 1 to 128 characters (RFC 5804, section 1.6), none of them a control character or a slash.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct ScriptName(String);

impl ScriptName {
    /// Takes a name.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](ErrorKind::Config).
    pub fn new(name: impl Into<String>) -> Result<Self> {
        let name = name.into();
        let good = !name.is_empty()
            && name.chars().count() <= 128
            && !name
                .chars()
                .any(|c| c.is_control() || c == '/' || matches!(c, '\u{2028}' | '\u{2029}'));
        if good {
            Ok(Self(name))
        } else {
            Err(Error::config(
                "a script's name has 1 to 128 characters, without slashes and control characters",
            ))
        }
    }

    /// Returns the name.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for ScriptName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// How long the answer to one command may take, with all its octets.
const DEADLINE: Duration = Duration::from_secs(15 * 60);

/// A signed-in connection to a ManageSieve server.
///
/// # Bounds
///
/// A connection holds one response at a time. Its budget is that of [`Limits`](super::wire::Limits): 8 MiB by default, and for each of the
/// words in it the 30 octets that Rust needs for a string. The answer to a command has 15 minutes, however often the server sends an
/// octet; how long it may be silent is the endpoint's idle time-out.
///
/// # Cancel safety
///
/// Dropping the future of a command leaves the connection out of step: drop the client too. The server carries the command out whole or
/// not at all.
#[derive(Debug)]
pub struct Client {
    stream: Stream,
    pub(super) decoder: Decoder,
    idle: Duration,
    /// When the answer must be there.
    until: Instant,
    pub(super) capabilities: Capabilities,
}

impl Client {
    /// Connects, sets up TLS as the endpoint asks, and signs in by PLAIN, OAUTHBEARER, EXTERNAL or (with the feature `gssapi`) GSSAPI, with an
    /// authorisation identity if the credentials have one.
    ///
    /// # Errors
    ///
    /// Kinds of [`Endpoint::connect`]; [`Tls`](ErrorKind::Tls) if the server does not offer STARTTLS;
    /// [`Authentication`](ErrorKind::Authentication) if it refuses the credentials; [`Unsupported`](ErrorKind::Unsupported) if it has no
    /// mechanism for them.
    pub async fn connect(endpoint: &Endpoint, credentials: &Credentials) -> Result<Self> {
        let mut client = Self {
            stream: endpoint.connect().await?,
            decoder: Decoder::default(),
            idle: endpoint.idle_timeout(),
            until: Instant::now() + DEADLINE,
            capabilities: Capabilities::default(),
        };
        let opened = client.open(endpoint, credentials).await;
        opened.map_err(|error| error.doing("sign in to", endpoint.origin()))?;
        Ok(client)
    }

    async fn open(&mut self, endpoint: &Endpoint, credentials: &Credentials) -> Result<()> {
        self.capabilities = Capabilities::of(&self.response().await?.ok()?);
        if endpoint.security() == Security::StartTls {
            if !self.capabilities.start_tls {
                return Err(Error::new(ErrorKind::Tls, "the server does not offer STARTTLS"));
            }
            self.send(&command("STARTTLS", &[])).await?;
            self.response().await?.ok()?;
            // Octets behind the answer would be read as if they had come through TLS.
            if !self.decoder.is_empty() {
                return Err(Error::new(
                    ErrorKind::Protocol,
                    "the server sent more than the answer before TLS",
                ));
            }
            let plain = std::mem::replace(&mut self.stream, Stream::new(tokio::io::empty()));
            self.stream = endpoint.start_tls(plain).await?;
            self.until = Instant::now() + DEADLINE;
            self.capabilities = Capabilities::of(&self.response().await?.ok()?);
        }
        self.authenticate(endpoint, credentials).await?;
        // What is offered may depend on who asks.
        let response = self.command(&command("CAPABILITY", &[])).await?;
        self.capabilities = Capabilities::of(&response);
        Ok(())
    }

    /// Returns what the server offers to the user who signed in.
    #[must_use]
    pub fn capabilities(&self) -> &Capabilities {
        &self.capabilities
    }

    /// LISTSCRIPTS: the user's scripts.
    ///
    /// # Errors
    ///
    /// Kinds [`Refused`](ErrorKind::Refused), [`Connect`](ErrorKind::Connect), [`Timeout`](ErrorKind::Timeout),
    /// [`Protocol`](ErrorKind::Protocol), [`Limit`](ErrorKind::Limit), as for all commands.
    pub async fn list(&mut self) -> Result<Vec<Listed>> {
        let response = self
            .command(&command("LISTSCRIPTS", &[]))
            .await
            .map_err(|error| error.doing("list", "the scripts"))?;
        Ok(listed(&response))
    }

    /// GETSCRIPT: the text of a script.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`NotFound`](ErrorKind::NotFound).
    pub async fn get(&mut self, name: &ScriptName) -> Result<String> {
        let doing = |error: Error| error.doing("read the script", name);
        let response = self
            .command(&command("GETSCRIPT", &[name.as_str()]))
            .await
            .map_err(doing)?;
        match response.lines.into_iter().flatten().next() {
            Some(super::wire::Token::Text(text)) => Ok(text),
            _ => Err(doing(Error::new(
                ErrorKind::Protocol,
                "the server sends no script",
            ))),
        }
    }

    /// CHECKSCRIPT: whether the server takes a script, which is not stored. Returns the server's warnings.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list). The message of a refusal is the server's own; [`error_line`](crate::script::error_line) finds the line in it.
    pub async fn check(&mut self, text: &str) -> Result<Option<String>> {
        let response = self
            .command(&command("CHECKSCRIPT", &[text]))
            .await
            .map_err(|error| error.doing("check", "the script"))?;
        Ok(warnings(&response))
    }

    /// HAVESPACE: whether a script of so many octets may be stored.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list); [`Limit`](ErrorKind::Limit) if the quota does not allow it.
    pub async fn have_space(&mut self, name: &ScriptName, octets: usize) -> Result<()> {
        let line = command_with_number("HAVESPACE", &[name.as_str()], octets);
        self.command(&line)
            .await
            .map(drop)
            .map_err(|error| error.doing("find room for the script", name))
    }

    /// PUTSCRIPT: stores a script, in place of one of the same name. Returns the server's warnings.
    ///
    /// # Errors
    ///
    /// As [`check`](Self::check) and [`have_space`](Self::have_space). Nothing was stored.
    pub async fn put(&mut self, name: &ScriptName, text: &str) -> Result<Option<String>> {
        let line = command("PUTSCRIPT", &[name.as_str(), text]);
        let response = self
            .command(&line)
            .await
            .map_err(|error| error.doing("store the script", name))?;
        Ok(warnings(&response))
    }

    /// SETACTIVE: makes this the script that runs, in place of another.
    ///
    /// # Errors
    ///
    /// As [`get`](Self::get).
    pub async fn set_active(&mut self, name: &ScriptName) -> Result<()> {
        let line = command("SETACTIVE", &[name.as_str()]);
        self.command(&line)
            .await
            .map(drop)
            .map_err(|error| error.doing("activate the script", name))
    }

    /// LOGOUT.
    ///
    /// # Errors
    ///
    /// As [`list`](Self::list).
    pub async fn logout(mut self) -> Result<()> {
        self.send(&command("LOGOUT", &[])).await?;
        self.response().await.map(drop)
    }

    async fn command(&mut self, line: &[u8]) -> Result<Response> {
        let verb = line
            .split(|octet| octet.is_ascii_whitespace())
            .next()
            .unwrap_or_default();
        let span = tracing::debug_span!("command", verb = %verb.escape_ascii());
        let exchange = async {
            self.send(line).await?;
            let response = self.response().await?.ok()?;
            tracing::trace!("answered");
            Ok(response)
        };
        exchange.instrument(span).await
    }

    pub(super) async fn send(&mut self, octets: &[u8]) -> Result<()> {
        self.until = Instant::now() + DEADLINE;
        let sent = async {
            self.stream.write_all(octets).await?;
            self.stream.flush().await
        };
        match timeout(self.idle, sent).await {
            Ok(sent) => sent.map_err(broken),
            Err(_) => Err(self.late()),
        }
    }

    pub(super) async fn response(&mut self) -> Result<Response> {
        loop {
            if let Some(response) = self.decoder.next_response()? {
                return Ok(response);
            }
            self.receive().await?;
        }
    }

    pub(super) async fn receive(&mut self) -> Result<()> {
        let mut octets = [0; 16 << 10];
        let wait = self
            .idle
            .min(self.until.saturating_duration_since(Instant::now()));
        match timeout(wait, self.stream.read(&mut octets)).await {
            Ok(Ok(0)) => Err(Error::new(ErrorKind::Connect, "the server closed the connection")),
            Ok(Ok(count)) => {
                self.decoder.push(octets.get(..count).unwrap_or_default());
                Ok(())
            }
            Ok(Err(error)) => Err(broken(error)),
            Err(_) if wait < self.idle => Err(Error::new(
                ErrorKind::Timeout,
                format!(
                    "the answer to one command took longer than {} seconds",
                    DEADLINE.as_secs()
                ),
            )),
            Err(_) => Err(self.late()),
        }
    }

    fn late(&self) -> Error {
        Error::new(
            ErrorKind::Timeout,
            format!("no answer within {} seconds", self.idle.as_secs_f32()),
        )
    }
}

fn broken(error: std::io::Error) -> Error {
    Error::new(ErrorKind::Connect, &error).with_source(error)
}

fn warnings(response: &Response) -> Option<String> {
    (response.code.as_deref() == Some("WARNINGS")).then(|| response.text.clone())
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use tokio::io::{AsyncBufReadExt as _, BufReader, DuplexStream};

    /// Signs anybody in, and then sends an octet of an answer every ten seconds.
    async fn trickle(stream: DuplexStream) {
        let (read, mut write) = tokio::io::split(stream);
        let mut lines = BufReader::new(read).lines();
        write.write_all(b"\"SASL\" \"PLAIN\"\r\nOK\r\n").await.unwrap();
        while let Ok(Some(line)) = lines.next_line().await {
            if line.starts_with("LISTSCRIPTS") {
                write.write_all(b"\"").await.unwrap();
                while write.write_all(b"a").await.is_ok() {
                    tokio::time::sleep(Duration::from_secs(10)).await;
                }
            } else {
                write.write_all(b"OK\r\n").await.unwrap();
            }
        }
    }

    /// No octet is late, and the answer never ends. The clock is the test's.
    #[tokio::test(start_paused = true)]
    async fn an_answer_that_trickles_is_left() {
        let endpoint = Endpoint::dangerously_without_tls("sieve://localhost")
            .unwrap()
            .dialer(|_host: String, _port: u16| async {
                let (client, server) = tokio::io::duplex(4096);
                tokio::spawn(trickle(server));
                Ok(Stream::new(client))
            });
        let anna = Credentials::password("anna", "s3cret".to_owned());
        let mut client = Client::connect(&endpoint, &anna).await.unwrap();
        let error = client.list().await.unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Timeout);
        assert!(
            error.to_string().contains("took longer than 900 seconds"),
            "{error}"
        );
    }
}
