//! Rule sets and messages that sit on each other's boundaries, and the comparison of what Exchange does with what an engine does.

use jiff::Timestamp;
use proptest::collection::vec;
use proptest::option::weighted;
use proptest::prelude::*;
use proptest::sample::select;
use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use tegu_sieve::evaluate::{Message, evaluate};
use tegu_sieve::rule::{Action, Condition, Folder, Importance, MessageType, Recipient, Rule, Sensitivity};
use tegu_sieve::translate::{Folders, Owner, Server, Translation, Translator, Verdict};
use tegu_testkit::sieve::Filtered;

/// The instant at which all messages arrive.
pub(super) const NOW: &str = "2026-03-01 12:00:00";
const ADDRESSES: &[&str] = &[
    "anna@corp.example",
    "a.alias@corp.example",
    "boss@corp.example",
    "B@X.example",
    "b@x.example",
    "c@y.example",
];
const WORDS: &[&str] = &[
    "привет",
    "Привет, мир",
    "Ёлка",
    "счёт",
    "Σίσυφος",
    "ΣΊΣΥΦΟΣ",
    "café",
    "Straße",
    "Ǆ",
    "中文",
    "invoice",
    "Invoice 2026",
    "a.b*c",
    "(x|y)",
    "100%",
    "say \"hi\"",
    "back\\slash",
    "[tag]",
    "^$",
    "?",
    "{2}",
    "Przełęcz",
    "ўсё",
];
const LOSSES: &[&str] = &[
    "SIEVE-AFTER-STOP",
    "SIEVE-ATTACHMENT",
    "SIEVE-AUTOMATIC",
    "SIEVE-BODY",
    "SIEVE-CATEGORY",
    "SIEVE-DELETE",
    "SIEVE-FORWARD",
    "SIEVE-ITEM-CLASS",
    "SIEVE-MARK-LATER",
    "SIEVE-SIZE",
];
const SIZES: &[u64] = &[4000, 5000];

/// [`NOW`] as a value.
pub(super) fn now() -> Timestamp {
    format!("{}Z", NOW.replace(' ', "T")).parse().unwrap()
}

pub(super) fn owner() -> Owner {
    Owner::new(["anna@corp.example", "a.alias@corp.example"])
}

pub(super) fn translate(rules: &[Rule], server: Server) -> Translation {
    let mut translator = Translator::new(server).owner(owner()).folders(Folders::default());
    for code in LOSSES {
        translator = translator.accept(*code);
    }
    translator.translate(rules, None)
}

fn cased() -> impl Strategy<Value = String> {
    (select(WORDS), 0..4_u8).prop_map(|(word, case)| match case {
        0 => word.to_uppercase(),
        1 => word.to_lowercase(),
        2 => word
            .chars()
            .enumerate()
            .flat_map(|(at, c)| {
                if at % 2 == 0 {
                    c.to_uppercase().collect::<Vec<_>>()
                } else {
                    vec![c]
                }
            })
            .collect(),
        _ => word.to_owned(),
    })
}

fn people() -> impl Strategy<Value = Vec<Recipient>> {
    vec(select(ADDRESSES).prop_map(Recipient::smtp), 1..3)
}

fn texts() -> impl Strategy<Value = Vec<String>> {
    vec(cased(), 1..3)
}

fn instants() -> impl Strategy<Value = Option<Timestamp>> {
    let all = [
        "2026-02-28T12:00:00Z",
        "2026-03-01T11:59:59Z",
        "2026-03-01T12:00:00Z",
        "2026-03-01T11:59:59.5Z",
        "2026-03-01T12:00:00.5Z",
        "2026-03-01T12:00:01Z",
        "2026-03-02T00:00:00Z",
        "2025-03-01T13:00:00Z",
        "2027-01-01T00:00:00Z",
    ];
    weighted(0.7, select(all.map(|text| text.parse().unwrap()).to_vec()))
}

