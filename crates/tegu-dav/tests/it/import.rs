//! Whole imports on real servers: first and second runs, changes, crashes, errors, and one server following another.

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use tegu_dav::client::{Client, Collection, Credentials, Endpoint, Kind, Options};
use tegu_dav::import::{Deletion, Follow, Import, Report, State};
use tegu_dav::ledger::{FileLedger, MemoryLedger};
use tegu_dav::{Item, Limits, split, vcard};
use tegu_testkit::{Radicale, Xandikos};

use super::front::{Fault, Front};

/// Events of all sorts, enough to be worth one request for all.
pub(super) fn calendar(events: usize) -> String {
    let mut out = String::from(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//Microsoft Corporation//Outlook 16.0 MIMEDIR//EN\r\nMETHOD:PUBLISH\r\n\
         X-WR-CALNAME:Календарь\r\nBEGIN:VTIMEZONE\r\nTZID:Russian Standard Time\r\nBEGIN:STANDARD\r\nDTSTART:16010101T000000\r\n\
         TZOFFSETFROM:+0300\r\nTZOFFSETTO:+0300\r\nEND:STANDARD\r\nEND:VTIMEZONE\r\n",
    );
    for n in 0..events {
        let rule = match n % 4 {
            0 => "RRULE:FREQ=WEEKLY;COUNT=5\r\nEXDATE;TZID=Russian Standard Time:20260112T100000\r\n",
            1 => {
                "ORGANIZER;CN=Анна:mailto:anna@example.org\r\nATTENDEE;PARTSTAT=ACCEPTED:mailto:boris@example.org\r\n"
            }
            _ => "",
        };
        out.push_str(&format!(
            "BEGIN:VEVENT\r\nUID:event-{n}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART;TZID=Russian Standard Time:20260105T100000\r\n\
             DTEND;TZID=Russian Standard Time:20260105T110000\r\n{rule}SUMMARY:Встреча {n}\r\nX-MICROSOFT-CDO-BUSYSTATUS:BUSY\r\n\
             BEGIN:VALARM\r\nACTION:DISPLAY\r\nDESCRIPTION:x\r\nTRIGGER:-PT15M\r\nEND:VALARM\r\nEND:VEVENT\r\n"
        ));
    }
    out + "END:VCALENDAR\r\n"
}

pub(super) fn items(text: &str) -> Vec<Item> {
    split::calendar(text.as_bytes(), &Limits::default())
        .unwrap()
        .items
}

fn cards(count: usize) -> Vec<Item> {
    let text: String = (0..count)
        .map(|n| {
            format!(
                "BEGIN:VCARD\r\nVERSION:2.1\r\nN;CHARSET=utf-8:Иванов;Пётр {n}\r\nFN;CHARSET=utf-8:Пётр {n} Иванов\r\n\
                 TEL;WORK;VOICE:+7 495 {n:07}\r\nEMAIL;PREF;INTERNET:p{n}@example.org\r\nEND:VCARD\r\n"
            )
        })
        .collect();
    vcard::cards(text.as_bytes(), vcard::Version::V3, &Limits::default())
        .unwrap()
        .items
}

fn options() -> Options {
    Options::default()
        .attempts(3)
        .request_timeout(Duration::from_secs(60))
}

pub(super) fn credentials() -> Credentials {
    Credentials::password(Radicale::user(), Radicale::password().to_owned())
}

pub(super) async fn xandikos(server: &Xandikos) -> Client {
    let endpoint = Endpoint::new(&server.url()).unwrap();
    Client::connect_with(&endpoint, &Credentials::anonymous(), &options())
        .await
        .unwrap()
}

pub(super) async fn radicale(url: &str) -> Client {
    let endpoint = Endpoint::new(url).unwrap();
    Client::connect_with(&endpoint, &credentials(), &options())
        .await
        .unwrap()
}

fn states(report: &Report) -> BTreeMap<&'static str, u64> {
    assert!(report.balances(), "{:?}", report.outcomes);
    let counts = State::ALL
        .into_iter()
        .map(|state| (state.name(), report.count(state)));
    counts.filter(|(_, count)| *count > 0).collect()
}

pub(super) fn trouble(report: &Report) -> Vec<String> {
    let troubled = report
        .outcomes
        .iter()
        .filter(|o| matches!(o.state, State::Manual | State::Failed));
    troubled
        .map(|o| format!("{} {:?} {:?}", o.uid, o.error, o.findings))
        .collect()
}

