//! Parses values as the tools write them.

/// Splits a list at separators that are not escaped with a backslash.
pub(super) fn split(text: &str, separators: &[char]) -> Vec<String> {
    let mut out = Vec::new();
    let mut part = String::new();
    let mut chars = text.chars().peekable();
    while let Some(c) = chars.next() {
        match c {
            '\\' if chars.peek().is_some_and(|next| separators.contains(next)) => {
                part.extend(chars.next());
            }
            c if separators.contains(&c) => out.push(std::mem::take(&mut part)),
            c => part.push(c),
        }
    }
    out.push(part);
    out.retain(|part| !part.trim().is_empty());
    out
}

/// Bytes as `csvde` writes them: `X'00ff'`.
pub(super) fn hex(text: &str) -> Option<Vec<u8>> {
    let digits = text.trim().strip_prefix("X'")?.strip_suffix('\'')?;
    if !digits.len().is_multiple_of(2) || !digits.bytes().all(|b| b.is_ascii_hexdigit()) {
        return None;
    }
    digits
        .as_bytes()
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

/// Bytes of a size as Exchange writes it: `2 GB (2,147,483,648 bytes)`, `1.5 MB`, a plain number. `None` for `Unlimited`
/// and for what is no size.
pub(super) fn size(text: &str) -> Option<u64> {
    if let Some((_, exact)) = text.split_once('(') {
        let digits: String = exact
            .split(|c: char| c.is_alphabetic() || c == ')')
            .next()?
            .chars()
            .filter(char::is_ascii_digit)
            .collect();
        return digits.parse().ok();
    }
    let text = text.trim();
    let at = text
        .find(|c: char| !c.is_ascii_digit() && c != '.')
        .unwrap_or(text.len());
    let (number, unit) = text.split_at_checked(at)?;
    let shift = match unit.trim().to_ascii_uppercase().as_str() {
        "" | "B" => 0,
        "KB" => 10,
        "MB" => 20,
        "GB" => 30,
        "TB" => 40,
        _ => return None,
    };
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    let whole: u64 = whole.parse().ok()?;
    let mut bytes = whole.checked_mul(1 << shift)?;
    if !fraction.is_empty() {
        let digits: u64 = fraction.get(..fraction.len().min(6))?.parse().ok()?;
        let scale = 10_u64.pow(u32::try_from(fraction.len().min(6)).ok()?);
        bytes = bytes.checked_add(digits.checked_mul(1 << shift)? / scale)?;
    }
    Some(bytes)
}

/// `True` and `False`, in any case and in the words of some languages of the shell.
pub(super) fn truth(text: &str) -> Option<bool> {
    match text.trim().to_lowercase().as_str() {
        "true" | "$true" | "1" | "истина" | "wahr" => Some(true),
        "false" | "$false" | "0" | "ложь" | "falsch" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sizes() {
        for (text, bytes) in [
            ("2 GB (2,147,483,648 bytes)", Some(2 << 30)),
            ("2 ГБ (2 147 483 648 байт)", Some(2 << 30)),
            ("1.5 MB", Some(3 << 19)),
            ("512KB", Some(512 << 10)),
            ("1024", Some(1024)),
            ("Unlimited", None),
            ("", None),
            ("99999999999999 TB", None),
        ] {
            assert_eq!(size(text), bytes, "{text}");
        }
    }

    #[test]
    fn lists_and_bytes() {
        assert_eq!(split(r"a;b\;c;;d\e", &[';']), ["a", "b;c", r"d\e"]);
        assert_eq!(hex("X'00fF'"), Some(vec![0, 255]));
        for text in ["X'0'", "X'zz'", "00ff", "X'00ff"] {
            assert_eq!(hex(text), None);
        }
    }
}
