//! Writes the seeds of targets whose input is octets that no editor shows: `cargo run --example seeds`.

use std::path::Path;
use std::time::Duration;

use tegu_fuzz::{now, scratch};
use tegu_imap::ledger::{Entry, Origin, Sending, StoredMessage};
use tegu_imap::{Flags, MailboxName, Uid, UidSet};
use tegu_journal::{
    Claim, ContainerKey, Finding, Intent, Job, JobKey, Journal, Kind, LogName, RECORDS, Record, Records,
    RedbJournal, State,
};

fn seed(target: &str, name: &str, octets: &[u8]) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("seeds").join(target);
    std::fs::create_dir_all(&folder).expect("a folder for seeds");
    std::fs::write(folder.join(name), octets).expect("a seed");
}

fn uid(number: u32) -> Uid {
    Uid::new(number).expect("not zero")
}

/// What a run writes: an intent, copies, a refusal, flags, a deletion.
fn entries() -> Vec<Entry> {
    let uids = |numbers: &[u32]| numbers.iter().map(|number| uid(*number)).collect::<UidSet>();
    let digest = tegu_imap::prove::Digest::from_bytes([7; 32]);
    vec![
        Entry::Delimiter('/'),
        Entry::Intent {
            mark: uid(10),
            at: 1_767_225_600,
            messages: vec![
                Sending::new(uid(1), Some(digest), 300),
                Sending::new(uid(2), None, 0),
            ],
        },
        Entry::Stored {
            uid: uid(1),
            message: StoredMessage::new(Origin::Copied, uid(10), Some(digest), 300, Flags::new()),
        },
        Entry::Refused { uids: uids(&[2]) },
        Entry::NotCopied {
            uid: uid(2),
            state: tegu_imap::State::Manual,
            code: "IMAP-NUL".into(),
            text: "NUL octets".into(),
        },
        Entry::Flagged {
            uid: uid(1),
            flags: ["\\Seen", "Project"].into_iter().collect(),
        },
        Entry::Searched { mark: uid(11) },
        Entry::Gone { uids: uids(&[1, 2]) },
    ]
}

fn imap() {
    let mut plain = Vec::new();
    entries().iter().for_each(|entry| entry.encode(&mut plain));
    seed("imap_ledger", "run", &plain);
    seed(
        "imap_ledger_file",
        "written",
        &[&[0x81], plain.as_slice()].concat(),
    );
    let path = scratch("seed.ledger");
    let _ = std::fs::remove_file(&path);
    let ledger = tegu_imap::ledger::FileLedger::open(&path).expect("a new ledger");
    let inbox = MailboxName::new("INBOX").expect("a name");
    now(tegu_imap::ledger::Ledger::write(&ledger, &inbox, &entries())).expect("entries are written");
    drop(ledger);
    let file = std::fs::read(&path).expect("the ledger");
    seed("imap_ledger_file", "file", &[&[0], file.as_slice()].concat());
    // As many octets before the middle as behind it: what the source shows, and what the ledger knows.
    let shown = [1, 0b1, 9, 2, 0b10, 200, 3, 0, 5].repeat(plain.len() / 9 + 1);
    for options in [0, 0b1111] {
        seed(
            "imap_plan",
            &format!("options-{options}"),
            &[&[options], &shown[..plain.len()], plain.as_slice()].concat(),
        );
    }
    let mut log = Vec::new();
    tegu_imap::ledger::log::encode(&entries(), &mut log);
    seed("migrate_ledger", "imap", &log);
    seed(
        "migrate_ledger",
        "lines",
        b"{\"code\":\"MAIL-NUL\"}\n{\"a\":[1,2]}\n",
    );
    seed(
        "imap_deflate",
        "text",
        b"\x05* OK hello\r\n* 1 FETCH (UID 1 FLAGS (\\Seen))\r\n",
    );
    let bomb = {
        use std::io::Write as _;
        let mut deflate = flate2::write::DeflateEncoder::new(Vec::new(), flate2::Compression::best());
        deflate.write_all(&[0; 100_000]).expect("a Vec takes everything");
        deflate.finish().expect("a Vec takes everything")
    };
    seed("imap_deflate", "bomb", &bomb);
}

