//! The quoting of mboxrd: one `>` more before every line that is `From ` after any number of `>`.

use std::borrow::Cow;

use memchr::memmem;

/// The starts of all lines that match `^>*From `, in order.
pub(crate) fn from_lines(text: &[u8]) -> impl Iterator<Item = usize> {
    memmem::find_iter(text, b"From ").filter_map(move |hit| line_start(text, hit))
}

/// Takes one `>` from every line that matches `^>+From `. Borrows when there is none.
///
/// ```
/// # use tegu_mbox::read::unquote;
/// assert_eq!(unquote(b">From a\n>>From b\n> From c\n").as_ref(), b"From a\n>From b\n> From c\n");
/// ```
pub fn unquote(text: &[u8]) -> Cow<'_, [u8]> {
    unquote_from(text, 0)
}

/// As [`unquote`], where the first such line is known not to start before `first`.
pub(crate) fn unquote_from(text: &[u8], first: usize) -> Cow<'_, [u8]> {
    let mut out: Vec<u8> = Vec::new();
    let mut copied = 0;
    for hit in memmem::find_iter(text.get(first..).unwrap_or_default(), b">From ") {
        let Some(start) = line_start(text, first + hit) else {
            continue;
        };
        if out.capacity() == 0 {
            out.reserve_exact(text.len() - 1);
        }
        out.extend_from_slice(text.get(copied..start).unwrap_or_default());
        copied = start + 1;
    }
    if copied == 0 {
        return Cow::Borrowed(text);
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
    Cow::Owned(out)
}

/// Appends `text` to `out` with one more `>` before every line that matches `^>*From `.
pub(crate) fn quote_into(text: &[u8], out: &mut Vec<u8>) {
    let mut copied = 0;
    for start in from_lines(text) {
        out.extend_from_slice(text.get(copied..start).unwrap_or_default());
        out.push(b'>');
        copied = start;
    }
    out.extend_from_slice(text.get(copied..).unwrap_or_default());
}

/// The start of the line that holds `hit`, if only `>` stands before it there.
pub(crate) fn line_start(text: &[u8], hit: usize) -> Option<usize> {
    let before = text.get(..hit)?;
    // Most hits stand in prose: one byte turns them away.
    if !matches!(before.last(), None | Some(b'\n' | b'>')) {
        return None;
    }
    let marks = before.iter().rev().take_while(|&&b| b == b'>').count();
    let start = hit - marks;
    match start.checked_sub(1).and_then(|at| text.get(at)) {
        None | Some(b'\n') => Some(start),
        Some(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn nothing_to_do_borrows() {
        assert!(matches!(unquote(b"> From x\nxFrom y\n"), Cow::Borrowed(_)));
    }

    proptest! {
        #[test]
        fn quoting_is_undone(parts in proptest::collection::vec(
            prop_oneof![Just("From "), Just(">"), Just("\n"), Just("\r\n"), Just("x"), Just("From")], 0..24,
        )) {
            let text = parts.concat().into_bytes();
            let mut quoted = Vec::new();
            quote_into(&text, &mut quoted);
            prop_assert!(!quoted.starts_with(b"From ") && memmem::find(&quoted, b"\nFrom ").is_none());
            prop_assert_eq!(unquote(&quoted).into_owned(), text);
        }
    }
}
