//! A loss that the operator accepts: the item moves, plan and report say so, and what cannot move all the same is told apart.

use crate::{
    imap::end,
    oracle,
    scene::{Scene, counts},
};
use std::fs;
use tegu_migrate::{
    CancellationToken, Config, Entity, Report, State,
    plan::{Plan, PlanOptions},
    report::{ExceptionKind, ExceptionReport},
};
use tegu_testkit::{Cyrus, Dovecot, imap::Client};

/// An event with an excluded date on which the series does not take place: what was deleted may come back.
const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\nUID:series\r\nDTSTAMP:20240101T000000Z\r\n\
    DTSTART:20240101T090000Z\r\nDTEND:20240101T100000Z\r\nRRULE:FREQ=DAILY;COUNT=5\r\nEXDATE:20240103T093000Z\r\nSUMMARY:Series\r\n\
    END:VEVENT\r\nEND:VCALENDAR\r\n";
/// A card with a line that is none.
const CARD: &str =
    "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:card\r\nN:B;A;;;\r\nFN:A B\r\nno line at all\r\nEND:VCARD\r\n";
const LETTER: &str = "Subject: no end\r\n\r\nlast line without an end";

/// What belongs to two people, with something in each of their things that would be lost.
fn two_people(scene: &Scene) -> String {
    let head = scene.head("job");
    let anna = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let boris = anna.replace("Anna", "Boris").replace("anna", "boris");
    scene.write("directory.ldif", format!("{anna}\n{boris}"));
    for person in ["anna", "boris"] {
        scene.write(&format!("mail/{person}/INBOX/letter.eml"), LETTER);
        scene.write(&format!("calendars/{person}/Work.ics"), EVENT);
        scene.write(&format!("contacts/{person}/Friends.vcf"), CARD);
    }
    let part = |name: &str| {
        format!(
            "[{name}]\nsource = {{ kind = 'files', path = '{name}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    head + &["mail", "calendars", "contacts"].map(part).concat()
}

async fn plan(scene: &Scene, config: &str) -> Plan {
    let migration = Config::from_toml(config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let plan = migration
        .plan(&PlanOptions::default(), &CancellationToken::new())
        .await
        .unwrap();
    assert!(plan.balances());
    plan
}

fn exceptions(said: &[ExceptionReport]) -> Vec<(&str, &str, &str, u64)> {
    assert!(said.iter().all(|one| one.kind == ExceptionKind::Accept));
    said.iter()
        .map(|one| {
            (
                one.code.as_str(),
                one.scope.as_str(),
                one.reason.as_str(),
                one.items,
            )
        })
        .collect()
}

fn ends(report: &Report, account: &str, entity: Entity) -> (u64, u64) {
    let account = report
        .accounts
        .iter()
        .find(|row| row.account.starts_with(account))
        .unwrap();
    let rows = account.containers.iter().filter(|row| row.entity == entity);
    rows.fold((0, 0), |(moved, manual), row| {
        (moved + row.counts.moved, manual + row.counts.manual)
    })
}

const THREE: [Entity; 3] = [Entity::Mail, Entity::Calendars, Entity::Contacts];

#[tokio::test]
async fn by_code_account_and_kind_of_thing() {
    let scene = Scene::new();
    let config = two_people(&scene);

    let strict = scene.run(&config).await.unwrap();
    for entity in THREE {
        let sums = counts(&strict, entity);
        assert_eq!(
            (sums.source, sums.moved, sums.manual),
            (2, 0, 2),
            "{entity} {:#?}",
            strict.worklist
        );
    }
    let codes = strict.worklist.iter().flat_map(|work| {
        let lossy = work.findings.iter();
        lossy.filter(|finding| finding.severity == tegu_migrate::Severity::Lossy)
    });
    let codes = codes.map(|finding| finding.code.to_string());
    let codes = codes.collect::<std::collections::BTreeSet<_>>();
    let expected = ["DAV-EXDATE-UNMATCHED", "DAV-JUNK-LINE", "MAIL-UNENDED-LAST-LINE"];
    assert_eq!(codes.iter().collect::<Vec<_>>(), expected);

    let config = config
        + "[policy]\naccept = ['DAV-JUNK-LINE']\n\
           [[policy.relax]]\naccept = ['MAIL-UNENDED-LAST-LINE', 'DAV-EXDATE-UNMATCHED']\naccounts = ['boris@*']\n\
           entities = ['mail']\nreason = 'asked for'\n\
           [[policy.relax]]\naccept = ['DAV-EXDATE-UNMATCHED']\nentities = ['calendars']\naccounts = ['anna@*']\n";
    let named = [
        ("DAV-JUNK-LINE", "", "", 2),
        ("DAV-EXDATE-UNMATCHED", "boris@* mail", "asked for", 0),
        ("MAIL-UNENDED-LAST-LINE", "boris@* mail", "asked for", 1),
        ("DAV-EXDATE-UNMATCHED", "anna@* calendars", "", 1),
    ];
    let planned = plan(&scene, &config).await;
    let report = scene.run(&config).await.unwrap();
    assert_eq!(exceptions(&report.exceptions), named);
    for (account, entity, moves) in [
        ("anna", Entity::Mail, false),
        ("boris", Entity::Mail, true),
        ("anna", Entity::Calendars, true),
        ("boris", Entity::Calendars, false),
        ("anna", Entity::Contacts, true),
        ("boris", Entity::Contacts, true),
    ] {
        let expected = if moves { (1, 0) } else { (0, 1) };
        assert_eq!(
            ends(&report, account, entity),
            expected,
            "{account} {entity} {:#?}",
            report.worklist
        );
        if entity != Entity::Mail {
            let row = planned.account(&format!("{account}@example.test")).unwrap();
            let planned = row.containers.iter().find(|row| row.entity == entity).unwrap();
            let amounts = (planned.amounts.moves.items, planned.amounts.manual.items);
            assert_eq!(amounts, expected, "planned for {account} {entity}");
        }
    }
    let said = exceptions(&planned.exceptions);
    for (said, named) in said.iter().zip(named) {
        // Messages are not read for a plan.
        let items = if named.0.starts_with("MAIL") { 0 } else { named.3 };
        assert_eq!(*said, (named.0, named.1, named.2, items));
    }

    // What moved is what it was, but for the loss.
    let mbox = fs::read_to_string(scene.path("job/mail/boris@example.test/INBOX.mbox")).unwrap();
    assert!(mbox.ends_with("last line without an end\r\n\n"), "{mbox:?}");
    let kept = |part: &str, extension: &str| {
        let files = crate::scene::tree(&scene.path("job").join(part)).into_iter();
        let files = files.filter(|(name, _)| name.ends_with(extension));
        files
            .map(|(name, content)| (name, String::from_utf8(content).unwrap()))
            .collect::<Vec<_>>()
    };
    let events = kept("calendars", ".ics");
    assert!(
        events.len() == 1
            && events[0].0.starts_with("anna")
            && events[0].1.contains("EXDATE:20240103T093000Z"),
        "{events:?}"
    );
    let cards = kept("contacts", ".vcf");
    assert!(
        cards.len() == 2
            && cards
                .iter()
                .all(|(_, card)| card.contains("FN:A B") && !card.contains("no line")),
        "{cards:?}"
    );

    // It is proved again, and does not move a second time.
    let migration = || {
        Config::from_toml(&config, scene.root.path().to_owned())
            .unwrap()
            .into_migration()
            .unwrap()
    };
    let verification = migration().verify(&CancellationToken::new()).await.unwrap();
    assert!(verification.holds(), "{:?}", verification.flaws);
    assert_eq!((verification.expected, verification.proved), (4, 4));
    let again = scene.run(&config).await.unwrap();
    assert_eq!(again.entities.iter().map(|row| row.moved_now).sum::<u64>(), 0);
    assert_eq!(exceptions(&again.exceptions), named);
}

/// NUL octets are no loss that could be accepted: IMAP has no way to carry them.
#[tokio::test]
async fn what_cannot_move_is_told_apart_from_what_is_accepted() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Dovecot::start();
    let scene = Scene::new();
    let head = scene.head("job");
    let from = |subject: &str, body: &str| {
        format!("From: a@b.test\r\nSubject: {subject}\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\n{body}")
    };
    scene.write("mail/anna/INBOX/nul.eml", from("nul", "nul \0\r\n"));
    scene.write(
        "mail/anna/INBOX/mixed.eml",
        from("mixed", "one\r\ntwo\nthree\r\n"),
    );
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {}\n\
         [policy]\naccept = ['MAIL-NUL', 'MAIL-MIXED-LINE-ENDS', 'MAIL-REFUSED']\n",
        end(target.port())
    );
    let report = scene.run(&config).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.manual, mail.failed),
        (2, 1, 1, 0),
        "{:#?}",
        report.worklist
    );
    let work = &report.worklist[0];
    let codes = work.findings.iter().map(|finding| finding.code.as_ref());
    assert_eq!(
        (work.state, codes.collect::<Vec<_>>()),
        (State::Manual, vec!["MAIL-NUL"]),
        "it is not even tried"
    );
    let original = fs::read(scene.path("job").join(work.original.as_ref().unwrap())).unwrap();
    assert_eq!(original, from("nul", "nul \0\r\n").as_bytes());
    let reason = |code: &str| {
        let one = report.exceptions.iter().find(|one| one.code == code).unwrap();
        (one.items, one.reason.as_str())
    };
    let without_effect =
        "without effect: nothing of the item could move, so it waits for a person all the same";
    assert_eq!(reason("MAIL-NUL"), (1, without_effect));
    assert_eq!(reason("MAIL-REFUSED"), (0, without_effect));
    assert_eq!(reason("MAIL-MIXED-LINE-ENDS"), (1, ""));
    let advice = tegu_migrate::report::advice("MAIL-NUL").unwrap();
    assert!(advice.get(tegu_migrate::Language::English).contains("Accepting"));
    assert_eq!(oracle::mailbox(target.port(), "anna")["INBOX"].len(), 1);
    let mut client = Client::login(target.port(), "anna", Dovecot::password()).unwrap();
    let held = client.messages("INBOX").unwrap();
    assert_eq!(held.len(), 1);
}

