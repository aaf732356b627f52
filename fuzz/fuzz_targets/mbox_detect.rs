//! What a file is guessed to be does not depend on how it arrives, and every doubt names a place in it.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_mbox::detect::{Doubt, detect, detect_reader};
use tegu_mbox::read::{Options, Slice, looks_like_mbox};

fuzz_target!(|file: &[u8]| {
    let detected = detect(file);
    if let Ok(by_reader) = detect_reader(file) {
        assert_eq!(by_reader, detected);
    }
    for doubt in &detected.doubts {
        let (Doubt::QuotedOnce { offset }
        | Doubt::Unquoted { offset }
        | Doubt::WrongLength { offset }
        | Doubt::NoLength { offset }) = doubt
        else {
            panic!("a doubt that this target does not know");
        };
        let at = &file[usize::try_from(*offset).expect("an offset in memory")..];
        match doubt {
            Doubt::QuotedOnce { .. } => assert!(at.starts_with(b">")),
            _ => assert!(at.starts_with(b"From ")),
        }
    }
    // Where nothing is in doubt about quoting, no message has it in doubt once that variant is declared.
    let declared = Slice::new(file, Options::default().variant(detected.variant));
    if !detected.is_ambiguous() {
        for message in declared.flatten() {
            let codes = message
                .findings()
                .iter()
                .map(|finding| finding.code())
                .collect::<Vec<_>>();
            assert!(!codes.contains(&"MBOX-QUOTING-AMBIGUOUS"), "{codes:?}");
        }
    }
    let _ = looks_like_mbox(file);
});
