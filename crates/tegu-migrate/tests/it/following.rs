//! Calendars and contacts that change on the source after they moved.

use crate::scene::{Scene, counts, problems, tree};
use std::{collections::BTreeMap, fs, path::Path};
use tegu_dav::{
    Limits,
    client::{Client, Endpoint, Fetched, Kind, PutOutcome},
};
use tegu_migrate::{Config, Entity, Report, plan::Rates};
use tegu_testkit::{Radicale, Xandikos};

/// A calendar of events, by their names and what they are about.
fn calendar(events: &[(&str, &str)]) -> String {
    let events = events.iter().map(|(uid, summary)| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20260105T100000Z\r\n\
             DTEND:20260105T110000Z\r\nSUMMARY:{summary}\r\nEND:VEVENT\r\n"
        )
    });
    let events = events.collect::<String>();
    format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\n{events}END:VCALENDAR\r\n")
}

fn card(name: &str) -> String {
    format!("BEGIN:VCARD\r\nVERSION:3.0\r\nUID:boris\r\nN:{name};;;;\r\nFN:{name}\r\nEND:VCARD\r\n")
}

async fn connect(url: &str) -> Client {
    let endpoint = Endpoint::new(url)
        .unwrap()
        .with_credentials("anna", Radicale::password().to_owned().into());
    Client::connect(&endpoint, &Limits::default()).await.unwrap()
}

/// What stands on a server, by UID.
async fn standing(client: &Client, kind: Kind) -> BTreeMap<String, Fetched> {
    let mut found = BTreeMap::new();
    for collection in client.collections(kind).await.unwrap() {
        for resource in client.list(&collection).await.unwrap() {
            let fetched = client.get(&resource.href).await.unwrap().unwrap();
            found.insert(value(&fetched, "UID:"), fetched);
        }
    }
    found
}

fn value(resource: &Fetched, name: &str) -> String {
    let text = std::str::from_utf8(&resource.body).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name));
    line.unwrap_or_else(|| panic!("no {name} in {text}")).to_owned()
}

async fn summaries(client: &Client) -> Vec<(String, String)> {
    let found = standing(client, Kind::Calendars).await;
    let summary = |(uid, resource)| (uid, value(&resource, "SUMMARY:"));
    found.into_iter().map(summary).collect()
}

/// Writes over a resource, as a phone does.
async fn edit(client: &Client, kind: Kind, resource: &Fetched, body: String) {
    let collections = client.collections(kind).await.unwrap();
    let etag = resource.etag.as_deref().unwrap();
    let put = client.replace(&collections[0], &resource.href, etag, body);
    assert!(matches!(
        put.await.unwrap(),
        PutOutcome::Overwritten { .. } | PutOutcome::Created { .. }
    ));
}

/// Moved, present, manual, excluded.
fn ends(report: &Report, entity: Entity) -> [u64; 4] {
    assert!(report.complete, "{:?}", problems(report));
    let counts = counts(report, entity);
    [counts.moved, counts.present, counts.manual, counts.excluded]
}

fn copy(from: &Path, to: &Path) {
    for (name, content) in tree(from) {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, content).unwrap();
    }
}

#[tokio::test]
async fn what_changed_is_replaced_unless_its_owner_was_there() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    follow_changes(&server.url()).await;
}

#[tokio::test]
async fn what_changed_is_replaced_on_xandikos_too() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    follow_changes(&server.url()).await;
}

