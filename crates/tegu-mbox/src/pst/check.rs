//! Checks of one converted message.

use mail_parser::{Addr, Address, Message, MessageParser, MessagePart, MimeHeaders, PartType};
use memchr::memmem;

use super::loss::Loss;
use crate::Envelope;
use crate::date::internal_date;
use crate::header::{MAX_BLOCK, fields};

/// A program that converts PST to mbox.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Converter {
    /// libpst's readpst.
    Readpst,
}

impl Converter {
    /// The program's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Readpst => "readpst",
        }
    }
}

const BOUNDARY: &[u8] = b"boundary-LibPST-iamunique";

/// Returns the converter that made this message, if there are signs of one: a quoted sender in the `From_` line (an empty
/// `from_line` is allowed), the converter's own headers, or its MIME boundary.
pub fn converter(from_line: &[u8], content: &[u8]) -> Option<Converter> {
    let head = content.get(..content.len().min(MAX_BLOCK)).unwrap_or_default();
    let marked = from_line.starts_with(b"From \"")
        || fields(head).any(|field| {
            field
                .name
                .get(..16)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"X-libpst-forensi"))
        })
        || memmem::find(head, BOUNDARY).is_some();
    marked.then_some(Converter::Readpst)
}

/// Returns what the conversion is known to have lost in a message, which is given as the converter wrote it ([`Message::content`](crate::read::Message::content)).
///
/// Use it only for messages for which [`converter`] returns a converter: other messages may lack the same things without any
/// loss. [`Loss::code`] is stable. Losses in headers come first, then those in parts.
pub fn check(content: &[u8]) -> Vec<Loss> {
    let mut losses = Vec::new();
    let Some(message) = MessageParser::default().parse(content) else {
        let names = vec!["From", "Message-ID", "Received"];
        return vec![Loss::HeadersMissing { names }, Loss::DateMissing];
    };
    headers(content, &message, &mut losses);
    if memmem::find(content, BOUNDARY).is_some() {
        losses.push(Loss::MimeRebuilt);
    }
    parts(&message, &mut losses);
    losses
}

fn headers(content: &[u8], message: &Message<'_>, losses: &mut Vec<Loss>) {
    let head = content.get(..content.len().min(MAX_BLOCK)).unwrap_or_default();
    let mut names = Vec::new();
    for name in ["From", "Message-ID", "Received"] {
        if !fields(head).any(|field| field.is(name) && !field.text().is_empty()) {
            names.push(name);
        }
    }
    if !names.is_empty() {
        losses.push(Loss::HeadersMissing { names });
    }
    if internal_date(&Envelope::default(), content).is_none() {
        losses.push(Loss::DateMissing);
    }
    let forensic = fields(head).find(|field| field.is("X-libpst-forensic-sender"));
    let from = addresses(message.from());
    if let Some(address) = from.iter().find(|address| is_x500(address)) {
        losses.push(Loss::SenderX500 {
            address: address.clone(),
        });
    } else if let Some(field) = forensic.filter(|_| !from.iter().any(|address| is_internet(address))) {
        losses.push(Loss::SenderX500 {
            address: field.text(),
        });
    } else if let Some(sender) =
        people(message.from()).find(|sender| !sender.address().is_some_and(is_internet))
    {
        losses.push(Loss::SenderLost {
            name: sender.name().unwrap_or_default().to_owned(),
        });
    }
    let recipients = [message.to(), message.cc(), message.bcc()]
        .into_iter()
        .flat_map(addresses);
    if let Some(address) = recipients.into_iter().find(|address| is_x500(address)) {
        losses.push(Loss::RecipientX500 { address });
    }
    let recipients = [message.to(), message.cc(), message.bcc()];
    let mut told = std::collections::HashSet::new();
    for recipient in recipients.into_iter().flat_map(people) {
        let address = recipient.address().unwrap_or_default();
        let name = recipient.name().unwrap_or(address);
        if !is_internet(address) && !is_x500(address) && !is_x500(name) && told.insert(name) {
            losses.push(Loss::RecipientLost {
                name: name.to_owned(),
            });
        }
    }
    if fields(head).any(|field| std::str::from_utf8(field.value).is_err()) {
        losses.push(Loss::CharsetWrong {
            declared: "headers".to_owned(),
        });
    }
}

fn addresses(list: Option<&Address<'_>>) -> Vec<String> {
    let all = list.into_iter().flat_map(|list| list.iter());
    all.filter_map(|entry| entry.address().or(entry.name()).map(str::to_owned))
        .collect()
}

