//! Messages of which the server makes no MIME content, rebuilt from their properties (RFC 5322, RFC 2045).

use super::{Context, Notes, Whole, parts, people};
use crate::{
    Finding, Kind,
    item::{AttachmentKind, Facts, Letter, Person},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::{Timestamp, tz::Offset};
use std::fmt::Write as _;
use tegu_message::digest;

/// Octets of text in one encoded word: with what stands around them they fit into 75 (RFC 2047, section 2).
const WORD: usize = 42;

impl Whole {
    /// Rebuilds a message from its properties: people, subject, dates, texts and attachments. What it was made of is lost, such as headers of
    /// its way and signatures, so that it is never exact (`EWS-MAIL-REBUILT`). `None` for what is no message.
    #[must_use]
    pub fn rebuild(&self, context: &Context) -> Option<(Vec<u8>, Vec<Finding>)> {
        let Facts::Mail(letter) = &self.item.facts else {
            return None;
        };
        if !matches!(self.item.kind, Kind::Mail | Kind::Note) {
            return None;
        }
        let mut notes = Notes::default();
        notes.lossy(
            "EWS-MAIL-REBUILT",
            "the server makes no MIME content of the message; it was rebuilt from its properties, without the headers of its way",
        );
        let mut out = self.head(letter, context, &mut notes).into_bytes();
        let files = self.files(&mut notes);
        let mark = digest::of(self.item.id.id.as_bytes()).short();
        let body = self.texts(&mark);
        if files.is_empty() {
            out.extend(body);
        } else {
            let parts = std::iter::once(body).chain(files);
            out.extend(multipart("mixed", &format!("=_mixed_{mark}"), parts));
        }
        Some((out, notes.findings))
    }

    fn head(&self, letter: &Letter, context: &Context, notes: &mut Notes) -> String {
        let item = &self.item;
        let mut out = String::new();
        let mut header = |name: &str, value: String| {
            if !value.is_empty() {
                // Writing to a String does not fail.
                let _ = write!(out, "{name}: {value}\r\n");
            }
        };
        let at = letter.sent.or(item.received).or(item.created);
        header("Date", at.map(date).unwrap_or_default());
        let sender = letter
            .sender
            .iter()
            .filter(|sender| letter.from.as_ref() != Some(sender));
        for (name, some) in [
            ("From", letter.from.iter().collect::<Vec<_>>()),
            ("Sender", sender.collect()),
            ("To", letter.to.iter().collect()),
            ("Cc", letter.cc.iter().collect()),
            ("Bcc", letter.bcc.iter().collect()),
            ("Reply-To", letter.reply_to.iter().collect()),
        ] {
            let some: Vec<String> = some
                .into_iter()
                .map(|person| mailbox(person, context, notes))
                .collect();
            header(name, some.join(",\r\n "));
        }
        header("Subject", words(&item.subject));
        for (name, value) in [
            ("Message-ID", &item.message_id),
            ("In-Reply-To", &letter.in_reply_to),
            ("References", &letter.references),
        ] {
            header(name, ids(value.as_deref().unwrap_or_default()));
        }
        header("MIME-Version", "1.0".to_owned());
        out
    }

    /// The text in the forms that there are.
    fn texts(&self, mark: &str) -> Vec<u8> {
        let text = parts::text(&self.item);
        let html = self.item.html.as_deref().filter(|html| !html.trim().is_empty());
        let plain = |text: &str| part("text/plain; charset=utf-8", "", &crlf(text));
        let Some(html) = html else {
            return plain(&(text + "\r\n"));
        };
        let html = part("text/html; charset=utf-8", "", &crlf(html));
        if text.is_empty() {
            return html;
        }
        let both = [plain(&(text + "\r\n")), html];
        multipart("alternative", &format!("=_text_{mark}"), both.into_iter())
    }

    fn files(&self, notes: &mut Notes) -> Vec<Vec<u8>> {
        let mut room = parts::Room::default();
        let mut files = Vec::new();
        for (info, read) in &self.attachments {
            let attached = read.as_ref().ok();
            let content = match info.kind {
                AttachmentKind::File => attached.and_then(|attached| attached.content.as_ref()),
                AttachmentKind::Item => attached.and_then(|attached| attached.item.as_ref()?.mime.as_ref()),
                AttachmentKind::Reference => None,
            };
            let octets = content.and_then(|content| room.octets(content.as_ref().ok()?));
            let Some(octets) = octets else {
                notes.lossy(
                    "EWS-ATTACHMENT-UNREADABLE",
                    format!(
                        "the attachment {:?} cannot be read, is a link, or is too large",
                        info.name
                    ),
                );
                continue;
            };
            if info.kind == AttachmentKind::Item {
                // Nothing encodes a message within a message (RFC 2046, section 5.2.1).
                let mut inner =
                    b"Content-Type: message/rfc822\r\nContent-Transfer-Encoding: 8bit\r\n\r\n".to_vec();
                inner.extend(octets);
                files.push(inner);
                continue;
            }
            let media = info.media_type.as_deref().filter(|media| is_media_type(media));
            let mut more = format!(
                "Content-Disposition: {};\r\n filename*=utf-8''{}\r\n",
                if info.inline { "inline" } else { "attachment" },
                percent(&info.name)
            );
            if let Some(id) = info.content_id.as_deref() {
                let _ = write!(more, "Content-ID: <{}>\r\n", ids(id.trim_matches(['<', '>'])));
            }
            files.push(part(media.unwrap_or("application/octet-stream"), &more, &octets));
        }
        files
    }
}

fn date(at: Timestamp) -> String {
    let at = Offset::UTC.to_datetime(at);
    at.strftime("%a, %d %b %Y %H:%M:%S +0000").to_string()
}

/// A mailbox; somebody without an address is a group of nobody (RFC 5322, section 3.4).
fn mailbox(person: &Person, context: &Context, notes: &mut Notes) -> String {
    let name = words(&person.name);
    let quoted = if name == person.name && !name.is_empty() {
        format!("\"{}\"", name.replace('\\', "\\\\").replace('"', "\\\""))
    } else {
        name
    };
    match people::address(person, context, notes) {
        Some(address) if address.is_ascii() && !address.contains(['<', '>']) => {
            format!("{quoted} <{address}>").trim_start().to_owned()
        }
        Some(address) => format!("{}:;", words(&format!("{} {address}", person.name))),
        None if quoted.is_empty() => "unknown:;".to_owned(),
        None => format!("{quoted}:;"),
    }
}

/// Text of a header, as encoded words where it needs them (RFC 2047).
fn words(text: &str) -> String {
    let printable = |octet: u8| (0x20..0x7f).contains(&octet);
    if text.bytes().all(printable) && !text.contains("=?") && text.len() <= 200 {
        return text.to_owned();
    }
    let (mut words, mut word) = (Vec::new(), String::new());
    for character in text.chars().filter(|character| !character.is_control()) {
        if word.len() + character.len_utf8() > WORD {
            words.push(std::mem::take(&mut word));
        }
        word.push(character);
    }
    words.push(word);
    let words: Vec<String> = words
        .iter()
        .map(|word| format!("=?utf-8?B?{}?=", STANDARD.encode(word)))
        .collect();
    words.join("\r\n ")
}

/// Identifiers of messages, each on a line of its own; nothing but printable ASCII can stand in them.
fn ids(text: &str) -> String {
    let printable = |id: &&str| id.len() <= 900 && id.bytes().all(|octet| (0x21..0x7f).contains(&octet));
    let ids: Vec<&str> = text.split_ascii_whitespace().filter(printable).collect();
    ids.join("\r\n ")
}

/// Whether it is a type and a subtype, and nothing else (RFC 2045, section 5.1).
fn is_media_type(text: &str) -> bool {
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&octet))
    };
    // A message or a multipart would have to be one.
    let composite = ["message/", "multipart/"];
    let lower = text.to_ascii_lowercase();
    !composite.iter().any(|start| lower.starts_with(start))
        && text
            .split_once('/')
            .is_some_and(|(main, sub)| token(main) && token(sub))
}

