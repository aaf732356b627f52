//! Folder names as file names, and back.

use std::path::{Path, PathBuf};

/// The longest file name that [`encode_component`] makes, in bytes. With an extension it stays below the 255 that
/// most file systems hold.
pub const MAX_COMPONENT: usize = 240;

/// Names that Windows keeps for devices, with any extension.
const RESERVED: [&str; 22] = [
    "CON", "PRN", "AUX", "NUL", "COM1", "COM2", "COM3", "COM4", "COM5", "COM6", "COM7", "COM8", "COM9",
    "LPT1", "LPT2", "LPT3", "LPT4", "LPT5", "LPT6", "LPT7", "LPT8", "LPT9",
];

/// Endings that mean something in a tree.
const ENDINGS: [&str; 4] = [".mbox", ".sbd", ".msf", ".part"];

/// A file name for one component of a folder path, good on every common file system.
///
/// Written as `%` and two hexadecimal digits are `/ \ : * ? " < > |`, `%` itself, control characters, a dot or space
/// in front, a dot or space at the end, the dot of an ending that means something in a tree (`.mbox`, `.sbd`), and
/// the first letter of a name that Windows reserves. The empty name is `%`. [`decode_component`] undoes all that.
///
/// A name that would be longer than [`MAX_COMPONENT`] is cut, and ends in `%~` and a digest of the whole: such a name
/// cannot be decoded, and differing names may, in theory, be cut to the same. Who writes many folders compares.
///
/// ```
/// use tegu_mbox::tree::{decode_component, encode_component};
///
/// assert_eq!(encode_component("Входящие"), "Входящие");
/// assert_eq!(encode_component("../etc"), "%2E.%2Fetc");
/// assert_eq!(decode_component("%2E.%2Fetc"), "../etc");
/// ```
pub fn encode_component(name: &str) -> String {
    let last = name.chars().next_back().map_or(0, |c| name.len() - c.len_utf8());
    let stem = name.split('.').next().unwrap_or_default().trim_end();
    let reserved = RESERVED.iter().any(|word| word.eq_ignore_ascii_case(stem));
    let ending = ENDINGS.iter().find_map(|ending| {
        let at = name.len().checked_sub(ending.len())?;
        name.get(at..)?.eq_ignore_ascii_case(ending).then_some(at)
    });
    let mut out = String::with_capacity(name.len() + 8);
    for (at, c) in name.char_indices() {
        let at_edge = (at == 0 || at == last) && matches!(c, '.' | ' ');
        let bad = matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|' | '%') || c.is_control();
        if at_edge || bad || (reserved && at == 0) || ending == Some(at) {
            let mut utf8 = [0; 4];
            for byte in c.encode_utf8(&mut utf8).bytes() {
                out.push_str(&format!("%{byte:02X}"));
            }
        } else {
            out.push(c);
        }
    }
    if out.is_empty() {
        out.push('%');
    }
    if out.len() > MAX_COMPONENT {
        shortened(&out)
    } else {
        out
    }
}

/// The folder name that a file name stands for. What [`encode_component`] cannot have made stands for itself, so that
/// names of other programs that hold a `%` are not changed.
pub fn decode_component(name: &str) -> String {
    if name == "%" {
        return String::new();
    }
    match percent_decode(name) {
        Some(decoded) if encode_component(&decoded) == name => decoded,
        _ => name.to_owned(),
    }
}

/// Where the folder `path` is kept below `root`: a directory for each parent, and a file `.mbox`.
///
/// ```
/// use tegu_mbox::tree::file_path;
///
/// let path = file_path("out".as_ref(), &["Projects".to_owned(), "A/B".to_owned()]);
/// assert_eq!(path, std::path::Path::new("out/Projects/A%2FB.mbox"));
/// ```
pub fn file_path(root: &Path, path: &[String]) -> PathBuf {
    let mut file = root.to_owned();
    let (last, parents) = match path.split_last() {
        Some((last, parents)) => (last.as_str(), parents),
        None => ("", path),
    };
    file.extend(parents.iter().map(|parent| encode_component(parent)));
    file.push(format!("{}.mbox", encode_component(last)));
    file
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
    // FNV-1a, 64 bits: stable over versions, which the standard library's hashers are not.
    let digest = encoded.bytes().fold(0xcbf2_9ce4_8422_2325_u64, |hash, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    });
    let tail = format!("%~{digest:016x}");
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
