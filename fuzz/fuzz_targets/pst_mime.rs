//! Skeletons of MIME, and signed and encrypted mail: nothing panics, what is signed stays as it is, and what a skeleton gives holds the
//! text of the item.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::{Bound, within};
use tegu_pst::{Options, Pst, Verdict};
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Value};

/// A skeleton is filled in four ways, each read by another parser.
const COST: Bound = Bound {
    base: 16 << 20,
    per_byte: 8 << 10,
};

fuzz_target!(|data: &[u8]| {
    let Some((kind, data)) = data.split_first() else {
        return;
    };
    let class = ["IPM.Note", "IPM.Note.SMIME", "IPM.Note.SMIME.MultipartSigned"][usize::from(kind % 3)];
    let mut item = Item::new(class)
        .with(0x0037, Value::text("x"))
        .with(0x0042, Value::text("x"))
        .with(0x0064, Value::text("SMTP"))
        .with(0x0065, Value::text("x@example.org"))
        .with(0x1000, Value::text("plan\r\n"));
    item = if class == "IPM.Note" {
        item.with(0x64f0, Value::Binary(data.to_vec()))
            .attach(Attachment::file("a", "a/b", vec![1, 2, 3]).with(0x3712, Value::text("f")))
    } else {
        item.attach(Attachment::file("smime.p7m", "a/b", data.to_vec()))
    };
    let octets = Mailbox::new()
        .crypt(0)
        .folder(Folder::new("x").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).expect("the writer's files are sound");
    let message = pst.message(0x20_0024).expect("the item is there");
    let Ok(mail) = within(COST, data.len(), || message.mail()) else {
        return;
    };
    let written = mail.to_vec().expect("the message is small");
    if class == "IPM.Note.SMIME.MultipartSigned" {
        assert!(mail.verdict() == Verdict::Manual || written.ends_with(data));
    }
    if mail
        .findings()
        .iter()
        .any(|finding| finding.code == "PST-SKELETON-USED")
    {
        let parsed = mail_parser::MessageParser::default()
            .parse(&written)
            .expect("it was read before");
        assert!(
            parsed
                .parts
                .iter()
                .any(|part| part.text_contents().is_some_and(|text| text.trim_end() == "plan"))
        );
        assert!(parsed.parts.iter().any(|part| part.contents() == [1, 2, 3]));
    }
});
