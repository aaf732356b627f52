//! Calendars, contacts, tasks and notes that change on Exchange between passes: what it costs to ask, and runs that are killed while they
//! carry it over.

use crate::{
    exchange_ews::{ACCEPTED, compare_items, directory, homes, value},
    exchange_ews_mail::{Asked, asked, folders, others},
    scene::Scene,
    torn,
};
use std::{collections::BTreeMap, fs, time::Duration};
use tegu_migrate::{Report, State};
use tegu_testkit::{
    Radicale,
    exchange_ews::{End, Event, ExchangeEws, Folder, Item, Pattern, contact, note, organisation, task},
};

/// A second calendar, which items are moved to and from.
const SECOND: &str = "Второй календарь";
/// A calendar that takes two requests to list.
const LARGE: &str = "Дежурства";
const LARGE_COUNT: u32 = 600;
/// Folders whose items change.
const CHANGING: [&str; 5] = ["calendar", SECOND, "contacts", "tasks", "notes"];
/// All folders that are listed for a mailbox without the large one: those that change, and the journal.
const LISTED: usize = CHANGING.len() + 1;

struct Move {
    exchange: ExchangeEws,
    radicale: Radicale,
    scene: Scene,
    /// Exchanges with the stand-in that were looked at.
    looked: usize,
}

fn duty(number: u32) -> Item {
    let day = format!("2025-{:02}-{:02}", 1 + number / 28 % 12, 1 + number % 28);
    let event = Event::new(
        &format!("Дежурство {number}"),
        &format!("{day}T06:00:00Z"),
        &format!("{day}T07:00:00Z"),
    );
    event.uid(&format!("duty-{number}")).item()
}

/// A series whose third day is another one in each version, and whose fourth goes to another place.
fn series(name: &str, version: u32) -> Item {
    let mut event = Event::new(name, "2024-05-06T06:00:00Z", "2024-05-06T07:00:00Z")
        .uid(&format!("series-{name}"))
        .repeats(Pattern::Daily(1), End::After(10));
    let moved = Event::new(
        &format!("{name}, перенос {version}"),
        "2024-05-08T09:00:00Z",
        "2024-05-08T10:00:00Z",
    );
    event = event.except("2024-05-08T06:00:00Z", moved);
    if version % 2 == 1 {
        let elsewhere = Event::new(name, "2024-05-09T06:00:00Z", "2024-05-09T07:00:00Z");
        event = event.except(
            "2024-05-09T06:00:00Z",
            elsewhere.location(&format!("Комната {version}")),
        );
    }
    event.item()
}

impl Move {
    fn of(mailboxes: usize) -> Self {
        let mut mailboxes: Vec<_> = organisation(11, mailboxes)
            .into_iter()
            .map(|mailbox| {
                mailbox
                    .folder(
                        Folder::new(SECOND)
                            .class("IPF.Appointment")
                            .item(series("Планёрка", 0)),
                    )
                    .item("calendar", series("Летучка", 1))
            })
            .collect();
        let first = mailboxes.remove(0);
        let large = Folder::new(LARGE).class("IPF.Appointment");
        mailboxes.insert(0, first.folder(large.items((0..LARGE_COUNT).map(duty))));
        let exchange = ExchangeEws::builder().mailboxes(mailboxes).tls().record().start();
        let addresses = exchange.mailboxes();
        let radicale = homes(&addresses);
        let scene = Scene::new();
        scene.write("directory.ldif", directory(&addresses));
        scene.write("passwords/exchange", format!("{}\n", exchange.password()));
        scene.write("passwords/dav", format!("{}\n", Radicale::password()));
        let job = Self {
            exchange,
            radicale,
            scene,
            looked: 0,
        };
        job.configure("job.toml", &ACCEPTED);
        job
    }

    fn configure(&self, name: &str, accepted: &[&str]) {
        let source = format!(
            "{{ kind = 'ews', url = '{}', user = '{}', ca = '{}', password = {{ file = 'passwords/exchange' }} }}",
            self.exchange.url(),
            self.exchange.user(),
            self.exchange.ca().unwrap().display()
        );
        let target = |kind: &str| {
            format!(
                "{{ kind = '{kind}', url = '{}', user = '{{alias}}', password = {{ file = 'passwords/dav' }} }}",
                self.radicale.url()
            )
        };
        let job = format!(
            "name = 'Календари'\nout = 'job'\ndeletions = true\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
             [policy]\naccept = {accepted:?}\n\
             [calendars]\nsource = {source}\ntarget = {}\n[contacts]\nsource = {source}\ntarget = {}\n",
            target("caldav"),
            target("carddav")
        );
        self.scene.write(name, job);
    }