fn conditions() -> impl Strategy<Value = Condition> {
    let types = [
        MessageType::AutomaticForward,
        MessageType::AutomaticReply,
        MessageType::Encrypted,
        MessageType::MeetingRequest,
        MessageType::MeetingResponse,
        MessageType::NonDeliveryReport,
        MessageType::PermissionControlled,
        MessageType::ReadReceipt,
        MessageType::Signed,
        MessageType::Voicemail,
    ];
    let fragments = || {
        vec(
            select(&["CORP.", "alias@", "x.example", "b@", "@Y", "nobody"][..]).prop_map(str::to_owned),
            1..3,
        )
    };
    let sizes = || {
        weighted(
            0.6,
            (select(SIZES), 0..3_u64).prop_map(|(size, off)| size + off - 1),
        )
    };
    prop_oneof![
        6 => texts().prop_map(Condition::SubjectContains),
        3 => texts().prop_map(Condition::BodyContains),
        2 => texts().prop_map(Condition::SubjectOrBodyContains),
        3 => people().prop_map(Condition::From),
        3 => people().prop_map(Condition::SentTo),
        2 => fragments().prop_map(Condition::FromAddressContains),
        2 => fragments().prop_map(Condition::RecipientAddressContains),
        4 => select(&[Condition::SentToMe, Condition::SentCcMe, Condition::SentToOrCcMe, Condition::NotSentToMe, Condition::SentOnlyToMe, Condition::HasAttachments][..]),
        2 => select(&[Importance::Low, Importance::Normal, Importance::High][..]).prop_map(Condition::Importance),
        2 => select(&[Sensitivity::Normal, Sensitivity::Personal, Sensitivity::Private, Sensitivity::Confidential][..]).prop_map(Condition::Sensitivity),
        2 => (sizes(), sizes()).prop_map(|(min, max)| Condition::SizeRange { min, max }),
        2 => (instants(), instants()).prop_map(|(after, before)| Condition::DateRange { after, before }),
        4 => select(types.to_vec()).prop_map(Condition::Type),
        1 => Just(Condition::FlaggedForAction("FollowUp".into())),
    ]
}

fn actions() -> impl Strategy<Value = Action> {
    let folder = || select(&["\\A", "x:\\B\\Проекты", "\\Inbox\\C"][..]).prop_map(Folder::parse);
    prop_oneof![
        4 => folder().prop_map(Action::MoveToFolder),
        2 => folder().prop_map(Action::CopyToFolder),
        2 => Just(Action::MarkAsRead),
        1 => Just(Action::Delete),
        1 => Just(Action::PermanentDelete),
        1 => select(&["b@x.example", "c@y.example", "d@z.example"][..]).prop_map(|to| Action::RedirectTo(vec![Recipient::smtp(to)])),
        1 => select(&["b@x.example", "e@z.example"][..]).prop_map(|to| Action::ForwardTo(vec![Recipient::smtp(to)])),
        1 => select(&["Work", "Red", "two words"][..]).prop_map(|name| Action::AssignCategories(vec![name.into()])),
        3 => Just(Action::StopProcessingRules),
    ]
}

pub(super) fn rule_sets() -> impl Strategy<Value = Vec<Rule>> {
    let rule = (
        0..4_i64,
        vec(conditions(), 0..3),
        vec(conditions(), 0..2),
        vec(actions(), 1..4),
        0..20_u8,
    )
        .prop_map(|(priority, conditions, exceptions, actions, off)| {
            let mut rule = Rule::new("Правило \"x\"").priority(priority);
            (rule.conditions, rule.exceptions, rule.actions) = (conditions, exceptions, actions);
            (rule.enabled, rule.in_error, rule.client_only) = (off != 0, off == 1, off == 2);
            rule
        });
    vec(rule, 1..5)
}

/// How a message is made.
#[derive(Clone, Debug)]
pub(super) struct Spec {
    subject: Option<(String, u8)>,
    from: Option<(usize, u8)>,
    sender: Option<usize>,
    to: Vec<(usize, u8)>,
    cc: Vec<(usize, u8)>,
    fields: Vec<&'static str>,
    body: (String, u8),
    shape: u8,
    size: Option<u64>,
}

pub(super) fn messages() -> impl Strategy<Value = Spec> {
    let address = || (0..ADDRESSES.len(), 0..4_u8);
    let text = || {
        (cased(), select(&["", "x", " and "][..]), cased())
            .prop_map(|(one, between, two)| format!("{one}{between}{two}"))
    };
    let fields = select(
        &[
            "Importance: High",
            "importance: low",
            "Importance: normal",
            "X-Priority: 1",
            "X-Priority: 5 (Lowest)",
            "X-Priority: 3",
            "X-Priority: 10",
            "Priority: urgent",
            "Priority: non-urgent",
            "Sensitivity: Private",
            "Sensitivity: personal",
            "Sensitivity: Company-Confidential",
            "Auto-Submitted: auto-replied",
            "Auto-Submitted: auto-forwarded; x=y",
            "Auto-Submitted: no",
        ][..],
    );
    (
        weighted(0.9, (text(), 0..5_u8)),
        weighted(0.95, address()),
        weighted(0.2, 0..ADDRESSES.len()),
        vec(address(), 0..3),
        vec(address(), 0..3),
        vec(fields, 0..2),
        (text(), 0..4_u8),
        0..12_u8,
        weighted(
            0.3,
            (select(SIZES), 0..5_u64).prop_map(|(size, off)| size + off - 2),
        ),
    )
        .prop_map(
            |(subject, from, sender, to, cc, fields, body, shape, size)| Spec {
                subject,
                from,
                sender,
                to,
                cc,
                fields,
                body,
                shape,
                size,
            },
        )
}

