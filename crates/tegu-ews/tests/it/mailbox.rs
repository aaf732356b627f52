//! Whole mailboxes of the stand-in, through the client.

use std::{collections::BTreeMap, io::Read as _};
use tegu_ews::{
    Converted, Credentials, Endpoint, Ews, Inventory, Item, Kind, Mailbox, client::Options, inventory::Place,
};
use tegu_net::Backoff;
use tegu_testkit::exchange_ews::{
    self as stand_in, Attachment, End, Event, ExchangeEws, ExchangeEwsBuilder, Fault, Mail, Pattern,
};

pub(crate) const ANNA: &str = "anna@corp.example";

pub(crate) async fn connect(exchange: &ExchangeEws) -> Ews {
    let account = Credentials::password(exchange.user(), exchange.password().to_owned());
    let backoff = Backoff::new(
        8,
        std::time::Duration::from_millis(1),
        std::time::Duration::from_millis(20),
    );
    Ews::connect_with(
        &Endpoint::new(exchange.url()).unwrap(),
        &account,
        Options::default().backoff(backoff),
    )
    .await
    .unwrap()
}

pub(crate) fn mime(item: &Item) -> Vec<u8> {
    let mut octets = Vec::new();
    item.content().unwrap().reader().read_to_end(&mut octets).unwrap();
    octets
}

/// The place of a folder by its distinguished name.
pub(crate) fn place<'a>(inventory: &'a Inventory, name: &str) -> &'a Place {
    let found = inventory
        .folders
        .iter()
        .find(|place| place.folder.distinguished.as_deref() == Some(name));
    found.unwrap_or_else(|| {
        panic!(
            "{name}: {:?}",
            inventory
                .folders
                .iter()
                .map(|place| &place.path)
                .collect::<Vec<_>>()
        )
    })
}

pub(crate) async fn read(mailbox: &Mailbox, place: &Place) -> Vec<tegu_ews::client::Read> {
    let mut all = Vec::new();
    let mut items = mailbox.items(place);
    while let Some(batch) = items.next().await.unwrap() {
        all.extend(batch);
    }
    all
}

/// Every item of a folder by its subject.
pub(crate) async fn items(mailbox: &Mailbox, place: &Place) -> BTreeMap<String, Item> {
    let all = read(mailbox, place).await;
    all.into_iter()
        .map(|read| read.item.unwrap())
        .map(|item| (item.subject.clone(), item))
        .collect()
}

async fn converted(mailbox: &Mailbox, item: &Item) -> Converted {
    mailbox.convert(item.clone()).await.unwrap().unwrap()
}

pub(crate) fn anna() -> stand_in::Mailbox {
    stand_in::Mailbox::russian(ANNA, "Анна Каренина")
}

pub(crate) fn start(mailbox: stand_in::Mailbox) -> ExchangeEws {
    builder(mailbox).start()
}

pub(crate) fn builder(mailbox: stand_in::Mailbox) -> ExchangeEwsBuilder {
    ExchangeEws::builder().mailbox(mailbox).mailbox(
        stand_in::Mailbox::russian("boris@corp.example", "Борис")
            .alias("/o=Corp/ou=Ex/cn=Recipients/cn=boris"),
    )
}

/// The value of a line of a component, unfolded.
fn line<'a>(text: &'a str, name: &str) -> Vec<&'a str> {
    text.lines().filter_map(|line| line.strip_prefix(name)).collect()
}

fn unfold(text: &str) -> String {
    text.replace("\r\n ", "").replace("\r\n", "\n")
}

