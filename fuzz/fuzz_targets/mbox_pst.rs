//! No message and no output of a converter makes the checks of converted mail panic.

#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_mbox::pst::{Loss, check, converter, skipped};

fuzz_target!(|data: &[u8]| {
    let (from_line, content) =
        data.split_at(data.iter().position(|&byte| byte == b'\n').map_or(0, |at| at + 1));
    let _ = converter(from_line, content);
    let mut losses = check(content);
    let told = losses.len();
    losses.dedup();
    assert_eq!(losses.len(), told, "each loss is told once: {losses:?}");
    losses.retain(|loss| !matches!(loss, Loss::RecipientLost { .. }));
    assert!(
        losses.len() <= 10,
        "only recipients are told one by one: {losses:?}"
    );
    let _ = skipped(&String::from_utf8_lossy(data));
});