/// What stands on the server, by UID; a UID that is there twice fails the test.
pub(super) async fn stored(client: &Client, collection: &Collection) -> BTreeMap<String, String> {
    let hrefs: Vec<String> = client
        .list(collection)
        .await
        .unwrap()
        .into_iter()
        .map(|r| r.href)
        .collect();
    let mut out = BTreeMap::new();
    for fetched in client.get_many(collection, &hrefs).await.unwrap() {
        let text = String::from_utf8(fetched.body.to_vec()).unwrap();
        let uid = text
            .lines()
            .find_map(|line| line.strip_prefix("UID:"))
            .unwrap()
            .trim()
            .to_owned();
        assert!(out.insert(uid.clone(), text).is_none(), "{uid} is there twice");
    }
    out
}

pub(super) async fn href_of(client: &Client, collection: &Collection, uid: &str) -> String {
    let listed = client.list(collection).await.unwrap();
    let hrefs: Vec<String> = listed.into_iter().map(|resource| resource.href).collect();
    client.by_uid(collection, &hrefs).await.unwrap()[uid].href.clone()
}

async fn first_second_and_changed(client: &Client, bulk: bool) {
    let text = calendar(40);
    let (collection, fresh) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    assert!(fresh);
    let import = Import::new(client.clone(), collection.clone()).ledger(Arc::new(MemoryLedger::new()));
    let plan = import.plan(&items(&text)).await.unwrap();
    assert_eq!(plan.items.len(), 40);
    let first = import.clone().fresh(fresh).run(items(&text)).await.unwrap();
    assert_eq!(
        states(&first),
        BTreeMap::from([("moved", 40)]),
        "{:?}",
        trouble(&first)
    );
    assert_eq!(first.bulk, bulk);
    assert_eq!(stored(client, &collection).await.len(), 40);

    // The second run finds everything: by the ledger, and without one by what is there.
    let second = import.run(items(&text)).await.unwrap();
    assert_eq!(states(&second), BTreeMap::from([("present", 40)]));
    let forgotten = Import::new(client.clone(), collection.clone());
    let third = forgotten.run(items(&text)).await.unwrap();
    assert_eq!(
        states(&third),
        BTreeMap::from([("present", 40)]),
        "{:?}",
        trouble(&third)
    );

    // Something changes at the source, something is added.
    let changed = text.replace("Встреча 7\r\n", "Встреча семь\r\n") + &event_alone("added");
    let fourth = import.run(items(&changed)).await.unwrap();
    assert_eq!(
        states(&fourth),
        BTreeMap::from([("moved", 2), ("present", 39)]),
        "{:?}",
        trouble(&fourth)
    );
    let there = stored(client, &collection).await;
    assert!(there["event-7"].contains("Встреча семь"), "{}", there["event-7"]);
    assert!(there.contains_key("added"));

    // Somebody changes an event on the server, then the source changes too: a person decides.
    let href = href_of(client, &collection, "event-3").await;
    let now = client.get(&href).await.unwrap().unwrap();
    let theirs = String::from_utf8(now.body.to_vec())
        .unwrap()
        .replace("Встреча 3", "Моя встреча");
    client
        .replace(&collection, &href, &now.etag.unwrap(), theirs)
        .await
        .unwrap();
    let both = changed.replace("Встреча 3\r\n", "Встреча три\r\n");
    let fifth = import.run(items(&both)).await.unwrap();
    assert_eq!(states(&fifth), BTreeMap::from([("manual", 1), ("present", 40)]));
    let conflict = fifth.manual().next().unwrap();
    assert_eq!(conflict.findings.last().unwrap().code(), "DAV-TARGET-CHANGED");
    assert!(stored(client, &collection).await["event-3"].contains("Моя встреча"));

    // What the source no longer has stays, unless the caller wants it gone.
    let fewer = both.replace("UID:event-11\r\n", "UID:event-11-gone\r\n");
    let fewer = fewer.replace("UID:event-3\r\n", "UID:event-3-gone\r\n");
    let sixth = import.run(items(&fewer)).await.unwrap();
    assert_eq!(sixth.gone.len(), 2);
    let stays = |gone: &Deletion| !gone.deleted && gone.finding.code() == "DAV-SOURCE-GONE";
    assert!(sixth.gone.iter().all(stays), "{:?}", sixth.gone);
    let seventh = import.clone().deletions(true).run(items(&fewer)).await.unwrap();
    assert_eq!(seventh.deleted(), 1, "{:?}", trouble(&seventh));
    let there = stored(client, &collection).await;
    assert!(!there.contains_key("event-11"));
    // It was changed on the server, so it is not deleted by itself.
    assert!(there.contains_key("event-3"));

    // A user deletes something; no later run brings it back.
    let href = href_of(client, &collection, "event-5").await;
    let etag = client.get(&href).await.unwrap().unwrap().etag.unwrap();
    assert!(client.delete(&href, &etag).await.unwrap());
    let eighth = import.run(items(&fewer)).await.unwrap();
    let deleted = eighth.outcomes.iter().find(|o| o.uid == "event-5").unwrap();
    assert_eq!(deleted.state, State::Excluded);
    assert_eq!(deleted.findings.last().unwrap().code(), "DAV-TARGET-DELETED");
}

