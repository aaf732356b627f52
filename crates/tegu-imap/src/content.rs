//! Finds content that only Outlook or the old server can show: TNEF parts, and links in place of invitations.
//!
//! Only the beginning of a message is examined, so the work is bounded, and the first octets of a message that is still arriving are
//! enough.

mod mime;

use mime::Part;
pub(crate) use mime::texts;

/// Something that the reader of a message will miss, although its octets do not change.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Content {
    /// The message or a part of it is in Outlook's own format (`application/ms-tnef`, usually `winmail.dat`). Other programs show an
    /// attachment that they cannot open. Exchange sends this format if its IMAP message format is TNEF, or if the sender's was.
    WinmailDat,
    /// The message holds a link to the old server's web mail instead of an invitation. The link will stop working. Exchange sends the
    /// invitation itself if `ImapForceICalForCalendarRetrievalOption` is on for the mailbox (`Set-CASMailbox`).
    WebMailInvitation,
}

/// The most octets of a message that are examined.
const LOOK: usize = 1 << 20;
/// A link in place of an invitation comes in a short message; in a long one somebody writes about one.
const SHORT: usize = 32 << 10;
/// Marks of a link into web mail, and of what the link opens, in lower case.
const WEB_MAIL: &str = "/owa/";
const INVITATIONS: [&str; 4] = [
    "ipm.schedule.meeting",
    "ipm.appointment",
    "icalendaritemdetails",
    "path=/calendar/item",
];

/// Returns what Exchange is known to put into messages. The first MiB of a message is enough.
///
/// ```
/// use tegu_imap::content::{Content, examine};
///
/// let message = b"Content-Type: application/ms-tnef; name=\"winmail.dat\"\r\n\r\neJ8+\r\n";
/// assert_eq!(examine(message), [Content::WinmailDat]);
/// assert_eq!(examine(b"Subject: winmail.dat\r\n\r\nCannot open it!\r\n"), []);
/// ```
pub fn examine(message: &[u8]) -> Vec<Content> {
    let (mut found, mut calendar) = (Vec::new(), false);
    let looked_at = message.get(..message.len().min(LOOK)).unwrap_or_default();
    mime::walk(looked_at, &mut |part: &Part<'_>| {
        if is_tnef(part) && !found.contains(&Content::WinmailDat) {
            found.push(Content::WinmailDat);
        }
        calendar |= part.is("text/calendar");
    });
    if !calendar && message.len() <= SHORT && links_to_an_invitation(message) {
        found.push(Content::WebMailInvitation);
    }
    found
}

fn is_tnef(part: &Part<'_>) -> bool {
    part.is("application/ms-tnef") || part.is("application/vnd.ms-tnef") || part.is_named("winmail.dat")
}

