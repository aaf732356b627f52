//! One connection: octets out and responses in, at the same time.

use std::collections::VecDeque;
use std::fmt::Display;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use bytes::{Buf, Bytes};
use tegu_net::{Endpoint, Stream};
use tokio::io::{AsyncRead as _, AsyncWrite as _, ReadBuf};
use tracing::{Instrument as _, Span};

use super::SessionOptions;
use super::deflate::Deflated;
use super::patience::{Patience, is_progress};
use crate::quirks::{Refusal, refusal};
use crate::wire::{Command, Condition, Decoder, FetchItem, LiteralMode, Piece, Response, Status, Step};
use crate::{Blame, Error, ErrorKind, Result};

/// An operation and its subject, for errors.
pub(super) type Doing<'a> = (&'static str, &'a str);

/// The tag of a command that was sent.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) struct Tag(u64);

impl Display for Tag {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "T{}", self.0)
    }
}

impl Tag {
    fn is(self, text: &str) -> bool {
        text.strip_prefix('T')
            .is_some_and(|number| number.parse() == Ok(self.0))
    }
}

pub(super) struct Connection {
    stream: Stream,
    decoder: Decoder,
    out: VecDeque<Bytes>,
    /// Written since the last flush: TLS holds data back until told.
    unflushed: bool,
    next_tag: u64,
    /// Commands whose end has not been seen, oldest first, each with the span of what is logged about it.
    open: VecDeque<(Tag, Span)>,
    patience: Patience,
    /// The memory that answers to the command may take.
    budget: u64,
    /// Names the server in errors.
    peer: String,
    /// Whose server it is.
    pub(super) blame: Blame,
    /// Set once the stream is of no use any more.
    broken: bool,
    /// Set while a command waits for leave to send its literal: dropped there, it can never be finished.
    half_sent: bool,
    /// Why the server is about to hang up.
    bye: Option<Status>,
    pub(super) literals: LiteralMode,
}

impl std::fmt::Debug for Connection {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        // What is queued may hold a password.
        f.debug_struct("Connection")
            .field("peer", &self.peer)
            .field("open", &self.open.len())
            .finish_non_exhaustive()
    }
}

impl Connection {
    pub(super) fn new(stream: Stream, endpoint: &Endpoint, options: &SessionOptions) -> Self {
        Self {
            stream,
            decoder: Decoder::new(options.limits.clone()),
            out: VecDeque::new(),
            unflushed: false,
            next_tag: 1,
            open: VecDeque::new(),
            patience: Patience::new(endpoint.idle_timeout(), options),
            budget: options.limits.held,
            peer: endpoint.to_string(),
            blame: Blame::Peer,
            broken: false,
            half_sent: false,
            bye: None,
            literals: LiteralMode::Synchronising,
        }
    }

    /// Begins TLS after the server's OK to STARTTLS.
    pub(super) async fn start_tls(self, endpoint: &Endpoint, options: &SessionOptions) -> Result<Self> {
        // What came after the OK was not protected, and would be read as if it were.
        if self.decoder.buffered() > 0 {
            let message = "the server sent more in clear text after STARTTLS";
            return Err(self.error(ErrorKind::Protocol, message).doing("set up TLS", ""));
        }
        let stream = endpoint.start_tls(self.stream).await?;
        Ok(Self::new(stream, endpoint, options))
    }

    /// Compresses both directions from here on, after the server's OK to COMPRESS. What came behind it is compressed.
    pub(super) fn compressed(mut self) -> Self {
        let arrived = self.decoder.spare().split().freeze();
        self.stream = Stream::new(Deflated::new(self.stream, arrived));
        self
    }

    pub(super) fn peer(&self) -> &str {
        &self.peer
    }

    /// Makes the connection useless, so that the server forgets the command that is half sent.
    pub(super) fn abandon(&mut self) {
        self.broken = true;
    }

    /// Lets the server take no longer than this for a command.
    pub(super) fn shorten_wait(&mut self, command: Duration) {
        self.patience.shorten(command);
    }

    /// The tag of a command that is sent now. Of its words only the first are logged: others may be secret.
    fn open_command(&mut self, verb: &'static str) -> Tag {
        let tag = Tag(self.next_tag);
        self.next_tag += 1;
        if self.open.is_empty() {
            self.patience.next_command();
        }
        let span = tracing::debug_span!("command", verb, peer = %self.peer, tag = %tag);
        self.open.push_back((tag, span));
        tag
    }

