//! Framing: where a response begins and ends.

use bytes::{Bytes, BytesMut};
use memchr::memchr;

use super::fetch::{Body, FetchItem};
use super::frame::{Frame, Literal};
use super::response::Response;
use crate::{Error, ErrorKind, Result};

/// Limits on the memory that a server's answers may take.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Limits {
    /// The most octets of one response that are not in literals. Default 4 MiB: a `SEARCH` answer over half a
    /// million messages fits.
    pub line: usize,
    /// The most octets of literals in one response that are kept. Default 256 MiB. A larger literal is skipped
    /// and appears as [`Body::TooLarge`](super::Body::TooLarge).
    pub literal: u64,
    /// The largest literal that is skipped; a larger one ends the session. Default 16 GiB.
    pub skipped_literal: u64,
    /// The most literals in one response. Default 1000.
    pub literals: usize,
    /// How deep lists may nest. Default 32.
    pub nesting: usize,
    /// The most mailboxes that `LIST` may yield. Default 100,000.
    pub mailboxes: usize,
    /// The most entries of a [`Snapshot`](crate::snapshot::Snapshot). Default 10,000,000.
    pub messages: usize,
    /// The budget of a connection: the most octets of memory that the answers to one command may take, such as the names of
    /// mailboxes, flags, changes, and rights. Default 1 GiB: five million messages with two keywords each. Beside it a connection
    /// holds one response (see [`line`](Self::line) and [`literal`](Self::literal)) and 256 KiB to send.
    pub held: u64,
    /// How many commands of one pipelined series the server may refuse before the series fails. Default 5: Exchange
    /// closes the connection after ten errors.
    pub refusals: usize,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            line: 4 << 20,
            literal: 256 << 20,
            skipped_literal: 16 << 30,
            literals: 1000,
            nesting: 32,
            mailboxes: 100_000,
            messages: 10_000_000,
            held: 1 << 30,
            refusals: 5,
        }
    }
}

/// The next part of a stream of responses in which large messages are not kept in memory.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Piece {
    /// A whole response. If octets of a message came before it, its body is
    /// [`Body::Streamed`](super::Body::Streamed).
    Response(Response),
    /// A message of this many octets begins; they follow as [`Octets`](Self::Octets). The item contains what the response said before
    /// the message. A server may send the UID after it. There is at most one in a response: a second one is kept as a literal.
    Begin(Box<FetchItem>, u64),
    /// The next octets of that message; at least one.
    Octets(Bytes),
}

#[derive(Clone, Copy, Debug)]
enum State {
    Line,
    Keep(u64),
    Skip(u64),
    /// The message is announced, but that was not handed out yet.
    Announced(u64),
    Stream(u64),
}

/// Decodes responses from bytes.
#[derive(Debug)]
pub struct Decoder {
    limits: Limits,
    buffer: BytesMut,
    state: State,
    /// The first octet that was not looked at.
    at: usize,
    line_start: usize,
    /// Octets of finished lines of the current response.
    text: usize,
    literals: Vec<Literal>,
    /// Messages above this size are handed out in pieces.
    stream_above: Option<u64>,
    /// What came before the octets that are being handed out.
    held: BytesMut,
}

impl Default for Decoder {
    fn default() -> Self {
        Self::new(Limits::default())
    }
}

impl Decoder {
    /// Makes a decoder for the start of a stream.
    pub fn new(limits: Limits) -> Self {
        Self {
            limits,
            buffer: BytesMut::new(),
            state: State::Line,
            at: 0,
            line_start: 0,
            text: 0,
            literals: Vec::new(),
            stream_above: None,
            held: BytesMut::new(),
        }
    }

    /// From the next literal onwards, returns messages of more than this many octets in [pieces](Self::next_piece) instead of keeping them
    /// in memory. Default `None`: keeps all.
    pub fn stream_above(&mut self, octets: Option<u64>) {
        self.stream_above = octets;
    }

    /// Adds bytes from the server.
    pub fn push(&mut self, bytes: &[u8]) {
        self.buffer.extend_from_slice(bytes);
    }

    /// The buffer to read into, behind what it holds.
    #[cfg(feature = "client")]
    pub(crate) fn spare(&mut self) -> &mut BytesMut {
        self.buffer.reserve(32 << 10);
        &mut self.buffer
    }

