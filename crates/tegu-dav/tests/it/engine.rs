//! The import as an engine: plans against runs, hooks, deletions, ledgers that fail. Against a server in memory.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use tegu_dav::client::{Collection, Kind};
use tegu_dav::import::{Document, Event, Gate, Gone, Import, Plan, Report, Source, State};
use tegu_dav::ledger::{BoxFuture, Entry, Ledger, MemoryLedger, Record};
use tegu_dav::slim::{Archive, Slimming};
use tegu_dav::{Error, ErrorKind, Item, Result};

use super::import::{items, trouble};
use super::memory::Memory;

pub(super) fn event(uid: &str, summary: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\n\
         DTSTART:20260301T100000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

pub(super) fn events(list: &[(&str, &str)]) -> Vec<Item> {
    list.iter()
        .flat_map(|(uid, summary)| items(&event(uid, summary)))
        .collect()
}

/// Documents of a source, which can be handed out again and again.
#[derive(Clone)]
pub(super) struct Documents(
    pub(super) Vec<(String, Option<Vec<Item>>)>,
    usize,
    pub(super) Gone,
);

impl Documents {
    pub(super) fn new(documents: &[(&str, &[(&str, &str)])]) -> Self {
        let documents = documents
            .iter()
            .map(|(id, list)| ((*id).to_owned(), Some(events(list))));
        Self(documents.collect(), 0, Gone::Unlisted)
    }

    pub(super) fn with_unread(mut self, id: &str) -> Self {
        self.0.push((id.to_owned(), None));
        self
    }
}

impl Source for Documents {
    fn next(&mut self) -> BoxFuture<'_, Result<Option<Document>>> {
        let next = self.0.get(self.1).cloned();
        self.1 += 1;
        Box::pin(async {
            Ok(next.map(|(id, items)| match items {
                Some(items) => Document::new(id, items),
                None => Document::unread(id, Error::new(ErrorKind::Refused, "403")),
            }))
        })
    }

    fn holds(&self, document: &str) -> bool {
        self.0.iter().any(|(id, _)| id == document)
    }

    fn gone(&self) -> Gone {
        self.2.clone()
    }
}

fn import(memory_client: &tegu_dav::client::Client, ledger: &Arc<MemoryLedger>) -> Import {
    Import::named(memory_client.clone(), Kind::Calendars, "work", "Work")
        .ledger(Arc::clone(ledger) as Arc<dyn Ledger>)
}

type Ends = Vec<(String, String, State, Vec<String>, Option<String>)>;

fn planned(plan: &Plan) -> Ends {
    let ends = plan.items.iter().map(|item| {
        let codes = item
            .findings
            .iter()
            .map(|finding| finding.code().to_owned())
            .collect();
        let href = item.href.clone().filter(|_| item.state.is_on_target());
        (item.document.clone(), item.uid.clone(), item.state, codes, href)
    });
    let mut ends: Ends = ends.collect();
    ends.sort();
    ends
}

/// Plans, runs, and compares: each item, and what is gone.
pub(super) async fn plan_and_run(import: &Import, source: &Documents) -> Report {
    let plan = import.plan_from(&mut source.clone()).await.unwrap();
    let again = import.plan_from(&mut source.clone()).await.unwrap();
    assert_eq!(planned(&plan), planned(&again), "a plan changes nothing");
    let ends: Arc<std::sync::Mutex<Ends>> = Arc::default();
    let kept = Arc::clone(&ends);
    let observed = import.clone().observer(move |event| {
        if let Event::Finished { outcome } = event {
            let codes = outcome
                .findings
                .iter()
                .map(|finding| finding.code().to_owned())
                .collect();
            let href = outcome.href.clone().filter(|_| outcome.state.is_on_target());
            let (document, uid) = (outcome.document.clone(), outcome.uid.clone());
            kept.lock()
                .unwrap()
                .push((document, uid, outcome.state, codes, href));
        }
    });
    let report = observed.run_from(&mut source.clone()).await.unwrap();
    let mut ends = ends.lock().unwrap().clone();
    ends.sort();
    assert_eq!(planned(&plan), ends, "what was planned is what was done");
    assert_eq!(plan.counts, report.counts);
    let gone = |gone: &[tegu_dav::import::Deletion]| -> Vec<_> {
        gone.iter()
            .map(|gone| (gone.uid.clone(), gone.deleted, gone.finding.code().to_owned()))
            .collect()
    };
    assert_eq!(gone(&plan.gone), gone(&report.gone));
    assert_eq!(plan.url, report.url);
    assert!(report.balances());
    report
}

