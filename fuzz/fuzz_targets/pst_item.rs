//! A message whose heaps and tables are the input: nothing panics, and what is called faithful is written the same twice.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{Bound, within};
use tegu_pst::{Limits, Options, Pst, Verdict};
use tegu_testkit::pst::{Folder, Item, Layout, Mailbox};

/// An item of 50 parts, each as large as the limits below allow, is converted three times.
const COST: Bound = Bound {
    base: 256 << 20,
    per_byte: 64 << 10,
};

fuzz_target!(|data: &[u8]| {
    let Some((head, rest)) = data.split_first_chunk::<5>() else {
        return;
    };
    let layout = if head[0] & 1 == 0 {
        Layout::Unicode
    } else {
        Layout::Ansi
    };
    let cut = |rest: &mut &[u8], length: [u8; 2]| {
        let (taken, other) = rest.split_at(usize::from(u16::from_le_bytes(length)).min(rest.len()).min(8000));
        *rest = other;
        taken.to_vec()
    };
    let mut rest = rest;
    let properties = cut(&mut rest, [head[1], head[2]]);
    let recipients = cut(&mut rest, [head[3], head[4]]);
    let attachments = rest[..rest.len().min(8000)].to_vec();
    let mut file = Mailbox::new()
        .crypt(0)
        .folder(Folder::new("x").item(Item::new("IPM.Note")))
        .build(layout);
    let block = |file: &mut tegu_testkit::pst::File, data: &[u8]| file.data(data);
    let own = block(&mut file, &properties);
    let recipients = block(&mut file, &recipients);
    let attachments = block(&mut file, &attachments);
    let inner = file.subnodes(&[(0x692, recipients, 0), (0x671, attachments, 0), (0x11f, own, 0)]);
    let sub = file.subnodes(&[
        (0x692, recipients, 0),
        (0x671, attachments, 0),
        (0x8025, own, inner),
        (0x8044, own, inner),
    ]);
    file.node(0x20_0024, own, sub, 0x8062);
    let limits = Limits::default()
        .item(1 << 20)
        .value(1 << 20)
        .parts(50)
        .rows(1000);
    let Ok(pst) = Pst::open(file.finish(), Options::default().limits(limits)) else {
        return;
    };
    within(COST, data.len(), || read(&pst));
});

fn read(pst: &Pst) {
    let Ok(message) = pst.message(0x20_0024) else {
        return;
    };
    let _ = message.convert();
    if let (Ok(one), Ok(other)) = (message.mail(), message.mail()) {
        assert_eq!(one.to_vec().ok(), other.to_vec().ok());
        assert!(
            one.verdict() != Verdict::Faithful || one.to_vec().is_ok_and(|octets| octets.ends_with(b"\n"))
        );
    }
}
