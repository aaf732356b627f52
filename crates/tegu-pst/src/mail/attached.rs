//! The attachments of a message as parts.

use super::{
    compose::{Budget, compose},
    part::{FileData, FilePart, Part, TextPart},
};
use crate::{
    Attachment, Error, ErrorKind, Message, Result,
    item::{Bodies, crlf},
    kind::Kind,
    messaging::Method,
    tag,
    verdict::Notes,
};

/// What is attached, by where it goes.
#[derive(Debug, Default)]
pub(super) struct Attached<'p> {
    pub(super) inline: Vec<Part<'p>>,
    pub(super) files: Vec<Part<'p>>,
    /// Of a report: its status, and the type of the report.
    pub(super) status: Option<(Part<'p>, &'static str)>,
}

impl<'p> Attached<'p> {
    pub(super) fn read(
        message: &Message<'p>,
        notes: &mut Notes,
        budget: &mut Budget,
        ids: &[u32],
        bodies: &Bodies,
    ) -> Result<Self> {
        let mut attached = Self::default();
        let html = match &bodies.html {
            Some(html) if !ids.is_empty() => html.text.to_ascii_lowercase(),
            _ => String::new(),
        };
        for (number, id) in ids.iter().enumerate() {
            let place = format!("attachment {}", number + 1);
            let attachment = match message.attachment(*id) {
                Ok(attachment) => attachment,
                Err(error) => {
                    notes.lossy("PST-ATTACHMENT-UNREADABLE", format!("{place}: {error}"));
                    continue;
                }
            };
            match attached.add(message, notes, budget, attachment, &html, &place) {
                Ok(()) => {}
                Err(error) if error.kind() == ErrorKind::Malformed => {
                    notes.lossy("PST-ATTACHMENT-UNREADABLE", format!("{place}: {error}"));
                }
                Err(error) => return Err(error),
            }
        }
        Ok(attached)
    }

    fn add(
        &mut self,
        message: &Message<'p>,
        notes: &mut Notes,
        budget: &mut Budget,
        attachment: Attachment<'p>,
        html: &str,
        place: &str,
    ) -> Result<()> {
        let name = notes.sound(attachment.name()?, tag::ATTACH_LONG_FILENAME.into());
        let name: String = name.chars().filter(|character| !character.is_control()).collect();
        if attachment.is_kept_by_row() {
            notes.info(
                "PST-ATTACHMENT-ROW",
                format!("{place}: only its row in the list of attachments says how it is kept"),
            );
        }
        match attachment.method()? {
            Method::Message => {
                let within = attachment.message()?;
                let mut inner = Notes::default();
                let own = own_form(&within, &mut inner, budget, &name);
                let mut of_mail = Notes::default();
                let (composed, _) = compose(&within, &mut of_mail, budget, true)?;
                // Who wrote a contact is not asked if it stands beside in a form of its own.
                inner.take(of_mail, |finding| {
                    own.is_none() || finding.code != "PST-SENDER-MISSING"
                });
                notes.within(place, inner);
                self.files.push(Part::Message(Box::new(composed), name));
                if let Some(own) = own {
                    budget.part(own.length())?;
                    self.files.push(Part::File(own));
                }
                return Ok(());
            }
            Method::Reference => {
                budget.part(0)?;
                let mut path = notes.value(attachment.text(tag::ATTACH_LONG_PATHNAME));
                if path.is_none() {
                    path = notes.value(attachment.text(tag::ATTACH_PATHNAME));
                }
                let path = notes.sound(path, tag::ATTACH_LONG_PATHNAME.into());
                notes.lossy(
                    "PST-ATTACHMENT-REFERENCE",
                    format!("{place}: the file is elsewhere: {path:?}"),
                );
                let data = format!("{name}\r\n{}\r\n", path.replace(['\r', '\n'], " "));
                self.files
                    .push(Part::Text(TextPart::new("plain", "utf-8", data.into_bytes())));
                return Ok(());
            }
            Method::Value | Method::Ole => {}
            Method::None => notes.lossy(
                "PST-ATTACHMENT-EMPTY",
                format!("{place}: the file holds nothing of it"),
            ),
            Method::Other(number) => {
                notes.lossy(
                    "PST-ATTACHMENT-METHOD",
                    format!("{place}: it is kept in the unknown way {number}"),
                );
            }
        }
        let ole = attachment.method()? == Method::Ole;
        let length = attachment.data()?.map_or(0, |data| data.length());
        budget.part(length)?;
        budget.streamed = budget.streamed.saturating_add(length);
        if ole {
            notes.lossy(
                "PST-OLE",
                format!("{place}: an OLE object, which mail cannot show in its place"),
            );
        }
        let mut text = |id| -> Result<String> { Ok(notes.sound(attachment.text(id)?, u32::from(id))) };
        let kind = text(tag::ATTACH_MIME_TAG)?.to_ascii_lowercase();
        let content_id: String = text(tag::ATTACH_CONTENT_ID)?
            .trim_matches(['<', '>'])
            .chars()
            .filter(|character| character.is_ascii_graphic() && !"<>()\\".contains(*character))
            .collect();
        let location: String = text(tag::ATTACH_CONTENT_LOCATION)?
            .chars()
            .filter(char::is_ascii_graphic)
            .take(900)
            .collect();
        if is_encoded(&attachment) {
            notes.info(
                "PST-MACBINARY",
                format!("{place}: it is kept in an encoding of its own, and left so"),
            );
        }
        if name.eq_ignore_ascii_case("winmail.dat") {
            notes.info("PST-TNEF", format!("{place}: it is a TNEF file, and left so"));
        }
        if name.eq_ignore_ascii_case("message.rpmsg") {
            notes.lossy(
                "PST-RIGHTS-MANAGED",
                format!("{place}: the message is encrypted by rights management"),
            );
        }
        let inline = !html.is_empty()
            && ((!content_id.is_empty()
                && html.contains(&format!("cid:{}", content_id.to_ascii_lowercase())))
                || (!location.is_empty() && html.contains(&location.to_ascii_lowercase())));
        let report = match kind.as_str() {
            "message/delivery-status" => Some("delivery-status"),
            "message/disposition-notification" => Some("disposition-notification"),
            _ => None,
        };
        let kind = if ole {
            "application/x-ole-storage".to_owned()
        } else {
            media_type(&kind)
        };
        let mut part = FilePart {
            kind,
            parameters: String::new(),
            name,
            inline,
            content_id,
            location,
            data: FileData::Attachment(Box::new(attachment)),
            plain: false,
        };
        if let Some(kind) = report
            && message.class().to_ascii_lowercase().starts_with("report")
            && self.status.is_none()
            && let Some(data) = status_lines(&part)?
        {
            part.kind = format!("message/{kind}");
            part.plain = true;
            part.data = FileData::Memory(data);
            self.status = Some((Part::File(part), kind));
            return Ok(());
        }
        if inline {
            self.inline.push(Part::File(part));
        } else {
            self.files.push(Part::File(part));
        }
        Ok(())
    }
}

