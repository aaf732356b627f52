//! Headers, folders and tables that are not as they should be.

use tegu_pst::{Content, ErrorKind, FolderRole, Options, Pst, Scan, ScanOptions, Verdict, export};
use tegu_testkit::pst::{File, Folder, Item, Layout, Mailbox, Value};

fn mail(subject: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(subject))
        .with(0x0042, Value::text("x"))
        .with(0x0065, Value::text("x@example.org"))
}

fn mailbox() -> Mailbox {
    Mailbox::new()
        .folder(
            Folder::new("Inbox")
                .item(mail("one"))
                .item(mail("two"))
                .hidden(Item::new("IPM.Configuration.CategoryList"))
                .hidden(Item::new("IPM.RuleOrganizer")),
        )
        .folder(Folder::new("Other").item(mail("three")))
}

fn open(octets: Vec<u8>) -> Pst {
    Pst::open(octets, Options::default()).unwrap()
}

fn scan(octets: Vec<u8>) -> Scan {
    let scan = open(octets).scan(ScanOptions::default()).unwrap();
    assert!(scan.balances());
    scan
}

fn codes(scan: &Scan) -> Vec<&str> {
    scan.findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect()
}

/// A file is known by its version, and not by who made it; what cannot be read is refused by name.
#[test]
fn headers() {
    let sound = mailbox().write(Layout::Unicode);
    let with = |at: usize, octets: &[u8]| {
        let mut file = sound.clone();
        file[at..at + octets.len()].copy_from_slice(octets);
        file
    };
    let refused = |octets: Vec<u8>| Pst::open(octets, Options::default()).unwrap_err();
    for (octets, kind, word) in [
        (with(8, b"AB"), ErrorKind::Unsupported, "PAB"),
        (
            with(513, &[0x10]),
            ErrorKind::Unsupported,
            "Windows Information Protection",
        ),
        (with(513, &[9]), ErrorKind::Unsupported, "encryption method 9"),
        (with(10, &[99]), ErrorKind::Unsupported, "version 99"),
        (with(0, b"PK\x03\x04"), ErrorKind::Malformed, "!BDN"),
    ] {
        let error = refused(octets);
        assert_eq!(error.kind(), kind);
        assert!(error.to_string().contains(word), "{error}");
    }
    for (magic, content) in [(b"SO", Content::Ost), (b"ZZ", Content::Other)] {
        assert_eq!(open(with(8, magic)).header().content, content);
    }
    for version in [21, 23, 37] {
        assert_eq!(
            open(with(10, &[version]))
                .scan(ScanOptions::default())
                .unwrap()
                .items,
            3
        );
    }
    for (octets, code) in [
        (with(300, &[0]), "PST-HEADER-CRC"),
        ([sound.clone(), vec![0; 64]].concat(), "PST-FILE-LONG"),
        (sound[..sound.len() - 64].to_vec(), "PST-FILE-SHORT"),
        // As ExMerge wrote files: permuted, although the header says that they are not.
        (with(513, &[0]), "PST-CRYPT-UNNAMED"),
    ] {
        let scan = scan(octets);
        assert!(codes(&scan).contains(&code), "{code}: {:?}", scan.findings);
        assert_eq!((scan.items, scan.classes["IPM.Note"]), (3, 3), "{code}");
    }
}

/// Nothing of a file changes while it is read: neither its octets nor its times.
#[test]
fn a_file_is_left_as_it_is() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("a.pst");
    std::fs::write(&path, mailbox().write(Layout::Unicode)).unwrap();
    let state = || {
        let metadata = std::fs::metadata(&path).unwrap();
        let file = std::fs::read(&path).unwrap();
        let names: Vec<_> = std::fs::read_dir(directory.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name())
            .collect();
        (metadata.modified().unwrap(), metadata.len(), file, names)
    };
    let before = state();
    let pst = Pst::open_file(&path, Options::default()).unwrap();
    pst.scan(ScanOptions::default().verdicts(true)).unwrap();
    let to = tempfile::tempdir().unwrap();
    export::export(&pst, to.path(), &export::ExportOptions::default()).unwrap();
    assert!(before == state());
}

#[test]
fn hidden_items_are_named_by_their_classes() {
    let scan = scan(mailbox().write(Layout::Unicode));
    assert_eq!(scan.hidden, 2);
    assert_eq!(scan.hidden_classes["IPM.Configuration.CategoryList"], 1);
    assert_eq!(scan.hidden_classes["IPM.RuleOrganizer"], 1);
}

