//! Names that stay apart on file systems that ignore letter case or Unicode normalisation, and names of any length.

use unicode_normalization::{UnicodeNormalization as _, char::canonical_combining_class};

use super::escape::{MAX_COMPONENT, encode, is_bad, push_escaped};
use crate::percent::percent_decode;

/// Ends a name in which everything is escaped that a file system might fold.
const EXACT: &str = "%=";
/// Ends the name of a directory in which a long name goes on.
const CONTINUED: &str = "%+";
/// Only parts that are longer than this are continued: a shorter directory with this ending is another program's.
const SHORTEST_PART: usize = MAX_COMPONENT / 2;
/// What the edges and the reserved words of a part can add to its length.
const EDGES: usize = 16;

/// The components of a file's path that stand for `name`: one, or several if it is long.
pub(super) fn plain(name: &str) -> Vec<String> {
    let whole = encode(name);
    if whole.len() <= MAX_COMPONENT {
        return vec![whole];
    }
    let cost = |c: char| c.len_utf8() * if is_bad(c) { 3 } else { 1 };
    parts(name, cost, encode)
}

/// The same, so that a file system that ignores case or normalisation cannot take two names for one.
pub(super) fn exact(name: &str) -> Vec<String> {
    let cost = |c: char| c.len_utf8() * if is_stable(c) { 1 } else { 3 };
    parts(name, cost, encode_exact)
}

fn parts(name: &str, cost: impl Fn(char) -> usize, encode: impl Fn(&str) -> String) -> Vec<String> {
    let room = MAX_COMPONENT - EDGES - EXACT.len() - CONTINUED.len();
    let (mut parts, mut start, mut taken) = (Vec::new(), 0, 0);
    for (at, c) in name.char_indices() {
        if taken + cost(c) > room {
            let part = encode(name.get(start..at).unwrap_or_default());
            parts.push(part + CONTINUED);
            (start, taken) = (at, 0);
        }
        taken += cost(c);
    }
    parts.push(encode(name.get(start..).unwrap_or_default()));
    parts
}

fn encode_exact(name: &str) -> String {
    let mut out = String::with_capacity(name.len() + 8);
    for c in name.chars() {
        if is_stable(c) {
            out.push(c);
        } else {
            push_escaped(c, &mut out);
        }
    }
    out + EXACT
}

/// The name that [`encode_exact`] gave, if it did.
pub(super) fn decode_exact(file: &str) -> Option<String> {
    let name = percent_decode(file.strip_suffix(EXACT)?)?;
    (encode_exact(&name) == file).then_some(name)
}

/// What a directory is called that holds the rest of a long name: its part of the name, still encoded.
pub(super) fn continued(directory: &str) -> Option<&str> {
    directory
        .strip_suffix(CONTINUED)
        .filter(|part| part.len() > SHORTEST_PART)
}

/// Whether no file system takes `c` for another character, and none gives it a meaning.
fn is_stable(c: char) -> bool {
    if c.is_ascii() {
        return c.is_ascii_lowercase() || c.is_ascii_digit() || matches!(c, '-' | '_' | '@' | '+' | '=');
    }
    let mut utf8 = [0; 4];
    let alone: &str = c.encode_utf8(&mut utf8);
    c.is_alphanumeric() && canonical_combining_class(c) == 0 && fold(alone) == alone
}

/// A key that is the same for all names that some file system takes for one: of any letter case, in any normal form, with or
/// without characters that cannot be seen.
///
/// It is coarser than any one file system's rule: NTFS and APFS fold case, APFS and ZFS normalise, HFS+ leaves out what cannot
/// be seen, and ZFS may fold compatibility characters.
pub(super) fn fold(name: &str) -> String {
    if name.is_ascii() {
        return name.to_ascii_lowercase();
    }
    name.nfkd()
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .filter(|c| !is_ignorable(*c))
        .nfkd()
        .collect()
}

/// `Default_Ignorable_Code_Point` of Unicode.
fn is_ignorable(c: char) -> bool {
    matches!(
        c,
        '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{115f}'..='\u{1160}' | '\u{17b4}'..='\u{17b5}' | '\u{180b}'..='\u{180f}'
            | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}' | '\u{feff}' | '\u{ffa0}' | '\u{fff0}'..='\u{fff8}' | '\u{1bca0}'..='\u{1bca3}'
            | '\u{1d173}'..='\u{1d17a}' | '\u{e0000}'..='\u{e0fff}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::tree::decode_component;

    fn decode(parts: &[String]) -> String {
        let part = |part: &String| decode_component(continued(part).unwrap_or(part));
        parts.iter().map(part).collect()
    }

    #[test]
    fn what_file_systems_take_for_one() {
        for (a, b) in [
            ("Inbox", "INBOX"),
            ("Входящие", "ВХОДЯЩИЕ"),
            ("\u{e9}", "e\u{301}"),
            ("й", "и\u{306}"),
            ("stra\u{df}e", "STRASSE"),
            ("σ", "ς"),
            ("\u{212a}", "k"),
            ("ﬁ", "fi"),
            ("a\u{200d}b", "ab"),
        ] {
            assert_eq!(fold(a), fold(b), "{a} {b}");
            assert_ne!(exact(a), exact(b));
            assert_eq!(
                (decode(&exact(a)), decode(&exact(b))),
                (a.to_owned(), b.to_owned())
            );
        }
        assert_ne!(fold("Inbox"), fold("Inbox2"));
    }

    #[test]
    fn a_long_name_comes_back_whole() {
        for name in [
            "я".repeat(300),
            "Ж".repeat(300),
            "/".repeat(300),
            " .".repeat(500),
            "CON".repeat(99),
        ] {
            for parts in [plain(&name), exact(&name)] {
                assert!(
                    parts.len() > 1 && parts.iter().all(|part| part.len() <= MAX_COMPONENT),
                    "{name}"
                );
                assert_eq!(decode(&parts), name);
            }
        }
    }

    /// Few letters in many forms, so that names meet.
    fn name() -> impl Strategy<Value = String> {
        let letter = prop_oneof![
            Just("a"),
            Just("A"),
            Just("\u{e0}"),
            Just("a\u{300}"),
            Just("\u{300}"),
            Just("й"),
            Just("Й"),
            Just("и\u{306}"),
            Just("ß"),
            Just("ss"),
            Just("ς"),
            Just("Σ"),
            Just("%"),
            Just("%="),
            Just("%+"),
            Just("％"),
            Just("＝"),
            Just("."),
            Just(" "),
            Just("CON"),
            Just("con"),
            Just("/"),
            Just("\u{200d}"),
            Just("=")
        ];
        let short = proptest::collection::vec(letter.clone(), 0..6);
        let long = proptest::collection::vec(letter, 90..150);
        prop_oneof![4 => short, 1 => long].prop_map(|letters| letters.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]

        #[test]
        fn exact_names_stay_apart_after_folding(a in name(), b in name()) {
            let folded = |name: &str| exact(name).iter().map(|part| fold(part)).collect::<Vec<_>>();
            prop_assert_eq!(folded(&a) == folded(&b), a == b);
            prop_assert_eq!(decode(&exact(&a)), a.as_str());
            // Nor does a plain name meet an exact one.
            let plain: Vec<_> = plain(&b).iter().map(|part| fold(part)).collect();
            prop_assert_ne!(folded(&a), plain);
        }

        #[test]
        fn plain_names_come_back(a in name(), b in name()) {
            prop_assert_eq!(decode(&plain(&a)), a.as_str());
            prop_assert_eq!(plain(&a) == plain(&b), a == b);
        }
    }
}
