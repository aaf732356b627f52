//! Reading from a `Read`.

use std::io::{Read, Seek, SeekFrom, Write};

use memchr::memmem;

use super::buffer::{Buffer, STEP};
use super::message::{Ending, Message, Meta, OwnedMessage, Summary, blank_line, is_internal_data};
use super::options::Options;
use super::pieces::Pieces;
use super::scan::{Before, End, LOOKAHEAD, Scan, Verdict, before, finder, judge};
use super::slice::{no_message_at, not_mbox, too_large};
use super::sniff::leading;
use crate::{Envelope, Error, ErrorKind, Result};

/// A message that is longer is passed on in pieces.
const PIECE: usize = 8 * STEP;

/// Reads messages from a reader, one at a time.
///
/// [`next_message`](Self::next_message) returns a message that borrows the buffer, which grows up to
/// [`Options::max_message`] plus about 200 kB. [`next_into`](Self::next_into) writes a message of any size in pieces,
/// and [`skip_message`](Self::skip_message) only finds its end. These two hold a few megabytes at most, or the whole
/// message where a `Content-Length` must be verified. Calls of all three may be mixed.
///
/// A stream is also an iterator over messages that own their octets, at the price of one copy each.
///
/// The reader is asked for 128 KiB at a time and needs no buffer of its own. Errors are as for
/// [`Slice`](super::Slice). After an I/O error that [is retryable](Error::is_retryable), repeat the same call.
///
/// ```
/// use tegu_mbox::read::{Options, Stream};
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\ntext\n\n";
/// let mut stream = Stream::new(&file[..], Options::default());
/// while let Some(message) = stream.next_message()? {
///     assert_eq!(message.content().as_ref(), b"Subject: s\n\ntext\n");
/// }
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Debug)]
pub struct Stream<R> {
    reader: R,
    options: Options,
    finder: memmem::Finder<'static>,
    buffer: Buffer,
    /// How much of the buffer the message takes that was given out last.
    lent: usize,
    state: State,
}

#[derive(Debug)]
enum State {
    /// Before what may be skipped at the beginning; `mark` says that a byte order mark is still possible.
    Leading {
        mark: bool,
    },
    /// At the first byte that matters.
    First,
    /// Where an earlier reading said that a message starts.
    Resumed,
    /// Searching the first `From_` line behind a preamble; its beginning tells what the file looks like.
    Preamble {
        opening: Vec<u8>,
        skipped: u64,
        from: usize,
    },
    /// Searching the end of the message that began at `start`.
    Within(Within),
    Done,
}

#[derive(Debug)]
struct Within {
    scan: Scan,
    start: u64,
    first: Option<u64>,
}

/// What a look at the buffer led to.
enum Step {
    /// The state changed; look again.
    Again,
    /// The decision needs more bytes.
    More,
    /// A message begins.
    Message,
    Failed(Error),
    End,
}

/// Whether a message is kept in the buffer while its end is searched.
enum Keep {
    /// All of it, up to this many bytes.
    All(u64),
    Nothing,
}

/// Messages that own their octets. The iterator ends after an I/O error that is not [retryable](Error::is_retryable); after a
/// message over the limit it goes on with the next one.
///
/// ```
/// use tegu_mbox::read::{Options, Stream};
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\ntext\n\n";
/// let messages = Stream::new(&file[..], Options::default()).collect::<Result<Vec<_>, _>>()?;
/// assert_eq!(messages[0].content().as_ref(), b"Subject: s\n\ntext\n");
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
impl<R: Read> Iterator for Stream<R> {
    type Item = Result<OwnedMessage>;

    fn next(&mut self) -> Option<Self::Item> {
        let next = self.next_message().map(|next| next.map(Message::into_owned));
        if let Err(error) = &next
            && error.kind() == ErrorKind::Io
            && !error.is_retryable()
        {
            self.state = State::Done;
        }
        next.transpose()
    }
}

impl<R: Read> Stream<R> {
    /// Reads from `reader`, which is at the start of a file.
    pub fn new(reader: R, options: Options) -> Self {
        let state = if options.strict {
            State::First
        } else {
            State::Leading { mark: true }
        };
        Self {
            reader,
            options,
            finder: finder(),
            buffer: Buffer::default(),
            lent: 0,
            state,
        }
    }

