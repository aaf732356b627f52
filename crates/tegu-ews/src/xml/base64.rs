//! Base64 that comes in pieces.

use base64_simd::{AsOut, STANDARD};

/// Characters that are decoded at once: whole groups of four, and what they stand for fits the processor's first cache.
const BLOCK: usize = 16 << 10;
/// Characters of a group.
const GROUP: usize = 4;

/// Characters of the groups at the beginning of a block, up to its first line end. Line ends are the only white space that base64 has in
/// practice.
fn groups(piece: &[u8]) -> usize {
    let block = piece.get(..BLOCK).unwrap_or(piece);
    memchr::memchr3(b'\r', b'\n', b'&', block).unwrap_or(block.len()) / GROUP * GROUP
}

/// Decodes base64 (RFC 4648, section 4), however it is cut. White space and references to it are left out.
#[derive(Debug, Default)]
pub(super) struct Decoder {
    /// Characters of an unfinished group.
    group: Vec<u8>,
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
            if self.in_reference {
                let end = memchr::memchr(b';', piece);
                self.in_reference = end.is_none();
                (_, piece) = piece.split_at(end.map_or(piece.len(), |end| end + 1));
                continue;
            }
            let whole = if self.group.is_empty() { groups(piece) } else { 0 };
            let (run, later) = piece.split_at(whole.max(1));
            piece = later;
            if whole > 0 && self.decode(run, &mut take)? {
                continue;
            }
            for octet in run {
                match octet {
                    b'&' => self.in_reference = true,
                    b' ' | b'\t' | b'\r' | b'\n' => {}
                    other => self.group.push(*other),
                }
                if self.group.len() == GROUP {
                    let group = std::mem::take(&mut self.group);
                    if !self.decode(&group, &mut take)? {
                        return Err(Invalid.into());
                    }
                }
            }
        }
        Ok(())
    }

    /// Decodes groups and hands out their octets. Returns `false`, and has done nothing, if they are no base64 or come after the end.
    fn decode<E>(&mut self, groups: &[u8], take: &mut impl FnMut(&[u8]) -> Result<(), E>) -> Result<bool, E> {
        if self.ended {
            return Ok(false);
        }
        let room = groups.len() / GROUP * 3;
        if self.out.len() < room {
            self.out.resize(room, 0);
        }
        let Ok(octets) = STANDARD.decode(groups, self.out.as_mut_slice().as_out()) else {
            return Ok(false);
        };
        self.ended = groups.last() == Some(&b'=');
        take(octets)?;
        Ok(true)
    }

    /// Returns whether the text ended with a whole group.
    pub(super) fn is_complete(&self) -> bool {
        self.group.is_empty() && !self.in_reference
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use base64::{Engine, engine::general_purpose::STANDARD};
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
            for end in [&b"\r\n"[..], b"\n", b" ", b"\t", b"&#xD;\n", b""] {
                let joined = lines.join(end);
                let (head, tail) = joined.split_at(cut.min(joined.len()));
                prop_assert_eq!(decode(&[head, tail]), Some(octets.clone()));
            }
        }
    }

    #[test]
    fn blocks_and_pieces_of_any_size_are_put_together() {
        let octets: Vec<u8> = (0..3 * BLOCK).map(|at| (at % 251) as u8).collect();
        let text = STANDARD.encode(&octets);
        for size in [1, 3, BLOCK - 1, BLOCK, BLOCK + 1, BLOCK + 2, 3 * BLOCK] {
            let pieces: Vec<&[u8]> = text.as_bytes().chunks(size).collect();
            assert_eq!(decode(&pieces).as_ref(), Some(&octets), "pieces of {size}");
        }
    }

    #[test]
    fn what_is_no_base64_is_refused() {
        for text in [&b"QUJ"[..], b"QUJD*", b"QQ==QQ==", b"QUI=QUJD", b"&#xD"] {
            assert_eq!(decode(&[text]), None, "{}", String::from_utf8_lossy(text));
        }
    }
}
