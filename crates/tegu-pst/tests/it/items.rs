//! Appointments, tasks, contacts and lists.

use tegu_pst::{Converted, Options, Pst, Verdict};
use tegu_testkit::pst::{Attachment, Folder, Item, Layout, Mailbox, Name, Value};

const APPOINTMENT: u32 = 0x2002;
const TASK: u32 = 0x2003;
const ADDRESS: u32 = 0x2004;
const COMMON: u32 = 0x2008;
const LOG: u32 = 0x200a;
const NOTE: u32 = 0x200e;

pub(crate) fn convert(item: Item) -> Converted {
    let octets = Mailbox::new()
        .folder(Folder::new("x").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let mut converted = pst.message(0x20_0024).unwrap().convert().unwrap();
    converted.component = converted.component.replace("\r\n ", "");
    converted
}

fn codes(converted: &Converted) -> Vec<&str> {
    converted
        .findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect()
}

pub(crate) fn lines<'a>(converted: &'a Converted, name: &str) -> Vec<&'a str> {
    converted
        .component
        .lines()
        .filter(|line| line.starts_with(name))
        .collect()
}

/// Europe/Berlin, as Outlook defines it.
pub(crate) fn berlin() -> Value {
    zone_of(&[(2, 0)])
}

/// The zone of Berlin with a rule for each of these flags and years; all but the last know no summer time.
pub(crate) fn zone_of(rules: &[(u16, u16)]) -> Value {
    let mut data = vec![2, 1, 6 + 46, 0, 2, 0, 23, 0];
    data.extend(
        "W. Europe Standard Time"
            .encode_utf16()
            .flat_map(u16::to_le_bytes),
    );
    data.extend((rules.len() as u16).to_le_bytes());
    for (index, (flags, year)) in rules.iter().enumerate() {
        data.extend([2, 1, 0x3e, 0]);
        data.extend(flags.to_le_bytes());
        data.extend(year.to_le_bytes());
        data.extend([0; 14]);
        data.extend([-60_i32, 0, -60].iter().flat_map(|value| value.to_le_bytes()));
        let last = index + 1 == rules.len();
        for fields in [[0, 10, 0, 5, 3, 0, 0, 0], [0, 3, 0, 5, 2, 0, 0, 0_u16]] {
            let fields = if last { fields } else { [0; 8] };
            data.extend(fields.iter().flat_map(|value| value.to_le_bytes()));
        }
    }
    Value::Binary(data)
}

fn appointment() -> Item {
    Item::new("IPM.Appointment")
        .with(0x0037, Value::text("Совещание; еженедельное"))
        .with(0x3008, Value::Time(1_704_000_000))
        .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_719_828_000))
        .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(1_719_831_600))
        .named(Name::Number(APPOINTMENT, 0x8208), Value::text("Комната 1"))
        .named(Name::Number(APPOINTMENT, 0x8205), Value::Int(2))
}

#[test]
fn a_single_appointment() {
    let converted = convert(
        appointment()
            .named(Name::Number(APPOINTMENT, 0x825e), berlin())
            .named(Name::Number(COMMON, 0x8503), Value::Bool(true))
            .named(Name::Number(COMMON, 0x8501), Value::Int(30)),
    );
    assert_eq!(converted.verdict, Verdict::Faithful, "{:?}", converted.findings);
    let text = &converted.component;
    for line in [
        "SUMMARY:Совещание\\; еженедельное\r\n",
        "DTSTART;TZID=W. Europe Standard Time:20240701T120000\r\n",
        "DTEND;TZID=W. Europe Standard Time:20240701T130000\r\n",
        "TRANSP:OPAQUE\r\n",
        "TRIGGER:-PT30M\r\n",
    ] {
        assert!(text.contains(line), "{line} in {text}");
    }
    assert_eq!(converted.zones.len(), 1);
}