/// A value of a parameter (RFC 2231).
fn percent(text: &str) -> String {
    let mut out = String::new();
    for octet in text.bytes().take(200) {
        if octet.is_ascii_alphanumeric() || b"-_.".contains(&octet) {
            out.push(char::from(octet));
        } else {
            let _ = write!(out, "%{octet:02X}");
        }
    }
    out
}

fn crlf(text: &str) -> Vec<u8> {
    text.replace("\r\n", "\n")
        .replace('\r', "\n")
        .replace('\n', "\r\n")
        .into_bytes()
}

fn part(media: &str, more: &str, octets: &[u8]) -> Vec<u8> {
    let mut out =
        format!("Content-Type: {media}\r\n{more}Content-Transfer-Encoding: base64\r\n\r\n").into_bytes();
    for line in octets.chunks(57) {
        out.extend(STANDARD.encode(line).into_bytes());
        out.extend(b"\r\n");
    }
    out
}

fn multipart(kind: &str, boundary: &str, parts: impl Iterator<Item = Vec<u8>>) -> Vec<u8> {
    let mut out = format!("Content-Type: multipart/{kind};\r\n boundary=\"{boundary}\"\r\n").into_bytes();
    for part in parts {
        out.extend(format!("\r\n--{boundary}\r\n").into_bytes());
        out.extend(part);
    }
    out.extend(format!("\r\n--{boundary}--\r\n").into_bytes());
    out
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn headers_hold_nothing_that_ends_them() {
        assert_eq!(words("plain"), "plain");
        let long = words(&"Ы\r\nBcc: x ".repeat(40));
        assert!(
            long.split("\r\n ")
                .all(|word| word.len() <= 75 && word.starts_with("=?utf-8?B?")),
            "{long}"
        );
        assert_eq!(ids("<a@b>\r\nBcc: <c@d>"), "<a@b>\r\n Bcc:\r\n <c@d>");
        assert!(
            is_media_type("image/png")
                && !is_media_type("image/png\r\nX: y")
                && !is_media_type("message/rfc822")
        );
        assert_eq!(percent("а b.txt"), "%D0%B0%20b.txt");
        assert_eq!(
            date("2024-05-01T06:00:00Z".parse().unwrap()),
            "Wed, 01 May 2024 06:00:00 +0000"
        );
    }
}
