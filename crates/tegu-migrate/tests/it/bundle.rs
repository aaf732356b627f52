//! The sample organisation into a bundle, and back out of one.

use crate::{
    imap, sample,
    scene::{Scene, counts, problems, tree},
};
use std::fs;
use tegu_migrate::{
    CancellationToken, Config, Entity, Report,
    imap::{Flags, InternalDate, MailboxName, session::AppendMessage},
};

async fn run_sample(scene: &Scene) -> Report {
    let config = Config::from_file(scene.path("organisation/migrate.toml")).unwrap();
    config
        .into_migration()
        .unwrap()
        .run(&CancellationToken::new())
        .await
        .unwrap()
}

/// Everything of an mbox file but its separators, which are the writer's own.
fn without_separators(mbox: &[u8]) -> Vec<u8> {
    mbox.split_inclusive(|byte| *byte == b'\n')
        .filter(|line| !line.starts_with(b"From "))
        .flatten()
        .copied()
        .collect()
}

#[test]
fn the_sample_is_the_same_on_every_machine() {
    let (first, second) = (Scene::new(), Scene::new());
    sample::write(first.root.path()).unwrap();
    sample::write(second.root.path()).unwrap();
    assert_eq!(tree(first.root.path()), tree(second.root.path()));
}

#[tokio::test]
async fn the_sample_arrives_whole_and_a_second_run_changes_nothing() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let report = run_sample(&scene).await;
    assert!(report.complete && report.balances(), "{:?}", problems(&report));

    // Octet for octet, in the same order, in every folder of every account.
    let mut messages = 0;
    for person in &sample::PEOPLE {
        for (name, source) in tree(&scene.path("organisation/mail").join(person.alias)) {
            let target = scene.path("bundle/mail").join(person.mail()).join(&name);
            messages += source
                .split_inclusive(|byte| *byte == b'\n')
                .filter(|line| line.starts_with(b"From "))
                .count();
            if name.starts_with("Календарь") {
                assert!(!target.exists(), "a folder of calendar items holds no mail");
            } else {
                let target = fs::read(target).unwrap();
                assert_eq!(without_separators(&source), without_separators(&target), "{name}");
            }
        }
    }
    let mail = counts(&report, Entity::Mail);
    assert_eq!(mail.source, messages as u64);
    assert_eq!((mail.manual, mail.moved), (1, messages as u64 - 1));

    // Each event, task and contact stands in the bundle or on the worklist.
    let calendars = counts(&report, Entity::Calendars);
    let (moved, kept) = (
        tree(&scene.path("bundle/calendars")),
        tree(&scene.path("bundle/worklist/calendars")),
    );
    assert_eq!(
        (calendars.moved, calendars.manual),
        (moved.len() as u64, kept.len() as u64)
    );
    let uids = |files: &std::collections::BTreeMap<String, Vec<u8>>| {
        let text = files
            .values()
            .map(|body| String::from_utf8_lossy(body).into_owned())
            .collect::<String>();
        text.lines()
            .filter(|line| line.starts_with("UID:"))
            .map(str::to_owned)
            .collect::<Vec<_>>()
    };
    let mut arrived = [uids(&moved), uids(&kept)].concat();
    let mut expected = uids(&tree(&scene.path("organisation/calendars")));
    arrived.sort();
    expected.sort();
    assert_eq!(arrived, expected);
    assert!(
        kept.values()
            .all(|body| String::from_utf8_lossy(body).contains("Customized Time Zone 7"))
    );

    let contacts = counts(&report, Entity::Contacts);
    let cards = tree(&scene.path("bundle/contacts"));
    assert_eq!(contacts.moved, cards.len() as u64);
    let text = cards
        .values()
        .map(|card| String::from_utf8(card.clone()).unwrap())
        .collect::<String>();
    for wanted in [
        "Ершов;Пётр",
        "НПО «Астра»",
        "Первая строка\\nВторая строка",
        "table1@pion.test",
    ] {
        assert!(text.contains(wanted), "{wanted} is missing");
    }

    // The plan mends what the directory lacks.
    let plan = fs::read_to_string(scene.path("bundle/directory/apply.ldif")).unwrap();
    assert!(
        plan.contains("add: mail\nmail: d.smirnova@romashka.test\n"),
        "{plan}"
    );
    assert!(
        plan.contains("delete: mail\nmail: zakhar@romashka.test\n"),
        "{plan}"
    );

    let moved_parts =
        || ["mail", "calendars", "contacts", "worklist"].map(|part| tree(&scene.path("bundle").join(part)));
    let before = moved_parts();
    let again = run_sample(&scene).await;
    assert!(again.entities.iter().all(|row| row.moved_now == 0));
    for (first, second) in report.entities.iter().zip(&again.entities) {
        assert_eq!(first.counts, second.counts);
    }
    assert_eq!(before, moved_parts());
}

