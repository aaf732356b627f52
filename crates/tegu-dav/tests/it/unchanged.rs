//! A walk that reads only what has changed ends as one that reads everything: items, findings, ledger and server.

use std::collections::{BTreeMap, HashMap};
use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use tegu_dav::client::Kind;
use tegu_dav::import::{Document, Event, Gone, Import, Outcome, Report, Source, State, Unchanged};
use tegu_dav::ledger::{BoxFuture, Known, Ledger, MemoryLedger, digest};
use tegu_dav::{Item, Result};

use super::engine::{event, events};
use super::import::items;
use super::memory::Memory;

/// What items say: something plain, what the server changes, what it refuses, what the operator leaves out, and two that are for a person.
const TEXTS: [&str; 6] = ["one", "two", "secret", "refused", "left out", "?"];

/// What happens between two passes.
#[derive(Clone, Debug)]
enum Step {
    /// A document says this now: UIDs and what they say.
    Write(u8, Vec<(u8, usize)>),
    Remove(u8),
    /// The owner deletes a resource, or edits it.
    OwnerDeletes(u8),
    OwnerEdits(u8),
}

/// What the source holds: a version and items for each document.
type Held = BTreeMap<String, (u32, Vec<Item>)>;

struct Documents<'a> {
    all: Vec<(&'a String, &'a Vec<Item>)>,
    /// Documents that were read in this version before, and how many items they held.
    known: HashMap<String, u64>,
    at: usize,
    read: Vec<String>,
}

impl Source for Documents<'_> {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        let next = self.all.get(self.at).map(|(id, items)| {
            self.read.push((*id).clone());
            Document::new(*id, (*items).clone())
        });
        self.at += 1;
        Box::pin(async { Ok(next) })
    }

    fn unchanged(&mut self) -> Option<Unchanged> {
        let (id, _) = self.all.get(self.at)?;
        let (id, items) = self.known.get_key_value(*id)?;
        Some(Unchanged {
            id: id.clone(),
            items: *items,
        })
    }

    fn pass_over(&mut self) {
        self.at += 1;
    }

    fn holds(&self, document: &str) -> bool {
        self.all.iter().any(|(id, _)| *id == document)
    }

    fn gone(&self) -> Gone {
        Gone::Unlisted
    }
}

/// A server, and passes to it.
struct Side {
    memory: Memory,
    ledger: Arc<MemoryLedger>,
    /// Versions and sizes of documents that were read; empty on a side that reads everything.
    known: HashMap<String, (u32, u64)>,
    remembers: bool,
}

/// How a pass ended.
#[derive(Debug, Eq, PartialEq)]
struct Ended {
    items: Vec<String>,
    report: String,
    ledger: BTreeMap<String, Known>,
    server: BTreeMap<String, String>,
}

impl Side {
    fn new(remembers: bool) -> Self {
        let store = |body: &str| match body.contains("refused") {
            true => Err("not here"),
            false => Ok(body.replace("SUMMARY:secret", "SUMMARY:")),
        };
        Self {
            memory: Memory::new(store),
            ledger: Arc::new(MemoryLedger::new()),
            known: HashMap::new(),
            remembers,
        }
    }

    fn path(&self, uid: u8) -> Option<String> {
        let line = format!("UID:{uid}\r\n");
        let mut below = self.memory.below("/cal/work/").into_iter();
        below.find(|(_, body)| body.contains(&line)).map(|(path, _)| path)
    }

    /// Runs a pass. Returns how it ended, and which documents were read.
    async fn pass(&mut self, held: &Held) -> (Ended, Vec<String>) {
        let seen: Arc<Mutex<Vec<Outcome>>> = Arc::default();
        let sizes: Arc<Mutex<HashMap<String, u64>>> = Arc::default();
        let (outcomes, started) = (Arc::clone(&seen), Arc::clone(&sizes));
        let client = self.memory.client().await;
        let import = Import::named(client, Kind::Calendars, "work", "Work")
            .ledger(Arc::clone(&self.ledger) as Arc<dyn Ledger>)
            .deletions(true)
            .filter(|candidate| {
                let leaves_out = candidate.item.summary == "left out";
                leaves_out.then(|| tegu_outcome::Finding::info("POLICY-EXCLUDE-1", "left out"))
            })
            .kept(|_, _| true)
            .observer(move |event| match event {
                Event::Started { document, items } => {
                    started.lock().unwrap().insert((*document).to_owned(), *items);
                }
                Event::Finished { outcome } => outcomes.lock().unwrap().push((*outcome).clone()),
                _ => {}
            });
        let same = |(id, (version, _)): (&String, &(u32, Vec<Item>))| {
            let (known, items) = self.known.get(id)?;
            (known == version).then(|| (id.clone(), *items))
        };
        let mut source = Documents {
            all: held.iter().map(|(id, (_, items))| (id, items)).collect(),
            known: held.iter().filter_map(same).collect(),
            at: 0,
            read: Vec::new(),
        };
        let plan = import.plan_from(&mut source).await.unwrap();
        (source.at, source.read) = (0, Vec::new());
        let report = import.run_from(&mut source).await.unwrap();
        let read = source.read;
        let outcomes = std::mem::take(&mut *seen.lock().unwrap());
        if self.remembers {
            self.known = held
                .iter()
                .map(|(id, (version, _))| (id.clone(), (*version, sizes.lock().unwrap()[id])))
                .collect();
            for outcome in outcomes.iter().filter(|outcome| outcome.state == State::Failed) {
                self.known.remove(&outcome.document);
            }
        }
        let mut ledger = self.ledger.read(&report.url).await.unwrap().items;
        // Uploads overtake each other.
        ledger.values_mut().for_each(|known| known.etag = None);
        let mut items: Vec<String> = outcomes.iter().map(told).collect();
        items.sort();
        let ended = Ended {
            items,
            report: format!("planned {:?}, {}", plan.counts, summed(&report)),
            ledger,
            server: self.memory.below("/cal/work/"),
        };
        (ended, read)
    }
}

