//! Modified UTF-7 (RFC 3501, section 5.1.3).

use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};

/// A folder name as it stands on the wire.
pub fn encode(name: &str) -> String {
    let mut out = String::new();
    let mut units: Vec<u8> = Vec::new();
    let flush = |units: &mut Vec<u8>, out: &mut String| {
        if !units.is_empty() {
            let text = STANDARD_NO_PAD.encode(&units);
            *out += &format!("&{}-", text.replace('/', ","));
            units.clear();
        }
    };
    for letter in name.chars() {
        match letter {
            ' '..='~' => {
                flush(&mut units, &mut out);
                out.push(letter);
                if letter == '&' {
                    out.push('-');
                }
            }
            _ => units.extend(
                letter
                    .encode_utf16(&mut [0; 2])
                    .iter()
                    .flat_map(|unit| unit.to_be_bytes()),
            ),
        }
    }
    flush(&mut units, &mut out);
    out
}

/// The folder name that stands on the wire as `wire`. What is not modified UTF-7 stays as it is.
pub fn decode(wire: &str) -> String {
    let mut out = String::new();
    let mut rest = wire;
    while let Some((plain, shifted)) = rest.split_once('&') {
        out.push_str(plain);
        let Some((coded, after)) = shifted.split_once('-') else {
            return wire.to_owned();
        };
        if coded.is_empty() {
            out.push('&');
        } else if let Some(text) = letters(coded) {
            out.push_str(&text);
        } else {
            return wire.to_owned();
        }
        rest = after;
    }
    out + rest
}

fn letters(coded: &str) -> Option<String> {
    const ALPHABET: &[u8] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";
    let mut bits = 0_u32;
    let mut count = 0;
    let mut units = Vec::new();
    for byte in coded.bytes() {
        let value = ALPHABET.iter().position(|letter| *letter == byte)?;
        bits = bits << 6 | value as u32;
        count += 6;
        if count >= 16 {
            count -= 16;
            units.push((bits >> count) as u16);
            bits &= (1 << count) - 1;
        }
    }
    String::from_utf16(&units).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_there_and_back() {
        for (name, wire) in [
            ("INBOX", "INBOX"),
            ("Архив", "&BBAEQARFBDgEMg-"),
            ("A&B 😀", "A&-B &2D3eAA-"),
            ("台北", "&U,BTFw-"),
        ] {
            assert_eq!((encode(name).as_str(), decode(wire).as_str()), (wire, name));
        }
        assert_eq!(decode("odd & name"), "odd & name");
    }
}
