//! What is asked of items of each kind.

use super::Kind;
use crate::{
    Version,
    request::{BodyType, ExtendedField, ItemShape},
};
use Version::{Exchange2007Sp1 as E2007, Exchange2010 as E2010, Exchange2013 as E2013};

/// What every item says of itself.
const COMMON: [(&str, Version); 9] = [
    ("item:ItemClass", E2007),
    ("item:Subject", E2007),
    ("item:Sensitivity", E2007),
    ("item:Importance", E2007),
    ("item:Categories", E2007),
    ("item:Size", E2007),
    ("item:DateTimeCreated", E2007),
    ("item:DateTimeReceived", E2007),
    ("item:LastModifiedTime", E2010),
];

const EVENT: [(&str, Version); 24] = [
    ("item:ReminderIsSet", E2007),
    ("item:ReminderMinutesBeforeStart", E2007),
    ("calendar:UID", E2007),
    ("calendar:RecurrenceId", E2007),
    ("calendar:DateTimeStamp", E2007),
    ("calendar:Start", E2007),
    ("calendar:End", E2007),
    ("calendar:OriginalStart", E2007),
    ("calendar:IsAllDayEvent", E2007),
    ("calendar:LegacyFreeBusyStatus", E2007),
    ("calendar:Location", E2007),
    ("calendar:IsMeeting", E2007),
    ("calendar:IsCancelled", E2007),
    ("calendar:CalendarItemType", E2007),
    ("calendar:MyResponseType", E2007),
    ("calendar:Organizer", E2007),
    ("calendar:RequiredAttendees", E2007),
    ("calendar:OptionalAttendees", E2007),
    ("calendar:Resources", E2007),
    ("calendar:AppointmentSequenceNumber", E2007),
    ("calendar:Recurrence", E2007),
    ("calendar:ModifiedOccurrences", E2007),
    ("calendar:DeletedOccurrences", E2007),
    ("calendar:JoinOnlineMeetingUrl", E2013),
];

const MAIL: [(&str, Version); 4] = [
    ("item:IsDraft", E2007),
    ("message:IsRead", E2007),
    ("message:InternetMessageId", E2007),
    ("item:Flag", E2013),
];

/// What is left of mail without its MIME content.
const LETTER: [(&str, Version); 9] = [
    ("message:From", E2007),
    ("message:Sender", E2007),
    ("message:ToRecipients", E2007),
    ("message:CcRecipients", E2007),
    ("message:BccRecipients", E2007),
    ("message:ReplyTo", E2007),
    ("message:References", E2007),
    ("item:InReplyTo", E2007),
    ("item:DateTimeSent", E2007),
];

/// Message flags, last verb, flag status, and the UID by which IMAP knows the item.
const MAIL_EXTENDED: [u16; 4] = [0x0e07, 0x1081, 0x1090, 0x0e23];

impl ItemShape {
    /// Returns what is asked of items of this kind.
    #[must_use]
    pub fn of(kind: Kind, version: Version) -> Self {
        let mut shape = Self {
            fields: COMMON.to_vec(),
            ..Self::default()
        };
        match kind {
            Kind::Mail => {
                shape.mime = true;
                shape.fields.extend(MAIL);
                shape
                    .extended
                    .extend(MAIL_EXTENDED.map(|tag| ExtendedField::Tag(tag, "Integer")));
                return shape;
            }
            Kind::Other => return shape,
            _ => {}
        }
        if matches!(kind, Kind::Contact | Kind::List | Kind::Task) {
            // Their MIME is not to be relied on; all their properties are wanted.
            shape.all = true;
        }
        if kind == Kind::Event {
            shape.mime = true;
            shape.fields.extend(EVENT);
            let zone = if version >= E2010 {
                "calendar:StartTimeZone"
            } else {
                "calendar:MeetingTimeZone"
            };
            shape.fields.push((zone, E2007));
        }
        if kind == Kind::List {
            shape.fields.push(("distributionlist:Members", E2010));
        }
        shape.with_text(version)
    }

    /// Returns what is asked of a message of which the server makes no MIME content.
    #[must_use]
    pub fn without_mime(version: Version) -> Self {
        let mut shape = Self::of(Kind::Mail, version);
        shape.mime = false;
        shape.fields.extend(LETTER);
        shape.with_text(version)
    }

    /// Asks for the text and the attachments too.
    fn with_text(mut self, version: Version) -> Self {
        self.fields.push(("item:Attachments", E2007));
        self.fields.push(("item:Body", E2007));
        // From 2013 on both forms of the text come at once.
        self.body = Some(if version >= E2013 {
            BodyType::Html
        } else {
            BodyType::Text
        });
        self.fields.push(("item:TextBody", E2013));
        self
    }
}
