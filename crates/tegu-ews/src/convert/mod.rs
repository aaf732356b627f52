//! Items in the form that their kind has elsewhere: iCalendar (RFC 5545) and vCard 4.0 (RFC 6350).
//!
//! The properties are the truth. The MIME content of an appointment is a second witness: each difference is a finding. Nothing here is
//! exact: whoever moves an item knows that it was converted.

mod contact;
mod event;
mod mail;
mod notes;
mod parts;
mod people;
mod recurrence;
mod task;
mod witness;

use crate::{
    Finding, Item, Kind, Severity,
    item::{Attached, AttachmentInfo, Facts},
    response::Problem,
    zone::Zone,
};
use notes::Notes;
use std::collections::HashMap;

/// What is known of the organisation: addresses of people, and zones that items name without defining.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Context {
    /// Legacy distinguished names in lower case, with their SMTP addresses.
    pub addresses: HashMap<String, String>,
    /// Zones by their names.
    pub zones: HashMap<String, Zone>,
}

/// An item, and what belongs to it and is read on its own.
#[derive(Debug)]
#[non_exhaustive]
pub struct Whole {
    /// The item.
    pub item: Item,
    /// The occurrences of a series that differ from it, in the order in which the series names them.
    pub exceptions: Vec<Result<Item, Problem>>,
    /// Attachments of the item.
    pub attachments: Vec<(AttachmentInfo, Result<Attached, Problem>)>,
}

impl Whole {
    /// An item to which nothing else belongs.
    #[must_use]
    pub fn alone(item: Item) -> Self {
        Self {
            item,
            exceptions: Vec::new(),
            attachments: Vec::new(),
        }
    }
}

/// An item as iCalendar or vCard.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Converted {
    /// The components of the item: `BEGIN:VEVENT` ... or `BEGIN:VCARD` ..., with lines that end in CRLF.
    pub component: String,
    /// The time zones that it names: `BEGIN:VTIMEZONE` ..., each once.
    pub zones: Vec<String>,
    /// Its UID.
    pub uid: String,
    /// What was noticed, with stable codes.
    pub findings: Vec<Finding>,
}

/// What a calendar begins with.
pub const CALENDAR_HEAD: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//tegu//tegu-ews//EN\r\n";

impl Converted {
    /// Returns the components of iCalendar and their zones as a calendar of their own.
    #[must_use]
    pub fn calendar(&self) -> String {
        format!(
            "{CALENDAR_HEAD}{}{}END:VCALENDAR\r\n",
            self.zones.concat(),
            self.component
        )
    }

    /// Returns whether something would be lost.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.findings
            .iter()
            .any(|finding| finding.severity == Severity::Lossy)
    }
}

impl Whole {
    /// Converts an appointment into VEVENTs, a task into a VTODO, a note or a journal entry into a VJOURNAL, a contact or a list into a
    /// vCard. `None` for mail and for what is unknown.
    #[must_use]
    pub fn convert(&self, context: &Context) -> Option<Converted> {
        let mut notes = Notes::default();
        let item = &self.item;
        if item.replaced > 0 {
            notes.lossy(
                "EWS-CHARACTER",
                format!("{} characters that XML forbids were replaced", item.replaced),
            );
        }
        let (component, zones) = match (&item.facts, item.kind) {
            (Facts::Event(event), Kind::Event) => event::convert(self, event, context, &mut notes),
            (Facts::Task(task), Kind::Task) => task::task(self, task, &mut notes),
            (Facts::Contact(contact), Kind::Contact) => {
                (contact::card(self, contact, context, &mut notes), Vec::new())
            }
            (Facts::List(list), Kind::List) => (contact::list(self, list, context, &mut notes), Vec::new()),
            (_, Kind::Note | Kind::Journal) => task::journal(self, &mut notes),
            _ => return None,
        };
        Some(Converted {
            component,
            zones,
            uid: parts::uid(item),
            findings: notes.findings,
        })
    }
}

#[cfg(test)]
mod tests;
