//! What cannot be said in another form has a code of its own: each is found where it should be, and loses what it should.

use super::{
    items::{berlin, zone_of},
    mail::mela,
};
use tegu_pst::{Options, Pst, Severity};
use tegu_testkit::pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Name, Value};

const APPOINTMENT: u32 = 0x2002;
const TASK: u32 = 0x2003;
const ADDRESS: u32 = 0x2004;
const COMMON: u32 = 0x2008;

/// The findings of an item of any kind, each as its code and whether it is a loss.
fn findings(item: Item) -> Vec<(String, bool)> {
    let octets = Mailbox::new()
        .folder(Folder::new("x").item(item))
        .write(Layout::Unicode);
    let pst = Pst::open(octets, Options::default()).unwrap();
    let message = pst.message(0x20_0024).unwrap();
    let found = match message.convert() {
        Some(converted) => converted.findings,
        None => message.mail().unwrap().findings().to_vec(),
    };
    found
        .into_iter()
        .map(|finding| (finding.code.into_owned(), finding.severity == Severity::Lossy))
        .collect()
}

#[track_caller]
fn finds(item: Item, code: &str, lossy: bool) {
    let found = findings(item);
    assert!(
        found.contains(&(code.to_owned(), lossy)),
        "{code} (lossy: {lossy}) in {found:?}"
    );
}

fn mail() -> Item {
    Item::new("IPM.Note")
        .with(0x0039, Value::Time(1_704_067_200))
        .with(0x0042, Value::text("x"))
        .with(0x0065, Value::text("x@example.org"))
}

#[test]
fn of_mail() {
    let file = |name: &str| Attachment::file(name, "a/b", vec![1, 2, 3]);
    let mac = vec![0x2a, 0x86, 0x48, 0x86, 0xf7, 0x14, 0x03, 0x0b, 0x01];
    let ole = vec![0x2a, 0x86, 0x48, 0x86, 0xf7, 0x14, 0x03, 0x0a, 0x03, 0x02, 0x01];
    let encoded = |id, oid: &[u8]| mail().attach(file("a").with(id, Value::Binary(oid.to_vec())));
    let contact = Item::new("IPM.Contact").with(0x3001, Value::text("Анна"));
    let list = [vec![1, 0, 0, 0, 28, 0, 0, 0, 24, 0, 0, 0], vec![9; 24]].concat();
    for (item, code, lossy) in [
        (
            mail()
                .with(0x1000, Value::text("one\r\n"))
                .with(0x1009, mela(br"{\rtf1\ansi\fromtext two\par}")),
            "PST-BODY-DIFFERS",
            false,
        ),
        (
            Item::new("IPM.Note").with(0x0065, Value::text("x@example.org")),
            "PST-DATE-MISSING",
            false,
        ),
        (
            mail().attach(Attachment::message(contact)),
            "PST-EMBEDDED-FORM",
            false,
        ),
        (
            mail().attach(Attachment::message(Item::new("IPM.Unheard.Of"))),
            "PST-EMBEDDED-CLASS",
            true,
        ),
        (mail().with(0x1090, Value::Int(1)), "PST-FLAG-COMPLETE", false),
        (
            mail().named(Name::Number(COMMON, 0x8530), Value::text("ответить")),
            "PST-FLAG-TEXT",
            false,
        ),
        (
            mail().named(Name::Number(COMMON, 0x8503), Value::Bool(true)),
            "PST-REMINDER",
            false,
        ),
        (
            mail()
                .with(0x1013, Value::Binary(b"<p>\xff\x81</p>".to_vec()))
                .with(0x3fde, Value::Int(65001)),
            "PST-HTML-CHARSET",
            true,
        ),
        (
            mail().with(0x1035, Value::text("<почта@example.org>")),
            "PST-IDENTIFIER-DAMAGED",
            true,
        ),
        (encoded(0x3702, &mac), "PST-MACBINARY", false),
        (encoded(0x370a, &mac), "PST-MACBINARY", false),
        (
            Item::new("IPM.Schedule.Meeting.Unheard").with(0x0065, Value::text("x@example.org")),
            "PST-MEETING",
            true,
        ),
        (
            mail().with(0x004f, Value::Binary(list)),
            "PST-REPLY-TO-UNREADABLE",
            true,
        ),
        (
            mail().with(0x1009, mela(br"{\rtf1\ansi\fromtext one")),
            "PST-RTF-DAMAGED",
            true,
        ),
        (
            mail().with(0x1009, mela(br"{\rtf1\ansi\fromtext one \objattph two}")),
            "PST-RTF-POSITIONS",
            false,
        ),
        (mail().attach(file("WinMail.dat")), "PST-TNEF", false),
        (
            mail().attach(file("a").method_in_row()),
            "PST-ATTACHMENT-ROW",
            false,
        ),
        (mail().with(0x8ffe, Value::Int(1)), "PST-PROPERTY-UNNAMED", false),
    ] {
        finds(item, code, lossy);
    }
    let codes = findings(encoded(0x3702, &ole));
    assert!(
        !codes.iter().any(|(code, _)| code == "PST-MACBINARY"),
        "{codes:?}"
    );
}

