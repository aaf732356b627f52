//! Puts a message together: which parts it has, and how they lie in each other ([MS-OXCMAIL] section 2.1.3).

use super::{
    body::Bodies,
    dkim, headers,
    part::{Composed, FileData, FilePart, Part},
    smime,
};
use crate::{
    Attachment, Error, ErrorKind, Message, Result, bytes::exceeded, kind::Kind, messaging::Method, tag,
    verdict::Notes,
};
use sha2::{Digest, Sha256};

/// What one item may still hold.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Budget {
    parts: usize,
    octets: u64,
    /// Octets of attachments that are read when they are written.
    pub(crate) streamed: u64,
    boundaries: u32,
    /// A number for each message within, for boundaries.
    seed: [u8; 12],
}

impl Budget {
    pub(crate) fn new(message: &Message<'_>) -> Self {
        let limits = message.pst().options.limits;
        let digest = Sha256::new()
            .chain_update(message.pst().record_key())
            .chain_update(message.nid().to_le_bytes())
            .finalize();
        Self {
            parts: limits.parts,
            octets: limits.item,
            streamed: 0,
            boundaries: 0,
            seed: digest.first_chunk().copied().unwrap_or_default(),
        }
    }

    fn part(&mut self, octets: u64) -> Result<()> {
        self.parts = self
            .parts
            .checked_sub(1)
            .ok_or_else(|| exceeded("the message has more parts than the limit `parts`"))?;
        self.octets = self
            .octets
            .checked_sub(octets)
            .ok_or_else(|| exceeded("the message holds more octets than the limit `item`"))?;
        Ok(())
    }

    /// A boundary: the same in every run, and of a form that neither base64 nor quoted-printable can hold.
    fn boundary(&mut self) -> String {
        self.boundaries += 1;
        let seed: String = self.seed.iter().map(|octet| format!("{octet:02x}")).collect();
        format!("=_tegu_{seed}_{}", self.boundaries)
    }
}

/// Whether a proof was found that the octets are the original ones.
pub(crate) type Proved = bool;

/// Puts a message together.
pub(crate) fn compose<'p>(
    message: &Message<'p>,
    notes: &mut Notes,
    budget: &mut Budget,
    embedded: bool,
) -> Result<(Composed<'p>, Proved)> {
    budget.part(0)?;
    check(message, notes);
    let class = message.class().to_ascii_lowercase();
    let header = headers::header(message, notes, embedded);
    let bodies = Bodies::read(message, notes);
    let ids = notes.value(message.attachment_ids());
    if class.starts_with("ipm.note.smime") {
        let (root, proved) = smime::root(message, notes, &ids)?;
        let mut octets = header.octets;
        octets.extend_from_slice(b"MIME-Version: 1.0\r\n");
        let composed = Composed {
            header: octets,
            root,
            expected: header.expected,
        };
        return Ok((composed, proved));
    }
    if let Some(whole) = header.kept.as_ref().filter(|_| ids.is_empty())
        && let Some(body) = dkim::proved_body(whole, &bodies)
    {
        notes.info("PST-BODY-PROVED", "a kept DKIM signature proves the body");
        let composed = Composed {
            header: whole.clone(),
            root: Part::Entity([b"\r\n".as_slice(), &body].concat()),
            expected: header.expected,
        };
        return Ok((composed, true));
    }
    let parts = Attached::read(message, notes, budget, &ids, &bodies)?;
    let mut octets = header.octets;
    octets.extend_from_slice(b"MIME-Version: 1.0\r\n");
    let root = tree(message, notes, budget, bodies, parts, class.starts_with("report"));
    let composed = Composed {
        header: octets,
        root,
        expected: header.expected,
    };
    Ok((composed, false))
}

/// What concerns the item as a whole.
fn check(message: &Message<'_>, notes: &mut Notes) {
    for damage in message.properties().damage().iter().take(10) {
        notes.lossy("PST-PROPERTIES-DAMAGED", damage.clone());
    }
    if notes
        .value(message.integer(tag::HEADER_ONLY))
        .is_some_and(|only| only != 0)
    {
        notes.lossy(
            "PST-HEADER-ONLY",
            "Outlook had fetched only the header of this message",
        );
    }
    if message.properties().record(tag::MIME_SKELETON).is_some() {
        notes.info(
            "PST-SKELETON",
            "the file keeps a skeleton of the original MIME, which is not used",
        );
    }
    let mut unnamed = 0;
    for record in message.properties().records() {
        unnamed += usize::from(record.id >= 0x8000 && message.pst().names.name(record.id).is_none());
        if let Err(error) = message.properties().get(record.id) {
            match error.kind() {
                ErrorKind::Unsupported => notes.info("PST-PROPERTY-TYPE", error.to_string()),
                _ => notes.lossy("PST-VALUE-UNREADABLE", error.to_string()),
            }
        }
    }
    if unnamed > 0 {
        notes.info(
            "PST-PROPERTY-UNNAMED",
            format!("{unnamed} properties have identifiers without a name"),
        );
    }
}

