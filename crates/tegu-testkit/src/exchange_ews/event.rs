//! Appointments and meetings.

use super::fields::Kind;
use super::ical;
use super::mail::{Person, mailbox, person};
use super::model::{Attachment, Item};
use super::xml::element;
use super::zone::{MOSCOW, Zone, seconds};

pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];

/// How a series repeats.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "what the schema has")]
pub enum Pattern {
    /// Every so many days.
    Daily(u32),
    /// Every so many weeks, on days such as `Monday Friday`.
    Weekly(u32, &'static str),
    /// Every so many months, on this day.
    Monthly(u32, u32),
    /// Every so many months, on a day such as `Second`, `Tuesday`.
    MonthlyOn(u32, &'static str, &'static str),
    /// Every year, on this day of this month.
    Yearly(u32, u32),
    /// Every year, on a day such as `Last`, `Friday` of this month.
    YearlyOn(&'static str, &'static str, u32),
}

/// When a series ends.
#[derive(Clone, Debug)]
#[allow(clippy::exhaustive_enums, reason = "what the schema has")]
pub enum End {
    /// Never.
    Never,
    /// On this day, such as `2024-12-31`.
    On(&'static str),
    /// After so many times.
    After(u32),
}

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
    html: Option<String>,
    pub(super) organizer: Option<Person>,
    pub(super) attendees: Vec<Attendee>,
    my_response: &'static str,
    pub(super) recurrence: Option<(Pattern, End)>,
    pub(super) deleted: Vec<String>,
    pub(super) exceptions: Vec<(String, Self)>,
    pub(super) reminder: Option<u32>,
    pub(super) busy: &'static str,
    pub(super) sensitivity: &'static str,
    pub(super) categories: Vec<String>,
    pub(super) attachments: Vec<Attachment>,
    pub(super) uid: String,
    cancelled: bool,
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
                super::mail::hash(&format!("{subject}{start}"))
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

    /// The item.
    pub fn item(self) -> Item {
        let mime = ical::whole(&self);
        let exceptions: Vec<(String, Item)> = self
            .exceptions
            .iter()
            .map(|(start, event)| {
                let mime = ical::exception(&self, start, event);
                let item = event
                    .item_as("Exception")
                    .with("calendar:UID", &self.uid)
                    .with("calendar:OriginalStart", start)
                    .with("calendar:RecurrenceId", start)
                    .mime(mime);
                (start.clone(), item)
            })
            .collect();
        let kind = if self.recurrence.is_some() {
            "RecurringMaster"
        } else {
            "Single"
        };
        let mut item = self.item_as(kind).mime(mime);
        item.occurrences = exceptions;
        item
    }

