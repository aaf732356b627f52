//! Damaged and lying files: no panic, no hang, and nothing silent.

use std::time::{Duration, Instant};
use tegu_pst::{Finding, Options, Pst, ScanOptions, Severity, Verdict};
use tegu_testkit::pst::{Attachment, File, Folder, Item, Layout, Mailbox, Name, Value};

fn mailbox() -> Mailbox {
    let item = |subject: &str| {
        Item::new("IPM.Note")
            .with(0x0037, Value::text(subject))
            .with(0x0042, Value::text("x"))
            .with(0x0065, Value::text("x@example.org"))
            .with(0x1000, Value::text("text ".repeat(50)))
            .to(1, "a", "a@example.org")
    };
    let mut folder = Folder::new("Inbox");
    for number in 0..6 {
        let within = Attachment::message(item("within"));
        folder = folder.item(
            item(&format!("mail {number}"))
                .attach(Attachment::file("a.bin", "a/b", vec![7; 9000]))
                .attach(within),
        );
    }
    Mailbox::new().folder(folder.folder(Folder::new("Below").item(item("deep"))))
}

/// Reads all of a file as far as it can be read. Returns a description of all that was read, and whether anything was amiss.
fn read(octets: Vec<u8>) -> (Vec<u8>, bool) {
    let Ok(pst) = Pst::open(octets, Options::default()) else {
        return (Vec::new(), true);
    };
    let Ok(scan) = pst.scan(ScanOptions::default()) else {
        return (Vec::new(), true);
    };
    assert!(scan.balances());
    let mut amiss = scan.is_lossy();
    let mut all = Vec::new();
    let Ok(folders) = pst.folders() else {
        return (all, true);
    };
    for folder in &folders.folders {
        all.extend(format!("{:?}", folder.path).into_bytes());
        for item in pst.contents(folder).items {
            let Ok(message) = pst.message(item) else {
                amiss = true;
                continue;
            };
            let Ok(mail) = message.mail() else {
                amiss = true;
                continue;
            };
            amiss |= mail.verdict() == Verdict::Manual;
            amiss |= mail.write_to(&mut all).is_err();
        }
    }
    (all, amiss)
}

/// Damage is found by a check sum or does not matter: what is read without a word is what was there.
fn nothing_silent(octets: Vec<u8>, sound: &[u8], what: &str) {
    let start = Instant::now();
    let (all, amiss) = read(octets);
    assert!(
        amiss || all == sound,
        "{what}: the content changed without a word"
    );
    assert!(
        start.elapsed() < Duration::from_secs(20),
        "{what} took {:?}",
        start.elapsed()
    );
}

#[test]
fn flipped_bits_cuts_and_swapped_pages() {
    for layout in [Layout::Unicode, Layout::Ansi] {
        let octets = mailbox().write(layout);
        let (sound, amiss) = read(octets.clone());
        assert!(!amiss);
        let mut random = 0x9e37_79b9_7f4a_7c15_u64;
        let mut next = move |below: usize| {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            (random % below as u64) as usize
        };
        // Behind the used part of the file there is nothing to damage.
        let used = octets.iter().rposition(|octet| *octet != 0).unwrap() + 1;
        for round in 0..600 {
            let mut damaged = octets.clone();
            for _ in 0..=round % 3 {
                let at = next(used);
                damaged[at] ^= 1 << next(8);
            }
            nothing_silent(damaged, &sound, &format!("{layout:?} flip {round}"));
        }
        for round in 0..150 {
            let mut damaged = octets.clone();
            damaged.truncate(next(used));
            nothing_silent(damaged, &sound, &format!("{layout:?} cut {round}"));
            let mut damaged = octets.clone();
            let pages = used / 512;
            let (one, other) = (next(pages) * 512, next(pages) * 512);
            for at in 0..512 {
                damaged.swap(one + at, other + at);
            }
            nothing_silent(damaged, &sound, &format!("{layout:?} swap {round}"));
            let mut damaged = octets.clone();
            let from = next(pages) * 512;
            let to = next(pages) * 512;
            damaged.copy_within(from..from + 512, to);
            nothing_silent(damaged, &sound, &format!("{layout:?} copy {round}"));
        }
    }
}

fn lies(change: impl FnOnce(&mut File)) -> (Vec<u8>, bool) {
    let mut file = mailbox().build(Layout::Unicode);
    change(&mut file);
    let start = Instant::now();
    let result = read(file.finish());
    assert!(start.elapsed() < Duration::from_secs(10), "{:?}", start.elapsed());
    result
}

#[test]
fn a_data_tree_of_itself() {
    let (_, amiss) = lies(|file| {
        let own = file.next_block(true);
        file.tree(2, &[own; 1000], 8_000_000);
        file.node(0x20_0024, own, 0, 0x8062);
    });
    assert!(amiss);
}

#[test]
fn a_data_tree_of_a_million_times_one_block() {
    let (_, amiss) = lies(|file| {
        let block = file.block(&[7; 8176], false);
        let tree = file.tree(1, &[block; 1021], 1021 * 8176);
        let whole = file.tree(2, &[tree; 1021], usize::MAX);
        file.node(0x20_0024, whole, 0, 0x8062);
    });
    assert!(amiss);
}

