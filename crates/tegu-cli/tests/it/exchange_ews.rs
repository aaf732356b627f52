//! An organisation out of Exchange Web Services by one credential: killed at any instant, and changed between two passes.

use crate::{organisation::resources, scene::Scene, torn};
use std::{collections::BTreeMap, fmt::Write as _, fs, time::Duration};
use tegu_migrate::{Counts, Entity, Report, State};
use tegu_testkit::{
    Dovecot, Radicale,
    exchange_ews::{Event, ExchangeEws, Extended, ExtendedName, Item, Mail, contact, organisation, task},
    imap::{Client, Held},
};

/// Losses that the operator accepts: what Dovecot and the formats cannot say of a few items of each mailbox.
pub(crate) const ACCEPTED: [&str; 3] = ["EWS-JOURNAL", "EWS-TASK-SERIES", "MAIL-KEYWORD"];
const MOVING: [Entity; 5] = [
    Entity::Mail,
    Entity::Calendars,
    Entity::Tasks,
    Entity::Notes,
    Entity::Contacts,
];

struct Move {
    exchange: ExchangeEws,
    target: Dovecot,
    radicale: Radicale,
    scene: Scene,
}

pub(crate) fn alias(address: &str) -> &str {
    address.split('@').next().unwrap()
}

/// A server of calendars with a user for each mailbox.
pub(crate) fn homes(addresses: &[String]) -> Radicale {
    let users = addresses.iter().map(|address| alias(address));
    Radicale::builder().users(users).start()
}