pub(super) fn states(report: &Report) -> BTreeMap<&'static str, u64> {
    let counts = State::ALL
        .into_iter()
        .map(|state| (state.name(), report.count(state)));
    counts.filter(|(_, count)| *count > 0).collect()
}

#[tokio::test]
async fn a_plan_says_what_the_run_does() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger).deletions(true).filter(|candidate| {
        let old = candidate.ended().is_some_and(|end| end < 0);
        (old || candidate.octets > 1_000)
            .then(|| tegu_outcome::Finding::info("POLICY-SIZE", "left out by the operator"))
    });
    let long = "x".repeat(2_000);
    let mut source = Documents::new(&[
        ("a", &[("1", "one"), ("2", "two"), ("3", "three"), ("4", "four")]),
        ("b", &[("1", "one"), ("2", "two of them"), ("long", &long)]),
    ])
    .with_unread("c");
    source.0.push(("d".into(), Some(items("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nBEGIN:VEVENT\r\nUID:bad\r\nDTSTART:2026\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"))));
    let first = plan_and_run(&import, &source).await;
    let expected = [
        ("excluded", 1),
        ("failed", 1),
        ("manual", 2),
        ("moved", 4),
        ("present", 1),
    ];
    assert_eq!(states(&first), BTreeMap::from(expected), "{:?}", trouble(&first));
    assert_eq!(memory.below("/cal/work/").len(), 4);

    // Nothing is new.
    let second = plan_and_run(&import, &source).await;
    let expected = [("excluded", 1), ("failed", 1), ("manual", 2), ("present", 5)];
    assert_eq!(
        states(&second),
        BTreeMap::from(expected),
        "{:?}",
        trouble(&second)
    );
    assert_eq!(memory.count("PUT"), 4);

    // Both sides change: by the owner (2, 3, 4), on the source (1 in one of two documents, 3, 4), and what was unread is read.
    let href = |uid: &str| {
        let below = memory.below("/cal/work/");
        let line = format!("UID:{uid}\r\n");
        below
            .into_iter()
            .find(|(_, body)| body.contains(&line))
            .unwrap()
            .0
    };
    let (of_3, of_4) = (href("3"), href("4"));
    memory.plant(&of_3, &event("3", "the owner's"));
    memory.remove(&of_4);
    let mut source = Documents::new(&[
        (
            "a",
            &[
                ("1", "one moved"),
                ("2", "two later"),
                ("3", "three later"),
                ("4", "four later"),
                ("5", "five"),
            ],
        ),
        ("b", &[("1", "one")]),
    ]);
    source.0.push(("c".into(), Some(events(&[("6", "six")]))));
    let third = plan_and_run(&import, &source).await;
    let expected = [("excluded", 1), ("manual", 2), ("moved", 3), ("present", 1)];
    assert_eq!(states(&third), BTreeMap::from(expected), "{:?}", trouble(&third));
    let body = |uid: &str| memory.below("/cal/work/")[&href(uid)].clone();
    assert!(
        body("1").contains("SUMMARY:one\r\n"),
        "two documents stand for it"
    );
    assert!(body("2").contains("two later") && body("3").contains("owner"));

    // Things go from the source; what the owner changed stays.
    memory.plant(&href("5"), &event("5", "the owner's"));
    let source = Documents::new(&[("a", &[("3", "three later"), ("4", "four")])]);
    let fourth = plan_and_run(&import, &source).await;
    assert_eq!(fourth.deleted(), 3, "{:?}", fourth.gone);
    assert_eq!(fourth.gone.len(), 4);
    let left: Vec<String> = memory.below("/cal/work/").into_values().collect();
    assert_eq!(left.len(), 2, "{left:?}");

    // The whole collection is deleted by its owner, and not brought back.
    memory.remove("/cal/work/");
    let fifth = plan_and_run(&import, &source).await;
    assert_eq!(states(&fifth), BTreeMap::from([("excluded", 2)]));
    assert!(
        fifth
            .outcomes
            .iter()
            .all(|outcome| outcome.findings[0].code() == "DAV-COLLECTION-DELETED")
    );
    assert_eq!(memory.below("/cal/").len(), 0);
}