#[test]
fn of_contacts_and_lists() {
    let card = || Item::new("IPM.Contact").with(0x3001, Value::text("Анна"));
    for (item, code, lossy) in [
        (
            card().attach(Attachment::file("cv.pdf", "a/b", vec![1])),
            "PST-ATTACHMENT-LOST",
            true,
        ),
        (
            card().with(0x3a42, Value::Time(10 * 3600)),
            "PST-CONTACT-DAY",
            false,
        ),
        (
            card().with(0x3a4e, Value::text("Борис")),
            "PST-CONTACT-FIELD",
            true,
        ),
        (
            card().with(0x3a58, Value::Texts(vec!["Вера".to_owned()])),
            "PST-CONTACT-FIELD",
            true,
        ),
        (
            card().with(0x1013, Value::Binary(b"<b>x</b>".to_vec())),
            "PST-CONTACT-HTML",
            true,
        ),
        (card().with(0x0036, Value::Int(2)), "PST-CONTACT-PRIVATE", false),
        (
            card().with(0x3a51, Value::text("http://example.org/\r\nX:y")),
            "PST-NOT-VERIFIED",
            true,
        ),
        (
            Item::new("IPM.DistList").named(Name::Number(ADDRESS, 0x8064), Value::Binary(vec![7; 40])),
            "PST-LIST-UNREADABLE",
            true,
        ),
    ] {
        finds(item, code, lossy);
    }
}

/// The first day of a series, in minutes since 1601.
const FIRST: u32 = 222_737_760;

/// A daily series at noon without an end; its exceptions as start, end and original minutes, flags and what belongs to these.
fn daily(period: u32, exceptions: &[(u32, u32, u32, u16, Vec<u8>)]) -> Value {
    let mut data: Vec<u8> = [0x3004_u16, 0x3004, 0x200a, 0, 0]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let mut words = vec![0, period, 0, 0x2023, 10, 1, exceptions.len() as u32];
    words.extend(
        exceptions
            .iter()
            .map(|(_, _, original, ..)| original / 1440 * 1440),
    );
    words.push(exceptions.len() as u32);
    words.extend(exceptions.iter().map(|(start, ..)| start / 1440 * 1440));
    words.extend([FIRST, 0x5ae9_80df, 0x3006, 0x3009, 720, 780]);
    data.extend(words.iter().flat_map(|word: &u32| word.to_le_bytes()));
    data.extend((exceptions.len() as u16).to_le_bytes());
    for (start, end, original, flags, own) in exceptions {
        data.extend(
            [*start, *end, *original]
                .iter()
                .flat_map(|word| word.to_le_bytes()),
        );
        data.extend(flags.to_le_bytes());
        data.extend(own);
    }
    // A reserved block, a highlight and a reserved block for each exception, and one at the end.
    data.extend(vec![0; 4 * (2 + 2 * exceptions.len())]);
    Value::Binary(data)
}

fn event() -> Item {
    let start = i64::from(FIRST + 720) * 60 - 11_644_473_600 - 7200;
    Item::new("IPM.Appointment")
        .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(start))
        .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(start + 3600))
}

fn series(blob: Value) -> Item {
    event()
        .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
        .named(Name::Number(APPOINTMENT, 0x8260), berlin())
        .named(Name::Number(APPOINTMENT, 0x8216), blob)
}

