//! What no file name can hold, and how it is written instead.

/// The longest file name that [`encode_component`](super::encode_component) makes, in bytes. With an extension it stays below the 255 that
/// most file systems hold.
pub const MAX_COMPONENT: usize = 240;

/// Names that Windows keeps for devices, with any extension.
const RESERVED: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The same, each followed by one digit, which may be superscript.
const RESERVED_WITH_DIGIT: [&str; 2] = ["COM", "LPT"];

/// Endings that mean something in a tree.
const ENDINGS: [&str; 6] = [".mbox", ".sbd", ".msf", ".part", ".jsonl", ".lock"];

/// The name with everything escaped that no file name can hold, of any length.
pub(super) fn encode(name: &str) -> String {
    let last = name.chars().next_back().map_or(0, |c| name.len() - c.len_utf8());
    let reserved = is_reserved(name);
    let ending = ENDINGS.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len())?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then_some(at)
    });
    let mut out = String::with_capacity(name.len() + 8);
    for (at, c) in name.char_indices() {
        let at_edge = (at == 0 || at == last) && matches!(c, '.' | ' ');
        if at_edge || is_bad(c) || (reserved && at == 0) || ending == Some(at) {
            push_escaped(c, &mut out);
        } else {
            out.push(c);
        }
    }
    if out.is_empty() {
        out.push('%');
    }
    out
}

/// Whether a file system or this encoding gives `c` a meaning, wherever it stands. Some file systems take the last two for `%`.
pub(super) fn is_bad(c: char) -> bool {
    c.is_control()
        || matches!(
            c,
            '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%' | '\u{fe6a}' | '\u{ff05}'
        )
}

pub(super) fn push_escaped(c: char, out: &mut String) {
    let mut utf8 = [0; 4];
    for byte in c.encode_utf8(&mut utf8).bytes() {
        out.push_str(&format!("%{byte:02X}"));
    }
}

fn is_reserved(name: &str) -> bool {
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let is = |word: &&str| word.eq_ignore_ascii_case(stem);
    RESERVED.iter().any(is)
        || stem.char_indices().next_back().is_some_and(|(at, digit)| {
            let word = stem.get(..at).unwrap_or_default();
            (digit.is_ascii_digit() || matches!(digit, '¹' | '²' | '³'))
                && RESERVED_WITH_DIGIT
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(word))
        })
}
