//! Counts of scans and exports add up, and files hold what was counted.

use std::collections::BTreeMap;
use tegu_pst::{
    Kind, Options, Pst, ScanOptions, Verdict,
    export::{ExportOptions, Family, export},
};
use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Name, Value};

fn mail(subject: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(subject))
        .with(0x0042, Value::text("Иван"))
        .with(0x0065, Value::text("ivan@example.org"))
        .with(0x0e06, Value::Time(1_704_067_200))
        .with(0x1000, Value::text("From me\r\n"))
}

fn mailbox() -> Mailbox {
    Mailbox::new()
        .folder(
            Folder::new("Входящие")
                .item(mail("one"))
                .item(mail("two").attach(Attachment::message(mail("three"))))
                .item(mail("ole").attach(Attachment::new(Data::Ole(vec![1, 2, 3]))))
                .item(Item::new("IPM.Unheard.Of"))
                .hidden(Item::new("IPM.Configuration.CategoryList")),
        )
        .folder(
            Folder::new("Календарь").class("IPF.Appointment").item(
                Item::new("IPM.Appointment")
                    .named(Name::Number(0x2002, 0x820d), Value::Time(1_704_067_200))
                    .named(Name::Number(0x2002, 0x820e), Value::Time(1_704_070_800)),
            ),
        )
        .folder(
            Folder::new("Контакты")
                .class("IPF.Contact")
                .item(Item::new("IPM.Contact").with(0x3001, Value::text("Анна"))),
        )
        .folder(Folder::new("Recoverable Items").folder(Folder::new("Purges").item(mail("gone"))))
}

fn open(octets: Vec<u8>) -> Pst {
    Pst::open(octets, Options::default().code_page(encoding_rs::WINDOWS_1251)).unwrap()
}

#[test]
fn a_scan_counts_everything() {
    for layout in [Layout::Unicode, Layout::Ansi] {
        let scan = open(mailbox().write(layout))
            .scan(ScanOptions::default().verdicts(true))
            .unwrap();
        assert!(scan.balances());
        assert!(!scan.is_lossy(), "{:?}", scan.findings);
        assert_eq!(
            (scan.items, scan.hidden, scan.embedded, scan.orphans, scan.nodes),
            (7, 1, 1, 0, 7)
        );
        assert_eq!(scan.classes["IPM.Note"], 4);
        assert_eq!(scan.damaged_blocks, 0);
        assert!(scan.blocks > 20);
        let inbox = scan
            .folders
            .iter()
            .find(|folder| folder.role == Some("inbox"))
            .unwrap();
        assert_eq!(inbox.kinds, BTreeMap::from([(Kind::Mail, 3), (Kind::Other, 1)]));
        assert_eq!(
            inbox.verdicts,
            BTreeMap::from([(Verdict::Faithful, 2), (Verdict::Manual, 2)])
        );
        let calendar = scan
            .folders
            .iter()
            .find(|folder| folder.role == Some("calendar"))
            .unwrap();
        assert_eq!(calendar.path, ["Календарь"]);
    }
}

#[test]
fn an_export_writes_what_it_counts() {
    let directory = tempfile::tempdir().unwrap();
    let pst = open(mailbox().write(Layout::Unicode));
    let report = export(&pst, directory.path(), &ExportOptions::default()).unwrap();
    assert!(report.balances());
    assert!(report.is_manual());
    let counts = report.counts;
    assert_eq!(
        (counts.expected, counts.faithful, counts.manual, counts.excluded),
        (7, 4, 2, 1)
    );
    let mbox = std::fs::read_to_string(directory.path().join("mail/8062 Входящие.mbox")).unwrap();
    assert_eq!(
        mbox.matches("\nFrom ivan@example.org Mon Jan  1 00:00:00 2024\n")
            .count(),
        1
    );
    assert!(mbox.starts_with("From ivan@example.org "));
    assert!(mbox.contains("\n>From me\n"));
    let index = std::fs::read_to_string(directory.path().join("mail/8062 Входящие.jsonl")).unwrap();
    assert_eq!(index.lines().count(), 2);
    let calendar = std::fs::read_to_string(directory.path().join("calendars/8082 Календарь.ics")).unwrap();
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 1);
    assert!(calendar.ends_with("END:VCALENDAR\r\n"));
    let ole = directory.path().join("manual/200064");
    assert_eq!(std::fs::read(ole.join("attachment-1.bin")).unwrap(), [1, 2, 3]);
    let properties: serde_json::Value =
        serde_json::from_slice(&std::fs::read(ole.join("properties.json")).unwrap()).unwrap();
    assert_eq!(properties["properties"]["0037:001f"], "ole");
    assert!(ole.join("item.eml").exists());
}

#[test]
fn losses_are_accepted_by_their_codes_and_kinds_are_excluded() {
    let pst = open(mailbox().write(Layout::Unicode));
    let directory = tempfile::tempdir().unwrap();
    let options = ExportOptions::default()
        .accept(["PST-OLE".to_owned()])
        .families([Family::Mail])
        .recoverable(true);
    let report = export(&pst, directory.path(), &options).unwrap();
    let counts = report.counts;
    assert!(report.balances());
    assert_eq!(
        (counts.faithful, counts.accepted, counts.manual, counts.excluded),
        (3, 1, 1, 2)
    );
    assert!(!directory.path().join("calendars").exists());
}

