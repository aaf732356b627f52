//! What a folder is for: by its own class, and by names in English and Russian.

/// What a folder is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum Role {
    /// Received mail.
    Inbox,
    /// Sent mail.
    Sent,
    /// Mail that is being written.
    Drafts,
    /// Mail that waits to be sent.
    Outbox,
    /// Deleted items.
    Trash,
    /// Unwanted mail.
    Junk,
    /// Mail that was set aside.
    Archive,
    /// Appointments.
    Calendar,
    /// Contacts.
    Contacts,
    /// Tasks.
    Tasks,
    /// Notes.
    Notes,
    /// The journal.
    Journal,
    /// Items that were deleted for good, as exports of mailboxes hold them.
    RecoverableItems,
}

impl Role {
    /// The name in reports.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::Drafts => "drafts",
            Self::Outbox => "outbox",
            Self::Trash => "trash",
            Self::Junk => "junk",
            Self::Archive => "archive",
            Self::Calendar => "calendar",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::Journal => "journal",
            Self::RecoverableItems => "recoverable-items",
        }
    }

    /// By the class of a container (property 0x3613).
    pub(crate) fn of_class(class: &str) -> Option<Self> {
        let class = class.to_ascii_lowercase();
        Some(match class.as_str() {
            "ipf.appointment" => Self::Calendar,
            "ipf.contact" => Self::Contacts,
            "ipf.task" => Self::Tasks,
            "ipf.stickynote" => Self::Notes,
            "ipf.journal" => Self::Journal,
            _ => return None,
        })
    }

    /// By the name of a folder of mail, as Outlook and Exchange write it in English and Russian.
    pub(crate) fn of_name(name: &str) -> Option<Self> {
        let name = name.to_lowercase();
        Some(match name.as_str() {
            "inbox" | "входящие" => Self::Inbox,
            "sent items" | "sent" | "отправленные" => Self::Sent,
            "drafts" | "черновики" => Self::Drafts,
            "outbox" | "исходящие" => Self::Outbox,
            "deleted items" | "trash" | "удаленные" | "удалённые" => Self::Trash,
            "junk e-mail" | "junk email" | "нежелательная почта" => Self::Junk,
            "archive" | "архив" => Self::Archive,
            "recoverable items" | "элементы для восстановления" => {
                Self::RecoverableItems
            }
            _ => return None,
        })
    }
}
