//! RFC 4648, section 4.

pub(crate) fn encode(bytes: &[u8]) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for chunk in bytes.chunks(3) {
        let mut group = [0; 3];
        group[..chunk.len()].copy_from_slice(chunk);
        let bits = u32::from_be_bytes([0, group[0], group[1], group[2]]);
        for i in 0..4 {
            let index = (bits >> (18 - 6 * i)) & 63;
            text.push(if i <= chunk.len() {
                char::from(ALPHABET[index as usize])
            } else {
                '='
            });
        }
    }
    text
}

/// `None` where `text` is not base64.
pub(crate) fn decode(text: &str) -> Option<Vec<u8>> {
    let value = |letter: u8| match letter {
        b'A'..=b'Z' => Some(letter - b'A'),
        b'a'..=b'z' => Some(letter - b'a' + 26),
        b'0'..=b'9' => Some(letter - b'0' + 52),
        b'+' => Some(62),
        b'/' => Some(63),
        _ => None,
    };
    let (mut bits, mut count, mut bytes) = (0_u32, 0, Vec::new());
    for letter in text.trim_end_matches('=').bytes() {
        bits = (bits << 6 | u32::from(value(letter)?)) & 0xfff_ffff;
        count += 6;
        if count >= 8 {
            count -= 8;
            bytes.push((bits >> count) as u8);
        }
    }
    Some(bytes)
}

/// Section 5, without padding, as tokens have it.
pub(crate) fn encode_url(bytes: &[u8]) -> String {
    encode(bytes)
        .trim_end_matches('=')
        .replace('+', "-")
        .replace('/', "_")
}

#[cfg(test)]
mod tests {
    #[test]
    fn decodes_what_it_encodes() {
        for length in 0..40 {
            let bytes: Vec<u8> = (0..length).map(|at: u8| at.wrapping_mul(37)).collect();
            assert_eq!(super::decode(&super::encode(&bytes)), Some(bytes));
        }
        assert_eq!(super::decode("a b"), None);
    }

    #[test]
    fn pads() {
        let encoded = ["", "f", "fo", "foo", "foob"].map(|text| super::encode(text.as_bytes()));
        assert_eq!(encoded, ["", "Zg==", "Zm8=", "Zm9v", "Zm9vYg=="]);
        assert_eq!(super::encode_url(b"\xfb\xff"), "-_8");
    }
}
