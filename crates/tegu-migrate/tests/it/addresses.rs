//! People whom a calendar or a card names by addresses that only Exchange can deliver to are found in the directory.

use crate::scene::{Scene, counts, tree};
use std::fs;
use tegu_migrate::{CancellationToken, Config, Entity, Report, plan::PlanOptions};

const NAMES: [&str; 3] = [
    "/o=Org/ou=First/cn=Recipients/cn=boris",
    "/o=Org/ou=First/cn=Recipients/cn=twice",
    "/o=Org/ou=First/cn=Recipients/cn=nobody",
];

/// One event and one card for each name: known, of two people, and of nobody.
fn scene() -> (Scene, String) {
    let scene = Scene::new();
    let head = scene.head("job");
    let anna = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let person = |name: &str, x500: &str| {
        let entry = anna.replace("Anna", name).replace("anna", &name.to_lowercase());
        format!("\n{entry}{x500}")
    };
    let boris = person(
        "Boris",
        &format!(
            "legacyExchangeDN: {}\nproxyAddresses: X500:{}\n",
            NAMES[0], NAMES[1]
        ),
    );
    let clara = person("Clara", &format!("legacyExchangeDN: {}\n", NAMES[1]));
    scene.write("directory.ldif", format!("{anna}{boris}{clara}"));
    let (mut calendar, mut cards) = (
        String::from("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\n"),
        String::new(),
    );
    for (at, name) in NAMES.iter().enumerate() {
        calendar += &format!(
            "BEGIN:VEVENT\r\nUID:event-{at}\r\nDTSTAMP:20240101T000000Z\r\nDTSTART:20240101T090000Z\r\nSUMMARY:{at}\r\n\
             ORGANIZER;CN=O:MAILTO:anna@example.test\r\nATTENDEE;CN=\"B\":EX:{}\r\nEND:VEVENT\r\n",
            name.to_uppercase()
        );
        cards += &format!(
            "BEGIN:VCARD\r\nVERSION:2.1\r\nN:N{at};A\r\nUID:card-{at}\r\nEMAIL;EX:{name}\r\nEND:VCARD\r\n"
        );
    }
    scene.write("calendars/anna/Work.ics", calendar + "END:VCALENDAR\r\n");
    scene.write("contacts/anna/Friends.vcf", cards);
    let part = |name: &str| {
        format!(
            "[{name}]\nsource = {{ kind = 'files', path = '{name}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    let config = head + &["calendars", "contacts"].map(part).concat();
    (scene, config)
}

fn moved_and_left(report: &Report, entity: Entity) -> (u64, u64, u64) {
    let counts = counts(report, entity);
    (counts.source, counts.moved, counts.manual)
}

#[tokio::test]
async fn people_are_found_by_their_exchange_addresses() {
    let (scene, config) = scene();
    let migration = Config::from_toml(&config, scene.root.path().to_owned()).unwrap();
    let migration = migration.into_migration().unwrap();
    let plan = migration
        .plan(&PlanOptions::default(), &CancellationToken::new())
        .await
        .unwrap();
    let report = scene.run(&config).await.unwrap();
    for entity in [Entity::Calendars, Entity::Contacts] {
        assert_eq!(
            moved_and_left(&report, entity),
            (3, 1, 2),
            "{entity} {:#?}",
            report.worklist
        );
        let rows = plan.account("anna@example.test").unwrap().containers.iter();
        let planned = rows
            .filter(|row| row.entity == entity)
            .map(|row| row.amounts.moves.items);
        assert_eq!(planned.sum::<u64>(), 1, "the plan knows them too");
    }
    let left = report
        .worklist
        .iter()
        .filter(|work| work.entity != Entity::Accounts);
    assert!(
        left.clone().count() == 4
            && left.clone().all(|work| work
                .findings
                .iter()
                .any(|finding| finding.code == "DAV-ADDRESS-X500")),
        "{:#?}",
        report.worklist
    );
    let files = tree(&scene.path("job"));
    let stands = |part: &str, end: &str| {
        let mut found = files
            .iter()
            .filter(|(name, _)| name.starts_with(part) && name.ends_with(end));
        let body = String::from_utf8(found.next().unwrap().1.clone()).unwrap();
        assert!(found.next().is_none(), "one of three");
        body.replace("\r\n ", "")
    };
    let event = stands("calendars", ".ics");
    assert!(
        event.contains("UID:event-0") && event.contains(":mailto:boris@example.test\r\n"),
        "{event}"
    );
    let card = stands("contacts", ".vcf");
    assert!(
        card.contains("UID:card-0") && card.contains(":boris@example.test\r\n"),
        "{card}"
    );

    // Once the directory says who the third one is, he moves.
    let ldif = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    scene.write(
        "directory.ldif",
        format!("{ldif}proxyAddresses: X500:{}\n", NAMES[2]),
    );
    let report = scene.run(&config).await.unwrap();
    for entity in [Entity::Calendars, Entity::Contacts] {
        assert_eq!(
            moved_and_left(&report, entity),
            (3, 2, 1),
            "{entity} {:#?}",
            report.worklist
        );
    }
}
