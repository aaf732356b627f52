//! Proof by a kept DKIM signature: its `bh=` is the digest of the body (RFC 6376 section 3.4 and 3.7).

use super::part::quoted_printable;
use crate::item::Bodies;
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::{Message, MessageParser, MimeHeaders};
use sha2::{Digest, Sha256};

/// What a signature says of the body.
struct BodyHash {
    relaxed: bool,
    hash: Vec<u8>,
}

impl BodyHash {
    fn is_of(&self, body: &[u8]) -> bool {
        Sha256::digest(canonical(body, self.relaxed)).as_slice() == self.hash
    }
}

fn signatures(parsed: &Message<'_>) -> Vec<BodyHash> {
    parsed
        .headers_raw()
        .filter(|(name, _)| name.eq_ignore_ascii_case("DKIM-Signature"))
        .filter_map(|(_, value)| signature(value))
        .collect()
}

/// Whether a signature of the header has the digest of the body.
pub(crate) fn proves(header: &[u8], body: &[u8]) -> bool {
    let parsed = MessageParser::default().parse(header);
    parsed.is_some_and(|parsed| signatures(&parsed).iter().any(|signature| signature.is_of(body)))
}

/// The body as it was once signed, if one that is built from the properties has the digest that the kept header names.
pub(crate) fn proved_body(header: &[u8], bodies: &Bodies) -> Option<Vec<u8>> {
    let parsed = MessageParser::default().parse(header)?;
    let signatures = signatures(&parsed);
    if signatures.is_empty() {
        return None;
    }
    let kind = parsed.content_type();
    let html = kind.is_some_and(|kind| kind.ctype() == "text" && kind.subtype() == Some("html"));
    if kind.is_some_and(|kind| kind.ctype() != "text" || !matches!(kind.subtype(), Some("plain" | "html"))) {
        return None;
    }
    let charset = kind
        .and_then(|kind| kind.attribute("charset"))
        .unwrap_or("us-ascii");
    let encoding = parsed
        .content_transfer_encoding()
        .unwrap_or("7bit")
        .to_ascii_lowercase();
    let (text, original) = if html {
        let html = bodies.html.as_ref()?;
        (html.text.clone(), Some(html.data.clone()))
    } else {
        (bodies.text.clone()?, None)
    };
    let mut candidates = Vec::new();
    let page = encoding_rs::Encoding::for_label(charset.as_bytes());
    candidates.extend(page.map(|page| page.encode(&text).0.into_owned()));
    candidates.extend(original);
    // Stores add or take a line at the end.
    let trimmed: Vec<Vec<u8>> = candidates
        .iter()
        .flat_map(|body| {
            let end = body
                .iter()
                .rposition(|octet| !octet.is_ascii_whitespace())
                .map_or(0, |last| last + 1);
            let bare = body.get(..end).unwrap_or_default().to_vec();
            [[bare.as_slice(), b"\r\n"].concat(), bare]
        })
        .collect();
    candidates.extend(trimmed);
    for candidate in candidates {
        for body in encoded(&encoding, &candidate) {
            if signatures.iter().any(|signature| signature.is_of(&body)) {
                return Some(body);
            }
        }
    }
    None
}

fn signature(value: &str) -> Option<BodyHash> {
    let (mut relaxed, mut hash, mut sha256) = (false, None, false);
    for tag in value.split(';') {
        let (name, value) = tag.split_once('=')?;
        let value: String = value.split_whitespace().collect();
        match name.trim() {
            // A signature over the beginning of a body proves nothing about its end.
            "l" => return None,
            "a" => sha256 = value.ends_with("-sha256"),
            "c" => relaxed = value.ends_with("/relaxed"),
            "bh" => hash = STANDARD.decode(value).ok(),
            _ => {}
        }
    }
    sha256.then_some(BodyHash { relaxed, hash: hash? })
}

/// The ways in which writers encode a body.
fn encoded(encoding: &str, body: &[u8]) -> Vec<Vec<u8>> {
    match encoding {
        "base64" => [76, 72, 64]
            .into_iter()
            .map(|width| {
                let lines = STANDARD.encode(body).into_bytes();
                lines
                    .chunks(width)
                    .flat_map(|line| [line, b"\r\n"].concat())
                    .collect()
            })
            .collect(),
        "quoted-printable" => [77, 76, 74]
            .into_iter()
            .filter_map(|width| quoted_printable(body, width).ok())
            .collect(),
        _ => vec![body.to_vec()],
    }
}

fn canonical(body: &[u8], relaxed: bool) -> Vec<u8> {
    let mut lines: Vec<Vec<u8>> = body
        .split(|octet| *octet == b'\n')
        .map(|line| line.strip_suffix(b"\r").unwrap_or(line).to_vec())
        .collect();
    if relaxed {
        for line in &mut lines {
            let mut reduced = Vec::with_capacity(line.len());
            for octet in line
                .iter()
                .map(|octet| if *octet == b'\t' { b' ' } else { *octet })
            {
                if octet != b' ' || reduced.last() != Some(&b' ') {
                    reduced.push(octet);
                }
            }
            if reduced.last() == Some(&b' ') {
                reduced.pop();
            }
            *line = reduced;
        }
    }
    while lines.last().is_some_and(Vec::is_empty) {
        lines.pop();
    }
    let canonical: Vec<u8> = lines
        .into_iter()
        .flat_map(|line| [line.as_slice(), b"\r\n"].concat())
        .collect();
    // Of an empty body, `simple` leaves one line end.
    if canonical.is_empty() && !relaxed {
        b"\r\n".to_vec()
    } else {
        canonical
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The digests of empty bodies that RFC 6376 section 3.4.3 and 3.4.4 give.
    #[test]
    fn empty_bodies() {
        for (relaxed, expected) in [
            (false, "frcCV1k9oG9oKj3dpUqdJg1PxRT2RSN/XKdLCPjaYaY="),
            (true, "47DEQpj8HBSa+/TImW+5JCeuQeRkm5NMpJWZG3hSuFU="),
        ] {
            assert_eq!(STANDARD.encode(Sha256::digest(canonical(b"", relaxed))), expected);
        }
    }

    /// The example of RFC 6376 section 3.4.5.
    #[test]
    fn canonical_bodies() {
        assert_eq!(canonical(b" C \r\nD \t E\r\n\r\n\r\n", true), b" C\r\nD E\r\n");
        assert_eq!(
            canonical(b" C \r\nD \t E\r\n\r\n\r\n", false),
            b" C \r\nD \t E\r\n"
        );
    }
}
