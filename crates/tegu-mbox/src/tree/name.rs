//! Folder names as file names, and back.

use std::path::{Path, PathBuf};

use super::distinct::{decode_exact, plain};
use super::escape::{MAX_COMPONENT, encode};
use crate::percent::percent_decode;

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

/// The folder name that a file name stands for. What this crate cannot have made stands for itself, so that
/// names of other programs that hold a `%` are not changed.
pub fn decode_component(name: &str) -> String {
    if name == "%" {
        return String::new();
    }
    if let Some(decoded) = decode_exact(name) {
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
        file.extend(plain(name));
    }
    if path.is_empty() {
        file.push("%");
    }
    let mut file = file.into_os_string();
    file.push(".mbox");
    file.into()
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