impl Spec {
    pub(super) fn octets(&self, number: usize) -> Vec<u8> {
        let mut head = String::new();
        if let Some((subject, how)) = &self.subject {
            let _ = write!(head, "Subject: {}\r\n", header(subject, *how));
        }
        if let Some(from) = self.from {
            let _ = write!(head, "From: {}\r\n", list(&[from]));
        }
        if let Some(sender) = self.sender {
            let _ = write!(head, "Sender: {}\r\n", ADDRESSES[sender]);
        }
        for (name, all) in [("To", &self.to), ("Cc", &self.cc)] {
            if !all.is_empty() {
                let _ = write!(head, "{name}: {}\r\n", list(all));
            }
        }
        for field in &self.fields {
            let _ = write!(head, "{field}\r\n");
        }
        let _ = write!(head, "Message-ID: <{number}@test>\r\nMIME-Version: 1.0\r\n");
        let body = shape(self.shape, &self.body.0, self.body.1);
        let missing = self.size.map_or(0, |size| {
            usize::try_from(size)
                .unwrap()
                .saturating_sub(head.len() + body.len())
        });
        // A field that fills the message to the octet.
        if missing > 100 {
            let mut left = missing - "X-Filler:\r\n".len();
            head.push_str("X-Filler:");
            while left > 0 {
                // Never less than a whole line is left over.
                let line = if left < 70 { left } else { left.min(60) };
                let _ = write!(head, "\r\n {}", ".".repeat(line - 3));
                left -= line;
            }
            head.push_str("\r\n");
        }
        let mut octets = head.into_bytes();
        octets.extend(body);
        octets
    }
}

fn header(text: &str, how: u8) -> String {
    let base64 = |text: &[u8], charset: &str| format!("=?{charset}?B?{}?=", base64(text));
    let quoted = |text: &str| {
        let mut out = String::new();
        for byte in text.bytes() {
            match byte {
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => out.push(char::from(byte)),
                b' ' => out.push('_'),
                byte => drop(write!(out, "={byte:02X}")),
            }
        }
        format!("=?utf-8?q?{out}?=")
    };
    match how {
        0 if text.is_ascii() => text.to_owned(),
        1 => quoted(text),
        2 => {
            // Two encoded words over two lines; the space between them vanishes.
            let at = text
                .char_indices()
                .nth(text.chars().count() / 2)
                .map_or(0, |(at, _)| at);
            let (one, two) = text.split_at(at);
            format!(
                "{}\r\n {}",
                base64(one.as_bytes(), "UTF-8"),
                base64(two.as_bytes(), "utf-8")
            )
        }
        3 => match cp1251(text) {
            Some(octets) => base64(&octets, "windows-1251"),
            None => base64(text.as_bytes(), "utf-8"),
        },
        _ => base64(text.as_bytes(), "utf-8"),
    }
}

fn list(all: &[(usize, u8)]) -> String {
    let one = |(at, how): &(usize, u8)| match how {
        0 => ADDRESSES[*at].to_owned(),
        1 => format!("\"Smith, Anna\" <{}>", ADDRESSES[*at]),
        2 => format!("=?utf-8?B?{}?= <{}>", base64("Борис".as_bytes()), ADDRESSES[*at]),
        _ => format!("<{}>", ADDRESSES[*at]),
    };
    all.iter().map(one).collect::<Vec<_>>().join(",\r\n ")
}

fn base64(octets: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(octets)
}

fn cp1251(text: &str) -> Option<Vec<u8>> {
    let (octets, _, lost) = encoding_rs::WINDOWS_1251.encode(text);
    (!lost).then(|| octets.into_owned())
}