#[tokio::test]
async fn a_bundle_is_a_source() {
    let scene = Scene::new();
    sample::write(&scene.path("organisation")).unwrap();
    let first = run_sample(&scene).await;
    let config = "name = 'again'\nout = 'second'\n[directory]\nbundle = 'bundle'\ndomains = ['romashka.test']\n\
        [mail]\nsource = { kind = 'bundle', path = 'bundle' }\ntarget = { kind = 'bundle' }\n\
        [calendars]\nsource = { kind = 'bundle', path = 'bundle' }\ntarget = { kind = 'bundle' }\n\
        [contacts]\nsource = { kind = 'bundle', path = 'bundle' }\ntarget = { kind = 'bundle' }\n";
    let second = scene.run(config).await.unwrap();
    assert!(second.complete, "{:?}", problems(&second));
    for entity in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        assert_eq!(
            counts(&second, entity).moved,
            counts(&first, entity).moved,
            "{entity}"
        );
    }
    // Flags and dates travel in the sidecars, so these must agree as well.
    assert_eq!(tree(&scene.path("bundle/mail")), tree(&scene.path("second/mail")));
    for part in ["calendars", "contacts"] {
        let bodies = |root: &str| {
            tree(&scene.path(root).join(part))
                .into_values()
                .collect::<Vec<_>>()
        };
        let (mut a, mut b) = (bodies("bundle"), bodies("second"));
        a.sort();
        b.sort();
        assert_eq!(a, b);
    }
}

#[tokio::test]
async fn what_the_operator_leaves_out_is_counted() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/Inbox.mbox",
        "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n",
    );
    scene.write(
        "mail/anna/Junk.mbox",
        "From a Mon Jan  1 00:00:00 2024\nSubject: b\n\nbody\n\n",
    );
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
         [policy]\nexclude_folders = ['Junk']\n"
    );
    let mail = counts(&scene.run(&config).await.unwrap(), Entity::Mail);
    assert_eq!((mail.source, mail.moved, mail.excluded), (2, 1, 1));
}

#[tokio::test]
async fn what_an_mbox_cannot_hold_is_for_a_person_until_it_is_accepted() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/letter.eml",
        "Subject: no end\r\n\r\nlast line without an end",
    );
    scene.write("mail/anna/notes.doc", [0, 1, 2]);
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let report = scene.run(&config).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.source, mail.manual), (2, 2));
    let letter = report
        .worklist
        .iter()
        .find(|work| work.label.contains("no end"))
        .unwrap();
    assert_eq!(letter.findings[0].code, "MAIL-UNENDED-LAST-LINE");
    let kept = fs::read(scene.path("job").join(letter.original.as_ref().unwrap())).unwrap();
    assert_eq!(kept, fs::read(scene.path("mail/anna/letter.eml")).unwrap());
    assert!(
        report
            .worklist
            .iter()
            .any(|work| work.findings[0].code == "MAIL-FILE-UNKNOWN")
    );
}

