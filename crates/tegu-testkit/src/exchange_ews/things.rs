//! Contacts, private lists, tasks, notes, journal entries, posts.

use super::fields::Kind;
use super::item::{Extended, ExtendedName, Item};
use super::recurrence::{End, Pattern, recurrence};
use super::xml::{element, escape};

/// A contact; its other properties are set by [`Item::with`], [`Item::entry`] and the functions here.
pub fn contact(given: &str, surname: &str) -> Item {
    let name = format!("{given} {surname}");
    let name = name.trim();
    let complete = format!(
        "{}{}{}",
        element("FirstName", given),
        element("LastName", surname),
        element("FullName", name)
    );
    Item::new(Kind::Contact, "IPM.Contact")
        .with("item:Subject", name)
        .with("contacts:FileAs", &format!("{surname}, {given}"))
        .with("contacts:FileAsMapping", "LastCommaFirst")
        .with("contacts:DisplayName", name)
        .with("contacts:GivenName", given)
        .with("contacts:Surname", surname)
        .with("contacts:ContactSource", "Store")
        .within("contacts:CompleteName", &complete)
}

impl Item {
    /// Adds an e-mail address of a contact; `key` is `EmailAddress1` to `EmailAddress3`.
    #[must_use]
    pub fn email(self, key: &str, name: &str, address: &str) -> Self {
        let kind = if address.starts_with("/o=") { "EX" } else { "SMTP" };
        let entry = format!(
            "<t:Entry Key=\"{key}\" Name=\"{}\" RoutingType=\"{kind}\" MailboxType=\"Contact\">{}</t:Entry>",
            escape(name),
            escape(address)
        );
        self.raw_entry("contacts:EmailAddresses", key, entry)
    }

    /// Adds a postal address of a contact: street, city, state, country, code; `key` is `Business`, `Home` or `Other`.
    #[must_use]
    pub fn postal(self, key: &str, [street, city, state, country, code]: [&str; 5]) -> Self {
        let part = |name: &str, text: &str| {
            if text.is_empty() {
                String::new()
            } else {
                element(name, text)
            }
        };
        let entry = format!(
            "<t:Entry Key=\"{key}\">{}{}{}{}{}</t:Entry>",
            part("Street", street),
            part("City", city),
            part("State", state),
            part("CountryOrRegion", country),
            part("PostalCode", code)
        );
        self.raw_entry("contacts:PhysicalAddresses", key, entry)
    }

    /// Repeats a task.
    #[must_use]
    pub fn repeats(self, pattern: &Pattern, end: &End, first: &str) -> Self {
        self.with("task:IsRecurring", "true")
            .within("task:Recurrence", &recurrence(pattern, end, first))
    }

    /// Makes a task anew some days after it is done, which no calendar format can say.
    #[must_use]
    pub fn regenerates(self, days: u32, first: &str) -> Self {
        let inner = format!(
            "<t:DailyRegeneration>{}</t:DailyRegeneration><t:NoEndRecurrence>{}</t:NoEndRecurrence>",
            element("Interval", &days.to_string()),
            element("StartDate", first)
        );
        self.with("task:IsRecurring", "true")
            .within("task:Recurrence", &inner)
    }
}

/// A private list. Members: name, address and mailbox type, such as `OneOff`, `Contact`, `PublicDL`.
pub fn list(name: &str, members: &[(&str, &str, &str)]) -> Item {
    let inner: String = members
        .iter()
        .enumerate()
        .map(|(number, (name, address, kind))| {
            let routing = if address.starts_with("/o=") { "EX" } else { "SMTP" };
            format!(
                "<t:Member Key=\"key-{number}\"><t:Mailbox>{}{}{}{}</t:Mailbox>{}</t:Member>",
                element("Name", name),
                element("EmailAddress", address),
                element("RoutingType", routing),
                element("MailboxType", kind),
                element("Status", "Normal")
            )
        })
        .collect();
    Item::new(Kind::DistributionList, "IPM.DistList")
        .with("item:Subject", name)
        .with("contacts:DisplayName", name)
        .with("contacts:FileAs", name)
        .with("contacts:ContactSource", "Store")
        .within("distributionlist:Members", &inner)
}

/// A task with a status such as `InProgress`.
pub fn task(subject: &str, status: &str, percent: u32) -> Item {
    let done = if status == "Completed" { "true" } else { "false" };
    Item::new(Kind::Task, "IPM.Task")
        .with("item:Subject", subject)
        .with("item:ReminderIsSet", "false")
        .with("task:ChangeCount", "1")
        .with("task:DelegationState", "NoMatch")
        .with("task:IsAssignmentEditable", "0")
        .with("task:IsComplete", done)
        .with("task:IsRecurring", "false")
        .with("task:IsTeamTask", "false")
        .with("task:PercentComplete", &percent.to_string())
        .with("task:Status", status)
}

/// A sticky note of a colour: 0 blue, 1 green, 2 pink, 3 yellow, 4 white. It comes as a message without people.
pub fn note(text: &str, color: i32) -> Item {
    let set = "0006200e-0000-0000-c000-000000000046".to_owned();
    Item::new(Kind::Message, "IPM.StickyNote")
        .with("item:Subject", text.lines().next().unwrap_or_default())
        .with("message:IsRead", "true")
        .text(text)
        .mime(format!(
            "Subject: {}\r\nMIME-Version: 1.0\r\n{}",
            super::mime::word(text.lines().next().unwrap_or_default()),
            super::mime::part("text/plain; charset=\"utf-8\"", "", text.as_bytes())
        ))
        .extended(ExtendedName::Number(set, 0x8b00), Extended::Integer(color))
}

/// A journal entry of a type such as `Phone call`.
pub fn journal(subject: &str, kind: &str, start: &str, end: &str) -> Item {
    let set = "0006200a-0000-0000-c000-000000000046".to_owned();
    Item::new(Kind::Item, "IPM.Activity")
        .with("item:Subject", subject)
        .extended(
            ExtendedName::Number(set.clone(), 0x8700),
            Extended::Text(kind.to_owned()),
        )
        .extended(
            ExtendedName::Number(set.clone(), 0x8706),
            Extended::Time(start.to_owned()),
        )
        .extended(ExtendedName::Number(set, 0x8708), Extended::Time(end.to_owned()))
}

/// A post in a folder, made of mail.
pub fn post(mail: Item) -> Item {
    let mut item = mail.with("item:ItemClass", "IPM.Post");
    item.kind = Kind::PostItem;
    item.fields.retain(|uri, _| !uri.contains("Recipients"));
    item
}

/// An invitation in a mail folder, made of mail.
pub fn invitation(mail: Item, start: &str, end: &str) -> Item {
    let mut item = mail
        .with("item:ItemClass", "IPM.Schedule.Meeting.Request")
        .with("meeting:IsDelegated", "false")
        .with("meeting:IsOutOfDate", "false")
        .with("meeting:HasBeenProcessed", "true")
        .with("meeting:ResponseType", "NoResponseReceived")
        .with("meetingRequest:MeetingRequestType", "NewMeetingRequest")
        .with("meetingRequest:IntendedFreeBusyStatus", "Busy")
        .with("calendar:Start", start)
        .with("calendar:End", end);
    item.kind = Kind::MeetingRequest;
    item
}