/// The directory's export, with a user for each mailbox.
pub(crate) fn directory(addresses: &[String]) -> String {
    let mut ldif = String::new();
    for address in addresses {
        let alias = alias(address);
        write!(
            ldif,
            "dn: CN={alias},DC=corp,DC=example\nobjectClass: user\ndisplayName: {alias}\nmailNickname: {alias}\nmail: {address}\n\
             proxyAddresses: SMTP:{address}\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
        .unwrap();
    }
    ldif
}

impl Move {
    fn of(mailboxes: usize) -> Self {
        let exchange = ExchangeEws::builder()
            .mailboxes(organisation(11, mailboxes))
            .tls()
            .start();
        let addresses = exchange.mailboxes();
        let radicale = homes(&addresses);
        let scene = Scene::new();
        scene.write("directory.ldif", directory(&addresses));
        for (name, password) in [
            ("exchange", exchange.password()),
            ("imap", Dovecot::password()),
            ("dav", Radicale::password()),
        ] {
            scene.write(&format!("passwords/{name}"), format!("{password}\n"));
        }
        let job = Self {
            exchange,
            target: Dovecot::start(),
            radicale,
            scene,
        };
        job.scene.write("job.toml", job.to_servers());
        job
    }

    /// A job whose sources are Exchange by one credential, and these targets.
    fn to(&self, out: &str, [mail, calendars, contacts]: [String; 3]) -> String {
        let source = format!(
            "{{ kind = 'ews', url = '{}', user = '{}', ca = '{}', password = {{ file = 'passwords/exchange' }} }}",
            self.exchange.url(),
            self.exchange.user(),
            self.exchange.ca().unwrap().display()
        );
        format!(
            "name = 'Корпорация'\nout = '{out}'\ndeletions = true\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
             [policy]\naccept = {ACCEPTED:?}\n\
             [mail]\nsource = {source}\ntarget = {mail}\n[calendars]\nsource = {source}\ntarget = {calendars}\n\
             [contacts]\nsource = {source}\ntarget = {contacts}\n"
        )
    }

    fn to_servers(&self) -> String {
        let dav = |kind: &str| {
            format!(
                "{{ kind = '{kind}', url = '{}', user = '{{alias}}', password = {{ file = 'passwords/dav' }} }}",
                self.radicale.url()
            )
        };
        let imap = format!(
            "{{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', \
             password = {{ file = 'passwords/imap' }} }}",
            self.target.port()
        );
        self.to("job", [imap, dav("caldav"), dav("carddav")])
    }

    fn report(&self) -> Report {
        let report = Report::read_from(&self.scene.path("job")).unwrap().unwrap();
        assert!(report.complete && report.balances(), "{:#?}", report.worklist);
        report
    }

    fn held(&self, address: &str) -> BTreeMap<String, Vec<Held>> {
        let mut client = Client::login(self.target.port(), alias(address), Dovecot::password()).unwrap();
        let mut held = client.holdings().unwrap();
        held.retain(|_, messages| !messages.is_empty());
        held
    }

    /// Compares everything that stands on the target with what the mailboxes are described to hold. `tree` is what the first one calls the
    /// folder that the others call Ёлка.
    fn compare(&self, tree: &str) {
        let mut tree = tree;
        for address in self.exchange.mailboxes() {
            let described = self.exchange.items(&address);
            let of = |class: &str| {
                let items = described.iter().map(|(_, item)| item);
                let found = items.filter(|item| item.value("item:ItemClass").as_deref() == Some(class));
                found.collect::<Vec<_>>()
            };
            // Folders keep together, whatever they are called on the target.
            let mut mail = Vec::new();
            for (folder, there) in self.held(&address) {
                let there = sorted(there.iter().map(content));
                let from = ["inbox", "sentitems", tree].into_iter().find(|name| {
                    let ids = self.exchange.ids(&address, name);
                    let items = described.iter().filter(|(id, _)| ids.contains(id));
                    sorted(items.map(|(_, item)| message(item))) == there
                });
                assert!(from.is_some(), "{address} {folder}: {there:?}");
                mail.extend(there);
            }
            assert_eq!(
                sorted(mail),
                sorted(of("IPM.Note").into_iter().map(message)),
                "{address}"
            );

            compare_items(&self.radicale, &address, &described);
            tree = "Ёлка";
        }
    }
}

/// Calendar resources and cards of one person, unfolded.
fn items(radicale: &Radicale, address: &str) -> Vec<String> {
    let home = format!("/{}/", alias(address));
    let all = resources(radicale).into_iter();
    let own = all.filter(|(name, _)| format!("/{name}").contains(&home));
    own.map(|(_, octets)| String::from_utf8(octets).unwrap().replace("\r\n ", ""))
        .collect()
}

/// Compares the calendars and address books of one person with what his mailbox is described to hold.
pub(crate) fn compare_items(radicale: &Radicale, address: &str, described: &[(String, Item)]) {
    let of = |class: &str| {
        let items = described.iter().map(|(_, item)| item);
        let found = items.filter(|item| item.value("item:ItemClass").as_deref() == Some(class));
        found.collect::<Vec<_>>()
    };
    let items = items(radicale, address);
    let found = |component: &str, read: fn(&str) -> String| {
        let begin = format!("BEGIN:{component}\r\n");
        let texts = items.iter().filter(|text| text.contains(&begin));
        sorted(texts.map(|text| read(text)))
    };
    assert_eq!(
        found("VEVENT", event),
        sorted(of("IPM.Appointment").into_iter().map(appointment)),
        "{address}"
    );
    assert_eq!(
        found("VTODO", |text| all(text, "SUMMARY")),
        sorted(of("IPM.Task").into_iter().map(|item| value(item, "item:Subject"))),
        "{address}"
    );
    let notes = ["IPM.StickyNote", "IPM.Activity"].into_iter().flat_map(of);
    assert_eq!(
        found("VJOURNAL", |text| all(text, "SUMMARY")),
        sorted(notes.map(|item| value(item, "item:Subject"))),
        "{address}"
    );
    let people = ["IPM.Contact", "IPM.DistList"].into_iter().flat_map(of);
    assert_eq!(
        found("VCARD", |text| all(text, "FN")),
        sorted(people.map(|item| value(item, "contacts:DisplayName"))),
        "{address}"
    );
}

pub(crate) fn sorted<T: Ord>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut all: Vec<T> = all.into_iter().collect();
    all.sort();
    all
}

pub(crate) type Message = ([u8; 32], Vec<String>, Option<i64>);

pub(crate) fn content(held: &Held) -> Message {
    (held.digest, held.flags.iter().cloned().collect(), held.date)
}