fn event_alone(uid: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260301T100000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

#[tokio::test]
async fn a_file_into_radicale_and_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    first_second_and_changed(&radicale(&server.url()).await, true).await;
}

#[tokio::test]
async fn a_file_into_xandikos_and_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    let client = xandikos(&server).await;
    first_second_and_changed(&client, false).await;
}

#[tokio::test]
async fn an_address_book_in_one_request_and_never_over_something() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let client = radicale(&server.url()).await;
    let (book, fresh) = client
        .make_collection(Kind::Contacts, "people", "People")
        .await
        .unwrap();
    let import = Import::new(client.clone(), book.clone()).fresh(fresh);
    let report = import.run(cards(30)).await.unwrap();
    assert_eq!(
        states(&report),
        BTreeMap::from([("moved", 30)]),
        "{:?}",
        trouble(&report)
    );
    assert!(report.bulk);

    // Somebody was quicker: the collection was made just now, but is not empty any more.
    let (other, fresh) = client
        .make_collection(Kind::Contacts, "others", "Others")
        .await
        .unwrap();
    let theirs = cards(31).pop().unwrap();
    client
        .put_new(&other, &theirs.resource_name, theirs.body.unwrap())
        .await
        .unwrap();
    let report = Import::new(client.clone(), other.clone())
        .fresh(fresh)
        .run(cards(20))
        .await
        .unwrap();
    assert_eq!(
        states(&report),
        BTreeMap::from([("moved", 20)]),
        "{:?}",
        trouble(&report)
    );
    assert!(!report.bulk);
    assert_eq!(stored(&client, &other).await.len(), 21);
}

#[tokio::test]
async fn errors_are_survived_and_nothing_arrives_twice() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let busy = "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let front = Front::start(server.port(), move |method, number| match (method, number % 6) {
        ("PUT", 2) => Fault::Answer(busy),
        ("PUT", 4) => Fault::LoseAnswer,
        ("REPORT", 1) => Fault::Answer(busy),
        _ => Fault::Pass,
    });
    let client = radicale(&front.url).await;
    let (collection, _) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let report = Import::new(client, collection.clone())
        .run(items(&calendar(24)))
        .await
        .unwrap();
    let counts = states(&report);
    let there = counts.get("moved").unwrap_or(&0) + counts.get("present").unwrap_or(&0);
    assert_eq!(there, 24, "{counts:?} {:?}", trouble(&report));
    assert_eq!(
        stored(&radicale(&server.url()).await, &collection).await.len(),
        24
    );
    assert!(front.count("PUT") > 24);
}

#[tokio::test]
async fn a_server_that_stays_broken_is_reported() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let broken = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 4\r\nConnection: close\r\n\r\noops";
    let front = Front::start(server.port(), move |method, number| match (method, number) {
        ("PUT", 3..) => Fault::Answer(broken),
        _ => Fault::Pass,
    });
    let client = radicale(&front.url).await;
    let (collection, _) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let ledger = Arc::new(MemoryLedger::new());
    let import = Import::new(client, collection.clone())
        .ledger(ledger)
        .concurrency(1);
    let report = import.run(items(&calendar(5))).await.unwrap();
    assert_eq!(states(&report), BTreeMap::from([("failed", 3), ("moved", 2)]));
    let failed = report.outcomes.iter().find(|o| o.state == State::Failed).unwrap();
    assert!(
        failed.error.as_ref().unwrap().to_string().contains("500"),
        "{:?}",
        failed.error
    );
    assert!(failed.original.is_some());
}

