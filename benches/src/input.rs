//! Deterministic inputs of about a wished size.

use std::fmt::Write as _;

use tegu_imap::ledger::{Entry, Origin, Record, StoredMessage};
use tegu_imap::plan::Item;
use tegu_imap::snapshot::{Snapshot, SnapshotEntry};
use tegu_imap::{Flags, InternalDate, Uid, UidValidity};
use tegu_mbox::{Envelope, Variant, write::Writer};

/// A mailbox file of about `bytes`: mail of many sizes, every tenth with a line that is quoted.
pub fn mbox(bytes: usize) -> Vec<u8> {
    let mut writer = Writer::new(Vec::with_capacity(bytes + 100_000), Variant::Mboxrd);
    let mut random = Random(1);
    for number in 0_u64.. {
        if writer.len() >= bytes as u64 {
            break;
        }
        let message = message(number, &mut random);
        let envelope = Envelope::new("ivan@corp.example", Some(1_700_000_000 + number as i64 * 60));
        writer
            .write(&envelope, message.as_bytes())
            .expect("the message ends with a line feed");
    }
    writer.into_inner()
}

/// What a server sends for `UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)` over `count` messages.
pub fn imap_snapshot(count: u32) -> Vec<u8> {
    let mut text = String::new();
    for number in 1..=count {
        let _ = write!(
            text,
            "* {number} FETCH (UID {} FLAGS (\\Seen $Label{}) INTERNALDATE \"{:2}-Jan-2024 12:00:00 +0300\" RFC822.SIZE {})\r\n",
            number * 3,
            number % 5 + 1,
            number % 28 + 1,
            number % 100_000 + 500
        );
    }
    text.into_bytes()
}

/// What a server sends for `UID FETCH 1:* BODY.PEEK[]` over mail of `bytes` in all.
pub fn imap_bodies(bytes: usize) -> Vec<u8> {
    let mut out = Vec::with_capacity(bytes + 100_000);
    let mut random = Random(2);
    let mut number = 0;
    while out.len() < bytes {
        number += 1;
        let body = message(number, &mut random);
        out.extend_from_slice(
            format!("* {number} FETCH (UID {number} BODY[] {{{}}}\r\n", body.len()).as_bytes(),
        );
        out.extend_from_slice(body.as_bytes());
        out.extend_from_slice(b")\r\n");
    }
    out
}

/// Two mailboxes of `count` and half as many messages; every hundredth message is there twice, every tenth has other flags.
pub fn imap_sides(count: u32) -> (Vec<Item<u128>>, Vec<Item<u128>>) {
    let seen: Flags = ["\\Seen"].into_iter().collect();
    let item = |number: u32, flags: &Flags| {
        let identity = u128::from(number - u32::from(number.is_multiple_of(100)))
            .wrapping_mul(0x9e37_79b9_7f4a_7c15_f39c_c060_5ced_c835);
        Item::new(uid(number), identity, flags.clone())
    };
    let source = (1..=count).map(|number| item(number, &seen)).collect();
    let other = |number: u32| {
        if number.is_multiple_of(10) {
            Flags::new()
        } else {
            seen.clone()
        }
    };
    let target = (1..=count / 2)
        .map(|number| item(number * 2, &other(number)))
        .collect();
    (source, target)
}

/// A mailbox of `count` messages and what a ledger knows of it: all but the last hundredth, every hundredth with other flags.
pub fn imap_state(count: u32) -> (Snapshot, Record) {
    let mut snapshot = Snapshot::new(UidValidity::new(1));
    let mut record = Record::new();
    for number in 1..=count {
        let flags: Flags = ["\\Seen", "$Label1"]
            .into_iter()
            .take(1 + (number % 2) as usize)
            .collect();
        let date = InternalDate::new(1_700_000_000 + i64::from(number), 180);
        snapshot.entries.push(SnapshotEntry::new(
            uid(number),
            flags.clone(),
            date,
            u64::from(number % 90_000),
        ));
        if number <= count - count / 100 {
            let known = if number.is_multiple_of(100) {
                Flags::new()
            } else {
                flags
            };
            let message = StoredMessage::new(Origin::Copied, uid(number), None, 1, known);
            record.apply(&Entry::Stored {
                uid: uid(number),
                message,
            });
        }
    }
    (snapshot, record)
}