#[derive(Debug, Default)]
struct Attached<'p> {
    inline: Vec<Part<'p>>,
    files: Vec<Part<'p>>,
    /// Of a report: its status, and the type of the report.
    status: Option<(Part<'p>, &'static str)>,
}

impl<'p> Attached<'p> {
    fn read(
        message: &Message<'p>,
        notes: &mut Notes,
        budget: &mut Budget,
        ids: &[u32],
        bodies: &Bodies,
    ) -> Result<Self> {
        let html = bodies
            .html
            .as_ref()
            .map(|html| html.text.to_ascii_lowercase())
            .unwrap_or_default();
        let mut attached = Self::default();
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
        match attachment.method()? {
            Method::Message => {
                let within = attachment.message()?;
                let mut inner = Notes::default();
                let kind = Kind::of(within.class());
                if !kind.is_mail() {
                    inner.lossy(
                        "PST-EMBEDDED-CLASS",
                        format!(
                            "an item of the class {:?} lies within the message, and is written as mail",
                            within.class()
                        ),
                    );
                }
                let (composed, _) = compose(&within, &mut inner, budget, true)?;
                notes.within(place, inner);
                self.files.push(Part::Message(Box::new(composed), name));
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
                self.files.push(Part::Text {
                    subtype: "plain",
                    parameters: String::new(),
                    charset: "utf-8",
                    data: format!("{name}\r\n{}\r\n", path.replace(['\r', '\n'], " ")).into_bytes(),
                });
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
        if matches!(attachment.properties().get(tag::ATTACH_ENCODING), Ok(Some(crate::Value::Binary(data))) if !data.is_empty())
        {
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
    Ok(text.map(|text| super::body::crlf(&text).into_bytes()))
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

fn plain(text: String) -> Part<'static> {
    Part::Text {
        subtype: "plain",
        parameters: String::new(),
        charset: if text.is_ascii() { "us-ascii" } else { "utf-8" },
        data: text.into_bytes(),
    }
}

fn tree<'p>(
    message: &Message<'p>,
    notes: &mut Notes,
    budget: &mut Budget,
    bodies: Bodies,
    attached: Attached<'p>,
    report: bool,
) -> Part<'p> {
    let mut multi = |subtype, parameters: &str, parts: Vec<Part<'p>>| Part::Multi {
        subtype,
        parameters: parameters.to_owned(),
        boundary: budget.boundary(),
        parts,
    };
    let text = bodies.text.map(plain);
    let html = bodies.html.map(|html| Part::Text {
        subtype: "html",
        parameters: String::new(),
        charset: html.charset,
        data: html.data,
    });
    let mut body = match (text, html) {
        (Some(text), Some(html)) => multi("alternative", "", vec![text, html]),
        (Some(text), None) => text,
        (None, Some(html)) => html,
        (None, None) => plain(String::new()),
    };
    if !attached.inline.is_empty() {
        let mut parts = vec![body];
        parts.extend(attached.inline);
        body = multi("related", "", parts);
    }
    let mut files = attached.files;
    if let Some(rtf) = bodies.rtf {
        files.push(Part::File(FilePart {
            kind: "text/rtf".to_owned(),
            parameters: String::new(),
            name: "body.rtf".to_owned(),
            inline: false,
            content_id: String::new(),
            location: String::new(),
            data: FileData::Memory(rtf),
            plain: false,
        }));
    }
    if let Some((status, kind)) = attached.status {
        let mut parts = vec![body, status];
        parts.extend(files);
        return multi("report", &format!("; report-type={kind}"), parts);
    }
    if report {
        notes.lossy(
            "PST-REPORT-STATUS",
            "what the report says is in properties only; mail has the text of it",
        );
    }
    if Kind::of(message.class()) == Kind::Meeting {
        match crate::calendar::invitation(message, notes) {
            Some((method, octets)) => {
                let part = Part::Text {
                    subtype: "calendar",
                    parameters: format!("; method={method}"),
                    charset: "utf-8",
                    data: octets,
                };
                body = multi("alternative", "", vec![body, part]);
            }
            None => notes.lossy(
                "PST-MEETING",
                "the meeting of this message cannot be written as a calendar",
            ),
        }
    }
    if files.is_empty() {
        body
    } else {
        let mut parts = vec![body];
        parts.extend(files);
        multi("mixed", "", parts)
    }
}
