//! The examples do what they promise.

use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Value};

#[path = "../../examples/read_mail.rs"]
#[allow(dead_code, reason = "a program's main")]
mod read_mail;
#[path = "../../examples/scan_pst.rs"]
#[allow(dead_code, reason = "a program's main")]
mod scan_pst;

#[test]
fn a_file_is_counted_and_its_mail_is_read() {
    let mail = |subject: &str| {
        Item::new("IPM.Note")
            .with(0x0037, Value::text(subject))
            .with(0x0065, Value::text("ivan@example.org"))
            .with(0x0e06, Value::Time(1_704_067_200))
            .with(0x1000, Value::text("text\r\n"))
    };
    let folder = Folder::new("Inbox")
        .item(mail("one"))
        .item(mail("ole").attach(Attachment::new(Data::Ole(vec![1, 2, 3]))));
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("a.pst");
    std::fs::write(&file, Mailbox::new().folder(folder).write(Layout::Unicode)).unwrap();
    let lines = scan_pst::scan(&file).unwrap();
    assert!(
        lines[0].contains("Inbox: 2 items") && lines[0].contains("1 manual"),
        "{lines:?}"
    );
    let (mut good, mut manual) = (Vec::new(), Vec::new());
    read_mail::mail(
        &file,
        |_, octets| good.push(String::from_utf8_lossy(octets).into_owned()),
        |_, why| manual.push(why),
    )
    .unwrap();
    assert!(
        good.len() == 1 && good[0].contains("Subject: one\r\n"),
        "{good:?}"
    );
    assert_eq!(manual.len(), 1, "{manual:?}");
}
