//! The header block of a message, as far as an mbox needs to know it.

use std::ops::Range;

use memchr::memchr;

/// How far the end of the headers is searched. `Content-Length` behind that is not seen.
pub(crate) const MAX_BLOCK: usize = 64 * 1024;

/// The longest header name that is recognised.
pub(crate) const MAX_NAME: usize = 255;

/// One header field.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) struct Field<'a> {
    pub(crate) name: &'a [u8],
    /// What follows the colon, folds and line ends as they stand.
    pub(crate) value: &'a [u8],
    start: usize,
    end: usize,
}

impl Field<'_> {
    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name.as_bytes())
    }

    /// Where the field stands in its message, line end included.
    pub(crate) fn span(&self) -> Range<usize> {
        self.start..self.end
    }

    /// The value on one line, without the white space around it.
    pub(crate) fn text(&self) -> String {
        let text = String::from_utf8_lossy(self.value);
        text.split(['\r', '\n'])
            .map(str::trim)
            .filter(|part| !part.is_empty())
            .collect::<Vec<_>>()
            .join(" ")
    }
}

/// The fields at the head of a message, up to the first line that is none.
#[derive(Clone, Debug)]
pub(crate) struct Fields<'a> {
    message: &'a [u8],
    at: usize,
}

pub(crate) fn fields(message: &[u8]) -> Fields<'_> {
    Fields { message, at: 0 }
}

impl Fields<'_> {
    /// Where the first line that is no header starts.
    pub(crate) fn end(&self) -> usize {
        self.at
    }

    /// Where the body starts, once all fields were taken: behind the blank line, if one follows.
    pub(crate) fn body(&self) -> Option<usize> {
        match self.message.get(self.at..)? {
            [b'\n', ..] => Some(self.at + 1),
            [b'\r', b'\n', ..] => Some(self.at + 2),
            _ => None,
        }
    }
}

impl<'a> Iterator for Fields<'a> {
    type Item = Field<'a>;

    fn next(&mut self) -> Option<Field<'a>> {
        let start = self.at;
        let rest = self.message.get(start..)?;
        let name = match name_of(rest) {
            Name::Field(length) => rest.get(..length)?,
            Name::Cut | Name::No => return None,
        };
        let colon = memchr(b':', rest)?;
        let mut end = line_end(rest);
        while matches!(rest.get(end), Some(b' ' | b'\t')) {
            end += line_end(rest.get(end..)?);
        }
        self.at = start + end;
        Some(Field {
            name,
            value: rest.get(colon + 1..end)?,
            start,
            end: start + end,
        })
    }
}

/// Whether a line begins with a header's name.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Name {
    /// It does; the name has this length.
    Field(usize),
    /// The bytes end inside what may be a name.
    Cut,
    /// It does not.
    No,
}

/// The name at the start of `line` (RFC 5322 `ftext`, then optional white space, then the colon).
pub(crate) fn name_of(line: &[u8]) -> Name {
    let line = line.get(..line.len().min(MAX_NAME + 1)).unwrap_or_default();
    let length = line
        .iter()
        .take_while(|&&b| (33..=126).contains(&b) && b != b':')
        .count();
    let rest = line.get(length..).unwrap_or_default();
    match rest.iter().find(|&&b| b != b' ' && b != b'\t') {
        Some(b':') if length > 0 => Name::Field(length),
        None if line.len() <= MAX_NAME => Name::Cut,
        _ => Name::No,
    }
}

/// Where the body starts, behind the blank line; `None` if no blank line ends the headers in time.
pub(crate) fn body_start(message: &[u8]) -> Option<usize> {
    let block = message.get(..message.len().min(MAX_BLOCK)).unwrap_or_default();
    let mut fields = fields(block);
    fields.by_ref().for_each(drop);
    fields.body()
}

/// The value of a `Content-Length` field.
pub(crate) fn length_of(field: &Field<'_>) -> Option<u64> {
    let digits = field.value.trim_ascii();
    let plain = !digits.is_empty() && digits.iter().all(u8::is_ascii_digit);
    if plain {
        std::str::from_utf8(digits).ok()?.parse().ok()
    } else {
        None
    }
}

fn line_end(rest: &[u8]) -> usize {
    memchr(b'\n', rest).map_or(rest.len(), |at| at + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folds_stay_with_their_field() {
        let message = b"A: 1\r\n 2\r\nBee : x\n\nbody: y\n";
        let all: Vec<_> = fields(message).collect();
        assert_eq!(all.len(), 2);
        assert_eq!(all.first().map(Field::text).as_deref(), Some("1 2"));
        assert!(
            all.last()
                .is_some_and(|field| field.is("BEE") && field.span() == (10..18))
        );
        assert_eq!(body_start(message), Some(19));
    }

    #[test]
    fn a_block_without_end_has_no_body() {
        assert_eq!(body_start(b"A: 1\n"), None);
        assert_eq!(body_start(b"A: 1\nnot a header\n\nx"), None);
        assert_eq!(body_start(b"\nbody"), Some(1));
        assert_eq!(body_start(b""), None);
    }

    #[test]
    fn lengths_are_digits_only() {
        let length = |text: &[u8]| fields(text).next().as_ref().and_then(length_of);
        assert_eq!(length(b"Content-Length:  12 \n"), Some(12));
        assert_eq!(length(b"Content-Length: +12\n"), None);
        assert_eq!(length(b"Content-Length: 99999999999999999999\n"), None);
    }
}