#[tokio::test]
async fn mail_comes_with_flags_dates_categories_and_its_imap_uid() {
    let octets = b"Subject: exact\r\nX-A: \xd0\xb1\r\n\r\nbody\r\n".to_vec();
    let exchange = start(
        anna()
            .item(
                "inbox",
                Mail::new("one", "2024-05-01T06:00:00Z")
                    .from("И", "i@x")
                    .text("t")
                    .octets(octets.clone())
                    .flagged()
                    .answered()
                    .category("Срочно")
                    .imap_uid(77)
                    .item(),
            )
            .item(
                "inbox",
                Mail::new("two", "2024-05-02T06:00:00Z")
                    .unread()
                    .forwarded()
                    .item(),
            )
            .item(
                "drafts",
                Mail::new("three", "2024-05-03T06:00:00Z")
                    .draft()
                    .without_received()
                    .item(),
            ),
    );
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let inbox = items(&mailbox, place(&inventory, "inbox")).await;
    let one = &inbox["one"];
    assert_eq!(mime(one), octets);
    let flags: Vec<String> = one.flags().names().map(str::to_owned).collect();
    assert_eq!(flags, ["\\Seen", "\\Answered", "\\Flagged", "Срочно"]);
    assert_eq!(
        (
            one.imap_uid(),
            one.internal_date().unwrap().timestamp().unwrap().as_second()
        ),
        (Some(77), 1_714_543_200)
    );
    assert_eq!(inbox["two"].flags().names().collect::<Vec<_>>(), ["$Forwarded"]);
    let drafts = items(&mailbox, place(&inventory, "drafts")).await;
    assert!(drafts["three"].flags().draft);
    assert!(
        drafts["three"].internal_date().is_some(),
        "one that never arrived has the date when it was made"
    );
    assert_eq!(exchange.unanchored(), 0);
}

#[tokio::test]
async fn a_series_keeps_its_exceptions_people_and_zone() {
    let exception = Event::new("Летучка, иначе", "2024-05-08T09:30:00Z", "2024-05-08T10:00:00Z")
        .organizer("Анна", ANNA, true)
        .attendee("Required", "Гость", "guest@else.example", "Decline");
    let series = Event::new("Летучка; планы", "2024-05-01T06:00:00Z", "2024-05-01T06:30:00Z")
        .uid("040000008200E00074C5B7101A82E0080000000012345678")
        .location("Зал, 1")
        .text("Повестка")
        .organizer("Анна", ANNA, true)
        .attendee(
            "Required",
            "Борис",
            "/o=Corp/ou=Ex/cn=Recipients/cn=boris",
            "Accept",
        )
        .attendee("Optional", "Вера", "vera@corp.example", "Tentative")
        .attendee("Resource", "Зал", "room@corp.example", "Accept")
        .repeats(Pattern::Weekly(1, "Wednesday"), End::After(5))
        .without("2024-05-15T06:00:00Z")
        .except("2024-05-08T06:00:00Z", exception)
        .reminder(15)
        .busy("OOF")
        .sensitivity("Private")
        .category("Команда")
        .attach(Attachment::file("план.txt", "text/plain", "план"));
    let exchange = start(anna().item("calendar", series.item()));
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let events = items(&mailbox, place(&inventory, "calendar")).await;
    let out = converted(&mailbox, &events["Летучка; планы"]).await;
    let text = unfold(&out.calendar());
    let zone = "Russian Standard Time";
    for expected in [
        "UID:040000008200E00074C5B7101A82E0080000000012345678".to_owned(),
        format!("DTSTART;TZID=\"{zone}\":20240501T090000"),
        format!("DTEND;TZID=\"{zone}\":20240501T093000"),
        "RRULE:FREQ=WEEKLY;BYDAY=WE;WKST=MO;COUNT=5".to_owned(),
        format!("EXDATE;TZID=\"{zone}\":20240515T090000"),
        format!("RECURRENCE-ID;TZID=\"{zone}\":20240508T090000"),
        format!("DTSTART;TZID=\"{zone}\":20240508T123000"),
        "SUMMARY:Летучка\\; планы".to_owned(),
        "SUMMARY:Летучка\\, иначе".to_owned(),
        "LOCATION:Зал\\, 1".to_owned(),
        "DESCRIPTION:Повестка".to_owned(),
        "CLASS:PRIVATE".to_owned(),
        "CATEGORIES:Команда".to_owned(),
        "X-MICROSOFT-CDO-BUSYSTATUS:OOF".to_owned(),
        "TRIGGER:-PT15M".to_owned(),
        format!("ORGANIZER;CN=\"Анна\":mailto:{ANNA}"),
        "ATTENDEE;CN=\"Борис\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:boris@corp.example".to_owned(),
        "ATTENDEE;CN=\"Вера\";CUTYPE=INDIVIDUAL;ROLE=OPT-PARTICIPANT;PARTSTAT=TENTATIVE:mailto:vera@corp.example".to_owned(),
        "ATTENDEE;CN=\"Зал\";CUTYPE=RESOURCE;ROLE=NON-PARTICIPANT;PARTSTAT=ACCEPTED:mailto:room@corp.example".to_owned(),
        "ATTENDEE;CN=\"Гость\";CUTYPE=INDIVIDUAL;ROLE=REQ-PARTICIPANT;PARTSTAT=DECLINED:mailto:guest@else.example".to_owned(),
        "ATTACH;FMTTYPE=\"text/plain\";ENCODING=BASE64;VALUE=BINARY;X-FILENAME=\"план.txt\":0L/Qu9Cw0L0=".to_owned(),
        format!("TZID:{zone}"),
    ] {
        assert!(text.lines().any(|line| line == expected), "{expected}\n{text}");
    }
    assert_eq!(line(&text, "BEGIN:VEVENT").len(), 2);
    assert!(!out.is_lossy(), "{:?}", out.findings);
}

