//! What a folder is for, by its name: Exchange says so in no other way over IMAP.

use unicode_normalization::UnicodeNormalization as _;

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
    /// What its owner deleted for good, as exports of Exchange's mailboxes hold it.
    RecoverableItems,
}

impl FolderRole {
    /// The name in reports, such as `sent`.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Inbox => "inbox",
            Self::Sent => "sent",
            Self::Outbox => "outbox",
            Self::Drafts => "drafts",
            Self::Trash => "trash",
            Self::Junk => "junk",
            Self::Archive => "archive",
            Self::Calendar => "calendar",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
            Self::Journal => "journal",
            Self::System => "system",
            Self::RecoverableItems => "recoverable-items",
        }
    }

    /// Whether folders of this role hold something other than mail.
    pub fn is_non_mail(self) -> bool {
        use FolderRole::*;
        matches!(self, Calendar | Contacts | Tasks | Notes | Journal | System)
    }

    /// The role of a folder by its name, one level of a path; `None` for a folder of the user's own.
    ///
    /// ```
    /// use tegu_message::FolderRole;
    ///
    /// assert_eq!(FolderRole::of_name("Отправленные"), Some(FolderRole::Sent));
    /// assert_eq!(FolderRole::of_name("Junk E-mail"), Some(FolderRole::Junk));
    /// assert_eq!(FolderRole::of_name("Договоры"), None);
    /// ```
    pub fn of_name(name: &str) -> Option<Self> {
        let key: String = name
            .trim()
            .nfc()
            .flat_map(char::to_lowercase)
            .map(|c| if c == '\u{2019}' { '\'' } else { c })
            .collect();
        NAMES
            .iter()
            .find(|(_, names)| names.split('|').any(|name| name == key))
            .map(|(role, _)| *role)
    }
}