#[tokio::test]
async fn what_was_there_before_is_never_deleted() {
    let memory = Memory::faithful();
    memory.plant("/cal/work/", "");
    memory.plant("/cal/work/theirs.ics", &event("1", "one"));
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger).deletions(true);
    let first = import.run(events(&[("1", "one"), ("2", "two")])).await.unwrap();
    assert_eq!(states(&first), BTreeMap::from([("moved", 1), ("present", 1)]));
    // An empty source is more likely broken than empty.
    let empty = import.run(Vec::new()).await.unwrap();
    assert_eq!((empty.gone.len(), memory.below("/cal/work/").len()), (0, 2));
    let last = import.run(events(&[("3", "three")])).await.unwrap();
    assert_eq!(last.deleted(), 1, "{:?}", last.gone);
    let left: Vec<String> = memory.below("/cal/work/").into_values().collect();
    assert!(left.iter().any(|body| body.contains("UID:1\r\n")), "{left:?}");
    assert_eq!(left.len(), 2);
}

#[tokio::test]
async fn what_the_server_alters_stays_with_a_person() {
    let memory = Memory::new(|body| Ok(body.replace("SUMMARY:secret", "SUMMARY:")));
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger);
    let list = events(&[("1", "secret"), ("2", "open")]);
    let expected = BTreeMap::from([("manual", 1), ("moved", 1)]);
    assert_eq!(states(&import.run(list.clone()).await.unwrap()), expected);
    for _ in 0..2 {
        let again = import.run(list.clone()).await.unwrap();
        assert_eq!(states(&again), BTreeMap::from([("manual", 1), ("present", 1)]));
        assert_eq!(
            again.outcomes[0].findings.last().unwrap().code(),
            "DAV-TARGET-ALTERED"
        );
        assert!(again.outcomes[0].original.is_some());
    }
    let record = ledger.read(&import.plan(&list).await.unwrap().url).await.unwrap();
    assert_eq!(record.items["1"].state(), State::Manual);
    assert_eq!(record.items["1"].codes, ["DAV-TARGET-ALTERED"]);
    // It counts again when the operator accepts the loss.
    let accepted = import
        .clone()
        .accepted("DAV-TARGET-ALTERED")
        .run(list.clone())
        .await
        .unwrap();
    assert_eq!(states(&accepted), BTreeMap::from([("moved", 1), ("present", 1)]));
    assert!(import.prove().await.unwrap().holds());
    // Or when it is proved: somebody repaired it on the server.
    let ledger = Arc::new(MemoryLedger::new());
    let import = import.ledger(Arc::clone(&ledger) as Arc<dyn Ledger>);
    let other = Import::named(client.clone(), Kind::Calendars, "other", "Other").ledger(ledger);
    assert_eq!(states(&other.run(list.clone()).await.unwrap()), expected);
    let (href, _) = memory
        .below("/cal/other/")
        .into_iter()
        .find(|(_, body)| body.contains("UID:1\r\n"))
        .unwrap();
    memory.plant(&href, &event("1", "secret"));
    assert_eq!(
        states(&other.run(list).await.unwrap()),
        BTreeMap::from([("present", 2)])
    );
    assert!(other.prove().await.unwrap().holds());
    drop(import);
}

#[tokio::test]
async fn what_the_server_refuses_is_sent_again_only_on_request() {
    let memory = Memory::new(|body| {
        if body.contains("no") {
            Err("not here")
        } else {
            Ok(body.to_owned())
        }
    });
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let first = import(&client, &ledger);
    let list = events(&[("1", "no"), ("2", "fine")]);
    let expected = BTreeMap::from([("manual", 1), ("moved", 1)]);
    assert_eq!(states(&first.run(list.clone()).await.unwrap()), expected);
    let puts = memory.count("PUT");
    let source = Documents(vec![(String::new(), Some(list.clone()))], 0, Gone::Unlisted);
    let second = plan_and_run(&first, &source).await;
    assert_eq!(states(&second), BTreeMap::from([("manual", 1), ("present", 1)]));
    assert_eq!(memory.count("PUT"), puts);
    let client = memory.storing(|body| Ok(body.to_owned())).client().await;
    let third = import(&client, &ledger).retry_manual(true);
    let third = plan_and_run(&third, &source).await;
    assert_eq!(states(&third), BTreeMap::from([("moved", 1), ("present", 1)]));
}

