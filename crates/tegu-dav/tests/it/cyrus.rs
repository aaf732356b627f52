//! Cyrus, which writes resources anew in its own way, and cards of some kinds not as they were.

use std::collections::BTreeMap;
use std::sync::Arc;

use tegu_dav::client::{Client, Credentials, Endpoint, Kind, Options};
use tegu_dav::import::{Import, State};
use tegu_dav::ledger::{Ledger, MemoryLedger};
use tegu_dav::{Item, Limits, split, vcard};
use tegu_testkit::Cyrus;

use super::engine::{Dying, states};
use super::import::trouble;

async fn anna(server: &Cyrus) -> Client {
    server.add_user("anna");
    let endpoint = Endpoint::new(&server.dav_url()).unwrap();
    let credentials = Credentials::password("anna", Cyrus::password().to_owned());
    let options = Options::default().attempts(2);
    Client::connect_with(&endpoint, &credentials, &options)
        .await
        .unwrap()
}

fn cards() -> Vec<Item> {
    let person = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:person\r\nFN:Анна Иванова\r\nN:Иванова;Анна;;;\r\nEMAIL:anna@example.org\r\nEND:VCARD\r\n";
    let group = "BEGIN:VCARD\r\nVERSION:4.0\r\nUID:group\r\nKIND:group\r\nFN:Отдел\r\nMEMBER:urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1\r\nEND:VCARD\r\n";
    vcard::cards(
        format!("{person}{group}").as_bytes(),
        vcard::Version::V4,
        &Limits::default(),
    )
    .unwrap()
    .items
}

fn import(client: &Client, name: &str, ledger: &Arc<MemoryLedger>) -> Import {
    Import::named(client.clone(), Kind::Contacts, name, name).ledger(Arc::clone(ledger) as Arc<dyn Ledger>)
}

#[tokio::test]
async fn what_cyrus_alters_stays_with_a_person_until_that_is_accepted() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().dav().start();
    let client = anna(&server).await;
    let ledger = Arc::new(MemoryLedger::new());
    let import = import(&client, "people", &ledger);
    for whole in ["moved", "present", "present"] {
        let report = import.run(cards()).await.unwrap();
        let expected = BTreeMap::from([("manual", 1), (whole, 1)]);
        assert_eq!(states(&report), expected, "{:?}", trouble(&report));
        let group = &report.outcomes[0];
        assert_eq!((&*group.uid, group.state), ("group", State::Manual));
        assert!(group.findings.iter().all(|f| f.code() == "DAV-TARGET-ALTERED"));
        assert!(group.original.is_some());
    }
    let accepted = import
        .clone()
        .accepted("DAV-TARGET-ALTERED")
        .run(cards())
        .await
        .unwrap();
    assert_eq!(states(&accepted), BTreeMap::from([("moved", 1), ("present", 1)]));
    // What was accepted stays accepted, and the ledger says that it was.
    let later = import.run(cards()).await.unwrap();
    assert_eq!(states(&later), BTreeMap::from([("present", 2)]));
    let record = ledger.read(&later.url).await.unwrap();
    let how = |uid: &str| record.items[uid].ending.evidence().unwrap().is_accepted();
    assert!(how("group") && !how("person"), "{record:?}");
    assert!(import.prove().await.unwrap().holds());
}

/// The ledger dies at each of its writes in turn, before or after it.
#[tokio::test]
async fn no_kill_makes_what_cyrus_alters_present() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder().dav().start();
    let client = anna(&server).await;
    for (after, writes) in (0..6).flat_map(|writes| [(false, writes), (true, writes)]) {
        let ledger = Arc::new(MemoryLedger::new());
        let import = import(&client, &format!("people-{after}-{writes}"), &ledger);
        for _ in 0..2 {
            let dying = Dying::new(&ledger, writes, after);
            let _ = import.clone().ledger(Arc::new(dying)).run(cards()).await;
        }
        let report = import.run(cards()).await.unwrap();
        assert_eq!(
            report.count(State::Manual),
            1,
            "{after} {writes} {:?}",
            states(&report)
        );
        let record = ledger.read(&report.url).await.unwrap();
        assert_eq!(record.items["group"].state(), State::Manual);
        let person = &record.items["person"];
        assert!(
            person.state() == State::Moved && person.ours,
            "{after} {writes} {person:?}"
        );
    }
}