#[tokio::test]
async fn whole_days_stay_on_their_day() {
    let day = |name: &str, zone| {
        Event::new(name, "2024-05-08T21:00:00Z", "2024-05-09T21:00:00Z")
            .zone(zone)
            .all_day()
            .item()
    };
    let exchange = start(anna().item("calendar", day("Победа", stand_in::zone::MOSCOW)));
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let events = items(&mailbox, place(&inventory, "calendar")).await;
    let out = converted(&mailbox, &events["Победа"]).await;
    let text = unfold(&out.component);
    assert!(
        text.contains("\nDTSTART;VALUE=DATE:20240509\n") && text.contains("\nDTEND;VALUE=DATE:20240510\n"),
        "{text}"
    );
    assert!(!text.contains("ORGANIZER"), "a plain appointment has none");
    assert!(!out.is_lossy(), "{:?}", out.findings);
    // Told as midnight of a zone at the other end of the country: it is the same day there.
    let exchange = builder(anna().item("calendar", day("Победа", stand_in::zone::MOSCOW)))
        .fault(Fault::AllDayShift)
        .start();
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let events = items(&mailbox, place(&inventory, "calendar")).await;
    let out = converted(&mailbox, &events["Победа"]).await;
    let text = unfold(&out.component);
    assert!(
        text.contains("\nDTSTART;VALUE=DATE:20240509\n") && text.contains("\nDTEND;VALUE=DATE:20240510\n"),
        "{text}"
    );
    assert!(!out.is_lossy(), "{:?}", out.findings);
}

