//! The header of a message: as it was kept, or rebuilt from properties.

use super::{
    expected::Expected,
    field::{field, phrase, unstructured},
};
use crate::{
    Finding, Message, RecipientKind,
    item::{self, Person, categories, one_line},
    messaging::NameKey,
    tag::{self, set},
    time,
    verdict::Notes,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use mail_parser::MessageParser;
use std::collections::HashSet;

/// What of a message stands in its header.
#[derive(Debug, Default)]
pub(crate) struct Facts {
    pub(crate) from: Option<Person>,
    pub(crate) sender: Option<Person>,
    pub(crate) to: Vec<Person>,
    pub(crate) cc: Vec<Person>,
    pub(crate) bcc: Vec<Person>,
    /// What was noticed about blind recipients.
    blind: Notes,
    pub(crate) subject: String,
    pub(crate) date: Option<i64>,
    pub(crate) message_id: String,
}

impl Facts {
    pub(crate) fn read(message: &Message<'_>, notes: &mut Notes) -> Self {
        let (from, sender) = item::senders(message, notes);
        let mut facts = Self {
            from,
            sender,
            subject: item::subject(message, notes),
            message_id: one_line(notes.text(message, tag::MESSAGE_ID)),
            ..Self::default()
        };
        let submitted = notes.value(message.time(tag::CLIENT_SUBMIT_TIME));
        facts.date = submitted.or_else(|| notes.value(message.time(tag::DELIVERY_TIME)));
        for recipient in notes.value(message.recipients()) {
            let (list, notes) = match recipient.kind {
                RecipientKind::Originator => continue,
                RecipientKind::To => (&mut facts.to, &mut *notes),
                RecipientKind::Cc => (&mut facts.cc, &mut *notes),
                RecipientKind::Bcc => (&mut facts.bcc, &mut facts.blind),
            };
            list.push(item::person(message, notes, &recipient));
        }
        facts
    }

    fn expected(&self) -> Expected {
        let addresses = |people: &[Person]| {
            people
                .iter()
                .filter_map(|person| person.address.clone())
                .collect()
        };
        Expected {
            from: self
                .from
                .iter()
                .filter_map(|person| person.address.clone())
                .collect(),
            to: addresses(&self.to),
            cc: addresses(&self.cc),
            bcc: addresses(&self.bcc),
            subject: Some(self.subject.clone()),
            date: self.date,
            message_id: self.message_id.trim_matches(['<', '>']).to_owned(),
        }
    }
}

/// A header, without the fields of the content.
#[derive(Debug)]
pub(crate) struct Header {
    pub(crate) octets: Vec<u8>,
    /// The fields as they were kept, with those of the content.
    pub(crate) kept: Option<Vec<u8>>,
    pub(crate) expected: Expected,
    /// Whether somebody is a blind recipient.
    pub(crate) has_bcc: bool,
}

/// The header of a message.
pub(crate) fn header(message: &Message<'_>, notes: &mut Notes, embedded: bool) -> Header {
    let mut read = Notes::default();
    let mut facts = Facts::read(message, &mut read);
    let blind = std::mem::take(&mut facts.blind);
    let raw = notes.text(message, tag::TRANSPORT_HEADERS);
    let mut expected = facts.expected();
    if !raw.is_empty() {
        match kept(&raw, &facts) {
            Ok((octets, whole)) => {
                notes.info(
                    "PST-HEADER-KEPT",
                    "the header is the one that the message had in transport",
                );
                // The original header names everybody but blind recipients by the addresses that they had.
                notes.take(read, |finding| !is_of_address(finding));
                (expected.to, expected.cc) = (Vec::new(), Vec::new());
                expected.from = sender_of(&octets);
                let mut octets = octets;
                let has_bcc = whole
                    .split(|octet| *octet == b'\n')
                    .any(|line| starts_with(line, "bcc:"));
                if has_bcc {
                    expected.bcc.clear();
                } else {
                    notes.take(blind, |_| true);
                    people(&mut octets, "Bcc", &facts.bcc);
                }
                return Header {
                    octets,
                    kept: Some(whole),
                    expected,
                    has_bcc: !facts.bcc.is_empty(),
                };
            }
            Err(why) => notes.info(
                "PST-HEADER-DIFFERS",
                format!("the kept transport header is not used: {why}"),
            ),
        }
    }
    notes.take(read, |_| true);
    notes.take(blind, |_| true);
    notes.info(
        "PST-HEADER-REBUILT",
        "the header was rebuilt from the properties of the message",
    );
    let octets = rebuilt(message, notes, &facts, embedded);
    Header {
        octets,
        kept: None,
        expected,
        has_bcc: !facts.bcc.is_empty(),
    }
}

/// Whether a finding is about somebody's address, which an original header has as it was.
pub(crate) fn is_of_address(finding: &Finding) -> bool {
    finding.code.starts_with("PST-ADDRESS-")
}

/// The address in the field From.
pub(crate) fn sender_of(header: &[u8]) -> Vec<String> {
    let parsed = MessageParser::default().parse(header);
    let address = parsed
        .as_ref()
        .and_then(|parsed| parsed.from()?.first()?.address());
    address.map(str::to_owned).into_iter().collect()
}

fn starts_with(line: &[u8], name: &str) -> bool {
    line.get(..name.len())
        .is_some_and(|start| start.eq_ignore_ascii_case(name.as_bytes()))
}

/// Takes the kept header over if it belongs to this message. Returns it without and with the fields of the content.
fn kept(raw: &str, facts: &Facts) -> Result<(Vec<u8>, Vec<u8>), String> {
    let raw = raw.replace("\r\n", "\n");
    let mut lines: Vec<&str> = raw.lines().collect();
    if lines
        .first()
        .is_some_and(|line| line.starts_with("Microsoft Mail Internet Headers"))
    {
        lines.remove(0);
    }
    let end = lines
        .iter()
        .position(|line| line.trim().is_empty())
        .unwrap_or(lines.len());
    lines.truncate(end);
    let mut fields: Vec<(bool, String)> = Vec::new();
    for line in lines {
        if line.starts_with([' ', '\t']) {
            let Some((_, field)) = fields.last_mut() else {
                return Err("it begins with a continued line".to_owned());
            };
            field.push_str(line);
            field.push_str("\r\n");
            continue;
        }
        let name = line.split_once(':').map(|(name, _)| name.trim_end());
        let Some(name) =
            name.filter(|name| !name.is_empty() && name.bytes().all(|octet| (0x21..0x7f).contains(&octet)))
        else {
            return Err("a line is no field".to_owned());
        };
        let of_content = matches!(
            name.to_ascii_lowercase().as_str(),
            "content-type"
                | "content-transfer-encoding"
                | "content-disposition"
                | "content-length"
                | "content-md5"
                | "content-id"
                | "mime-version"
        );
        fields.push((of_content, format!("{line}\r\n")));
    }
    let whole: String = fields.iter().map(|(_, field)| field.as_str()).collect();
    let without: String = fields
        .iter()
        .filter(|(content, _)| !content)
        .map(|(_, field)| field.as_str())
        .collect();
    let parsed = MessageParser::default()
        .parse(whole.as_bytes())
        .ok_or("it cannot be read")?;
    let froms = fields
        .iter()
        .filter(|(_, field)| starts_with(field.as_bytes(), "from:"))
        .count();
    if froms != 1 {
        return Err(format!("it has {froms} fields From"));
    }
    if let Some(id) = parsed.message_id().filter(|_| !facts.message_id.is_empty())
        && id != facts.message_id.trim_matches(['<', '>', ' '])
    {
        return Err("its Message-ID is another".to_owned());
    }
    if let (Some(date), Some(expected)) = (parsed.date(), facts.date)
        && (date.to_timestamp() - expected).abs() > 1
    {
        return Err("its date is another".to_owned());
    }
    if let Some(found) = parsed.subject()
        && !same_words(found, &facts.subject)
    {
        return Err("its subject is another".to_owned());
    }
    Ok((without.into_bytes(), whole.into_bytes()))
}

/// Whether two texts have the same words: folding changes white space.
pub(crate) fn same_words(one: &str, other: &str) -> bool {
    one.split_whitespace().eq(other.split_whitespace())
}

/// A person as a header field has it. Somebody without an address is a group without members, which keeps the name.
fn written(person: &Person, out: &mut String) {
    let named = person.address.as_ref() != Some(&person.name) && !person.name.is_empty();
    if named || person.address.is_none() {
        out.push_str(&phrase(&person.name));
    }
    let pieces = match &person.address {
        Some(address) => [if named { " <" } else { "<" }, address, ">"],
        None => [":;", "", ""],
    };
    out.extend(pieces);
}

fn people(out: &mut Vec<u8>, name: &str, people: &[Person]) {
    if !people.is_empty() {
        let mut list = String::with_capacity(people.len() * 48);
        for (index, person) in people.iter().enumerate() {
            if index > 0 {
                list.push_str(", ");
            }
            written(person, &mut list);
        }
        field(out, name, &list);
    }
}

fn rebuilt(message: &Message<'_>, notes: &mut Notes, facts: &Facts, embedded: bool) -> Vec<u8> {
    let mut out = Vec::with_capacity(1024);
    let flags = notes
        .value(message.integer(tag::MESSAGE_FLAGS))
        .unwrap_or_default();
    let draft = flags & 8 != 0;
    match facts.date.and_then(time::rfc5322) {
        Some(date) => field(&mut out, "Date", &date),
        None if draft || embedded => {}
        None => notes.info("PST-DATE-MISSING", "the message has no date"),
    }
    match &facts.from {
        Some(from) => people(&mut out, "From", std::slice::from_ref(from)),
        None if draft => {}
        None => notes.lossy(
            "PST-SENDER-MISSING",
            "the file does not say who wrote the message",
        ),
    }
    if let Some(sender) = &facts.sender {
        people(&mut out, "Sender", std::slice::from_ref(sender));
    }
    people(&mut out, "Reply-To", &item::reply_to(message, notes));
    people(&mut out, "To", &facts.to);
    people(&mut out, "Cc", &facts.cc);
    people(&mut out, "Bcc", &facts.bcc);
    field(&mut out, "Subject", &unstructured(&facts.subject));
    for (name, id) in [
        ("Message-ID", tag::MESSAGE_ID),
        ("In-Reply-To", tag::IN_REPLY_TO),
        ("References", tag::REFERENCES),
    ] {
        let value = one_line(notes.text(message, id));
        if value.trim().is_empty() {
            continue;
        }
        if value.is_ascii() {
            field(&mut out, name, value.trim());
        } else {
            notes.lossy(
                "PST-IDENTIFIER-DAMAGED",
                format!("{name} holds characters that it must not"),
            );
        }
    }
    match notes.value(message.integer(tag::IMPORTANCE)) {
        Some(0) => field(&mut out, "Importance", "low"),
        Some(2) => field(&mut out, "Importance", "high"),
        _ => {}
    }
    match notes.value(message.integer(tag::SENSITIVITY)) {
        Some(1) => field(&mut out, "Sensitivity", "Personal"),
        Some(2) => field(&mut out, "Sensitivity", "Private"),
        Some(3) => field(&mut out, "Sensitivity", "Company-Confidential"),
        _ => {}
    }
    let keywords = categories(message, notes);
    if !keywords.is_empty() {
        let list: Vec<String> = keywords.iter().map(|keyword| phrase(keyword)).collect();
        field(&mut out, "Keywords", &list.join(", "));
    }
    let topic = one_line(notes.text(message, tag::CONVERSATION_TOPIC));
    if !topic.is_empty() {
        field(&mut out, "Thread-Topic", &unstructured(&topic));
    }
    if let Some(index) = notes
        .value(message.binary(tag::CONVERSATION_INDEX))
        .filter(|index| !index.is_empty())
    {
        field(&mut out, "Thread-Index", &STANDARD.encode(index));
    }
    others(message, notes, facts, &mut out);
    out
}

/// Fields that few messages have ([MS-OXCMAIL] section 2.1.3.2), and those that the file keeps by their names.
fn others(message: &Message<'_>, notes: &mut Notes, facts: &Facts, out: &mut Vec<u8>) {
    for (name, id) in [
        ("List-Help", tag::LIST_HELP),
        ("List-Subscribe", tag::LIST_SUBSCRIBE),
        ("List-Unsubscribe", tag::LIST_UNSUBSCRIBE),
    ] {
        let value = one_line(notes.text(message, id));
        if !value.trim().is_empty() {
            field(out, name, &unstructured(value.trim()));
        }
    }
    for (name, id) in [("Reply-By", tag::REPLY_TIME), ("Expires", tag::EXPIRY_TIME)] {
        if let Some(date) = notes.value(message.time(id)).and_then(time::rfc5322) {
            field(out, name, &date);
        }
    }
    let receipt = notes.value(message.integer(tag::READ_RECEIPT_REQUESTED));
    if receipt.is_some_and(|wanted| wanted != 0)
        && let Some(from) = &facts.from
        && from.address.is_some()
    {
        people(out, "Disposition-Notification-To", std::slice::from_ref(from));
    }
    let mut names: HashSet<String> = out
        .split(|octet| *octet == b'\n')
        .filter_map(|line| line.split(|octet| *octet == b':').next())
        .map(|name| String::from_utf8_lossy(name).to_ascii_lowercase())
        .collect();
    for record in message.properties().records() {
        let Some((&set::INTERNET_HEADERS, NameKey::String(name))) = message.names().name(record.id) else {
            continue;
        };
        let value = one_line(notes.text(message, record.id));
        if !value.trim().is_empty() && is_wanted(name) && names.insert(name.to_ascii_lowercase()) {
            field(out, name, &unstructured(value.trim()));
        }
    }
}

/// Whether a field that the file keeps by its name says something that the others do not: not how the original was encoded, nor what
/// Exchange keeps to itself.
fn is_wanted(name: &str) -> bool {
    const NOT: [&str; 5] = [
        "content-",
        "mime-version",
        "x-ms-exchange-organization-",
        "x-ms-exchange-forest-",
        "bcc",
    ];
    let sound = !name.is_empty()
        && name
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && octet != b':');
    sound && !NOT.iter().any(|prefix| starts_with(name.as_bytes(), prefix))
}
