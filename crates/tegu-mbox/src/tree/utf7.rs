//! Modified UTF-7 (RFC 3501, section 5.1.3), in which Dovecot writes folder names.

const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+,";

/// `name` in modified UTF-7.
pub(super) fn encode(name: &str) -> String {
    let mut out = String::with_capacity(name.len());
    let mut units: Vec<u16> = Vec::new();
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            shift_out(&mut units, &mut out);
            out.push(c);
            if c == '&' {
                out.push('-');
            }
        } else {
            let mut buffer = [0; 2];
            units.extend_from_slice(c.encode_utf16(&mut buffer));
        }
    }
    shift_out(&mut units, &mut out);
    out
}

fn shift_out(units: &mut Vec<u16>, out: &mut String) {
    if units.is_empty() {
        return;
    }
    out.push('&');
    let (mut bits, mut held) = (0_u32, 0);
    for unit in units.drain(..) {
        bits = bits << 16 | u32::from(unit);
        held += 16;
        while held >= 6 {
            held -= 6;
            out.push(digit(bits >> held));
        }
        bits &= (1 << held) - 1;
    }
    if held > 0 {
        out.push(digit(bits << (6 - held)));
    }
    out.push('-');
}

fn digit(value: u32) -> char {
    ALPHABET
        .get((value & 63) as usize)
        .copied()
        .map_or('A', char::from)
}

/// What `text` means, if it is well formed: the one form that [`encode`] gives.
pub(super) fn decode(text: &str) -> Option<String> {
    if !text.contains('&') {
        return Some(text.to_owned());
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((plain, behind)) = rest.split_once('&') {
        out.push_str(plain);
        let (shifted, behind) = behind.split_once('-')?;
        rest = behind;
        if shifted.is_empty() {
            out.push('&');
            continue;
        }
        let (mut bits, mut held) = (0_u32, 0);
        let mut units = Vec::new();
        for byte in shifted.bytes() {
            let value = u32::try_from(ALPHABET.iter().position(|&digit| digit == byte)?).ok()?;
            bits = bits << 6 | value;
            held += 6;
            if held >= 16 {
                held -= 16;
                units.push(u16::try_from(bits >> held & 0xffff).ok()?);
            }
            bits &= (1 << held) - 1;
        }
        out.push_str(&String::from_utf16(&units).ok()?);
    }
    out.push_str(rest);
    (encode(&out) == text).then_some(out)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn the_rfcs_example() {
        let text = "~peter/mail/&U,BTFw-/&ZeVnLIqe-";
        assert_eq!(decode(text).as_deref(), Some("~peter/mail/台北/日本語"));
        assert_eq!(encode("~peter/mail/台北/日本語"), text);
    }

    #[test]
    fn what_is_none_stays_unread() {
        for text in ["R&D", "A&B-C", "&AGE-", "&!-", "&ZeVnLIqe"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn every_name_comes_back(name in "\\PC{0,12}|[& -~]{0,8}") {
            prop_assert_eq!(decode(&encode(&name)), Some(name));
        }
    }
}
