//! Identities as text: GUIDs and security identifiers.

use std::fmt::Write as _;

/// A GUID in its usual spelling. The first three groups are stored with the low byte first ([MS-DTYP] 2.3.4.2).
pub(crate) fn guid_text(bytes: &[u8]) -> Option<String> {
    let b: &[u8; 16] = bytes.try_into().ok()?;
    let order = [3, 2, 1, 0, 5, 4, 7, 6, 8, 9, 10, 11, 12, 13, 14, 15];
    let mut out = String::with_capacity(36);
    for (at, index) in order.into_iter().enumerate() {
        if matches!(at, 4 | 6 | 8 | 10) {
            out.push('-');
        }
        let byte = b.get::<usize>(index).copied()?;
        for digit in [byte >> 4, byte & 15] {
            out.push(char::from_digit(digit.into(), 16)?);
        }
    }
    Some(out)
}

/// Returns the bytes of a GUID as people write it, with or without braces.
pub(crate) fn guid_bytes(text: &str) -> Option<[u8; 16]> {
    let text = text.trim().trim_start_matches('{').trim_end_matches('}');
    if text.len() != 36
        || text
            .bytes()
            .enumerate()
            .any(|(i, b)| matches!(i, 8 | 13 | 18 | 23) != (b == b'-'))
    {
        return None;
    }
    let digits: String = text.chars().filter(|c| *c != '-').collect();
    let n = u128::from_str_radix(&digits, 16).ok()?.to_be_bytes();
    let [a, b, c, d, e, f, g, h, rest @ ..] = n;
    let mut out = [d, c, b, a, f, e, h, g, 0, 0, 0, 0, 0, 0, 0, 0];
    out.get_mut(8..)?.copy_from_slice(&rest);
    Some(out)
}

/// A security identifier in its usual spelling ([MS-DTYP] 2.4.2.1). `None` when the bytes are none: also when they are
/// fewer or more than the count inside says.
pub(crate) fn sid_text(bytes: &[u8]) -> Option<String> {
    let [1, count, a, b, c, d, e, f, parts @ ..] = bytes else {
        return None;
    };
    if parts.len() != usize::from(*count) * 4 || *count > 15 {
        return None;
    }
    let authority = u64::from_be_bytes([0, 0, *a, *b, *c, *d, *e, *f]);
    let mut out = String::with_capacity(48);
    out.push_str("S-1-");
    match u32::try_from(authority) {
        Ok(authority) => decimal(&mut out, authority),
        Err(_) => {
            let _ = write!(out, "{authority:#x}");
        }
    }
    for part in parts.as_chunks::<4>().0 {
        out.push('-');
        decimal(&mut out, u32::from_le_bytes(*part));
    }
    Some(out)
}

/// Appends a number. The formatter of the standard library takes several times as long, and there are millions.
fn decimal(out: &mut String, number: u32) {
    let mut divisor = 1_000_000_000;
    while divisor > 1 && number < divisor {
        divisor /= 10;
    }
    while divisor > 0 {
        out.extend(char::from_digit(number / divisor % 10, 10));
        divisor /= 10;
    }
}

/// Returns whether the text has the form of a security identifier.
pub(crate) fn is_sid(text: &str) -> bool {
    text.get(..4)
        .is_some_and(|head| head.eq_ignore_ascii_case("S-1-"))
        && text.get(4..).is_some_and(|rest| {
            rest.split('-').all(|part| {
                let digits = part.strip_prefix("0x").unwrap_or(part);
                !digits.is_empty() && digits.bytes().all(|b| b.is_ascii_hexdigit())
            })
        })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn guids() {
        let bytes: Vec<u8> = (0..16).collect();
        let text = guid_text(&bytes).unwrap();
        assert_eq!(text, "03020100-0504-0706-0809-0a0b0c0d0e0f");
        assert_eq!(
            guid_bytes(&format!("{{{}}}", text.to_uppercase())).unwrap(),
            *bytes
        );
        assert_eq!(guid_text(&bytes[..15]), None);
        for text in [
            "",
            "03020100-0504-0706-0809-0a0b0c0d0e0g",
            "030201000-504-0706-0809-0a0b0c0d0e0f",
        ] {
            assert_eq!(guid_bytes(text), None);
        }
    }

    #[test]
    fn sids() {
        let admin = [
            1, 5, 0, 0, 0, 0, 0, 5, 21, 0, 0, 0, 1, 0, 0, 0, 2, 0, 0, 0, 255, 255, 255, 255, 244, 1, 0, 0,
        ];
        assert_eq!(sid_text(&admin).unwrap(), "S-1-5-21-1-2-4294967295-500");
        assert!(is_sid("s-1-5-21-1-2-4294967295-500"));
        // The count lies.
        let mut lie = admin;
        lie[1] = 15;
        assert_eq!(sid_text(&lie), None);
        assert_eq!(sid_text(&admin[..27]), None);
        assert_eq!(sid_text(&[1, 0, 0, 0, 0, 0, 0, 5]).unwrap(), "S-1-5");
        for text in ["S-1-", "S-1-5-x", "S-2-5", "CORP\\ann"] {
            assert!(!is_sid(text), "{text}");
        }
    }
}
