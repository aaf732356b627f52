//! Strings, bodies and headers of any kind: what is called faithful is read by another parser as what went in.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_pst::{Options, Pst, Verdict};
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Value};

const TAGS: [u16; 16] = [
    0x001a, 0x0037, 0x0042, 0x0065, 0x0c1a, 0x0c1f, 0x1035, 0x1039, 0x1042, 0x0070, 0x007d, 0x1000, 0x1013,
    0x1009, 0x004f, 0x0071,
];

fuzz_target!(|data: &[u8]| {
    let mut item = Item::new("IPM.Note").with(0x0064, Value::text("SMTP"));
    let mut pieces = data.split(|octet| *octet == 0xff);
    let mut subject = None;
    for piece in pieces.by_ref().take(12) {
        let Some((kind, value)) = piece.split_first() else {
            continue;
        };
        let tag = TAGS[usize::from(kind % 16)];
        let text = String::from_utf8_lossy(value).into_owned();
        let value = match tag {
            0x1013 | 0x1009 | 0x004f | 0x0071 => Value::Binary(value.to_vec()),
            _ => Value::Text(text.clone()),
        };
        if tag == 0x0037 {
            subject = Some(text);
        }
        item = item.with(tag, value);
    }
    for piece in pieces.take(3) {
        let text = String::from_utf8_lossy(piece).into_owned();
        item = item
            .to(1, &text, "a@example.org")
            .attach(Attachment::file(&text, &text, piece.to_vec()).with(0x3712, Value::Text(text.clone())));
    }
    let octets = Mailbox::new()
        .crypt(0)
        .folder(Folder::new("x").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).expect("the writer's files are sound");
    let message = pst.message(0x20_0024).expect("the item is there");
    let Ok(mail) = message.mail() else { return };
    let octets = mail.to_vec().expect("the message is small");
    let _ = message.convert();
    if mail.verdict() == Verdict::Faithful {
        let parsed = mail_parser::MessageParser::default()
            .parse(&octets)
            .expect("it was read before");
        let subject = subject.unwrap_or_default();
        if !subject.starts_with('\u{1}') {
            // A terminator does not belong to the text; line ends may stand behind it.
            let ends = |character: char| character == '\0' || character.is_whitespace();
            let words = |text: &str| {
                text.trim_end_matches(ends)
                    .split_whitespace()
                    .map(str::to_owned)
                    .collect::<Vec<_>>()
            };
            assert_eq!(words(parsed.subject().unwrap_or_default()), words(&subject));
        }
    }
});
