//! The whole organisation between real servers: a directory, two mail servers, calendars and contacts.

use crate::{
    oracle, sample,
    scene::{Scene, counts, problems, tree},
    slapd::for_slapd,
    torn,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    path::{Path, PathBuf},
};
use tegu_migrate::{Config, Entity, Event, State};
use tegu_testkit::{Dovecot, Radicale, Slapd, imap::Client};

/// Real servers, the first of which holds the organisation's mail, and a job that moves it all.
struct Organisation {
    exchange: Dovecot,
    target: Dovecot,
    _slapd: Slapd,
    radicale: Radicale,
    scene: Scene,
    config: String,
    /// Messages that the stand-in for Exchange was given.
    messages: u64,
}

async fn organisation() -> Organisation {
    let (exchange, target, slapd) = (
        Dovecot::start(),
        Dovecot::start(),
        Slapd::builder().exchange_schema().start(),
    );
    let radicale = Radicale::builder()
        .users(sample::PEOPLE.iter().map(|person| person.alias))
        .start();
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    for (name, password) in [
        ("imap", Dovecot::password()),
        ("dav", Radicale::password()),
        ("ldap", slapd.password()),
    ] {
        scene.write(&format!("passwords/{name}"), format!("{password}\n"));
    }
    let ldif = fs::read_to_string(scene.path("organisation/directory.ldif")).unwrap();
    slapd.load_ldif(&for_slapd(&ldif, slapd.base_dn()));
    let directory = format!(
        "[directory]\nldap = {{ url = '{}', base = '{}', bind_dn = '{}', ca = '{}', password = {{ file = 'passwords/ldap' }} }}\n\
         domains = ['romashka.test', 'mail.romashka.test']\nprofile = 'openldap'\n",
        slapd.ldaps_url(),
        slapd.base_dn(),
        slapd.bind_dn(),
        slapd.ca_pem().display()
    );
    let imaps = |server: &Dovecot| {
        format!(
            "{{ kind = 'imap', url = 'imaps://localhost:{}', ca = '{}', user = '{{alias}}', password = {{ file = 'passwords/imap' }} }}",
            server.tls_port(),
            server.ca_pem().display()
        )
    };
    let dav = |kind: &str| {
        format!(
            "{{ kind = '{kind}', url = '{}', user = '{{alias}}', password = {{ file = 'passwords/dav' }} }}",
            radicale.url()
        )
    };
    let files = |part: &str| format!("{{ kind = 'files', path = 'organisation/{part}/{{alias}}' }}");

    // First the stand-in for Exchange gets its mail, then the organisation moves.
    let stock = format!(
        "name = 'stock'\nout = 'stock'\n{directory}[mail]\nsource = {}\ntarget = {}\n",
        files("mail"),
        imaps(&exchange)
    );
    let stocked = scene.run(&stock).await.unwrap();
    assert!(stocked.complete, "{:?}", problems(&stocked));
    let config = format!(
        "name = 'Ромашка'\nout = 'job'\n{directory}[mail]\nsource = {}\ntarget = {}\n\
         [calendars]\nsource = {}\ntarget = {}\n[contacts]\nsource = {}\ntarget = {}\n",
        imaps(&exchange),
        imaps(&target),
        files("calendars"),
        dav("caldav"),
        files("contacts"),
        dav("carddav")
    );
    Organisation {
        messages: counts(&stocked, Entity::Mail).moved,
        exchange,
        target,
        _slapd: slapd,
        radicale,
        scene,
        config,
    }
}

#[tokio::test]
async fn an_organisation_between_real_servers() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let Organisation {
        exchange,
        target,
        scene,
        config,
        messages,
        _slapd,
        radicale: _radicale,
    } = organisation().await;
    let migration = Config::from_toml(&config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let mut events = migration.events();
    let listener = tokio::spawn(async move {
        let (mut items, mut accounts) = (0_u64, 0);
        while let Some(event) = events.next().await {
            match event {
                Event::ItemFinished {
                    state: State::Moved, ..
                } => items += 1,
                Event::AccountFinished { .. } => accounts += 1,
                Event::Lagged { events } => items += events,
                Event::Finished { .. } => break,
                _ => {}
            }
        }
        (items, accounts)
    });
    let report = migration
        .run(&tegu_migrate::CancellationToken::new())
        .await
        .unwrap();
    assert!(report.complete && report.balances(), "{:?}", problems(&report));

    let mail = counts(&report, Entity::Mail);
    assert_eq!(mail.source, messages);
    assert_eq!(
        (mail.moved, mail.manual, mail.failed),
        (mail.source, 0, 0),
        "{:#?}",
        report.worklist
    );
    let calendars = counts(&report, Entity::Calendars);
    assert_eq!(
        (calendars.source, calendars.manual),
        (calendars.moved + 4, 4),
        "{:#?}",
        report.worklist
    );
    let contacts = counts(&report, Entity::Contacts);
    assert_eq!(contacts.source, contacts.moved, "{:#?}", report.worklist);
    assert_eq!(
        counts(&report, Entity::Accounts).source,
        sample::PEOPLE.len() as u64 + 1
    );
    let (items, accounts) = listener.await.unwrap();
    assert_eq!(
        (items >= mail.moved + calendars.moved + contacts.moved, accounts),
        (true, sample::PEOPLE.len())
    );

    for person in &sample::PEOPLE {
        let (before, after) = (
            oracle::mailbox(exchange.port(), person.alias),
            oracle::mailbox(target.port(), person.alias),
        );
        assert!(!before.is_empty());
        assert_eq!(before, after, "{}", person.alias);
    }

    let json: serde_json::Value =
        serde_json::from_slice(&fs::read(scene.path("job/report.json")).unwrap()).unwrap();
    assert_eq!(json["version"], 3);
    for row in json["entities"].as_array().unwrap() {
        let count = |key: &str| row[key].as_u64().unwrap();
        let ended = ["moved", "present", "manual", "failed", "excluded"]
            .map(count)
            .iter()
            .sum::<u64>();
        assert_eq!(count("source"), ended, "{row}");
    }
    let page = fs::read_to_string(scene.path("job/report.html")).unwrap();
    assert!(page.contains("Планёрка") || page.contains("Встреча без пояса"));
}