#[test]
fn orphans_are_found_and_kept_for_a_person() {
    let mut file = mailbox().build(Layout::Unicode);
    // A copy of a message that no folder lists, and a message that a folder lists but that is gone.
    let (data, sub) = file.node_blocks(0x20_0024).unwrap();
    file.node(0x40_0024, data, sub, 0x8062);
    file.remove_node(0x20_0044);
    let pst = open(file.finish());
    let scan = pst.scan(ScanOptions::default()).unwrap();
    assert_eq!((scan.items, scan.orphans), (7, 1));
    assert!(scan.balances() && scan.is_lossy());
    let directory = tempfile::tempdir().unwrap();
    let report = export(&pst, directory.path(), &ExportOptions::default()).unwrap();
    assert!(report.balances());
    assert_eq!(
        (report.counts.expected, report.counts.failed, report.counts.manual),
        (8, 1, 3)
    );
    assert!(directory.path().join("manual/400024/item.eml").exists());
}

#[test]
fn an_export_may_be_repeated() {
    let pst = open(mailbox().write(Layout::Unicode));
    let directory = tempfile::tempdir().unwrap();
    let files = || {
        let mut files = BTreeMap::new();
        let mut stack = vec![directory.path().to_owned()];
        while let Some(path) = stack.pop() {
            for entry in std::fs::read_dir(path).unwrap().flatten() {
                if entry.path().is_dir() {
                    stack.push(entry.path());
                } else {
                    files.insert(entry.path(), std::fs::read(entry.path()).unwrap());
                }
            }
        }
        files
    };
    export(&pst, directory.path(), &ExportOptions::default()).unwrap();
    let first = files();
    export(&pst, directory.path(), &ExportOptions::default()).unwrap();
    assert_eq!(first, files());
}

/// More items than one thread takes at once stand in the file in their order, whoever converted them.
#[test]
fn items_keep_their_order() {
    let mut folder = Folder::new("Входящие");
    for number in 0..400 {
        let mut item = mail(&format!("number {number:03}"));
        if number % 7 == 0 {
            item = item.attach(Attachment::file(
                "a",
                "a/b",
                vec![number as u8; 700_000 / (1 + number % 5)],
            ));
        }
        folder = folder.item(item);
    }
    let pst = open(Mailbox::new().folder(folder).write(Layout::Unicode));
    let directory = tempfile::tempdir().unwrap();
    let report = export(&pst, directory.path(), &ExportOptions::default()).unwrap();
    assert!(report.balances());
    assert_eq!((report.counts.expected, report.counts.faithful), (400, 400));
    let mbox = std::fs::read_to_string(directory.path().join("mail/8062 Входящие.mbox")).unwrap();
    let subjects: Vec<&str> = mbox
        .lines()
        .filter_map(|line| line.strip_prefix("Subject: number "))
        .collect();
    let expected: Vec<String> = (0..400).map(|number| format!("{number:03}")).collect();
    assert_eq!(subjects, expected);
    // A directory that cannot be written into ends the export, and no thread waits.
    let file = directory.path().join("file");
    std::fs::write(&file, "").unwrap();
    assert!(export(&pst, &file, &ExportOptions::default()).is_err());
}

/// A message whose attachment turns out to be damaged while it is written leaves nothing in the mbox file.
#[test]
fn a_damaged_attachment_takes_its_message_out_of_the_file() {
    for length in [50_000, 3 << 20] {
        let data: Vec<u8> = (0..length).map(|octet: usize| (octet % 251) as u8).collect();
        let damaged = || mail("damaged").attach(Attachment::file("a.bin", "a/b", data.clone()));
        let folder = |items: Vec<Item>| items.into_iter().fold(Folder::new("Входящие"), Folder::item);
        let others = || vec![mail("one"), mail("two")];
        let mailbox = Mailbox::new()
            .crypt(0)
            .folder(folder([vec![mail("zero"), damaged()], others()].concat()))
            .folder(Folder::new("Другая").item(damaged()));
        let mut octets = mailbox.write(Layout::Unicode);
        // The second block of the data of each: the first octets of the next period tell it.
        let block: Vec<u8> = data.iter().copied().skip(8176).take(64).collect();
        let places: Vec<usize> = octets
            .windows(block.len())
            .enumerate()
            .filter(|(at, window)| at % 64 == 0 && *window == block.as_slice())
            .map(|(at, _)| at)
            .collect();
        assert!(places.len() >= 2, "{length}");
        for at in places {
            octets[at] ^= 1;
        }
        let directory = tempfile::tempdir().unwrap();
        let report = export(&open(octets), directory.path(), &ExportOptions::default()).unwrap();
        assert!(report.balances());
        assert_eq!((report.counts.faithful, report.counts.manual), (3, 2), "{length}");
        let inbox = report.folders.iter().find(|folder| folder.nid == 0x8062).unwrap();
        assert_eq!(inbox.findings["PST-ATTACHMENT-UNREADABLE"], 1);
        let mbox = std::fs::read_to_string(directory.path().join("mail/8062 Входящие.mbox")).unwrap();
        let subjects: Vec<&str> = mbox
            .lines()
            .filter_map(|line| line.strip_prefix("Subject: "))
            .collect();
        assert_eq!(subjects, ["zero", "one", "two"]);
        assert!(!mbox.contains("a.bin"));
        let index = std::fs::read_to_string(directory.path().join("mail/8062 Входящие.jsonl")).unwrap();
        assert_eq!(index.lines().count(), 3);
        assert!(directory.path().join("manual/200044/properties.json").exists());
        // Nothing of the other folder could be written: it has no files.
        assert_eq!(
            std::fs::read_dir(directory.path().join("mail")).unwrap().count(),
            2
        );
    }
}
