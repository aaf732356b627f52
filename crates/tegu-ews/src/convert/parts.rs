//! Lines that components of all kinds have.

use super::{Notes, Whole};
use crate::{
    Item,
    item::{AttachmentKind, Facts},
    zone::{local, utc},
};
use base64::{Engine, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use std::io::Read;
use tegu_message::{Body, digest};
use tegu_outcome::content_line::{Lines, escape, parameter};

/// Octets of an attachment that stands within an item of a calendar or an address book.
const LARGEST: u64 = 16 << 20;
/// Octets of all such attachments of one item.
const LARGEST_TOGETHER: u64 = 64 << 20;

/// What room the attachments of one item have left.
pub(super) struct Room(u64);

impl Default for Room {
    fn default() -> Self {
        Self(LARGEST_TOGETHER)
    }
}

impl Room {
    /// The octets of an attachment, if there is room for them.
    pub(super) fn octets(&mut self, body: &Body) -> Option<Vec<u8>> {
        let left = self.0.checked_sub(body.len())?;
        let octets = octets(body)?;
        self.0 = left;
        Some(octets)
    }
}

/// The identity: the event's own, or one that follows from the item's identity, the same in every run.
pub(super) fn uid(item: &Item) -> String {
    let own = match &item.facts {
        Facts::Event(event) => event.uid.clone(),
        _ => None,
    };
    own.unwrap_or_else(|| format!("ews-{}", digest::of(item.id.id.as_bytes())))
}

/// UID, stamps, categories, class and priority.
pub(super) fn common(item: &Item, uid: &str, stamp: Option<Timestamp>, lines: &mut Lines) {
    lines.text("UID", uid);
    let changed = item.modified.or(item.created).or(item.received);
    lines.raw(
        "DTSTAMP",
        &utc(stamp.or(changed).unwrap_or(Timestamp::UNIX_EPOCH)),
    );
    for (name, at) in [("CREATED", item.created), ("LAST-MODIFIED", item.modified)] {
        if let Some(at) = at {
            lines.raw(name, &utc(at));
        }
    }
    categories(item, lines);
    match item.sensitivity.as_deref() {
        Some("Private" | "Personal") => lines.raw("CLASS", "PRIVATE"),
        Some("Confidential") => lines.raw("CLASS", "CONFIDENTIAL"),
        _ => {}
    }
    match item.importance.as_deref() {
        Some("High") => lines.raw("PRIORITY", "1"),
        Some("Low") => lines.raw("PRIORITY", "9"),
        _ => {}
    }
}

pub(super) fn categories(item: &Item, lines: &mut Lines) {
    let categories: Vec<String> = item.categories.iter().map(|name| escape(name)).collect();
    if !categories.is_empty() {
        lines.raw("CATEGORIES", &categories.join(","));
    }
}

/// The text, and its HTML form where that says more.
pub(super) fn description(item: &Item, lines: &mut Lines) {
    let text = text(item);
    lines.text("DESCRIPTION", &text);
    if let Some(html) = item
        .html
        .as_deref()
        .filter(|html| !html.trim().is_empty() && !text.is_empty())
    {
        lines.text("X-ALT-DESC;FMTTYPE=text/html", html);
    }
}

/// The text without formatting.
pub(super) fn text(item: &Item) -> String {
    let text = item.text.as_deref().unwrap_or_default();
    // The server ends every text with a line end.
    text.trim_end_matches(['\r', '\n', ' ']).to_owned()
}

pub(super) fn octets(body: &Body) -> Option<Vec<u8>> {
    if body.len() > LARGEST {
        return None;
    }
    let mut octets = Vec::new();
    body.reader().read_to_end(&mut octets).ok()?;
    Some(octets)
}

/// Attachments as ATTACH: files within the item, links as links.
pub(super) fn attach(whole: &Whole, lines: &mut Lines, notes: &mut Notes) {
    let mut room = Room::default();
    for (info, read) in &whole.attachments {
        let name = &info.name;
        if info.kind == AttachmentKind::Reference {
            match info.link.as_deref().filter(|link| link.contains(':')) {
                Some(link) => lines.raw("ATTACH", link),
                None => notes.lossy(
                    "EWS-ATTACHMENT-LINK",
                    format!("the attachment {name:?} is a link without an address"),
                ),
            }
            continue;
        }
        let attached = match read {
            Ok(attached) => attached,
            Err(problem) => {
                notes.lossy(
                    "EWS-ATTACHMENT-UNREADABLE",
                    format!("the attachment {name:?} cannot be read: {problem}"),
                );
                continue;
            }
        };
        let inner = attached.item.as_ref().and_then(|item| item.mime.as_ref());
        let (content, media) = match info.kind {
            AttachmentKind::Item => (inner, Some("message/rfc822")),
            _ => (attached.content.as_ref(), info.media_type.as_deref()),
        };
        let content = content.and_then(|content| content.as_ref().ok());
        let Some(content) = content.and_then(|content| room.octets(content)) else {
            notes.lossy(
                "EWS-ATTACHMENT-UNREADABLE",
                format!(
                    "the attachment {name:?} is damaged, larger than {LARGEST} octets, or the item's attachments are larger than \
                     {LARGEST_TOGETHER} octets together"
                ),
            );
            continue;
        };
        let media = media
            .filter(|media| media.contains('/'))
            .unwrap_or("application/octet-stream");
        let head = format!(
            "ATTACH;FMTTYPE={};ENCODING=BASE64;VALUE=BINARY;X-FILENAME={}",
            parameter(media),
            parameter(name)
        );
        lines.raw(&head, &STANDARD.encode(&content));
    }
}

/// A reminder so many minutes before the start.
pub(super) fn alarm(minutes: i64, lines: &mut Lines) {
    lines.raw("BEGIN", "VALARM");
    lines.raw("ACTION", "DISPLAY");
    lines.raw("DESCRIPTION", "Reminder");
    let sign = if minutes < 0 { "" } else { "-" };
    lines.raw("TRIGGER", &format!("{sign}PT{}M", minutes.unsigned_abs()));
    lines.raw("END", "VALARM");
}

/// `20260105`
pub(super) fn day(date: jiff::civil::Date) -> String {
    local(date.at(0, 0, 0, 0)).get(..8).unwrap_or_default().to_owned()
}
