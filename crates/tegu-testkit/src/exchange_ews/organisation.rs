//! Mailboxes ready made: the folders that every one has, and an organisation from a seed.

use super::fault::Fault;
use super::fields::Kind;
use super::item::{Attachment, Damage, Item};
use super::mail::Mail;
use super::model::{Folder, Mailbox};

/// Distinguished name, class, English name, Russian name.
const STANDARD: &[(&str, &str, &str, &str)] = &[
    ("inbox", "IPF.Note", "Inbox", "Входящие"),
    ("drafts", "IPF.Note", "Drafts", "Черновики"),
    ("sentitems", "IPF.Note", "Sent Items", "Отправленные"),
    ("deleteditems", "IPF.Note", "Deleted Items", "Удаленные"),
    ("junkemail", "IPF.Note", "Junk Email", "Нежелательная почта"),
    ("outbox", "IPF.Note", "Outbox", "Исходящие"),
    ("calendar", "IPF.Appointment", "Calendar", "Календарь"),
    ("contacts", "IPF.Contact", "Contacts", "Контакты"),
    ("tasks", "IPF.Task", "Tasks", "Задачи"),
    ("notes", "IPF.StickyNote", "Notes", "Заметки"),
    ("journal", "IPF.Journal", "Journal", "Дневник"),
    (
        "conversationhistory",
        "IPF.Note",
        "Conversation History",
        "Журнал бесед",
    ),
    ("searchfolders", "IPF.Note", "Finder", "Finder"),
    (
        "recoverableitemsroot",
        "",
        "Recoverable Items",
        "Recoverable Items",
    ),
];

/// Name, class and whether hidden: what Exchange and Outlook keep beside people's folders.
const SYSTEM: &[(&str, &str, bool)] = &[
    ("Conversation Action Settings", "IPF.Configuration", true),
    ("Quick Step Settings", "IPF.Configuration", true),
    ("PersonMetadata", "IPF.Contact.PersonMetadata", true),
    (
        "ExternalContacts",
        "IPF.Contact.PeopleCentricConversationBuddies",
        true,
    ),
];

/// Gives a mailbox the folders that every one has.
pub(super) fn standard(mut mailbox: Mailbox, russian: bool) -> Mailbox {
    for (distinguished, class, english, own) in STANDARD {
        let name = if russian { own } else { english };
        let mut folder = Folder::new(name).class(class).distinguished(distinguished);
        if *distinguished == "recoverableitemsroot" {
            folder = folder.folder(Folder::new("Deletions").distinguished("recoverableitemsdeletions"));
        }
        if *distinguished == "contacts" {
            for (name, class) in [
                ("Recipient Cache", "IPF.Contact.RecipientCache"),
                ("GAL Contacts", "IPF.Contact.GalContacts"),
            ] {
                folder = folder.folder(Folder::new(name).class(class).hidden());
            }
        }
        mailbox = mailbox.folder(folder);
    }
    for (name, class, hidden) in SYSTEM {
        let folder = Folder::new(name).class(class);
        mailbox = mailbox.folder(if *hidden { folder.hidden() } else { folder });
    }
    mailbox
}

/// Mail that arrives while a folder is listed.
pub(super) fn arrival(number: u64) -> Item {
    Mail::new(
        &format!("Пришло во время чтения {number}"),
        "2024-06-30T12:00:00Z",
    )
    .from("Сторож", "watch@corp.example")
    .text("Новое письмо.")
    .item()
}

/// Lets a described mailbox have what a fault is about.
pub(super) fn spoil(mailbox: &mut Mailbox, fault: Fault) {
    for folder in &mut mailbox.folders {
        spoil_folder(folder, fault);
    }
    if fault == Fault::Oversized {
        let large = vec![b'x'; 48 << 20];
        let mail = Mail::new("Большое вложение", "2024-06-01T12:00:00Z")
            .from("Завод", "plant@corp.example")
            .text("См. вложение.")
            .attach(Attachment::file("large.bin", "application/octet-stream", large));
        if let Some(inbox) = mailbox
            .folders
            .iter_mut()
            .find(|folder| folder.distinguished.as_deref() == Some("inbox"))
        {
            inbox.items.push(mail.item());
        }
    }
}

fn spoil_folder(folder: &mut Folder, fault: Fault) {
    for (number, item) in folder.items.iter_mut().enumerate() {
        spoil_item(item, fault);
        if number == 2 {
            item.damage = match fault {
                Fault::Gone => Some(Damage::Gone),
                Fault::Corrupt => Some(Damage::Corrupt),
                Fault::NoMime if item.kind.has_mime() => Some(Damage::NoMime),
                _ => item.damage,
            };
        }
    }
    for below in &mut folder.folders {
        spoil_folder(below, fault);
    }
}

fn spoil_item(item: &mut Item, fault: Fault) {
    let taken = std::mem::replace(item, Item::new(Kind::Item, ""));
    let subject = taken.value("item:Subject").unwrap_or_default();
    let text = taken.text.clone();
    let event = taken.kind == Kind::CalendarItem;
    *item = match fault {
        Fault::Characters => taken
            .with("item:Subject", &format!("{subject}\u{1a}"))
            .text(&format!("\u{b}{text}\u{0}")),
        Fault::NoEndVcalendar if event => edit(taken, |mime| mime.replace("END:VCALENDAR\r\n", "")),
        Fault::AttachCid if event => edit(taken, |mime| {
            mime.replace("CLASS:", "ATTACH:CID:4F1A2B3C@corp.example\r\nCLASS:")
        }),
        Fault::AllDayShift if taken.value("calendar:IsAllDayEvent").as_deref() == Some("true") => {
            let shift = |uri: &str, by: i64| {
                let time = taken.value(uri).unwrap_or_default();
                super::zone::utc(super::zone::seconds(&time) + by)
            };
            let (start, end) = (
                shift("calendar:Start", -9 * 3600),
                shift("calendar:End", -9 * 3600),
            );
            let zone = super::zone::KAMCHATKA;
            taken
                .with("calendar:Start", &start)
                .with("calendar:End", &end)
                .raw("calendar:StartTimeZone", zone.definition("StartTimeZone", true))
                .raw("calendar:EndTimeZone", zone.definition("EndTimeZone", true))
                .raw("calendar:MeetingTimeZone", zone.meeting())
                .with("calendar:StartTimeZoneId", zone.id)
                .with("calendar:EndTimeZoneId", zone.id)
        }
        _ => taken,
    };
}

/// Changes the calendar of an event and those of its exceptions.
fn edit(mut item: Item, change: impl Fn(String) -> String) -> Item {
    for item in
        std::iter::once(&mut item.mime).chain(item.occurrences.iter_mut().map(|(_, item)| &mut item.mime))
    {
        if let Some(calendar) = item.take() {
            *item = Some(change(String::from_utf8_lossy(&calendar).into_owned()).into_bytes());
        }
    }
    item
}
