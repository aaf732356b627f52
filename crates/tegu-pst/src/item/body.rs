//! The bodies of a message ([MS-OXBBODY] section 2.1.3.1).

use crate::{Message, Value, codepage, rtf, tag, verdict::Notes};

/// HTML, in the charset in which it stands.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Html {
    pub(crate) charset: &'static str,
    pub(crate) data: Vec<u8>,
    /// The same as text.
    pub(crate) text: String,
}

/// What a message has to say.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub(crate) struct Bodies {
    pub(crate) text: Option<String>,
    pub(crate) html: Option<Html>,
    /// RTF that no HTML or text can replace.
    pub(crate) rtf: Option<Vec<u8>>,
}

impl Bodies {
    pub(crate) fn read(message: &Message<'_>, notes: &mut Notes) -> Self {
        let mut bodies = Self::default();
        let text = notes.text(message, tag::BODY);
        bodies.text = (!text.is_empty()).then(|| crlf(text));
        bodies.html = html(message, notes);
        if bodies.html.is_some() {
            return bodies;
        }
        let Some(packed) = notes
            .value(message.binary(tag::RTF))
            .filter(|packed| !packed.is_empty())
        else {
            return bodies;
        };
        let unpacked = rtf::decompress(&packed).and_then(|rtf| Ok((rtf::read(&rtf)?, rtf)));
        let (body, raw) = match unpacked {
            Ok(found) => found,
            Err(error) => {
                notes.lossy("PST-RTF-UNREADABLE", error.to_string());
                return bodies;
            }
        };
        if !body.sound {
            notes.lossy(
                "PST-RTF-DAMAGED",
                "the RTF body holds characters that do not exist, or ends too early",
            );
        }
        if body.attachments > 0 {
            notes.info(
                "PST-RTF-POSITIONS",
                "the places of attachments within the text are lost",
            );
        }
        match body.origin {
            rtf::Origin::Html => {
                bodies.html = Some(Html {
                    charset: "utf-8",
                    data: body.text.clone().into_bytes(),
                    text: body.text,
                });
            }
            rtf::Origin::Text => {
                let found = crlf(body.text);
                if bodies
                    .text
                    .as_ref()
                    .is_some_and(|text| text.trim_end() != found.trim_end())
                {
                    notes.info(
                        "PST-BODY-DIFFERS",
                        "the text body and the RTF body are not the same; the text body is used",
                    );
                }
                bodies.text.get_or_insert(found);
            }
            rtf::Origin::Rtf => {
                notes.lossy(
                    "PST-RTF-FORM",
                    "the body is RTF that was made neither from HTML nor from text: its form is in an attachment only",
                );
                bodies.text.get_or_insert_with(|| crlf(body.text));
                bodies.rtf = Some(raw);
            }
        }
        bodies
    }
}

/// Text whose lines end in CRLF, whatever they ended in.
pub(crate) fn crlf(text: String) -> String {
    if ends_in_crlf(text.as_bytes()) {
        return text;
    }
    let mut out = String::with_capacity(text.len() + 16);
    let mut rest = text.chars().peekable();
    while let Some(character) = rest.next() {
        match character {
            '\r' => {
                rest.next_if_eq(&'\n');
                out.push_str("\r\n");
            }
            '\n' => out.push_str("\r\n"),
            other => out.push(other),
        }
    }
    out
}

/// Whether each line end is a CRLF.
pub(crate) fn ends_in_crlf(text: &[u8]) -> bool {
    let next = text.get(1..).unwrap_or_default();
    // Without an early end, so that many octets are compared at once.
    let pairs = text.iter().zip(next).fold(true, |sound, (one, other)| {
        sound & ((*one == b'\r') == (*other == b'\n'))
    });
    pairs && text.first() != Some(&b'\n') && text.last() != Some(&b'\r')
}

/// HTML is never rewritten: its part is labelled by what its octets are.
fn html(message: &Message<'_>, notes: &mut Notes) -> Option<Html> {
    let data = match notes.value(message.properties().get(tag::HTML))? {
        Value::Binary(data) | Value::String8(data) => data,
        Value::Utf16(data) => {
            let text = Value::Utf16(data);
            let text = message.decode(&text);
            notes.sound(text, tag::HTML.into()).into_bytes()
        }
        _ => {
            notes.lossy(
                "PST-VALUE-UNREADABLE",
                "the HTML body is of a type that it must not have",
            );
            return None;
        }
    };
    let data: Vec<u8> = match data.iter().rposition(|octet| *octet != 0) {
        Some(last) => data.get(..=last)?.to_vec(),
        None => return None,
    };
    if data.is_ascii() {
        let text = String::from_utf8(data.clone()).unwrap_or_default();
        return Some(Html {
            charset: "us-ascii",
            data,
            text,
        });
    }
    let own = notes
        .value(message.integer(tag::INTERNET_CODE_PAGE))
        .and_then(|page| codepage::encoding(u32::try_from(page).ok()?));
    for page in [own, Some(encoding_rs::UTF_8), message.code_page()]
        .into_iter()
        .flatten()
    {
        if let (text, true) = codepage::decode(page, &data) {
            return Some(Html {
                charset: page.name(),
                data,
                text,
            });
        }
    }
    notes.lossy(
        "PST-HTML-CHARSET",
        "the octets of the HTML body fit no code page that the message names",
    );
    Some(Html {
        charset: "windows-1252",
        text: codepage::decode(encoding_rs::WINDOWS_1252, &data).0,
        data,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn line_ends() {
        for (text, sound) in [
            ("", true),
            ("a", true),
            ("a\r\nb\r\n", true),
            ("\r\n\r\n", true),
            ("\n", false),
            ("\r", false),
            ("a\r\n\n", false),
            ("a\r\r\n", false),
            ("\n\r", false),
            ("a\rb", false),
        ] {
            assert_eq!(ends_in_crlf(text.as_bytes()), sound, "{text:?}");
            assert!(ends_in_crlf(crlf(text.to_owned()).as_bytes()), "{text:?}");
        }
        assert_eq!(crlf("a\n\rb\r\r\nc".to_owned()), "a\r\n\r\nb\r\n\r\nc");
    }
}
