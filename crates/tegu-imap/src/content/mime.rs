//! A small subset of MIME (RFC 2045, RFC 2046): finds parts and reads short texts.

use base64::Engine;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};
use memchr::memmem;

/// The most parts of one message that are examined.
const PARTS: usize = 100;
/// How deep multiparts may nest.
const DEPTH: usize = 5;
/// The most octets of a header that are read.
const HEADER: usize = 64 << 10;

/// A message or a part of one: header and body.
pub(super) struct Part<'a> {
    /// `Content-Type`, unfolded; empty if there is none.
    kind: String,
    disposition: String,
    encoding: String,
    body: &'a [u8],
}

impl<'a> Part<'a> {
    fn read(octets: &'a [u8]) -> Self {
        let (header, body) = split(octets);
        let header = String::from_utf8_lossy(header.get(..header.len().min(HEADER)).unwrap_or_default());
        let mut part = Self {
            kind: String::new(),
            disposition: String::new(),
            encoding: String::new(),
            body,
        };
        let mut ignored = String::new();
        let mut current = &mut ignored;
        for line in header.lines() {
            if line.starts_with([' ', '\t']) {
                current.push_str(line);
            } else if let Some((name, value)) = line.split_once(':') {
                current = match name.trim_end().to_ascii_lowercase().as_str() {
                    "content-type" => &mut part.kind,
                    "content-disposition" => &mut part.disposition,
                    "content-transfer-encoding" => &mut part.encoding,
                    _ => &mut ignored,
                };
                current.clear();
                current.push_str(value);
            }
        }
        part
    }

    /// Whether the part is of this media type, in lower case.
    pub(super) fn is(&self, kind: &str) -> bool {
        let found = self.kind.split(';').next().unwrap_or_default();
        found.trim().eq_ignore_ascii_case(kind)
    }

    /// Whether it is an attachment of this name.
    pub(super) fn is_named(&self, name: &str) -> bool {
        let file = parameter(&self.disposition, "filename").or_else(|| parameter(&self.kind, "name"));
        file.is_some_and(|file| file.eq_ignore_ascii_case(name))
    }

    fn boundary(&self) -> Option<String> {
        let kind = self.kind.trim_start().get(..10)?;
        kind.eq_ignore_ascii_case("multipart/")
            .then(|| parameter(&self.kind, "boundary"))
            .flatten()
            .filter(|boundary| !boundary.is_empty())
    }

    /// The text of the part; what is not UTF-8 shows as U+FFFD, which ASCII marks survive.
    fn text(&self) -> Option<String> {
        let is_text =
            self.kind.trim().is_empty() || self.kind.trim_start().to_ascii_lowercase().starts_with("text/");
        if !is_text {
            return None;
        }
        let octets = match self.encoding.trim().to_ascii_lowercase().as_str() {
            "quoted-printable" => unquote_printable(self.body),
            "base64" => decode_base64(self.body),
            _ => self.body.to_vec(),
        };
        Some(String::from_utf8_lossy(&octets).into_owned())
    }
}

/// Calls `see` for each part of a message, multiparts included, from the outermost inwards.
pub(super) fn walk<'a>(message: &'a [u8], see: &mut impl FnMut(&Part<'a>)) {
    let mut left = PARTS;
    walk_below(message, DEPTH, &mut left, see);
}