pub(crate) fn value(item: &Item, uri: &'static str) -> String {
    item.value(uri).unwrap_or_default()
}

fn seconds(time: &str) -> i64 {
    time.parse::<jiff::Timestamp>().unwrap().as_second()
}

/// A message as IMAP has to hold it.
pub(crate) fn message(item: &Item) -> Message {
    let mut flags = Vec::new();
    let number = |tag| item.property(&ExtendedName::Tag(tag));
    match number(0x1081) {
        Some(Extended::Integer(102 | 103)) => flags.push("\\answered"),
        Some(Extended::Integer(104)) => flags.push("$forwarded"),
        _ => {}
    }
    if number(0x1090) == Some(&Extended::Integer(2)) {
        flags.push("\\flagged");
    }
    if value(item, "message:IsRead") == "true" {
        flags.push("\\seen");
    }
    let date = item.value("item:DateTimeReceived").map(|time| seconds(&time));
    let digest = *blake3::hash(item.octets().unwrap()).as_bytes();
    (digest, sorted(flags.into_iter().map(str::to_owned)), date)
}

/// The values of all lines of a name outside of zones, in order.
fn all(text: &str, name: &str) -> String {
    let mut within = String::new();
    let mut values = Vec::new();
    for line in text.lines() {
        let (head, value) = line.split_once(':').unwrap();
        match head {
            "BEGIN" => within.push_str(&format!("{value} ")),
            "END" => within.truncate(within.len() - value.len() - 1),
            head if head.split(';').next() == Some(name) && !within.contains("VTIMEZONE") => {
                values.push(value.replace("\\,", ",").replace("\\;", ";"));
            }
            _ => {}
        }
    }
    sorted(values).join(" | ")
}

/// What must be the same: identity, and of the series and its exceptions subjects and places.
fn event(text: &str) -> String {
    let uids = text.lines().filter_map(|line| line.strip_prefix("UID:"));
    let uid = sorted(uids).first().copied().unwrap_or_default();
    format!("{uid}: {} at {}", all(text, "SUMMARY"), all(text, "LOCATION"))
}

fn appointment(item: &Item) -> String {
    let every = |uri| {
        let all = std::iter::once(item).chain(item.exceptions());
        sorted(all.map(|item| value(item, uri)).filter(|text| !text.is_empty())).join(" | ")
    };
    format!(
        "{}: {} at {}",
        value(item, "calendar:UID"),
        every("item:Subject"),
        every("calendar:Location")
    )
}

fn counts(report: &Report) -> [Counts; MOVING.len()] {
    MOVING.map(|entity| crate::scene::counts(report, entity))
}

/// What the report says that a pass moved.
fn moved_now(job: &Move) -> Vec<u64> {
    let report = fs::read(job.scene.path("job/report.json")).unwrap();
    let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
    let rows = report["entities"].as_array().unwrap();
    let row = |entity: Entity| rows.iter().find(|row| row["entity"] == entity.name()).unwrap();
    MOVING
        .map(|entity| row(entity)["moved_now"].as_u64().unwrap())
        .into()
}

