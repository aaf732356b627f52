//! Reports of delivery and of reading that Exchange keeps in properties: as RFC 3464 and RFC 8098 have them ([MS-OXCMAIL] section
//! 2.1.3.6).

use super::field::{field, unstructured};
use crate::{
    Message, Recipient,
    item::{self, one_line},
    tag,
    verdict::Notes,
};

/// What a report reports.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Event {
    /// What became of a message: the action (RFC 3464 section 2.3.3), and the class of its status.
    Delivery(&'static str, u8),
    /// What became of it at its reader (RFC 8098 section 3.2.6.2).
    Reading(&'static str),
}

impl Event {
    fn of_class(class: &str) -> Option<Self> {
        let class = class.to_ascii_lowercase();
        let endings = [
            (".expanded.dr", Self::Delivery("expanded", 2)),
            (".relayed.dr", Self::Delivery("relayed", 2)),
            (".delayed.dr", Self::Delivery("delayed", 4)),
            (".dr", Self::Delivery("delivered", 2)),
            (".ndr", Self::Delivery("failed", 5)),
            (".ipnrn", Self::Reading("displayed")),
            (".ipnnrn", Self::Reading("deleted")),
        ];
        let class = class.strip_prefix("report.")?;
        let found = endings.iter().find(|(ending, _)| class.ends_with(ending));
        found.map(|(_, event)| *event)
    }
}

/// The lines of the report's status and the type of the report, if the properties say enough.
pub(super) fn status(message: &Message<'_>, notes: &mut Notes) -> Option<(Vec<u8>, &'static str)> {
    let mut out = Vec::new();
    let kind = match Event::of_class(message.class())? {
        Event::Delivery(action, class) => {
            delivery(message, notes, action, class, &mut out)?;
            "delivery-status"
        }
        Event::Reading(disposition) => {
            reading(message, notes, disposition, &mut out)?;
            "disposition-notification"
        }
    };
    notes.info(
        "PST-REPORT-GENERATED",
        "the status of the report was made from its properties",
    );
    Some((out, kind))
}

fn delivery(
    message: &Message<'_>,
    notes: &mut Notes,
    action: &str,
    class: u8,
    out: &mut Vec<u8>,
) -> Option<()> {
    let recipients = message.recipients().ok()?;
    let server = one_line(notes.text(message, tag::REPORTING_SERVER));
    let server = if is_plain(&server) {
        server
    } else {
        "unknown.invalid".to_owned()
    };
    field(out, "Reporting-MTA", &format!("dns; {server}"));
    let mut any = false;
    for recipient in &recipients {
        // Who cannot be named is a finding of the header already.
        let Some(address) = item::person(message, notes, recipient).address else {
            continue;
        };
        any = true;
        out.extend_from_slice(b"\r\n");
        field(out, "Final-Recipient", &format!("rfc822; {address}"));
        field(out, "Action", action);
        field(out, "Status", &status_code(recipient, class));
        if is_plain(&recipient.remote_server) {
            field(out, "Remote-MTA", &format!("dns; {}", recipient.remote_server));
        }
        let supplement = one_line(recipient.supplement.clone());
        if !supplement.is_empty() {
            field(out, "X-Supplementary-Info", &unstructured(&supplement));
        }
        if !recipient.name.text.is_empty() && recipient.name.text != address {
            field(
                out,
                "X-Display-Name",
                &unstructured(&one_line(recipient.name.text.clone())),
            );
        }
    }
    any.then_some(())
}

/// A name of a server that can stand in a field as it is.
fn is_plain(name: &str) -> bool {
    !name.is_empty()
        && name.len() < 256
        && name
            .bytes()
            .all(|octet| octet.is_ascii_graphic() && octet != b';')
}

/// The status (RFC 3463): as the property has it, as the supplement names it, or unspecified. Only one of the class of the action is
/// right.
fn status_code(recipient: &Recipient, class: u8) -> String {
    let fits = |digits: &[u8; 3]| digits[0] == class;
    let kept = u16::try_from(recipient.status_code)
        .ok()
        .map(|code| [code / 100, code / 10 % 10, code % 10].map(|digit| digit as u8));
    let named = recipient.supplement.split('#').nth(1).and_then(|rest| {
        let mut numbers = rest
            .split(|character: char| !character.is_ascii_digit() && character != '.')
            .next()?
            .split('.')
            .map(str::parse::<u8>);
        let mut next = || numbers.next()?.ok();
        Some([next()?, next()?, next()?])
    });
    let [class, subject, detail] = kept.filter(fits).or(named.filter(fits)).unwrap_or([class, 0, 0]);
    format!("{class}.{subject}.{detail}")
}

fn reading(message: &Message<'_>, notes: &mut Notes, disposition: &str, out: &mut Vec<u8>) -> Option<()> {
    let reader = item::senders(message, notes).0?.address?;
    field(out, "Final-Recipient", &format!("rfc822; {reader}"));
    let original = one_line(notes.text(message, tag::ORIGINAL_MESSAGE_ID));
    if is_plain(&original) {
        field(out, "Original-Message-ID", &original);
    }
    field(
        out,
        "Disposition",
        &format!("automatic-action/MDN-sent-automatically; {disposition}"),
    );
    Some(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes() {
        for (class, event) in [
            ("REPORT.IPM.Note.NDR", Some(Event::Delivery("failed", 5))),
            ("REPORT.IPM.Note.DR", Some(Event::Delivery("delivered", 2))),
            ("report.ipm.note.delayed.dr", Some(Event::Delivery("delayed", 4))),
            (
                "REPORT.IPM.Schedule.Meeting.Request.Relayed.DR",
                Some(Event::Delivery("relayed", 2)),
            ),
            (
                "REPORT.IPM.Note.Expanded.DR",
                Some(Event::Delivery("expanded", 2)),
            ),
            ("REPORT.IPM.Note.IPNRN", Some(Event::Reading("displayed"))),
            ("REPORT.IPM.Note.IPNNRN", Some(Event::Reading("deleted"))),
            ("REPORT.IPM.Note.Other", None),
            ("IPM.Note.NDR", None),
        ] {
            assert_eq!(Event::of_class(class), event, "{class}");
        }
    }
}
