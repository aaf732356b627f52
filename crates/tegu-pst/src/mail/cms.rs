//! What a CMS structure says of what it signs (RFC 5652): its content, and the digests that its signers keep. BER as well as DER, since
//! writers that stream leave lengths open.

/// How deep elements lie within each other.
const DEPTH: usize = 16;

const SEQUENCE: u8 = 0x30;
const SET: u8 = 0x31;
const OBJECT_IDENTIFIER: u8 = 0x06;
const OCTET_STRING: u8 = 0x04;
const OCTET_STRING_IN_PARTS: u8 = 0x24;
/// The context-specific tag 0, constructed.
const CONTEXT_0: u8 = 0xa0;

/// id-signedData (1.2.840.113549.1.7.2).
const SIGNED_DATA: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02];
/// id-messageDigest (1.2.840.113549.1.9.4).
const MESSAGE_DIGEST: [u8; 9] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x04];

/// Signed data.
#[derive(Debug, Default, Eq, PartialEq)]
pub(super) struct Signed {
    /// What is signed, if it is not kept elsewhere.
    pub(super) content: Option<Vec<u8>>,
    /// The digest of the content by each signer that keeps one.
    pub(super) digests: Vec<Vec<u8>>,
}

impl Signed {
    /// Reads signed data; `None` for data that are encrypted, or anything else.
    pub(super) fn read(data: &[u8]) -> Option<Self> {
        let mut outer = Elements(data).constructed(SEQUENCE)?;
        if outer.primitive(OBJECT_IDENTIFIER)? != SIGNED_DATA {
            return None;
        }
        let mut signed = outer.constructed(CONTEXT_0)?.constructed(SEQUENCE)?;
        // Version, and the algorithms of all signers.
        signed.next()?;
        signed.next()?;
        let mut inner = signed.constructed(SEQUENCE)?;
        inner.primitive(OBJECT_IDENTIFIER)?;
        let content = match inner.next() {
            Some((CONTEXT_0, content)) => {
                let mut octets = Vec::new();
                strings(content, &mut octets, DEPTH)?;
                Some(octets)
            }
            _ => None,
        };
        // Certificates and revocation lists may stand before the signers.
        let signers = signed.filter(|(tag, _)| *tag == SET).last()?.1;
        let digests = Elements(signers)
            .filter(|(tag, _)| *tag == SEQUENCE)
            .filter_map(|(_, signer)| digest(signer))
            .collect();
        Some(Self { content, digests })
    }
}

/// The digest among the signed attributes of a signer.
fn digest(signer: &[u8]) -> Option<Vec<u8>> {
    let (_, attributes) = Elements(signer).find(|(tag, _)| *tag == CONTEXT_0)?;
    Elements(attributes).find_map(|(_, attribute)| {
        let mut attribute = Elements(attribute);
        if attribute.primitive(OBJECT_IDENTIFIER)? != MESSAGE_DIGEST {
            return None;
        }
        Some(attribute.constructed(SET)?.primitive(OCTET_STRING)?.to_vec())
    })
}

/// The octets of strings, which may consist of strings.
fn strings(data: &[u8], out: &mut Vec<u8>, depth: usize) -> Option<()> {
    let depth = depth.checked_sub(1)?;
    let mut elements = Elements(data);
    for (tag, content) in elements.by_ref() {
        match tag {
            OCTET_STRING => out.extend_from_slice(content),
            OCTET_STRING_IN_PARTS => strings(content, out, depth)?,
            _ => return None,
        }
    }
    elements.0.is_empty().then_some(())
}

/// Elements, one after the other. What is malformed ends them.
#[derive(Clone, Copy, Debug)]
struct Elements<'a>(&'a [u8]);

impl<'a> Elements<'a> {
    fn primitive(&mut self, tag: u8) -> Option<&'a [u8]> {
        self.next()
            .filter(|(found, _)| *found == tag)
            .map(|(_, content)| content)
    }

    fn constructed(&mut self, tag: u8) -> Option<Self> {
        self.primitive(tag).map(Elements)
    }
}