    /// Whether what comes next belongs to a literal.
    #[cfg(feature = "client")]
    pub(crate) fn is_in_literal(&self) -> bool {
        !matches!(self.state, State::Line)
    }

    /// Returns how many pushed octets no response has used yet.
    pub fn buffered(&self) -> usize {
        self.held.len() + self.buffer.len()
    }

    /// Returns the next whole response; `None` until more bytes are pushed. Octets of streamed messages are skipped.
    ///
    /// # Errors
    ///
    /// Kind [`Limit`](ErrorKind::Limit) if a line, a literal or the number of literals is too large. The stream cannot be read any further
    /// then.
    pub fn next_response(&mut self) -> Result<Option<Response>> {
        loop {
            match self.next_piece()? {
                Some(Piece::Response(response)) => return Ok(Some(response)),
                Some(Piece::Begin(..) | Piece::Octets(_)) => {}
                None => return Ok(None),
            }
        }
    }

    /// Returns the next response, or the next part of a message that is handed out as it comes; `None` until more bytes are
    /// pushed.
    ///
    /// ```
    /// use tegu_imap::wire::{Decoder, Piece};
    ///
    /// let mut decoder = Decoder::default();
    /// decoder.stream_above(Some(4));
    /// decoder.push(b"* 1 FETCH (UID 7 BODY[] {5}\r\nhel");
    /// let Some(Piece::Begin(head, 5)) = decoder.next_piece()? else { panic!() };
    /// assert_eq!(head.uid.unwrap().get(), 7);
    /// assert_eq!(decoder.next_piece()?, Some(Piece::Octets("hel".into())));
    /// # Ok::<_, tegu_imap::Error>(())
    /// ```
    ///
    /// # Errors
    ///
    /// As for [`next_response`](Self::next_response).
    pub fn next_piece(&mut self) -> Result<Option<Piece>> {
        match self.state {
            State::Announced(_) | State::Stream(_) => return Ok(self.stream()),
            State::Line | State::Keep(_) | State::Skip(_) => {}
        }
        match self.next_frame()? {
            Some(frame) => Ok(Some(Piece::Response(Response::read(&frame, self.limits.nesting)))),
            None => Ok(self.stream()),
        }
    }

    /// Hands out what there is of a message that is announced or under way.
    fn stream(&mut self) -> Option<Piece> {
        match self.state {
            State::Announced(octets) => {
                self.state = State::Stream(octets);
                let item = self.announced_item()?;
                self.held = self.buffer.split_to(self.at);
                Some(Piece::Begin(item, octets))
            }
            State::Stream(left) => {
                let taken = self.buffer.len().min(usize::try_from(left).unwrap_or(usize::MAX));
                if taken == 0 {
                    return None;
                }
                let octets = self.buffer.split_to(taken).freeze();
                let left = left - taken as u64;
                self.state = State::Stream(left);
                if left == 0 {
                    // The line goes on behind what came before the message.
                    let rest = std::mem::replace(&mut self.buffer, std::mem::take(&mut self.held));
                    self.buffer.extend_from_slice(&rest);
                    self.line_start = self.at;
                    self.state = State::Line;
                }
                Some(Piece::Octets(octets))
            }
            State::Line | State::Keep(_) | State::Skip(_) => None,
        }
    }

    /// What the response says before the message that it announces, if it is a response with a message at all.
    fn announced_item(&self) -> Option<Box<FetchItem>> {
        let so_far = self.buffer.get(..self.at)?;
        let bytes = Bytes::from([so_far, b")\r\n"].concat());
        let literals = self.literals.clone();
        match Response::read(&Frame { bytes, literals }, self.limits.nesting) {
            Response::Fetch(item) if matches!(item.body(), Some(Body::Streamed(_))) => Some(item),
            _ => None,
        }
    }