    fn item_as(&self, kind: &str) -> Item {
        let flag = |yes: bool| if yes { "true" } else { "false" };
        let meeting = self.organizer.is_some();
        let minutes = (seconds(&self.end) - seconds(&self.start)) / 60;
        let mut item = Item::new(Kind::CalendarItem, "IPM.Appointment")
            .with("item:Subject", &self.subject)
            .with("item:Sensitivity", self.sensitivity)
            .with("item:DateTimeCreated", "2024-01-01T00:00:00Z")
            .with("item:DateTimeReceived", "2024-01-01T00:00:00Z")
            .with("item:DateTimeSent", "2024-01-01T00:00:00Z")
            .with("item:ReminderIsSet", flag(self.reminder.is_some()))
            .with(
                "item:ReminderMinutesBeforeStart",
                &self.reminder.unwrap_or(15).to_string(),
            )
            .with("calendar:UID", &self.uid)
            .with("calendar:DateTimeStamp", "2024-01-01T00:00:00Z")
            .with("calendar:Start", &self.start)
            .with("calendar:End", &self.end)
            .with("calendar:IsAllDayEvent", flag(self.all_day))
            .with("calendar:LegacyFreeBusyStatus", self.busy)
            .with("calendar:Location", &self.location)
            .with("calendar:IsMeeting", flag(meeting))
            .with("calendar:IsCancelled", flag(self.cancelled))
            .with(
                "calendar:IsRecurring",
                flag(self.recurrence.is_some() || kind == "Exception"),
            )
            .with("calendar:MeetingRequestWasSent", flag(meeting))
            .with("calendar:IsResponseRequested", "true")
            .with("calendar:CalendarItemType", kind)
            .with("calendar:MyResponseType", self.my_response)
            .with("calendar:Duration", &format!("PT{minutes}M"))
            .with("calendar:TimeZone", self.zone.name)
            .with("calendar:AppointmentSequenceNumber", "0")
            .with(
                "calendar:AppointmentState",
                match (meeting, self.my_response) {
                    (false, _) => "0",
                    (true, "Organizer") => "1",
                    (true, _) => "3",
                },
            )
            .raw("calendar:MeetingTimeZone", self.zone.meeting())
            .raw(
                "calendar:StartTimeZone",
                self.zone.definition("StartTimeZone", true),
            )
            .raw("calendar:EndTimeZone", self.zone.definition("EndTimeZone", true))
            .with("calendar:StartTimeZoneId", self.zone.id)
            .with("calendar:EndTimeZoneId", self.zone.id)
            .with("calendar:IsOrganizer", flag(self.my_response == "Organizer"))
            .text(&self.text);
        if let Some(html) = &self.html {
            item = item.html(html);
        }
        if let Some(organizer) = &self.organizer {
            item = item.within("calendar:Organizer", &mailbox(organizer));
        }
        for (uri, role) in [
            ("calendar:RequiredAttendees", "Required"),
            ("calendar:OptionalAttendees", "Optional"),
            ("calendar:Resources", "Resource"),
        ] {
            let list: String = self
                .attendees
                .iter()
                .filter(|attendee| attendee.role == role)
                .map(Attendee::xml)
                .collect();
            if !list.is_empty() {
                item = item.within(uri, &list);
            }
        }
        if !self.categories.is_empty() {
            item = item.strings("item:Categories", self.categories.iter().map(String::as_str));
        }
        if let Some((pattern, end)) = &self.recurrence {
            let local = self.zone.local(&self.start);
            let first = format!("{}-{}-{}", &local[..4], &local[4..6], &local[6..8]);
            item = item.within("calendar:Recurrence", &recurrence(pattern, end, &first));
            let list: String = self
                .deleted
                .iter()
                .map(|start| {
                    format!(
                        "<t:DeletedOccurrence>{}</t:DeletedOccurrence>",
                        element("Start", start)
                    )
                })
                .collect();
            if !list.is_empty() {
                item = item.within("calendar:DeletedOccurrences", &list);
            }
        }
        item.attachments.clone_from(&self.attachments);
        item
    }
}

impl Attendee {
    fn xml(&self) -> String {
        let when = self
            .when
            .as_ref()
            .map_or_else(String::new, |when| element("LastResponseTime", when));
        format!(
            "<t:Attendee>{}{}{when}</t:Attendee>",
            mailbox(&self.who),
            element("ResponseType", self.response)
        )
    }
}

/// What stands within Recurrence; `first` is the day of the first occurrence.
pub(super) fn recurrence(pattern: &Pattern, end: &End, first: &str) -> String {
    let number = |name: &str, number: u32| element(name, &number.to_string());
    let month = |month: u32| element("Month", MONTHS[(month as usize - 1) % 12]);
    let (name, inner) = match pattern {
        Pattern::Daily(interval) => ("DailyRecurrence", number("Interval", *interval)),
        Pattern::Weekly(interval, days) => (
            "WeeklyRecurrence",
            number("Interval", *interval)
                + &element("DaysOfWeek", days)
                + &element("FirstDayOfWeek", "Monday"),
        ),
        Pattern::Monthly(interval, day) => (
            "AbsoluteMonthlyRecurrence",
            number("Interval", *interval) + &number("DayOfMonth", *day),
        ),
        Pattern::MonthlyOn(interval, index, day) => (
            "RelativeMonthlyRecurrence",
            number("Interval", *interval) + &element("DaysOfWeek", day) + &element("DayOfWeekIndex", index),
        ),
        Pattern::Yearly(day, of) => (
            "AbsoluteYearlyRecurrence",
            number("DayOfMonth", *day) + &month(*of),
        ),
        Pattern::YearlyOn(index, day, of) => (
            "RelativeYearlyRecurrence",
            element("DaysOfWeek", day) + &element("DayOfWeekIndex", index) + &month(*of),
        ),
    };
    let start = element("StartDate", first);
    let (range, last) = match end {
        End::Never => ("NoEndRecurrence", String::new()),
        End::On(day) => ("EndDateRecurrence", element("EndDate", day)),
        End::After(count) => ("NumberedRecurrence", number("NumberOfOccurrences", *count)),
    };
    format!("<t:{name}>{inner}</t:{name}><t:{range}>{start}{last}</t:{range}>")
}
