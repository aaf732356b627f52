//! PST files of one person to real servers, killed fifty times on the way, proved, and run again.

use crate::{
    imap::{end, route},
    oracle,
    organisation::resources,
    scene::{Scene, counts, problems},
    torn,
};
use std::{collections::BTreeSet, thread, time::Duration};
use tegu_migrate::{Entity, Report, digest};
use tegu_pst::{Options, Pst};
use tegu_testkit::{
    Dovecot, Radicale,
    pst::{Attachment, Folder, Item, Layout, Mailbox, Name, Value},
};

const KILLS: u64 = 50;

fn mail(number: u32) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(format!("Отчёт {number}")))
        .with(0x0042, Value::text("Иван"))
        .with(0x0065, Value::text("ivan@example.test"))
        .with(0x0e06, Value::Time(1_704_067_200 + i64::from(number) * 60))
        .with(0x0e07, Value::Int((number % 2) as i32))
        .with(0x1035, Value::text(format!("<{number}@example.test>")))
        .with(
            0x1000,
            Value::text("Здравствуйте!\r\nFrom here on\r\n".repeat(number as usize % 40 + 1)),
        )
        .attach(Attachment::file(
            "файл.bin",
            "application/x-test",
            vec![number as u8; 300 * (number as usize % 20)],
        ))
}

fn event(number: u32) -> Item {
    let start = 1_704_067_200 + i64::from(number) * 86_400;
    Item::new("IPM.Appointment")
        .with(0x0037, Value::text(format!("Встреча {number}")))
        .named(Name::Number(0x2002, 0x820d), Value::Time(start))
        .named(Name::Number(0x2002, 0x820e), Value::Time(start + 3600))
}

fn task(number: u32) -> Item {
    Item::new("IPM.Task")
        .with(0x0037, Value::text(format!("Задача {number}")))
        .named(Name::Number(0x2003, 0x8104), Value::Time(1_704_067_200))
        .named(Name::Number(0x2003, 0x8105), Value::Time(1_704_153_600))
}

fn note(number: u32) -> Item {
    Item::new("IPM.StickyNote")
        .with(0x0037, Value::text(format!("Заметка {number}")))
        .with(0x1000, Value::text("не забыть\r\n"))
}

fn card(number: u32) -> Item {
    Item::new("IPM.Contact")
        .with(0x3001, Value::text(format!("Анна {number}")))
        .with(0x3a06, Value::text("Анна"))
}

/// A file with its own items, and those of the file before it once more, as archives of one person overlap.
fn file(number: u32) -> Mailbox {
    let (from, to) = (number.saturating_sub(1) * 30, (number + 1) * 30);
    let fill = |name: &str, item: &dyn Fn(u32) -> Item, part: u32| {
        (from / part..to / part).fold(Folder::new(name), |folder, number| folder.item(item(number)))
    };
    let mut key = *b"archive of anna.";
    key[12..].copy_from_slice(&number.to_le_bytes());
    Mailbox::new()
        .record_key(key)
        .folder(fill("Входящие", &mail, 1).folder(fill("Архив", &|number| mail(10_000 + number), 3)))
        .folder(fill("Sent Items", &|number| mail(20_000 + number), 5))
        .folder(fill("Календарь", &event, 6).class("IPF.Appointment"))
        .folder(fill("Задачи", &task, 10).class("IPF.Task"))
        .folder(fill("Заметки", &note, 15).class("IPF.StickyNote"))
        .folder(fill("Контакты", &card, 6).class("IPF.Contact"))
}

/// What identifies the messages of a file.
fn messages(file: &[u8]) -> BTreeSet<String> {
    let pst = Pst::open(file.to_vec(), Options::default()).unwrap();
    let folders = pst.folders().unwrap().folders;
    let items = folders.iter().flat_map(|folder| pst.contents(folder).items);
    let mail = items.filter_map(|id| {
        let item = pst.message(id).unwrap();
        let octets = item
            .kind()
            .is_mail()
            .then(|| item.mail().unwrap().to_vec().unwrap())?;
        let text = String::from_utf8_lossy(&octets);
        let id = text.lines().find(|line| line.starts_with("Message-ID: "))?;
        Some(id.to_owned())
    });
    mail.collect()
}

