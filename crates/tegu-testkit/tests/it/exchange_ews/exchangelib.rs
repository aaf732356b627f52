//! exchangelib, which was written against real servers, reads the stand-in and must see what was described.

use serde_json::{Value, json};
use std::process::Command;
use tegu_testkit::exchange_ews::zone::{BERLIN, CUSTOM};
use tegu_testkit::exchange_ews::{
    Attachment, Delegate, End, Event, ExchangeEws, ExchangeEwsBuilder, Folder, Item, Mail, Mailbox,
    OutOfOffice, Pattern, Permission, Rights, Settings, Version, contact, list, note, task,
};

/// What `tests/judge/exchangelib_reads.py` sees of a mailbox.
fn seen(server: &ExchangeEws, address: &str, scheme: &str, access: &str) -> Value {
    seen_of(server, address, scheme, access, None)
}

/// As [`seen`], or a part of it alone.
fn seen_of(server: &ExchangeEws, address: &str, scheme: &str, access: &str, only: Option<&str>) -> Value {
    let ca = server
        .ca()
        .map_or("-".into(), |ca| ca.to_string_lossy().into_owned());
    let output = Command::new("/usr/bin/python3")
        .arg(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/tests/judge/exchangelib_reads.py"
        ))
        .args([
            server.url(),
            server.user(),
            server.password(),
            address,
            scheme,
            access,
            &ca,
        ])
        .args(only)
        .output()
        .expect("python3");
    assert!(
        output.status.success(),
        "{}\nis python3-exchangelib there? As root, run `ci/install-debian`",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

fn digest(octets: &[u8]) -> String {
    use sha2::Digest as _;
    sha2::Sha256::digest(octets)
        .iter()
        .map(|octet| format!("{octet:02x}"))
        .collect()
}

pub(super) const MIME: &[u8] = "From: =?utf-8?B?0JjQstCw0L0=?= <ivan@corp.example>\r\nSubject: raw\r\n\r\n\u{442}\u{435}\u{43b}\u{43e}\r\n".as_bytes();
pub(super) const JPEG: &[u8] = b"\xff\xd8\xff\xe0 not a real picture \xff\xd9";

fn mail() -> Mail {
    Mail::new("Счёт & <акт>", "2024-05-01T06:00:00Z")
        .from("Иван Ёлкин", "ivan@corp.example")
        .to("Анна Каренина", "anna@corp.example")
        .to("", "list@corp.example")
        .cc("Boss", "boss@corp.example")
        .octets(MIME)
        .text("Добрый день!\r\n")
        .category("Важное")
        .category("Личное")
        .unread()
        .flagged()
        .answered()
        .imap_uid(4711)
        .attach(Attachment::file("Смета.txt", "text/plain", "рубль\r\n"))
        .attach(Attachment::file("logo.png", "image/png", &b"\x89PNG"[..]).inline("logo@1"))
        .attach(Attachment::item(
            "Старое письмо",
            Mail::new("Старое письмо", "2023-01-01T00:00:00Z").item(),
        ))
}

fn series() -> Event {
    Event::new("Планёрка", "2024-03-25T08:00:00Z", "2024-03-25T09:00:00Z")
        .zone(BERLIN)
        .location("Комната 1")
        .text("Повестка")
        .repeats(Pattern::Weekly(2, "Monday"), End::After(6))
        .organizer("Анна Каренина", "anna@corp.example", true)
        .attendee("Required", "Иван Ёлкин", "ivan@corp.example", "Accept")
        .attendee("Optional", "Гость", "guest@else.example", "NoResponseReceived")
        .attendee("Resource", "Комната 1", "room@corp.example", "Accept")
        .without("2024-04-08T07:00:00Z")
        .except(
            "2024-04-22T07:00:00Z",
            Event::new("Планёрка позже", "2024-04-22T10:00:00Z", "2024-04-22T11:00:00Z")
                .zone(BERLIN)
                .organizer("Анна Каренина", "anna@corp.example", true)
                .attendee("Required", "Новый", "new@else.example", "Decline"),
        )
        .reminder(30)
        .category("Важное")
        .uid("uid-1")
}

fn person() -> Item {
    contact("Пётр", "Объедков")
        .with("contacts:CompanyName", "ООО «Ромашка»")
        .with("contacts:Department", "Склад")
        .with("contacts:JobTitle", "Кладовщик")
        .with("contacts:Birthday", "1970-04-12T00:00:00Z")
        .strings("contacts:Children", ["Маша", "Саша"])
        .email("EmailAddress1", "Пётр", "petr@else.example")
        .email("EmailAddress2", "Пётр дома", "petr@home.example")
        .entry("contacts:PhoneNumbers", "MobilePhone", "+7 900 000-00-00")
        .postal("Home", ["ул. Ленина, 1", "Москва", "МО", "Россия", "101000"])
        .text("Заметка\r\nв две строки")
        .with("contacts:HasPicture", "true")
        .attach(Attachment::picture(JPEG))
}

pub(super) fn anna() -> Mailbox {
    let reader = Rights {
        visible: true,
        read: "FullDetails",
        ..Rights::default()
    };
    Mailbox::russian("anna@corp.example", "Анна Каренина")
        .folder(Folder::new("Проекты").folder(Folder::new("А/Б & «В»").item(mail().item())))
        .archive(Folder::new("Архив").item(mail().item()))
        .item("inbox", mail().item())
        .item("calendar", series().item())
        .item(
            "calendar",
            Event::new("Отпуск", "2024-06-30T21:00:00Z", "2024-07-14T21:00:00Z")
                .all_day()
                .busy("OOF")
                .uid("uid-2")
                .item(),
        )
        .item(
            "calendar",
            Event::new("Своё время", "2024-06-03T06:00:00Z", "2024-06-03T07:00:00Z")
                .zone(CUSTOM)
                .uid("uid-3")
                .item(),
        )
        .item(
            "calendar",
            Event::new("Врач", "2024-06-04T06:00:00Z", "2024-06-04T07:00:00Z")
                .sensitivity("Private")
                .uid("uid-4")
                .item(),
        )
        .item("contacts", person())
        .item(
            "contacts",
            list(
                "Комиссия",
                &[
                    ("Иван", "ivan@corp.example", "Mailbox"),
                    ("Гость", "guest@else.example", "OneOff"),
                ],
            ),
        )
        .item(
            "tasks",
            task("Отчёт", "WaitingOnOthers", 40)
                .with("task:StartDate", "2024-03-01T00:00:00Z")
                .with("task:DueDate", "2024-03-29T00:00:00Z")
                .with("task:Owner", "Анна Каренина")
                .text("Приложения"),
        )
        .item(
            "tasks",
            task("Цветы", "NotStarted", 0).regenerates(7, "2024-01-08"),
        )
        .item("notes", note("Ключ\r\nпод ковриком", 3))
        .change("calendar", |folder| {
            folder
                .permission(Permission::everybody(
                    "FreeBusyTimeOnly",
                    Rights {
                        read: "TimeOnly",
                        ..Rights::default()
                    },
                ))
                .permission(Permission::user("boss@corp.example", "Boss", "Reviewer", reader))
        })
        .settings(
            Settings::new()
                .categories(&[("Важное", 0)])
                .out_of_office(OutOfOffice {
                    state: "Scheduled".to_owned(),
                    audience: "Known".to_owned(),
                    duration: Some((
                        "2024-07-01T00:00:00Z".to_owned(),
                        "2024-07-15T00:00:00Z".to_owned(),
                    )),
                    internal: "Я в отпуске".to_owned(),
                    external: "I am away".to_owned(),
                })
                .delegate(Delegate {
                    address: "boss@corp.example".to_owned(),
                    name: "Boss".to_owned(),
                    levels: ["Editor", "None", "Reviewer", "Author", "", "Custom"],
                    copies: true,
                    private: false,
                })
                .delegate(Delegate {
                    address: "vera@corp.example".to_owned(),
                    name: "Вера".to_owned(),
                    levels: ["Reviewer", "", "", "", "Editor", ""],
                    copies: false,
                    private: true,
                }),
        )
}

pub(super) fn server() -> ExchangeEwsBuilder {
    ExchangeEws::builder()
        .mailbox(Mailbox::new("boss@corp.example", "Boss"))
        .group(
            "all@corp.example",
            "Все",
            &["anna@corp.example", "boss@corp.example"],
        )
        .room_list("rooms@corp.example", "Комнаты", &["boss@corp.example"])
}

fn expected() -> Value {
    let message = json!({
        "subject": "Счёт & <акт>", "from": "Иван Ёлкин <ivan@corp.example>",
        "to": ["Анна Каренина <anna@corp.example>", "None <list@corp.example>"], "cc": ["Boss <boss@corp.example>"],
        "received": "2024-05-01 06:00:00+00:00", "read": false, "draft": false, "flag": 2, "verb": 102, "uid": 4711,
        "categories": ["Важное", "Личное"], "body": "Добрый день!\r\n", "text": "Добрый день!\r\n",
        "mime": digest(MIME), "class": "IPM.Note",
        "attachments": [
            ["logo.png", "image/png", true, digest(b"\x89PNG")],
            ["Смета.txt", "text/plain", false, digest("рубль\r\n".as_bytes())],
            ["Старое письмо", "Старое письмо"],
        ],
    });
    let blank = json!({
        "all_day": false, "zone": "Europe/Berlin", "where": null, "organizer": null, "required": [], "optional": [],
        "resources": [], "mine": "Unknown", "recurrence": null, "deleted": [], "exceptions": [], "reminder": null,
        "busy": "Busy", "sensitivity": "Normal", "categories": null, "text": null, "attachments": [],
    });
    let event = |more: Value| {
        let mut event = blank.clone();
        event
            .as_object_mut()
            .unwrap()
            .extend(more.as_object().unwrap().clone());
        event
    };
    let exception = event(json!({
        "subject": "Планёрка позже", "start": "2024-04-22 10:00:00+00:00", "end": "2024-04-22 11:00:00+00:00",
        "organizer": "Анна Каренина <anna@corp.example>", "mine": "Organizer", "uid": "uid-1",
        "required": ["Новый <new@else.example> Decline 2024-04-01 08:00:00+00:00"],
    }));
    json!({
        "inbox": [message],
        "calendar": [
            event(json!({
                "subject": "Врач", "start": "2024-06-04 06:00:00+00:00", "end": "2024-06-04 07:00:00+00:00",
                "zone": "Europe/Moscow", "sensitivity": "Private", "uid": "uid-4",
            })),
            event(json!({
                "subject": "Отпуск", "start": "2024-07-01", "end": "2024-07-14", "all_day": true, "zone": "Europe/Moscow",
                "busy": "OOF", "uid": "uid-2",
            })),
            event(json!({
                "subject": "Планёрка", "start": "2024-03-25 08:00:00+00:00", "end": "2024-03-25 09:00:00+00:00",
                "where": "Комната 1", "text": "Повестка", "organizer": "Анна Каренина <anna@corp.example>",
                "required": ["Иван Ёлкин <ivan@corp.example> Accept 2024-04-01 08:00:00+00:00"],
                "optional": ["Гость <guest@else.example> NoResponseReceived None"],
                "resources": ["Комната 1 <room@corp.example> Accept 2024-04-01 08:00:00+00:00"],
                "mine": "Organizer",
                "recurrence": [
                    "Occurs on weekdays Monday of every 2 week(s) where the first day of the week is Monday",
                    "Starts on 2024-03-25 00:00:00+00:00 and occurs 6 time(s)",
                ],
                "deleted": ["2024-04-08 07:00:00+00:00"],
                "exceptions": [["2024-04-22 07:00:00+00:00", exception]],
                "reminder": 30, "categories": ["Важное"], "uid": "uid-1",
            })),
            event(json!({
                "subject": "Своё время", "start": "2024-06-03 06:00:00+00:00", "end": "2024-06-03 07:00:00+00:00",
                "zone": "UTC", "uid": "uid-3",
            })),
        ],
        "contacts": [{
            "given": "Пётр", "surname": "Объедков", "display": "Пётр Объедков", "file_as": "Объедков, Пётр",
            "company": "ООО «Ромашка»", "department": "Склад", "title": "Кладовщик", "birthday": "1970-04-12",
            "children": ["Маша", "Саша"],
            "mail": [["EmailAddress1", "petr@else.example"], ["EmailAddress2", "petr@home.example"]],
            "phones": [["MobilePhone", "+7 900 000-00-00"]],
            "addresses": [["Home", "ул. Ленина, 1", "Москва", "МО", "Россия", "101000"]],
            "notes": "Заметка\r\nв две строки",
            "picture": [["ContactPicture.jpg", "image/jpeg", false, digest(JPEG)]],
        }],
        "lists": [{
            "display": "Комиссия",
            "members": [["Иван <ivan@corp.example>", "Mailbox"], ["Гость <guest@else.example>", "OneOff"]],
        }],
        "tasks": [
            {
                "subject": "Отчёт", "status": "WaitingOnOthers", "percent": 40, "start": "2024-03-01", "due": "2024-03-29",
                "recurrence": null, "owner": "Анна Каренина", "text": "Приложения",
            },
            {
                "subject": "Цветы", "status": "NotStarted", "percent": 0, "start": null, "due": null,
                "recurrence": ["Regenerates every 7 day(s)", "Starts on 2024-01-08 00:00:00+00:00"], "owner": null,
                "text": null,
            },
        ],
        "notes": [["IPM.StickyNote", "Ключ", "Ключ\r\nпод ковриком", 3]],
        "permissions": [["Default", "FreeBusyTimeOnly", "TimeOnly"], ["boss@corp.example", "Reviewer", "FullDetails"]],
        "out_of_office": [
            "Scheduled", "Known", "2024-07-01 00:00:00+00:00", "2024-07-15 00:00:00+00:00", "Я в отпуске", "I am away",
        ],
        "delegates": [
            ["boss@corp.example", ["Editor", "None", "Reviewer", "Author", "None", "Custom"], true, false],
            ["vera@corp.example", ["Reviewer", "None", "None", "None", "Editor", "None"], false, true],
        ],
        "rooms": [["Комнаты", "rooms@corp.example"]],
        "names": [["Анна Каренина", "anna@corp.example"]],
        "group": ["anna@corp.example", "boss@corp.example"],
        "archive": [["Архив", "IPF.Note", 1]],
    })
}

/// Compares what a judge saw with what was described; MIME of events and ids of messages are the server's own.
fn compare(mut seen: Value) {
    for event in seen["calendar"].as_array_mut().unwrap() {
        event.as_object_mut().unwrap().remove("mime").unwrap();
        for exception in event["exceptions"].as_array_mut().unwrap() {
            exception[1].as_object_mut().unwrap().remove("mime").unwrap();
        }
    }
    for message in seen["inbox"].as_array_mut().unwrap() {
        message.as_object_mut().unwrap().remove("id").unwrap();
    }
    for (key, expected) in expected().as_object().unwrap() {
        assert_eq!(&seen[key], expected, "{key}");
    }
    let folders = seen["folders"].as_array().unwrap();
    for folder in [
        json!(["Входящие", "IPF.Note", 1]),
        json!(["Проекты/А/Б & «В»", "IPF.Note", 1]),
        json!(["Календарь", "IPF.Appointment", 4]),
        json!(["Контакты/GAL Contacts", "IPF.Contact.GalContacts", 0]),
    ] {
        assert!(folders.contains(&folder), "{folder} in {folders:?}");
    }
    assert!(
        seen["category_list"]
            .as_str()
            .unwrap()
            .contains("name=\"Важное\" color=\"0\"")
    );
}

#[test]
fn exchangelib_sees_what_was_described() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = server().mailbox(anna()).tls().extended_protection().start();
    compare(seen(&server, "anna@corp.example", "ntlm", "impersonation"));
    assert_eq!(server.refused_logins(), 0);
}

#[test]
fn exchangelib_sees_it_with_full_access_on_2013() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = server().mailbox(anna()).version(Version::Exchange2013Sp1).start();
    compare(seen(&server, "anna@corp.example", "basic", "delegate"));
}

/// The library sends no headers for public folders, so that it finds them up to Exchange 2010 and not behind.
#[test]
fn exchangelib_sees_public_folders_where_it_can() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let below = Folder::new("2024").class("IPF.Note").item(mail().item());
    let orders = Folder::new("Приказы").class("IPF.Note").folder(below);
    let server = server()
        .mailbox(anna())
        .public_folder(orders)
        .public_folder(Folder::new("Поставщики").class("IPF.Contact").item(person()))
        .version(Version::Exchange2010Sp2)
        .start();
    let seen = seen_of(
        &server,
        "anna@corp.example",
        "basic",
        "impersonation",
        Some("public"),
    );
    assert_eq!(
        seen,
        json!([
            ["Поставщики", "IPF.Contact", 1],
            ["Приказы", "IPF.Note", 0],
            ["Приказы/2024", "IPF.Note", 1]
        ])
    );
}
