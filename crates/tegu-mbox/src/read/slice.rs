//! Reading from memory.

use memchr::memmem;

use super::message::{Message, Meta};
use super::options::Options;
use super::scan::{Before, End, Scan, Verdict, before, finder, judge};
use super::sniff::{leading, looks_like};
use crate::{Error, ErrorKind, Result};

/// An iterator over the messages of an mbox in memory, without copying.
///
/// After an error of kind [`Limit`](ErrorKind::Limit) iteration continues with the next message; after
/// [`Malformed`](ErrorKind::Malformed) it ends. An empty file, or one of blank lines, has no messages.
///
/// ```
/// use tegu_mbox::read::{Options, Slice};
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>From me\n\n";
/// let message = Slice::new(file, Options::default()).next().unwrap()?;
/// assert_eq!(message.offset(), 0);
/// assert_eq!(message.content().as_ref(), b"Subject: s\n\nFrom me\n");
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Debug)]
pub struct Slice<'a> {
    data: &'a [u8],
    options: Options,
    finder: memmem::Finder<'static>,
    state: State,
}

#[derive(Clone, Copy, Debug)]
enum State {
    Start,
    /// A `From_` line of this length starts here.
    At {
        start: usize,
        head: usize,
        first: Option<u64>,
    },
    Done,
}

impl<'a> Slice<'a> {
    /// Reads a whole file in memory.
    pub fn new(data: &'a [u8], options: Options) -> Self {
        Self {
            data,
            options,
            finder: finder(),
            state: State::Start,
        }
    }

    /// Resumes at `offset` of `data`, a whole file. The offset is where a message [starts](Message::offset) or
    /// [ends](Message::end) in an earlier reading; the same messages follow as in that reading.
    ///
    /// # Errors
    ///
    /// [`Malformed`](ErrorKind::Malformed) if no message starts there, which means that the file has changed. The
    /// end of the last message is a valid offset.
    ///
    /// # Example
    ///
    /// ```
    /// use tegu_mbox::read::{Options, Slice};
    ///
    /// let file = b"From a Mon Jan  1 00:00:00 2024\nA: 1\n\n\nFrom b Mon Jan  1 00:00:00 2024\nA: 2\n\n\n";
    /// let first = Slice::new(file, Options::default()).next().unwrap()?;
    /// let mut rest = Slice::resume(file, first.end(), Options::default())?;
    /// assert_eq!(rest.next().unwrap()?.envelope().sender(), "b");
    /// # Ok::<(), tegu_mbox::Error>(())
    /// ```
    pub fn resume(data: &'a [u8], offset: u64, options: Options) -> Result<Self> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX);
        let rest = data.get(start..).ok_or_else(|| no_message_at(offset))?;
        let state = match judge(rest, 0, true, Before::FileStart, options.strict) {
            Verdict::Separator(head) => State::At {
                start,
                head,
                first: (offset == 0).then_some(0),
            },
            _ if rest.is_empty() => State::Done,
            Verdict::Ambiguous | Verdict::Text => return Err(no_message_at(offset)),
        };
        Ok(Self {
            state,
            ..Self::new(data, options)
        })
    }

    /// Finds the first `From_` line.
    fn open(&self) -> Result<State> {
        let skip = if self.options.strict {
            0
        } else {
            leading(self.data)
        };
        let data = self.data.get(skip..).unwrap_or_default();
        if data.is_empty() {
            return Ok(State::Done);
        }
        if let Verdict::Separator(head) = judge(data, 0, true, Before::FileStart, self.options.strict) {
            return Ok(State::At {
                start: skip,
                head,
                first: Some(0),
            });
        }
        let mut from = 0;
        while let Some(hit) = data
            .get(from..)
            .filter(|_| !self.options.strict)
            .and_then(|d| self.finder.find(d))
        {
            let at = from + hit;
            from = at + 1;
            if at.checked_sub(1).and_then(|before| data.get(before)) != Some(&b'\n') {
                continue;
            }
            if let Verdict::Separator(head) = judge(data, at, true, before(data, at), false) {
                return Ok(State::At {
                    start: skip + at,
                    head,
                    first: Some(at as u64),
                });
            }
        }
        Err(not_mbox(data))
    }
}

impl<'a> Iterator for Slice<'a> {
    type Item = Result<Message<'a>>;

    fn next(&mut self) -> Option<Self::Item> {
        if let State::Start = self.state {
            match self.open() {
                Ok(state) => self.state = state,
                Err(error) => {
                    self.state = State::Done;
                    return Some(Err(error));
                }
            }
        }
        let State::At { start, head, first } = self.state else {
            return None;
        };
        let rest = self.data.get(start..)?;
        let mut scan = Scan::new(head, &self.options);
        let end = scan
            .advance(rest, true, &self.finder, &self.options)
            .unwrap_or(End {
                next: rest.len(),
                head: None,
                stated: None,
            });
        self.state = match end.head {
            Some(head) => State::At {
                start: start + end.next,
                head,
                first: None,
            },
            None => State::Done,
        };
        let bytes = rest.get(..end.next)?;
        if bytes.len() as u64 > self.options.max_message {
            return Some(Err(too_large(start as u64, &self.options)));
        }
        let meta = Meta::new(start as u64, first, &scan, &end, bytes, &self.options);
        Some(Ok(Message::new(bytes, meta)))
    }
}

pub(super) fn not_mbox(start: &[u8]) -> Error {
    let why = format!("the file looks like {}", looks_like(start));
    Error::new(ErrorKind::Malformed, why).doing("read", "an mbox")
}

pub(super) fn no_message_at(offset: u64) -> Error {
    Error::new(ErrorKind::Malformed, "no message starts there")
        .doing("resume reading", format_args!("at byte {offset}"))
}

pub(super) fn too_large(offset: u64, options: &Options) -> Error {
    let why = format!("it is longer than max_message ({} bytes)", options.max_message);
    Error::new(ErrorKind::Limit, why).doing("read", format_args!("the message at byte {offset}"))
}
