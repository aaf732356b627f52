//! Letter case: which characters are one letter to a reader.

use std::collections::HashMap;
use std::sync::LazyLock;

/// Characters beyond this have no letter case but for a few historic scripts, whose letters are compared as they stand.
const LAST: u32 = 0x1_ffff;

/// Returns the character that stands for all cases of a letter.
///
/// Compatibility signs such as the Kelvin sign are not taken for the ASCII letters that they look like.
pub(crate) fn fold(c: char) -> char {
    if c.is_ascii() {
        return c.to_ascii_lowercase();
    }
    if c == 'ς' {
        return 'σ';
    }
    let mut lower = c.to_lowercase();
    match (lower.next(), lower.next()) {
        (Some(one), None) if !one.is_ascii() => one,
        _ => c,
    }
}

/// Folds a whole text.
pub(crate) fn fold_text(text: &str) -> String {
    text.chars().map(fold).collect()
}

static VARIANTS: LazyLock<HashMap<char, Vec<char>>> = LazyLock::new(|| {
    let mut all: HashMap<char, Vec<char>> = HashMap::new();
    for c in (0x80..=LAST).filter_map(char::from_u32) {
        let folded = fold(c);
        if folded != c {
            all.entry(folded).or_insert_with(|| vec![folded]).push(c);
        }
    }
    all
});

/// Returns all cases of a letter beyond ASCII, upper case first; nothing for a character without cases.
pub(crate) fn variants(c: char) -> Option<Vec<char>> {
    let mut all = VARIANTS.get(&fold(c))?.clone();
    all.sort_unstable();
    Some(all)
}

/// Whether comparing as ASCII does, without letter case, finds this text as a reader would.
pub(crate) fn is_plain(text: &str) -> bool {
    text.chars().all(|c| c.is_ascii() || variants(c).is_none())
}

/// Returns a POSIX extended regular expression that finds the text whatever its letter case.
///
/// Letters beyond ASCII are alternatives, since a bracket expression would take the octets of UTF-8 apart. ASCII letters are left to the
/// comparator, which ignores their case.
pub(crate) fn pattern(text: &str) -> String {
    let mut out = String::with_capacity(text.len() * 4);
    for c in text.chars() {
        match variants(c) {
            Some(all) if !c.is_ascii() => {
                out.push('(');
                for (at, variant) in all.iter().enumerate() {
                    if at > 0 {
                        out.push('|');
                    }
                    out.push(*variant);
                }
                out.push(')');
            }
            _ => push_literal(&mut out, c),
        }
    }
    out
}

/// Writes a character so that a regular expression means the character itself.
pub(crate) fn push_literal(out: &mut String, c: char) {
    if "\\.[]{}()*+?^$|".contains(c) {
        out.push('\\');
    }
    out.push(c);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letters() {
        assert_eq!(
            fold_text("ПРИВЕТ Ёж STRASSE ΣΊΣΥΦΟΣ"),
            fold_text("привет ёЖ strasse σίσυφος")
        );
        assert_eq!(pattern("Ж. a"), r"(Ж|ж)\. a");
        assert_eq!(variants('σ'), Some(vec!['Σ', 'ς', 'σ']));
        assert_eq!((variants('中'), variants('k')), (None, None));
        assert_ne!(fold('\u{212a}'), 'k', "the Kelvin sign");
        assert!(is_plain("a中,9") && !is_plain("é"));
    }

    #[test]
    fn a_letter_is_among_its_variants() {
        for c in (0x80..=LAST).filter_map(char::from_u32) {
            if let Some(all) = variants(c) {
                assert!(all.contains(&c) && all.iter().all(|v| fold(*v) == fold(c)), "{c}");
            }
        }
    }
}
