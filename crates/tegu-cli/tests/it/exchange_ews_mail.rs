//! Mail that changes on Exchange between passes: what it costs to ask, and runs that are killed while they carry it over.

use crate::{
    exchange_ews::{Message, alias, content, directory, message, sorted},
    scene::Scene,
    torn,
};
use std::{collections::BTreeMap, time::Duration};
use tegu_migrate::{Report, State};
use tegu_testkit::{
    Dovecot,
    exchange_ews::{ExchangeEws, Extended, ExtendedName, Folder, Item, Mail, organisation},
    imap::Client,
};

/// A folder that takes three requests to list.
const LARGE: &str = "Рассылки";
const LARGE_COUNT: u32 = 1_100;
/// The folders that hold mail, as people call them.
const FOLDERS: [&str; 6] = ["inbox", "sentitems", "drafts", "deleteditems", "Ёлка", LARGE];

struct Move {
    exchange: ExchangeEws,
    target: Dovecot,
    scene: Scene,
    /// Exchanges with the stand-in that were looked at.
    looked: usize,
}

/// What a pass asked for, by the name of the operation.
pub(crate) type Asked = BTreeMap<&'static str, Vec<String>>;

/// What Exchange was asked since it was looked at last.
pub(crate) fn asked(exchange: &ExchangeEws, looked: &mut usize) -> Asked {
    let exchanges = exchange.exchanges();
    let mut asked = Asked::new();
    for (request, _) in &exchanges[*looked..] {
        let operations = ["GetFolder", "FindFolder", "SyncFolderItems", "GetItem"].into_iter();
        let name = operations.into_iter().find(|name| {
            request.contains(&format!("<m:{name} ")) || request.contains(&format!("<m:{name}>"))
        });
        let name = name.unwrap_or("another");
        asked.entry(name).or_default().push(request.clone());
    }
    *looked = exchanges.len();
    asked
}

/// The folders that were listed, once for each request.
pub(crate) fn folders(asked: &Asked) -> Vec<String> {
    let folder = |request: &String| {
        let (_, rest) = request.split_once("<m:SyncFolderId>").unwrap();
        rest.split_once("</m:SyncFolderId>").unwrap().0.to_owned()
    };
    sorted(asked["SyncFolderItems"].iter().map(folder))
}

/// How often each operation was asked for that lists no folder.
pub(crate) fn others(asked: &Asked) -> BTreeMap<&'static str, usize> {
    let others = asked.iter().filter(|(name, _)| **name != "SyncFolderItems");
    others.map(|(name, asked)| (*name, asked.len())).collect()
}

fn letter(number: u32, text: &str) -> Item {
    Mail::new(&format!("Письмо {number}"), "2024-05-06T07:08:09Z")
        .from("Новый", "new@else.example")
        .text(text)
        .item()
}