    fn close_command(&mut self, status: &Status) {
        if let Some((_, span)) = self.open.pop_front() {
            tracing::trace!(parent: &span, condition = ?status.condition, "answered");
        }
        self.patience.next_command();
    }

    /// Begins a command that is sent in pieces, up to [`end_pieces`](Self::end_pieces). Given up before that, the
    /// connection is of no use any more.
    pub(super) fn begin_pieces(&mut self, verb: &'static str) -> Tag {
        let tag = self.open_command(verb);
        self.half_sent = true;
        tag
    }

    /// The command that was sent in pieces is complete, or was refused before it was.
    pub(super) fn end_pieces(&mut self) {
        self.half_sent = false;
    }

    /// Queues octets of a command that is sent in pieces.
    pub(super) fn enqueue(&mut self, bytes: Bytes) {
        if !bytes.is_empty() {
            self.out.push_back(bytes);
        }
    }

    /// Queues raw octets, for SASL.
    pub(super) fn enqueue_line(&mut self, line: &str) {
        self.enqueue(Bytes::from(format!("{line}\r\n")));
    }

    /// Queues a command that needs no waiting. Nothing is written before the next response is awaited.
    pub(super) fn enqueue_command(&mut self, command: Command, literals: LiteralMode) -> Tag {
        let tag = self.open_command(command.verb());
        for step in command.steps(&tag.to_string(), literals) {
            if let Step::Send(bytes) = step {
                self.enqueue(bytes);
            }
        }
        tag
    }

    /// Sends a command, literals in whatever way the server takes them, and hands every other response that comes
    /// before its end to `each`. What `each` may keep of them is bounded by `Limits::held`.
    pub(super) async fn run(
        &mut self,
        command: Command,
        mut each: impl FnMut(Response) -> Result<()> + Send,
    ) -> Result<Status> {
        self.exchange(command, &mut each).await
    }

    /// [`run`](Self::run), compiled once and not for each of its callers.
    async fn exchange(
        &mut self,
        command: Command,
        each: &mut (dyn FnMut(Response) -> Result<()> + Send),
    ) -> Result<Status> {
        self.settle().await?;
        let (budget, mut held) = (self.budget, 0_u64);
        let mut too_much = Some(self.error(
            ErrorKind::Limit,
            format!("an answer takes more than {budget} octets of memory"),
        ));
        let mut each = |response: Response| {
            held = held.saturating_add(response.held() as u64);
            match too_much.take_if(|_| held > budget) {
                Some(error) => Err(error),
                None => each(response),
            }
        };
        let tag = self.open_command(command.verb());
        self.half_sent = true;
        for step in command.steps(&tag.to_string(), self.literals) {
            match step {
                Step::Send(bytes) => self.enqueue(bytes),
                Step::Wait => loop {
                    match self.next_event(tag).await? {
                        Event::Other(Response::Continue(_)) => break,
                        Event::Other(response) => each(response).inspect_err(|_| self.broken = true)?,
                        Event::Begin(..) | Event::Octets(_) => {}
                        // Refused before the literal was sent: nothing of it may follow.
                        Event::End(status) => {
                            self.half_sent = false;
                            return Ok(status);
                        }
                    }
                },
            }
        }
        self.half_sent = false;
        loop {
            match self.next_event(tag).await? {
                // Whoever gives up on an answer half-way has had too much of it already.
                Event::Other(response) => each(response).inspect_err(|_| self.broken = true)?,
                Event::Begin(..) | Event::Octets(_) => {}
                Event::End(status) => return Ok(status),
            }
        }
    }

    /// Waits for the end of commands that a caller gave up on.
    pub(super) async fn settle(&mut self) -> Result<()> {
        self.broken |= self.half_sent;
        while let Some(tag) = self.oldest() {
            self.next_event(tag).await?;
        }
        Ok(())
    }

    /// The oldest command whose end has not been seen.
    fn oldest(&self) -> Option<Tag> {
        self.open.front().map(|(tag, _)| *tag)
    }

    /// What comes next, told apart by whether it ends the oldest open command, which must be `tag`.
    pub(super) async fn next_event(&mut self, tag: Tag) -> Result<Event> {
        let span = self.open.front().map(|(_, span)| span.clone());
        self.event(tag).instrument(span.unwrap_or_else(Span::none)).await
    }

