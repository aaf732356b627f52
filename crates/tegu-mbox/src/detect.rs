//! Telling the members of the mbox family apart.

use std::io::Read;

use memchr::{memchr, memrchr};

use crate::quote::from_lines;
use crate::read::{Message, Options, Slice, Stream};
use crate::variant::Variant;
use crate::{ErrorKind, Result};

/// What [`detect`] makes of a file.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Detected {
    /// The likeliest variant.
    pub variant: Variant,
    /// Where another variant would explain the same bytes and read differently: the first place of each kind.
    pub doubts: Vec<Doubt>,
}

/// Why a [`Detected`] variant is not certain. Offsets count bytes from the start of the file.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Doubt {
    /// A `>From ` line: mboxrd takes the `>` away, in mboxo it may have been there before.
    QuotedOnce {
        /// Where the line starts.
        offset: u64,
    },
    /// A text line starts with `From `: whoever wrote it quoted nothing, at least not this.
    Unquoted {
        /// Where the line starts.
        offset: u64,
    },
    /// `Content-Length` is right in some messages and wrong in this one.
    WrongLength {
        /// Where the message starts.
        offset: u64,
    },
    /// `Content-Length` is right in some messages, and this one has none.
    NoLength {
        /// Where the message starts.
        offset: u64,
    },
}

impl Detected {
    /// Returns whether another variant would explain the same bytes and read differently.
    pub fn is_ambiguous(&self) -> bool {
        !self.doubts.is_empty()
    }

    /// Returns options for reading the file: with the variant if it is certain. Otherwise messages that depend on it have findings.
    pub fn options(&self) -> Options {
        if self.is_ambiguous() {
            Options::default()
        } else {
            Options::default().variant(self.variant)
        }
    }
}

/// Guesses the variant from the beginning of a file, or all of it.
///
/// A right `Content-Length` tells mboxcl and mboxcl2, `>>From ` tells mboxrd. A `>From ` line alone tells mboxrd from
/// mboxo as little as prose does; if its neighbour starts with `>` too, it is likely a reply's, and the file mboxo.
/// A file with nothing of all that reads the same in every variant, and is called mboxrd.
///
/// ```
/// use tegu_mbox::Variant;
/// use tegu_mbox::detect::{Doubt, detect};
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>>From twice\n\n";
/// assert_eq!(detect(file).variant, Variant::Mboxrd);
/// assert!(!detect(file).is_ambiguous());
///
/// let file = b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n\n>From once\n\n";
/// assert_eq!(detect(file).doubts, [Doubt::QuotedOnce { offset: 46 }]);
/// ```
pub fn detect(sample: &[u8]) -> Detected {
    let mut signs = Signs::default();
    for message in Slice::new(sample, Options::default()).flatten() {
        signs.look(&message);
    }
    signs.judge()
}

/// As [`detect`], from a reader, over the whole file or as much of it as `reader` gives. Messages beyond
/// [`Options::max_message`] are passed over.
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io), and [`Malformed`](crate::ErrorKind::Malformed) when it holds no message.
pub fn detect_reader(reader: impl Read) -> Result<Detected> {
    let mut signs = Signs::default();
    let mut stream = Stream::new(reader, Options::default());
    loop {
        match stream.next_message() {
            Ok(Some(message)) => signs.look(&message),
            Ok(None) => return Ok(signs.judge()),
            Err(error) if error.kind() == ErrorKind::Limit => {}
            Err(error) => return Err(error),
        }
    }
}

/// What a file shows of its variant; offsets are those of the first.
#[derive(Clone, Copy, Debug, Default)]
struct Signs {
    right_length: bool,
    wrong_length: Option<u64>,
    no_length: Option<u64>,
    unquoted: Option<u64>,
    quoted: Option<u64>,
    /// `>>From `, which only mboxrd makes.
    twice: bool,
    /// `>From ` beside another line of a reply.
    replied: bool,
}

impl Signs {
    fn look(&mut self, message: &Message<'_>) {
        self.right_length |= message.is_length_delimited();
        if message.wrong_length().is_some() {
            self.wrong_length.get_or_insert(message.offset());
        } else if !message.is_length_delimited() && !message.is_internal() {
            self.no_length.get_or_insert(message.offset());
        }
        if let Some(offset) = message.bare_from() {
            self.unquoted.get_or_insert(offset);
        }
        let Some(offset) = message.quoted_from() else {
            return;
        };
        self.quoted.get_or_insert(offset);
        let raw = message.raw();
        for start in from_lines(raw) {
            let line = raw.get(start..).unwrap_or_default();
            let marks = line.iter().take_while(|&&byte| byte == b'>').count();
            self.twice |= marks > 1;
            self.replied |= marks == 1 && has_reply_beside(raw, start);
        }
    }