    pub(super) fn next_frame(&mut self) -> Result<Option<Frame>> {
        loop {
            let waiting = self.buffer.len() - self.at;
            match self.state {
                State::Announced(_) | State::Stream(_) => return Ok(None),
                State::Keep(left) => {
                    let taken = waiting.min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.at += taken;
                    self.state = State::Keep(left - taken as u64);
                    if taken as u64 != left {
                        return Ok(None);
                    }
                }
                State::Skip(left) => {
                    let taken = waiting.min(usize::try_from(left).unwrap_or(usize::MAX));
                    self.buffer.copy_within(self.at + taken.., self.at);
                    self.buffer.truncate(self.buffer.len() - taken);
                    self.state = State::Skip(left - taken as u64);
                    if taken as u64 != left {
                        return Ok(None);
                    }
                }
                State::Line => {
                    let rest = self.buffer.get(self.at..).unwrap_or_default();
                    let Some(line_feed) = memchr(b'\n', rest).map(|offset| self.at + offset) else {
                        self.at = self.buffer.len();
                        self.check_text(self.at)?;
                        return Ok(None);
                    };
                    self.check_text(line_feed)?;
                    self.at = line_feed + 1;
                    if !self.announce(line_feed)? {
                        return Ok(Some(self.cut()));
                    }
                    self.text += self.at - self.line_start;
                    if matches!(self.state, State::Announced(_)) {
                        return Ok(None);
                    }
                    continue;
                }
            }
            // A literal is through: its line goes on.
            self.line_start = self.at;
            self.state = State::Line;
        }
    }

    fn check_text(&self, end: usize) -> Result<()> {
        if self.text + (end - self.line_start) > self.limits.line {
            let message = format!("its lines exceed {} octets", self.limits.line);
            return Err(Error::new(ErrorKind::Limit, message).doing("read a response", ""));
        }
        Ok(())
    }

    /// Whether the line that ends at `line_feed` announces a literal; if so, gets ready for it.
    fn announce(&mut self, line_feed: usize) -> Result<bool> {
        let line = self.buffer.get(self.line_start..line_feed).unwrap_or_default();
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        // Free text may end in braces by chance; waiting for that many octets would hang for ever.
        if self.literals.is_empty() && is_text(line) {
            return Ok(false);
        }
        let Some((offset, announced)) = announcement(line) else {
            return Ok(false);
        };
        let kept_so_far: u64 = self.literals.iter().map(|literal| literal.kept as u64).sum();
        let limit = if announced > self.limits.skipped_literal {
            Some(format!("a literal of {announced} octets"))
        } else if self.literals.len() >= self.limits.literals {
            Some(format!("more than {} literals", self.limits.literals))
        } else {
            None
        };
        if let Some(what) = limit {
            return Err(Error::new(ErrorKind::Limit, format!("it holds {what}")).doing("read a response", ""));
        }
        let mut literal = Literal {
            announced_at: self.line_start + offset,
            start: self.at,
            kept: 0,
            announced,
            streamed: true,
        };
        // A second message in one response would pass for the first one.
        let is_first = !self.literals.iter().any(|literal| literal.streamed);
        let is_large = self.stream_above.is_some_and(|above| announced > above);
        if is_first && is_large && announces_message(line, offset) {
            self.literals.push(literal);
            if self.announced_item().is_some() {
                self.state = State::Announced(announced);
                return Ok(true);
            }
            self.literals.pop();
        }
        literal.streamed = false;
        self.state = if announced <= self.limits.literal.saturating_sub(kept_so_far) {
            literal.kept = usize::try_from(announced).unwrap_or(usize::MAX);
            State::Keep(announced)
        } else {
            State::Skip(announced)
        };
        self.literals.push(literal);
        Ok(true)
    }

    fn cut(&mut self) -> Frame {
        let bytes = self.buffer.split_to(self.at).freeze();
        let literals = std::mem::take(&mut self.literals);
        (self.at, self.line_start, self.text) = (0, 0, 0);
        Frame { bytes, literals }
    }
}

/// Whether the line is one whose end is free text: a status response or a continuation request.
fn is_text(line: &[u8]) -> bool {
    let mut words = line.split(|&byte| byte == b' ');
    let first = words.next().unwrap_or_default();
    first == b"+"
        || words.next().is_some_and(|word| {
            ["OK", "NO", "BAD", "BYE", "PREAUTH"]
                .iter()
                .any(|status| word.eq_ignore_ascii_case(status.as_bytes()))
        })
}

/// Whether a line whose literal is announced at `offset` goes on with a whole message there.
fn announces_message(line: &[u8], offset: usize) -> bool {
    let before = line.get(..offset).unwrap_or_default();
    [&b"BODY[] "[..], b"RFC822 "].iter().any(|item| {
        before
            .len()
            .checked_sub(item.len())
            .and_then(|start| before.get(start..))
            .is_some_and(|end| end.eq_ignore_ascii_case(item))
    })
}