async fn follow_changes(url: &str) {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
         target = {{ kind = 'caldav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        url
    );
    let source = |events: &[(&str, &str)]| scene.write("calendars/anna/Work.ics", calendar(events));
    source(&[("a", "A"), ("b", "B"), ("c", "C"), ("d", "D"), ("e", "E")]);
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Calendars), [5, 0, 0, 0]);
    copy(&scene.path("job"), &scene.path("before"));

    let client = connect(url).await;
    let found = standing(&client, Kind::Calendars).await;
    edit(
        &client,
        Kind::Calendars,
        &found["b"],
        calendar(&[("b", "B of Anna")]),
    )
    .await;
    for uid in ["c", "d"] {
        let etag = found[uid].etag.as_deref().unwrap();
        assert!(client.delete(&found[uid].href, etag).await.unwrap());
    }
    source(&[
        ("z", "Z"),
        ("a", "A2"),
        ("b", "B2"),
        ("c", "C2"),
        ("d", "D"),
        ("e", "E"),
    ]);
    let second = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&second, Entity::Calendars),
        [4, 0, 1, 1],
        "{:#?}",
        second.worklist
    );
    assert_eq!(second.entity(Entity::Calendars).unwrap().moved_now, 2);
    let work = &second.worklist[0];
    assert_eq!(work.findings[0].code, "DAV-CONFLICT");
    assert!(
        work.findings[0].message.contains("both sides"),
        "{:?}",
        work.findings
    );
    let kept = fs::read_to_string(scene.path("job").join(work.original.as_ref().unwrap())).unwrap();
    assert!(kept.contains("SUMMARY:B2"), "{kept}");
    let account = second.accounts.iter().find(|row| row.account.starts_with("anna"));
    let findings = &account.unwrap().containers[0].findings;
    assert_eq!(findings.get("DAV-TARGET-DELETED"), Some(&1), "{findings:?}");
    let expected = [("a", "A2"), ("b", "B of Anna"), ("e", "E"), ("z", "Z")];
    let expected = expected.map(|(uid, summary)| (uid.to_owned(), summary.to_owned()));
    assert_eq!(summaries(&client).await, expected);

    let again = scene.run(&config).await.unwrap();
    assert_eq!(ends(&again, Entity::Calendars), [4, 0, 1, 1]);
    assert_eq!(again.entity(Entity::Calendars).unwrap().moved_now, 0);
    assert_eq!(summaries(&client).await, expected);
    let migration = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
    let migration = migration.into_migration().unwrap();
    let plan = migration
        .plan(&Rates::default(), &Default::default())
        .await
        .unwrap();
    let excluded = plan.accounts.iter().flat_map(|row| &row.containers);
    assert_eq!(excluded.map(|row| row.amounts.excluded.items).sum::<u64>(), 1);
    drop(migration);

    // The journal of a run that was killed after it had written to the target, and before it could say so.
    fs::remove_dir_all(scene.path("job")).unwrap();
    copy(&scene.path("before"), &scene.path("job"));
    let resumed = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&resumed, Entity::Calendars),
        [3, 1, 1, 1],
        "{:#?}",
        resumed.worklist
    );
    assert_eq!(summaries(&client).await, expected);

    // What was taken up again is followed as before, and so is what its owner gave up.
    let found = standing(&client, Kind::Calendars).await;
    edit(&client, Kind::Calendars, &found["b"], calendar(&[("b", "B2")])).await;
    source(&[
        ("z", "Z2"),
        ("a", "A3"),
        ("b", "B2"),
        ("c", "C3"),
        ("d", "D"),
        ("e", "E"),
    ]);
    let third = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&third, Entity::Calendars),
        [4, 1, 0, 1],
        "{:#?}",
        third.worklist
    );
    let expected = [("a", "A3"), ("b", "B2"), ("e", "E"), ("z", "Z2")];
    let expected = expected.map(|(uid, summary)| (uid.to_owned(), summary.to_owned()));
    assert_eq!(summaries(&client).await, expected);
}

#[tokio::test]
async fn one_server_follows_another() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let old = Radicale::builder().users(["anna"]).start();
    let new = Radicale::builder().users(["anna"]).start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", Radicale::password());
    let server = |server: &Radicale| {
        format!(
            "{{ kind = 'carddav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}",
            server.url()
        )
    };
    let config = format!(
        "{head}[contacts]\nsource = {}\ntarget = {}\n",
        server(&old),
        server(&new)
    );
    let (source, target) = (connect(&old.url()).await, connect(&new.url()).await);
    let friends = source
        .ensure_collection(Kind::Contacts, "friends", "Friends")
        .await
        .unwrap();
    source
        .put_new(&friends, "boris.vcf", card("Boris"))
        .await
        .unwrap();
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Contacts), [1, 0, 0, 0]);

    for (name, state) in [
        ("Boris the Second", [1, 0, 0, 0]),
        ("Boris the Third", [1, 0, 0, 0]),
    ] {
        let found = standing(&source, Kind::Contacts).await;
        edit(&source, Kind::Contacts, &found["boris"], card(name)).await;
        let report = scene.run(&config).await.unwrap();
        assert_eq!(ends(&report, Entity::Contacts), state, "{:#?}", report.worklist);
        assert_eq!(report.entity(Entity::Contacts).unwrap().moved_now, 1);
        let arrived = &standing(&target, Kind::Contacts).await["boris"];
        assert_eq!(value(arrived, "FN:"), name);
    }

    // A deletion on the source is not carried over.
    let found = standing(&source, Kind::Contacts).await;
    let etag = found["boris"].etag.as_deref().unwrap();
    assert!(source.delete(&found["boris"].href, etag).await.unwrap());
    let gone = scene.run(&config).await.unwrap();
    assert_eq!(counts(&gone, Entity::Contacts).source, 0);
    assert_eq!(standing(&target, Kind::Contacts).await.len(), 1);
}

