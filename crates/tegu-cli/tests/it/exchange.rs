//! The organisation from the stand-in for Exchange's own IMAP service, with all its ways, to real servers.

use crate::{
    organisation::resources,
    sample,
    scene::{Scene, counts, problems, tree},
    slapd::for_slapd,
    torn,
};
use std::{collections::BTreeMap, fs, io::BufReader, path::Path, time::Duration};
use tegu_migrate::{
    CancellationToken, Config, Entity, Report, State, mbox::Variant, mbox::read, plan::PlanOptions,
};
use tegu_testkit::{
    Dovecot, Exchange, Radicale, Slapd,
    exchange::Kind,
    imap::{Client, Held},
};

/// What Exchange shows as folders and gives nothing out of.
const NOT_MAIL: [&str; 5] = ["Календарь", "Контакты", "Задачи", "Заметки", "Дневник"];

/// Messages without their UIDs.
type Content = Vec<([u8; 32], Vec<String>, Option<i64>)>;

fn content(held: &[Held]) -> Content {
    let message = |held: &Held| (held.digest, held.flags.iter().cloned().collect(), held.date);
    let mut content = held.iter().map(message).collect::<Vec<_>>();
    content.sort();
    content
}

/// Folders with mail in them, as Exchange has them.
fn before(exchange: &Exchange, alias: &str) -> BTreeMap<String, Content> {
    let folders = exchange.holdings(alias).into_iter();
    let mail = folders.filter(|(name, held)| !held.is_empty() && !NOT_MAIL.contains(&name.as_str()));
    mail.map(|(name, held)| (name, content(&held))).collect()
}

fn after(target: &Dovecot, alias: &str) -> BTreeMap<String, Content> {
    let mut client = Client::login(target.port(), alias, Dovecot::password()).unwrap();
    let folders = client.holdings().unwrap().into_iter();
    let mail = folders.filter(|(_, held)| !held.is_empty());
    mail.map(|(name, held)| (name, content(&held))).collect()
}

/// Puts the sample's mail into Exchange, and returns how many messages that are.
fn fill(exchange: &Exchange, mail: &Path) -> u64 {
    let mut count = 0;
    for (path, octets) in tree(mail) {
        let (alias, folder) = path.split_once('/').unwrap();
        let folder = folder.strip_suffix(".mbox").unwrap();
        let folder = if folder == "Входящие" {
            "INBOX"
        } else {
            folder
        };
        let mut messages = read::Stream::new(
            BufReader::new(octets.as_slice()),
            read::Options::own(Variant::Mboxrd),
        );
        while let Some(message) = messages.next_message().unwrap() {
            let flags = ["", "\\Seen", "\\Seen \\Answered", "\\Flagged $MDNSent"][count as usize % 4];
            let date = format!("{:02}-Feb-2021 10:{:02}:00 +0300", count % 28 + 1, count % 60);
            exchange.deliver(alias, folder, flags, Some(&date), &message.content());
            count += 1;
        }
    }
    count
}

fn sums(report: &Report) -> Vec<(Entity, u64, u64, u64, u64)> {
    let moving = [Entity::Mail, Entity::Calendars, Entity::Contacts];
    let row = |entity| {
        let counts = counts(report, entity);
        // What a kill left on the target is found there: moved or present, but there once.
        let stands = counts.moved + counts.present;
        (entity, counts.source, stands, counts.manual, counts.failed)
    };
    moving.into_iter().map(row).collect()
}