fn people<'a>(list: Option<&'a Address<'a>>) -> impl Iterator<Item = &'a Addr<'a>> {
    list.into_iter().flat_map(|list| list.iter())
}

/// Exchange's addresses are distinguished names, whose first part is the organisation.
fn is_x500(address: &str) -> bool {
    let address = address.trim_start_matches(['\'', '"', '<']);
    address
        .get(..3)
        .is_some_and(|start| start.eq_ignore_ascii_case("/o="))
        || address.starts_with("IMCEAEX-")
}

fn is_internet(address: &str) -> bool {
    address.contains('@') && !address.starts_with("MAILER-DAEMON")
}

fn parts(message: &Message<'_>, losses: &mut Vec<Loss>) {
    let (mut text, mut rtf, mut nul, mut signature, mut embedded) = (false, false, false, false, false);
    let mut charset = None;
    for part in &message.parts {
        let name = part.attachment_name().unwrap_or_default();
        let kind = part
            .content_type()
            .map(|kind| (kind.ctype(), kind.subtype().unwrap_or_default()));
        let is = |main: &str, sub: &str| {
            kind.is_some_and(|(a, b)| a.eq_ignore_ascii_case(main) && b.eq_ignore_ascii_case(sub))
        };
        rtf |= name == "rtf-body.rtf";
        // RTF begins with a brace, and text holds no zeros.
        let is_body = name == "rtf-body.rtf"
            || (name.is_empty() && matches!(part.body, PartType::Text(_) | PartType::Html(_)));
        nul |= is_body && part.contents().contains(&0);
        signature |= is("application", "pkcs7-signature")
            || is("application", "x-pkcs7-signature")
            || name == "smime.p7s";
        match &part.body {
            PartType::Text(body) | PartType::Html(body) if name.is_empty() => {
                text |= !body.trim().is_empty();
                if charset.is_none() {
                    charset = wrong_charset(message, part);
                }
            }
            PartType::Message(inner) => embedded |= begins_with_from_line(inner.raw_message()),
            _ => {}
        }
    }
    if nul {
        losses.push(Loss::BodyNul);
    }
    if rtf && !text {
        losses.push(Loss::BodyRtfOnly);
    }
    if let Some(declared) = charset {
        losses.push(Loss::CharsetWrong { declared });
    }
    if signature {
        losses.push(Loss::SignatureLost);
    }
    if embedded {
        losses.push(Loss::EmbeddedFromLine);
    }
}

/// The charset that a part is said to be in, if its bytes cannot be. Only UTF-8 and US-ASCII can be told so.
fn wrong_charset(message: &Message<'_>, part: &MessagePart<'_>) -> Option<String> {
    let declared = part
        .content_type()
        .and_then(|kind| kind.attribute("charset"))
        .unwrap_or("us-ascii");
    let raw = message
        .raw_message()
        .get(part.raw_body_offset() as usize..part.raw_end_offset() as usize)?;
    let wrong = if declared.eq_ignore_ascii_case("utf-8") {
        std::str::from_utf8(raw).is_err()
    } else {
        declared.eq_ignore_ascii_case("us-ascii") && !raw.is_ascii()
    };
    wrong.then(|| declared.to_owned())
}