    /// Runs a pass to its end, and says what it asked Exchange for.
    fn pass(&mut self, config: &str) -> Asked {
        let config = self.scene.path(config);
        let run = torn::start(&["run"], &config).wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(matches!(run.status.code(), Some(0 | 3)), "{told}");
        asked(&self.exchange, &mut self.looked)
    }

    fn report(&self) -> Report {
        let report = Report::read_from(&self.scene.path("job")).unwrap().unwrap();
        assert!(report.complete && report.balances(), "{:#?}", report.worklist);
        report
    }

    /// Nothing is for a person but photos, which Radicale cuts off, and the original of each is kept.
    fn ended(&self) {
        for work in self.report().worklist {
            if work.state == State::Excluded {
                continue;
            }
            let [finding] = &work.findings[..] else {
                panic!("{work:#?}");
            };
            assert!(
                finding.code == "DAV-TARGET-ALTERED" && finding.message.contains("PHOTO"),
                "{work:#?}"
            );
            let original = self.scene.path("job").join(work.original.as_ref().unwrap());
            assert!(fs::read_to_string(original).unwrap().contains("BEGIN:VCARD"));
        }
    }

    fn compare(&self, when: &str) {
        for address in self.exchange.mailboxes() {
            println!("{address}, {when}");
            compare_items(&self.radicale, &address, &self.exchange.items(&address));
        }
    }

    /// What the report says of all collections and of what is for a person. What a pass moved is there for the next one.
    fn told(&self) -> (BTreeMap<String, String>, String) {
        let report = self.report();
        let rows = report.accounts.iter().flat_map(|account| &account.containers);
        let rows = rows.map(|row| {
            let counts = &row.counts;
            let there = counts.moved + counts.present;
            let told = format!(
                "{} of {}, {} for a person, {} octets, {:?}",
                there, counts.source, counts.manual, row.bytes, row.findings
            );
            (format!("{:?} {}", row.entity, row.name), told)
        });
        (rows.collect(), format!("{:#?}", report.worklist))
    }

    /// Changes every mailbox: something comes, is edited, moved, deleted, and exceptions of series change.
    fn change(&self, seed: &mut u64, round: u32) {
        let mut random = |below: usize| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*seed >> 33) as usize % below
        };
        for address in self.exchange.mailboxes() {
            for step in 0..10 {
                let folder = CHANGING[random(CHANGING.len())];
                let name = format!("Круг {round}, шаг {step}");
                let new = || match folder {
                    "contacts" => contact("Круг", &format!("{round}-{step}")),
                    "tasks" => task(&name, "InProgress", 10),
                    "notes" => note(&name, 3),
                    _ => {
                        let event = Event::new(&name, "2024-09-02T06:00:00Z", "2024-09-02T07:00:00Z");
                        event.uid(&format!("{round}-{step}-{address}")).item()
                    }
                };
                let described = self.exchange.items(&address);
                let ids = self.exchange.ids(&address, folder);
                let Some(id) = ids.get(random(ids.len().max(1))) else {
                    self.exchange.deliver(&address, folder, new());
                    continue;
                };
                let item = &described.iter().find(|(one, _)| one == id).unwrap().1;
                match step {
                    0..3 => drop(self.exchange.deliver(&address, folder, new())),
                    3 | 4 if matches!(folder, "calendar" | SECOND) => {
                        let item = item.clone().with("calendar:Location", &name);
                        self.exchange.replace(id, item);
                    }
                    3 | 4 => self.exchange.replace(id, new()),
                    5 | 6 => {
                        let all = described.iter();
                        let found = all
                            .filter(|(_, item)| value(item, "calendar:UID").starts_with("series-"))
                            .collect::<Vec<_>>();
                        if let Some((id, item)) = found.get(random(found.len().max(1))) {
                            let subject = value(item, "item:Subject");
                            self.exchange.replace(id, series(&subject, 10 * round + step));
                        }
                    }
                    7 | 8 if folder == "calendar" => {
                        drop(self.exchange.move_item(id, &address, SECOND));
                    }
                    7 | 8 if folder == SECOND => {
                        drop(self.exchange.move_item(id, &address, "calendar"));
                    }
                    _ => self.exchange.remove(id),
                }
            }
        }
    }
}

