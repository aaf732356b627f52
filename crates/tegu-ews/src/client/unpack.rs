//! Answers that come compressed (gzip, RFC 1952).

use crate::{
    Error, ErrorKind, Result,
    xml::{Raw, Splitter},
};
use flate2::{read, write};
use http::{HeaderMap, header::CONTENT_ENCODING};
use std::io::{self, Read, Write};

/// Octets of an error page that are looked at.
pub(super) const PAGE: usize = 64 << 10;

/// Takes the octets of an answer, as they are or compressed. What they become is bounded by the splitter, piece by piece.
pub(super) enum Unpack<'s> {
    Plain(Splitter<'s>),
    Gzip(Box<write::GzDecoder<Sink<'s>>>),
}

/// What is unpacked goes into the splitter.
pub(super) struct Sink<'s> {
    splitter: Splitter<'s>,
    /// Why the splitter takes no more.
    failed: Option<Error>,
}

impl Write for Sink<'_> {
    fn write(&mut self, piece: &[u8]) -> io::Result<usize> {
        self.splitter.push(piece).map_err(|error| {
            self.failed = Some(error);
            io::Error::other("the answer is refused")
        })?;
        Ok(piece.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl<'s> Unpack<'s> {
    /// Begins an answer with these headers.
    pub(super) fn new(headers: &HeaderMap, splitter: Splitter<'s>) -> Result<Self> {
        Ok(if is_gzip(headers)? {
            let sink = Sink {
                splitter,
                failed: None,
            };
            Self::Gzip(Box::new(write::GzDecoder::new(sink)))
        } else {
            Self::Plain(splitter)
        })
    }

    /// Takes the next octets.
    pub(super) fn push(&mut self, piece: &[u8]) -> Result<()> {
        match self {
            Self::Plain(splitter) => splitter.push(piece),
            Self::Gzip(decoder) => {
                let written = decoder.write_all(piece);
                written.map_err(|error| why(decoder.get_mut(), &error))
            }
        }
    }

    /// Ends the answer.
    pub(super) fn finish(self) -> Result<Raw> {
        match self {
            Self::Plain(splitter) => splitter.finish(),
            Self::Gzip(mut decoder) => {
                // The checksum is compared here.
                let ended = decoder.try_finish();
                ended.map_err(|error| why(decoder.get_mut(), &error))?;
                let sink = decoder.finish().map_err(|error| damaged(&error))?;
                sink.splitter.finish()
            }
        }
    }
}

fn why(sink: &mut Sink<'_>, error: &io::Error) -> Error {
    sink.failed.take().unwrap_or_else(|| damaged(error))
}

fn damaged(error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!("the compressed answer is damaged or ends too early: {error}"),
    )
    .retryable(true)
}

fn is_gzip(headers: &HeaderMap) -> Result<bool> {
    let Some(coding) = headers.get(CONTENT_ENCODING) else {
        return Ok(false);
    };
    match coding.to_str().unwrap_or_default().trim().to_ascii_lowercase() {
        coding if matches!(&*coding, "" | "identity") => Ok(false),
        coding if matches!(&*coding, "gzip" | "x-gzip") => Ok(true),
        coding => {
            let coding: String = coding.escape_debug().take(40).collect();
            let why = format!("the server answers in the encoding {coding:?}, which nobody asked for");
            Err(Error::new(ErrorKind::Protocol, why))
        }
    }
}

/// The beginning of a page for people; an error in it is of no interest.
pub(super) fn page(headers: &HeaderMap, octets: Vec<u8>) -> String {
    let octets = if is_gzip(headers).unwrap_or(false) {
        let mut page = Vec::new();
        let _ = read::GzDecoder::new(&*octets)
            .take(PAGE as u64)
            .read_to_end(&mut page);
        page
    } else {
        octets
    };
    String::from_utf8_lossy(&octets).into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Limits;
    use flate2::{Compression, write::GzEncoder};
    use tegu_message::Spool;

    fn gzip(octets: &[u8]) -> Vec<u8> {
        let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
        encoder.write_all(octets).unwrap();
        encoder.finish().unwrap()
    }

    fn headers(coding: &'static str) -> HeaderMap {
        [(CONTENT_ENCODING, coding.parse().unwrap())]
            .into_iter()
            .collect()
    }

    fn read(packed: &[u8], limits: &Limits) -> Result<Raw> {
        let spool = Spool::new(std::env::temp_dir());
        let mut unpack = Unpack::new(&headers("GZIP"), Splitter::new(&spool, limits))?;
        for piece in packed.chunks(7) {
            unpack.push(piece)?;
        }
        unpack.finish()
    }

    #[test]
    fn an_answer_is_unpacked_and_its_checksum_counts() {
        let text = "<a>".to_owned() + &"Привет ".repeat(10_000) + "</a>";
        let packed = gzip(text.as_bytes());
        assert!(packed.len() < text.len() / 50);
        assert_eq!(read(&packed, &Limits::default()).unwrap().text, text.as_bytes());
        for cut in [0, 5, 11, packed.len() / 2, packed.len() - 1] {
            let error = read(&packed[..cut], &Limits::default()).unwrap_err();
            assert!(error.is_retryable(), "{cut}: {error}");
        }
        for at in [packed.len() / 2, packed.len() - 7] {
            let mut damaged = packed.clone();
            damaged[at] ^= 0x55;
            assert!(read(&damaged, &Limits::default()).is_err(), "{at}");
        }
    }

    #[test]
    fn what_swells_ends_at_the_limit() {
        let limits = Limits {
            answer: 1 << 20,
            ..Limits::default()
        };
        let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
        encoder.write_all(b"<a>").unwrap();
        for _ in 0..64 {
            encoder.write_all(&vec![b' '; 1 << 20]).unwrap();
        }
        let packed = encoder.finish().unwrap();
        let error = read(&packed, &limits).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit, "{error}");
        assert!(error.to_string().contains("answer"), "{error}");
    }

    #[test]
    fn other_encodings_are_refused() {
        assert!(!is_gzip(&HeaderMap::new()).unwrap());
        assert!(!is_gzip(&headers("identity")).unwrap());
        assert!(is_gzip(&headers("x-gzip")).unwrap());
        let error = is_gzip(&headers("br")).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Protocol);
        assert_eq!(page(&headers("gzip"), gzip(b"<html>")), "<html>");
    }
}