/// Two documents that share all their UIDs, and one that repeats a UID: what is there is read in a few requests, not in one for each.
#[tokio::test]
async fn shared_uids_cost_no_request_each() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let many: Vec<(String, String)> = (0..300)
        .map(|n| (format!("uid-{n}"), format!("one {n}")))
        .collect();
    let borrow = |list: &'_ [(String, String)]| -> Vec<Item> {
        list.iter()
            .flat_map(|(uid, summary)| items(&event(uid, summary)))
            .collect()
    };
    let mut source = Documents::new(&[]);
    source.0.push(("a".into(), Some(borrow(&many))));
    source.0.push(("b".into(), Some(borrow(&many))));
    let same: Vec<Item> = (0..300)
        .flat_map(|n| items(&event("same", &format!("title {n}"))))
        .collect();
    source.0.push(("c".into(), Some(same)));
    let report = import(&client, &Arc::default())
        .run_from(&mut source)
        .await
        .unwrap();
    let expected = [("manual", 299), ("moved", 301), ("present", 300)];
    assert_eq!(states(&report), BTreeMap::from(expected));
    // This server has no multiget, so that each batch costs one refused REPORT.
    assert!(memory.count("REPORT") < 20, "{}", memory.count("REPORT"));
}

/// Lets a number of calls through, and then ends the run.
#[derive(Debug)]
struct Closing(AtomicUsize);

impl Closing {
    fn pass(&self) -> Result<()> {
        let left = self.0.load(Ordering::SeqCst);
        self.0.store(left.saturating_sub(1), Ordering::SeqCst);
        if left == 0 {
            return Err(Error::new(ErrorKind::LeaseLost, "another worker has it"));
        }
        Ok(())
    }
}

impl Gate for Closing {
    fn ready(&self) -> BoxFuture<'_, Result<()>> {
        Box::pin(async { self.pass() })
    }

    fn charge(&self, requests: u32, octets: u64) -> BoxFuture<'_, Result<()>> {
        assert!(requests > 0 && octets < 10_000);
        Box::pin(async { self.pass() })
    }
}

/// A ledger that dies at a write, before it or after it.
#[derive(Debug)]
pub(super) struct Dying {
    inner: Arc<MemoryLedger>,
    left: AtomicUsize,
    after: bool,
}

impl Dying {
    pub(super) fn new(inner: &Arc<MemoryLedger>, writes: usize, after: bool) -> Self {
        Self {
            inner: Arc::clone(inner),
            left: AtomicUsize::new(writes),
            after,
        }
    }
}

impl Ledger for Dying {
    fn read<'a>(&'a self, collection: &'a str) -> BoxFuture<'a, Result<Record>> {
        self.inner.read(collection)
    }

    fn collections(&self) -> BoxFuture<'_, Result<Vec<String>>> {
        self.inner.collections()
    }

    fn write<'a>(&'a self, collection: &'a str, entries: &'a [Entry]) -> BoxFuture<'a, Result<()>> {
        Box::pin(async move {
            let left = self.left.load(Ordering::SeqCst);
            self.left.store(left.saturating_sub(1), Ordering::SeqCst);
            if left > 0 || self.after {
                self.inner.write(collection, entries).await?;
            }
            if left == 0 {
                return Err(Error::new(ErrorKind::Journal, "dead"));
            }
            Ok(())
        })
    }

    fn sync(&self) -> BoxFuture<'_, Result<()>> {
        self.inner.sync()
    }
}

#[tokio::test]
async fn a_gate_ends_a_run_with_its_own_error_and_another_run_resumes() {
    let source = Documents::new(&[("a", &[("1", "one"), ("2", "two")]), ("b", &[("3", "three")])]);
    for calls in 0.. {
        let memory = Memory::faithful();
        let client = memory.client().await;
        let ledger = Arc::new(MemoryLedger::new());
        let gate = Arc::new(Closing(AtomicUsize::new(calls)));
        let import = import(&client, &ledger);
        let ended = import.clone().gate(gate).run_from(&mut source.clone()).await;
        let report = import.run_from(&mut source.clone()).await.unwrap();
        assert_eq!(report.count(State::Moved) + report.count(State::Present), 3);
        assert_eq!(memory.below("/cal/work/").len(), 3);
        match ended {
            Ok(_) => {
                assert!(calls > 4);
                break;
            }
            Err(error) => assert_eq!(error.kind(), ErrorKind::LeaseLost, "{error}"),
        }
    }
}

