//! Every folder has a file of its own that stays where it is put, and its name comes back from it.

#![no_main]

use std::collections::BTreeSet;
use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use tegu_mbox::tree::{FileNames, Layout, MAX_COMPONENT, decode_component, encode_component, file_path};
use unicode_normalization::UnicodeNormalization as _;

/// A file system that folds as much as any: case, compatibility forms, and what cannot be seen between letters.
fn folded(file: &Path) -> String {
    let name = file.to_string_lossy();
    let seen = name
        .nfkd()
        .filter(|c| !matches!(c, '\u{ad}' | '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}'));
    let folded: String = seen
        .flat_map(char::to_uppercase)
        .flat_map(char::to_lowercase)
        .collect();
    folded.nfkd().collect()
}

/// Whether Windows and all others can keep a file of this name.
fn is_portable(part: &str) -> bool {
    let stem = part
        .split('.')
        .next()
        .unwrap_or_default()
        .trim_end()
        .to_uppercase();
    let with_digit = |word: &str| {
        let digit = stem.strip_prefix(word).unwrap_or_default();
        digit.chars().count() == 1 && digit.contains(|c: char| c.is_ascii_digit() || "¹²³".contains(c))
    };
    let device = ["CON", "PRN", "AUX", "NUL", "CONIN$", "CONOUT$"].contains(&stem.as_str());
    !(device || with_digit("COM") || with_digit("LPT"))
        && !part.contains(|c: char| c.is_control() || "/\\:*?\"<>|".contains(c))
        && !part.starts_with(['.', ' '])
        && !part.ends_with(['.', ' '])
        && part.len() <= 255
}

fuzz_target!(|text: &str| {
    let file = encode_component(text);
    assert!(!file.is_empty() && file.len() <= MAX_COMPONENT);
    if !file.contains("%~") {
        assert_eq!(decode_component(&file), text);
    }
    let _ = decode_component(text);

    let root = Path::new("root");
    let folders: Vec<Vec<String>> = text
        .split('\n')
        .take(20)
        .map(|path| path.split('\t').map(str::to_owned).collect())
        .collect();
    let distinct: BTreeSet<_> = folders.iter().collect();
    let safe = |file: &Path| {
        file.starts_with(root)
            && file != root
            && file.components().all(|part| match part {
                Component::Normal(part) => is_portable(&part.to_string_lossy()),
                _ => false,
            })
    };
    // The directory is not there, so every name is free until it is taken.
    let mut names = FileNames::below(root);
    let files: Vec<_> = folders
        .iter()
        .map(|folder| names.folder(folder).unwrap())
        .collect();
    let apart: BTreeSet<_> = files.iter().map(|file| folded(file)).collect();
    assert_eq!(apart.len(), distinct.len());
    for (folder, file) in folders.iter().zip(&files) {
        assert!(safe(file) && safe(&file_path(root, folder)));
        assert_eq!(names.folder(folder).unwrap(), *file);
    }
    for layout in Layout::ALL {
        let placement = layout.place(root, &folders);
        let files = placement.folders.iter().map(|placed| &placed.file);
        assert!(files.clone().chain(&placement.empty).all(|file| safe(file)));
        if layout == Layout::Plain {
            assert_eq!(files.collect::<BTreeSet<_>>().len(), distinct.len());
        }
    }
});
