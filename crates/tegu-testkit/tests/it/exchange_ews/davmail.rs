//! DavMail, which was written against real servers, shows the stand-in's items over IMAP, CalDAV and CardDAV.

use super::exchangelib::{anna, server};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::collections::BTreeMap;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;
use tegu_testkit::DavMail;
use tegu_testkit::exchange_ews::{Folder, Mail};
use tegu_testkit::imap::Client;

const ADDRESS: &str = "anna@corp.example";

/// Status line and body of an answer.
fn dav(port: u16, method: &str, path: &str, body: &str) -> (String, String) {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    stream.set_read_timeout(Some(Duration::from_secs(60))).unwrap();
    let token = STANDARD.encode(format!("{ADDRESS}:secret"));
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: localhost\r\nDepth: 1\r\nConnection: close\r\nAuthorization: Basic {token}\r\n\
         Content-Type: text/xml\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    let (head, body) = answer.split_once("\r\n\r\n").unwrap();
    let body = if head.contains("chunked") {
        joined(body)
    } else {
        body.to_owned()
    };
    (head.lines().next().unwrap().to_owned(), body)
}

/// A body without the lines that frame its chunks.
fn joined(mut rest: &str) -> String {
    let mut out = String::new();
    while let Some((length, after)) = rest.split_once("\r\n") {
        let length = usize::from_str_radix(length.trim(), 16).unwrap();
        if length == 0 {
            break;
        }
        out.push_str(&after[..length]);
        rest = &after[length + 2..];
    }
    out
}

/// The lines of what each resource of a collection holds, unfolded, by the line that begins with `key`.
fn resources(port: u16, collection: &str, key: &str) -> BTreeMap<String, Vec<String>> {
    let path = format!("/users/{ADDRESS}/{collection}/");
    let (status, list) = dav(
        port,
        "PROPFIND",
        &path,
        "<?xml version=\"1.0\"?><propfind xmlns=\"DAV:\"><prop><getetag/></prop></propfind>",
    );
    assert!(status.contains("207"), "{status}");
    let mut found = BTreeMap::new();
    for part in list.split("<D:href>").skip(1) {
        let path = part.split('<').next().unwrap();
        if path.ends_with('/') {
            continue;
        }
        let (status, text) = dav(port, "GET", path, "");
        // Tasks stand beside events here, and DavMail makes a zone for them by writing into the mailbox.
        if text.contains("vObject") && !status.contains("200") {
            continue;
        }
        assert!(status.contains("200"), "{status} {text}");
        let lines: Vec<String> = text.replace("\r\n ", "").lines().map(str::to_owned).collect();
        let name = lines.iter().find(|line| line.starts_with(key));
        let name = name.unwrap_or_else(|| panic!("{key} in {lines:?}")).clone();
        assert!(found.insert(name, lines).is_none());
    }
    found
}

fn has(lines: &[String], wanted: &[&str]) {
    for line in wanted {
        assert!(lines.iter().any(|found| found == line), "{line} in {lines:#?}");
    }
}

