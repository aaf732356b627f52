//! Parts of a message, and how they are written (RFC 2045, RFC 2046).

use super::{
    base64::{Encoder, Sink},
    field::parameter,
};
use crate::{Attachment, Error, Result};
use std::io::Write;

/// The octets of a file.
#[derive(Debug)]
pub(crate) enum FileData<'p> {
    Memory(Vec<u8>),
    /// Read when it is written.
    Attachment(Box<Attachment<'p>>),
}

impl FileData<'_> {
    /// Reads an attachment into memory. If it is damaged, what could be read stays.
    pub(crate) fn load(&mut self) -> Result<()> {
        let Self::Attachment(attachment) = self else {
            return Ok(());
        };
        let (octets, read) = match attachment.data() {
            Ok(Some(data)) => data.into_vec(),
            Ok(None) => (Vec::new(), Ok(())),
            Err(error) => (Vec::new(), Err(error)),
        };
        *self = Self::Memory(octets);
        read
    }

    /// Writes lines of base64.
    pub(crate) fn write(&self, out: &mut dyn Sink, encoder: &mut Encoder) -> Result<()> {
        encoder.begin();
        match self {
            Self::Memory(data) => encoder.piece(out, data)?,
            Self::Attachment(attachment) => {
                if let Some(mut data) = attachment.data()? {
                    loop {
                        let piece = data.next_piece()?;
                        if piece.is_empty() {
                            break;
                        }
                        encoder.piece(out, piece)?;
                    }
                }
            }
        }
        encoder.finish(out)
    }
}

/// A file, as a part.
#[derive(Debug)]
pub(crate) struct FilePart<'p> {
    pub(crate) kind: String,
    /// Parameters after the type, as they are written.
    pub(crate) parameters: String,
    pub(crate) name: String,
    pub(crate) inline: bool,
    pub(crate) content_id: String,
    pub(crate) location: String,
    pub(crate) data: FileData<'p>,
    /// Written as it stands and not in base64: the data are lines of ASCII.
    pub(crate) plain: bool,
}

/// A text, as a part.
#[derive(Debug)]
pub(crate) struct TextPart {
    subtype: &'static str,
    /// Parameters beside the charset.
    parameters: String,
    pub(crate) charset: &'static str,
    /// The octets in that charset.
    pub(crate) data: Vec<u8>,
    pub(crate) encoding: TextEncoding,
}

/// How a text is written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum TextEncoding {
    SevenBit,
    QuotedPrintable,
    Base64,
}

/// A part.
#[derive(Debug)]
pub(crate) enum Part<'p> {
    Text(TextPart),
    File(FilePart<'p>),
    Message(Box<Composed<'p>>, String),
    /// An entity as it is, with its own header fields.
    Entity(Vec<u8>),
    Multi {
        subtype: &'static str,
        parameters: String,
        boundary: String,
        parts: Vec<Self>,
    },
}

/// A message: header fields other than those of its content, and its content.
#[derive(Debug)]
pub(crate) struct Composed<'p> {
    pub(crate) header: Vec<u8>,
    pub(crate) root: Part<'p>,
    /// What the message should be found to hold.
    pub(crate) expected: super::expected::Expected,
}

/// A message without the data of its files: each has a place where its data have to stand.
#[derive(Debug, Default)]
pub(crate) struct Skeleton {
    pub(crate) octets: Vec<u8>,
    /// In the order of [`Part::files`].
    pub(crate) places: Vec<usize>,
}

impl Skeleton {
    /// An empty one, with room for what most messages have.
    pub(crate) fn of(composed: &Composed<'_>) -> Self {
        Self {
            octets: Vec::with_capacity(composed.header.len() + 2048),
            places: Vec::with_capacity(4),
        }
    }

    fn put(&mut self, data: &[u8]) {
        self.octets.extend_from_slice(data);
    }

    fn all(&mut self, pieces: &[&str]) {
        for piece in pieces {
            self.put(piece.as_bytes());
        }
    }
}