#[tokio::test]
async fn two_accounts_with_one_address_do_not_share_a_mailbox() {
    let scene = Scene::new();
    let head = scene.head("job");
    let one = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let other = one
        .replace("CN=Anna", "CN=Anna Two")
        .replace("nickname: anna", "nickname: anna2");
    scene.write("directory.ldif", format!("{one}\n{other}"));
    scene.write(
        "mail/anna/Inbox.mbox",
        "From a Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n",
    );
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let report = scene.run(&config).await.unwrap();
    assert_eq!(
        (report.accounts.len(), counts(&report, Entity::Mail).moved),
        (1, 1)
    );
    assert_eq!(counts(&report, Entity::Accounts).manual, 2);
    let codes = report
        .worklist
        .iter()
        .flat_map(|work| &work.findings)
        .map(|finding| finding.code.as_ref());
    assert_eq!(codes.filter(|code| *code == "DIRECTORY-ADDRESS-TAKEN").count(), 1);
}

#[tokio::test]
async fn files_that_hold_no_contacts_are_accounted_for() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "contacts/anna/Friends.vcf",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:1\r\nN:A;B;;;\r\nFN:B A\r\nEND:VCARD\r\n",
    );
    scene.write("contacts/anna/Old/book.pab", [1, 2, 3]);
    let config = format!(
        "{head}[contacts]\nsource = {{ kind = 'files', path = 'contacts/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let report = scene.run(&config).await.unwrap();
    let contacts = counts(&report, Entity::Contacts);
    assert_eq!((contacts.source, contacts.moved, contacts.manual), (2, 1, 1));
    assert_eq!(report.worklist[0].findings[0].code, "DAV-FILE-UNREADABLE");
    assert_eq!(
        fs::read(
            scene
                .path("job")
                .join(report.worklist[0].original.as_ref().unwrap())
        )
        .unwrap(),
        [1, 2, 3]
    );
}

/// What is in the bundle's mail files, by name.
fn saved(scene: &Scene) -> Vec<(String, Vec<u8>)> {
    let files = tree(&scene.path("job/mail"));
    files
        .into_iter()
        .filter(|(name, _)| name.ends_with(".mbox"))
        .collect()
}

/// Three messages in a bundle, of which octets get lost: a run says so, and the one after it makes the bundle whole.
async fn loses_octets(scene: &Scene, config: &str) {
    let ends = |report: &Report| {
        let mail = counts(report, Entity::Mail);
        (mail.source, mail.moved, mail.failed)
    };
    assert_eq!(ends(&scene.run(config).await.unwrap()), (3, 3, 0));
    let whole = saved(scene);
    assert_eq!(whole.len(), 1);
    let file = scene.path("job/mail").join(&whole[0].0);

    let end = whole[0].1.len() as u64 - 10;
    fs::OpenOptions::new()
        .write(true)
        .open(&file)
        .unwrap()
        .set_len(end)
        .unwrap();
    let cut = scene.run(config).await.unwrap();
    assert_eq!(ends(&cut), (3, 2, 1), "{:#?}", cut.worklist);
    let code = cut.worklist.iter().flat_map(|work| &work.findings).next();
    assert_eq!(code.unwrap().code, "MAIL-TARGET-LOST");
    assert_eq!(ends(&scene.run(config).await.unwrap()), (3, 3, 0));
    assert_eq!(saved(scene), whole);

    fs::remove_file(&file).unwrap();
    let gone = scene.run(config).await.unwrap();
    assert_eq!(ends(&gone), (3, 0, 3), "{:#?}", gone.worklist);
    assert_eq!(ends(&scene.run(config).await.unwrap()), (3, 3, 0));
    assert_eq!(saved(scene), whole);
    assert_eq!(ends(&scene.run(config).await.unwrap()), (3, 3, 0));
}

