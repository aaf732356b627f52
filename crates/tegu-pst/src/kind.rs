//! What kind of thing an item is, by its class.

/// What kind of thing an item is.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[cfg_attr(feature = "serde", derive(serde::Serialize), serde(rename_all = "kebab-case"))]
#[non_exhaustive]
pub enum Kind {
    /// Mail, reports and posts.
    Mail,
    /// A request, an answer or a cancellation of a meeting: mail with a part for a calendar.
    Meeting,
    /// An appointment.
    Appointment,
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
    /// The kind of a class, such as `IPM.Note`. Classes are compared without case, and a class includes those that it is a prefix of.
    #[must_use]
    pub fn of(class: &str) -> Self {
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
            ("report", Self::Mail),
            ("ipm.schedule.meeting", Self::Meeting),
            ("ipm.appointment", Self::Appointment),
            ("ipm.contact", Self::Contact),
            ("ipm.distlist", Self::List),
            ("ipm.task", Self::Task),
            ("ipm.stickynote", Self::Note),
            ("ipm.activity", Self::Journal),
        ];
        let found = kinds.iter().find(|(prefix, _)| is(prefix)).map(|(_, kind)| *kind);
        // A class of nothing but `IPM` is mail (the class for which a delivery store names its folder).
        found.unwrap_or(if class == "ipm" { Self::Mail } else { Self::Other })
    }

    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Meeting => "meeting",
            Self::Appointment => "appointment",
            Self::Contact => "contact",
            Self::List => "list",
            Self::Task => "task",
            Self::Note => "note",
            Self::Journal => "journal",
            Self::Other => "other",
        }
    }

    /// Whether it is delivered as a message.
    #[must_use]
    pub fn is_mail(self) -> bool {
        matches!(self, Self::Mail | Self::Meeting)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_include_those_below_them() {
        for (class, kind) in [
            ("IPM.Note", Kind::Mail),
            ("ipm.note.SMIME.MultipartSigned", Kind::Mail),
            ("IPM.NoteX", Kind::Other),
            ("REPORT.IPM.Note.NDR", Kind::Mail),
            ("IPM.Schedule.Meeting.Resp.Pos", Kind::Meeting),
            ("IPM.DistList", Kind::List),
            ("IPM.TaskRequest", Kind::Other),
            ("", Kind::Other),
        ] {
            assert_eq!(Kind::of(class), kind, "{class}");
        }
    }
}
