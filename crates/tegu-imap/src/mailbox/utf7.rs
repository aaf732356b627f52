//! Modified UTF-7 (RFC 3501, section 5.1.3): base64 of UTF-16 between `&` and `-`.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// Encodes a name.
///
/// ```
/// assert_eq!(tegu_imap::mailbox::encode_mutf7("Отчёты & 100%"), "&BB4EQgRHBFEEQgRL- &- 100%");
/// ```
pub fn encode_mutf7(name: &str) -> String {
    let mut encoded = String::with_capacity(name.len());
    let mut shifted = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut shifted, &mut encoded);
            encoded.push(c);
            if c == '&' {
                encoded.push('-');
            }
        } else {
            shifted.extend(
                c.encode_utf16(&mut [0; 2])
                    .iter()
                    .flat_map(|unit| unit.to_be_bytes()),
            );
        }
    }
    flush(&mut shifted, &mut encoded);
    encoded
}

fn flush(shifted: &mut Vec<u8>, encoded: &mut String) {
    if shifted.is_empty() {
        return;
    }
    encoded.push('&');
    for group in shifted.chunks(3) {
        let bits = group
            .iter()
            .fold(0_u32, |bits, &byte| bits << 8 | u32::from(byte))
            << (8 * (3 - group.len()));
        for at in 0..=group.len() {
            let index = (bits >> (18 - 6 * at) & 63) as usize;
            encoded.extend(ALPHABET.get(index).map(|&letter| char::from(letter)));
        }
    }
    encoded.push('-');
    shifted.clear();
}

/// Decodes a name; `None` where it is no modified UTF-7 at all (an unclosed or broken shift, half a character,
/// octets that should have been shifted).
///
/// Shifts that a strict encoder would not have made, such as one of ASCII letters, are read: servers make them.
///
/// ```
/// assert_eq!(tegu_imap::mailbox::decode_mutf7("&BBAEQARFBDgEMg-/2023").as_deref(), Some("Архив/2023"));
/// assert_eq!(tegu_imap::mailbox::decode_mutf7("R&D"), None);
/// ```
pub fn decode_mutf7(encoded: &str) -> Option<String> {
    let mut decoded = String::with_capacity(encoded.len());
    let mut rest = encoded;
    while let Some((plain, shifted)) = rest.split_once('&') {
        if !plain.is_ascii() {
            return None;
        }
        decoded.push_str(plain);
        let (shifted, after) = shifted.split_once('-')?;
        if shifted.is_empty() {
            decoded.push('&');
        } else {
            decoded.push_str(&unshift(shifted)?);
        }
        rest = after;
    }
    decoded.push_str(rest);
    rest.is_ascii().then_some(decoded)
}

fn unshift(shifted: &str) -> Option<String> {
    let (mut bits, mut held) = (0_u32, 0);
    let mut units = Vec::with_capacity(shifted.len() * 3 / 8);
    for letter in shifted.bytes() {
        let value = ALPHABET.iter().position(|&other| other == letter)?;
        bits = bits << 6 | value as u32;
        held += 6;
        if held >= 16 {
            held -= 16;
            units.push((bits >> held) as u16);
            bits &= (1 << held) - 1;
        }
    }
    // What is left over is padding: fewer bits than a letter has, all zero.
    (held < 6 && bits == 0)
        .then(|| String::from_utf16(&units).ok())
        .flatten()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn known_names() {
        for (name, encoded) in [
            ("INBOX", "INBOX"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
            ("Сводка \"Ё\"", "&BCEEMgQ+BDQEOgQw- \"&BAE-\""),
            ("😀", "&2D3eAA-"),
            ("a&b", "a&-b"),
        ] {
            assert_eq!(encode_mutf7(name), encoded);
            assert_eq!(decode_mutf7(encoded).as_deref(), Some(name));
        }
    }

    #[test]
    fn what_is_broken_is_none() {
        for encoded in ["&", "&BB", "&B-", "&BB!-", "&2D0-", "&BBAx-", "Вход", "&BBB-"] {
            assert_eq!(decode_mutf7(encoded), None, "{encoded}");
        }
        assert_eq!(decode_mutf7("&AGEAYg-").as_deref(), Some("ab"));
    }

    proptest! {
        #[test]
        fn names_come_back(name in any::<String>()) {
            let encoded = encode_mutf7(&name);
            prop_assert!(encoded.bytes().all(|byte| (b' '..=b'~').contains(&byte)));
            prop_assert_eq!(decode_mutf7(&encoded), Some(name));
        }

        #[test]
        fn any_text_is_safe(encoded in "[&A-Za-z,+Я-]{0,30}") {
            let _ = decode_mutf7(&encoded);
        }
    }
}