/// Names in lower case and NFC, with a plain apostrophe, parted by `|`: Exchange's and Outlook's own in Russian, English
/// and the languages of neighbours and of Europe, and those of common IMAP clients. Words that are likelier to be a
/// folder of the user's own, such as the Italian name of Notes, are left out.
const NAMES: &[(FolderRole, &str)] = &[
    (
        FolderRole::Inbox,
        "inbox|входящие|вхідні|уваходныя|входящи|кіріс|posteingang|boîte de réception|\
         bandeja de entrada|posta in arrivo|caixa de entrada|postvak in|odebrane|\
         skrzynka odbiorcza|doručená pošta|inkorgen|indbakke|innboks|saapuneet|gelen kutusu|\
         sisendkaust|iesūtne|gautieji|beérkezett üzenetek|mesaje primite|受信トレイ|收件箱|받은 편지함",
    ),
    (
        FolderRole::Sent,
        "sent|sent items|sent messages|sent mail|отправленные|отправленные сообщения|\
         отправленные письма|надіслані|адпраўленыя|изпратени|изпратени елементи|жіберілгендер|\
         gesendete elemente|gesendete objekte|gesendet|éléments envoyés|elementos enviados|\
         posta inviata|itens enviados|verzonden items|elementy wysłane|odeslaná pošta|skickat|\
         skickade objekt|sendt post|sendte elementer|sendt e-post|lähetetyt|gönderilmiş öğeler|\
         saadetud üksused|nosūtītie vienumi|išsiųsti laiškai|išsiųsti elementai|elküldött elemek|\
         elemente trimise|送信済みアイテム|已发送邮件|보낸 편지함",
    ),
    (
        FolderRole::Outbox,
        "outbox|исходящие|вихідні|выходныя|изходящи|шығыс|postausgang|boîte d'envoi|\
         bandeja de salida|posta in uscita|caixa de saída|postvak uit|skrzynka nadawcza|\
         pošta k odeslání|utkorgen|udbakke|utboks|lähtevät|giden kutusu|väljundkaust|izsūtne|\
         postázandó üzenetek|送信トレイ|发件箱|보낼 편지함",
    ),
    (
        FolderRole::Drafts,
        "draft|drafts|черновики|чернетки|чарнавікі|чернови|entwürfe|brouillons|borradores|bozze|\
         rascunhos|concepten|kopie robocze|wersje robocze|koncepty|utkast|kladder|kladd|\
         luonnokset|taslaklar|mustandid|melnraksti|juodraščiai|piszkozatok|ciorne|schițe|下書き|草稿|\
         임시 보관함",
    ),
    (
        FolderRole::Trash,
        "trash|deleted items|deleted messages|deleted|удаленные|удалённые|удаленные сообщения|\
         удалённые сообщения|корзина|видалені|выдаленыя|изтрити|изтрити елементи|жойылғандар|\
         gelöschte elemente|gelöschte objekte|papierkorb|éléments supprimés|elementos eliminados|\
         posta eliminata|itens excluídos|itens eliminados|verwijderde items|elementy usunięte|\
         odstraněná pošta|borttaget|slettet post|slettede elementer|poistetut|silinmiş öğeler|\
         kustutatud üksused|izdzēstie vienumi|panaikinti elementai|törölt elemek|elemente șterse|\
         削除済みアイテム|已删除邮件|지운 편지함",
    ),
    (
        FolderRole::Junk,
        "junk|junk e-mail|junk email|junk mail|spam|нежелательная почта|спам|небажана пошта|\
         непажаданая пошта|нежелана поща|junk-e-mail|courrier indésirable|correo no deseado|\
         correo electrónico no deseado|posta indesiderata|lixo eletrônico|lixo eletrónico|\
         ongewenste e-mail|wiadomości-śmieci|nevyžádaná pošta|skräppost|uønsket mail|søppelpost|\
         roskaposti|gereksiz e-posta|rämpspost|nevēlamais pasts|levélszemét|e-mail nedorit|迷惑メール|\
         垃圾邮件|정크 메일",
    ),
    (
        FolderRole::Archive,
        "archive|архив|архів|архіў|мұрағат|archiv|archivo|archivio|archief|archiwum|arkiv|\
         arkisto|arşiv|arhiiv|arhīvs|archyvas|archívum|arhivă|アーカイブ|存档",
    ),
    (
        FolderRole::Calendar,
        "calendar|календарь|календар|каляндар|күнтізбе|kalender|calendrier|calendario|calendário|\
         kalendarz|kalendář|kalenteri|takvim|kalendārs|kalendorius|naptár|予定表|日历|일정",
    ),
    (
        FolderRole::Contacts,
        "contacts|suggested contacts|recipient cache|контакты|предлагаемые контакты|\
         рекомендуемые контакты|контакти|кантакты|контактілер|kontakte|contactos|contatti|\
         contatos|contactpersonen|kontakty|kontakter|yhteystiedot|kişiler|kontaktid|\
         kontaktpersonas|kontaktai|névjegyek|persoane de contact|連絡先|联系人|연락처",
    ),
    (
        FolderRole::Tasks,
        "tasks|задачи|завдання|задачы|тапсырмалар|aufgaben|tâches|tareas|tarefas|zadania|úkoly|\
         uppgifter|opgaver|oppgaver|tehtävät|görevler|ülesanded|uzdevumi|užduotys|feladatok|\
         sarcini|タスク|任务|작업",
    ),
    (
        FolderRole::Notes,
        "notes|заметки|нотатки|нататкі|бележки|ескертпелер|notizen|notas|anotações|notities|\
         notatki|poznámky|anteckningar|muistilaput|notlar|märkmed|piezīmes|feljegyzések|メモ|便笺|메모",
    ),
    (
        FolderRole::Journal,
        "journal|дневник|журнал|щоденник|күнделік|diario|diário|logboek|dziennik|deník|\
         päiväkirja|päevik|žurnāls|napló|履歴|日记|업무 일지",
    ),
    (
        FolderRole::System,
        "sync issues|ошибки синхронизации|проблемы синхронизации|проблеми синхронізації|\
         synchronisierungsprobleme|problèmes de synchronisation|conversation history|\
         журнал бесед|журнал розмов|historique des conversations|conversation action settings|\
         параметры действий для бесед|einstellungen für unterhaltungsaktionen|\
         paramètres des actions de conversation|quick step settings|параметры быстрых действий|\
         quickstep-einstellungen|news feed|лента новостей|rss feeds|rss subscriptions|rss-каналы|\
         rss-подписки|rss-канали|rss-feeds|rss-abonnements|flux rss|fuentes rss|yammer root|\
         externalcontacts|personmetadata",
    ),
    (
        FolderRole::RecoverableItems,
        "recoverable items|элементы для восстановления",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn letter_case_and_normal_form_do_not_matter() {
        let decomposed: String = "УДАЛЁННЫЕ".nfd().collect();
        assert_eq!(FolderRole::of_name(&decomposed), Some(FolderRole::Trash));
        assert_eq!(FolderRole::of_name(" sent items "), Some(FolderRole::Sent));
    }

    #[test]
    fn names_are_listed_once_and_in_the_form_they_are_looked_up_in() {
        let mut seen = std::collections::BTreeSet::new();
        for name in NAMES.iter().flat_map(|(_, names)| names.split('|')) {
            let key: String = name.nfc().flat_map(char::to_lowercase).collect();
            assert_eq!(key, name.trim());
            assert!(seen.insert(key), "{name}");
        }
    }

    /// The default folders as Exchange creates them, language by language.
    #[test]
    fn default_folders_in_many_languages() {
        use FolderRole::*;
        let roles = [
            Inbox, Sent, Drafts, Trash, Junk, Outbox, Calendar, Contacts, Tasks, Notes,
        ];
        for (language, names) in [
            (
                "en",
                "Inbox|Sent Items|Drafts|Deleted Items|Junk E-mail|Outbox|Calendar|Contacts|Tasks|Notes",
            ),
            (
                "ru",
                "Входящие|Отправленные|Черновики|Удаленные|Нежелательная почта|Исходящие|Календарь|Контакты|Задачи|Заметки",
            ),
            (
                "uk",
                "Вхідні|Надіслані|Чернетки|Видалені|Небажана пошта|Вихідні|Календар|Контакти|Завдання|Нотатки",
            ),
            (
                "be",
                "Уваходныя|Адпраўленыя|Чарнавікі|Выдаленыя|Непажаданая пошта|Выходныя|Каляндар|Кантакты|Задачы|Нататкі",
            ),
            (
                "de",
                "Posteingang|Gesendete Elemente|Entwürfe|Gelöschte Elemente|Junk-E-Mail|Postausgang|Kalender|Kontakte|Aufgaben|Notizen",
            ),
            (
                "fr",
                "Boîte de réception|Éléments envoyés|Brouillons|Éléments supprimés|Courrier indésirable|Boîte d\u{2019}envoi|Calendrier|Contacts|Tâches|Notes",
            ),
            (
                "es",
                "Bandeja de entrada|Elementos enviados|Borradores|Elementos eliminados|Correo no deseado|Bandeja de salida|Calendario|Contactos|Tareas|Notas",
            ),
            (
                "pl",
                "Skrzynka odbiorcza|Elementy wysłane|Wersje robocze|Elementy usunięte|Wiadomości-śmieci|Skrzynka nadawcza|Kalendarz|Kontakty|Zadania|Notatki",
            ),
            (
                "tr",
                "Gelen Kutusu|Gönderilmiş Öğeler|Taslaklar|Silinmiş Öğeler|Gereksiz E-posta|Giden Kutusu|Takvim|Kişiler|Görevler|Notlar",
            ),
            (
                "zh",
                "收件箱|已发送邮件|草稿|已删除邮件|垃圾邮件|发件箱|日历|联系人|任务|便笺",
            ),
        ] {
            for (name, role) in names.split('|').zip(roles) {
                assert_eq!(FolderRole::of_name(name), Some(role), "{language}: {name}");
            }
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
            assert!(
                FolderRole::of_name(name).is_some_and(FolderRole::is_non_mail),
                "{name}"
            );
        }
        for name in ["Входящие", "Архив", "Календарь 2"] {
            assert!(
                !FolderRole::of_name(name).is_some_and(FolderRole::is_non_mail),
                "{name}"
            );
        }
    }
}
