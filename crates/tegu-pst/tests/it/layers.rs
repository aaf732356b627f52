//! What the writer of the testkit describes is what is read, layer by layer.

use tegu_pst::{Options, Pst};
use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Value};

const LAYOUTS: [Layout; 3] = [Layout::Ansi, Layout::Unicode, Layout::Unicode4k];

fn open(octets: Vec<u8>) -> Pst {
    Pst::open(octets, Options::default().accept_unproved_layout(true)).unwrap()
}

fn one(item: Item) -> Mailbox {
    Mailbox::new().folder(Folder::new("Входящие").item(item))
}

#[test]
fn a_mail_with_an_attachment_and_a_mail_within() {
    let inner = Item::new("IPM.Note").with(0x0037, Value::text("внутри"));
    let data: Vec<u8> = (0..20_480_u32).map(|octet| (octet % 251) as u8).collect();
    let item = Item::new("IPM.Note")
        .with(0x0037, Value::text("Привет"))
        .with(0x1000, Value::text("Как дела?\r\n"))
        .to(1, "Анна", "anna@example.org")
        .attach(Attachment::file(
            "отчёт.bin",
            "application/octet-stream",
            data.clone(),
        ))
        .attach(Attachment::message(inner))
        .attach(Attachment::new(Data::Ole(b"\xd0\xcf\x11\xe0rest".to_vec())));
    for layout in LAYOUTS {
        for crypt in 0..=2 {
            let pst = Pst::open(
                one(item.clone()).crypt(crypt).write(layout),
                Options::default()
                    .code_page(encoding_rs::WINDOWS_1251)
                    .accept_unproved_layout(true),
            )
            .unwrap();
            let unproved = usize::from(layout == Layout::Unicode4k);
            assert_eq!(pst.findings().len(), unproved, "{:?}", pst.findings());
            let folders = pst.folders().unwrap();
            assert_eq!(folders.findings, []);
            let inbox = folders
                .folders
                .iter()
                .find(|folder| folder.path == ["Входящие"])
                .unwrap();
            assert_eq!(inbox.role, Some(tegu_pst::FolderRole::Inbox));
            assert!(inbox.visible);
            let contents = pst.contents(inbox);
            assert_eq!((contents.items.len(), contents.findings.len()), (1, 0));
            let message = pst.message(contents.items[0]).unwrap();
            assert_eq!(message.class(), "IPM.Note");
            assert_eq!(message.text(0x37).unwrap().unwrap().text, "Привет");
            let recipients = message.recipients().unwrap();
            assert_eq!(recipients[0].address, "anna@example.org");
            assert_eq!(recipients[0].name.text, "Анна");
            let attachments = message.attachments().unwrap();
            assert_eq!(attachments.len(), 3);
            let mut read = Vec::new();
            std::io::Read::read_to_end(&mut attachments[0].data().unwrap().unwrap(), &mut read).unwrap();
            assert_eq!(read, data);
            let within = attachments[1].message().unwrap();
            assert_eq!(within.text(0x37).unwrap().unwrap().text, "внутри");
            let mut ole = attachments[2].data().unwrap().unwrap();
            assert_eq!(ole.next_piece().unwrap(), b"\xd0\xcf\x11\xe0rest");
        }
    }
}

#[test]
fn values_of_every_length_come_back() {
    for layout in LAYOUTS {
        for length in [0, 1, 3580, 3581, 8176, 8177, 8180, 8181, 100_000] {
            let data: Vec<u8> = (0..length).map(|octet: usize| (octet % 253) as u8).collect();
            let item = Item::new("IPM.Note").with(0x1013, Value::Binary(data.clone()));
            let pst = open(one(item).write(layout));
            let value = pst.message(0x20_0024).unwrap().properties().get(0x1013).unwrap();
            assert_eq!(value, Some(tegu_pst::ltp::Value::Binary(data)), "{length} octets");
        }
    }
}

#[test]
fn a_value_over_two_levels_of_blocks_is_streamed() {
    let length = 1021 * 8176 + 5000;
    let data: Vec<u8> = (0..length).map(|octet: usize| (octet % 257) as u8).collect();
    let item = Item::new("IPM.Note").attach(Attachment::file("a", "application/zip", data.clone()));
    let pst = open(one(item).write(Layout::Unicode));
    let attachment = pst.message(0x20_0024).unwrap().attachments().unwrap().remove(0);
    let mut reader = attachment.data().unwrap().unwrap();
    assert_eq!(reader.length(), length as u64);
    let mut read = Vec::new();
    std::io::Read::read_to_end(&mut reader, &mut read).unwrap();
    assert!(read == data);
}

