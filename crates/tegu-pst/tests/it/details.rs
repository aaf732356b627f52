//! What single properties mean: addresses, code pages, identities, dates.

use super::{
    items::{berlin, convert, lines, one_off},
    mail::{convert as mail_of, convert_with, mail, parse},
};
use tegu_pst::{Options, Pst, Verdict};
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Name, Value};

const APPOINTMENT: u32 = 0x2002;
const ADDRESS: u32 = 0x2004;

/// An entry of Exchange's address book, by its distinguished name.
fn address_book(name: &str) -> Value {
    let mut data = vec![0; 4];
    data.extend([
        0xdc, 0xa7, 0x40, 0xc8, 0xc0, 0x42, 0x10, 0x1a, 0xb4, 0xb9, 0x08, 0x00, 0x2b, 0x2f, 0xe1, 0x82,
    ]);
    data.extend([1, 0, 0, 0, 0, 0, 0, 0]);
    data.extend(name.as_bytes());
    data.push(0);
    Value::Binary(data)
}

/// Where the address of a row is empty, its distinguished name stands in the entry identifier alone.
#[test]
fn a_recipient_by_its_entry_identifier() {
    let cells = |address: &str| {
        vec![
            (0x0c15, Value::Int(1)),
            (0x0fff, address_book("/o=Org/cn=Anna")),
            (0x3001, Value::text("Анна")),
            (0x3002, Value::text("EX")),
            (0x3003, Value::text(address)),
        ]
    };
    let told =
        || Options::default().addresses([("/o=org/CN=anna".to_owned(), "anna@example.org".to_owned())]);
    for address in ["", "/o=Org/cn=Anna"] {
        let item = Item::new("IPM.Note")
            .with(0x0065, Value::text("x@example.org"))
            .recipient(cells(address));
        let (octets, verdict, codes) = convert_with(item, Layout::Unicode, told());
        assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
        let to = parse(&octets)
            .to()
            .unwrap()
            .first()
            .unwrap()
            .address()
            .unwrap()
            .to_owned();
        assert_eq!(to, "anna@example.org");
    }
}

/// A sender within the organisation: by the SMTP address beside the distinguished name, or by the entry identifier.
#[test]
fn a_sender_within_the_organisation() {
    let by_smtp = Item::new("IPM.Note")
        .with(0x0042, Value::text("Анна"))
        .with(0x0064, Value::text("EX"))
        .with(0x0065, Value::text("/o=Org/cn=Anna"))
        .with(0x5d02, Value::text("anna@example.org"));
    let by_entry = Item::new("IPM.Note")
        .with(0x0c1a, Value::text("Анна"))
        .with(0x0c19, address_book("/o=Org/cn=Anna"));
    let told =
        || Options::default().addresses([("/o=Org/cn=Anna".to_owned(), "anna@example.org".to_owned())]);
    for (item, options) in [(by_smtp, Options::default()), (by_entry, told())] {
        let (octets, verdict, codes) = convert_with(item, Layout::Unicode, options);
        assert_eq!(verdict, Verdict::Faithful, "{codes:?}");
        let parsed = parse(&octets);
        let from = parsed.from().unwrap().first().unwrap();
        assert_eq!(
            (from.name(), from.address()),
            (Some("Анна"), Some("anna@example.org"))
        );
        assert!(parsed.sender().is_none());
    }
}

/// The code page of strings is that of the message, and not the one that its mail had on the wire.
#[test]
fn code_pages_of_strings() {
    let cyrillic = encoding_rs::WINDOWS_1251.encode("Отчёт").0.into_owned();
    let item = |page: &[(u16, i32)], text: &[u8]| {
        let item = mail().with(0x0037, Value::String8(text.to_vec()));
        page.iter()
            .fold(item, |item, (id, page)| item.with(*id, Value::Int(*page)))
    };
    for (item, sound) in [
        (item(&[(0x3ffd, 1251), (0x3fde, 50220)], &cyrillic), true),
        (item(&[(0x3ff1, 0x419), (0x3fde, 28591)], &cyrillic), true),
        (item(&[(0x3ffd, 1200)], "Отчёт".as_bytes()), true),
        (item(&[(0x3fde, 1251)], &cyrillic), false),
    ] {
        let (octets, verdict, codes) = mail_of(item);
        assert_eq!(verdict == Verdict::Faithful, sound, "{codes:?}");
        assert_eq!(parse(&octets).subject() == Some("Отчёт"), sound);
        assert_eq!(codes.contains(&"PST-CODE-PAGE-UNKNOWN".to_owned()), !sound);
    }
}

