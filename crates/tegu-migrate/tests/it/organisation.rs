//! The whole organisation between real servers: a directory, two mail servers, calendars and contacts.

use crate::{
    oracle, sample,
    scene::{Scene, counts, problems},
};
use std::fs;
use tegu_ldap::{Dn, Entry, entry::AttributeName, ldif};
use tegu_migrate::{Config, Entity, Event, State};
use tegu_testkit::{Dovecot, Radicale, Slapd};

const BASE: &str = "DC=romashka,DC=test";

/// The sample's directory below another base, with the units that its entries lie in.
pub(crate) fn for_slapd(text: &str, base: &str) -> String {
    let mut writer = ldif::Writer::new(Vec::new()).unwrap();
    for unit in ["People", "Lists", "Contacts", "Users"] {
        let mut entry = Entry::new(Dn::new(format!("OU={unit},{base}")));
        entry.push(AttributeName::new("objectClass").unwrap(), "organizationalUnit");
        entry.push(AttributeName::new("ou").unwrap(), unit);
        writer.entry(&entry).unwrap();
    }
    for entry in ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap() {
        let moved = |text: &str| text.replace(BASE, base).replace("CN=Users", "OU=Users");
        let mut copy = Entry::new(Dn::new(moved(entry.dn().as_str())));
        for attribute in entry.attributes() {
            for value in attribute.values() {
                let value = match std::str::from_utf8(value) {
                    Ok(text) if attribute.name().as_str() == "member" => moved(text).into_bytes(),
                    _ => value.to_vec(),
                };
                copy.push(attribute.name().clone(), value);
            }
        }
        writer.entry(&copy).unwrap();
    }
    String::from_utf8(writer.into_inner()).unwrap()
}

#[tokio::test]
async fn an_organisation_between_real_servers() {
    if tegu_testkit::skip_servers() {
        return;
    }
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
                Event::Lagged(missed) => items += missed,
                Event::Finished => break,
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
    assert_eq!(mail.source, counts(&stocked, Entity::Mail).moved);
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
    assert_eq!(json["version"], 2);
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
