//! Writes BER (X.690): requests, and filters in controls.

/// Appends an element. `content` writes what is inside.
pub(crate) fn element(out: &mut Vec<u8>, tag: u8, content: impl FnOnce(&mut Vec<u8>)) {
    let mut inside = Vec::new();
    content(&mut inside);
    octets(out, tag, &inside);
}

/// Appends an element of bytes that are at hand.
pub(crate) fn octets(out: &mut Vec<u8>, tag: u8, content: &[u8]) {
    out.push(tag);
    match u8::try_from(content.len()) {
        Ok(short) if short < 0x80 => out.push(short),
        _ => {
            let digits = content.len().to_be_bytes();
            let skip = digits.iter().take_while(|&&b| b == 0).count();
            let digits = digits.get(skip..).unwrap_or_default();
            out.push(0x80 | u8::try_from(digits.len()).unwrap_or(8));
            out.extend_from_slice(digits);
        }
    }
    out.extend_from_slice(content);
}

/// Appends a whole number (INTEGER or ENUMERATED, by its tag).
#[cfg(any(test, feature = "client"))]
pub(crate) fn number(out: &mut Vec<u8>, tag: u8, value: i32) {
    let bytes = value.to_be_bytes();
    // As few bytes as keep the sign.
    let skip = bytes
        .windows(2)
        .take_while(|w| {
            matches!(w, [0, next] if next & 0x80 == 0) || matches!(w, [0xff, next] if next & 0x80 != 0)
        })
        .count();
    octets(out, tag, bytes.get(skip..).unwrap_or_default());
}

/// Appends a truth value.
#[cfg(feature = "client")]
pub(crate) fn truth(out: &mut Vec<u8>, tag: u8, value: bool) {
    octets(out, tag, &[if value { 0xff } else { 0 }]);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_and_lengths() {
        let bytes = |value| {
            let mut out = Vec::new();
            number(&mut out, 2, value);
            out
        };
        assert_eq!(bytes(0), [2, 1, 0]);
        assert_eq!(bytes(127), [2, 1, 127]);
        assert_eq!(bytes(128), [2, 2, 0, 128]);
        assert_eq!(bytes(-1), [2, 1, 0xff]);
        assert_eq!(bytes(70_000), [2, 3, 1, 0x11, 0x70]);
        let mut out = Vec::new();
        octets(&mut out, 4, &[7; 300]);
        assert_eq!(out.get(..4), Some(&[4, 0x82, 1, 44][..]));
    }
}