/// What the Inbox says of its neighbours goes before their names.
#[test]
fn folders_are_known_by_what_the_inbox_says() {
    let entry = |nid: u32| [vec![0; 20], nid.to_le_bytes().to_vec()].concat();
    let mailbox = Mailbox::new()
        .folder(
            Folder::new("Inbox")
                .with(0x36d0, Value::Binary(entry(0x8082)))
                .with(0x36d7, Value::Binary(entry(0x80a2)))
                .with(
                    0x36d8,
                    Value::Binaries(vec![vec![], vec![], vec![], vec![], entry(0x80c2)]),
                ),
        )
        .folder(Folder::new("Termine"))
        .folder(Folder::new("Entwürfe"))
        .folder(Folder::new("Archive"));
    let pst = open(mailbox.write(Layout::Unicode));
    let folders = pst.folders().unwrap().folders;
    for (name, role) in [
        ("Inbox", FolderRole::Inbox),
        ("Termine", FolderRole::Calendar),
        ("Entwürfe", FolderRole::Drafts),
        ("Archive", FolderRole::Junk),
    ] {
        let folder = folders.iter().find(|folder| folder.path == [name]).unwrap();
        assert_eq!(folder.role, Some(role), "{name}");
    }
}

/// A change to a file, the code by which it is told, and how many items can still be read.
type Damage = (fn(&mut File), &'static str, u64);

/// Damage costs what hangs on it, and is told.
#[test]
fn structures_that_are_not_as_they_should_be() {
    const NOTHING: u64 = 0x7_fff0;
    let damages: [Damage; 15] = [
        (|file| file.remove_node(0x21), "PST-STORE-MISSING", 3),
        (|file| file.node(0x21, NOTHING, 0, 0), "PST-STORE-UNREADABLE", 3),
        (|file| file.node(0x61, NOTHING, 0, 0), "PST-NAMES-UNREADABLE", 3),
        (
            |file| file.node(0x8062, NOTHING, 0, 0x8022),
            "PST-FOLDER-UNREADABLE",
            3,
        ),
        (
            |file| file.node(0x806d, NOTHING, 0, 0),
            "PST-HIERARCHY-UNREADABLE",
            3,
        ),
        (|file| file.node(0x806e, NOTHING, 0, 0), "PST-TABLE-UNREADABLE", 1),
        (|file| file.remove_node(0x20_0024), "PST-ITEM-UNREADABLE", 2),
        (
            |file| {
                let (data, sub) = file.node_blocks(0x8062).unwrap();
                file.node(0x9002, data, sub, 0x8022);
            },
            "PST-FOLDER-LOST",
            3,
        ),
        (
            |file| {
                let (data, sub) = file.node_blocks(0x20_0024).unwrap();
                file.node(0x40_0024, data, sub, 0x8062);
            },
            "PST-ITEM-ORPHAN",
            3,
        ),
        (
            |file| {
                let (data, sub) = file.node_blocks(0x802d).unwrap();
                file.node(0x806d, data, sub, 0);
            },
            "PST-FOLDER-TWICE",
            3,
        ),
        // The list of another folder: one item too few, and that one is listed twice.
        (
            |file| {
                let (data, sub) = file.node_blocks(0x808e).unwrap();
                file.node(0x806e, data, sub, 0);
            },
            "PST-FOLDER-COUNT",
            1,
        ),
        (
            |file| {
                let block = file.block(&[7; 100], false);
                file.node(0x806e, block, 0, 0);
            },
            "PST-TABLE-UNREADABLE",
            1,
        ),
        // A row behind the last one, and two items for one row: the other item is still there, and in no folder.
        (
            |file| file.list_of_rows(0x806e, &[(0x20_0024, 0), (0x20_0044, 9)]),
            "PST-TABLE-DAMAGED",
            2,
        ),
        (
            |file| file.list_of_rows(0x806e, &[(0x20_0024, 0), (0x20_0044, 0)]),
            "PST-TABLE-DAMAGED",
            2,
        ),
        // A folder that its hierarchy loses is found in the node database.
        (
            |file| file.list_of_rows(0x802d, &[(0x8042, 0), (0x8062, 1), (0x8082, 7)]),
            "PST-HIERARCHY-DAMAGED",
            3,
        ),
    ];
    for (damage, code, readable) in damages {
        let mut file = mailbox().build(Layout::Unicode);
        damage(&mut file);
        let octets = file.finish();
        let scan = scan(octets.clone());
        assert!(codes(&scan).contains(&code), "{code}: {:?}", scan.findings);
        assert!(scan.is_lossy(), "{code}");
        let read: u64 = scan.classes.values().sum();
        assert_eq!(read, readable, "{code}: {:?}", scan.folders);
        let directory = tempfile::tempdir().unwrap();
        let report =
            export::export(&open(octets), directory.path(), &export::ExportOptions::default()).unwrap();
        assert!(report.balances(), "{code}");
        if code == "PST-FOLDER-COUNT" {
            let twice = report
                .findings
                .iter()
                .filter(|finding| finding.code == "PST-ITEM-TWICE");
            assert_eq!((twice.count(), report.counts.excluded), (1, 1));
        }
    }
}

/// A page of a tree costs what hangs on it, and a block its value.
#[test]
fn pages_and_blocks_that_are_damaged() {
    let mut folder = Folder::new("Inbox");
    for number in 0..200 {
        folder = folder.item(mail(&format!("{number}")));
    }
    let sound = Mailbox::new().folder(folder).write(Layout::Unicode);
    let pages = |kind: u8| {
        let octets = sound.clone();
        (0..octets.len() / 512)
            .map(|page| page * 512)
            .filter(move |page| octets[page + 496] == kind && octets[page + 497] == kind)
    };
    for (kind, code) in [(0x81, "PST-NODES-UNREADABLE"), (0x80, "PST-BLOCKS-UNREADABLE")] {
        // Leaves only: with the root all is lost.
        let leaves: Vec<usize> = pages(kind).filter(|page| sound[page + 491] == 0).collect();
        let leaf = leaves[leaves.len() / 2];
        let mut octets = sound.clone();
        octets[leaf + 8] ^= 1;
        let scan = scan(octets);
        assert!(codes(&scan).contains(&code), "{code}: {:?}", codes(&scan));
        assert!(scan.classes["IPM.Note"] > 50, "{code}: {:?}", scan.classes);
    }
    let damaged = scan({
        let mut octets = sound.clone();
        // A block somewhere in the middle: its padding is not checked, its first octet is.
        let at = 0x4600 + 64 * 200;
        octets[at] ^= 1;
        octets
    });
    assert!(
        codes(&damaged).contains(&"PST-BLOCK-DAMAGED"),
        "{:?}",
        codes(&damaged)
    );
    assert!(damaged.classes["IPM.Note"] > 190);
}

/// An item whose sub-nodes cannot be read has its own properties all the same, and is for a person.
#[test]
fn an_item_without_its_sub_nodes() {
    let mut file = mailbox().build(Layout::Unicode);
    let (data, _) = file.node_blocks(0x20_0024).unwrap();
    file.node(0x20_0024, data, 0x7_fff2, 0x8062);
    let pst = open(file.finish());
    let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
    assert_eq!(mail.verdict(), Verdict::Manual);
    let codes: Vec<_> = mail
        .findings()
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect();
    assert!(codes.contains(&"PST-PROPERTIES-DAMAGED"), "{codes:?}");
    assert!(
        String::from_utf8(mail.to_vec().unwrap())
            .unwrap()
            .contains("Subject: one\r\n")
    );
}

/// Two folders of one name are two folders.
#[test]
fn folders_of_one_name() {
    let scan = scan(
        Mailbox::new()
            .folder(Folder::new("Inbox").item(mail("one")))
            .folder(Folder::new("Inbox").item(mail("two")))
            .write(Layout::Unicode),
    );
    assert!(codes(&scan).contains(&"PST-FOLDER-RENAMED"));
    let paths: Vec<_> = scan.folders.iter().map(|folder| folder.path.join("/")).collect();
    assert!(paths.contains(&"Inbox".to_owned()) && paths.contains(&"Inbox (2)".to_owned()));
}

/// What exceeds a limit, and what nobody knows, is kept for a person.
#[test]
fn limits_and_unknown_classes() {
    let file = || tegu_testkit::pst::Attachment::file("a", "a/b", vec![1]);
    let octets = Mailbox::new()
        .folder(
            Folder::new("Inbox")
                .item(mail("many").attach(file()).attach(file()).attach(file()))
                .item(Item::new("IPM.Unheard.Of")),
        )
        .write(Layout::Unicode);
    let limits = tegu_pst::Limits::default().parts(3);
    let pst = Pst::open(octets, Options::default().limits(limits)).unwrap();
    let directory = tempfile::tempdir().unwrap();
    let report = export::export(&pst, directory.path(), &export::ExportOptions::default()).unwrap();
    assert!(report.balances());
    assert_eq!(report.counts.manual, 2);
    let inbox = report.folders.iter().find(|folder| folder.nid == 0x8062).unwrap();
    for code in ["PST-LIMIT", "PST-CLASS-UNKNOWN"] {
        assert_eq!(inbox.findings.get(code), Some(&1), "{code}: {:?}", inbox.findings);
    }
}