#[tokio::test]
async fn an_organisation_from_exchange() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let exchange = Exchange::builder()
        .russian()
        .literal_names()
        .throttle(45, Duration::from_millis(1200))
        .start();
    let (target, slapd) = (Dovecot::start(), Slapd::builder().exchange_schema().start());
    let people = || sample::PEOPLE.iter().map(|person| person.alias);
    let (clean, radicale) = (
        Radicale::builder().users(people()).start(),
        Radicale::builder().users(people()).start(),
    );
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    for (name, password) in [
        ("exchange", Exchange::password()),
        ("imap", Dovecot::password()),
        ("dav", Radicale::password()),
        ("ldap", slapd.password()),
    ] {
        scene.write(&format!("passwords/{name}"), format!("{password}\n"));
    }
    let ldif = fs::read_to_string(scene.path("organisation/directory.ldif")).unwrap();
    slapd.load_ldif(&for_slapd(&ldif, slapd.base_dn()));
    let mut mail = fill(&exchange, &scene.path("organisation/mail"));
    assert!(
        exchange.holdings("a.ivanova")["INBOX"].len() >= 6,
        "{:?}",
        exchange.holdings("a.ivanova").keys()
    );
    // One was filed under the calendar; each mailbox has a stub in five folders, and two things cannot be had.
    mail -= 1;
    exchange.deliver_as(
        Kind::Placeholder,
        "b.petrov",
        "INBOX",
        "",
        None,
        b"Subject: odd\r\n\r\n",
    );
    exchange.deliver_as(
        Kind::Silent,
        "b.petrov",
        "INBOX",
        "",
        None,
        b"Subject: odd\r\n\r\n",
    );
    let left = 1 + 2 + (NOT_MAIL.len() * sample::PEOPLE.len()) as u64;

    let directory = format!(
        "[directory]\nldap = {{ url = '{}', base = '{}', bind_dn = '{}', ca = '{}', password = {{ file = 'passwords/ldap' }} }}\n\
         domains = ['romashka.test', 'mail.romashka.test']\nprofile = 'openldap'\n",
        slapd.ldaps_url(),
        slapd.base_dn(),
        slapd.bind_dn(),
        slapd.ca_pem().display()
    );
    let end = |port: u16, password: &str| {
        format!(
            "{{ kind = 'imap', url = 'imap://127.0.0.1:{port}', security = 'insecure', user = '{{alias}}', \
             password = {{ file = 'passwords/{password}' }} }}"
        )
    };
    let items = |radicale: &Radicale| {
        let part = |name: &str, kind: &str| {
            format!(
                "[{name}]\nsource = {{ kind = 'files', path = 'organisation/{name}/{{alias}}' }}\n\
                 target = {{ kind = '{kind}', url = '{}', user = '{{alias}}', password = {{ file = 'passwords/dav' }} }}\n",
                radicale.url()
            )
        };
        part("calendars", "caldav") + &part("contacts", "carddav")
    };
    let expected = scene
        .run(&format!(
            "name = 'clean'\nout = 'clean'\n{directory}{}",
            items(&clean)
        ))
        .await
        .unwrap();
    assert!(expected.complete, "{:?}", problems(&expected));
    let config = format!(
        "name = 'Ромашка'\nout = 'job'\n{directory}[mail]\nsource = {}\ntarget = {}\n{}[limits]\nbackoff_ms = 50\n",
        end(exchange.port(), "exchange"),
        end(target.port(), "imap"),
        items(&radicale)
    );
    scene.write("job.toml", &config);

    // Somebody of the organisation works so hard that Exchange wants to be left alone for a while.
    let mut client = Client::login(exchange.port(), "a.ivanova", Exchange::password()).unwrap();
    while exchange.throttled() == 0 {
        let _ = client.command("STATUS INBOX (MESSAGES)");
    }
    drop(client);
    let migration = Config::from_toml(&config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let plan = migration
        .plan(&PlanOptions::default(), &CancellationToken::new())
        .await
        .unwrap();
    drop(migration);
    let unseen = plan.accounts.iter().flat_map(|row| &row.problems);
    let unseen = unseen.map(|problem| &problem.error).collect::<Vec<_>>();
    assert!(
        plan.complete && plan.balances(),
        "{unseen:?} {:#?}",
        exchange.transcript()
    );
    assert_eq!(exchange.impatient(), 1, "once, and then not before its time");
    let planned = plan.entity(Entity::Mail).unwrap().amounts;
    assert_eq!(planned.source.items, mail + left);
    // That two messages of an inbox cannot be had shows when they are read.
    assert_eq!((planned.moves.items, planned.manual.items), (mail + 2, left - 2));
    assert!(people().all(|alias| after(&target, alias).is_empty()));

    let config = scene.path("job.toml");
    let start = |words: &[&str]| torn::start(words, &config);
    let (kills, output) = torn::until_it_comes_through(&config, 0x9e37_79b9, [60, 90, 250]);
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(3), "after {kills} kills: {told}");
    assert!(kills > 3, "{kills}");
    let report = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:?}", problems(&report));
    let mut ends = sums(&expected);
    ends[0] = (Entity::Mail, mail + left, mail, left, 0);
    assert_eq!(sums(&report), ends, "{:#?}", report.worklist);
    assert!(report.worklist.iter().all(|work| work.state == State::Manual));
    for alias in people() {
        let (before, after) = (before_moving(&exchange, alias), after(&target, alias));
        assert_eq!(before, after, "{alias} after {kills} kills");
    }
    assert_eq!(resources(&radicale), resources(&clean), "as of one clean run");

    // Exchange is in use until the cut-over.
    exchange.deliver("d.smirnova", "INBOX", "", None, b"Subject: late\n\nx\n");
    let mut client = Client::login(exchange.port(), "d.smirnova", Exchange::password()).unwrap();
    client.select("INBOX").unwrap();
    client.command("STORE 1 FLAGS (\\Flagged)").unwrap();
    drop(client);
    let followed = start(&["follow", "--passes", "2", "--every", "0"])
        .wait_with_output()
        .unwrap();
    let told = String::from_utf8_lossy(&followed.stderr).into_owned();
    assert_eq!(followed.status.code(), Some(3), "{told}");
    for alias in people() {
        assert_eq!(before_moving(&exchange, alias), after(&target, alias), "{alias}");
    }
    assert_eq!(exchange.closed_for_errors(), 0, "{:#?}", exchange.transcript());
    assert!(exchange.throttled() > 0 && exchange.most_sessions() <= 16);

    let output = start(&["verify", "--json"]).wait_with_output().unwrap();
    let found: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{found:#}");
    let standing = 1 + ends.iter().map(|row| row.2).sum::<u64>();
    assert_eq!(
        (&found["expected"], &found["proved"]),
        (&standing.into(), &standing.into())
    );
}

/// Without what cannot be had.
fn before_moving(exchange: &Exchange, alias: &str) -> BTreeMap<String, Content> {
    let mut folders = before(exchange, alias);
    if alias == "b.petrov" {
        let odd = exchange.deliver("nobody", "INBOX", "", None, b"Subject: odd\r\n\r\n");
        let held = exchange.holdings("nobody");
        let odd = held["INBOX"].iter().find(|held| held.uid == odd).unwrap().digest;
        if let Some(inbox) = folders.get_mut("INBOX") {
            inbox.retain(|(digest, ..)| *digest != odd);
        }
    }
    folders
}