#[tokio::test]
async fn a_run_that_dies_at_any_write_is_resumed_and_knows_its_own() {
    let old = Documents::new(&[("a", &[("1", "one"), ("2", "two"), ("3", "three")])]);
    let new = Documents::new(&[("a", &[("1", "one later"), ("2", "two"), ("4", "four")])]);
    for (after, writes) in (0..20).flat_map(|writes| [(false, writes), (true, writes)]) {
        let memory = Memory::faithful();
        let client = memory.client().await;
        let ledger = Arc::new(MemoryLedger::new());
        let import = import(&client, &ledger).deletions(true);
        for (source, count) in [(&old, 3), (&new, 3)] {
            let dying = Dying::new(&ledger, writes, after);
            let killed = import
                .clone()
                .ledger(Arc::new(dying))
                .run_from(&mut source.clone())
                .await;
            let report = plan_and_run(&import, source).await;
            let on_target = report.count(State::Moved) + report.count(State::Present);
            assert_eq!(
                on_target,
                count,
                "{after} {writes} {killed:?} {:?}",
                trouble(&report)
            );
            assert_eq!(memory.below("/cal/work/").len(), 3, "{after} {writes}");
            let record = ledger.read(&report.url).await.unwrap();
            assert!(
                record
                    .items
                    .values()
                    .all(|known| known.ours && known.intent.is_none()),
                "{record:?}"
            );
            assert_eq!(record.counts().accounted(), 3);
            assert!(import.prove().await.unwrap().holds());
        }
        let bodies: String = memory.below("/cal/work/").into_values().collect();
        assert!(
            bodies.contains("one later") && !bodies.contains("three"),
            "{bodies}"
        );
    }
}

/// Killed twice while the first batch is under way; what was sent arrives while the third run sends it again.
#[tokio::test]
async fn what_arrives_late_from_a_killed_run_was_moved() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger).concurrency(8);
    let list = events(&[("1", "one"), ("2", "two"), ("3", "three")]);
    memory.hold(true);
    for kill in 1..=2 {
        let run = import.run(list.clone());
        let killed = tokio::time::timeout(std::time::Duration::from_millis(300), run).await;
        assert!(killed.is_err());
        assert_eq!(memory.count("PUT"), 3 * kill);
        assert!(memory.below("/cal/work/").is_empty());
    }
    memory.hold(false);
    let report = import.run(list.clone()).await.unwrap();
    assert_eq!(
        states(&report),
        BTreeMap::from([("moved", 3)]),
        "{:?}",
        trouble(&report)
    );
    let record = ledger.read(&report.url).await.unwrap();
    for known in record.items.values() {
        assert!(
            known.state() == State::Moved && known.ours && known.intent.is_none(),
            "{known:?}"
        );
    }
    assert_eq!(memory.below("/cal/work/").len(), 3);
    assert!(import.prove().await.unwrap().holds());
}

/// As above, on a server that changes what it is given: the copies are this upload's own, and for a person.
#[tokio::test]
async fn what_arrives_late_and_altered_stays_with_a_person() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger);
    let list = events(&[("1", "secret")]);
    memory.hold(true);
    let run = import.run(list.clone());
    let killed = tokio::time::timeout(std::time::Duration::from_millis(300), run).await;
    assert!(killed.is_err());
    memory.hold(false);
    // The one that arrives late has lost its title.
    let late = memory.storing(|body| Ok(body.to_owned()));
    late.alter_held(|body| body.replace("SUMMARY:secret", "SUMMARY:"));
    for _ in 0..2 {
        let report = import.run(list.clone()).await.unwrap();
        assert_eq!(states(&report), BTreeMap::from([("manual", 1)]));
        let codes: Vec<_> = report.outcomes[0].findings.iter().map(|f| f.code()).collect();
        assert_eq!(codes, ["DAV-TARGET-ALTERED"]);
    }
    let accepted = import.clone().accepted("DAV-TARGET-ALTERED");
    assert_eq!(
        states(&accepted.run(list).await.unwrap()),
        BTreeMap::from([("moved", 1)])
    );
}