/// The process that the next test kills: it imports from and to what its environment says.
#[tokio::test]
#[ignore = "started by another test, to be killed"]
async fn a_process_to_be_killed() {
    let (Ok(url), Ok(ledger)) = (std::env::var("TEGU_DAV_CHILD"), std::env::var("TEGU_DAV_LEDGER")) else {
        return;
    };
    let client = radicale(&url).await;
    let (collection, fresh) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let report = Import::new(client, collection)
        .ledger(Arc::new(FileLedger::open(ledger).unwrap()))
        .fresh(fresh)
        .bulk(std::env::var_os("TEGU_DAV_BULK").is_some())
        .run(items(&calendar(60)))
        .await
        .unwrap();
    assert_eq!(
        report.count(State::Moved) + report.count(State::Present),
        60,
        "{:?}",
        trouble(&report)
    );
}

#[tokio::test]
async fn killed_at_any_instant_it_goes_on() {
    if tegu_testkit::skip_servers() {
        return;
    }
    for bulk in [false, true] {
        let server = Radicale::start();
        let dir = tempfile::tempdir().unwrap();
        let start = || {
            let mut command = Command::new(std::env::current_exe().unwrap());
            command
                .args([
                    "--exact",
                    "it::import::a_process_to_be_killed",
                    "--ignored",
                    "--nocapture",
                ])
                .env("TEGU_DAV_CHILD", server.url())
                .env("TEGU_DAV_LEDGER", dir.path().join("ledger"))
                .stdout(Stdio::null())
                .stderr(Stdio::null());
            if bulk {
                command.env("TEGU_DAV_BULK", "1");
            }
            command.spawn().unwrap()
        };
        let mut kills = 0;
        let mut wait = 120;
        loop {
            let mut child = start();
            std::thread::sleep(Duration::from_millis(wait));
            if let Some(status) = child.try_wait().unwrap() {
                assert!(status.success());
                break;
            }
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
            wait += 150;
            assert!(kills < 60, "it never comes to its end");
        }
        assert!(kills > 0, "it was never killed");
        let client = radicale(&server.url()).await;
        let collections = client.collections(Kind::Calendars).await.unwrap();
        assert_eq!(stored(&client, &collections[0]).await.len(), 60);
    }
}

#[tokio::test]
async fn one_server_follows_another() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (old, new) = (Radicale::start(), Xandikos::start());
    let source = radicale(&old.url()).await;
    let target = xandikos(&new).await;
    let from = source
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let to = target
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let filled = Import::new(source.clone(), from.clone())
        .run(items(&calendar(12)))
        .await
        .unwrap();
    assert_eq!(states(&filled), BTreeMap::from([("moved", 12)]));

    let import = Import::new(target.clone(), to.clone())
        .ledger(Arc::new(MemoryLedger::new()))
        .deletions(true);
    let follow = Follow::new(source.clone(), from.clone(), import);
    let first = follow.run().await.unwrap();
    assert_eq!(
        states(&first),
        BTreeMap::from([("moved", 12)]),
        "{:?}",
        trouble(&first)
    );
    let second = follow.run().await.unwrap();
    assert_eq!(
        second.counts.source,
        second.count(State::Present),
        "{:?}",
        trouble(&second)
    );

    // One is added, one changes, one goes.
    let all = source.list(&from).await.unwrap();
    let hrefs: Vec<String> = all.iter().map(|resource| resource.href.clone()).collect();
    let bodies = source.get_many(&from, &hrefs).await.unwrap();
    let find = |summary: &str| {
        let wanted = format!("SUMMARY:{summary}\n");
        bodies
            .iter()
            .find(|f| {
                String::from_utf8_lossy(&f.body)
                    .replace("\r\n", "\n")
                    .contains(&wanted)
            })
            .unwrap()
    };
    let (changed, gone) = (find("Встреча 1"), find("Встреча 2"));
    let body = String::from_utf8(changed.body.to_vec())
        .unwrap()
        .replace("Встреча 1", "Другое");
    source
        .replace(&from, &changed.href, changed.etag.as_deref().unwrap(), body)
        .await
        .unwrap();
    assert!(
        source
            .delete(&gone.href, gone.etag.as_deref().unwrap())
            .await
            .unwrap()
    );
    source
        .put_new(&from, "added.ics", event_alone("added"))
        .await
        .unwrap();
    let third = follow.run().await.unwrap();
    assert_eq!(
        third.count(State::Moved),
        2,
        "{:?} {:?}",
        states(&third),
        trouble(&third)
    );
    assert_eq!(third.deleted(), 1);
    let there = stored(&target, &to).await;
    assert_eq!(there.len(), 12);
    assert!(there.contains_key("added") && !there.contains_key("event-2"));
    assert!(there["event-1"].contains("Другое"));
}