/// The literal that a line ends in: where its announcement begins, and the number of octets.
fn announcement(line: &[u8]) -> Option<(usize, u64)> {
    let inner = line.strip_suffix(b"}")?;
    let inner = inner
        .strip_suffix(b"+")
        .or_else(|| inner.strip_suffix(b"-"))
        .unwrap_or(inner);
    let digits = inner
        .iter()
        .rev()
        .take_while(|byte| byte.is_ascii_digit())
        .count();
    let (head, digits) = inner.split_at_checked(inner.len().checked_sub(digits)?)?;
    let head = head.strip_suffix(b"{")?;
    // More digits than fit are a number all the same: larger than any limit.
    let announced = std::str::from_utf8(digits)
        .ok()
        .filter(|digits| !digits.is_empty())?;
    let head = head.strip_suffix(b"~").unwrap_or(head);
    Some((head.len(), announced.parse().unwrap_or(u64::MAX)))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn frames(decoder: &mut Decoder) -> Vec<Bytes> {
        std::iter::from_fn(|| decoder.next_frame().unwrap())
            .map(|frame| frame.bytes)
            .collect()
    }

    #[test]
    fn text_that_ends_in_braces_is_no_literal() {
        let mut decoder = Decoder::default();
        decoder.push(b"* OK see {3}\r\nA1 NO [X] {99}\r\n+ {1}\r\n* 1 EXISTS\n");
        assert_eq!(frames(&mut decoder).len(), 4);
        assert_eq!(decoder.buffered(), 0);
    }

    #[test]
    fn announcements() {
        assert_eq!(announcement(b"* LIST () \"/\" {12}"), Some((14, 12)));
        assert_eq!(announcement(b"x ~{0+}"), Some((2, 0)));
        assert_eq!(announcement(b"{99999999999999999999999}"), Some((0, u64::MAX)));
        for line in [&b"x {}"[..], b"x 3}", b"x {3", b"x {-3}", b"x {3}\"", b"", b"}"] {
            assert_eq!(announcement(line), None);
        }
    }

    #[test]
    fn what_is_too_large_is_refused_before_it_is_held() {
        let limits = Limits {
            line: 100,
            literal: 10,
            skipped_literal: 50,
            literals: 2,
            ..Limits::default()
        };
        for hostile in [
            [b'x'; 200].to_vec(),
            b"* 1 FETCH (BODY[] {9223372036854775808}\r\n".to_vec(),
            b"* LIST {1}\r\na {1}\r\nb {1}\r\nc\r\n".to_vec(),
        ] {
            let mut decoder = Decoder::new(limits.clone());
            decoder.push(&hostile);
            assert_eq!(decoder.next_frame().unwrap_err().kind(), ErrorKind::Limit);
        }
    }

    #[test]
    fn a_literal_above_the_limit_is_read_past() {
        let limits = Limits {
            literal: 4,
            ..Limits::default()
        };
        let mut decoder = Decoder::new(limits);
        for byte in b"* 1 FETCH (BODY[] {5}\r\nab\ncd UID 3)\r\n* 2 EXISTS\r\n" {
            decoder.push(&[*byte]);
            assert!(decoder.buffered() < 50);
        }
        let frame = decoder.next_frame().unwrap().unwrap();
        assert_eq!(frame.bytes, "* 1 FETCH (BODY[] {5}\r\n UID 3)\r\n");
        assert_eq!(decoder.next_frame().unwrap().unwrap().bytes, "* 2 EXISTS\r\n");
    }

    #[test]
    fn a_streamed_message_is_never_held() {
        let mut decoder = Decoder::default();
        decoder.stream_above(Some(10));
        decoder.push(b"* 1 FETCH (FLAGS (\\Seen) BODY[] {1000000}\r\n");
        let Some(Piece::Begin(head, 1_000_000)) = decoder.next_piece().unwrap() else {
            panic!()
        };
        assert_eq!(head.flags.unwrap().to_string(), "\\Seen");
        for _ in 0..1000 {
            decoder.push(&[b'x'; 1000]);
            let Some(Piece::Octets(octets)) = decoder.next_piece().unwrap() else {
                panic!()
            };
            assert_eq!(octets.len(), 1000);
            assert!(decoder.buffered() < 100);
        }
        assert_eq!(decoder.next_piece().unwrap(), None);
        decoder.push(b" UID 3)\r\n");
        let Some(Piece::Response(Response::Fetch(item))) = decoder.next_piece().unwrap() else {
            panic!()
        };
        assert_eq!(
            (item.uid.unwrap().get(), item.body()),
            (3, Some(&Body::Streamed(1_000_000)))
        );
    }

    /// All responses, with the octets of streamed messages put back in their places.
    fn assembled(input: &[u8], sizes: &[usize], above: Option<u64>) -> (Vec<Response>, bool) {
        let mut decoder = Decoder::new(Limits {
            literal: 100,
            skipped_literal: 1000,
            ..Limits::default()
        });
        decoder.stream_above(above);
        let (mut responses, mut streamed, mut rest) = (Vec::new(), Vec::new(), input);
        for size in sizes.iter().cycle() {
            let (now, later) = rest.split_at(rest.len().min(*size));
            decoder.push(now);
            loop {
                match decoder.next_piece() {
                    Ok(Some(Piece::Begin(..))) => streamed.clear(),
                    Ok(Some(Piece::Octets(octets))) => streamed.extend_from_slice(&octets),
                    Ok(Some(Piece::Response(Response::Fetch(mut item)))) => {
                        for section in &mut item.sections {
                            if section.body == Body::Streamed(streamed.len() as u64) {
                                section.body = Body::Whole(std::mem::take(&mut streamed).into());
                            }
                        }
                        responses.push(Response::Fetch(item));
                    }
                    Ok(Some(Piece::Response(response))) => responses.push(response),
                    Ok(None) => break,
                    Err(_) => return (responses, true),
                }
            }
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        (responses, false)
    }

    proptest! {
        #[test]
        fn streaming_tells_the_same(
            input in proptest::collection::vec(prop_oneof![
                Just(b"* 1 EXISTS\r\n".to_vec()), Just(b"* LIST () \"/\" {9}\r\na\nbdefghi\r\n".to_vec()),
                Just(b"* 1 FETCH (BODY[] {9}\r\n123456789 UID {2}\r\n\r\n)\r\n".to_vec()),
                Just(b"* 2 FETCH (UID 7 FLAGS (a) body[] {12}\r\n* 1 EXISTS\r\n)\r\n".to_vec()),
                Just(b"* 3 FETCH (UID 7 BODY[HEADER] {7}\r\n1234567 RFC822 {6}\r\nabcdef)\r\n".to_vec()),
                Just(b"* 3 FETCH (((( BODY[] {7}\r\n1234567)\r\n".to_vec()),
                Just(b"* 3 FETCH (UID 7 BODY[] {7}\r\n1234567) BODY[] {7}\r\nabcdefg)\r\n".to_vec()),
                Just(b"* 3 FETCH (BODY[] {7}\r\n1234567 BODY[] {7}\r\nabcdefg UID 7)\r\n".to_vec()),
            ], 0..8),
            sizes in proptest::collection::vec(1..40_usize, 1..6),
        ) {
            let input = input.concat();
            let plain = assembled(&input, &[usize::MAX], None);
            prop_assert_eq!(assembled(&input, &sizes, Some(5)), plain);
        }

        #[test]
        fn the_cut_of_the_input_does_not_matter(
            input in proptest::collection::vec(prop_oneof![
                Just(b"* 1 EXISTS\r\n".to_vec()), Just(b"* LIST () \"/\" {3}\r\na\nb\r\n".to_vec()),
                Just(b"+ go\r\n".to_vec()), Just(b"* 1 FETCH (BODY[] {0}\r\n UID {2}\r\n\r\n)\r\n".to_vec()),
                proptest::collection::vec(any::<u8>(), 0..12),
            ], 0..8),
            sizes in proptest::collection::vec(1..9_usize, 1..6),
        ) {
            let input = input.concat();
            let read = |sizes: &[usize]| {
                let mut decoder = Decoder::new(Limits { literal: 100, skipped_literal: 1000, ..Limits::default() });
                let (mut frames, mut rest) = (Vec::new(), &input[..]);
                for size in sizes.iter().cycle() {
                    let (now, later) = rest.split_at(rest.len().min(*size));
                    decoder.push(now);
                    loop {
                        match decoder.next_frame() {
                            Ok(Some(frame)) => frames.push(frame.bytes),
                            Ok(None) => break,
                            Err(_) => return (frames, true),
                        }
                    }
                    rest = later;
                    if rest.is_empty() { break }
                }
                (frames, false)
            };
            prop_assert_eq!(read(&sizes), read(&[usize::MAX]));
        }
    }
}