/// Old versions of Outlook begin the kept header with a line of their own, and keep the headers of parts behind it.
#[test]
fn a_kept_header_behind_a_banner() {
    let header = "Microsoft Mail Internet Headers Version 2.0\r\nReceived: from a by b\r\nFrom: ivan@example.org\r\n\
                  Subject: =?utf-8?B?UkU6INCe0YLRh9GR0YIg0LfQsCDQutCy0LDRgNGC0LDQuw==?=\r\n\r\n--part\r\nContent-Type: text/odd\r\n";
    let (octets, verdict, codes) = mail_of(mail().with(0x007d, Value::text(header)));
    assert_eq!(
        (verdict, codes),
        (Verdict::Faithful, vec!["PST-HEADER-KEPT".to_owned()])
    );
    assert!(octets.starts_with(b"Received: from a by b\r\nFrom: ivan@example.org\r\n"));
    assert!(!String::from_utf8(octets).unwrap().contains("text/odd"));
}

/// The date of a message in its mailbox is when it was delivered, else when it was sent. A draft needs neither date nor sender.
#[test]
fn dates_and_drafts() {
    let read = |item: Item| {
        let octets = Mailbox::new()
            .folder(Folder::new("x").item(item))
            .write(Layout::Unicode);
        let pst = Pst::open(octets, Options::default()).unwrap();
        let mail = pst.message(0x20_0024).unwrap().mail().unwrap();
        (mail.received(), mail.state().draft, mail.verdict())
    };
    let sent = 1_704_067_200;
    let (delivered, ..) = read(mail().with(0x0e06, Value::Time(sent + 60)));
    assert_eq!(delivered, Some(sent + 60));
    assert_eq!(read(mail()).0, Some(sent));
    let draft = Item::new("IPM.Note")
        .with(0x0e07, Value::Int(8))
        .with(0x0037, Value::text("x"));
    assert_eq!(read(draft), (None, true, Verdict::Faithful));
}

/// A list of more members than properties hold keeps them in a stream, which goes before the properties.
#[test]
fn members_of_a_list_in_a_stream() {
    let mut stream = vec![0; 28];
    for (name, address) in [("Анна", "anna@example.org"), ("Борис", "boris@example.org")] {
        let entry = one_off(name, address);
        for _ in 0..2 {
            stream.extend((entry.len() as u32).to_le_bytes());
            stream.extend(&entry);
        }
    }
    stream.extend([0; 8]);
    let converted = convert(
        Item::new("IPM.DistList")
            .named(Name::Number(ADDRESS, 0x8053), Value::text("Отдел"))
            .named(Name::Number(ADDRESS, 0x8064), Value::Binary(stream))
            .named(
                Name::Number(ADDRESS, 0x8055),
                Value::Binaries(vec![one_off("x", "old@example.org")]),
            ),
    );
    assert_eq!(converted.verdict, Verdict::Faithful, "{:?}", converted.findings);
    assert_eq!(
        lines(&converted, "MEMBER"),
        [
            "MEMBER:mailto:anna@example.org",
            "MEMBER:mailto:boris@example.org"
        ]
    );
}