#[test]
fn whole_days() {
    // From midnight to midnight in Berlin, in summer.
    let day = Item::new("IPM.Appointment")
        .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_719_784_800))
        .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(1_719_871_200))
        .named(Name::Number(APPOINTMENT, 0x8215), Value::Bool(true))
        .named(Name::Number(APPOINTMENT, 0x825e), berlin());
    let converted = convert(day);
    assert_eq!(converted.verdict, Verdict::Faithful);
    assert!(
        converted
            .component
            .contains("DTSTART;VALUE=DATE:20240701\r\nDTEND;VALUE=DATE:20240702\r\n")
    );
    let odd = convert(appointment().named(Name::Number(APPOINTMENT, 0x8215), Value::Bool(true)));
    assert_eq!(odd.verdict, Verdict::Manual);
    assert!(codes(&odd).contains(&"PST-EVENT-MIDNIGHT"));
}

/// Weekly on Mondays from 1 July 2024, 12:00 to 13:00 local; 8 July deleted, 15 July moved to 14:00 with a new subject.
fn weekly() -> Vec<u8> {
    let start = 222_738_720 / 1440 * 1440_u32;
    let mut data = Vec::new();
    for value in [0x3004_u16, 0x3004, 0x200b, 1, 0] {
        data.extend(value.to_le_bytes());
    }
    let week = 7 * 1440;
    let moved = start + 2 * week;
    let mut words = vec![0, 1, 0, 2, 0x2021, 10, 1];
    words.extend([2, start + week, moved, 1, moved, start, start + 9 * week]);
    words.extend([0x3006, 0x3009, 720, 780]);
    data.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
    data.extend(1_u16.to_le_bytes());
    let times = [moved + 840, moved + 900, moved + 720];
    data.extend(times.iter().flat_map(|word| word.to_le_bytes()));
    data.extend([1, 0, 4, 0, 3, 0, b'a', b'b', b'c']);
    data.extend([0, 0, 0, 0]);
    data.extend([0, 0, 0, 0, 0, 0, 0, 0]);
    data.extend(times.iter().flat_map(|word| word.to_le_bytes()));
    data.extend([3, 0]);
    data.extend("нов".encode_utf16().flat_map(u16::to_le_bytes));
    data.extend([0; 8]);
    data
}

/// The series of [`weekly`], and the instant at which it begins in Berlin.
pub(crate) fn weekly_from() -> (Vec<u8>, i64) {
    let start = 222_738_720 / 1440 * 1440_u32;
    (weekly(), i64::from(start + 720) * 60 - 11_644_473_600 - 7200)
}

#[test]
fn a_series_with_exceptions_keeps_its_zone() {
    let (_, seconds) = weekly_from();
    let exception = Item::new("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}").named(
        Name::Number(APPOINTMENT, 0x8228),
        Value::Time(seconds + 14 * 86_400),
    );
    let item = Item::new("IPM.Appointment")
        .with(0x0037, Value::text("series"))
        .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(seconds))
        .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(seconds + 3600))
        .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
        .named(Name::Number(APPOINTMENT, 0x8216), Value::Binary(weekly()))
        .named(Name::Number(APPOINTMENT, 0x8260), berlin())
        .attach(
            Attachment::message(exception)
                .with(0x7ffd, Value::Int(2))
                .with(0x7ffe, Value::Bool(true)),
        );
    let converted = convert(item);
    assert_eq!(
        converted.verdict,
        Verdict::Faithful,
        "{:?}\n{}",
        converted.findings,
        converted.component
    );
    let day = |weeks: i64| {
        let date = jiff::Timestamp::from_second(seconds + weeks * 7 * 86_400).unwrap();
        date.strftime("%Y%m%d").to_string()
    };
    let zone = "TZID=W. Europe Standard Time";
    assert_eq!(
        lines(&converted, "DTSTART")[0],
        format!("DTSTART;{zone}:{}T120000", day(0))
    );
    assert_eq!(
        lines(&converted, "EXDATE"),
        [format!("EXDATE;{zone}:{}T120000", day(1))]
    );
    assert_eq!(
        lines(&converted, "RECURRENCE-ID"),
        [format!("RECURRENCE-ID;{zone}:{}T120000", day(2))]
    );
    assert_eq!(
        lines(&converted, "DTSTART")[1],
        format!("DTSTART;{zone}:{}T140000", day(2))
    );
    assert_eq!(lines(&converted, "SUMMARY"), ["SUMMARY:series", "SUMMARY:нов"]);
    let rule = lines(&converted, "RRULE")[0];
    assert!(rule.starts_with("RRULE:FREQ=WEEKLY;BYDAY=MO;UNTIL="), "{rule}");
    // Without its zone a series is for a person.
    let mut bare =
        Item::new("IPM.Appointment").named(Name::Number(APPOINTMENT, 0x820d), Value::Time(seconds));
    bare = bare
        .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
        .named(Name::Number(APPOINTMENT, 0x8216), Value::Binary(weekly()));
    let bare = convert(bare);
    assert!(codes(&bare).contains(&"PST-ZONE-MISSING"));
    assert_eq!(bare.verdict, Verdict::Manual);
}

