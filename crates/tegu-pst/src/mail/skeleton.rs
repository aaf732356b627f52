//! Mail out of the skeleton that Exchange keeps of it (property 0x64F0): headers, boundaries and types of the original MIME, with
//! the contents taken out ([MS-OXCMAIL] sections 2.1.3.5 and 2.4.3).

use super::{base64, dkim, headers::Header, part::quoted_printable};
use crate::{Attachment, Message, item::Bodies, messaging::Method, tag};
use mail_parser::{MessageParser, MimeHeaders, PartType};

/// Fields by which Exchange marks places of parts without a Content-ID.
const MARKS: [&str; 2] = [
    "x-exchange-mime-skeleton-content-id",
    "x-exchangemime-skeleton-content-id",
];
/// Skeletons that are longer are not used.
const LONGEST: usize = 1 << 20;
/// Octets of attachments that are put back in memory.
const IN_MEMORY: u64 = 4 << 20;

/// A message that was put together.
pub(super) struct Whole {
    pub(super) header: Vec<u8>,
    /// From the empty line on.
    pub(super) body: Vec<u8>,
    /// Whether a DKIM signature of the header proves the body.
    pub(super) proved: bool,
}

/// What one empty place of the skeleton is to hold.
enum Content {
    Text(String),
    Octets(Vec<u8>),
}

/// Whether an empty line stands behind the texts and behind the files: nothing keeps that.
const ENDS: [(bool, bool); 4] = [(true, false), (false, false), (true, true), (false, true)];

/// Puts contents back into a skeleton. An error says why the skeleton is not used.
pub(super) fn fill(
    message: &Message<'_>,
    skeleton: &[u8],
    header: &Header,
    bodies: &Bodies,
    ids: &[u32],
) -> Result<Whole, String> {
    if skeleton.len() > LONGEST {
        return Err("it is too long".to_owned());
    }
    let files = attachments(message, ids)?;
    let mut first = None;
    for ends in ENDS {
        let whole = without_marks(&filled(skeleton, bodies, files.clone(), ends)?);
        let end = whole
            .windows(4)
            .position(|window| window == b"\r\n\r\n")
            .ok_or("its header has no end")?;
        let (header_octets, body) = whole.split_at_checked(end + 2).ok_or("its header has no end")?;
        belongs(header_octets, header)?;
        holds(&whole, bodies, &files)?;
        let found = Whole {
            header: header_octets.to_vec(),
            body: body.to_vec(),
            proved: dkim::proves(header_octets, body.get(2..).unwrap_or_default()),
        };
        if found.proved {
            return Ok(found);
        }
        first.get_or_insert(found);
    }
    first.ok_or_else(|| "it cannot be filled".to_owned())
}

/// The skeleton with its empty places filled.
fn filled(
    skeleton: &[u8],
    bodies: &Bodies,
    mut files: Vec<(String, Vec<u8>)>,
    (after_text, after_file): (bool, bool),
) -> Result<Vec<u8>, String> {
    let parsed = MessageParser::default()
        .parse(skeleton)
        .ok_or("it cannot be read")?;
    let (mut text, mut html) = (bodies.text.clone(), bodies.html.clone());
    let mut whole = Vec::with_capacity(skeleton.len());
    let mut at = 0;
    for part in &parsed.parts {
        if matches!(part.body, PartType::Multipart(_)) {
            continue;
        }
        let (start, body, end) = (
            part.raw_header_offset() as usize,
            part.raw_body_offset() as usize,
            part.raw_end_offset() as usize,
        );
        let raw = skeleton.get(body..end).ok_or("its parts lie outside of it")?;
        if !raw.trim_ascii().is_empty() {
            // Calendars, cards and the status of reports stay in the skeleton.
            continue;
        }
        let own = skeleton.get(start..body).unwrap_or_default();
        let id = field(own, &[&["content-id"], MARKS.as_slice()].concat());
        let kind = part.content_type();
        let is = |subtype: &str| {
            kind.map_or(subtype == "plain", |kind| {
                kind.ctype() == "text" && kind.subtype().unwrap_or("plain") == subtype
            })
        };
        let file = id
            .as_ref()
            .and_then(|id| files.iter().position(|(own, _)| own == id));
        let (content, line) = if let Some(index) = file {
            (Content::Octets(files.remove(index).1), after_file)
        } else if is("html") && html.is_some() {
            let html = html.take().map(|html| html.text).unwrap_or_default();
            (Content::Text(html), after_text)
        } else if is("plain") && text.is_some() {
            (Content::Text(text.take().unwrap_or_default()), after_text)
        } else {
            return Err("nothing belongs into one of its places".to_owned());
        };
        let charset = kind
            .and_then(|kind| kind.attribute("charset"))
            .unwrap_or("us-ascii");
        let encoding = part
            .content_transfer_encoding()
            .unwrap_or("7bit")
            .to_ascii_lowercase();
        let octets = encoded(content, charset, &encoding)?;
        whole.extend_from_slice(skeleton.get(at..body).unwrap_or_default());
        whole.extend_from_slice(&octets);
        let rest = skeleton.get(body..).unwrap_or_default().trim_ascii_start();
        at = skeleton.len() - rest.len();
        if !rest.is_empty() && (line || !octets.ends_with(b"\r\n")) {
            whole.extend_from_slice(b"\r\n");
        }
    }
    if !files.is_empty() {
        return Err("an attachment has no place in it".to_owned());
    }
    whole.extend_from_slice(skeleton.get(at..).unwrap_or_default());
    Ok(whole)
}