fn begins_with_from_line(message: &[u8]) -> bool {
    let message = message.trim_ascii_start();
    message.starts_with(b"From ") || message.starts_with(b">From ")
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@x>\n\
                         From: Ivan <ivan@example.org>\nTo: Anna <anna@example.org>\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n";

    fn codes(message: &str) -> Vec<&'static str> {
        check(message.as_bytes()).iter().map(Loss::code).collect()
    }

    fn rebuilt(parts: &[&str]) -> String {
        let boundary = "--boundary-LibPST-iamunique-1_-_-";
        let parts: String = parts
            .iter()
            .map(|part| format!("\n--{boundary}\n{part}\n"))
            .collect();
        format!(
            "{WHOLE}Content-Type: multipart/mixed;\n\tboundary=\"{boundary}\"\n\n{parts}\n--{boundary}--\n"
        )
    }

    #[test]
    fn a_whole_message_lost_nothing() {
        assert_eq!(codes(&format!("{WHOLE}\nbody\n")), [""; 0]);
    }

    #[test]
    fn marks_of_the_converter() {
        let content = format!("{WHOLE}\nbody\n");
        assert_eq!(
            converter(
                b"From ivan@example.org Mon Jan  1 00:00:00 2024\n",
                content.as_bytes()
            ),
            None
        );
        assert!(
            converter(
                b"From \"ivan@example.org\" Mon Jan  1 00:00:00 2024\n",
                content.as_bytes()
            )
            .is_some()
        );
        assert!(converter(b"", rebuilt(&[]).as_bytes()).is_some());
        assert!(converter(b"", format!("X-libpst-forensic-bcc: x\n{content}").as_bytes()).is_some());
    }

    #[test]
    fn exchanges_own_addresses() {
        let from = WHOLE.replace("Ivan <ivan@example.org>", "Ivan </O=CORP/OU=X/CN=IVAN>");
        assert_eq!(codes(&format!("{from}\nx\n")), ["PST-SENDER-X500"]);
        let to = WHOLE.replace("Anna <anna@example.org>", "\"Anna\" </o=corp/ou=x/cn=anna>");
        assert_eq!(codes(&format!("{to}\nx\n")), ["PST-RECIPIENT-X500"]);
    }

    #[test]
    fn the_parts() {
        let text = "Content-Type: text/plain; charset=\"utf-8\"\n\ntext\n";
        let rtf = "Content-Type: application/rtf\nContent-Disposition: attachment; filename=\"rtf-body.rtf\"\n\n{\\rtf1}\n";
        assert_eq!(codes(&rebuilt(&[text])), ["PST-MIME-REBUILT"]);
        assert_eq!(codes(&rebuilt(&[text, rtf])), ["PST-MIME-REBUILT"]);
        assert_eq!(codes(&rebuilt(&[rtf])), ["PST-MIME-REBUILT", "PST-BODY-RTF"]);
        let signature = "Content-Type: application/pkcs7-signature; name=\"smime.p7s\"\n\nx\n";
        assert_eq!(
            codes(&rebuilt(&[text, signature])),
            ["PST-MIME-REBUILT", "PST-SIGNATURE-LOST"]
        );
        let embedded =
            "Content-Type: message/rfc822\n\n>From \"a@b\" Mon Jan  1 00:00:00 2024\nSubject: inner\n\nx\n";
        assert_eq!(
            codes(&rebuilt(&[text, embedded])),
            ["PST-MIME-REBUILT", "PST-EMBEDDED-FROM"]
        );
    }

    #[test]
    fn a_code_page_that_was_passed_through() {
        let message = [
            WHOLE.as_bytes(),
            b"Content-Type: text/plain; charset=\"utf-8\"\n\n\xcf\xf0\xe8\xe2\xe5\xf2\n",
        ]
        .concat();
        assert_eq!(
            check(&message).iter().map(Loss::code).collect::<Vec<_>>(),
            ["PST-CHARSET"]
        );
        let header = [b"Subject: \xcf\xf0\n", WHOLE.as_bytes(), b"\nx\n"].concat();
        assert_eq!(
            check(&header),
            [Loss::CharsetWrong {
                declared: "headers".to_owned()
            }]
        );
    }

    #[test]
    fn headers_and_text_are_told_apart() {
        let message = b"\n!:\nF:\nFro:r\x18\0\0\0\x18\"yyyy:r\xff\n\n!:\nFF\"\x9c\x9c\x9c\x9c";
        let content = message.get(1..).unwrap_or_default();
        let charsets: Vec<_> = check(content)
            .into_iter()
            .filter(|loss| loss.code() == "PST-CHARSET")
            .collect();
        let wrong = |declared: &str| Loss::CharsetWrong {
            declared: declared.to_owned(),
        };
        assert_eq!(charsets, [wrong("headers"), wrong("us-ascii")]);
    }

    #[test]
    fn people_without_an_address() {
        let from = WHOLE.replace("Ivan <ivan@example.org>", "Ivan <MAILER-DAEMON>");
        assert_eq!(codes(&format!("{from}\nx\n")), ["PST-SENDER-LOST"]);
        let to = WHOLE.replace("Anna <anna@example.org>", "Anna");
        assert_eq!(codes(&format!("{to}\nx\n")), ["PST-RECIPIENT-LOST"]);
        let zeros = "Content-Type: application/rtf\nContent-Transfer-Encoding: base64\n\
                     Content-Disposition: attachment; filename=\"rtf-body.rtf\"\n\nAAAAAAAAMQAA\n";
        assert_eq!(
            codes(&rebuilt(&[zeros])),
            ["PST-MIME-REBUILT", "PST-BODY-NUL", "PST-BODY-RTF"]
        );
    }

    #[test]
    fn nothing_at_all() {
        assert_eq!(codes(""), ["PST-HEADERS-MISSING", "PST-DATE-MISSING"]);
        assert_eq!(
            codes("Subject: s\n\nx\n"),
            ["PST-HEADERS-MISSING", "PST-DATE-MISSING"]
        );
    }
}