/// A contact has a name whatever it lacks, and keeps what vCard has a place for.
#[test]
fn contacts_to_the_last_field() {
    let named = |item: Item| lines(&convert(item), "FN:")[0].to_owned();
    let contact = || Item::new("IPM.Contact");
    let file_as = contact().named(Name::Number(ADDRESS, 0x8005), Value::text("Иванов, Иван"));
    assert_eq!(named(file_as), "FN:Иванов\\, Иван");
    let parts = contact()
        .with(0x3a11, Value::text("Иванов"))
        .with(0x3a06, Value::text("Иван"));
    assert_eq!(named(parts), "FN:Иван Иванов");
    assert_eq!(
        named(contact().with(0x3a16, Value::text("Ромашка"))),
        "FN:Ромашка"
    );
    let address = contact()
        .named(Name::Number(ADDRESS, 0x8082), Value::text("SMTP"))
        .named(Name::Number(ADDRESS, 0x8083), Value::text("a@example.org"));
    assert_eq!(named(address), "FN:a@example.org");
    let whole = [
        (0x3a08, "1"),
        (0x3a09, "2"),
        (0x3a1c, "3"),
        (0x3a24, "4"),
        (0x3a21, "5"),
        (0x3a17, "директор"),
        (0x3a18, "отдел"),
        (0x3a4f, "Ваня"),
        (0x3a48, "Мария"),
        (0x3a51, "http://example.org/"),
        (0x3a5d, "ул. Мира, 1"),
        (0x3a59, "Тверь"),
        (0x3a5b, "170000"),
    ]
    .into_iter()
    .fold(
        contact().with(0x3001, Value::text("Иван")),
        |item, (id, text)| item.with(id, Value::text(text)),
    )
    .with(0x3a41, Value::Time(86_400 * 100 - 10_800))
    .named(Name::Number(ADDRESS, 0x8045), Value::text("пр. Ленина, 2"))
    .named(Name::Number(ADDRESS, 0x8046), Value::text("Москва"))
    .named(Name::Number(ADDRESS, 0x8062), Value::text("ivan"));
    let converted = convert(whole);
    assert_eq!(converted.verdict, Verdict::Faithful, "{:?}", converted.findings);
    for line in [
        "TEL;VALUE=text;TYPE=\"work,voice\":1",
        "TEL;VALUE=text;TYPE=\"home,voice\":2",
        "TEL;VALUE=text;TYPE=\"cell\":3",
        "TEL;VALUE=text;TYPE=\"work,fax\":4",
        "TEL;VALUE=text;TYPE=\"pager\":5",
        "TITLE:директор",
        "ORG:;отдел",
        "NICKNAME:Ваня",
        "RELATED;TYPE=spouse;VALUE=text:Мария",
        "URL:http://example.org/",
        "ADR;TYPE=home:;;ул. Мира\\, 1;Тверь;;170000;",
        "ADR;TYPE=work:;;пр. Ленина\\, 2;Москва;;;",
        "IMPP:x-unknown:ivan",
        // The evening before, in UTC, is the day where it was written.
        "ANNIVERSARY:19700411",
    ] {
        let found = converted.component.lines().any(|found| found == line);
        assert!(found, "{line} in {}", converted.component);
    }
    // An address of the organisation is looked up like any other.
    let exchange = || {
        contact()
            .with(0x3001, Value::text("Анна"))
            .named(Name::Number(ADDRESS, 0x8082), Value::text("EX"))
            .named(Name::Number(ADDRESS, 0x8083), Value::text("/o=Org/cn=Anna"))
    };
    let unknown = convert(exchange());
    assert_eq!(unknown.verdict, Verdict::Manual);
    let octets = Mailbox::new()
        .folder(Folder::new("x").item(exchange()))
        .write(Layout::Unicode);
    let told = Options::default().addresses([("/o=org/cn=anna".to_owned(), "anna@example.org".to_owned())]);
    let pst = Pst::open(octets, told).unwrap();
    let known = pst.message(0x20_0024).unwrap().convert().unwrap();
    assert_eq!(lines(&known, "EMAIL"), ["EMAIL;PREF=1:anna@example.org"]);
}

/// An appointment of another calendar keeps the identifier that it had there.
#[test]
fn identities_of_other_calendars() {
    let global = |tail: &[u8]| {
        let mut data = vec![
            4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8,
        ];
        data.extend([7, 232, 7, 1]);
        data.extend([0; 16]);
        data.extend((tail.len() as u32).to_le_bytes());
        data.extend(tail);
        Value::Binary(data)
    };
    let event = |id: Value| {
        Item::new("IPM.Appointment")
            .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_704_067_200))
            .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(1_704_070_800))
            .named(Name::Meeting(3), id)
    };
    let foreign = convert(event(global(b"vCal-Uid\x01\0\0\0id@example.org\0")));
    assert_eq!(lines(&foreign, "UID:"), ["UID:id@example.org"]);
    // The date of an instance is no part of it.
    let own = convert(event(global(&[1, 2, 3, 4])));
    assert_eq!(
        lines(&own, "UID:"),
        [
            "UID:040000008200E00074C5B7101A82E0080000000000000000000000000000000000000000\
          0400000001020304"
        ]
    );
}