#[tokio::test]
async fn a_bundle_follows_and_twins_are_not_lost() {
    let scene = Scene::new();
    let head = scene.head("job");
    let config = format!(
        "{head}[contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let source = |file: &str, name: &str| scene.write(&format!("contacts/anna/Friends/{file}"), card(name));
    let stands = || {
        let files = tree(&scene.path("job/contacts"));
        assert_eq!(files.len(), 1);
        String::from_utf8(files.into_values().next().unwrap()).unwrap()
    };
    source("1.vcf", "Boris");
    source("2.vcf", "Boris");
    let first = scene.run(&config).await.unwrap();
    assert_eq!(ends(&first, Entity::Contacts), [1, 1, 0, 0]);

    // One resource stands for both files, so neither may take it from the other.
    source("2.vcf", "Pyotr");
    let twins = scene.run(&config).await.unwrap();
    assert_eq!(ends(&twins, Entity::Contacts), [1, 0, 1, 0]);
    assert_eq!(twins.worklist[0].findings[0].code, "DAV-CONFLICT");
    assert!(stands().contains("FN:Boris"));

    fs::remove_file(scene.path("contacts/anna/Friends/1.vcf")).unwrap();
    let alone = scene.run(&config).await.unwrap();
    assert_eq!(
        ends(&alone, Entity::Contacts),
        [1, 0, 0, 0],
        "{:#?}",
        alone.worklist
    );
    assert!(stands().contains("FN:Pyotr"));
}

/// A server, and a job that copies calendars to it.
struct Calendars {
    scene: Scene,
    config: String,
    client: Client,
}

impl Calendars {
    async fn new(url: &str) -> Self {
        let scene = Scene::new();
        let head = scene.head("job");
        scene.write("password", Radicale::password());
        let config = format!(
            "deletions = true\n{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\n\
             target = {{ kind = 'caldav', url = '{url}', user = '{{alias}}', password = {{ file = 'password' }} }}\n"
        );
        let client = connect(url).await;
        Self {
            scene,
            config,
            client,
        }
    }

    fn source(&self, name: &str, uids: &[&str]) {
        let events: Vec<_> = uids.iter().map(|uid| (*uid, *uid)).collect();
        self.scene
            .write(&format!("calendars/anna/{name}.ics"), calendar(&events));
    }

    async fn run(&self) -> Report {
        let report = self.scene.run(&self.config).await.unwrap();
        assert!(report.complete, "{:?}", problems(&report));
        report
    }

    async fn uids(&self) -> Vec<String> {
        standing(&self.client, Kind::Calendars)
            .await
            .into_keys()
            .collect()
    }
}

/// What a report says of items that are on the source no more.
fn deleted(report: &Report) -> Vec<(String, String)> {
    let rows = report.accounts.iter().flat_map(|account| &account.containers);
    let all = rows.flat_map(|row| &row.deleted);
    let mut all: Vec<_> = all
        .map(|gone| (gone.item.clone(), gone.finding.code.to_string()))
        .collect();
    all.sort_by(|a, b| (&a.1, &a.0).cmp(&(&b.1, &b.0)));
    all
}

async fn carry_deletions(url: &str) {
    let job = Calendars::new(url).await;
    let work = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"];
    job.source("Work", &work);
    job.source("Home", &["x", "y"]);
    let first = job.run().await;
    assert_eq!(ends(&first, Entity::Calendars), [12, 0, 0, 0]);
    assert_eq!(deleted(&first), []);

    // One that the owner changed on the target, one that he deleted there, and one of his own.
    let found = standing(&job.client, Kind::Calendars).await;
    edit(
        &job.client,
        Kind::Calendars,
        &found["b"],
        calendar(&[("b", "B of Anna")]),
    )
    .await;
    let tag = found["c"].etag.as_deref().unwrap();
    assert!(job.client.delete(&found["c"].href, tag).await.unwrap());
    let calendars = job.client.collections(Kind::Calendars).await.unwrap();
    let home = calendars
        .iter()
        .find(|calendar| found["x"].href.starts_with(&calendar.href))
        .unwrap();
    job.client
        .put_new(home, "own.ics", calendar(&[("own", "own")]))
        .await
        .unwrap();

    // a, b and c are gone, d has moved to another calendar, and so has the whole calendar of x and y gone.
    job.source("Work", &work[4..]);
    job.source("Trips", &["d"]);
    fs::remove_file(job.scene.path("calendars/anna/Home.ics")).unwrap();
    let second = job.run().await;
    assert_eq!(
        ends(&second, Entity::Calendars),
        [7, 0, 0, 0],
        "{:#?}",
        second.worklist
    );
    let gone = deleted(&second);
    let codes: Vec<&str> = gone.iter().map(|(_, code)| code.as_str()).collect();
    let expected = [vec!["DAV-SOURCE-DELETED"; 4], vec!["DAV-SOURCE-GONE"]].concat();
    assert_eq!(
        codes, expected,
        "a, d, x and y; b stays, and c was gone: {gone:?}"
    );
    assert!(gone.iter().all(|(item, _)| item.contains(".ics/")), "{gone:?}");
    let stands = ["b", "d", "e", "f", "g", "h", "i", "j", "own"];
    assert_eq!(job.uids().await, stands);

    // Nothing is deleted twice, and what comes back is new.
    let third = job.run().await;
    assert_eq!(deleted(&third).len(), 1, "b is told each time");
    job.source("Work", &work[..3]);
    job.source("Home", &["x"]);
    let fourth = job.run().await;
    assert_eq!(
        fourth.entity(Entity::Calendars).unwrap().moved_now,
        3,
        "a, c and x"
    );
    assert_eq!(ends(&fourth, Entity::Calendars), [5, 0, 0, 0]);
    let found = standing(&job.client, Kind::Calendars).await;
    assert_eq!(value(&found["b"], "SUMMARY:"), "B of Anna");
    assert_eq!(job.uids().await, ["a", "b", "c", "d", "own", "x"]);

    // A source that has nothing at all deletes nothing.
    fs::remove_dir_all(job.scene.path("calendars/anna")).unwrap();
    assert_eq!(deleted(&job.run().await), []);
    assert_eq!(job.uids().await.len(), 6);
}

#[tokio::test]
async fn deletions_are_carried_to_radicale() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    carry_deletions(&server.url()).await;
}

