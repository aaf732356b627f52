//! A file torn at any byte, with any bytes behind the tear, recovers to messages that were written before.

#![no_main]

use std::fs;

use libfuzzer_sys::fuzz_target;
use tegu_mbox::read::{Options, Slice};
use tegu_mbox::write::{Appender, Writer};
use tegu_mbox::{Envelope, Variant};

fuzz_target!(|data: &[u8]| {
    let [cut_at, text @ ..] = data else { return };
    // With a length in each message, recovery is exact; without, all but a message cut behind its own blank line is.
    let variant = [Variant::Mboxcl2, Variant::Mboxrd][usize::from(cut_at & 1)];
    let mut writer = Writer::new(Vec::new(), variant);
    let mut ends = vec![0];
    for body in text.split(|&byte| byte == 0x1e) {
        let message = [b"Subject: s\n\n", body, b"\n"].concat();
        if let Ok(range) = writer.write(&Envelope::default(), &message) {
            ends.push(range.end);
        }
    }
    let file = writer.into_inner();
    let cut = file.len() * usize::from(*cut_at) / 255;
    let kept = ends
        .iter()
        .copied()
        .filter(|&end| end <= cut as u64)
        .max()
        .unwrap_or(0);

    let path = std::env::temp_dir().join(format!("tegu-fuzz-{}.mbox", std::process::id()));
    fs::write(&path, &file[..cut]).expect("a temporary file can be written");
    let mut appender = Appender::open(&path, variant).expect("a torn file opens");
    let mut lost = Vec::new();
    let recovered = appender.recover_into(&mut lost).expect("a torn file recovers");
    assert_eq!(recovered.length + recovered.cut, cut as u64);
    let length = usize::try_from(recovered.length).expect("it is in memory");
    assert_eq!(lost, file[length..cut]);
    let blind = variant == Variant::Mboxrd && recovered.length > kept;
    if blind {
        assert!(file[..length].ends_with(b"\n\n") || file[..length].ends_with(b"\n\r\n"));
        assert_eq!(
            appender.truncate_to(kept).expect("a message ends there"),
            recovered.length - kept
        );
    } else {
        assert_eq!(recovered.length, kept);
    }
    appender
        .append(&Envelope::default(), b"Subject: last\n\n")
        .expect("a recovered file goes on");
    drop(appender);
    let bytes = fs::read(&path).expect("the file is there");
    let messages = Slice::new(&bytes, Options::own(variant))
        .filter(Result::is_ok)
        .count();
    assert_eq!(messages, ends.iter().filter(|&&end| end <= kept).count());
    fs::remove_file(&path).expect("the file can be removed");
});