impl<'a> Iterator for Elements<'a> {
    type Item = (u8, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let (tag, content, rest) = element(self.0, DEPTH)?;
        self.0 = rest;
        Some((tag, content))
    }
}

/// The tag and the content of the first element, and what follows it.
fn element(data: &[u8], depth: usize) -> Option<(u8, &[u8], &[u8])> {
    let depth = depth.checked_sub(1)?;
    let [tag, length, rest @ ..] = data else {
        return None;
    };
    // Tags of several octets do not occur here.
    if tag & 0x1f == 0x1f {
        return None;
    }
    if *length == 0x80 {
        // Of open length: up to an element of zeros.
        let mut inner = rest;
        while !inner.starts_with(&[0, 0]) {
            inner = element(inner, depth)?.2;
        }
        let content = rest.get(..rest.len() - inner.len())?;
        return Some((*tag, content, inner.get(2..)?));
    }
    let (length, rest) = if *length < 0x80 {
        (usize::from(*length), rest)
    } else {
        let octets = usize::from(length & 0x7f);
        let (length, rest) = rest.split_at_checked(octets).filter(|_| octets <= 4)?;
        let length = length
            .iter()
            .fold(0, |length, octet| length << 8 | usize::from(*octet));
        (length, rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tlv(tag: u8, content: &[u8]) -> Vec<u8> {
        assert!(content.len() < 128);
        [&[tag, content.len() as u8], content].concat()
    }

    fn signed(content: &[u8], digest: &[u8]) -> Vec<u8> {
        let attribute = tlv(
            SEQUENCE,
            &[
                tlv(OBJECT_IDENTIFIER, &MESSAGE_DIGEST),
                tlv(SET, &tlv(OCTET_STRING, digest)),
            ]
            .concat(),
        );
        let signer = tlv(SEQUENCE, &[tlv(2, &[1]), tlv(CONTEXT_0, &attribute)].concat());
        let inner = tlv(
            SEQUENCE,
            &[tlv(OBJECT_IDENTIFIER, &[1]), content.to_vec()].concat(),
        );
        let data = [tlv(2, &[1]), tlv(SET, &[]), inner, tlv(SET, &signer)].concat();
        let data = tlv(CONTEXT_0, &tlv(SEQUENCE, &data));
        tlv(SEQUENCE, &[tlv(OBJECT_IDENTIFIER, &SIGNED_DATA), data].concat())
    }

    #[test]
    fn contents_and_digests() {
        let parts = [tlv(OCTET_STRING, b"ab"), tlv(OCTET_STRING, b"c")].concat();
        let open = [
            &[CONTEXT_0, 0x80, OCTET_STRING_IN_PARTS, 0x80],
            parts.as_slice(),
            &[0, 0, 0, 0],
        ]
        .concat();
        for (content, expected) in [
            (Vec::new(), None),
            (tlv(CONTEXT_0, &tlv(OCTET_STRING, b"abc")), Some(b"abc".to_vec())),
            (
                tlv(CONTEXT_0, &tlv(OCTET_STRING_IN_PARTS, &parts)),
                Some(b"abc".to_vec()),
            ),
            (open, Some(b"abc".to_vec())),
        ] {
            let data = signed(&content, b"digest");
            let read = Signed::read(&data).unwrap();
            assert_eq!(read.content, expected);
            assert_eq!(read.digests, [b"digest".to_vec()]);
            // What is cut off is never read as something else.
            for length in 0..data.len() {
                assert_eq!(Signed::read(&data[..length]), None, "{length}");
            }
        }
    }

    #[test]
    fn nothing_nests_without_end() {
        let deep = [0x30, 0x80].repeat(100_000);
        assert_eq!(Signed::read(&deep), None);
        let deep = [0x24, 0x80].repeat(1000);
        assert_eq!(strings(&deep, &mut Vec::new(), DEPTH), None);
    }
}
