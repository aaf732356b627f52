//! What kind of thing an item is.

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Kind {
    /// Mail, reports, posts, and requests for meetings and tasks.
    Mail,
    /// An appointment or a meeting of a calendar.
    Event,
    /// A contact.
    Contact,
    /// A private list of contacts.
    List,
    /// A task.
    Task,
    /// A note.
    Note,
    /// An entry of the journal.
    Journal,
    /// Something else, which a person has to look at.
    Other,
}

impl Kind {
    /// All kinds.
    pub const ALL: [Self; 8] = [
        Self::Mail,
        Self::Event,
        Self::Contact,
        Self::List,
        Self::Task,
        Self::Note,
        Self::Journal,
        Self::Other,
    ];

    /// Returns the kind of an item by its class, compared without case, and by the element of the schema where the class says nothing.
    #[must_use]
    pub fn of(class: &str, element: &str) -> Self {
        let class = class.to_ascii_lowercase();
        let is = |prefix: &str| {
            class
                .strip_prefix(prefix)
                .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let kinds = [
            ("ipm.note", Self::Mail),
            ("ipm.post", Self::Mail),
            ("ipm.recall", Self::Mail),
            ("ipm.outlook.recall", Self::Mail),
            ("ipm.sharing", Self::Mail),
            ("ipm.schedule.meeting", Self::Mail),
            ("ipm.taskrequest", Self::Mail),
            ("report", Self::Mail),
            ("ipm.appointment", Self::Event),
            ("ipm.contact", Self::Contact),
            ("ipm.distlist", Self::List),
            ("ipm.task", Self::Task),
            ("ipm.stickynote", Self::Note),
            ("ipm.activity", Self::Journal),
        ];
        if let Some((_, kind)) = kinds.iter().find(|(prefix, _)| is(prefix)) {
            return *kind;
        }
        match element {
            "CalendarItem" => Self::Event,
            "Contact" => Self::Contact,
            "DistributionList" => Self::List,
            "Task" => Self::Task,
            "MeetingRequest" | "MeetingResponse" | "MeetingCancellation" | "MeetingMessage" | "PostItem" => {
                Self::Mail
            }
            // The schema gives items of unknown classes as messages; one without any class is mail.
            _ if class.is_empty() || class == "ipm" => Self::Mail,
            _ => Self::Other,
        }
    }

    /// Returns the name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Event => "event",
            Self::Contact => "contact",
            Self::List => "list",
            Self::Task => "task",
            Self::Note => "note",
            Self::Journal => "journal",
            Self::Other => "other",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_class_decides_before_the_element() {
        for (class, element, kind) in [
            ("IPM.Note.SMIME", "Message", Kind::Mail),
            ("REPORT.IPM.Note.NDR", "Message", Kind::Mail),
            ("IPM.Schedule.Meeting.Resp.Pos", "MeetingResponse", Kind::Mail),
            ("ipm.stickynote", "Message", Kind::Note),
            ("IPM.Activity", "Item", Kind::Journal),
            ("IPM.TaskRequest.Accept", "Message", Kind::Mail),
            ("IPM.Task", "Task", Kind::Task),
            ("", "CalendarItem", Kind::Event),
            ("", "Message", Kind::Mail),
            ("IPM.Vendor.Thing", "Message", Kind::Other),
            ("IPM.NoteX", "Message", Kind::Other),
        ] {
            assert_eq!(Kind::of(class, element), kind, "{class} {element}");
        }
    }
}