impl Move {
    fn of(mailboxes: usize) -> Self {
        let mut mailboxes = organisation(11, mailboxes);
        let first = mailboxes.remove(0);
        let large = Folder::new(LARGE).class("IPF.Note");
        let large = large.items((0..LARGE_COUNT).map(|number| letter(number, "Одно из многих.")));
        mailboxes.insert(0, first.folder(large));
        let exchange = ExchangeEws::builder().mailboxes(mailboxes).tls().record().start();
        let (target, scene) = (Dovecot::start(), Scene::new());
        scene.write("directory.ldif", directory(&exchange.mailboxes()));
        scene.write("passwords/exchange", format!("{}\n", exchange.password()));
        scene.write("passwords/imap", format!("{}\n", Dovecot::password()));
        let job = format!(
            "name = 'Почта'\nout = 'job'\ndeletions = true\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
             [policy]\naccept = ['MAIL-KEYWORD']\n[mail]\n\
             source = {{ kind = 'ews', url = '{}', user = '{}', ca = '{}', password = {{ file = 'passwords/exchange' }} }}\n\
             target = {{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', \
             password = {{ file = 'passwords/imap' }} }}\n",
            exchange.url(),
            exchange.user(),
            exchange.ca().unwrap().display(),
            target.port()
        );
        scene.write("job.toml", job);
        Self {
            exchange,
            target,
            scene,
            looked: 0,
        }
    }

    /// Runs a pass to its end, and says what it asked Exchange for.
    fn pass(&mut self) -> Asked {
        let config = self.scene.path("job.toml");
        let run = torn::start(&["run"], &config).wait_with_output().unwrap();
        let told = String::from_utf8_lossy(&run.stderr).into_owned();
        assert_eq!(run.status.code(), Some(0), "{told}");
        self.ended();
        self.asked()
    }

    fn ended(&self) {
        let report = Report::read_from(&self.scene.path("job")).unwrap().unwrap();
        assert!(report.complete && report.balances(), "{:#?}", report.worklist);
        let open = report
            .worklist
            .iter()
            .filter(|work| work.state != State::Excluded);
        assert_eq!(open.count(), 0, "{:#?}", report.worklist);
    }

    /// What was asked since the last call.
    fn asked(&mut self) -> Asked {
        asked(&self.exchange, &mut self.looked)
    }

    /// Compares everything that stands on the target with what the mailboxes hold, folder by folder.
    fn compare(&self, when: &str) {
        for address in self.exchange.mailboxes() {
            let mut client = Client::login(self.target.port(), alias(&address), Dovecot::password()).unwrap();
            let held = client.holdings().unwrap().into_values();
            let held = sorted(held.map(|held| sorted(held.iter().map(content))));
            let described: BTreeMap<_, _> = self.exchange.items(&address).into_iter().collect();
            let expected = self.folders(&address).into_iter().map(|folder| {
                let ids = self.exchange.ids(&address, folder);
                sorted(ids.iter().map(|id| message(&described[id])))
            });
            let expected = sorted(expected);
            // Folders keep together, whatever they are called on the target.
            let less = |all: &[Vec<Message>], others: &[Vec<Message>]| {
                let other = |one: &&Vec<Message>| !one.is_empty() && !others.contains(one);
                all.iter().filter(other).cloned().collect::<Vec<_>>()
            };
            let pair = less(&held, &expected).into_iter().zip(less(&expected, &held));
            let differing = pair.map(|(held, expected)| {
                let only = |all: &[Message], others: &[Message]| {
                    let other = |one: &&Message| !others.contains(one);
                    all.iter().filter(other).cloned().collect::<Vec<_>>()
                };
                (
                    held.len(),
                    only(&held, &expected),
                    expected.len(),
                    only(&expected, &held),
                )
            });
            let differing: Vec<_> = differing.collect();
            assert!(differing.is_empty(), "{address}, {when}: {differing:?}");
            assert!(less(&held, &expected).is_empty() && less(&expected, &held).is_empty());
        }
    }

    /// The folders of mail that a mailbox has.
    fn folders(&self, address: &str) -> Vec<&'static str> {
        let is_first = self.exchange.mailboxes()[0] == address;
        let all = FOLDERS.into_iter().filter(|name| is_first || *name != LARGE);
        all.collect()
    }

    /// Changes every mailbox: something comes, is edited, flagged, read, moved, deleted.
    fn change(&self, seed: &mut u64, round: u32) {
        let mut random = |below: usize| {
            *seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
            (*seed >> 33) as usize % below
        };
        for address in self.exchange.mailboxes() {
            let folders = self.folders(&address);
            for step in 0..8 {
                let folder = folders[random(folders.len())];
                let text = format!("Круг {round}, шаг {step}.");
                let ids = self.exchange.ids(&address, folder);
                let Some(id) = ids.get(random(ids.len().max(1))) else {
                    self.exchange.deliver(&address, folder, letter(step, &text));
                    continue;
                };
                let item = || {
                    let items = self.exchange.items(&address).into_iter();
                    items.into_iter().find(|(one, _)| one == id).unwrap().1
                };
                match step {
                    0 | 1 => drop(self.exchange.deliver(&address, folder, letter(step, &text))),
                    2 => self.exchange.replace(id, letter(step, &text)),
                    3 => {
                        // Answered, forwarded, or neither.
                        let verb = Extended::Integer([102, 104, 0][random(3)]);
                        let item = item().extended(ExtendedName::Tag(0x1081), verb);
                        self.exchange.replace(id, item);
                    }
                    4 => self.exchange.mark_read(id, random(2) == 0),
                    5 => drop(
                        self.exchange
                            .move_item(id, &address, folders[random(folders.len())]),
                    ),
                    6 => self.exchange.remove(id),
                    // The same octets once more: two messages, and not one.
                    _ => drop(self.exchange.deliver(&address, folder, item())),
                }
            }
        }
    }
}

/// What of Exchange is asked again costs one request a folder, and what has changed costs what the changes cost.
#[test]
fn mail_that_did_not_change_costs_one_request_a_folder() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let mut job = Move::of(3);
    let first = job.pass();
    let all = {
        let mut all = folders(&first);
        assert_eq!(
            all.len() - 2,
            {
                all.dedup();
                all.len()
            },
            "three requests for the large one"
        );
        all
    };
    job.compare("first");

    let still = job.pass();
    assert_eq!(folders(&still), all, "each folder once");
    assert_eq!(others(&still), [("FindFolder", 3), ("GetFolder", 3)].into());
    println!(
        "nothing new: {} requests for {} folders",
        all.len() + 6,
        all.len()
    );

    // One changed message of the large folder, and one that is new.
    let address = &job.exchange.mailboxes()[0];
    let ids = job.exchange.ids(address, LARGE);
    job.exchange.replace(&ids[500], letter(500, "Другой текст."));
    job.exchange.deliver(address, LARGE, letter(2_000, "Новое."));
    let changed = job.pass();
    assert_eq!(folders(&changed), all);
    let read: usize = changed["GetItem"]
        .iter()
        .map(|asked| asked.matches("<t:ItemId ").count())
        .sum();
    assert_eq!(
        (changed["GetItem"].len(), read),
        (2, 3),
        "the changed one is compared, then sent with the new one"
    );
    job.compare("after two changes");
}

/// Passes over changes of mail are killed so often, a few times after each round of changes, and each round ends as a clean run does.
fn killed(mailboxes: usize, rounds: u32, kills: u32, longest: u64) {
    let mut job = Move::of(mailboxes);
    job.pass();
    let config = job.scene.path("job.toml");
    let mut seed = 0x51ed_270b;
    for round in 0..rounds {
        job.change(&mut seed, round);
        let output = torn::kill(&config, seed, kills, Duration::from_millis(longest));
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(0), "round {round}: {told}");
        job.ended();
        job.compare(&format!("round {round}"));
    }
    println!("{} kills over changes in {mailboxes} mailboxes", rounds * kills);
    job.asked();
    let still = job.pass();
    assert!(!still.contains_key("GetItem"), "{still:?}");
}

#[test]
fn mail_that_changes_on_exchange_is_followed_through_kills() {
    if tegu_testkit::skip_servers() {
        return;
    }
    killed(3, 5, 10, 400);
}

/// `cargo test -p tegu-cli --test it -- --ignored --nocapture mail_of_fifty_mailboxes`
#[test]
#[ignore = "takes minutes"]
fn mail_of_fifty_mailboxes_is_followed_through_fifty_kills() {
    killed(50, 5, 10, 4000);
}