impl<'p> Composed<'p> {
    pub(crate) fn write(&self, out: &mut Skeleton) -> Result<()> {
        out.put(&self.header);
        self.root.write(out)
    }

    /// Whether lines with octets above 127 are in it.
    fn is_8bit(&self) -> bool {
        !self.header.is_ascii() || self.root.is_8bit()
    }
}

impl<'p> Part<'p> {
    /// Visits the files whose data a skeleton leaves out, in the order of their places.
    pub(crate) fn files(&mut self, visit: &mut dyn FnMut(&mut FileData<'p>)) {
        match self {
            Self::File(file) if !file.plain => visit(&mut file.data),
            Self::Text(text) if text.encoding == TextEncoding::Base64 => {
                visit(&mut FileData::Memory(std::mem::take(&mut text.data)));
            }
            Self::Message(message, _) => message.root.files(visit),
            Self::Multi { parts, .. } => parts.iter_mut().for_each(|part| part.files(visit)),
            Self::Text(_) | Self::File(_) | Self::Entity(_) => {}
        }
    }

    fn is_8bit(&self) -> bool {
        match self {
            Self::Text(_) | Self::File(_) => false,
            Self::Message(message, _) => message.is_8bit(),
            Self::Entity(data) => !data.is_ascii(),
            Self::Multi { parts, .. } => parts.iter().any(Self::is_8bit),
        }
    }

    /// Writes the fields of the content, an empty line and the content.
    fn write(&self, out: &mut Skeleton) -> Result<()> {
        match self {
            Self::Text(text) => text.write(out),
            Self::File(file) => {
                file.write(out);
                Ok(())
            }
            Self::Message(message, name) => {
                out.put(b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: ");
                out.put(if message.is_8bit() { b"8bit" } else { b"7bit" });
                out.put(b"\r\nContent-Disposition: attachment");
                if !name.is_empty() {
                    parameter(&mut out.octets, "filename", name);
                }
                out.put(b"\r\n\r\n");
                message.write(out)
            }
            Self::Entity(data) => {
                out.put(data);
                Ok(())
            }
            Self::Multi {
                subtype,
                parameters,
                boundary,
                parts,
            } => {
                if self.is_8bit() {
                    out.put(b"Content-Transfer-Encoding: 8bit\r\n");
                }
                out.all(&[
                    "Content-Type: multipart/",
                    subtype,
                    parameters,
                    ";\r\n boundary=\"",
                    boundary,
                    "\"\r\n",
                ]);
                for part in parts {
                    out.all(&["\r\n--", boundary, "\r\n"]);
                    part.write(out)?;
                }
                out.all(&["\r\n--", boundary, "--\r\n"]);
                Ok(())
            }
        }
    }
}

impl FilePart<'_> {
    /// A file with a name.
    pub(crate) fn named(name: &str, kind: &str, data: Vec<u8>) -> Self {
        Self {
            name: name.to_owned(),
            plain: false,
            ..Self::lines(kind.to_owned(), data)
        }
    }

    /// Octets that it holds in memory.
    pub(crate) fn length(&self) -> u64 {
        match &self.data {
            FileData::Memory(data) => data.len() as u64,
            FileData::Attachment(_) => 0,
        }
    }

    /// Lines of ASCII, which are written as they are.
    pub(crate) fn lines(kind: String, data: Vec<u8>) -> Self {
        Self {
            kind,
            parameters: String::new(),
            name: String::new(),
            inline: false,
            content_id: String::new(),
            location: String::new(),
            data: FileData::Memory(data),
            plain: true,
        }
    }

    fn write(&self, out: &mut Skeleton) {
        let name = |out: &mut Skeleton, name| {
            if !self.name.is_empty() {
                parameter(&mut out.octets, name, &self.name);
            }
        };
        out.all(&["Content-Type: ", &self.kind, &self.parameters]);
        name(out, "name");
        out.put(b"\r\nContent-Transfer-Encoding: ");
        out.put(if self.plain { b"7bit" } else { b"base64" });
        out.put(b"\r\nContent-Disposition: ");
        out.put(if self.inline { b"inline" } else { b"attachment" });
        name(out, "filename");
        out.put(b"\r\n");
        if !self.content_id.is_empty() {
            out.all(&["Content-ID: <", &self.content_id, ">\r\n"]);
        }
        if !self.location.is_empty() {
            out.all(&["Content-Location: ", &self.location, "\r\n"]);
        }
        out.put(b"\r\n");
        match &self.data {
            FileData::Memory(data) if self.plain => out.put(data),
            _ => out.places.push(out.octets.len()),
        }
    }
}

impl TextPart {
    /// A text, in the encoding that suits its octets.
    pub(crate) fn new(subtype: &'static str, charset: &'static str, data: Vec<u8>) -> Self {
        Self {
            subtype,
            parameters: String::new(),
            charset,
            encoding: text_encoding(&data),
            data,
        }
    }