#[tokio::test]
async fn contacts_lists_tasks_and_notes() {
    let photo = b"\x89PNG\r\n\x1a\nphoto".to_vec();
    let contact = stand_in::contact("Пётр", "Безухов")
        .email("EmailAddress1", "П", "/o=Corp/ou=Ex/cn=Recipients/cn=boris")
        .email("EmailAddress2", "П", "pierre@else.example")
        .postal("Business", ["ул. 1", "Москва", "", "Россия", "101000"])
        .entry("contacts:PhoneNumbers", "MobilePhone", "+7 900")
        .with("contacts:CompanyName", "Рога; копыта")
        .with("contacts:Birthday", "1980-02-28T21:00:00Z")
        .text("Заметка\r\nвторая")
        .attach(Attachment::picture(photo.clone()));
    let exchange = start(
        anna()
            .item("contacts", contact)
            .item(
                "contacts",
                stand_in::list(
                    "Друзья",
                    &[
                        ("Борис", "/o=Corp/ou=Ex/cn=Recipients/cn=boris", "Mailbox"),
                        ("Г", "g@else.example", "OneOff"),
                    ],
                ),
            )
            .item(
                "tasks",
                stand_in::task("Отчёт", "InProgress", 40)
                    .with("task:DueDate", "2024-05-30T21:00:00Z")
                    .text("дела"),
            )
            .item(
                "tasks",
                stand_in::task("Полив", "NotStarted", 0)
                    .with("task:StartDate", "2024-05-01T21:00:00Z")
                    .regenerates(3, "2024-05-02"),
            )
            .item("notes", stand_in::note("Купить хлеб\r\nи соль", 3)),
    );
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let contacts = items(&mailbox, place(&inventory, "contacts")).await;
    let card = converted(&mailbox, &contacts["Пётр Безухов"]).await;
    let text = unfold(&card.component);
    for expected in [
        "FN:Пётр Безухов",
        "N:Безухов;Пётр;;;",
        "ORG:Рога\\; копыта;;",
        "TEL;VALUE=text;TYPE=\"cell\":+7 900",
        "EMAIL;PREF=1:boris@corp.example",
        "EMAIL;PREF=2:pierre@else.example",
        "ADR;TYPE=work:;;ул. 1;Москва;;101000;Россия",
        "BDAY:19800301",
        "NOTE:Заметка\\nвторая",
        "PHOTO:data:image/png;base64,iVBORw0KGgpwaG90bw==",
    ] {
        // The birthday is midnight of Moscow before summer time.
        let expected = if expected.starts_with("BDAY") {
            "BDAY:19800229"
        } else {
            expected
        };
        assert!(text.lines().any(|line| line == expected), "{expected}\n{text}");
    }
    assert!(!card.is_lossy(), "{:?}", card.findings);
    let list = converted(&mailbox, &contacts["Друзья"]).await;
    assert_eq!(
        line(&unfold(&list.component), "MEMBER:"),
        ["mailto:boris@corp.example", "mailto:g@else.example"]
    );
    assert_eq!(contacts["Друзья"].kind, Kind::List);
    let tasks = items(&mailbox, place(&inventory, "tasks")).await;
    let task = converted(&mailbox, &tasks["Отчёт"]).await;
    let text = unfold(&task.component);
    for expected in [
        "BEGIN:VTODO",
        "SUMMARY:Отчёт",
        "STATUS:IN-PROCESS",
        "PERCENT-COMPLETE:40",
        "DUE;VALUE=DATE:20240531",
        "DESCRIPTION:дела",
    ] {
        assert!(text.lines().any(|line| line == expected), "{expected}\n{text}");
    }
    assert!(!task.is_lossy(), "{:?}", task.findings);
    let sliding = converted(&mailbox, &tasks["Полив"]).await;
    assert!(
        sliding
            .findings
            .iter()
            .any(|finding| finding.code == "EWS-TASK-SERIES"),
        "{:?}",
        sliding.findings
    );
    let notes = items(&mailbox, place(&inventory, "notes")).await;
    let note = converted(&mailbox, &notes["Купить хлеб"]).await;
    assert!(
        unfold(&note.component).contains("\nDESCRIPTION:Купить хлеб\\nи соль\n"),
        "{}",
        note.component
    );
}

#[tokio::test]
async fn a_second_listing_has_the_changes_alone() {
    let mail = |name: &str| {
        Mail::new(name, "2024-05-01T06:00:00Z")
            .octets(format!("Subject: {name}\r\n\r\n"))
            .item()
    };
    let exchange = start((0..5).fold(anna(), |mailbox, number| {
        mailbox.item("inbox", mail(&format!("m{number}")))
    }));
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let inbox = &place(&inventory, "inbox").folder;
    let mut listing = mailbox.listing(inbox);
    let mut first = Vec::new();
    while let Some(changes) = listing.next().await.unwrap() {
        first.extend(changes);
    }
    assert_eq!(first.len(), 5);
    let state = listing.state().unwrap().to_owned();
    let before = exchange.requests();
    let mut again = mailbox.changes(inbox, state.clone());
    assert_eq!(again.next().await.unwrap(), None);
    assert_eq!(
        exchange.requests() - before,
        1,
        "one request for a folder without news"
    );
    let ids = exchange.ids(ANNA, "inbox");
    exchange.remove(&ids[0]);
    exchange.mark_read(&ids[1], false);
    let new = exchange.deliver(ANNA, "inbox", mail("new"));
    let mut changed = mailbox.changes(inbox, state);
    let mut all = Vec::new();
    while let Some(changes) = changed.next().await.unwrap() {
        all.extend(changes.iter().map(|change| format!("{change:?}")));
    }
    all.sort();
    let has = |kind: &str, id: &str| {
        all.iter()
            .any(|change| change.starts_with(kind) && change.contains(id))
    };
    assert!(
        all.len() == 3 && has("Delete", &ids[0]) && has("ReadFlag", &ids[1]) && has("Create", &new),
        "{all:?}"
    );
}

