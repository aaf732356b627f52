//! Appointments and meetings.

use super::item::Attachment;
use super::mail::{Person, person};
use super::recurrence::{End, Pattern};
use super::zone::{MOSCOW, Zone};

/// Somebody who is invited.
#[derive(Clone, Debug)]
pub(super) struct Attendee {
    pub(super) who: Person,
    pub(super) role: &'static str,
    pub(super) response: &'static str,
    pub(super) when: Option<String>,
}

/// An appointment or a meeting to be. Times are in UTC, as in `2024-05-01T06:00:00Z`.
#[derive(Clone, Debug)]
pub struct Event {
    pub(super) subject: String,
    pub(super) start: String,
    pub(super) end: String,
    pub(super) zone: Zone,
    pub(super) all_day: bool,
    pub(super) location: String,
    pub(super) text: String,
    pub(super) html: Option<String>,
    pub(super) organizer: Option<Person>,
    pub(super) attendees: Vec<Attendee>,
    pub(super) my_response: &'static str,
    pub(super) recurrence: Option<(Pattern, End)>,
    pub(super) deleted: Vec<String>,
    pub(super) exceptions: Vec<(String, Self)>,
    pub(super) reminder: Option<u32>,
    pub(super) busy: &'static str,
    pub(super) sensitivity: &'static str,
    pub(super) categories: Vec<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) uid: String,
    pub(super) cancelled: bool,
}

impl Event {
    /// An appointment in Moscow.
    pub fn new(subject: &str, start: &str, end: &str) -> Self {
        Self {
            subject: subject.to_owned(),
            start: start.to_owned(),
            end: end.to_owned(),
            zone: MOSCOW,
            all_day: false,
            location: String::new(),
            text: String::new(),
            html: None,
            organizer: None,
            attendees: Vec::new(),
            my_response: "Unknown",
            recurrence: None,
            deleted: Vec::new(),
            exceptions: Vec::new(),
            reminder: None,
            busy: "Busy",
            sensitivity: "Normal",
            categories: Vec::new(),
            attachments: Vec::new(),
            uid: format!(
                "040000008200E00074C5B7101A82E00800000000{:016X}",
                super::mime::hash(&format!("{subject}{start}"))
            ),
            cancelled: false,
        }
    }

    /// The zone in which it was made.
    #[must_use]
    pub fn zone(mut self, zone: Zone) -> Self {
        self.zone = zone;
        self
    }

    /// Lasts whole days: start and end are midnights of its zone.
    #[must_use]
    pub fn all_day(mut self) -> Self {
        self.all_day = true;
        self.busy = "Free";
        self
    }

    /// Where.
    #[must_use]
    pub fn location(mut self, text: &str) -> Self {
        text.clone_into(&mut self.location);
        self
    }

    /// Its text.
    #[must_use]
    pub fn text(mut self, text: &str) -> Self {
        text.clone_into(&mut self.text);
        self
    }

    /// Its body as HTML.
    #[must_use]
    pub fn html(mut self, html: &str) -> Self {
        self.html = Some(html.to_owned());
        self
    }

    /// Makes it a meeting of this organiser; `me` if the mailbox is the organiser's.
    #[must_use]
    pub fn organizer(mut self, name: &str, address: &str, me: bool) -> Self {
        self.organizer = Some(person(name, address));
        self.my_response = if me { "Organizer" } else { "NoResponseReceived" };
        self
    }

    /// What the owner of the mailbox answered, such as `Accept`.
    #[must_use]
    pub fn my_response(mut self, response: &'static str) -> Self {
        self.my_response = response;
        self
    }

    /// Invites somebody: `role` is `Required`, `Optional` or `Resource`, `response` as in `Tentative`.
    #[must_use]
    pub fn attendee(mut self, role: &'static str, name: &str, address: &str, response: &'static str) -> Self {
        let when = (!matches!(response, "Unknown" | "NoResponseReceived" | "Organizer"))
            .then(|| "2024-04-01T08:00:00Z".to_owned());
        self.attendees.push(Attendee {
            who: person(name, address),
            role,
            response,
            when,
        });
        self
    }

    /// Makes it a series.
    #[must_use]
    pub fn repeats(mut self, pattern: Pattern, end: End) -> Self {
        self.recurrence = Some((pattern, end));
        self
    }

    /// Takes out the occurrence that starts then.
    #[must_use]
    pub fn without(mut self, start: &str) -> Self {
        self.deleted.push(start.to_owned());
        self
    }

    /// Puts another event in place of the occurrence that starts then.
    #[must_use]
    pub fn except(mut self, start: &str, event: Self) -> Self {
        self.exceptions.push((start.to_owned(), event));
        self
    }

    /// Reminds so many minutes before.
    #[must_use]
    pub fn reminder(mut self, minutes: u32) -> Self {
        self.reminder = Some(minutes);
        self
    }

    /// `Free`, `Tentative`, `Busy`, `OOF`.
    #[must_use]
    pub fn busy(mut self, status: &'static str) -> Self {
        self.busy = status;
        self
    }

    /// `Normal`, `Personal`, `Private`, `Confidential`.
    #[must_use]
    pub fn sensitivity(mut self, sensitivity: &'static str) -> Self {
        self.sensitivity = sensitivity;
        self
    }

    /// Adds a category.
    #[must_use]
    pub fn category(mut self, name: &str) -> Self {
        self.categories.push(name.to_owned());
        self
    }

    /// Adds an attachment.
    #[must_use]
    pub fn attach(mut self, attachment: Attachment) -> Self {
        self.attachments.push(attachment);
        self
    }

    /// The meeting will not take place.
    #[must_use]
    pub fn cancelled(mut self) -> Self {
        self.cancelled = true;
        self
    }

    /// Its iCalendar identifier.
    #[must_use]
    pub fn uid(mut self, uid: &str) -> Self {
        uid.clone_into(&mut self.uid);
        self
    }
}