#[test]
fn heaps_and_tables_over_many_blocks() {
    for layout in LAYOUTS {
        let mut folder = Folder::new("Many");
        for index in 0..3000 {
            folder = folder.item(Item::new("IPM.Note").with(
                0x0037,
                Value::text(format!("subject {index} {}", "x".repeat(300))),
            ));
        }
        let pst = open(Mailbox::new().folder(folder).write(layout));
        let folders = pst.folders().unwrap();
        let many = folders
            .folders
            .iter()
            .find(|folder| folder.path == ["Many"])
            .unwrap();
        let contents = pst.contents(many);
        assert_eq!(contents.findings, []);
        assert_eq!(contents.items.len(), 3000);
        for (index, item) in contents.items.iter().enumerate() {
            let subject = pst.message(*item).unwrap().text(0x37).unwrap().unwrap().text;
            assert!(subject.starts_with(&format!("subject {index} x")), "{subject}");
        }
    }
}

#[test]
fn properties_over_many_heap_blocks() {
    let mut item = Item::new("IPM.Note");
    for id in 0x6700..0x6cff_u16 {
        item = item.with(id, Value::Binary(id.to_le_bytes().repeat(400)));
    }
    let pst = open(one(item).write(Layout::Unicode));
    let message = pst.message(0x20_0024).unwrap();
    for id in 0x6700..0x6cff_u16 {
        let expected = tegu_pst::ltp::Value::Binary(id.to_le_bytes().repeat(400));
        assert_eq!(message.properties().get(id).unwrap(), Some(expected));
    }
}

#[test]
fn an_unproved_layout_is_read_only_if_it_is_accepted() {
    let octets = one(Item::new("IPM.Note")).write(Layout::Unicode4k);
    let error = Pst::open(octets.clone(), Options::default()).unwrap_err();
    assert_eq!(error.kind(), tegu_pst::ErrorKind::Unsupported);
    let pst = open(octets);
    assert_eq!(pst.findings()[0].code, "PST-LAYOUT-UNPROVED");
}

/// The format locks nothing with a password: the file opens, and says that Outlook would ask.
#[test]
fn a_password_is_told_and_locks_nothing() {
    let item = Item::new("IPM.Note").with(0x37, Value::text("закрыто"));
    for layout in [Layout::Unicode, Layout::Ansi] {
        let octets = one(item.clone()).password(0x1234_5678).write(layout);
        let pst = Pst::open(octets, Options::default().code_page(encoding_rs::WINDOWS_1251)).unwrap();
        let codes: Vec<_> = pst
            .findings()
            .iter()
            .map(|finding| finding.code.as_ref())
            .collect();
        assert_eq!(codes, ["PST-PASSWORD"]);
        let subject = pst.message(0x20_0024).unwrap().text(0x37).unwrap().unwrap().text;
        assert_eq!(subject, "закрыто");
    }
}

/// Folders as Outlook and Exchange name them, in English and Russian.
#[test]
fn folders_are_known_by_their_names() {
    use tegu_pst::FolderRole;
    let names = [
        ("Inbox", FolderRole::Inbox),
        ("Входящие", FolderRole::Inbox),
        ("Sent Items", FolderRole::Sent),
        ("Отправленные", FolderRole::Sent),
        ("Drafts", FolderRole::Drafts),
        ("Черновики", FolderRole::Drafts),
        ("Outbox", FolderRole::Outbox),
        ("Исходящие", FolderRole::Outbox),
        ("Deleted Items", FolderRole::Trash),
        ("Удалённые", FolderRole::Trash),
        ("Junk Email", FolderRole::Junk),
        ("Нежелательная почта", FolderRole::Junk),
        ("Archive", FolderRole::Archive),
        ("Архив", FolderRole::Archive),
        ("Recoverable Items", FolderRole::RecoverableItems),
    ];
    for (name, role) in names {
        let pst = open(Mailbox::new().folder(Folder::new(name)).write(Layout::Unicode));
        let folders = pst.folders().unwrap().folders;
        let folder = folders.iter().find(|folder| folder.path == [name]).unwrap();
        assert_eq!(folder.role, Some(role), "{name}");
    }
}

/// A column of numbers may be wider than a number, as one writer has it.
#[test]
fn a_column_may_be_too_wide() {
    let cells = |name: &str| {
        vec![
            (0x0c15, Value::Int(1)),
            (0x3000, Value::Int(7)),
            (0x3001, Value::text(name)),
            (0x3003, Value::text(format!("{name}@example.org"))),
        ]
    };
    for layout in LAYOUTS {
        let item = Item::new("IPM.Note")
            .recipient(cells("anna"))
            .recipient(cells("boris"));
        let pst = open(one(item).write(layout));
        let recipients = pst.message(0x20_0024).unwrap().recipients().unwrap();
        let addresses: Vec<&str> = recipients.iter().map(|found| found.address.as_str()).collect();
        assert_eq!(addresses, ["anna@example.org", "boris@example.org"]);
    }
}

/// Some writers begin with a record of zeros; it hides nothing.
#[test]
fn a_record_of_zeros_is_none() {
    let item = Item::new("IPM.Note")
        .with(0, Value::Raw(0, Vec::new()))
        .with(0x0037, Value::text("subject"));
    let pst = open(one(item).write(Layout::Unicode));
    let message = pst.message(0x20_0024).unwrap();
    assert_eq!(message.text(0x37).unwrap().unwrap().text, "subject");
    assert!(message.properties().records().iter().all(|record| record.id != 0));
}
