//! Base64 that comes in pieces.

use base64::{Engine, engine::general_purpose::STANDARD};

/// Octets that are decoded at once.
const BLOCK: usize = 48 << 10;

/// Decodes base64 (RFC 4648, section 4), however it is cut. White space and references to it are left out.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Characters of an unfinished group of four.
    rest: Vec<u8>,
    /// Whether a character reference is open: `&#xD;`.
    in_reference: bool,
    ended: bool,
    out: Vec<u8>,
}

/// The text is no base64.
#[derive(Debug)]
pub(super) struct Invalid;

impl Decoder {
    /// Decodes the next piece and hands out octets as they are complete.
    pub(super) fn push<E: From<Invalid>>(
        &mut self,
        mut piece: &[u8],
        mut take: impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        while !piece.is_empty() {
            let (block, later) = piece.split_at(piece.len().min(BLOCK));
            piece = later;
            let clean = !self.in_reference
                && self.rest.is_empty()
                && !block
                    .iter()
                    .any(|octet| matches!(octet, b' ' | b'\t' | b'\r' | b'\n' | b'&'));
            if clean {
                let (whole, rest) = block.split_at(block.len() / 4 * 4);
                self.decode(whole, &mut take)?;
                self.rest.extend_from_slice(rest);
            } else {
                self.collect(block);
                let whole = self.rest.len() / 4 * 4;
                let rest = self.rest.split_off(whole);
                let whole = std::mem::replace(&mut self.rest, rest);
                self.decode(&whole, &mut take)?;
            }
        }
        Ok(())
    }

    fn collect(&mut self, block: &[u8]) {
        for octet in block {
            match octet {
                b';' if self.in_reference => self.in_reference = false,
                _ if self.in_reference => {}
                b'&' => self.in_reference = true,
                b' ' | b'\t' | b'\r' | b'\n' => {}
                other => self.rest.push(*other),
            }
        }
    }

    fn decode<E: From<Invalid>>(
        &mut self,
        whole: &[u8],
        take: &mut impl FnMut(&[u8]) -> Result<(), E>,
    ) -> Result<(), E> {
        if whole.is_empty() {
            return Ok(());
        }
        if self.ended {
            return Err(Invalid.into());
        }
        self.ended = whole.last() == Some(&b'=');
        self.out.clear();
        STANDARD.decode_vec(whole, &mut self.out).map_err(|_| Invalid)?;
        take(&self.out)
    }

    /// Returns whether the text ended with a whole group.
    pub(super) fn is_complete(&self) -> bool {
        self.rest.is_empty() && !self.in_reference
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    fn decode(pieces: &[&[u8]]) -> Option<Vec<u8>> {
        let (mut decoder, mut out) = (Decoder::default(), Vec::new());
        for piece in pieces {
            decoder
                .push(piece, |octets| {
                    out.extend_from_slice(octets);
                    Ok::<(), Invalid>(())
                })
                .ok()?;
        }
        decoder.is_complete().then_some(out)
    }

    proptest! {
        #[test]
        fn cuts_and_white_space_do_not_matter(
            octets in proptest::collection::vec(any::<u8>(), 0..300), width in 1_usize..90, cut in 0_usize..500) {
            let text = STANDARD.encode(&octets);
            let lines: Vec<&[u8]> = text.as_bytes().chunks(width).collect();
            for end in [&b"\r\n"[..], b"\n", b" ", b"&#xD;\n", b""] {
                let joined = lines.join(end);
                let (head, tail) = joined.split_at(cut.min(joined.len()));
                prop_assert_eq!(decode(&[head, tail]), Some(octets.clone()));
            }
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [&b"QUJ"[..], b"QUJD*", b"QQ==QQ==", b"QUI=QUJD", b"&#xD"] {
            assert_eq!(decode(&[text]), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