#[test]
fn meetings_have_people_and_an_identity() {
    let mut global = vec![
        4, 0, 0, 0, 0x82, 0, 0xe0, 0, 0x74, 0xc5, 0xb7, 0x10, 0x1a, 0x82, 0xe0, 8,
    ];
    global.extend([7, 232, 7, 1]);
    global.extend([0; 16]);
    global.extend([4, 0, 0, 0, 1, 2, 3, 4]);
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
    let converted = convert(
        appointment()
            .named(Name::Number(APPOINTMENT, 0x8217), Value::Int(1))
            .named(Name::Meeting(3), Value::Binary(global))
            .recipient(person("ivan", 3, 0))
            .recipient(person("anna", 1, 3)),
    );
    assert_eq!(converted.verdict, Verdict::Faithful);
    assert_eq!(
        lines(&converted, "ORGANIZER"),
        ["ORGANIZER;CN=\"ivan\":mailto:ivan@example.org"]
    );
    assert_eq!(
        lines(&converted, "ATTENDEE"),
        ["ATTENDEE;CN=\"anna\";ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:anna@example.org"]
    );
    let uid = lines(&converted, "UID:")[0];
    assert!(
        uid.starts_with("UID:040000008200E00074C5B7101A82E00800000000"),
        "{uid}"
    );
}

#[test]
fn a_foreign_map_of_names_is_told() {
    let converted = convert(Item::new("IPM.Appointment").named(
        Name::Number(APPOINTMENT, 0x820d),
        Value::text("what another file means by it"),
    ));
    assert_eq!(converted.verdict, Verdict::Manual);
    assert!(codes(&converted).contains(&"PST-NAME-FOREIGN"));
}

#[test]
fn tasks() {
    let converted = convert(
        Item::new("IPM.Task")
            .with(0x0037, Value::text("task"))
            .named(Name::Number(TASK, 0x8104), Value::Time(1_704_067_200))
            .named(Name::Number(TASK, 0x8105), Value::Time(1_704_153_600))
            .named(Name::Number(TASK, 0x8101), Value::Int(1))
            .named(Name::Number(TASK, 0x8102), Value::Double(0.25)),
    );
    assert_eq!(converted.verdict, Verdict::Faithful);
    for line in [
        "DTSTART;VALUE=DATE:20240101",
        "DUE;VALUE=DATE:20240102",
        "STATUS:IN-PROCESS",
        "PERCENT-COMPLETE:25",
    ] {
        assert!(converted.component.contains(line), "{}", converted.component);
    }
    let assigned = convert(Item::new("IPM.Task").named(Name::Number(TASK, 0x8129), Value::Int(2)));
    assert!(codes(&assigned).contains(&"PST-TASK-ASSIGNED"));
}

