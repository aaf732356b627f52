//! What a folder is for, by its name: Exchange says so in no other way over IMAP.

use unicode_normalization::UnicodeNormalization;

use super::SpecialUse;

/// What a folder is for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum FolderRole {
    /// Arriving mail.
    Inbox,
    /// Sent messages.
    Sent,
    /// Messages waiting to be sent.
    Outbox,
    /// Drafts.
    Drafts,
    /// Deleted messages.
    Trash,
    /// Spam.
    Junk,
    /// The archive.
    Archive,
    /// Events; no mail.
    Calendar,
    /// Address book; no mail.
    Contacts,
    /// To-dos; no mail.
    Tasks,
    /// Notes; no mail.
    Notes,
    /// Outlook's journal; no mail.
    Journal,
    /// Outlook's own records (synchronisation problems, chats, feeds, settings); no mail of the user's.
    System,
}

impl FolderRole {
    /// Whether folders of this role hold something other than mail.
    pub fn is_non_mail(self) -> bool {
        use FolderRole::*;
        matches!(self, Calendar | Contacts | Tasks | Notes | Journal | System)
    }

    /// The special use that says the same, where there is one.
    pub fn special_use(self) -> Option<SpecialUse> {
        Some(match self {
            Self::Sent => SpecialUse::Sent,
            Self::Drafts => SpecialUse::Drafts,
            Self::Trash => SpecialUse::Trash,
            Self::Junk => SpecialUse::Junk,
            Self::Archive => SpecialUse::Archive,
            _ => return None,
        })
    }

    /// The role that a special use says. `\All` and `\Flagged` are views, not folders, and have none.
    pub fn from_special_use(special_use: SpecialUse) -> Option<Self> {
        Some(match special_use {
            SpecialUse::Sent => Self::Sent,
            SpecialUse::Drafts => Self::Drafts,
            SpecialUse::Trash => Self::Trash,
            SpecialUse::Junk => Self::Junk,
            SpecialUse::Archive => Self::Archive,
            SpecialUse::All | SpecialUse::Flagged => return None,
        })
    }
}

/// Names in lower case and NFC: Exchange's and Outlook's own in Russian, English and the languages of neighbours, and
/// those of common IMAP clients.
const NAMES: &[(FolderRole, &[&str])] = &[
    (
        FolderRole::Inbox,
        &[
            "inbox",
            "входящие",
            "вхідні",
            "уваходныя",
            "кіріс",
            "posteingang",
            "boîte de réception",
            "odebrane",
        ],
    ),
    (
        FolderRole::Sent,
        &[
            "sent",
            "sent items",
            "sent messages",
            "sent mail",
            "отправленные",
            "отправленные сообщения",
            "отправленные письма",
            "надіслані",
            "адпраўленыя",
            "gesendete elemente",
            "gesendete objekte",
            "éléments envoyés",
            "elementy wysłane",
            "elementos enviados",
        ],
    ),
    (
        FolderRole::Outbox,
        &["outbox", "исходящие", "вихідні", "postausgang", "boîte d'envoi"],
    ),
    (
        FolderRole::Drafts,
        &[
            "draft",
            "drafts",
            "черновики",
            "чернетки",
            "чарнавікі",
            "entwürfe",
            "brouillons",
            "kopie robocze",
        ],
    ),
    (
        FolderRole::Trash,
        &[
            "trash",
            "deleted items",
            "deleted messages",
            "deleted",
            "удаленные",
            "удалённые",
            "удаленные сообщения",
            "удалённые сообщения",
            "корзина",
            "видалені",
            "выдаленыя",
            "gelöschte elemente",
            "éléments supprimés",
            "elementy usunięte",
        ],
    ),
    (
        FolderRole::Junk,
        &[
            "junk",
            "junk e-mail",
            "junk email",
            "junk mail",
            "spam",
            "нежелательная почта",
            "спам",
            "небажана пошта",
            "junk-e-mail",
            "courrier indésirable",
            "wiadomości-śmieci",
        ],
    ),
    (FolderRole::Archive, &["archive", "архив", "архів", "archiv"]),
    (
        FolderRole::Calendar,
        &[
            "calendar",
            "календарь",
            "календар",
            "kalender",
            "calendrier",
            "kalendarz",
        ],
    ),
    (
        FolderRole::Contacts,
        &[
            "contacts",
            "suggested contacts",
            "recipient cache",
            "контакты",
            "предлагаемые контакты",
            "рекомендуемые контакты",
            "контакти",
            "kontakte",
            "kontakty",
        ],
    ),
    (
        FolderRole::Tasks,
        &["tasks", "задачи", "завдання", "aufgaben", "tâches", "zadania"],
    ),
    (
        FolderRole::Notes,
        &["notes", "заметки", "нотатки", "notizen", "notatki"],
    ),
    (
        FolderRole::Journal,
        &["journal", "дневник", "журнал", "щоденник", "dziennik"],
    ),
    (
        FolderRole::System,
        &[
            "sync issues",
            "ошибки синхронизации",
            "проблемы синхронизации",
            "conversation history",
            "журнал бесед",
            "conversation action settings",
            "параметры действий для бесед",
            "quick step settings",
            "параметры быстрых действий",
            "news feed",
            "лента новостей",
            "rss feeds",
            "rss subscriptions",
            "rss-каналы",
            "rss-подписки",
            "yammer root",
        ],
    ),
];

/// What a folder of this name, one level of a path, is for; `None` for a folder of the user's own.
///
/// ```
/// use tegu_imap::mailbox::{FolderRole, role_of};
///
/// assert_eq!(role_of("Отправленные"), Some(FolderRole::Sent));
/// assert_eq!(role_of("Junk E-mail"), Some(FolderRole::Junk));
/// assert_eq!(role_of("Договоры"), None);
/// ```
pub fn role_of(name: &str) -> Option<FolderRole> {
    let key: String = name.trim().nfc().flat_map(char::to_lowercase).collect();
    NAMES
        .iter()
        .find(|(_, names)| names.contains(&key.as_str()))
        .map(|(role, _)| *role)
}

/// Whether a folder of this name holds something other than mail, as Exchange shows its calendar, contacts, tasks,
/// notes and journal over IMAP.
pub fn is_non_mail(name: &str) -> bool {
    role_of(name).is_some_and(FolderRole::is_non_mail)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_normal_form_do_not_matter() {
        let decomposed: String = "УДАЛЁННЫЕ".nfd().collect();
        assert_eq!(role_of(&decomposed), Some(FolderRole::Trash));
        assert_eq!(role_of(" sent items "), Some(FolderRole::Sent));
    }

    #[test]
    fn names_are_listed_once_and_in_the_form_they_are_looked_up_in() {
        let mut seen = std::collections::BTreeSet::new();
        for name in NAMES.iter().flat_map(|(_, names)| *names) {
            let key: String = name.nfc().flat_map(char::to_lowercase).collect();
            assert_eq!(&key, name);
            assert!(seen.insert(key), "{name}");
        }
    }

    #[test]
    fn calendars_are_no_mail() {
        for name in [
            "Calendar",
            "Календарь",
            "Контакты",
            "Задачи",
            "Заметки",
            "Дневник",
            "Ошибки синхронизации",
        ] {
            assert!(is_non_mail(name), "{name}");
        }
        for name in ["Входящие", "Архив", "Календарь 2"] {
            assert!(!is_non_mail(name), "{name}");
        }
    }
}