#[tokio::test]
async fn files_of_one_person_killed_fifty_times() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let target = Dovecot::start();
    let radicale = Radicale::builder().users(["anna"]).start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("dav", format!("{}\n", Radicale::password()));
    let source = "{ kind = 'pst', path = 'pst/{alias}/*.pst' }";
    let dav = |kind: &str| {
        format!(
            "{{ kind = '{kind}', url = '{}', user = '{{alias}}', password = {{ file = 'dav' }} }}",
            radicale.url()
        )
    };
    scene.write(
        "job.toml",
        format!(
            "{}[calendars]\nsource = {source}\ntarget = {}\n[contacts]\nsource = {source}\ntarget = {}\n",
            route(&head, source, &end(target.port())),
            dav("caldav"),
            dav("carddav")
        ),
    );
    let config = scene.path("job.toml");
    let mut files = 0;
    let mut add = || {
        let octets = file(files).write(Layout::Unicode);
        scene.write(&format!("pst/anna/{files:02}.pst"), &octets);
        files += 1;
        messages(&octets)
    };
    let mut expected = add();
    let (mut kills, mut seed) = (0, 0x9e37_79b9_u64);
    while kills < KILLS {
        let mut child = torn::start(&["run"], &config);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        thread::sleep(Duration::from_millis(100 + (seed >> 33) % 1200));
        if child.try_wait().unwrap().is_some() {
            let output = child.wait_with_output().unwrap();
            let told = String::from_utf8_lossy(&output.stderr).into_owned();
            let left =
                || Report::read_from(&scene.path("job")).map(|report| report.map(|report| report.worklist));
            assert_eq!(
                output.status.code(),
                Some(0),
                "after {kills} kills: {told} {:#?}",
                left()
            );
            // It came through: more files arrive.
            expected.extend(add());
        } else {
            child.kill().unwrap();
            child.wait().unwrap();
            kills += 1;
        }
    }
    let output = torn::start(&["run"], &config).wait_with_output().unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(output.status.code(), Some(0), "after {kills} kills: {told}");
    let report = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:?}", problems(&report));
    let held = |port| {
        let mailbox = oracle::mailbox(port, "anna");
        let mut digests: Vec<_> = mailbox
            .values()
            .flatten()
            .map(|message| message.0.clone())
            .collect();
        digests.sort();
        digests
    };
    let mail = counts(&report, Entity::Mail);
    let there = held(target.port());
    let mut distinct = there.clone();
    distinct.dedup();
    assert_eq!(
        (there.len(), distinct.len() as u64, mail.manual + mail.failed),
        (expected.len(), mail.moved + mail.present, 0),
        "after {kills} kills and {files} files: nothing lost, nothing twice: {:#?}",
        report.worklist
    );
    for entity in [Entity::Calendars, Entity::Contacts] {
        let items = counts(&report, entity);
        assert_eq!(
            items.source,
            items.moved + items.present,
            "{entity:?} {:#?}",
            report.worklist
        );
    }
    let items = resources(&radicale);
    let digests: BTreeSet<_> = items.values().map(|octets| digest::of(octets)).collect();
    assert_eq!(digests.len(), items.len(), "no item is there twice");
    let output = torn::start(&["verify"], &config).wait_with_output().unwrap();
    assert_eq!(
        output.status.code(),
        Some(0),
        "{}",
        String::from_utf8_lossy(&output.stdout)
    );
    // The next run has nothing to move.
    let output = torn::start(&["run"], &config).wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    assert_eq!((held(target.port()), resources(&radicale)), (there, items));
    let again = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert_eq!(counts(&again, Entity::Mail).moved, mail.moved);
}