/// An item within a message that is no mail, in the form that it has elsewhere.
fn own_form(
    within: &Message<'_>,
    inner: &mut Notes,
    budget: &mut Budget,
    name: &str,
) -> Option<FilePart<'static>> {
    let kind = Kind::of(within.class());
    if kind.is_mail() {
        return None;
    }
    let mut convert = || {
        let converted = (budget.own_forms > 0).then(|| within.convert())??;
        let length = converted.component.len() as u64;
        let fits = length <= budget.own_forms;
        budget.own_forms = budget.own_forms.saturating_sub(length.max(1));
        (fits && length > 0).then_some(converted)
    };
    let converted = convert();
    let Some(converted) = converted else {
        inner.lossy(
            "PST-EMBEDDED-CLASS",
            format!(
                "an item of the class {:?} lies within the message, and is written as mail",
                within.class()
            ),
        );
        return None;
    };
    for finding in &converted.findings {
        inner.add(finding.clone());
    }
    inner.info(
        "PST-EMBEDDED-FORM",
        format!(
            "an item of the class {:?} lies within the message: it is there as mail and in its own form",
            within.class()
        ),
    );
    let (extension, media, octets) = match kind {
        Kind::Contact | Kind::List => ("vcf", "text/vcard", converted.component),
        _ => ("ics", "text/calendar", converted.calendar()),
    };
    let name = if name.is_empty() { "item" } else { name };
    let part = FilePart::named(&format!("{name}.{extension}"), media, octets.into_bytes());
    Some(part)
}

/// Whether the octets are in an encoding of another system, such as MacBinary ([MS-OXCMSG] section 2.2.2.20). OLE is none.
fn is_encoded(attachment: &Attachment<'_>) -> bool {
    const FAMILY: [u8; 6] = [0x2a, 0x86, 0x48, 0x86, 0xf7, 0x14];
    const OLE: [u8; 2] = [0x0a, 0x03];
    [tag::ATTACH_ENCODING, tag::ATTACH_TAG].into_iter().any(|id| {
        let Ok(Some(crate::Value::Binary(oid))) = attachment.properties().get(id) else {
            return false;
        };
        let rest = oid
            .strip_prefix(&FAMILY)
            .map(|rest| rest.strip_prefix(&[3]).unwrap_or(rest));
        !oid.is_empty() && !rest.is_some_and(|rest| rest.starts_with(&OLE))
    })
}

/// The lines of a report's status, if they can stand in mail as they are.
fn status_lines(part: &FilePart<'_>) -> Result<Option<Vec<u8>>> {
    let FileData::Attachment(attachment) = &part.data else {
        return Ok(None);
    };
    let Some(mut data) = attachment.data()?.filter(|data| data.length() < 1 << 20) else {
        return Ok(None);
    };
    let mut text = Vec::new();
    std::io::Read::read_to_end(&mut data, &mut text).map_err(|error| Error::io("read", "a report", error))?;
    let text = String::from_utf8(text).ok().filter(|text| text.is_ascii());
    Ok(text.map(|text| crlf(text).into_bytes()))
}

/// A type that a file can have: no container, and nothing that is no type.
fn media_type(kind: &str) -> String {
    let token = |text: &str| {
        !text.is_empty()
            && text
                .bytes()
                .all(|octet| octet.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&octet))
    };
    let sound = kind.len() < 128
        && kind.split_once('/').is_some_and(|(kind, subtype)| {
            token(kind) && token(subtype) && !matches!(kind, "multipart" | "message")
        });
    if sound {
        kind.to_owned()
    } else {
        "application/octet-stream".to_owned()
    }
}