fn journal() {
    let path = scratch("seed.redb");
    let _ = std::fs::remove_file(&path);
    let journal = RedbJournal::open(&path).expect("a new journal");
    let kind = Kind::from_static("mail");
    let job = Job::new(JobKey::new(kind.clone(), "anna"), &"anna").expect("a name has a form in JSON");
    now(journal.begin(&"settings".into(), &[job])).expect("an empty journal takes jobs");
    let Ok(Claim::Job(lease)) = now(journal.claim("worker", Duration::from_secs(60))) else {
        panic!("there is a job")
    };
    let inbox = ContainerKey::new(kind.clone(), "anna", vec!["INBOX".to_owned()]);
    let mut manual = Record::new(State::Manual);
    manual.findings.push(Finding::lossy("MAIL-NUL", "NUL octets"));
    let all = [
        ("1".to_owned(), Record::new(State::Moved)),
        ("2".to_owned(), manual),
    ];
    let records = Records::new(&journal, &lease);
    now(records.target(&inbox, "INBOX")).expect("a name is written");
    now(records.commit(&inbox, &all)).expect("records are written");
    now(records.begin(
        &inbox,
        &Intent::new(
            "7",
            vec![("3".to_owned(), tegu_outcome::Digest::from_bytes([7; 32]))],
        ),
    ))
    .expect("an intent is written");
    now(journal.append(&lease, &LogName::new(kind, b"INBOX"), b"octets")).expect("octets are octets");
    let log = std::fs::read(path.with_file_name("seed.redb.log")).expect("the log before the database");
    seed("journal_log", "run", &log);
    let stored = now(journal.read(lease.key(), &inbox.log())).expect("records");
    assert_eq!(inbox.log().kind, RECORDS);
    seed("journal_records", "run", &stored);
    seed("migrate_ledger", "records", &stored);
    // A quarter of it is the name of the log.
    seed(
        "journal_export",
        "records",
        &[
            &b"INBOX".repeat(stored.len() / 15 + 1)[..stored.len() / 3],
            stored.as_slice(),
        ]
        .concat(),
    );
    seed(
        "journal_export",
        "lines",
        b"INBOX{\"a\":1}\n{\"b\":[\"\xc2\x9b\"]}\n",
    );
    seed("journal_database", "one", &[0, 8, 0xff, 1]);
    seed(
        "journal_database",
        "pages",
        &[0x10, 0, 1, 1, 0x20, 0x10, 7, 0, 0x30, 0, 0, 0x80],
    );
}

fn dav() {
    let answer = |kind: u16, data: &[u8]| {
        let mut out = b"\0\x07\x81\x80\0\x01\0\x01\0\0\0\0\x07example\x03org\0".to_vec();
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(b"\0\x01\xc0\x0c");
        out.extend_from_slice(&kind.to_be_bytes());
        out.extend_from_slice(b"\0\x01\0\0\0\x3c");
        out.extend_from_slice(&u16::try_from(data.len()).expect("a short record").to_be_bytes());
        out.extend_from_slice(data);
        out
    };
    seed(
        "net_dns",
        "service",
        &answer(33, b"\0\0\0\x05\x22\x69\x04mail\xc0\x0c"),
    );
    seed("net_dns", "text", &answer(16, b"\x0cpath=/caldav\x01x"));

    use tegu_dav::ledger::{Entry, FileLedger, Known, Ledger as _, digest};
    let mut known = Known::default();
    known.digest = digest(b"BEGIN:VEVENT");
    known.href = Some("/anna/work/1.ics".into());
    known.intent = Some(digest(b"x"));
    known.ours = true;
    known.attempts = 2;
    known.codes = vec!["DAV-TZ-UNKNOWN".into()];
    let entries = [
        Entry::Created,
        Entry::Filling {
            display_name: "Work\t\\".into(),
        },
        Entry::Item {
            uid: "1".into(),
            known,
        },
        Entry::Filled,
        Entry::Token {
            token: "sync-7".into(),
        },
        Entry::Gone { uid: "2\n".into() },
    ];
    let lines = entries
        .iter()
        .map(|entry| entry.encode() + "\n")
        .collect::<String>();
    seed("dav_ledger", "lines", lines.as_bytes());
    let path = scratch("seed-dav.ledger");
    let _ = std::fs::remove_file(&path);
    let ledger = FileLedger::open(&path).expect("a new ledger");
    now(ledger.write("c", &entries)).expect("entries are written");
    drop(ledger);
    seed("dav_ledger", "file", &std::fs::read(&path).expect("the ledger"));
}