fn walk_below<'a>(octets: &'a [u8], depth: usize, left: &mut usize, see: &mut impl FnMut(&Part<'a>)) {
    if *left == 0 {
        return;
    }
    *left -= 1;
    let part = Part::read(octets);
    see(&part);
    let Some(boundary) = part.boundary().filter(|_| depth > 0) else {
        return;
    };
    let delimiter = format!("--{boundary}");
    let mut start = None;
    for at in memmem::find_iter(part.body, delimiter.as_bytes()) {
        let before = part.body.get(..at).unwrap_or_default();
        let after = part.body.get(at + delimiter.len()..).unwrap_or_default();
        // It stands alone on its line, and no longer boundary begins like it.
        let alone = (at == 0 || before.ends_with(b"\n"))
            && matches!(after.first(), None | Some(b'\r' | b'\n' | b'-' | b' ' | b'\t'));
        if !alone || *left == 0 {
            continue;
        }
        if let Some(start) = start {
            walk_below(part.body.get(start..at).unwrap_or_default(), depth - 1, left, see);
        }
        start = memchr::memchr(b'\n', after).map(|end| at + delimiter.len() + end + 1);
        if after.starts_with(b"--") {
            return;
        }
    }
    // What is cut off is looked at as far as it goes.
    if let Some(start) = start {
        walk_below(part.body.get(start..).unwrap_or_default(), depth - 1, left, see);
    }
}

/// All texts of a message, decoded.
pub(crate) fn texts(message: &[u8]) -> String {
    let mut texts = String::new();
    walk(message, &mut |part| {
        if let Some(text) = part.text() {
            texts.push_str(&text);
            texts.push('\n');
        }
    });
    texts
}

/// The header and the body, around the first empty line.
fn split(octets: &[u8]) -> (&[u8], &[u8]) {
    if let Some(body) = octets
        .strip_prefix(b"\r\n")
        .or_else(|| octets.strip_prefix(b"\n"))
    {
        return (&[], body);
    }
    let mut from = 0;
    while let Some(line_feed) = octets.get(from..).and_then(|rest| memchr::memchr(b'\n', rest)) {
        let end = from + line_feed + 1;
        let after = octets.get(end..).unwrap_or_default();
        if let Some(body) = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) {
            return (octets.get(..end).unwrap_or_default(), body);
        }
        // A header ends somewhere; what has none is all body, as far as anyone will read.
        if end > HEADER {
            break;
        }
        from = end;
    }
    (octets, &[])
}

/// A parameter of a header field: `name=value` or `name="value"`, behind a semicolon.
fn parameter(field: &str, name: &str) -> Option<String> {
    let mut rest = field;
    loop {
        let (_, after) = rest.split_once(';')?;
        let (key, value) = after.split_once('=')?;
        if key.trim().eq_ignore_ascii_case(name) {
            let value = value.trim_start();
            return Some(match value.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next().unwrap_or_default().to_owned(),
                None => value
                    .split([';', ' ', '\t'])
                    .next()
                    .unwrap_or_default()
                    .to_owned(),
            });
        }
        rest = after;
    }
}

fn unquote_printable(octets: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(octets.len());
    let mut rest = octets;
    while let Some((&first, after)) = rest.split_first() {
        rest = after;
        if first != b'=' {
            plain.push(first);
        } else if let Some(after) = after.strip_prefix(b"\r\n").or_else(|| after.strip_prefix(b"\n")) {
            rest = after;
        } else {
            let octet = after.get(..2).and_then(|code| {
                let code = std::str::from_utf8(code).ok()?;
                u8::from_str_radix(code, 16).ok()
            });
            plain.push(octet.unwrap_or(b'='));
            rest = after.get(2 * usize::from(octet.is_some())..).unwrap_or_default();
        }
    }
    plain
}

/// Decodes what is base64 up to the first octet that is not.
fn decode_base64(octets: &[u8]) -> Vec<u8> {
    const LENIENT: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new()
            .with_decode_padding_mode(DecodePaddingMode::Indifferent)
            .with_decode_allow_trailing_bits(true),
    );
    let letter = |byte: &u8| byte.is_ascii_alphanumeric() || b"+/".contains(byte);
    let letters = octets.iter().copied().filter(|byte| !byte.is_ascii_whitespace());
    let mut letters: Vec<u8> = letters.take_while(|byte| letter(byte)).collect();
    // One letter alone is six bits of an octet.
    letters.truncate(letters.len() - usize::from(letters.len() % 4 == 1));
    LENIENT.decode(letters).unwrap_or_default()
}