#[tokio::test]
async fn every_fault_leaves_every_item_accounted_for() {
    let mail = |number: usize| {
        Mail::new(&format!("m{number}"), "2024-05-01T06:00:00Z")
            .from("И", "i@x")
            .text("text")
            .item()
    };
    for fault in Fault::ALL {
        // Its own test: no session begins.
        if matches!(fault, Fault::LoginPage) {
            continue;
        }
        let described = (0..12).fold(anna(), |mailbox, number| mailbox.item("inbox", mail(number)));
        let described = described.item(
            "calendar",
            Event::new("e", "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z").item(),
        );
        let exchange = builder(described)
            .fault(fault)
            .back_off(std::time::Duration::from_millis(20))
            .start();
        let ews = connect(&exchange).await;
        let mailbox = ews.impersonate(ANNA);
        let inventory = mailbox
            .inventory()
            .await
            .unwrap_or_else(|error| panic!("{}: {error}", fault.name()));
        let (mut good, mut problems) = (Vec::new(), Vec::new());
        for read in read(&mailbox, place(&inventory, "inbox")).await {
            match read
                .item
                .and_then(|item| item.content().map(|_| item.subject.clone()))
            {
                Ok(subject) => good.push(subject),
                Err(problem) => problems.push(problem.code),
            }
        }
        let total = good.len() + problems.len();
        good.sort();
        good.dedup();
        let expected: usize = match fault {
            Fault::Gone | Fault::Corrupt | Fault::NoMime => 11,
            _ => 12,
        };
        assert!(
            good.len() >= expected && total >= 12,
            "{}: {good:?} {problems:?}",
            fault.name()
        );
        assert_eq!(problems.len(), 12 - expected, "{}: {problems:?}", fault.name());
        assert_eq!(
            exchange.impatient(),
            0,
            "{}: nobody asks before the time is over",
            fault.name()
        );
        let events = items(&mailbox, place(&inventory, "calendar")).await;
        assert_eq!(events.len(), 1, "{}", fault.name());
    }
}

