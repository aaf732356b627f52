//! What was written is read again by another parser, and compared with what the file holds.

use super::{
    headers::same_words,
    part::{Composed, FileData, FilePart, Part, TextEncoding, TextPart},
};
use crate::codepage;
use mail_parser::{Address, Encoding, Message, MessageParser, MessagePart, MimeHeaders, PartType};

/// Compares a message with what it was made from; the first difference is the error. What is written in base64 is left out of
/// `octets`: it is read again where it is written.
pub(crate) fn verify(octets: &[u8], composed: &Composed<'_>) -> Result<(), String> {
    let parsed = MessageParser::default()
        .parse(octets)
        .ok_or("what was written cannot be read")?;
    message(&parsed, composed)
}

fn message(parsed: &Message<'_>, composed: &Composed<'_>) -> Result<(), String> {
    let expected = &composed.expected;
    for (name, found, wanted) in [
        ("From", parsed.from(), &expected.from),
        ("To", parsed.to(), &expected.to),
        ("Cc", parsed.cc(), &expected.cc),
        ("Bcc", parsed.bcc(), &expected.bcc),
    ] {
        if !wanted.is_empty() && addresses(found) != *wanted {
            return Err(format!(
                "{name} is read as {:?} instead of {wanted:?}",
                addresses(found)
            ));
        }
    }
    if let Some(subject) = &expected.subject {
        let found = parsed.subject().unwrap_or_default();
        if !same_words(found, subject) {
            return Err(format!("the subject is read as {found:?} instead of {subject:?}"));
        }
    }
    if let Some(date) = expected.date
        && parsed
            .date()
            .is_some_and(|found| (found.to_timestamp() - date).abs() > 1)
    {
        return Err("the date is read as another".to_owned());
    }
    if !expected.message_id.is_empty()
        && parsed
            .message_id()
            .is_some_and(|found| found != expected.message_id)
    {
        return Err("the Message-ID is read as another".to_owned());
    }
    part(parsed, 0, &composed.root)
}

fn addresses(list: Option<&Address<'_>>) -> Vec<String> {
    let list = list.cloned().map(Address::into_list).unwrap_or_default();
    list.into_iter()
        .filter_map(|address| address.address.map(String::from))
        .collect()
}

fn part(parsed: &Message<'_>, id: u32, wanted: &Part<'_>) -> Result<(), String> {
    let found = parsed.part(id).ok_or("a part is missing")?;
    match wanted {
        // Its octets are the original ones, and are not taken apart.
        Part::Entity(_) => Ok(()),
        Part::Multi { parts, .. } => {
            let PartType::Multipart(ids) = &found.body else {
                return Err("a multipart is not read as one".to_owned());
            };
            if ids.len() != parts.len() {
                return Err(format!("{} parts are read instead of {}", ids.len(), parts.len()));
            }
            ids.iter()
                .zip(parts)
                .try_for_each(|(id, wanted)| part(parsed, *id, wanted))
        }
        Part::Text(wanted) => text(found, wanted),
        Part::Message(wanted, _) => match &found.body {
            PartType::Message(found) => message(found, wanted),
            _ => Err("a message within is not read as one".to_owned()),
        },
        Part::File(wanted) => file(found, wanted),
    }
}

fn text(found: &MessagePart<'_>, wanted: &TextPart) -> Result<(), String> {
    let (PartType::Text(read) | PartType::Html(read)) = &found.body else {
        return Err("a text is read as something else".to_owned());
    };
    let same = if wanted.encoding == TextEncoding::Base64 {
        // Its octets are read where they are written; here are only its fields.
        let charset = found.content_type().and_then(|kind| kind.attribute("charset"));
        read.is_empty()
            && found.encoding == Encoding::Base64
            && charset.is_some_and(|charset| charset.eq_ignore_ascii_case(wanted.charset))
    } else {
        let page = encoding_rs::Encoding::for_label(wanted.charset.as_bytes());
        match page {
            Some(page) => *read == codepage::decode(page, &wanted.data).0,
            None => *read == codepage::ascii(&wanted.data).0,
        }
    };
    if same {
        Ok(())
    } else {
        Err("a text is read as another".to_owned())
    }
}

fn file(found: &MessagePart<'_>, wanted: &FilePart<'_>) -> Result<(), String> {
    let name = found.attachment_name().unwrap_or_default();
    if name != wanted.name {
        return Err(format!(
            "a file is read with the name {name:?} instead of {:?}",
            wanted.name
        ));
    }
    if found.content_id().unwrap_or_default() != wanted.content_id {
        return Err(format!("the Content-ID of {name:?} is read as another"));
    }
    match &wanted.data {
        // What stands for itself ends with the line end that belongs to the boundary.
        FileData::Memory(data) if wanted.plain => {
            let found = found.contents();
            let same = found == data.as_slice() || data.strip_suffix(b"\r\n") == Some(found);
            same.then_some(())
                .ok_or_else(|| format!("the lines of {name:?} are read as others"))
        }
        _ => Ok(()),
    }
}