#[tokio::test]
async fn what_a_bundle_lost_is_named_and_copied_again() {
    let scene = Scene::new();
    let head = scene.head("job");
    let letter = |subject| format!("From a Mon Jan  1 00:00:00 2024\nSubject: {subject}\n\nbody\n\n");
    scene.write("mail/anna/Inbox.mbox", ["a", "b", "c"].map(letter).concat());
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    loses_octets(&scene, &config).await;
}

#[tokio::test]
async fn what_a_bundle_of_a_server_lost_is_named_and_copied_again() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let source = tegu_testkit::Dovecot::start();
    let mut session = imap::session(source.port()).await;
    for number in 1..=3 {
        let date = InternalDate::new(1_700_000_000 + number, 0);
        let letter = format!("Subject: {number}\r\n\r\nbody\r\n");
        let append = AppendMessage::new(Flags::default(), date, letter.into_bytes().into());
        session
            .append(&MailboxName::new("INBOX").unwrap(), &[append])
            .await
            .unwrap();
    }
    session.logout().await.unwrap();
    let scene = Scene::new();
    let config = imap::route(
        &scene.head("job"),
        &imap::end(source.port()),
        "{ kind = 'bundle' }",
    );
    loses_octets(&scene, &config).await;
}

#[tokio::test]
async fn what_a_bundle_lost_of_a_calendar_is_named_and_copied_again() {
    let scene = Scene::new();
    let event = |uid: &str| {
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//EN\r\nBEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20240101T000000Z\r\n\
             DTSTART:20240102T090000Z\r\nSUMMARY:{uid}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        )
    };
    for uid in ["a", "b", "c"] {
        scene.write(&format!("calendars/anna/Work/{uid}.ics"), event(uid));
    }
    let head = scene.head("job");
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let ends = |report: &Report| {
        let calendars = counts(report, Entity::Calendars);
        (
            calendars.source,
            calendars.moved,
            calendars.manual,
            calendars.failed,
        )
    };
    let saved = || {
        let files = tree(&scene.path("job/calendars"));
        let files = files.into_iter().filter(|(name, _)| name.ends_with(".ics"));
        files.collect::<Vec<_>>()
    };
    assert_eq!(ends(&scene.run(&config).await.unwrap()), (3, 3, 0, 0));
    let whole = saved();
    assert_eq!(whole.len(), 3);
    let file = |number: usize| scene.path("job/calendars").join(&whole[number].0);

    // A file is missing.
    fs::remove_file(file(0)).unwrap();
    let cut = scene.run(&config).await.unwrap();
    assert_eq!(ends(&cut), (3, 2, 0, 1), "{:#?}", cut.worklist);
    let code = cut.worklist.iter().flat_map(|work| &work.findings).next();
    assert_eq!(code.unwrap().code, "DAV-TARGET-LOST");
    assert_eq!(ends(&scene.run(&config).await.unwrap()), (3, 3, 0, 0));
    assert_eq!(saved(), whole);

    // All of them are, with their folder.
    fs::remove_dir_all(file(0).parent().unwrap()).unwrap();
    assert_eq!(ends(&scene.run(&config).await.unwrap()), (3, 0, 0, 3));
    assert_eq!(ends(&scene.run(&config).await.unwrap()), (3, 3, 0, 0));
    assert_eq!(saved(), whole);

    // What is there and was changed is for a person, and is not written over.
    let other = event("b").replace("SUMMARY:b", "SUMMARY:other");
    fs::write(file(1), &other).unwrap();
    let changed = scene.run(&config).await.unwrap();
    assert_eq!(ends(&changed), (3, 2, 1, 0), "{:#?}", changed.worklist);
    assert_eq!(fs::read_to_string(file(1)).unwrap(), other);
    fs::write(file(1), &whole[1].1).unwrap();
    let again = scene.run(&config).await.unwrap();
    let calendars = counts(&again, Entity::Calendars);
    assert_eq!(
        (calendars.source, calendars.moved + calendars.present),
        (3, 3),
        "{again:#?}"
    );
    assert_eq!(saved(), whole);
}