fn told(outcome: &Outcome) -> String {
    let reasons: Vec<_> = outcome.reasons().collect();
    let original = outcome.original.as_deref().map(digest);
    let original = original.or_else(|| outcome.kept.clone());
    format!(
        "{} {:?} {} {:?} ours: {} {} octets at {:?}, {} attempts, {reasons:?}, {original:?}",
        outcome.document,
        outcome.kind,
        outcome.uid,
        outcome.state,
        outcome.ours,
        outcome.octets,
        outcome.href,
        outcome.attempts,
    )
}

fn summed(report: &Report) -> String {
    let gone = report.gone.iter();
    let gone: Vec<_> = gone
        .map(|gone| (&gone.uid, &gone.document, gone.deleted, gone.finding.code()))
        .collect();
    format!("{:?} {:?} {gone:?}", report.counts, report.codes)
}

/// The items of a document. An item of which nobody knows what it says is for a person.
fn written(list: &[(u8, usize)]) -> Vec<Item> {
    let of = |(uid, text): &(u8, usize)| match TEXTS[*text] {
        "?" => items(&format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTART:2026\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )),
        text => events(&[(&uid.to_string(), text)]),
    };
    list.iter().flat_map(of).collect()
}

fn step() -> impl Strategy<Value = Step> {
    let item = (0u8..5, 0..TEXTS.len());
    prop_oneof![
        6 => (0u8..6, proptest::collection::vec(item, 1..3)).prop_map(|(id, list)| Step::Write(id, list)),
        1 => (0u8..6).prop_map(Step::Remove),
        1 => (0u8..5).prop_map(Step::OwnerDeletes),
        1 => (0u8..5).prop_map(Step::OwnerEdits),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn what_is_not_read_again_ends_as_if_it_were(passes in proptest::collection::vec(proptest::collection::vec(step(), 0..6), 1..6)) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let (mut whole, mut follows) = (Side::new(false), Side::new(true));
            let (mut held, mut version) = (Held::new(), 0);
            for (number, steps) in passes.into_iter().enumerate() {
                for step in steps {
                    version += 1;
                    match step {
                        Step::Write(id, list) => drop(held.insert(id.to_string(), (version, written(&list)))),
                        Step::Remove(id) => drop(held.remove(&id.to_string())),
                        Step::OwnerDeletes(uid) => for side in [&whole, &follows] {
                            if let Some(path) = side.path(uid) {
                                side.memory.remove(&path);
                            }
                        }
                        Step::OwnerEdits(uid) => for side in [&whole, &follows] {
                            if let Some(path) = side.path(uid) {
                                side.memory.plant(&path, &event(&uid.to_string(), "the owner's"));
                            }
                        }
                    }
                }
                let (ended, _) = follows.pass(&held).await;
                prop_assert_eq!(&ended, &whole.pass(&held).await.0, "pass {}", number);
            }
            Ok(())
        })?;
    }
}

#[tokio::test]
async fn what_ended_and_stays_is_not_read_again() {
    let mut side = Side::new(true);
    let document = |number: u32, list: &[(u8, usize)]| (number.to_string(), (1, written(list)));
    let mut held: Held = [
        document(1, &[(1, 0), (2, 1)]),
        document(2, &[(3, 2)]),
        document(3, &[(4, 4)]),
        document(4, &[(5, 5)]),
        document(5, &[(6, 3)]),
    ]
    .into();
    assert_eq!(side.pass(&held).await.1, ["1", "2", "3", "4", "5"]);
    // What the server refused is decided about again: it may take it now.
    assert_eq!(side.pass(&held).await.1, ["5"]);
    held.remove("5");
    held.insert("1".into(), (2, written(&[(1, 1)])));
    assert_eq!(side.pass(&held).await.1, ["1"]);
    assert_eq!(side.pass(&held).await.1, [""; 0]);
    side.memory.remove(&side.path(1).unwrap());
    assert_eq!(side.pass(&held).await.1, ["1"], "its owner deleted it");
    assert_eq!(side.pass(&held).await.1, [""; 0]);
    side.memory.plant(&side.path(3).unwrap(), &event("3", "secret"));
    assert_eq!(side.pass(&held).await.1, ["2"], "somebody repaired it");
    assert_eq!(side.pass(&held).await.1, [""; 0]);
}
