//! Every folder has a file of its own that stays where it is put, and its name comes back from it.

#![no_main]

use std::collections::BTreeSet;
use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use tegu_mbox::tree::{FileNames, Layout, MAX_COMPONENT, decode_component, encode_component, file_path};

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
            && file.components().all(|part| matches!(part, Component::Normal(_)) && part.as_os_str().len() <= 255)
    };
    // The directory is not there, so every name is free until it is taken.
    let mut names = FileNames::below(root);
    let files: Vec<_> = folders.iter().map(|folder| names.folder(folder).unwrap()).collect();
    let folded: BTreeSet<_> = files.iter().map(|file| file.to_string_lossy().to_lowercase()).collect();
    assert_eq!(folded.len(), distinct.len());
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