/// The attachments by the identifiers that places of the skeleton have.
fn attachments(message: &Message<'_>, ids: &[u32]) -> Result<Vec<(String, Vec<u8>)>, String> {
    let mut files = Vec::new();
    let mut sum = 0;
    for id in ids {
        let attachment = message.attachment(*id).map_err(|error| error.to_string())?;
        if !matches!(attachment.method(), Ok(Method::Value)) {
            return Err("an attachment is no file".to_owned());
        }
        let name = attachment
            .text(tag::ATTACH_CONTENT_ID)
            .ok()
            .flatten()
            .map(|id| id.text.trim_matches(['<', '>']).to_owned())
            .filter(|id| !id.is_empty())
            .ok_or("an attachment has no identifier")?;
        files.push((name, read(&attachment, &mut sum)?));
    }
    Ok(files)
}

fn read(attachment: &Attachment<'_>, sum: &mut u64) -> Result<Vec<u8>, String> {
    let Some(data) = attachment.data().map_err(|error| error.to_string())? else {
        return Ok(Vec::new());
    };
    *sum = sum.saturating_add(data.length());
    if *sum > IN_MEMORY {
        return Err("the attachments are too large".to_owned());
    }
    let (octets, read) = data.into_vec();
    read.map(|()| octets).map_err(|error| error.to_string())
}

/// The value of the first of several fields.
fn field(header: &[u8], names: &[&str]) -> Option<String> {
    let header = String::from_utf8_lossy(header);
    header.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        names
            .iter()
            .any(|wanted| name.eq_ignore_ascii_case(wanted))
            .then(|| value.trim().trim_matches(['<', '>']).to_owned())
    })
}

fn encoded(content: Content, charset: &str, encoding: &str) -> Result<Vec<u8>, String> {
    let octets = match content {
        Content::Octets(octets) => octets,
        Content::Text(text) => {
            let page = encoding_rs::Encoding::for_label(charset.as_bytes());
            let (octets, _, lossy) = page.unwrap_or(encoding_rs::UTF_8).encode(&text);
            if lossy {
                return Err("the text does not fit the charset".to_owned());
            }
            octets.into_owned()
        }
    };
    match encoding {
        "base64" => base64::encode(&octets).map_err(|error| error.to_string()),
        "quoted-printable" => quoted_printable(&octets, 77).map_err(|error| error.to_string()),
        "7bit" | "8bit" | "binary" => Ok(octets),
        _ => Err("one of its encodings is unknown".to_owned()),
    }
}

/// Takes out the fields by which Exchange marks places.
fn without_marks(whole: &[u8]) -> Vec<u8> {
    whole
        .split_inclusive(|octet| *octet == b'\n')
        .filter(|line| {
            !MARKS.iter().any(|mark| {
                line.get(..mark.len())
                    .is_some_and(|start| start.eq_ignore_ascii_case(mark.as_bytes()))
            })
        })
        .flatten()
        .copied()
        .collect()
}

/// Whether the header of the skeleton is that of this message.
fn belongs(octets: &[u8], header: &Header) -> Result<(), String> {
    let parsed = MessageParser::default()
        .parse(octets)
        .ok_or("its header cannot be read")?;
    let expected = &header.expected;
    let id = parsed.message_id().unwrap_or_default();
    if !expected.message_id.is_empty() && id != expected.message_id {
        return Err("its Message-ID is another".to_owned());
    }
    let subject = parsed.subject().unwrap_or_default();
    if expected
        .subject
        .as_ref()
        .is_some_and(|expected| !super::headers::same_words(subject, expected))
    {
        return Err("its subject is another".to_owned());
    }
    if let (Some(date), Some(expected)) = (parsed.date(), expected.date)
        && (date.to_timestamp() - expected).abs() > 1
    {
        return Err("its date is another".to_owned());
    }
    Ok(())
}

/// Whether another parser finds in the result what the item has: its texts and its attachments, each once.
fn holds(whole: &[u8], bodies: &Bodies, files: &[(String, Vec<u8>)]) -> Result<(), String> {
    let parsed = MessageParser::default()
        .parse(whole)
        .ok_or("the result cannot be read")?;
    let mut files: Vec<&[u8]> = files.iter().map(|(_, data)| data.as_slice()).collect();
    let same = |one: &str, other: &str| one.trim_end() == other.trim_end();
    let (mut text, mut html) = (
        bodies.text.as_deref(),
        bodies.html.as_ref().map(|html| html.text.as_str()),
    );
    for part in &parsed.parts {
        if matches!(part.body, PartType::Multipart(_)) {
            continue;
        }
        if let Some(index) = files.iter().position(|data| *data == part.contents()) {
            files.remove(index);
            continue;
        }
        match &part.body {
            PartType::Text(found) if text.is_some_and(|text| same(text, found)) => text = None,
            PartType::Html(found) if html.is_some_and(|html| same(html, found)) => html = None,
            _ => {}
        }
    }
    // A store makes the text of HTML itself: it need not be in the original.
    let text_is_there = text.is_none() || (html.is_none() && bodies.html.is_some());
    if files.is_empty() && html.is_none() && text_is_there {
        Ok(())
    } else {
        Err("the result does not hold what the item has".to_owned())
    }
}