fn plan() {
    use tegu_plan::{AccountPlan, ContainerPlan, Entity, Plan, Policy, Rates};
    let policy = Policy::default().accept(["MAIL-KEYWORD"]);
    let finding = Finding::lossy("MAIL-NUL", "NUL octets");
    let mut inbox = ContainerPlan::new(Entity::Mail, "INBOX");
    inbox.item("7:1", State::Moved, 2_000, &[]);
    inbox.item("7:2", State::Manual, 3_000, &[finding]);
    let mut anna = AccountPlan::new("anna@example.test", "Anna");
    anna.containers.push(inbox);
    let mut plan = Plan::new(
        "wave",
        "2026-01-31T12:00:00Z",
        vec!["imaps://a -> imaps://b".into()],
        policy,
    );
    plan.accounts.push(anna);
    let plan = plan.finished(&Rates::default(), 4, vec!["RSS".into()]);
    seed(
        "plan_read",
        "plan",
        &plan.to_json().expect("a plan has a form in JSON"),
    );
}

/// Challenges of NTLM, alone and behind certificates. The first octet says where the certificate ends.
fn ews() {
    let utf16 = |text: &str| {
        text.encode_utf16()
            .flat_map(u16::to_le_bytes)
            .collect::<Vec<u8>>()
    };
    let pair = |id: u16, value: &[u8]| {
        let length = u16::try_from(value.len()).expect("a short value");
        [&id.to_le_bytes()[..], &length.to_le_bytes(), value].concat()
    };
    let challenge = |pairs: &[Vec<u8>]| {
        let info = [pairs.concat(), vec![0; 4]].concat();
        let length = u16::try_from(info.len()).expect("short pairs").to_le_bytes();
        let mut out = [
            &b"NTLMSSP\0"[..],
            &2_u32.to_le_bytes(),
            &[0; 4],
            &56_u32.to_le_bytes(),
        ]
        .concat();
        out.extend_from_slice(&0xa289_8205_u32.to_le_bytes());
        out.extend_from_slice(&[0, 1, 2, 3, 4, 5, 6, 7]);
        out.extend_from_slice(&[0; 8]);
        out.extend_from_slice(&[length, length].concat());
        out.extend_from_slice(&56_u32.to_le_bytes());
        out.extend_from_slice(&[0; 8]);
        [out, info].concat()
    };
    let domain = pair(2, &utf16("EXAMPLE"));
    let time = pair(7, &133_500_000_000_000_000_u64.to_le_bytes());
    let timed = challenge(&[
        domain.clone(),
        pair(1, &utf16("MAIL")),
        time,
        pair(6, &2_u32.to_le_bytes()),
    ]);
    seed("ews_ntlm", "time", &[&[0], timed.as_slice()].concat());
    seed(
        "ews_ntlm",
        "no-time",
        &[&[0], challenge(&[domain]).as_slice()].concat(),
    );
    let value = |tag: u8, content: &[u8]| {
        [
            &[tag, u8::try_from(content.len()).expect("a short value")],
            content,
        ]
        .concat()
    };
    for (name, algorithm) in [
        ("sha384", b"\x2a\x86\x48\x86\xf7\x0d\x01\x01\x0c".as_slice()),
        ("sha512", b"\x2a\x86\x48\xce\x3d\x04\x03\x04"),
    ] {
        let parts = [
            value(0x30, &[2, 1, 1]),
            value(0x30, &value(6, algorithm)),
            value(3, &[0; 20]),
        ]
        .concat();
        let certificate = value(0x30, &parts);
        let whole = certificate.len() + timed.len();
        let cut = (256 * certificate.len()).div_ceil(whole);
        let padding = vec![0; whole * cut / 256 - certificate.len()];
        let cut = u8::try_from(cut).expect("the certificate is the smaller part");
        seed(
            "ews_ntlm",
            name,
            &[&[cut], certificate.as_slice(), &padding, &timed].concat(),
        );
    }
}

fn main() {
    plan();
    imap();
    journal();
    dav();
    ews();
}