fn uid(number: u32) -> Uid {
    Uid::new(number).expect("numbers start at one")
}

/// An export of a directory with `count` accounts.
pub fn ldif(count: usize) -> Vec<u8> {
    let mut text = String::from("version: 1\n\n");
    for number in 0..count {
        let _ = write!(
            text,
            "dn: CN=User {number},OU=Staff,DC=corp,DC=example\n\
             objectClass: top\nobjectClass: person\nobjectClass: user\n\
             sAMAccountName: user{number}\n\
             displayName:: 0JjQstCw0L0g0JjQstCw0L3QvtCy\n\
             proxyAddresses: SMTP:user{number}@corp.example\n\
             proxyAddresses: smtp:u{number}@corp.example\n\
             legacyExchangeDN: /o=Corp/ou=Exchange Administrative Group/cn=Recipients/cn=a-rather-long-na\n me{number}\n\n"
        );
    }
    text.into_bytes()
}

/// A calendar with `count` events, every fifth of them a series.
pub fn calendar(count: usize) -> Vec<u8> {
    let mut text = String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tegu//bench//EN\r\n");
    for number in 0..count {
        let rule = if number % 5 == 0 {
            "RRULE:FREQ=WEEKLY;COUNT=10\r\n"
        } else {
            ""
        };
        let _ = write!(
            text,
            "BEGIN:VEVENT\r\nUID:event-{number}@corp.example\r\nDTSTAMP:20240101T000000Z\r\n\
             DTSTART:202401{:02}T090000Z\r\nDTEND:202401{:02}T100000Z\r\n{rule}SUMMARY:Совещание {number}\r\n\
             DESCRIPTION:A line that is long enough to be folded by whoever wrote this fi\r\n le\\, as most are.\r\n\
             END:VEVENT\r\n",
            number % 28 + 1,
            number % 28 + 1
        );
    }
    text.push_str("END:VCALENDAR\r\n");
    text.into_bytes()
}

/// `count` cards of version 2.1, as Outlook writes them.
pub fn cards(count: usize) -> Vec<u8> {
    let mut text = String::new();
    for number in 0..count {
        let _ = write!(
            text,
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=utf-8:Иванов;Пётр {number}\r\nFN;CHARSET=utf-8:Пётр {number} Иванов\r\n\
             ORG;CHARSET=utf-8:Ромашка;Отдел\r\nTEL;WORK;VOICE:+7 495 {number:07}\r\nEMAIL;PREF;INTERNET:p{number}@corp.example\r\n\
             NOTE;ENCODING=QUOTED-PRINTABLE:one=0D=0Atwo\r\nEND:VCARD\r\n"
        );
    }
    text.into_bytes()
}

/// One message; most are short, some carry what looks like an attachment.
fn message(number: u64, random: &mut Random) -> String {
    let lines = match random.below(20) {
        0 => 1500,
        1..5 => 200,
        _ => 20,
    };
    let mut text = format!(
        "Received: from mx.corp.example by store.corp.example; Mon, 1 Jan 2024 12:00:00 +0300\r\n\
         From: Ivan Ivanov <ivan@corp.example>\r\nTo: all@corp.example\r\nSubject: message {number}\r\n\
         Message-ID: <{number}@corp.example>\r\nDate: Mon, 1 Jan 2024 12:00:00 +0300\r\n\
         Content-Type: text/plain; charset=utf-8\r\n\r\n"
    );
    if number.is_multiple_of(10) {
        text.push_str("From now on everything is different.\r\n");
    }
    for _ in 0..lines {
        for _ in 0..6 {
            let _ = write!(text, "{:08x} ", random.next() as u32);
        }
        text.push_str("\r\n");
    }
    text
}

/// A linear congruential generator: good enough to vary sizes, and the same everywhere.
struct Random(u64);

impl Random {
    fn next(&mut self) -> u64 {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        self.0 >> 32
    }

    fn below(&mut self, bound: u64) -> u64 {
        self.next() % bound
    }
}