#[tokio::test]
async fn deletions_are_carried_to_xandikos() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Xandikos::start();
    carry_deletions(&server.url()).await;
}

async fn lose_a_calendar(url: &str) {
    let job = Calendars::new(url).await;
    job.source("Work", &["a", "b"]);
    job.source("Home", &["x"]);
    job.run().await;
    let found = standing(&job.client, Kind::Calendars).await;
    let calendars = job.client.collections(Kind::Calendars).await.unwrap();
    let work = calendars
        .iter()
        .find(|calendar| found["a"].href.starts_with(&calendar.href))
        .unwrap();
    assert!(job.client.delete(&work.href, "*").await.unwrap());

    job.source("Work", &["a", "b", "c"]);
    for pass in 1..=2 {
        let report = job.run().await;
        assert_eq!(ends(&report, Entity::Calendars), [1, 0, 0, 3], "pass {pass}");
        let left = job.client.collections(Kind::Calendars).await.unwrap();
        assert!(
            left.iter().all(|calendar| calendar.href != work.href),
            "pass {pass}: {left:?}"
        );
        assert_eq!(job.uids().await, ["x"]);
    }
}

#[tokio::test]
async fn a_calendar_that_its_owner_deleted_is_not_made_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (radicale, xandikos) = (Radicale::builder().users(["anna"]).start(), Xandikos::start());
    lose_a_calendar(&radicale.url()).await;
    lose_a_calendar(&xandikos.url()).await;
}

/// A whole calendar goes by one request where the server takes that; a run that knows nothing of it finds it by UID.
#[tokio::test]
async fn what_was_sent_as_a_whole_is_found_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let job = Calendars::new(&server.url()).await;
    let uids: Vec<String> = (0..50).map(|n| format!("uid-{n}")).collect();
    let uids: Vec<&str> = uids.iter().map(String::as_str).collect();
    job.source("Work", &uids);
    assert_eq!(ends(&job.run().await, Entity::Calendars), [50, 0, 0, 0]);
    let found = standing(&job.client, Kind::Calendars).await;
    assert!(
        found["uid-7"].href.ends_with("/uid-7.ics"),
        "Radicale's own name: {}",
        found["uid-7"].href
    );
    // Replaced, proved and known under that name.
    let events: Vec<_> = uids
        .iter()
        .map(|uid| (*uid, if *uid == "uid-7" { "new" } else { *uid }))
        .collect();
    job.scene.write("calendars/anna/Work.ics", calendar(&events));
    let report = job.run().await;
    assert_eq!(report.entity(Entity::Calendars).unwrap().moved_now, 1);
    assert_eq!(standing(&job.client, Kind::Calendars).await.len(), 50);
    let migration = Config::from_toml(&job.config, job.scene.root.path().to_owned()).unwrap();
    let migration = migration.into_migration().unwrap();
    let proof = migration.verify(&Default::default()).await.unwrap();
    assert!(proof.holds() && proof.proved == 50, "{proof:#?}");
    drop(migration);

    let other = job.config.replace("out = 'job'", "out = 'other'");
    let fresh = job.scene.run(&other).await.unwrap();
    assert_eq!(ends(&fresh, Entity::Calendars), [0, 50, 0, 0]);
    assert_eq!(standing(&job.client, Kind::Calendars).await.len(), 50);
}