/// Moves an organisation whose runs are killed so often, each within so many milliseconds, then changes it and moves the changes.
fn moves(mailboxes: usize, kills: u32, longest: u64) {
    let job = Move::of(mailboxes);
    let config = job.scene.path("job.toml");
    let output = torn::kill(&config, 0x51ed_270b, kills, Duration::from_millis(longest));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let report = job.report();
    assert_eq!(output.status.code(), Some(3), "after {kills} kills: {told}");
    only_photos(&report, mailboxes);
    let first = counts(&report);
    let photos = mailboxes as u64;
    for (counts, manual) in first.iter().zip([0, 0, 0, 0, photos]) {
        // What a kill left on the target is found there: moved or present, but there once.
        assert_eq!(counts.moved + counts.present + manual, counts.source, "{first:?}");
    }
    job.compare("Ёлка");
    println!("{mailboxes} mailboxes, {kills} kills: {first:?}");

    // The bundle takes the same, in one run.
    let bundle = || "{ kind = 'bundle' }".to_owned();
    job.scene
        .write("bundle.toml", job.to("bundle", [bundle(), bundle(), bundle()]));
    let run = torn::start(&["run"], &job.scene.path("bundle.toml"));
    let output = run.wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "{told}");
    let report = Report::read_from(&job.scene.path("bundle")).unwrap().unwrap();
    for (here, there) in counts(&report).iter().zip(&first) {
        assert_eq!((here.source, here.moved), (there.source, there.source));
    }

    // A pass with nothing new asks once for each folder and moves nothing.
    let before = job
        .exchange
        .mailboxes()
        .iter()
        .map(|a| job.held(a))
        .collect::<Vec<_>>();
    let pass = || {
        let run = torn::start(&["run"], &config).wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(3), "{told}");
        moved_now(&job)
    };
    assert_eq!(pass(), [0; MOVING.len()]);

    change(&job.exchange);
    assert_eq!(pass(), [3, 2, 1, 0, 2]);
    job.compare("Сосна");
    // What stood on the target before was left alone.
    for (address, before) in job.exchange.mailboxes().iter().zip(before) {
        let after = job.held(address);
        for (folder, messages) in before {
            assert!(
                messages.iter().all(|held| after[&folder].contains(held)),
                "{address} {folder}"
            );
        }
    }
    assert_eq!(pass(), [0; MOVING.len()]);
    only_photos(&job.report(), mailboxes);
}

/// Radicale cuts a photo off at the comma of its `data:` URL, and so each card with one is for a person.
pub(crate) fn only_photos(report: &Report, count: usize) {
    let work = &report.worklist;
    let photos = work.iter().filter(|work| {
        let [finding] = &work.findings[..] else {
            return false;
        };
        work.state == State::Manual
            && finding.code == "DAV-TARGET-ALTERED"
            && finding.message.contains("PHOTO")
    });
    assert_eq!((photos.count(), work.len()), (count, count), "{work:#?}");
}

/// What happens in an organisation between two passes.
fn change(exchange: &ExchangeEws) {
    let all = exchange.mailboxes();
    let [first, second] = [&all[0], &all[1]];
    let mail = |subject: &str| {
        Mail::new(subject, "2024-08-01T06:00:00Z")
            .from("Новый", "new@else.example")
            .text("Новое письмо.")
            .item()
    };
    exchange.deliver(first, "inbox", mail("Новое письмо"));
    exchange.deliver(second, "Ёлка", mail("Ещё одно"));
    exchange.rename_folder(second, "Ёлка", "Сосна");
    exchange.deliver(second, "Сосна", mail("И ещё одно"));
    exchange.rename_folder(second, "Сосна", "Ёлка");
    exchange.rename_folder(first, "Ёлка", "Сосна");
    exchange.rename_folder(first, "Календарь", "Мой календарь");

    let meeting = Event::new("Новая встреча", "2024-09-02T06:00:00Z", "2024-09-02T07:00:00Z");
    exchange.deliver(first, "calendar", meeting.item());
    exchange.deliver(second, "tasks", task("Новая задача", "InProgress", 10));
    let lunch = |address: &str| {
        let items = exchange.items(address).into_iter();
        let mut found = items.filter(|(_, item)| value(item, "item:Subject") == "Обед");
        found.next_back().unwrap()
    };
    let (id, item) = lunch(second);
    exchange.replace(&id, item.with("calendar:Location", "Кафе"));
    exchange.remove(&lunch(first).0);

    exchange.deliver(first, "contacts", contact("Новый", "Человек"));
    let cards = exchange.ids(second, "contacts");
    exchange.replace(&cards[1], contact("Другой", "Человек"));
    exchange.remove(&cards[2]);
}

#[test]
fn an_organisation_leaves_exchange_by_one_credential() {
    if tegu_testkit::skip_servers() {
        return;
    }
    moves(2, 6, 1000);
}

/// `cargo test -p tegu-cli --test it -- --ignored --nocapture fifty_mailboxes`
#[test]
#[ignore = "takes minutes"]
fn fifty_mailboxes_leave_exchange_in_fifty_pieces() {
    moves(50, 50, 4000);
}