#[tokio::test]
async fn a_document_that_cannot_be_read_keeps_its_items() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, &ledger).deletions(true);
    let source = Documents::new(&[("a", &[("1", "one")]), ("b", &[("2", "two")])]);
    plan_and_run(&import, &source).await;
    let source = Documents::new(&[("a", &[("1", "one")])]).with_unread("b");
    let report = plan_and_run(&import, &source).await;
    assert_eq!(states(&report), BTreeMap::from([("failed", 1), ("present", 1)]));
    assert_eq!(report.outcomes[0].document, "b");
    assert!(report.gone.is_empty());
    assert_eq!(memory.below("/cal/work/").len(), 2);
}

#[tokio::test]
async fn archived_items_are_excluded() {
    let memory = Memory::faithful();
    let client = memory.client().await;
    let dir = tempfile::tempdir().unwrap();
    let archive = Archive::open(dir.path().join("archive.ics"), 4_000_000_000).unwrap();
    let mut slimming = Slimming::new().archive(archive);
    let mut list = events(&[("1", "one")]);
    slimming.apply(&mut list).unwrap();
    slimming.finish().unwrap();
    let report = import(&client, &Arc::default()).run(list).await.unwrap();
    assert_eq!(states(&report), BTreeMap::from([("excluded", 1)]));
    assert_eq!(report.outcomes[0].findings.last().unwrap().code(), "DAV-ARCHIVED");
    assert!(dir.path().join("archive.ics").exists() && memory.below("/cal/work/").is_empty());
}

/// For the real servers.
pub(super) async fn against(client: tegu_dav::client::Client) {
    let ledger = Arc::new(MemoryLedger::new());
    let import = Import::named(client.clone(), Kind::Calendars, "engine", "Engine")
        .ledger(ledger)
        .deletions(true);
    let source = Documents::new(&[
        (
            "a",
            &[
                ("1", "one"),
                ("2", "two"),
                ("3", "three"),
                ("4", "four"),
                ("7", "seven"),
            ],
        ),
        (
            "b",
            &[
                ("1", "one"),
                ("2", "two of them"),
                ("5", "five"),
                ("6", "six"),
                ("8", "eight"),
            ],
        ),
    ]);
    let first = plan_and_run(&import, &source).await;
    let expected = BTreeMap::from([("manual", 1), ("moved", 8), ("present", 1)]);
    assert_eq!(states(&first), expected, "{:?}", trouble(&first));
    let collection = |all: Vec<Collection>| {
        all.into_iter()
            .find(|one| first.url.ends_with(&one.href))
            .unwrap()
    };
    let collection = collection(client.collections(Kind::Calendars).await.unwrap());
    // The owner changes one and deletes one; somebody else adds one that the source will have.
    let of_3 = super::import::href_of(&client, &collection, "3").await;
    let of_4 = super::import::href_of(&client, &collection, "4").await;
    let etag = client.get(&of_3).await.unwrap().unwrap().etag.unwrap();
    client
        .replace(&collection, &of_3, &etag, event("3", "the owner's"))
        .await
        .unwrap();
    let etag = client.get(&of_4).await.unwrap().unwrap().etag.unwrap();
    assert!(client.delete(&of_4, &etag).await.unwrap());
    client
        .put_new(&collection, "theirs.ics", event("9", "nine"))
        .await
        .unwrap();
    client
        .put_new(&collection, "theirs-too.ics", event("10", "somebody's"))
        .await
        .unwrap();
    let source = Documents::new(&[
        ("a", &[("3", "three later"), ("4", "four")]),
        (
            "b",
            &[
                ("5", "five later"),
                ("6", "six"),
                ("8", "eight"),
                ("9", "nine"),
                ("10", "ten"),
                ("11", "eleven"),
            ],
        ),
    ]);
    let second = plan_and_run(&import, &source).await;
    let expected = [("excluded", 1), ("manual", 2), ("moved", 2), ("present", 3)];
    assert_eq!(
        states(&second),
        BTreeMap::from(expected),
        "{:?}",
        trouble(&second)
    );
    assert_eq!(second.deleted(), 3, "{:?}", second.gone);
    let third = plan_and_run(&import, &source).await;
    assert_eq!((third.count(State::Present), third.gone.len()), (5, 0));
    let proof = import.prove().await.unwrap();
    assert!(proof.holds() && proof.expected == 5, "{proof:?}");
    assert_eq!(client.list(&collection).await.unwrap().len(), 7);
}