#[test]
fn davmail_shows_mail_events_and_contacts() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let unread = Mail::new("Без даты получения", "2024-05-02T06:00:00Z")
        .unread()
        .forwarded();
    let octets = unread.clone().item();
    let octets = octets.octets().unwrap().to_vec();
    let server = server()
        .mailbox(anna().folder(Folder::new("Ещё").item(unread.item())))
        .start();
    let davmail = DavMail::before(server.url());

    let mut client = Client::login(davmail.imap_port(), ADDRESS, server.password()).unwrap();
    let folders = client.folders().unwrap();
    for folder in ["INBOX", "Sent", "Проекты", "Ещё"] {
        assert!(
            folders.iter().any(|found| found == folder),
            "{folder} in {folders:?}"
        );
    }
    for hidden in ["PersonMetadata", "Quick Step Settings", "Календарь", "Контакты"] {
        assert!(
            !folders.iter().any(|found| found == hidden),
            "{hidden} in {folders:?}"
        );
    }
    let inbox = client.messages("INBOX").unwrap();
    assert_eq!(inbox.len(), 1);
    let [message] = &inbox[..] else { unreachable!() };
    assert_eq!(message.digest, *blake3::hash(super::exchangelib::MIME).as_bytes());
    assert_eq!(message.uid, 4711);
    let flags: Vec<&str> = message.flags.iter().map(String::as_str).collect();
    assert_eq!(flags, ["\\answered", "\\flagged"]);
    let other = client.messages("Ещё").unwrap();
    assert_eq!(other[0].digest, *blake3::hash(&octets).as_bytes());
    assert!(other[0].flags.contains("$forwarded") && !other[0].flags.contains("\\seen"));

    let events = resources(davmail.dav_port(), "calendar", "SUMMARY");
    // DavMail asks for no private events below /users/.
    assert_eq!(events.len(), 3, "{:?}\n{}", events.keys(), davmail.log());
    has(
        &events["SUMMARY;LANGUAGE=ru-RU:Отпуск"],
        &[
            "DTSTART;VALUE=DATE:20240701",
            "DTEND;VALUE=DATE:20240715",
            "X-MICROSOFT-CDO-BUSYSTATUS:OOF",
        ],
    );
    let series = &events["SUMMARY;LANGUAGE=ru-RU:Планёрка"];
    has(
        series,
        &[
            "UID:uid-1",
            "DTSTART;TZID=\"Europe/Berlin\":20240325T090000",
            "DTEND;TZID=\"Europe/Berlin\":20240325T100000",
            "RRULE:FREQ=WEEKLY;COUNT=6;INTERVAL=2;BYDAY=MO;WKST=MO",
            "EXDATE;TZID=\"Europe/Berlin\":20240408T090000",
            "RECURRENCE-ID:20240422T070000Z",
            "DTSTART;TZID=\"Europe/Berlin\":20240422T120000",
            "SUMMARY;LANGUAGE=ru-RU:Планёрка позже",
            "TRIGGER;RELATED=START:-PT30M",
            "ATTENDEE;CN=\"Иван Ёлкин\";PARTSTAT=ACCEPTED;ROLE=REQ-PARTICIPANT:mailto:ivan@corp.example",
            "ATTENDEE;CN=\"Новый\";PARTSTAT=DECLINED;ROLE=REQ-PARTICIPANT:mailto:new@else.example",
        ],
    );
    has(
        &events["SUMMARY;LANGUAGE=ru-RU:Своё время"],
        &[
            "TZOFFSETFROM:+0430",
            "TZOFFSETTO:+0530",
            "DTSTART;TZID=Customized Time Zone:20240603T113000",
        ],
    );

    let cards = resources(davmail.dav_port(), "contacts", "FN");
    assert_eq!(cards.len(), 2, "{:?}", cards.keys());
    has(
        &cards["FN:Пётр Объедков"],
        &[
            "N:Объедков;Пётр;;;",
            "TEL;TYPE=cell:+7 900 000-00-00",
            "EMAIL;TYPE=work:petr@else.example",
            "EMAIL;TYPE=home:petr@home.example",
            "ADR;TYPE=home:;;ул. Ленина\\, 1;Москва;МО;101000;Россия",
            "ORG:ООО «Ромашка»;Склад",
            "TITLE:Кладовщик",
            "BDAY:1970-04-12",
            "NOTE:Заметка\\nв две строки",
        ],
    );
    let photo = cards["FN:Пётр Объедков"]
        .iter()
        .find(|line| line.starts_with("PHOTO"))
        .unwrap();
    assert!(
        photo.ends_with(&STANDARD.encode(super::exchangelib::JPEG)),
        "{photo}"
    );
    has(
        &cards["FN:Комиссия"],
        &[
            "KIND:group",
            "MEMBER:mailto:ivan@corp.example",
            "MEMBER:mailto:guest@else.example",
        ],
    );
}