    async fn event(&mut self, tag: Tag) -> Result<Event> {
        let response = match self.next_piece().await? {
            Piece::Response(response) => response,
            Piece::Begin(item, octets) => return Ok(Event::Begin(item, octets)),
            Piece::Octets(octets) => return Ok(Event::Octets(octets)),
        };
        match response {
            Response::Tagged(text, status) => {
                // Servers may answer pipelined commands only in order where the order shows; all known ones do so
                // always, and an unknown tag means that the two sides have lost each other.
                if self.oldest() != Some(tag) || !tag.is(&text) {
                    self.broken = true;
                    let message = "an answer to a command never sent";
                    return Err(self.error(ErrorKind::Protocol, message));
                }
                self.close_command(&status);
                Ok(Event::End(status))
            }
            response => Ok(Event::Other(response)),
        }
    }

    /// Hands out messages of more than so many octets as they come, from the next one on.
    pub(super) fn stream_above(&mut self, octets: Option<u64>) {
        self.decoder.stream_above(octets);
    }

    /// The next response or part of a message that can be read; meanwhile what is queued is written.
    async fn next_piece(&mut self) -> Result<Piece> {
        loop {
            match self.next_of_any_kind().await? {
                Piece::Response(Response::Unknown(raw)) => {
                    let head = raw.get(..raw.len().min(80)).unwrap_or_default();
                    tracing::debug!(peer = %self.peer, head = %head.escape_ascii(), "unknown response skipped");
                }
                piece => return Ok(piece),
            }
        }
    }

    /// The next response or part of a message, unknown ones too.
    pub(super) async fn next_of_any_kind(&mut self) -> Result<Piece> {
        self.check_usable()?;
        loop {
            match self.decoder.next_piece() {
                Ok(Some(piece)) => {
                    if let Piece::Response(Response::Untagged(status)) = &piece
                        && status.condition == Condition::Bye
                    {
                        self.bye = Some(status.clone());
                    }
                    if is_progress(&piece) {
                        self.patience.progress();
                    }
                    return Ok(piece);
                }
                // Written octets show life as well: the time starts again.
                Ok(None) => while self.step().await? == Progress::Written {},
                Err(error) => {
                    self.broken = true;
                    return Err(self.named(error));
                }
            }
        }
    }

    /// The end of the oldest command, if it came before the connection broke.
    pub(super) fn received_end(&mut self, tag: Tag) -> Option<Status> {
        loop {
            match self.decoder.next_piece().ok()?? {
                Piece::Response(Response::Tagged(text, status)) if tag.is(&text) => {
                    self.close_command(&status);
                    return Some(status);
                }
                Piece::Response(Response::Tagged(..)) => return None,
                _ => {}
            }
        }
    }

    fn check_usable(&self) -> Result<()> {
        if self.broken {
            let message = "the connection cannot be used after an earlier error";
            return Err(self.error(ErrorKind::Connect, message));
        }
        Ok(())
    }

    /// How many queued octets have not been taken by the network yet.
    fn queued(&self) -> usize {
        self.out.iter().map(Bytes::len).sum()
    }

    /// Writes until no more than so many octets are queued. What comes in meanwhile is kept.
    pub(super) async fn write_down_to(&mut self, octets: usize) -> Result<()> {
        self.check_usable()?;
        while self.queued() > octets {
            self.step().await?;
            if self.decoder.buffered() > UNASKED {
                self.broken = true;
                let message = format!("the server sends more than {UNASKED} octets without being asked");
                return Err(self.error(ErrorKind::Protocol, message));
            }
        }
        Ok(())
    }

    /// Moves octets in both directions until some have moved. Reading while writing is what keeps two full socket
    /// buffers from waiting for each other.
    async fn step(&mut self) -> Result<Progress> {
        self.patience.count();
        let (left, overdue) = self.patience.left();
        let step = std::future::poll_fn(|context| self.poll_step(context));
        // A time-out of nothing would still let in what is there already.
        let step = async {
            if left.is_zero() {
                return Err(());
            }
            tokio::time::timeout(left, step).await.map_err(|_| ())
        };
        let error = match step.await {
            Ok(Ok(Progress::End)) => self.hung_up(),
            Ok(Ok(progress)) => {
                self.patience.count();
                if progress == Progress::Written || self.decoder.is_in_literal() {
                    self.patience.progress();
                }
                return Ok(progress);
            }
            Ok(Err(_)) if self.bye.is_some() => self.hung_up(),
            Ok(Err(error)) => self.error(ErrorKind::Connect, &error).with_source(error),
            Err(()) => self.error(ErrorKind::Timeout, self.patience.message(overdue)),
        };
        self.broken = true;
        Err(error)
    }