#[test]
fn contacts() {
    let photo = b"\xff\xd8\xff\xe0photo".to_vec();
    let converted = convert(
        Item::new("IPM.Contact")
            .with(0x3001, Value::text("Иванов Иван"))
            .with(0x3a11, Value::text("Иванов"))
            .with(0x3a06, Value::text("Иван"))
            .with(0x3a16, Value::text("ООО \"Ромашка\", филиал"))
            .with(0x3a1c, Value::text("+7 900 000-00-00"))
            .with(0x1000, Value::text("заметка\r\nвторая строка"))
            .named(Name::Number(ADDRESS, 0x8082), Value::text("SMTP"))
            .named(Name::Number(ADDRESS, 0x8083), Value::text("ivan@example.org"))
            .named(Name::Number(ADDRESS, 0x80de), Value::Time(0))
            .attach(
                Attachment::file("ContactPicture.jpg", "image/jpeg", photo).with(0x7fff, Value::Bool(true)),
            ),
    );
    assert_eq!(converted.verdict, Verdict::Faithful, "{:?}", converted.findings);
    for line in [
        "FN:Иванов Иван\r\n",
        "N:Иванов;Иван;;;\r\n",
        "ORG:ООО \"Ромашка\"\\, филиал;\r\n",
        "TEL;VALUE=text;TYPE=\"cell\":+7 900 000-00-00\r\n",
        "EMAIL;PREF=1:ivan@example.org\r\n",
        "BDAY:19700101\r\n",
        "NOTE:заметка\\nвторая строка\r\n",
        "PHOTO:data:image/jpeg;base64,",
    ] {
        assert!(
            converted.component.contains(line),
            "{line} in {}",
            converted.component
        );
    }
    let nameless = convert(Item::new("IPM.Contact"));
    assert!(codes(&nameless).contains(&"PST-CONTACT-NAMELESS"));
    assert!(!nameless.component.contains("FN:\r\n"));
}

/// An entry identifier that holds a name and an address.
pub(crate) fn one_off(name: &str, address: &str) -> Vec<u8> {
    let mut data = vec![0; 4];
    data.extend([
        0x81, 0x2b, 0x1f, 0xa4, 0xbe, 0xa3, 0x10, 0x19, 0x9d, 0x6e, 0x00, 0xdd, 0x01, 0x0f, 0x54, 0x02,
    ]);
    data.extend([0, 0, 1, 0x90]);
    for text in [name, "SMTP", address] {
        data.extend(text.encode_utf16().flat_map(u16::to_le_bytes));
        data.extend([0, 0]);
    }
    data
}

#[test]
fn lists() {
    let mut wrapped = vec![0; 4];
    wrapped.extend([
        0xc0, 0x91, 0xad, 0xd3, 0x51, 0x9d, 0xcf, 0x11, 0xa4, 0xa9, 0x00, 0xaa, 0x00, 0x47, 0xfa, 0xa4, 0xc3,
    ]);
    wrapped.extend([0; 24]);
    let converted = convert(
        Item::new("IPM.DistList")
            .named(Name::Number(ADDRESS, 0x8053), Value::text("Отдел"))
            .named(
                Name::Number(ADDRESS, 0x8055),
                Value::Binaries(vec![one_off("a", "a@example.org"), wrapped.clone(), wrapped]),
            )
            .named(
                Name::Number(ADDRESS, 0x8054),
                Value::Binaries(vec![one_off("a", "a@example.org"), one_off("b", "b@example.org")]),
            ),
    );
    assert_eq!(
        lines(&converted, "MEMBER"),
        ["MEMBER:mailto:a@example.org", "MEMBER:mailto:b@example.org"]
    );
    assert_eq!(codes(&converted), ["PST-LIST-MEMBER"]);
    assert!(converted.component.contains("KIND:group\r\n"));
}