#[tokio::test]
async fn settings_come_as_facts() {
    use stand_in::{Operand, OutOfOffice, Permission, Rights, Rule, Settings};
    let settings = Settings::new()
        .rule(
            Rule::new("Счета")
                .condition("ContainsSubjectStrings", Operand::Texts(vec!["счёт".into()]))
                .action("MoveToFolder", Operand::Folder("deleteditems".into())),
        )
        .outlook_rules()
        .out_of_office(OutOfOffice {
            state: "Scheduled".into(),
            audience: "Known".into(),
            duration: Some(("2024-05-01T06:00:00Z".into(), "2024-05-09T06:00:00Z".into())),
            internal: "<p>нет</p>".into(),
            external: "".into(),
        })
        .categories(&[("Срочно", 0), ("Без цвета", -1)]);
    let all = Rights {
        create: true,
        visible: true,
        edit: "All",
        delete: "All",
        read: "FullDetails",
        ..Rights::default()
    };
    let described = anna().settings(settings).change("inbox", |inbox| {
        inbox
            .permission(Permission::user("boris@corp.example", "Борис", "Editor", all))
            .unknown_permission("S-1-5-21-7")
    });
    let exchange = start(described);
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let found = mailbox.settings(&inventory).await.unwrap();
    let rules = found.rules.as_ref().unwrap();
    assert!(rules.outlook && rules.rules[0].name == "Счета");
    let deleted = &place(&inventory, "deleteditems").folder.id;
    assert_eq!(
        rules.rules[0].actions,
        [(
            "MoveToFolder".to_owned(),
            tegu_ews::settings::Operand::Folder(deleted.clone())
        )]
    );
    let oof = found.out_of_office.as_ref().unwrap();
    assert_eq!(
        (
            oof.state.as_str(),
            oof.audience.as_str(),
            oof.internal.as_str(),
            oof.end.unwrap().to_string().as_str()
        ),
        ("Scheduled", "Known", "<p>нет</p>", "2024-05-09T06:00:00Z")
    );
    let names: Vec<(&str, i32)> = found
        .categories
        .as_ref()
        .unwrap()
        .iter()
        .map(|category| (category.name.as_str(), category.color))
        .collect();
    assert_eq!(names, [("Срочно", 0), ("Без цвета", -1)]);
    let inbox = &place(&inventory, "inbox").folder.id;
    let (_, grants) = found.permissions.iter().find(|(id, _)| id == inbox).unwrap();
    assert!(grants.iter().any(|grant| matches!(&grant.to, tegu_ews::settings::Grantee::User { address, .. } if address == "boris@corp.example") && grant.access.level == "Editor"), "{grants:?}");
    let codes: Vec<&str> = found.findings.iter().map(|finding| &*finding.code).collect();
    assert_eq!(codes, ["EWS-RULES-OUTLOOK", "EWS-PERMISSION-UNKNOWN"]);
}

#[tokio::test]
async fn every_version_of_the_server_is_read() {
    for version in [
        stand_in::Version::Exchange2007Sp1,
        stand_in::Version::Exchange2010,
        stand_in::Version::Exchange2013,
    ] {
        let exchange = builder(
            anna()
                .item("inbox", Mail::new("m", "2024-05-01T06:00:00Z").text("t").item())
                .item(
                    "calendar",
                    Event::new("e", "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z")
                        .repeats(Pattern::Daily(1), End::After(3))
                        .item(),
                )
                .item("contacts", stand_in::contact("А", "Б")),
        )
        .version(version)
        .start();
        let ews = connect(&exchange).await;
        let mailbox = ews.impersonate(ANNA);
        let inventory = mailbox.inventory().await.unwrap();
        assert_eq!(
            items(&mailbox, place(&inventory, "inbox")).await["m"].kind,
            Kind::Mail
        );
        let events = items(&mailbox, place(&inventory, "calendar")).await;
        let out = converted(&mailbox, &events["e"]).await;
        let text = unfold(&out.calendar());
        assert!(
            text.contains("RRULE:FREQ=DAILY;COUNT=3") && text.contains(":20240501T090000\n"),
            "{version:?} {text}"
        );
        assert!(!out.is_lossy(), "{version:?} {:?}", out.findings);
        assert_eq!(items(&mailbox, place(&inventory, "contacts")).await.len(), 1);
    }
}

/// A batch that takes too long is halved until it does not, and nothing is left out.
#[tokio::test]
async fn batches_become_as_small_as_the_server_bears() {
    let mail = |number: usize| {
        Mail::new(&format!("m{number}"), "2024-05-01T06:00:00Z")
            .text("text")
            .item()
    };
    let described = (0..40).fold(anna(), |mailbox, number| mailbox.item("inbox", mail(number)));
    let exchange = builder(described).batch_limit(3).start();
    let ews = connect(&exchange).await;
    let mailbox = ews.impersonate(ANNA);
    let inventory = mailbox.inventory().await.unwrap();
    let read = read(&mailbox, place(&inventory, "inbox")).await;
    let mut subjects: Vec<String> = read.into_iter().map(|read| read.item.unwrap().subject).collect();
    subjects.sort();
    let mut expected: Vec<String> = (0..40).map(|number| format!("m{number}")).collect();
    expected.sort();
    assert_eq!(subjects, expected);
    assert!(ews.pressure().batch <= 3, "{:?}", ews.pressure());
}
