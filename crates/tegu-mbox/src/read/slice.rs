//! Reading from memory.

use memchr::memmem;

use super::Options;
use super::message::{Message, Meta};
use super::scan::{Before, End, Scan, Verdict, before, finder, judge};
use super::sniff::{leading, looks_like};
use crate::{Error, ErrorKind, Result};

/// An iterator over the messages of an mbox in memory; nothing is copied.
///
/// After an error of kind [`TooLarge`](ErrorKind::TooLarge) the next message follows; after
/// [`NotMbox`](ErrorKind::NotMbox), nothing. An empty file, or one of blank lines, holds no message.
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
    /// Reads `data`, a whole file.
    pub fn new(data: &'a [u8], options: Options) -> Self {
        Self {
            data,
            options,
            finder: finder(),
            state: State::Start,
        }
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
            let at = from + hit + 1;
            if let Verdict::Separator(head) = judge(data, at, true, before(data, at), false) {
                return Ok(State::At {
                    start: skip + at,
                    head,
                    first: Some(at as u64),
                });
            }
            from = at;
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
                stated: None,
            });
        self.state = match judge(rest, end.next, true, Before::Blank, self.options.strict) {
            // The scan found it to be one; only its length is asked for.
            _ if end.next >= rest.len() => State::Done,
            Verdict::Separator(head) => State::At {
                start: start + end.next,
                head,
                first: None,
            },
            Verdict::Ambiguous | Verdict::Text => State::Done,
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
    Error::new(
        ErrorKind::NotMbox,
        "read an mbox",
        format!("the file looks like {}", looks_like(start)),
    )
}

pub(super) fn too_large(offset: u64, options: &Options) -> Error {
    Error::new(
        ErrorKind::TooLarge,
        format!("read the message at byte {offset}"),
        format!("it is longer than max_message ({} bytes)", options.max_message),
    )
}
