//! Every folder name has a file name that stays where it is put, and comes back from it.

#![no_main]

use std::path::{Component, Path};

use libfuzzer_sys::fuzz_target;
use tegu_mbox::tree::{Layout, MAX_COMPONENT, decode_component, encode_component, file_path};

fuzz_target!(|name: &str| {
    let file = encode_component(name);
    assert!(!file.is_empty() && file.len() <= MAX_COMPONENT);
    if !file.contains("%~") {
        assert_eq!(decode_component(&file), name);
    }
    let _ = decode_component(name);

    let parts: Vec<String> = name.split('\n').map(str::to_owned).collect();
    let path = file_path(Path::new("root"), &parts);
    let mut components = path.components();
    assert_eq!(components.next(), Some(Component::Normal("root".as_ref())));
    assert!(
        components
            .clone()
            .all(|component| matches!(component, Component::Normal(_)))
    );
    assert_eq!(components.count(), parts.len());

    let root = Path::new("root");
    for layout in Layout::ALL {
        let placement = layout.place(root, &[parts.clone(), vec!["Inbox".to_owned()]]);
        let files = placement
            .folders
            .iter()
            .map(|placed| &placed.file)
            .chain(&placement.empty);
        for file in files {
            assert!(file.starts_with(root) && file != root);
            assert!(file.components().all(|part| matches!(part, Component::Normal(_))));
            assert!(file.components().all(|part| part.as_os_str().len() <= 255));
        }
    }
});