    /// As [`new`](Self::new), with parameters beside the charset, as they are written.
    pub(crate) fn with_parameters(self, parameters: String) -> Self {
        Self { parameters, ..self }
    }

    fn write(&self, out: &mut Skeleton) -> Result<()> {
        let encoding = match self.encoding {
            TextEncoding::SevenBit => "7bit",
            TextEncoding::QuotedPrintable => "quoted-printable",
            TextEncoding::Base64 => "base64",
        };
        out.all(&[
            "Content-Type: text/",
            self.subtype,
            "; charset=\"",
            self.charset,
            "\"",
            &self.parameters,
            "\r\nContent-Transfer-Encoding: ",
            encoding,
            "\r\n\r\n",
        ]);
        match self.encoding {
            TextEncoding::SevenBit => out.put(&self.data),
            TextEncoding::QuotedPrintable => out.put(&quoted_printable(&self.data, 76)?),
            TextEncoding::Base64 => out.places.push(out.octets.len()),
        }
        Ok(())
    }
}

fn text_encoding(data: &[u8]) -> TextEncoding {
    let other = data
        .iter()
        .map(|octet| usize::from(!matches!(octet, b'\t' | b'\r' | b'\n' | 0x20..0x7f)))
        .sum::<usize>();
    if other > data.len() / 6 {
        return TextEncoding::Base64;
    }
    let lines_end_in_crlf = crate::item::ends_in_crlf(data);
    // A message ends with a line: text that does not needs an encoding that can say so.
    let ended = data.is_empty() || data.ends_with(b"\r\n");
    let short = || data.split(|octet| *octet == b'\n').all(|line| line.len() <= 900);
    if other == 0 && lines_end_in_crlf && ended && short() {
        TextEncoding::SevenBit
    } else if lines_end_in_crlf {
        TextEncoding::QuotedPrintable
    } else {
        TextEncoding::Base64
    }
}

/// Quoted-printable (RFC 2045 section 6.7) of text whose lines end in CRLF, in lines of at most `width` characters.
pub(crate) fn quoted_printable(data: &[u8], width: usize) -> Result<Vec<u8>> {
    let mut out = Vec::with_capacity(data.len() * 5 / 4);
    let mut line = 0;
    let mut rest = data.iter().copied().peekable();
    while let Some(octet) = rest.next() {
        if octet == b'\r' && rest.peek() == Some(&b'\n') {
            rest.next();
            out.extend_from_slice(b"\r\n");
            line = 0;
            continue;
        }
        let at_end = matches!(rest.peek(), None | Some(b'\r'));
        let plain = matches!(octet, b'!'..=b'<' | b'>'..=b'~') || (matches!(octet, b' ' | b'\t') && !at_end);
        let length = if plain { 1 } else { 3 };
        // Room for the `=` of a soft line break.
        if line + length > width - 1 {
            out.extend_from_slice(b"=\r\n");
            line = 0;
        }
        if plain {
            out.push(octet);
        } else {
            write!(out, "={octet:02X}").map_err(|error| Error::io("encode", "text", error))?;
        }
        line += length;
    }
    if line > 0 {
        out.extend_from_slice(b"=\r\n");
    }
    Ok(out)
}
