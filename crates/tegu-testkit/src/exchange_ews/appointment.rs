//! Appointments and meetings as items.

use super::event::{Attendee, Event};
use super::fields::Kind;
use super::ical;
use super::item::Item;
use super::mail::mailbox;
use super::recurrence::recurrence;
use super::xml::element;
use super::zone::seconds;

impl Event {
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