/// Cyrus puts an X in place of each octet above 127 in a header.
#[tokio::test]
async fn what_the_target_is_known_to_change() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Cyrus::start();
    target.add_user("anna");
    let scene = Scene::new();
    let head = scene.head("job");
    for (name, subject) in [
        ("1-plain", &b"plain"[..]),
        ("2-raw", b"caf\xe9"),
        ("3-raw", b"th\xe9"),
    ] {
        let content = [
            b"From: a@b.test\r\nSubject: ",
            subject,
            b"\r\nDate: Mon, 1 Jan 2024 00:00:00 +0000\r\n\r\ntext\r\n",
        ]
        .concat();
        scene.write(&format!("mail/anna/INBOX/{name}.eml"), content);
    }
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {}\n",
        end(target.port())
    );
    let mail = counts(&scene.run(&config).await.unwrap(), Entity::Mail);
    assert_eq!((mail.moved, mail.manual), (1, 2));
    let config = config + "[policy]\naccept = ['MAIL-ALTERED']\n";
    let report = scene.run(&config).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.moved, mail.manual), (3, 0), "{:#?}", report.worklist);
    assert_eq!(exceptions(&report.exceptions), [("MAIL-ALTERED", "", "", 2)]);
    let migration = Config::from_toml(&config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let verification = migration.verify(&CancellationToken::new()).await.unwrap();
    assert!(verification.holds(), "{:?}", verification.flaws);
    assert_eq!(verification.proved, 3);
    drop(migration);
    let again = scene.run(&config).await.unwrap();
    assert_eq!(again.entity(Entity::Mail).unwrap().moved_now, 0);
    assert_eq!(oracle::mailbox(target.port(), "anna")["INBOX"].len(), 3);
}