/// An event whose values servers may write in more than one way: lists on one line or on several, positions, times, parameters, rules.
fn event(number: usize) -> String {
    let lists = [
        "CATEGORIES:a,b",
        "CATEGORIES:a\r\nCATEGORIES:b",
        "CATEGORIES:b,a\r\nRESOURCES:EASEL,PROJECTOR",
        "CATEGORIES:Работа\\, срочно,Дом\r\nCATEGORIES:c",
        "RESOURCES:EASEL\r\nRESOURCES:PROJECTOR",
    ];
    let positions = [
        "GEO:55.75;37.6",
        "GEO:55.750000;37.600000",
        "GEO:+55.75;-37.60",
        "GEO:0.5;-0.5",
        "PRIORITY:5",
    ];
    let others = [
        "DURATION:PT1H30M",
        "DURATION:PT90M",
        "DTEND:20240101T113000Z",
        "DTEND:20240101T110000Z\r\nRRULE:FREQ=WEEKLY;COUNT=5;INTERVAL=1;BYDAY=MO",
        "DURATION:P1D\r\nRRULE:COUNT=3;FREQ=DAILY\r\nEXDATE:20240102T100000Z\r\nEXDATE:20240103T100000Z",
        "DURATION:PT1H\r\nRDATE:20240105T100000Z,20240106T100000Z",
        "DTEND:20240101T110000Z\r\nATTENDEE;ROLE=REQ-PARTICIPANT;PARTSTAT=ACCEPTED;CN=\"Boris\":mailto:boris@example.test\r\nORGANIZER;CN=Anna:MAILTO:anna@example.test",
    ];
    let pick = |texts: &[&'static str], step: usize| texts[(number / step) % texts.len()];
    let (list, position, other) = (pick(&lists, 1), pick(&positions, 5), pick(&others, 25));
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//test//EN\r\nBEGIN:VEVENT\r\nUID:event-{number}\r\n\
         DTSTAMP:20240101T000000Z\r\nDTSTART:20240101T100000Z\r\nSUMMARY:Событие {number}\\; with\\n a line\r\n\
         {list}\r\n{position}\r\n{other}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

/// Forms that mean the same are no alterations. Cyrus cuts a category in two at an escaped comma, and that is one. `TEGU_EVENTS` asks for another number of events than the 175 kinds.
#[tokio::test]
async fn what_cyrus_writes_in_another_form_is_moved() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let wanted = std::env::var("TEGU_EVENTS").ok();
    let wanted = wanted.map_or(175, |number| number.parse().unwrap());
    let server = Cyrus::builder().dav().start();
    let client = anna(&server).await;
    let ledger = Arc::new(MemoryLedger::new()) as Arc<dyn Ledger>;
    let import = Import::named(client, Kind::Calendars, "work", "Work").ledger(ledger);
    let items = || {
        let documents = (0..wanted).map(event);
        let split = |text: String| {
            split::calendar(text.as_bytes(), &Limits::default())
                .unwrap()
                .items
        };
        documents.flat_map(split).collect::<Vec<_>>()
    };
    let cut = (0..wanted)
        .filter(|number| event(*number).contains("\\, "))
        .count() as u64;
    let expected = |whole| BTreeMap::from([(whole, wanted as u64 - cut), ("manual", cut)]);
    for whole in ["moved", "present"] {
        let report = import.run(items()).await.unwrap();
        assert_eq!(states(&report), expected(whole), "{:?}", trouble(&report));
        let manual = report
            .outcomes
            .iter()
            .filter(|outcome| outcome.state == State::Manual);
        for outcome in manual {
            let number = outcome.uid.trim_start_matches("event-").parse().unwrap();
            assert!(event(number).contains("\\, "), "{outcome:?}");
        }
    }
    assert!(import.prove().await.unwrap().holds());
}