/// An exception of a series has attendees of its own where its table lists any, and otherwise those of the series.
#[test]
fn exceptions_have_attendees_of_their_own() {
    let person = |name: &str, flags: i32, status: i32| {
        vec![
            (0x0c15, Value::Int(1)),
            (0x3001, Value::text(name)),
            (0x3002, Value::text("SMTP")),
            (0x3003, Value::text(format!("{name}@example.org"))),
            (0x5ffd, Value::Int(flags)),
            (0x5fff, Value::Int(status)),
        ]
    };
    let (blob, start) = super::items::weekly_from();
    let exception = |item: Item| {
        let item = item.named(
            Name::Number(APPOINTMENT, 0x8228),
            Value::Time(start + 14 * 86_400),
        );
        Attachment::message(item).with(0x7ffd, Value::Int(2))
    };
    let series = |exception: Attachment| {
        Item::new("IPM.Appointment")
            .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(start))
            .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(start + 3600))
            .named(Name::Number(APPOINTMENT, 0x8217), Value::Int(1))
            .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
            .named(Name::Number(APPOINTMENT, 0x8216), Value::Binary(blob.clone()))
            .named(Name::Number(APPOINTMENT, 0x8260), berlin())
            .recipient(person("ivan", 3, 0))
            .recipient(person("anna", 1, 3))
            .attach(exception)
    };
    let class = "IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}";
    let bare = convert(series(exception(Item::new(class))));
    let of_its_own = convert(series(exception(
        Item::new(class)
            .recipient(person("ivan", 3, 0))
            .recipient(person("boris", 1, 4))
            .recipient(person("gone", 0x21, 0)),
    )));
    let attendees = |converted: &tegu_pst::Converted| -> Vec<String> {
        lines(converted, "ATTENDEE")
            .iter()
            .map(|line| {
                let status = line.split("PARTSTAT=").nth(1).unwrap();
                status.replace("mailto:", "")
            })
            .collect()
    };
    assert_eq!(
        attendees(&bare),
        ["ACCEPTED:anna@example.org", "ACCEPTED:anna@example.org"]
    );
    assert_eq!(
        attendees(&of_its_own),
        ["ACCEPTED:anna@example.org", "DECLINED:boris@example.org"]
    );
    assert_eq!(of_its_own.verdict, Verdict::Faithful, "{:?}", of_its_own.findings);
}

/// What a file can make large is bounded: many attachments of an appointment, many photos of a contact, many items within a message.
#[test]
fn what_is_held_in_memory_is_bounded() {
    let event = |count: usize| {
        let mut item = Item::new("IPM.Appointment")
            .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_704_067_200))
            .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(1_704_070_800));
        for _ in 0..count {
            item = item.attach(Attachment::file("a", "a/b", vec![7; 3 << 20]));
        }
        item
    };
    let converted = convert(event(7));
    assert_eq!(lines(&converted, "ATTACH").len(), 5);
    assert_eq!(converted.verdict, Verdict::Manual);
    let photo = || Attachment::file("ContactPicture.jpg", "image/jpeg", vec![0xff, 0xd8, 0xff]);
    let card = Item::new("IPM.Contact").with(0x3001, Value::text("x"));
    let converted = convert(card.attach(photo()).attach(photo()));
    assert_eq!(lines(&converted, "PHOTO").len(), 1);
    assert_eq!(converted.verdict, Verdict::Manual);
    let many = (0..5).fold(mail(), |mail, _| mail.attach(Attachment::message(event(1))));
    let (octets, verdict, codes) = mail_of(many);
    assert_eq!(verdict, Verdict::Manual, "{codes:?}");
    let parsed = parse(&octets);
    let forms = parsed
        .attachments()
        .filter(|part| mail_parser::MimeHeaders::attachment_name(*part) == Some("item.ics"));
    assert_eq!(forms.count(), 3);
}
