//! Parts of a message, and how they are written (RFC 2045, RFC 2046).

use super::{
    base64::{Encoder, Sink, encode},
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
    pub(crate) fn write(&self, out: &mut dyn Sink) -> Result<()> {
        let length = match self {
            Self::Memory(data) => data.len(),
            Self::Attachment(_) => usize::MAX,
        };
        let mut encoder = Encoder::new(length);
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

/// A part.
#[derive(Debug)]
pub(crate) enum Part<'p> {
    /// Text: its subtype, parameters beside the charset, the charset, and the octets in that charset.
    Text {
        subtype: &'static str,
        parameters: String,
        charset: &'static str,
        data: Vec<u8>,
    },
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
    fn put(&mut self, data: &[u8]) {
        self.octets.extend_from_slice(data);
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
            Self::Message(message, _) => message.root.files(visit),
            Self::Multi { parts, .. } => parts.iter_mut().for_each(|part| part.files(visit)),
            Self::Text { .. } | Self::File(_) | Self::Entity(_) => {}
        }
    }

    fn is_8bit(&self) -> bool {
        match self {
            Self::Text { .. } | Self::File(_) => false,
            Self::Message(message, _) => message.is_8bit(),
            Self::Entity(data) => !data.is_ascii(),
            Self::Multi { parts, .. } => parts.iter().any(Self::is_8bit),
        }
    }

    /// Writes the fields of the content, an empty line and the content.
    fn write(&self, out: &mut Skeleton) -> Result<()> {
        match self {
            Self::Text {
                subtype,
                parameters,
                charset,
                data,
            } => text(out, subtype, parameters, charset, data),
            Self::File(file) => {
                file.write(out);
                Ok(())
            }
            Self::Message(message, name) => {
                let encoding = if message.is_8bit() { "8bit" } else { "7bit" };
                let name = if name.is_empty() {
                    String::new()
                } else {
                    parameter("filename", name)
                };
                out.put(
                    format!(
                        "Content-Type: message/rfc822\r\nContent-Transfer-Encoding: {encoding}\r\n\
                         Content-Disposition: attachment{name}\r\n\r\n"
                    )
                    .as_bytes(),
                );
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
                let kind =
                    format!("Content-Type: multipart/{subtype}{parameters};\r\n boundary=\"{boundary}\"\r\n");
                out.put(kind.as_bytes());
                for part in parts {
                    out.put(format!("\r\n--{boundary}\r\n").as_bytes());
                    part.write(out)?;
                }
                out.put(format!("\r\n--{boundary}--\r\n").as_bytes());
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
        let name = |parameter_name| {
            if self.name.is_empty() {
                String::new()
            } else {
                parameter(parameter_name, &self.name)
            }
        };
        let mut head = format!(
            "Content-Type: {}{}{}\r\n",
            self.kind,
            self.parameters,
            name("name")
        );
        let encoding = if self.plain { "7bit" } else { "base64" };
        let disposition = if self.inline { "inline" } else { "attachment" };
        head.push_str(&format!(
            "Content-Transfer-Encoding: {encoding}\r\nContent-Disposition: {disposition}{}\r\n",
            name("filename")
        ));
        if !self.content_id.is_empty() {
            head.push_str(&format!("Content-ID: <{}>\r\n", self.content_id));
        }
        if !self.location.is_empty() {
            head.push_str(&format!("Content-Location: {}\r\n", self.location));
        }
        head.push_str("\r\n");
        out.put(head.as_bytes());
        match &self.data {
            FileData::Memory(data) if self.plain => out.put(data),
            _ => out.places.push(out.octets.len()),
        }
    }
}

fn text(out: &mut Skeleton, subtype: &str, parameters: &str, charset: &str, data: &[u8]) -> Result<()> {
    let lines_end_in_crlf = crate::item::ends_in_crlf(data);
    let other = data
        .iter()
        .map(|octet| usize::from(!matches!(octet, b'\t' | b'\r' | b'\n' | 0x20..0x7f)))
        .sum::<usize>();
    // A message ends with a line: text that does not needs an encoding that can say so.
    let ended = data.is_empty() || data.ends_with(b"\r\n");
    let short = || data.split(|octet| *octet == b'\n').all(|line| line.len() <= 900);
    let encoding = if other == 0 && lines_end_in_crlf && ended && short() {
        "7bit"
    } else if lines_end_in_crlf && other <= data.len() / 6 {
        "quoted-printable"
    } else {
        "base64"
    };
    let head = format!(
        "Content-Type: text/{subtype}; charset=\"{charset}\"{parameters}\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    );
    out.put(head.as_bytes());
    match encoding {
        "7bit" => out.put(data),
        "base64" => out.put(&encode(data)?),
        _ => out.put(&quoted_printable(data, 76)?),
    }
    Ok(())
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
