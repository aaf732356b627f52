//! A collection filled by one request: its members keep names that work, and it keeps its own.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use tegu_dav::client::{Client, Collection, Kind, PutOutcome};
use tegu_dav::import::{Import, Report, State};
use tegu_dav::ledger::{Ledger, MemoryLedger};
use tegu_testkit::Radicale;

use super::front::{Fault, Front};
use super::import::{calendar, items, radicale, stored, trouble};

/// UIDs as programs make them, of which servers make names.
const ODD: [&str; 12] = [
    "urn:uuid:4fbe8971-0bc3-424c-9c26-36c3e1eff6b1",
    "a/b",
    "../../c",
    "100%",
    "a%2Fb",
    "x?y#z",
    "it's",
    "a\\,b",
    "a b",
    ".hidden",
    "{040-00}",
    "я",
];

const REFUSED: &str = "HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";

fn odd_calendar() -> String {
    let mut text = calendar(40);
    for (n, uid) in ODD.iter().enumerate() {
        text = text.replace(&format!("UID:event-{n}\r\n"), &format!("UID:{uid}\r\n"));
    }
    text
}

fn import(client: &Client, ledger: &Arc<MemoryLedger>) -> Import {
    Import::named(client.clone(), Kind::Calendars, "work", "Рабочий <&>")
        .ledger(Arc::clone(ledger) as Arc<dyn Ledger>)
}

async fn the_calendar(client: &Client) -> Collection {
    let mut found = client.collections(Kind::Calendars).await.unwrap();
    assert_eq!(found.len(), 1);
    let collection = found.remove(0);
    assert_eq!(collection.display_name.as_deref(), Some("Рабочий <&>"));
    collection
}

fn all_moved(report: &Report) {
    assert!(report.balances());
    assert_eq!(report.count(State::Moved), 40, "{:?}", trouble(report));
}

/// Each member can be read, replaced and deleted by the name that the server lists.
async fn every_name_works(client: &Client, collection: &Collection) {
    for resource in client.list(collection).await.unwrap() {
        let read = client.get(&resource.href).await.unwrap().unwrap();
        let changed = String::from_utf8(read.body.to_vec()).unwrap();
        let changed = changed.replace("SUMMARY:", "SUMMARY:changed ");
        let put = client
            .replace(collection, &resource.href, &read.etag.unwrap(), changed)
            .await
            .unwrap();
        let done = matches!(put, PutOutcome::Created { .. } | PutOutcome::Overwritten { .. });
        assert!(done, "{} {put:?}", resource.href);
        let read = client.get(&resource.href).await.unwrap().unwrap();
        assert!(client.delete(&resource.href, &read.etag.unwrap()).await.unwrap());
    }
    assert!(client.list(collection).await.unwrap().is_empty());
}

#[tokio::test]
async fn odd_uids_get_names_that_work_and_the_collection_keeps_its_own() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let client = radicale(&server.url()).await;
    let ledger = Arc::new(MemoryLedger::new());
    let source = items(&odd_calendar());
    let report = import(&client, &ledger).run(source.clone()).await.unwrap();
    all_moved(&report);
    assert!(report.bulk);
    let collection = the_calendar(&client).await;
    assert!(
        collection.components.contains(&"VTODO".to_owned()),
        "{collection:?}"
    );
    let there = stored(&client, &collection).await;
    assert_eq!(there.len(), 40);
    // What the server names by its UID has a plain one.
    for resource in client.list(&collection).await.unwrap() {
        let name = resource.href.rsplit('/').next().unwrap();
        assert!(!name.contains('%'), "{name}");
    }
    // Whatever the name: a later run finds and follows it.
    let changed = odd_calendar().replace("SUMMARY:Встреча", "SUMMARY:Переговоры");
    all_moved(&import(&client, &ledger).run(items(&changed)).await.unwrap());
    every_name_works(&client, &collection).await;
}

/// Servers that do not do what Radicale of Debian does: nothing goes by one request then.
#[tokio::test]
async fn a_server_that_fails_the_probe_gets_items_one_by_one() {
    if tegu_testkit::skip_servers() {
        return;
    }
    for refused in ["GET", "DELETE", "PROPPATCH"] {
        let server = Radicale::start();
        let front = Front::start(server.port(), move |method, number| {
            // DELETE is also how the probed collection goes away.
            if method == refused && (method != "DELETE" || number == 1) {
                Fault::Answer(REFUSED)
            } else {
                Fault::Pass
            }
        });
        let client = radicale(&front.url).await;
        let report = import(&client, &Arc::default())
            .run(items(&calendar(40)))
            .await
            .unwrap();
        all_moved(&report);
        assert!(!report.bulk, "{refused}");
        let client = radicale(&server.url()).await;
        let collection = the_calendar(&client).await;
        assert_eq!(stored(&client, &collection).await.len(), 40, "{refused}");
    }
}

/// Killed when the request has taken the name away, and it has not been given back.
#[tokio::test]
async fn a_killed_run_leaves_the_name_to_the_next() {
    if tegu_testkit::skip_servers() {
        return;
    }
    // Once while probing, once after filling.
    for kill in 1..=2 {
        let server = Radicale::start();
        let front = Front::start(server.port(), move |method, number| {
            if method == "PROPPATCH" && number == kill {
                Fault::Hang
            } else {
                Fault::Pass
            }
        });
        let client = radicale(&front.url).await;
        let ledger = Arc::new(MemoryLedger::new());
        let first = import(&client, &ledger);
        let run = first.run(items(&calendar(40)));
        let hanging = async {
            while front.count("PROPPATCH") < kill {
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        };
        tokio::select! {
            ended = run => panic!("{ended:?}"),
            () = hanging => {}
        }
        let report = import(&client, &ledger).run(items(&calendar(40))).await.unwrap();
        all_moved(&report);
        let collection = the_calendar(&client).await;
        assert_eq!(stored(&client, &collection).await.len(), 40);
        let record = ledger.read(&report.url).await.unwrap();
        let expected = BTreeMap::from([(State::Moved.name(), 40)]);
        let mut states = BTreeMap::new();
        for known in record.items.values() {
            *states.entry(known.state().name()).or_insert(0) += i32::from(known.ours);
        }
        assert_eq!((states, record.filling), (expected, None));
    }
}
