//! Folder names as file names, and back.

use std::path::{Path, PathBuf};

/// The longest file name that [`encode_component`] makes, in bytes. With an extension it stays below the 255 that
/// most file systems hold.
pub const MAX_COMPONENT: usize = 240;

/// Names that Windows keeps for devices, with any extension.
const RESERVED: [&str; 6] = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"];

/// The same, each followed by one digit, which may be superscript.
const RESERVED_WITH_DIGIT: [&str; 2] = ["COM", "LPT"];

/// Endings that mean something in a tree.
const ENDINGS: [&str; 6] = [".mbox", ".sbd", ".msf", ".part", ".jsonl", ".lock"];

/// A file name for one component of a folder path, valid on every common file system.
///
/// Written as `%` and two hexadecimal digits are `/ \ : * ? " < > |`, `%` itself, control characters, a dot or space
/// in front, a dot or space at the end, the dot of an ending that means something in a tree (`.mbox`, `.sbd`), and
/// the first letter of a name that Windows reserves. The empty name is `%`. [`decode_component`] undoes all that.
///
/// A name that would be longer than [`MAX_COMPONENT`] is cut, and ends in `%~` and 160 bits of its BLAKE3 digest, so that
/// different names stay different. Such a name cannot be decoded; [`FileNames`](super::FileNames) and [`file_path`] spread long
/// names over several directories instead, which can.
///
/// File systems may ignore letter case or Unicode normalisation, so that `Inbox` and `INBOX` are the same file to them.
/// [`FileNames`](super::FileNames) keeps such names apart.
///
/// ```
/// use tegu_mbox::tree::{decode_component, encode_component};
///
/// assert_eq!(encode_component("Входящие"), "Входящие");
/// assert_eq!(encode_component("../etc"), "%2E.%2Fetc");
/// assert_eq!(decode_component("%2E.%2Fetc"), "../etc");
/// ```
pub fn encode_component(name: &str) -> String {
    let out = encode(name);
    if out.len() > MAX_COMPONENT {
        shortened(&out)
    } else {
        out
    }
}

/// [`encode_component`] without the limit on the length.
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
    RESERVED.iter().any(|word| is(&word))
        || stem.char_indices().next_back().is_some_and(|(at, digit)| {
            let word = stem.get(..at).unwrap_or_default();
            (digit.is_ascii_digit() || matches!(digit, '¹' | '²' | '³'))
                && RESERVED_WITH_DIGIT
                    .iter()
                    .any(|known| known.eq_ignore_ascii_case(word))
        })
}

/// The folder name that a file name stands for. What this crate cannot have made stands for itself, so that
/// names of other programs that hold a `%` are not changed.
pub fn decode_component(name: &str) -> String {
    if name == "%" {
        return String::new();
    }
    if let Some(decoded) = super::distinct::decode_exact(name) {
        return decoded;
    }
    match percent_decode(name) {
        Some(decoded) if encode_component(&decoded) == name => decoded,
        _ => name.to_owned(),
    }
}

/// Where the folder `path` is kept below `root`: a directory for each parent, and a file `.mbox`. A name that is longer than
/// [`MAX_COMPONENT`] is spread over several directories.
///
/// This is the place as long as no other folder has a name that a file system could take for the same. To keep such folders
/// apart, use [`FileNames`](super::FileNames).
///
/// ```
/// use tegu_mbox::tree::file_path;
///
/// let path = file_path("out".as_ref(), &["Projects".to_owned(), "A/B".to_owned()]);
/// assert_eq!(path, std::path::Path::new("out/Projects/A%2FB.mbox"));
/// ```
pub fn file_path(root: &Path, path: &[String]) -> PathBuf {
    let mut file = root.to_owned();
    for name in path {
        file.extend(super::distinct::plain(name));
    }
    if path.is_empty() {
        file.push("%");
    }
    let mut file = file.into_os_string();
    file.push(".mbox");
    file.into()
}

/// Decodes every `%XX`; `None` if a `%` begins no such thing, or the bytes are no UTF-8.
pub(crate) fn percent_decode(text: &str) -> Option<String> {
    if !text.contains('%') {
        return Some(text.to_owned());
    }
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        if byte == b'%' {
            let digit = |byte: u8| {
                char::from(byte)
                    .to_digit(16)
                    .and_then(|digit| u8::try_from(digit).ok())
            };
            let (high, low) = (digit(bytes.next()?)?, digit(bytes.next()?)?);
            out.push(high << 4 | low);
        } else {
            out.push(byte);
        }
    }
    String::from_utf8(out).ok()
}

fn shortened(encoded: &str) -> String {
    let digest = blake3::hash(encoded.as_bytes()).to_hex();
    let tail = format!("%~{}", digest.get(..40).unwrap_or_default());
    let mut cut = MAX_COMPONENT - tail.len();
    while !encoded.is_char_boundary(cut) {
        cut -= 1;
    }
    format!("{}{tail}", encoded.get(..cut).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn names_that_would_do_harm() {
        for (name, file) in [
            ("..", "%2E%2E"),
            (".", "%2E"),
            ("", "%"),
            ("a/b", "a%2Fb"),
            ("a\\b", "a%5Cb"),
            ("con", "%63on"),
            ("Aux.txt", "%41ux.txt"),
            ("contract", "contract"),
            ("end. ", "end.%20"),
            ("100%", "100%25"),
            ("nul\0", "nul%00"),
            ("Old.MBOX", "Old%2EMBOX"),
            ("two words", "two words"),
            ("\u{85}", "%C2%85"),
            ("COM¹", "%43OM¹"),
            ("lpt³.old", "%6Cpt³.old"),
            ("com0", "%63om0"),
            ("CONIN$", "%43ONIN$"),
            ("COM10", "COM10"),
            ("COM", "COM"),
            ("a.mbox.jsonl", "a.mbox%2Ejsonl"),
            ("100％", "100%EF%BC%85"),
        ] {
            assert_eq!(encode_component(name), file);
            assert_eq!(decode_component(file), name);
        }
    }

    #[test]
    fn foreign_names_stand_for_themselves() {
        for name in ["100% sure", "a%2fb", "%41", "%zz", "%FF", "x%~0123456789abcdef"] {
            assert_eq!(decode_component(name), name);
        }
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let (a, b) = ("я".repeat(300), format!("{}ю", "я".repeat(299)));
        let (a, b) = (encode_component(&a), encode_component(&b));
        assert!(a.len() <= MAX_COMPONENT && b.len() <= MAX_COMPONENT && a != b);
        assert_eq!(decode_component(&a), a);
    }

    proptest! {
        #[test]
        fn every_name_comes_back_from_one_safe_file_name(name in "\\PC{0,12}|[./%: A-z\\x00-\\x20]{0,10}") {
            let file = encode_component(&name);
            prop_assert!(!file.contains(['/', '\\', ':', '*', '?', '"', '<', '>', '|', '\0']));
            prop_assert!(!file.is_empty() && !file.starts_with('.') && !file.ends_with(['.', ' ']));
            prop_assert_eq!(decode_component(&file), name);
        }
    }
}
