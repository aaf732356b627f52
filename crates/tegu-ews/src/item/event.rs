//! Appointments and meetings.

use super::{Person, Recurrence, time};
use crate::{ItemId, xml::Element, zone::Zone};
use jiff::Timestamp;

/// What an attendee is.
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum Role {
    /// Has to come.
    Required,
    /// May come.
    Optional,
    /// A room or a thing.
    Resource,
}

/// Somebody who is invited.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Attendee {
    /// Who.
    pub person: Person,
    /// What for.
    pub role: Role,
    /// `Unknown`, `Organizer`, `Tentative`, `Accept`, `Decline`, `NoResponseReceived`.
    pub response: Option<String>,
}

/// An occurrence of a series that differs from it.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Occurrence {
    /// Its identity: it is an item of its own.
    pub id: ItemId,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// When it would have started.
    pub original: Option<Timestamp>,
}

/// What a calendar item says of itself beyond what all items do.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Event {
    /// The identity of the event in all calendars.
    pub uid: Option<String>,
    /// When it starts.
    pub start: Option<Timestamp>,
    /// When it ends.
    pub end: Option<Timestamp>,
    /// Whether it takes whole days, of the zone in which it was made.
    pub all_day: bool,
    /// Where it is.
    pub location: String,
    /// `Free`, `Tentative`, `Busy`, `OOF`, `WorkingElsewhere`, `NoData`.
    pub busy: Option<String>,
    /// Whether others are invited.
    pub meeting: bool,
    /// Whether it was called off.
    pub cancelled: bool,
    /// `Single`, `Occurrence`, `Exception` or `RecurringMaster`.
    pub form: Option<String>,
    /// What the owner answered.
    pub my_response: Option<String>,
    /// Who invites.
    pub organizer: Option<Person>,
    /// Who is invited.
    pub attendees: Vec<Attendee>,
    /// How it recurs.
    pub recurrence: Option<Recurrence>,
    /// Occurrences that differ.
    pub modified: Vec<Occurrence>,
    /// When occurrences would start that were removed.
    pub deleted: Vec<Timestamp>,
    /// When an exception would have started.
    pub original: Option<Timestamp>,
    /// The zone of the start: a definition, or a name alone.
    pub zone: Option<Zone>,
    /// Minutes before the start at which it reminds; `None` if it does not.
    pub reminder: Option<i64>,
    /// How often the meeting was changed.
    pub sequence: Option<u32>,
    /// When it was last sent.
    pub stamp: Option<Timestamp>,
    /// Where it is held online.
    pub online: Option<String>,
    /// What of its description could not be read.
    pub unreadable: Vec<&'static str>,
}

impl Event {
    pub(super) fn read(item: Element<'_>) -> Self {
        let instant = |name| item.value(name).and_then(time::instant);
        let text = |name| item.value(name).map(str::to_owned);
        let mut attendees = Vec::new();
        for (list, role) in [
            ("RequiredAttendees", Role::Required),
            ("OptionalAttendees", Role::Optional),
            ("Resources", Role::Resource),
        ] {
            for attendee in item.child(list).into_iter().flat_map(Element::children) {
                attendees.push(Attendee {
                    person: attendee.child("Mailbox").map(Person::read).unwrap_or_default(),
                    role,
                    response: attendee.value("ResponseType").map(str::to_owned),
                });
            }
        }
        let mut unreadable = Vec::new();
        let recurrence = item.child("Recurrence").and_then(|element| {
            let read = Recurrence::read(element);
            if read.is_none() {
                unreadable.push("the rule of the series");
            }
            read
        });
        let mut modified = Vec::new();
        for occurrence in item
            .child("ModifiedOccurrences")
            .into_iter()
            .flat_map(Element::children)
        {
            let at = |name| occurrence.value(name).and_then(time::instant);
            match occurrence.child("ItemId").and_then(ItemId::read) {
                Some(id) => modified.push(Occurrence {
                    id,
                    start: at("Start"),
                    end: at("End"),
                    original: at("OriginalStart"),
                }),
                None => unreadable.push("an occurrence that differs"),
            }
        }
        let mut deleted = Vec::new();
        for occurrence in item
            .child("DeletedOccurrences")
            .into_iter()
            .flat_map(Element::children)
        {
            match occurrence.value("Start").and_then(time::instant) {
                Some(start) => deleted.push(start),
                None => unreadable.push("an occurrence that was removed"),
            }
        }
        let reminds = item.flag("ReminderIsSet").unwrap_or(false);
        let zone = item.child("StartTimeZone").map(Zone::definition);
        Self {
            uid: text("UID"),
            start: instant("Start"),
            end: instant("End"),
            all_day: item.flag("IsAllDayEvent").unwrap_or(false),
            location: item
                .child("Location")
                .map(Element::text)
                .unwrap_or_default()
                .to_owned(),
            busy: text("LegacyFreeBusyStatus"),
            meeting: item.flag("IsMeeting").unwrap_or(!attendees.is_empty()),
            cancelled: item.flag("IsCancelled").unwrap_or(false),
            form: text("CalendarItemType"),
            my_response: text("MyResponseType"),
            organizer: item
                .child("Organizer")
                .and_then(|organizer| organizer.child("Mailbox"))
                .map(Person::read),
            attendees,
            recurrence,
            modified,
            deleted,
            original: instant("OriginalStart").or_else(|| instant("RecurrenceId")),
            zone: zone.or_else(|| item.child("MeetingTimeZone").map(Zone::meeting)),
            reminder: item.number("ReminderMinutesBeforeStart").filter(|_| reminds),
            sequence: item.number("AppointmentSequenceNumber"),
            stamp: instant("DateTimeStamp"),
            online: text("JoinOnlineMeetingUrl").or_else(|| text("MeetingWorkspaceUrl")),
            unreadable,
        }
    }
}
