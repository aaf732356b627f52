//! Reading from a [`BufRead`].

use std::io::{self, BufRead};

use memchr::memmem;

use super::Options;
use super::message::{Meta, OwnedMessage};
use super::scan::{Before, End, LOOKAHEAD, SLACK, Scan, Verdict, before, finder, judge};
use super::slice::{not_mbox, too_large};
use super::sniff::leading;
use crate::{Error, Result};

/// How much is taken from the reader before it is looked at again, at least.
const STEP: usize = 64 * 1024;

/// Reads messages one after the other, holding little more than one in memory.
///
/// At most [`Options::max_message`] and some 70 kB are buffered. Errors are as for [`Slice`](super::Slice); after an
/// I/O error that [is retryable](Error::is_retryable) the same call may be made again.
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
    /// Searching the first `From_` line behind a preamble; its beginning tells what the file looks like.
    Preamble {
        opening: Vec<u8>,
        skipped: u64,
        from: usize,
    },
    /// Searching the end of the message that began at `start`; `whole` says that all of it is still buffered.
    Within {
        scan: Scan,
        start: u64,
        first: Option<u64>,
        whole: bool,
    },
    Done,
}

/// What a look at the buffer led to.
enum Step {
    /// The state changed; look again.
    Again,
    /// The decision needs more bytes.
    More,
    Message(OwnedMessage),
    Failed(Error),
    End,
}

/// Bytes that were read and not yet given out.
#[derive(Debug, Default)]
struct Buffer {
    bytes: Vec<u8>,
    start: usize,
    /// Where `start` stands in the file.
    offset: u64,
    eof: bool,
}

impl Buffer {
    fn pending(&self) -> &[u8] {
        self.bytes.get(self.start..).unwrap_or_default()
    }

    fn discard(&mut self, count: usize) {
        self.start += count;
        self.offset += count as u64;
        // Moving the rest only when it is the smaller part keeps the cost linear.
        if self.start >= self.bytes.len() - self.start {
            self.bytes.drain(..self.start);
            self.start = 0;
            // One large message must not hold its memory for the rest of the file.
            if self.bytes.len() < STEP && self.bytes.capacity() > 16 * STEP {
                self.bytes.shrink_to(4 * STEP);
            }
        }
    }

    fn fill(&mut self, reader: &mut impl BufRead) -> Result<()> {
        let mut added = 0;
        while added < STEP && !self.eof {
            match reader.fill_buf() {
                Ok([]) => self.eof = true,
                Ok(chunk) => {
                    // The reader's own buffer may be larger than what this one should hold.
                    let length = chunk.len().min(STEP);
                    self.bytes
                        .extend_from_slice(chunk.get(..length).unwrap_or_default());
                    reader.consume(length);
                    added += length;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    let at = self.offset + self.pending().len() as u64;
                    return Err(Error::io(format!("read an mbox at byte {at}"), error));
                }
            }
        }
        Ok(())
    }
}

impl<R: BufRead> Stream<R> {
    /// Reads `reader`, which stands at the start of a file.
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
            state,
        }
    }

    /// The next message, or `None` at the end.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io) when the reader fails, [`TooLarge`](crate::ErrorKind::TooLarge) for a message
    /// beyond the limit (the call after it goes on behind it), [`NotMbox`](crate::ErrorKind::NotMbox) when the whole
    /// file holds no message.
    pub fn next_message(&mut self) -> Result<Option<OwnedMessage>> {
        loop {
            match self.step() {
                Step::Again => {}
                Step::More => self.buffer.fill(&mut self.reader)?,
                Step::Message(message) => return Ok(Some(message)),
                Step::Failed(error) => return Err(error),
                Step::End => return Ok(None),
            }
        }
    }

    fn step(&mut self) -> Step {
        match &mut self.state {
            State::Leading { .. } => self.skip_leading(),
            State::First => self.begin(),
            State::Preamble { .. } => self.skip_preamble(),
            State::Within { .. } => self.search_end(),
            State::Done => Step::End,
        }
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
            Verdict::Separator(head) => self.enter(head, Some(0)),
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
            let at = *from + hit + 1;
            if pending.len() - at <= LOOKAHEAD && !eof {
                break;
            }
            if let Verdict::Separator(head) = judge(pending, at, eof, before(pending, at), false) {
                let first = *skipped + at as u64;
                self.buffer.discard(at);
                self.enter(head, Some(first));
                return Step::Again;
            }
            *from = at;
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

    fn search_end(&mut self) -> Step {
        let State::Within {
            scan,
            start,
            first,
            whole,
        } = &mut self.state
        else {
            return Step::Again;
        };
        let (pending, eof) = (self.buffer.pending(), self.buffer.eof);
        let end = scan.advance(pending, eof, &self.finder, &self.options);
        let Some(end) = end.or(eof.then_some(End {
            next: pending.len(),
            stated: None,
        })) else {
            let room = self.options.max_message.saturating_add(SLACK as u64);
            if !*whole || pending.len() as u64 > room {
                *whole = false;
                let dropped = scan.forget();
                self.buffer.discard(dropped);
            }
            return Step::More;
        };
        let length = self.buffer.offset + end.next as u64 - *start;
        let step = if length > self.options.max_message || !*whole {
            Step::Failed(too_large(*start, &self.options))
        } else {
            let bytes = pending.get(..end.next).unwrap_or_default();
            let meta = Meta::new(*start, *first, scan, &end, bytes, &self.options);
            Step::Message(OwnedMessage::new(bytes.to_vec(), meta))
        };
        let next = judge(pending, end.next, eof, Before::Blank, self.options.strict);
        self.buffer.discard(end.next);
        match next {
            Verdict::Separator(head) if !self.buffer.pending().is_empty() => self.enter(head, None),
            _ => self.state = State::Done,
        }
        step
    }

    fn enter(&mut self, head: usize, first: Option<u64>) {
        let scan = Scan::new(head, &self.options);
        self.state = State::Within {
            scan,
            start: self.buffer.offset,
            first,
            whole: true,
        };
    }
}