fn text_part(text: &str, how: u8) -> Vec<u8> {
    match (how, cp1251(text)) {
        (0, Some(octets)) => [
            b"Content-Type: text/plain; charset=windows-1251\r\nContent-Transfer-Encoding: 8bit\r\n\r\n",
            octets.as_slice(),
            b"\r\n",
        ]
        .concat(),
        (1, _) => format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: base64\r\n\r\n{}\r\n",
            base64(text.as_bytes())
        )
        .into_bytes(),
        (2, _) => {
            let encoded: String = text.bytes().map(|byte| format!("={byte:02X}")).collect();
            format!("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n{encoded}\r\n").into_bytes()
        }
        _ => format!(
            "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n{text}\r\n"
        )
        .into_bytes(),
    }
}

fn shape(shape: u8, text: &str, how: u8) -> Vec<u8> {
    let part = text_part(text, how);
    let several = |kind: &str, parts: &[&[u8]]| {
        let mut out = format!("Content-Type: {kind}; boundary=\"=b=\"\r\n\r\n").into_bytes();
        for part in parts {
            out.extend(b"--=b=\r\n");
            out.extend(*part);
            out.extend(b"\r\n");
        }
        out.extend(b"--=b=--\r\n");
        out
    };
    match shape {
        0 => several("multipart/mixed", &[&part, b"Content-Type: application/pdf; name=\"a.pdf\"\r\nContent-Disposition: attachment; filename=\"a.pdf\"\r\n\r\nx\r\n"]),
        1 => several("multipart/mixed", &[&part, b"Content-Type: image/png\r\nContent-Disposition: inline\r\n\r\nx\r\n"]),
        2 => several("multipart/alternative", &[&part, b"Content-Type: text/calendar; method=REQUEST; charset=utf-8\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n"]),
        3 => b"Content-Type: text/calendar; METHOD=\"reply\"\r\n\r\nBEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n".to_vec(),
        4 => several("multipart/report; report-type=delivery-status", &[&part, b"Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; x\r\n"]),
        5 => several("multipart/report; report-type=disposition-notification", &[&part, b"Content-Type: message/disposition-notification\r\n\r\nDisposition: x\r\n"]),
        6 => several("Multipart/Signed; protocol=\"application/pkcs7-signature\"", &[&part, b"Content-Type: application/pkcs7-signature\r\n\r\nx\r\n"]),
        7 => b"Content-Type: application/pkcs7-mime; smime-type=enveloped-data\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n".to_vec(),
        8 => b"Content-Type: application/x-pkcs7-mime; smime-type=signed-data\r\nContent-Transfer-Encoding: base64\r\n\r\nAAAA\r\n".to_vec(),
        9 => several("multipart/mixed", &[&part, b"Content-Type: application/x-microsoft-rpmsg-message; name=\"message.rpmsg\"\r\nContent-Disposition: attachment\r\n\r\nx\r\n"]),
        _ => part,
    }
}

/// What Exchange does with a message by the rules that the script holds, in the engine's words.
pub(super) fn expected(
    rules: &[Rule],
    translation: &Translation,
    octets: &[u8],
    received: Timestamp,
) -> Filtered {
    let mut ordered: Vec<&Rule> = rules.iter().collect();
    ordered.sort_by_key(|rule| rule.priority);
    let active: Vec<Rule> = ordered
        .into_iter()
        .zip(&translation.parts)
        .filter(|(_, part)| part.verdict != Verdict::Manual)
        .map(|(rule, _)| rule.clone())
        .collect();
    let message = Message::parse(octets, received).unwrap();
    let effect = evaluate(&active, &message, &owner()).unwrap();
    let lower = |marks: BTreeSet<String>| {
        marks
            .iter()
            .map(|mark| mark.to_lowercase())
            .collect::<BTreeSet<_>>()
    };
    let mut folders = BTreeMap::new();
    for (folder, marks) in effect.copies {
        folders.insert(folder.replacen("Inbox/", "INBOX/", 1), lower(marks));
    }
    folders.extend(effect.trash.map(|marks| ("Trash".to_owned(), lower(marks))));
    folders.extend(effect.inbox.map(|marks| ("INBOX".to_owned(), lower(marks))));
    let mut filtered = Filtered::default();
    filtered.folders = folders;
    filtered.redirects = effect.redirects;
    filtered.replies = effect.replies;
    filtered
}

/// A message without its filler.
pub(super) fn show(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    text.lines()
        .filter(|line| !line.starts_with(" ..."))
        .collect::<Vec<_>>()
        .join("\n")
}
