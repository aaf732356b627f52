//! One connection: requests out, checked messages in.

use std::time::Duration;

use tegu_net::Stream;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::time::{Instant, timeout_at};

use super::request;
use crate::ber;
use crate::entry::{Entry, Names};
use crate::guard::{Framer, GuardLimits, Outcome, Reply};
use crate::{Error, ErrorKind, Result};

/// What writes an operation or its controls.
pub(super) type Part<'p> = &'p (dyn Fn(&mut Vec<u8>) + Sync);

pub(super) struct Connection {
    stream: Stream,
    framer: Framer,
    /// The server, for errors.
    server: Box<str>,
    next_id: i32,
    /// The request that is still open.
    open: Option<i32>,
    /// Whether a message was cut off or unsound, so that nothing that follows could be understood.
    broken: bool,
    names: Names,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Connection")
            .field("server", &self.server)
            .finish_non_exhaustive()
    }
}

/// A message that answers a search.
pub(super) enum Answer {
    Entry(Entry),
    /// A reference to another server that continues the search (RFC 4511, section 4.5.3).
    Reference,
    Done {
        outcome: Outcome,
        next_page: Vec<u8>,
    },
}

impl Connection {
    pub(super) fn new(stream: Stream, limits: GuardLimits, server: &str) -> Self {
        Self {
            stream,
            framer: Framer::new(limits),
            server: server.into(),
            next_id: 1,
            open: None,
            broken: false,
            names: Names::default(),
        }
    }

    pub(super) fn server(&self) -> &str {
        &self.server
    }

    /// Sends a request and returns its message ID. A request that is still open is abandoned.
    pub(super) async fn send(&mut self, operation: Part<'_>, controls: Option<Part<'_>>) -> Result<i32> {
        if self.broken {
            return Err(fault("it was cut off by an earlier error"));
        }
        let mut out = Vec::new();
        let mut put = |id: i32, operation: Part<'_>, controls: Option<Part<'_>>| {
            ber::element(&mut out, 0x30, |out| {
                ber::number(out, 0x02, id);
                operation(out);
                if let Some(controls) = controls {
                    ber::element(out, 0xa0, controls);
                }
            });
        };
        if let Some(given_up) = self.open.take() {
            put(self.next_id, &|out| request::abandon(out, given_up), None);
            self.next_id += 1;
        }
        let id = self.next_id;
        self.next_id = id.checked_add(1).unwrap_or(1);
        put(id, operation, controls);
        self.open = Some(id);
        // If this future is dropped in between, a part of the request is on its way.
        self.broken = true;
        let sent = self.stream.write_all(&out).await;
        // It may hold a password.
        out.fill(0);
        sent.map_err(broken)?;
        self.stream.flush().await.map_err(broken)?;
        self.broken = false;
        Ok(id)
    }

    /// Waits until an answer to a request is there. Late answers to requests that were given up are left out.
    async fn wait(&mut self, id: i32, until: Instant) -> Result<()> {
        if self.broken {
            return Err(fault("it was cut off by an earlier error"));
        }
        loop {
            match self.framer.peek()? {
                Some(n) if n == id => return Ok(()),
                Some(0) => {
                    self.framer.next_reply()?;
                    return Err(fault("the server ended the session"));
                }
                Some(n) if n < id => {
                    self.framer.next_reply()?;
                }
                Some(_) => {
                    return Err(Error::new(
                        ErrorKind::Protocol,
                        "the server sent an answer to something that was not asked",
                    ));
                }
                None => {
                    let read = self.stream.read_buf(self.framer.buffer());
                    let read = timeout_at(until, read)
                        .await
                        .map_err(|_| Error::new(ErrorKind::Timeout, "the server did not answer in time"))?;
                    if read.map_err(broken)? == 0 {
                        return Err(fault("the server closed it"));
                    }
                }
            }
        }
    }

    /// Returns the next answer to a search.
    pub(super) async fn answer(&mut self, id: i32, until: Instant) -> Result<Answer> {
        let waited = self.wait(id, until).await;
        self.note(waited)?;
        let answer = self.take();
        self.note(answer)
    }

    fn take(&mut self) -> Result<Answer> {
        let Some(frame) = self.framer.next_reply()? else {
            return Err(Error::new(ErrorKind::Protocol, "a message vanished"));
        };
        Ok(match frame.reply() {
            Reply::Entry => Answer::Entry(frame.entry(&mut self.names)?),
            Reply::Reference => Answer::Reference,
            Reply::Done => {
                self.open = None;
                Answer::Done {
                    outcome: frame.outcome()?,
                    next_page: frame.next_page()?,
                }
            }
            Reply::Bind | Reply::Extended => return Err(out_of_place()),
        })
    }

    /// Returns the answer to a bind.
    pub(super) async fn bound(&mut self, id: i32, until: Instant) -> Result<Outcome> {
        let waited = self.wait(id, until).await;
        self.note(waited)?;
        let outcome = match self.framer.next_reply() {
            Ok(Some(frame)) if frame.reply() == Reply::Bind => frame.outcome(),
            Ok(_) => Err(out_of_place()),
            Err(error) => Err(error),
        };
        self.open = None;
        self.note(outcome)
    }

    /// Marks the connection as unusable after an error other than a time-out.
    fn note<T>(&mut self, result: Result<T>) -> Result<T> {
        if let Err(error) = &result {
            self.broken |= error.kind() != ErrorKind::Timeout;
        }
        result
    }

    /// Signs off.
    pub(super) async fn close(mut self) {
        let until = Instant::now() + Duration::from_secs(2);
        let _ = timeout_at(until, self.send(&request::unbind, None)).await;
        let _ = timeout_at(until, self.stream.shutdown()).await;
    }
}

fn fault(what: &str) -> Error {
    Error::new(ErrorKind::Connect, format!("the connection broke: {what}"))
}

fn broken(e: std::io::Error) -> Error {
    fault(&e.to_string()).with_source(e)
}

fn out_of_place() -> Error {
    Error::new(
        ErrorKind::Protocol,
        "the server sent an answer of another kind than was asked for",
    )
}