#[test]
fn of_appointments() {
    let backwards = Item::new("IPM.Appointment")
        .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(1_704_067_200))
        .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(1_704_000_000));
    for (item, code, lossy) in [
        (
            event().attach(Attachment::new(Data::Ole(vec![1]))),
            "PST-EVENT-ATTACHMENT",
            true,
        ),
        (backwards, "PST-EVENT-BACKWARDS", true),
        (Item::new("IPM.Appointment"), "PST-EVENT-TIMELESS", true),
        (
            event().named(Name::Number(APPOINTMENT, 0x825e), Value::Binary(vec![2, 1, 9])),
            "PST-ZONE-UNREADABLE",
            true,
        ),
        (
            event().named(
                Name::Number(APPOINTMENT, 0x825e),
                zone_of(&[(0, 1999), (2, 2090)]),
            ),
            "PST-ZONE-RULES",
            true,
        ),
    ] {
        finds(item, code, lossy);
    }
}

#[test]
fn of_series() {
    let sound = findings(series(daily(1440, &[])));
    assert_eq!(sound, []);
    let moved = FIRST + 2 * 1440;
    let times = (moved + 840, moved + 900, moved + 720);
    let with = |flags, own: &[u8]| daily(1440, &[(times.0, times.1, times.2, flags, own.to_vec())]);
    assert_eq!(findings(series(with(0, &[]))), []);
    let exception = || {
        Attachment::message(Item::new("IPM.OLE.CLASS.{00061055-0000-0000-C000-000000000046}"))
            .with(0x7ffd, Value::Int(2))
    };
    let missing = Attachment::new(Data::None)
        .with(0x3705, Value::Int(5))
        .with(0x7ffd, Value::Int(2));
    let recurring = || event().named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true));
    let days = {
        let midnight = i64::from(FIRST) * 60 - 11_644_473_600 - 7200;
        let blob = daily(1440, &[(moved + 840, moved + 900, moved, 0x80, vec![0; 4])]);
        Item::new("IPM.Appointment")
            .named(Name::Number(APPOINTMENT, 0x820d), Value::Time(midnight))
            .named(Name::Number(APPOINTMENT, 0x820e), Value::Time(midnight + 86_400))
            .named(Name::Number(APPOINTMENT, 0x8215), Value::Bool(true))
            .named(Name::Number(APPOINTMENT, 0x8223), Value::Bool(true))
            .named(Name::Number(APPOINTMENT, 0x8260), berlin())
            .named(Name::Number(APPOINTMENT, 0x8216), blob)
    };
    for (item, code, lossy) in [
        (recurring(), "PST-SERIES-MISSING", true),
        (
            series(Value::Binary(vec![4, 0x30, 4])),
            "PST-SERIES-UNREADABLE",
            true,
        ),
        (series(daily(0, &[])), "PST-SERIES-RULE", true),
        (series(daily(90, &[])), "PST-SERIES-RULE", true),
        (
            series(daily(1440, &[])).attach(exception()),
            "PST-EXCEPTION-UNMATCHED",
            true,
        ),
        (
            series(daily(1440, &[])).attach(missing),
            "PST-EXCEPTION-UNREADABLE",
            true,
        ),
        (series(with(0x200, &[])), "PST-EXCEPTION-BODY", true),
        (days, "PST-EXCEPTION-ALL-DAY", true),
        (
            series(daily(1440, &[])).named(Name::Number(APPOINTMENT, 0x8233), Value::Binary(vec![0; 48])),
            "PST-ZONE-DIFFERS",
            false,
        ),
    ] {
        finds(item, code, lossy);
    }
}

#[test]
fn of_tasks() {
    let mut sliding: Vec<u8> = [0x3004_u16, 0x3004, 0x200a, 0, 0]
        .iter()
        .flat_map(|word| word.to_le_bytes())
        .collect();
    let words = [0, 1440, 1, 0x2023, 10, 1, 0, 0, FIRST, 0x5ae9_80df_u32];
    sliding.extend(words.iter().flat_map(|word| word.to_le_bytes()));
    let task = || Item::new("IPM.Task").named(Name::Number(TASK, 0x8104), Value::Time(1_704_067_200));
    for (item, code, lossy) in [
        (
            task()
                .named(Name::Number(TASK, 0x8126), Value::Bool(true))
                .named(Name::Number(TASK, 0x8116), Value::Binary(sliding)),
            "PST-TASK-SLIDING",
            true,
        ),
        (
            task().named(Name::Number(TASK, 0x8101), Value::Int(3)),
            "PST-TASK-STATUS",
            false,
        ),
    ] {
        finds(item, code, lossy);
    }
}