    /// Resumes at `offset`, the position of `reader`. The offset is where a message [starts](Message::offset) or
    /// [ends](Message::end) in an earlier reading; the same messages follow as in that reading.
    ///
    /// The first call fails with [`Malformed`](crate::ErrorKind::Malformed) if no message starts there, which means
    /// that the file has changed.
    pub fn resume(reader: R, offset: u64, options: Options) -> Self {
        Self {
            buffer: Buffer::at(offset),
            state: State::Resumed,
            ..Self::new(reader, options)
        }
    }

    /// The next message, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the reader fails, [`Limit`](crate::ErrorKind::Limit) for a message over the
    /// limit (the next call continues after it), [`Malformed`](crate::ErrorKind::Malformed) if the whole file has no
    /// message.
    pub fn next_message(&mut self) -> Result<Option<Message<'_>>> {
        let Some(within) = self.enter()? else {
            return Ok(None);
        };
        let (within, end) = self.find_end(within, &Keep::All(self.options.max_message))?;
        let bytes = self.buffer.pending().get(..end.next).unwrap_or_default();
        if within.scan.dropped > 0 || bytes.len() as u64 > self.options.max_message {
            return Err(too_large(within.start, &self.options));
        }
        let meta = Meta::new(
            within.start,
            within.first,
            &within.scan,
            &end,
            bytes,
            &self.options,
        );
        Ok(Some(Message::new(bytes, meta)))
    }

    /// Writes the [content](Message::content) of the next message to `out`, in pieces if it is long, and returns its
    /// summary; `None` at the end.
    ///
    /// [`Options::max_message`] does not limit the message. It still limits a `Content-Length`, because the message must
    /// be in memory to verify it.
    ///
    /// ```
    /// use tegu_mbox::read::{Options, Stream};
    ///
    /// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>From me\n\n";
    /// let mut stream = Stream::new(&file[..], Options::default());
    /// let mut content = Vec::new();
    /// let summary = stream.next_into(&mut content)?.unwrap();
    /// assert_eq!(summary.envelope.sender(), "a@b");
    /// assert_eq!(content, b"Subject: s\n\nFrom me\n");
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As [`next_message`](Self::next_message), except for the limit; and [`Io`](crate::ErrorKind::Io) if `out` fails,
    /// with part of the message written. The next call returns the next message.
    pub fn next_into(&mut self, out: &mut impl Write) -> Result<Option<Summary>> {
        let Some(mut within) = self.enter()? else {
            return Ok(None);
        };
        if within.scan.dropped > 0 {
            // An error of the reader broke into this message, and its beginning is gone.
            let (within, _) = self.find_end(within, &Keep::Nothing)?;
            return Err(too_large(within.start, &self.options));
        }
        loop {
            let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
            if let Some(end) = within.scan.advance(pending, eof, &self.finder, &self.options) {
                self.follow(&end);
                let bytes = self.buffer.pending().get(..end.next).unwrap_or_default();
                let meta = Meta::new(
                    within.start,
                    within.first,
                    &within.scan,
                    &end,
                    bytes,
                    &self.options,
                );
                let message = Message::new(bytes, meta);
                let length = message
                    .write_content(out)
                    .map_err(|error| unpassed(within.start, error))?;
                return Ok(Some(Summary::of(&message, length)));
            }
            if within.scan.settled() > PIECE {
                return self.pass_long(within, out).map(Some);
            }
            if let Err(error) = self.buffer.fill(&mut self.reader) {
                self.state = State::Within(within);
                return Err(error);
            }
        }
    }

    /// Skips the next message and returns its byte range; `None` at the end of the file.
    ///
    /// # Errors
    ///
    /// As [`next_message`](Self::next_message), except for the limit.
    pub fn skip_message(&mut self) -> Result<Option<std::ops::Range<u64>>> {
        let Some(within) = self.enter()? else {
            return Ok(None);
        };
        let (within, end) = self.find_end(within, &Keep::Nothing)?;
        let next = self.buffer.offset + end.next as u64;
        Ok(Some(within.start..next))
    }

    /// Takes the state out of which the next message is read; `None` at the end of the file.
    fn enter(&mut self) -> Result<Option<Within>> {
        self.buffer.discard(std::mem::take(&mut self.lent));
        loop {
            match self.step() {
                Step::Again => {}
                Step::More => self.buffer.fill(&mut self.reader)?,
                Step::Message => {
                    if let State::Within(within) = std::mem::replace(&mut self.state, State::Done) {
                        return Ok(Some(within));
                    }
                }
                Step::Failed(error) => return Err(error),
                Step::End => return Ok(None),
            }
        }
    }

    /// Finds the end of a message and goes behind it. After an error of the reader the same call can be made again.
    fn find_end(&mut self, mut within: Within, keep: &Keep) -> Result<(Within, End)> {
        loop {
            let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
            if let Some(end) = within.scan.advance(pending, eof, &self.finder, &self.options) {
                self.follow(&end);
                return Ok((within, end));
            }
            let settled = within.scan.settled();
            let drop = match keep {
                Keep::All(limit) => settled as u64 > *limit || within.scan.dropped > 0,
                Keep::Nothing => true,
            };
            if drop {
                within.scan.drop_front(settled);
                self.buffer.discard(settled);
            }
            if let Err(error) = self.buffer.fill(&mut self.reader) {
                self.state = State::Within(within);
                return Err(error);
            }
        }
    }

    /// Passes on a message whose beginning is in the buffer and whose end may not be.
    fn pass_long(&mut self, mut within: Within, out: &mut impl Write) -> Result<Summary> {
        let pending = self.buffer.pending();
        let head = within.scan.head;
        let from_line = pending.get(..head).unwrap_or_default();
        let envelope = Envelope::parse(from_line).unwrap_or_default();
        let kept = from_line.to_vec();
        let internal = within.first.is_some() && is_internal_data(pending.get(head..).unwrap_or_default());
        let nothing = End {
            next: head,
            head: None,
            stated: None,
        };
        let mut meta = Meta::new(
            within.start,
            within.first,
            &within.scan,
            &nothing,
            from_line,
            &self.options,
        );
        let mut pieces = Pieces::new(meta.undoes_quotes());
        let mut failed = None;
        let mut skip = head;
        loop {
            let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
            let end = within.scan.advance(pending, eof, &self.finder, &self.options);
            let upto = match &end {
                Some(end) => {
                    let raw = pending.get(..end.next).unwrap_or_default();
                    end.next - blank_line(raw)
                }
                None => within.scan.settled(),
            };
            let text = pending.get(skip..upto).unwrap_or_default();
            if failed.is_none() {
                failed = pieces.feed(text, out).err();
            }
            if let Some(end) = end {
                if failed.is_none() {
                    failed = pieces.finish(out).err();
                }
                let ending = Ending {
                    end: self.buffer.offset + end.next as u64,
                    blank: upto < end.next,
                    last: upto.checked_sub(1).and_then(|last| pending.get(last)).copied(),
                };
                self.follow(&end);
                if let Some(error) = failed {
                    return Err(unpassed(within.start, error));
                }
                meta.take_notes(&within.scan, pieces.quoted.map(|at| at + head as u64));
                return Ok(Summary {
                    offset: within.start,
                    end: ending.end,
                    from_line: kept,
                    envelope,
                    content_length: pieces.passed,
                    findings: meta.findings(internal, &ending),
                });
            }
            skip = skip.max(upto) - upto;
            within.scan.drop_front(upto);
            self.buffer.discard(upto);
            if let Err(error) = self.buffer.fill(&mut self.reader) {
                self.state = State::Within(within);
                return Err(error);
            }
        }
    }

    /// The state behind a message: at the next one, or at the end.
    fn follow(&mut self, end: &End) {
        self.lent = end.next;
        self.state = match end.head {
            Some(head) => State::Within(Within {
                scan: Scan::new(head, &self.options),
                start: self.buffer.offset + end.next as u64,
                first: None,
            }),
            None => State::Done,
        };
    }

    fn step(&mut self) -> Step {
        match &mut self.state {
            State::Leading { .. } => self.skip_leading(),
            State::First => self.begin(),
            State::Resumed => self.go_on(),
            State::Preamble { .. } => self.skip_preamble(),
            State::Within(_) => Step::Message,
            State::Done => Step::End,
        }
    }

    fn go_on(&mut self) -> Step {
        let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
        if pending.len() <= LOOKAHEAD && !eof {
            return Step::More;
        }
        let offset = self.buffer.offset;
        match judge(pending, 0, eof, Before::FileStart, self.options.strict) {
            Verdict::Separator(head) => self.start(head, (offset == 0).then_some(0)),
            Verdict::Ambiguous | Verdict::Text => {
                let nothing = pending.is_empty();
                self.state = State::Done;
                if !nothing {
                    return Step::Failed(no_message_at(offset));
                }
            }
        }
        Step::Again
    }

    fn skip_leading(&mut self) -> Step {
        let State::Leading { mark } = &mut self.state else {
            return Step::Again;
        };
        let pending = self.buffer.pending();
        if *mark && pending.len() < 3 && !self.buffer.eof {
            return Step::More;
        }
        let blank = if *mark {
            leading(pending)
        } else {
            pending.iter().take_while(|&&b| b == b'\n' || b == b'\r').count()
        };
        *mark = false;
        let all = blank == pending.len();
        self.buffer.discard(blank);
        if !all {
            self.state = State::First;
        } else if self.buffer.eof {
            self.state = State::Done;
        } else {
            return Step::More;
        }
        Step::Again
    }

    fn begin(&mut self) -> Step {
        let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
        if pending.len() <= LOOKAHEAD && !eof {
            return Step::More;
        }
        if pending.is_empty() {
            self.state = State::Done;
            return Step::End;
        }
        match judge(pending, 0, eof, Before::FileStart, self.options.strict) {
            Verdict::Separator(head) => self.start(head, Some(0)),
            Verdict::Ambiguous | Verdict::Text if self.options.strict => {
                let error = not_mbox(pending);
                self.state = State::Done;
                return Step::Failed(error);
            }
            Verdict::Ambiguous | Verdict::Text => {
                let opening = pending
                    .get(..pending.len().min(LOOKAHEAD))
                    .unwrap_or_default()
                    .to_vec();
                self.state = State::Preamble {
                    opening,
                    skipped: 0,
                    from: 0,
                };
            }
        }
        Step::Again
    }

    fn skip_preamble(&mut self) -> Step {
        let State::Preamble {
            opening,
            skipped,
            from,
        } = &mut self.state
        else {
            return Step::Again;
        };
        let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
        while let Some(hit) = pending.get(*from..).and_then(|rest| self.finder.find(rest)) {
            let at = *from + hit;
            if pending.len() - at <= LOOKAHEAD && !eof {
                *from = at;
                break;
            }
            *from = at + 1;
            if at.checked_sub(1).and_then(|before| pending.get(before)) != Some(&b'\n') {
                continue;
            }
            if let Verdict::Separator(head) = judge(pending, at, eof, before(pending, at), false) {
                let first = *skipped + at as u64;
                self.buffer.discard(at);
                self.start(head, Some(first));
                return Step::Again;
            }
        }
        if eof {
            let error = not_mbox(opening);
            self.state = State::Done;
            return Step::Failed(error);
        }
        // What a mark could still begin in, and what is asked about the text before it, stays.
        let dropped = pending
            .len()
            .saturating_sub(LOOKAHEAD + 8)
            .max(from.saturating_sub(3))
            .min(pending.len());
        *from = from.saturating_sub(dropped);
        *skipped += dropped as u64;
        self.buffer.discard(dropped);
        Step::More
    }

    fn start(&mut self, head: usize, first: Option<u64>) {
        self.state = State::Within(Within {
            scan: Scan::new(head, &self.options),
            start: self.buffer.offset,
            first,
        });
    }
}

impl<R: Read + Seek> Stream<R> {
    /// Seeks to `offset`, then as [`resume`](Self::resume).
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) if the reader cannot seek there.
    pub fn resume_at(mut reader: R, offset: u64, options: Options) -> Result<Self> {
        reader
            .seek(SeekFrom::Start(offset))
            .map_err(|error| Error::io("seek to", format_args!("byte {offset}"), error))?;
        Ok(Self::resume(reader, offset, options))
    }
}

fn unpassed(offset: u64, error: std::io::Error) -> Error {
    Error::io("copy", format_args!("the message at byte {offset}"), error)
}

/// Counts the messages of a file, of any size, in a few megabytes of memory.
///
/// # Errors
///
/// As [`Stream::skip_message`].
pub fn count(reader: impl Read, options: Options) -> Result<u64> {
    let mut stream = Stream::new(reader, options);
    let mut count = 0;
    while stream.skip_message()?.is_some() {
        count += 1;
    }
    Ok(count)
}