#[test]
fn notes_keep_their_text_and_colour() {
    let converted = convert(
        Item::new("IPM.StickyNote")
            .with(0x0037, Value::text("Купить"))
            .with(0x1000, Value::text("Купить\r\nхлеба, соли\r\n"))
            .with(0x3007, Value::Time(1_704_067_200))
            .named(Name::Number(NOTE, 0x8b00), Value::Int(2)),
    );
    assert_eq!(converted.verdict, Verdict::Faithful, "{:?}", converted.findings);
    for line in [
        "BEGIN:VJOURNAL\r\n",
        "SUMMARY:Купить\r\n",
        "DTSTART:20240101T000000Z\r\n",
        "DESCRIPTION:Купить\\nхлеба\\, соли\\n\r\n",
        "COLOR:pink\r\n",
    ] {
        assert!(
            converted.component.contains(line),
            "{line} in {}",
            converted.component
        );
    }
}

/// An entry of the journal is for a person, who is told what VJOURNAL cannot hold.
#[test]
fn journal_entries_are_for_a_person() {
    let converted = convert(
        Item::new("IPM.Activity")
            .with(0x0037, Value::text("Звонок"))
            .with(0x1000, Value::text("о переезде"))
            .named(Name::Number(LOG, 0x8700), Value::text("Phone call"))
            .named(Name::Number(LOG, 0x8706), Value::Time(1_704_067_200))
            .named(Name::Number(LOG, 0x8707), Value::Int(25))
            .named(Name::Number(LOG, 0x8708), Value::Time(1_704_068_700)),
    );
    assert_eq!(converted.verdict, Verdict::Manual);
    assert_eq!(codes(&converted), ["PST-JOURNAL"]);
    let told = &converted.findings[0].message;
    for part in ["25 minutes", "20240101T002500Z", "\"Phone call\""] {
        assert!(told.contains(part), "{part} in {told}");
    }
    for line in [
        "SUMMARY:Звонок\r\n",
        "DTSTART:20240101T000000Z\r\n",
        "DESCRIPTION:о переезде\r\n",
    ] {
        assert!(
            converted.component.contains(line),
            "{line} in {}",
            converted.component
        );
    }
}

/// What is of unknown meaning is counted in items of every kind; what is known, or empty, is not.
#[test]
fn unknown_properties_are_counted() {
    for class in [
        "IPM.Appointment",
        "IPM.Task",
        "IPM.StickyNote",
        "IPM.Contact",
        "IPM.DistList",
    ] {
        let item = || {
            Item::new(class)
                .with(0x3001, Value::text("x"))
                .with(0x3007, Value::Time(1_704_067_200))
                .with(0x6f00, Value::text(""))
                .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_704_067_200))
        };
        assert!(
            !codes(&convert(item())).contains(&"PST-PROPERTY-UNKNOWN"),
            "{class}"
        );
        let converted = convert(
            item()
                .with(0x6f01, Value::Int(7))
                .with(0x5abc, Value::text("x"))
                .named(Name::Public("House colour".to_owned()), Value::text("green")),
        );
        let finding = converted
            .findings
            .iter()
            .find(|finding| finding.code == "PST-PROPERTY-UNKNOWN")
            .unwrap();
        let told = &finding.message;
        assert!(
            told.starts_with("3 properties") && told.contains("0x5abc 0x6f01 0x8"),
            "{told}"
        );
        // A value that cannot be read makes any item one for a person.
        let damaged = convert(item().with(0x3ff9, Value::Raw(0x40, vec![1, 2, 3])));
        assert!(codes(&damaged).contains(&"PST-VALUE-UNREADABLE"), "{class}");
        assert_eq!(damaged.verdict, Verdict::Manual);
    }
}

/// Text that iCalendar cannot hold is told.
#[test]
fn control_characters_are_told() {
    let converted = convert(appointment().named(Name::Number(APPOINTMENT, 0x8208), Value::text("a\u{b}b")));
    assert_eq!(codes(&converted), ["PST-TEXT-CONTROL"]);
    assert_eq!(lines(&converted, "LOCATION"), ["LOCATION:ab"]);
}