/// What of Exchange is asked again costs one request a folder, and what has changed costs what the changes cost.
#[test]
fn calendars_and_contacts_that_did_not_change_cost_one_request_a_folder() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mut job = Move::of(3);
    let first = job.pass("job.toml");
    let mut all = folders(&first);
    all.dedup();
    assert_eq!(all.len(), 3 * LISTED + 1);
    // Where a server is slow, a job is tried again.
    assert!(
        folders(&first).len() > all.len(),
        "two requests for the large one"
    );
    job.ended();
    job.compare("first");
    let told = job.told();

    // The folders of each mailbox are asked for by both jobs, and those of the first one before anything moves.
    let inventories = BTreeMap::from([("FindFolder", 8), ("GetFolder", 8)]);
    for _ in 0..2 {
        let still = job.pass("job.toml");
        assert!(folders(&still) == all, "each folder once");
        assert_eq!(others(&still), inventories);
        assert_eq!(job.told(), told, "the report says the same");
        job.ended();
    }
    let more: usize = inventories.values().sum();
    println!(
        "nothing new: {} requests for {} folders",
        all.len() + more,
        all.len()
    );
    let plan = torn::start(&["plan"], &job.scene.path("job.toml"));
    let plan = plan.wait_with_output().unwrap();
    assert!(
        matches!(plan.status.code(), Some(0 | 3)),
        "{}",
        String::from_utf8_lossy(&plan.stderr)
    );
    let planned = asked(&job.exchange, &mut job.looked);
    assert!(folders(&planned) == all, "each folder once");
    assert_eq!(
        others(&planned),
        BTreeMap::from([("FindFolder", 6), ("GetFolder", 6)])
    );

    // One of the large calendar that changed, and one that is new: they are told once, and are not read in the pass after it.
    let address = job.exchange.mailboxes()[0].clone();
    let ids = job.exchange.ids(&address, LARGE);
    let item = duty(500).with("calendar:Location", "Вокзал");
    job.exchange.replace(&ids[500], item);
    job.exchange.deliver(&address, LARGE, duty(2_000));
    let changed = job.pass("job.toml");
    assert!(folders(&changed) == all, "each folder once");
    let read: usize = changed["GetItem"]
        .iter()
        .map(|asked| asked.matches("<t:ItemId ").count())
        .sum();
    assert_eq!((changed["GetItem"].len(), read), (1, 2));
    job.compare("after two changes");
    let still = job.pass("job.toml");
    assert!(!still.contains_key("GetItem"), "{:?}", others(&still));

    // What the operator accepts decides about every item.
    job.configure("job.toml", &ACCEPTED[..1]);
    let again = job.pass("job.toml");
    assert!(again["GetItem"].len() > LARGE_COUNT as usize / 50);
    let manual = |job: &Move| {
        let worklist = job.report().worklist;
        let tasks = worklist
            .iter()
            .filter(|work| work.findings.iter().any(|finding| finding.code == ACCEPTED[1]));
        tasks.filter(|work| work.state == State::Manual).count()
    };
    assert_eq!(manual(&job), 3);
    // It stays so without being read, and its original is kept.
    let still = job.pass("job.toml");
    assert!(folders(&still) == all, "each folder once");
    assert!(!still.contains_key("GetItem"), "{:?}", others(&still));
    assert_eq!(manual(&job), 3);
    for work in job.report().worklist {
        let original = job.scene.path("job").join(work.original.unwrap());
        fs::remove_file(original).unwrap();
    }
    let lost = job.pass("job.toml");
    assert!(
        lost.contains_key("GetItem"),
        "an original that is not kept is read again"
    );
    for work in job.report().worklist {
        assert!(job.scene.path("job").join(work.original.unwrap()).exists());
    }
}

/// Passes over changes are killed so often, a few times after each round of changes, and each round ends as a clean run does.
fn killed(mailboxes: usize, rounds: u32, kills: u32, longest: u64) {
    let mut job = Move::of(mailboxes);
    job.pass("job.toml");
    let config = job.scene.path("job.toml");
    let mut seed = 0x51ed_270b;
    for round in 0..rounds {
        job.change(&mut seed, round);
        let output = torn::kill(&config, seed, kills, Duration::from_millis(longest));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert!(
            matches!(output.status.code(), Some(0 | 3)),
            "round {round}: {told}"
        );
        job.ended();
        job.compare(&format!("round {round}"));
    }
    println!("{} kills over changes in {mailboxes} mailboxes", rounds * kills);
    asked(&job.exchange, &mut job.looked);
    let still = job.pass("job.toml");
    assert!(!still.contains_key("GetItem"), "{:?}", others(&still));
}

#[test]
fn calendars_and_contacts_that_change_on_exchange_are_followed_through_kills() {
    if tegu_testkit::skip_servers() {
        return;
    }
    killed(3, 5, 10, 600);
}
