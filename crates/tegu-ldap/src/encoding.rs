//! Text files in the encodings that Windows tools write, read as UTF-8.
//!
//! `ldifde -u`, `csvde -u` and PowerShell write UTF-16; older scripts write the code page of the machine. A byte order
//! mark decides if there is one. Bytes that are invalid in the chosen encoding are an error that names the position,
//! except in LDIF as UTF-8, where values may be any bytes.

use std::io::{self, BufRead, Read};

use encoding_rs::{CoderResult, Decoder, Encoding, UTF_16BE, UTF_16LE};

use crate::{Error, Result};

/// How many bytes are decoded at a time.
const CHUNK: usize = 16 << 10;

/// The encoding of a text file.
///
/// ```
/// use tegu_ldap::encoding::TextEncoding;
///
/// assert!(TextEncoding::named("windows-1251").is_ok());
/// assert!(TextEncoding::named("klingon").is_err());
/// ```
#[derive(Clone, Copy, Debug, Default)]
pub struct TextEncoding(Option<&'static Encoding>);

impl TextEncoding {
    /// UTF-8, or UTF-16 where a byte order mark says so.
    #[must_use]
    pub fn unicode() -> Self {
        Self(None)
    }

    /// A code page by its name (WHATWG label), such as `windows-1251`. A byte order mark still wins.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Config`](crate::ErrorKind::Config) for a name that is not known.
    pub fn named(label: &str) -> Result<Self> {
        Encoding::for_label(label.as_bytes())
            .map(|encoding| Self((encoding != encoding_rs::UTF_8).then_some(encoding)))
            .ok_or_else(|| Error::config(format!("the encoding `{label}` is not known")))
    }
}

/// A reader that gives UTF-8, whatever the file is in.
pub(crate) struct Decoded<R> {
    input: R,
    wanted: TextEncoding,
    state: State,
}

enum State {
    Start,
    /// UTF-8, passed on as it is. What had to be read to know that comes first.
    Plain {
        head: Vec<u8>,
        taken: usize,
    },
    Decoding {
        decoder: Box<Decoder>,
        out: Vec<u8>,
        taken: usize,
        ended: bool,
    },
}

impl<R> std::fmt::Debug for Decoded<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Decoded").finish_non_exhaustive()
    }
}

impl<R: BufRead> Decoded<R> {
    pub(crate) fn new(input: R, wanted: TextEncoding) -> Self {
        Self {
            input,
            wanted,
            state: State::Start,
        }
    }

    /// Looks at the first bytes.
    fn begin(&mut self) -> io::Result<()> {
        let mut head = Vec::with_capacity(3);
        Read::by_ref(&mut self.input).take(3).read_to_end(&mut head)?;
        let (encoding, mark) = match head.as_slice() {
            [0xef, 0xbb, 0xbf] => (None, 3),
            [0xff, 0xfe, ..] => (Some(UTF_16LE), 2),
            [0xfe, 0xff, ..] => (Some(UTF_16BE), 2),
            _ => (self.wanted.0, 0),
        };
        head.drain(..mark);
        self.state = match encoding {
            None => State::Plain { head, taken: 0 },
            Some(encoding) => {
                let mut decoder = Box::new(encoding.new_decoder_without_bom_handling());
                let mut out = Vec::new();
                decode(&mut decoder, &head, &mut out, false)?;
                State::Decoding {
                    decoder,
                    out,
                    taken: 0,
                    ended: false,
                }
            }
        };
        Ok(())
    }
}

/// Decodes all of `from`.
fn decode(decoder: &mut Decoder, mut from: &[u8], out: &mut Vec<u8>, last: bool) -> io::Result<()> {
    loop {
        let room = decoder
            .max_utf8_buffer_length(from.len())
            .unwrap_or(CHUNK)
            .max(16);
        let start = out.len();
        out.resize(start + room, 0);
        let (result, read, written, bad) =
            decoder.decode_to_utf8(from, out.get_mut(start..).unwrap_or_default(), last);
        out.truncate(start + written);
        if bad {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                format!("the text is not in {}", decoder.encoding().name()),
            ));
        }
        from = from.get(read..).unwrap_or_default();
        if result == CoderResult::InputEmpty {
            return Ok(());
        }
    }
}

impl<R: BufRead> BufRead for Decoded<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        if matches!(self.state, State::Start) {
            self.begin()?;
        }
        match &mut self.state {
            State::Start => Ok(&[]),
            State::Plain { head, taken } => match head.get(*taken..) {
                Some(rest) if !rest.is_empty() => Ok(rest),
                _ => self.input.fill_buf(),
            },
            State::Decoding {
                decoder,
                out,
                taken,
                ended,
            } => {
                while *taken >= out.len() && !*ended {
                    out.clear();
                    *taken = 0;
                    let chunk = self.input.fill_buf()?;
                    let chunk = chunk.get(..CHUNK).unwrap_or(chunk);
                    let read = chunk.len();
                    *ended = read == 0;
                    decode(decoder, chunk, out, *ended)?;
                    self.input.consume(read);
                }
                Ok(out.get(*taken..).unwrap_or_default())
            }
        }
    }

    fn consume(&mut self, amount: usize) {
        match &mut self.state {
            State::Start => {}
            State::Plain { head, taken } if *taken < head.len() => *taken += amount,
            State::Plain { .. } => self.input.consume(amount),
            State::Decoding { taken, .. } => *taken += amount,
        }
    }
}

impl<R: BufRead> Read for Decoded<R> {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        let chunk = self.fill_buf()?;
        let taken = chunk.len().min(buf.len());
        if let (Some(to), Some(from)) = (buf.get_mut(..taken), chunk.get(..taken)) {
            to.copy_from_slice(from);
        }
        self.consume(taken);
        Ok(taken)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use std::io::BufReader;

    fn read(bytes: &[u8], encoding: TextEncoding) -> io::Result<String> {
        let mut out = String::new();
        // Three bytes at a time cut characters and surrogates.
        Decoded::new(BufReader::with_capacity(3, bytes), encoding).read_to_string(&mut out)?;
        Ok(out)
    }

    #[test]
    fn a_byte_order_mark_decides() {
        let text = "Имя 😀 a\n";
        let little: Vec<u8> = "\u{feff}"
            .chars()
            .chain(text.chars())
            .collect::<String>()
            .encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect();
        let big: Vec<u8> = "\u{feff}Имя 😀 a\n"
            .encode_utf16()
            .flat_map(u16::to_be_bytes)
            .collect();
        let marked = [b"\xef\xbb\xbf", text.as_bytes()].concat();
        let cp1251 = TextEncoding::named("windows-1251").unwrap();
        for bytes in [&little, &big, &marked] {
            assert_eq!(read(bytes, TextEncoding::unicode()).unwrap(), text);
            assert_eq!(read(bytes, cp1251).unwrap(), text);
        }
        assert_eq!(read(text.as_bytes(), TextEncoding::unicode()).unwrap(), text);
        assert_eq!(read(b"\xc8\xec\xff", cp1251).unwrap(), "Имя");
        assert_eq!(read(b"", cp1251).unwrap(), "");
        assert_eq!(read(b"a", TextEncoding::unicode()).unwrap(), "a");
    }

    #[test]
    fn half_a_character_is_an_error() {
        assert!(read(b"\xff\xfea\0b", TextEncoding::unicode()).is_err());
        assert!(read(b"\xff\xfe\0\xd8a\0", TextEncoding::unicode()).is_err());
    }
}