#[tokio::test]
async fn a_source_without_sync_tokens_is_followed_by_its_ctag() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (old, new) = (Radicale::start(), Xandikos::start());
    let unknown = "HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    let listings = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&listings);
    let front = Front::reading(old.port(), move |method, _, body| {
        if method == "REPORT" && body.contains("sync-collection") {
            return Fault::Answer(unknown);
        }
        counted.fetch_add(
            usize::from(method == "PROPFIND" && body.contains("getetag")),
            Ordering::SeqCst,
        );
        Fault::Pass
    });
    let source = radicale(&front.url).await;
    let target = xandikos(&new).await;
    let from = source
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let to = target
        .ensure_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let filled = Import::new(source.clone(), from.clone())
        .run(items(&calendar(6)))
        .await
        .unwrap();
    assert_eq!(states(&filled), BTreeMap::from([("moved", 6)]));

    let import = Import::new(target.clone(), to.clone())
        .ledger(Arc::new(MemoryLedger::new()))
        .deletions(true);
    let follow = Follow::new(source.clone(), from.clone(), import);
    let before = listings.load(Ordering::SeqCst);
    let first = follow.run().await.unwrap();
    assert_eq!(
        states(&first),
        BTreeMap::from([("moved", 6)]),
        "{:?}",
        trouble(&first)
    );
    assert_eq!(listings.load(Ordering::SeqCst), before + 1);

    // Nothing changed, so nothing is listed and nothing is read.
    let reports = front.count("REPORT");
    let second = follow.run().await.unwrap();
    assert_eq!((second.counts.source, second.deleted()), (0, 0));
    assert_eq!(listings.load(Ordering::SeqCst), before + 1);
    assert_eq!(front.count("REPORT"), reports);

    // One goes and one is added, which the listing tells.
    let gone = source.list(&from).await.unwrap().remove(0);
    assert!(
        source
            .delete(&gone.href, gone.etag.as_deref().unwrap())
            .await
            .unwrap()
    );
    source
        .put_new(&from, "added.ics", event_alone("added"))
        .await
        .unwrap();
    let before = listings.load(Ordering::SeqCst);
    let third = follow.run().await.unwrap();
    assert_eq!(
        states(&third),
        BTreeMap::from([("moved", 1), ("present", 5)]),
        "{:?}",
        trouble(&third)
    );
    assert_eq!(third.deleted(), 1);
    assert_eq!(listings.load(Ordering::SeqCst), before + 1);
    assert_eq!(stored(&target, &to).await.len(), 6);
    let fourth = follow.run().await.unwrap();
    assert_eq!(fourth.counts.source, 0);
    assert_eq!(listings.load(Ordering::SeqCst), before + 1);
}

#[tokio::test]
async fn nothing_hangs_for_ever() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::start();
    let front = Front::start(server.port(), |method, _| match method {
        "PUT" => Fault::Hang,
        _ => Fault::Pass,
    });
    let options = Options::default()
        .attempts(1)
        .request_timeout(Duration::from_secs(2));
    let endpoint = Endpoint::new(&front.url).unwrap();
    let client = Client::connect_with(&endpoint, &credentials(), &options)
        .await
        .unwrap();
    let (collection, _) = client
        .make_collection(Kind::Calendars, "work", "Work")
        .await
        .unwrap();
    let report = Import::new(client, collection)
        .run(items(&calendar(2)))
        .await
        .unwrap();
    assert_eq!(states(&report), BTreeMap::from([("failed", 2)]));
}