fn links_to_an_invitation(message: &[u8]) -> bool {
    let text = texts(message).to_ascii_lowercase();
    let mut words = text.split(|c: char| c.is_whitespace() || matches!(c, '"' | '<' | '>'));
    // The mark belongs to the link: it stands behind it in the same word.
    words.any(|word| {
        let link = word.split_once(WEB_MAIL);
        link.is_some_and(|(_, opened)| INVITATIONS.iter().any(|mark| opened.contains(mark)))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use base64::Engine;
    use base64::prelude::BASE64_STANDARD;
    use proptest::prelude::*;

    fn multipart(parts: &[&str]) -> String {
        let parts: String = parts.iter().map(|part| format!("--b+1\r\n{part}\r\n")).collect();
        format!(
            "Subject: x\r\nContent-Type: multipart/mixed;\r\n\tboundary=\"b+1\"\r\n\r\nold\r\n{parts}--b+1--\r\n"
        )
    }

    const TEXT: &str = "Content-Type: text/plain\r\n\r\ntext\r\n";

    #[test]
    fn outlooks_own_format_is_found_where_it_stands() {
        let tnef = "Content-Type: application/ms-tnef;\r\n name=\"winmail.dat\"\r\n\r\neJ8+\r\n";
        let named = "Content-type: APPLICATION/octet-stream\nContent-Disposition: attachment;\n filename=WINMAIL.DAT\n\neJ8+\n";
        let inner = multipart(&[TEXT, tnef]).replace("b+1", "b+1+2");
        for message in [
            tnef.to_owned(),
            named.to_owned(),
            multipart(&[TEXT, tnef]),
            multipart(&[TEXT, named, tnef]),
            multipart(&[TEXT, tnef]).replace("\r\n", "\n"),
            multipart(&[TEXT, &inner]),
        ] {
            assert_eq!(examine(message.as_bytes()), [Content::WinmailDat], "{message}");
        }
        for message in [
            multipart(&[
                TEXT,
                "Content-Type: image/png; name=\"a winmail.dat.png\"\r\n\r\nx\r\n",
            ]),
            multipart(&[&format!("Content-Type: text/plain\r\n\r\n{tnef}")]),
            format!("Subject: x\r\n\r\n{tnef}"),
            format!("Content-Type: multipart/mixed\r\n\r\n--b+1\r\n{tnef}"),
        ] {
            assert_eq!(examine(message.as_bytes()), [], "{message}");
        }
    }

    #[test]
    fn a_link_in_place_of_an_invitation() {
        let link =
            "https://mail.corp/owa/?ae=Item&a=Open&t=IPM.Schedule.Meeting.Request&id=RgAAAACd&exvsurl=1";
        let plain = format!("Subject: Совещание\r\n\r\nОткрыть: {link}\r\n");
        let head = "Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding";
        let quoted = format!(
            "{head}: quoted-printable\r\n\r\n{}\r\n",
            link.replace('=', "=3D").replace("Meeting", "Mee=\r\nting")
        );
        let encoded = BASE64_STANDARD.encode(format!("Открыть: {link}"));
        let encoded = format!(
            "{head}: base64\r\n\r\n{}\r\n{}\r\n",
            &encoded[..40],
            &encoded[40..]
        );
        let newer = plain
            .replace("/?ae", "/?path=/calendar/item&x")
            .replace("IPM", "x");
        for message in [
            &plain,
            &quoted,
            &encoded,
            &newer,
            &multipart(&[&plain]),
            &multipart(&[&encoded]),
        ] {
            assert_eq!(
                examine(message.as_bytes()),
                [Content::WebMailInvitation],
                "{message}"
            );
        }
        let calendar = "Content-Type: text/calendar; method=REQUEST\r\n\r\nBEGIN:VCALENDAR\r\n";
        for message in [
            multipart(&[&plain, calendar]),
            format!("{plain}{}", "long\r\n".repeat(9000)),
            "\r\nSee https://mail.corp/owa/ and ipm.appointment\r\n".to_owned(),
            "\r\nhttps://mail.corp/ecp/?t=ipm.appointment\r\n".to_owned(),
        ] {
            assert_eq!(examine(message.as_bytes()), []);
        }
    }

    #[test]
    fn hostile_messages_cost_little() {
        let nested = (0..10_000).fold(TEXT.to_owned(), |inner, _| {
            format!(
                "{}{inner}",
                "Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n"
            )
        });
        let many = multipart(&vec![TEXT; 100_000]);
        let head = "X: ".to_owned() + &"y\r\n ".repeat(500_000);
        let links = format!("\r\n{}", "/owa/".repeat(6000));
        for message in [nested, many, head, links] {
            assert_eq!(examine(message.as_bytes()), []);
        }
    }

    proptest! {
        #[test]
        fn any_octets_are_safe(octets in proptest::collection::vec(any::<u8>(), 0..200), cut in 0..400_usize) {
            examine(&octets);
            let message = multipart(&[TEXT, TEXT]);
            examine(message.as_bytes().get(..cut).unwrap_or_default());
        }
    }
}