    fn poll_step(&mut self, context: &mut Context<'_>) -> Poll<std::io::Result<Progress>> {
        let buffer = self.decoder.spare();
        let length = buffer.len();
        // A bounded piece of zeroed memory keeps this free of unsafe code.
        buffer.resize(length + READ, 0);
        let mut piece = ReadBuf::new(buffer.get_mut(length..).unwrap_or_default());
        let read = Pin::new(&mut self.stream).poll_read(context, &mut piece);
        let filled = piece.filled().len();
        buffer.truncate(length + filled);
        match read {
            Poll::Ready(Ok(())) if filled == 0 => return Poll::Ready(Ok(Progress::End)),
            Poll::Ready(Ok(())) => return Poll::Ready(Ok(Progress::Read)),
            Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
            Poll::Pending => {}
        }
        let mut written = false;
        while let Some(front) = self.out.front_mut() {
            match Pin::new(&mut self.stream).poll_write(context, front) {
                Poll::Ready(Ok(0)) => return Poll::Ready(Err(std::io::ErrorKind::WriteZero.into())),
                Poll::Ready(Ok(count)) => {
                    front.advance(count);
                    if front.is_empty() {
                        self.out.pop_front();
                    }
                    (written, self.unflushed) = (true, true);
                }
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => break,
            }
        }
        if self.unflushed {
            match Pin::new(&mut self.stream).poll_flush(context) {
                Poll::Ready(Ok(())) => self.unflushed = false,
                Poll::Ready(Err(error)) => return Poll::Ready(Err(error)),
                Poll::Pending => {}
            }
        }
        if written {
            Poll::Ready(Ok(Progress::Written))
        } else {
            Poll::Pending
        }
    }

    /// The error that the end of the connection is, for the reason that the server gave.
    pub(super) fn hung_up(&self) -> Error {
        match &self.bye {
            Some(bye) => match refusal(bye) {
                Refusal::Permanent | Refusal::NotFound => {
                    let message = format!("the server said goodbye: {}", bye.text);
                    self.error(ErrorKind::Connect, message)
                }
                _ => self.refused(("stay connected", ""), bye),
            },
            None => self.error(ErrorKind::Connect, "the server hung up"),
        }
    }

    /// The error that a refusal of a command is.
    pub(super) fn refused(&self, (operation, subject): Doing<'_>, status: &Status) -> Error {
        let (kind, wait) = match refusal(status) {
            Refusal::Authentication => (ErrorKind::Authentication, None),
            Refusal::NotFound => (ErrorKind::NotFound, None),
            Refusal::Throttled(wait) => (ErrorKind::Throttled, wait),
            Refusal::Transient | Refusal::Permanent => (ErrorKind::Refused, None),
        };
        let transient = matches!(refusal(status), Refusal::Transient | Refusal::Throttled(_));
        let code = status
            .code
            .as_ref()
            .map(|code| format!("[{}] ", code.name()))
            .unwrap_or_default();
        self.error(kind, format!("{code}{}", status.text))
            .doing(operation, subject)
            .after(wait)
            .retryable(transient)
    }

    /// An error in the conversation with this server.
    pub(super) fn error(&self, kind: ErrorKind, message: impl Display) -> Error {
        self.named(Error::new(kind, message))
    }

    /// Names the server, and whose it is.
    fn named(&self, error: Error) -> Error {
        let error = error.context(&self.peer);
        match self.blame {
            Blame::Source => error.at_source(),
            Blame::Target => error.at_target(),
            _ => error,
        }
    }
}

/// How much to read at once.
const READ: usize = 32 << 10;

/// The most octets that may come in while a message is being sent: a handful of answers.
const UNASKED: usize = 4 << 20;

#[derive(Clone, Copy, Eq, PartialEq)]
enum Progress {
    Read,
    Written,
    End,
}

/// What came next.
#[derive(Debug)]
pub(super) enum Event {
    /// The oldest command is through.
    End(Status),
    /// A message of so many octets begins, told piece by piece.
    Begin(Box<FetchItem>, u64),
    /// The next octets of that message.
    Octets(Bytes),
    /// Any other response.
    Other(Response),
}