#[test]
fn sub_nodes_that_contain_themselves() {
    let (_, amiss) = lies(|file| {
        let (data, _) = file.node_blocks(0x20_0024).unwrap();
        let own = file.next_block(true);
        file.subnodes(&[(0x671, data, own), (0x692, data, own), (0x8025, data, own)]);
        file.node(0x20_0024, data, own, 0x8062);
    });
    assert!(amiss);
}

#[test]
fn a_folder_below_itself_and_a_message_in_two_folders() {
    let (_, amiss) = lies(|file| {
        let (data, sub) = file.node_blocks(0x8022 & !0x1f | 0x0d).unwrap();
        file.node(0x8062 & !0x1f | 0x0d, data, sub, 0);
        let (data, sub) = file.node_blocks(0x8062 & !0x1f | 0x0e).unwrap();
        file.node(0x8042 & !0x1f | 0x0e, data, sub, 0);
    });
    assert!(amiss);
}

#[test]
fn messages_of_messages_without_end() {
    // Four to the sixth messages within one.
    let mut item = Item::new("IPM.Note").with(0x0037, Value::text("leaf"));
    for _ in 0..6 {
        let within = |above: Item, _| above.attach(Attachment::message(item.clone()));
        item = (0..4).fold(Item::new("IPM.Note"), within);
    }
    let limits = tegu_pst::Limits::default().parts(500);
    let octets = Mailbox::new()
        .folder(Folder::new("x").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default().limits(limits)).unwrap();
    let error = pst.message(0x20_0024).unwrap().mail().unwrap_err();
    assert_eq!(error.kind(), tegu_pst::ErrorKind::Limit);
    assert!(error.to_string().contains("`parts`"));
}

#[test]
fn a_message_without_sub_nodes_is_a_message() {
    let octets = Mailbox::new()
        .folder(Folder::new("x").item(Item::new("IPM.Note")))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let message = pst.message(0x20_0024).unwrap();
    assert_eq!(message.recipients().unwrap(), []);
    assert!(message.attachments().unwrap().is_empty());
}

/// What a property means whose name is damaged, nobody can tell: its item is for a person, and the others are not.
#[test]
fn a_map_of_names_that_is_damaged() {
    let appointment = |number: u32, seconds: i64| (Name::Number(0x2002, number), Value::Time(seconds));
    let start = || appointment(0x820d, 1_704_067_200);
    let event = [start(), appointment(0x820e, 1_704_070_800)]
        .into_iter()
        .fold(Item::new("IPM.Appointment"), |item, (name, value)| {
            item.named(name, value)
        });
    let mail = |subject: &str| {
        Item::new("IPM.Note")
            .with(0x0037, Value::text(subject))
            .with(0x0065, Value::text("x@example.org"))
    };
    let tagged = mail("tagged").named(
        Name::Public("Keywords".to_owned()),
        Value::Texts(vec!["x".to_owned()]),
    );
    let mailbox = Mailbox::new().folder(Folder::new("Inbox").item(mail("plain")).item(tagged).item(event));
    let mut file = mailbox.build(Layout::Unicode);
    // The names are written in order: numbers before strings. One of a set that the file does not have, one behind the strings.
    let entry = |number: u32, guid: u16, index: u16| {
        let mut entry = number.to_le_bytes().to_vec();
        entry.extend([guid.to_le_bytes(), index.to_le_bytes()].concat());
        entry
    };
    let set = [0x02, 0x20, 6, 0, 0, 0, 0, 0, 0xc0, 0, 0, 0, 0, 0, 0, 0x46];
    let entries = [
        entry(0x820d, 9 << 1, 0),
        entry(0x820e, 3 << 1, 1),
        entry(7000, 2 << 1 | 1, 2),
    ];
    file.properties(
        0x61,
        0,
        &[
            (1, Value::Int(251)),
            (2, Value::Binary(set.to_vec())),
            (3, Value::Binary(entries.concat())),
            (4, Value::Binary(Vec::new())),
        ],
    );
    let octets = file.finish();
    let pst = Pst::open(octets, Options::default()).unwrap();
    assert!(
        pst.findings()
            .iter()
            .any(|finding| finding.code == "PST-NAMES-DAMAGED")
    );
    let told = |findings: &[Finding]| {
        findings
            .iter()
            .any(|finding| finding.code == "PST-NAMES-DAMAGED" && finding.severity == Severity::Lossy)
    };
    for (nid, lost) in [(0x20_0024, false), (0x20_0044, true)] {
        let message = pst.message(nid).unwrap();
        let mail = message.mail().unwrap();
        assert_eq!(
            (told(mail.findings()), mail.verdict() == Verdict::Manual),
            (lost, lost)
        );
    }
    let event = pst.message(0x20_0064).unwrap().convert().unwrap();
    assert!(told(&event.findings), "{:?}", event.findings);
    assert_eq!(event.verdict, Verdict::Manual);
}