/// What each person's calendars and address books hold, by what the server keeps on its disk.
pub(crate) fn resources(radicale: &Radicale) -> BTreeMap<String, Vec<u8>> {
    let mut found = tree(&radicale.folder());
    let is_resource = |name: &str| name.ends_with(".ics") || name.ends_with(".vcf");
    found.retain(|name, _| is_resource(name) && !name.contains(".Radicale.cache"));
    found
}

#[tokio::test]
async fn killed_at_random_instants_followed_and_verified() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (clean, torn) = (organisation().await, organisation().await);
    let report = clean.scene.run(&clean.config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    torn.scene.write("job.toml", &torn.config);
    let config = torn.scene.path("job.toml");
    let (kills, output) = torn::until_it_comes_through(&config, 0x2545_f491, [50, 60, 200]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "after {kills} kills: {told}");
    assert!(kills > 3, "{kills}");
    for person in &sample::PEOPLE {
        let (before, after) = (
            oracle::mailbox(torn.exchange.port(), person.alias),
            oracle::mailbox(torn.target.port(), person.alias),
        );
        assert_eq!(before, after, "{} after {kills} kills", person.alias);
    }
    let (expected, found) = (resources(&clean.radicale), resources(&torn.radicale));
    assert_eq!(
        expected.keys().collect::<Vec<_>>(),
        found.keys().collect::<Vec<_>>(),
        "as of one clean run"
    );
    let sums = |scene: &Scene| {
        let report = fs::read(scene.path("job/report.json")).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let rows = report["entities"].as_array().unwrap().clone();
        rows.iter()
            .map(|row| {
                let count = |key: &str| row[key].as_u64().unwrap();
                // What a kill left on the target is found there: moved or present, but there once.
                let stands = count("moved") + count("present");
                (
                    row["entity"].to_string(),
                    count("source"),
                    stands,
                    count("manual"),
                    count("failed"),
                )
            })
            .collect::<Vec<_>>()
    };
    assert_eq!(sums(&torn.scene), sums(&clean.scene));

    // The source is in use until the cut-over.
    let person = sample::PEOPLE[1].alias;
    let login = |port| Client::login(port, person, Dovecot::password()).unwrap();
    let mut client = login(torn.exchange.port());
    client
        .append(
            "INBOX",
            "",
            Some(" 1-Jan-2024 03:00:00 +0300"),
            b"Subject: late\r\n\r\nx\r\n",
        )
        .unwrap();
    client.select("INBOX").unwrap();
    client.command("STORE 1 +FLAGS (\\Flagged)").unwrap();
    let followed = torn::start(&["follow", "--passes", "2", "--every", "0"], &config)
        .wait_with_output()
        .unwrap();
    assert_eq!(
        followed.status.code(),
        Some(3),
        "{}",
        String::from_utf8_lossy(&followed.stderr)
    );
    assert_eq!(
        oracle::mailbox(torn.exchange.port(), person),
        oracle::mailbox(torn.target.port(), person),
        "new messages and flags follow"
    );

    let verify = || {
        let output = torn::start(&["verify", "--json"], &config)
            .wait_with_output()
            .unwrap();
        let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
        (output.status.code(), found)
    };
    let (status, found) = verify();
    assert_eq!(status, Some(0), "{found:#}");
    let moving = ["\"mail\"", "\"calendars\"", "\"contacts\""];
    let sums = sums(&torn.scene);
    let rows = sums.iter().filter(|row| moving.contains(&row.0.as_str()));
    let standing: u64 = rows.map(|row| row.2).sum();
    assert_eq!(
        (&found["expected"], &found["proved"]),
        (&standing.into(), &standing.into())
    );

    // A person changes one event on the target and takes another away.
    let folder = torn.radicale.folder();
    let mut events = found_files(&folder, ".ics").into_iter();
    let (first, second) = (events.next().unwrap(), events.next().unwrap());
    let text = fs::read_to_string(&first)
        .unwrap()
        .replacen("SUMMARY:", "SUMMARY:other ", 1);
    fs::write(&first, text).unwrap();
    fs::remove_file(second).unwrap();
    let (status, found) = verify();
    assert_eq!(status, Some(4));
    let flaws = found["flaws"].as_array().unwrap().iter();
    let codes = flaws
        .map(|flaw| flaw["finding"]["code"].as_str().unwrap().to_owned())
        .collect::<BTreeSet<_>>();
    assert_eq!(
        codes,
        ["VERIFY-CHANGED".to_owned(), "VERIFY-MISSING".to_owned()].into()
    );
}

fn found_files(folder: &Path, extension: &str) -> Vec<PathBuf> {
    let names = tree(folder)
        .into_keys()
        .filter(|name| name.ends_with(extension) && !name.contains(".Radicale.cache"));
    names.map(|name| folder.join(name)).collect()
}
