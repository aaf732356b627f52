//! Byte-level checks of a line, for the scan over a file.

/// Whether bytes are UTF-8 but for characters that a fold cuts apart at either end.
pub(super) fn is_piece(bytes: &[u8]) -> bool {
    let tail = |b: &&u8| (0x80..0xc0).contains(*b);
    let inner = bytes.strip_prefix(b" ").unwrap_or(bytes);
    let cut = inner.iter().take(3).take_while(tail).count();
    match std::str::from_utf8(inner.get(cut..).unwrap_or_default()) {
        Ok(_) => true,
        Err(error) => error.error_len().is_none(),
    }
}

/// The component name of a `BEGIN:` or `END:` line.
pub(super) fn keyword<'b>(bytes: &'b [u8], word: &[u8]) -> Option<&'b [u8]> {
    let (head, rest) = bytes.split_at_checked(word.len())?;
    let name = rest.trim_ascii_start().strip_prefix(b":")?.trim_ascii();
    let token = !name.is_empty() && name.iter().all(|b| b.is_ascii_alphanumeric() || *b == b'-');
    (head.eq_ignore_ascii_case(word) && token).then_some(name)
}

/// Whether a `BEGIN:` or `END:` line is spelled as we spell it.
pub(super) fn is_exact(bytes: &[u8], word: &[u8], name: &[u8]) -> bool {
    bytes.strip_prefix(word) == Some(name) && !name.iter().any(u8::is_ascii_lowercase)
}

/// The colon that ends name and parameters.
pub(super) fn colon(bytes: &[u8]) -> Option<usize> {
    let mut quoted = false;
    bytes.iter().position(|&byte| {
        quoted ^= byte == b'"';
        !quoted && byte == b':'
    })
}

/// Whether a line begins as every content line does: a name, parameters with names, a colon.
pub(super) fn is_content(bytes: &[u8]) -> bool {
    let token = |b: u8| b.is_ascii_alphanumeric() || b == b'-' || b == b'_';
    let name = bytes.iter().position(|&b| !token(b)).unwrap_or(bytes.len());
    match bytes.get(name) {
        Some(b':') => name > 0,
        // A parameter may go on in the next physical line.
        Some(b';') if name > 0 => {
            let head = bytes
                .get(name..colon(bytes).unwrap_or(bytes.len()))
                .unwrap_or_default();
            head.split(|&b| b == b'=').count() > 1 || bytes.len() >= 70
        }
        // So may a name, where a line is full.
        None => bytes.len() >= 70,
        _ => false,
    }
}

/// Whether all of it is UTF-8 without controls but line ends and tabs.
pub(super) fn is_clean(bytes: &[u8]) -> bool {
    let control = bytes.iter().fold(false, |found, &b| {
        found | (b < 0x20 && b != b'\t' && b != b'\r' && b != b'\n') | (b == 0x7f)
    });
    !control
        && memchr::memmem::find(bytes, b"\xef\xbf").is_none()
        && simdutf8::basic::from_utf8(bytes).is_ok()
}