    fn judge(&self) -> Detected {
        let mut doubts = Vec::new();
        if let Some(offset) = self.wrong_length.filter(|_| self.right_length) {
            doubts.push(Doubt::WrongLength { offset });
        }
        if let Some(offset) = self.no_length.filter(|_| self.right_length) {
            doubts.push(Doubt::NoLength { offset });
        }
        // Under lengths, one bare `From ` shows that nothing is quoted.
        let keeps_lengths = self.right_length && self.wrong_length.or(self.no_length).is_none();
        let quotes_nothing = keeps_lengths && self.unquoted.is_some();
        if let Some(offset) = self
            .unquoted
            .filter(|_| !self.right_length || self.quoted.is_some() && !quotes_nothing)
        {
            doubts.push(Doubt::Unquoted { offset });
        }
        let sure_of_quotes = quotes_nothing || !self.right_length && self.twice && !self.replied;
        if let Some(offset) = self.quoted.filter(|_| !sure_of_quotes) {
            doubts.push(Doubt::QuotedOnce { offset });
        }
        let variant = match (self.right_length, self.quoted.is_some()) {
            (true, true) if self.unquoted.is_none() => Variant::Mboxcl,
            (true, _) => Variant::Mboxcl2,
            (false, true) if self.replied && !self.twice => Variant::Mboxo,
            (false, _) => Variant::Mboxrd,
        };
        Detected { variant, doubts }
    }
}

/// Whether the line before or behind the one at `start` begins with `>` and is no quoted `From `.
fn has_reply_beside(raw: &[u8], start: usize) -> bool {
    let reply = |line: &[u8]| {
        let marks = line.iter().take_while(|&&byte| byte == b'>').count();
        marks > 0 && !line.get(marks..).unwrap_or_default().starts_with(b"From ")
    };
    let before = raw.get(..start).unwrap_or_default();
    let before = before.strip_suffix(b"\n").unwrap_or(before);
    let last = memrchr(b'\n', before).map_or(0, |at| at + 1);
    let behind = raw.get(start..).unwrap_or_default();
    let next = memchr(b'\n', behind).map_or(behind.len(), |at| at + 1);
    reply(before.get(last..).unwrap_or_default()) || reply(behind.get(next..).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    const FROM: &str = "From a@b Mon Jan  1 00:00:00 2024\n";

    #[track_caller]
    fn expect(file: &str, variant: Variant, doubts: &[Doubt]) {
        let detected = detect(file.as_bytes());
        assert_eq!(
            (detected.variant, detected.doubts.as_slice()),
            (variant, doubts),
            "{file}"
        );
        assert_eq!(detect_reader(file.as_bytes()).ok(), Some(detected));
    }

    #[test]
    fn nothing_to_tell_reads_the_same_in_every_variant() {
        expect(&format!("{FROM}A: b\n\nx\n\n"), Variant::Mboxrd, &[]);
    }

    #[test]
    fn quoting_tells_mboxrd_only_when_it_is_done_twice() {
        let once = Doubt::QuotedOnce { offset: 40 };
        expect(&format!("{FROM}A: b\n\n>From x\n\n"), Variant::Mboxrd, &[once]);
        expect(
            &format!("{FROM}A: b\n\n>From x\n>>From y\n\n"),
            Variant::Mboxrd,
            &[],
        );
    }

    #[test]
    fn a_replys_own_mark_tells_mboxo() {
        let at = |offset| [Doubt::QuotedOnce { offset }];
        expect(
            &format!("{FROM}A: b\n\n>Dear all\n>From now on\n\n"),
            Variant::Mboxo,
            &at(50),
        );
        expect(
            &format!("{FROM}A: b\n\n>From now on\n> we go\n\n"),
            Variant::Mboxo,
            &at(40),
        );
        // Both signs: an mboxrd file with an odd line is likelier than an mboxo file with an odd text.
        let file = format!("{FROM}A: b\n\n>From now on\n> we go\n\n>>From x\n\n");
        expect(&file, Variant::Mboxrd, &at(40));
    }

    #[test]
    fn a_right_length_over_a_bare_from_is_mboxcl2() {
        let file = format!("{FROM}Content-Length: 11\n\nFrom later\n\n{FROM}A: b\n\nx\n\n");
        expect(&file, Variant::Mboxcl2, &[Doubt::NoLength { offset: 66 }]);
        let file = format!("{FROM}Content-Length: 23\n\n>From you\nFrom me\n> hi\n\n");
        expect(&file, Variant::Mboxcl2, &[]);
    }

    #[test]
    fn a_right_length_over_a_quoted_line_is_mboxcl_or_a_reply() {
        let file = format!("{FROM}Content-Length: 12\n\n>From later\n\n");
        expect(&file, Variant::Mboxcl, &[Doubt::QuotedOnce { offset: 54 }]);
    }

    #[test]
    fn a_wrong_length_among_right_ones_is_told() {
        let file = format!("{FROM}Content-Length: 2\n\nx\n\n{FROM}Content-Length: 9\n\nx\n\n");
        expect(&file, Variant::Mboxcl2, &[Doubt::WrongLength { offset: 56 }]);
    }

    #[test]
    fn unquoted_prose_is_told() {
        let file = format!("{FROM}A: b\n\nFrom now on\n\n");
        expect(&file, Variant::Mboxrd, &[Doubt::Unquoted { offset: 40 }]);
    }
}
