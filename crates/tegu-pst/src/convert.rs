//! Items in the form that their kind has elsewhere.

use crate::{Finding, Kind, Message, Verdict, calendar, contact, verdict::Notes};

/// An item as iCalendar or vCard.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Converted {
    /// The components of the item: `BEGIN:VEVENT` ... or `BEGIN:VCARD` ..., with lines that end in CRLF.
    pub component: String,
    /// The time zones that it names: `BEGIN:VTIMEZONE` ..., each once.
    pub zones: Vec<String>,
    /// What can be said of the result.
    pub verdict: Verdict,
    /// What was noticed, with stable codes.
    pub findings: Vec<Finding>,
}

impl Converted {
    /// The components of iCalendar and their zones as a calendar of their own.
    #[must_use]
    pub fn calendar(&self) -> String {
        let head = calendar::HEAD;
        format!("{head}{}{}END:VCALENDAR\r\n", self.zones.concat(), self.component)
    }
}

impl Message<'_> {
    /// What kind of thing the item is.
    #[must_use]
    pub fn kind(&self) -> Kind {
        Kind::of(self.class())
    }

    /// Converts an appointment or a task into a component of iCalendar (RFC 5545), a note or a journal entry into VJOURNAL, a contact
    /// or a list into vCard (RFC 6350, version 4.0). `None` for mail and for what is unknown.
    #[must_use]
    pub fn convert(&self) -> Option<Converted> {
        let mut notes = Notes::default();
        let (component, zones) = match self.kind() {
            Kind::Appointment => calendar::event(self, &mut notes),
            Kind::Task => calendar::task(self, &mut notes),
            Kind::Note | Kind::Journal => calendar::journal(self, &mut notes),
            Kind::Contact => (contact::card(self, &mut notes), Vec::new()),
            Kind::List => (contact::list(self, &mut notes), Vec::new()),
            Kind::Mail | Kind::Meeting | Kind::Other => return None,
        };
        let verdict = if notes.is_lossy() {
            Verdict::Manual
        } else {
            Verdict::Faithful
        };
        Some(Converted {
            component,
            zones,
            verdict,
            findings: notes.into_findings(),
        })
    }
}

/// The verdict of an item of any kind.
pub(crate) fn verdict(message: &Message<'_>) -> Verdict {
    if message.kind().is_mail() {
        return message.mail().map_or(Verdict::Manual, |mail| mail.verdict());
    }
    message
        .convert()
        .map_or(Verdict::Manual, |converted| converted.verdict)
}
