//! Mail, calendars and contacts out of PST files.

use crate::{
    imap::route,
    scene::{Scene, counts, problems},
};
use std::collections::BTreeMap;
use tegu_migrate::{
    Account, Entity,
    sources::{ItemSource as _, PstItems, PstMail, ReadDocument, conformance},
};
use tegu_testkit::{
    Radicale,
    pst::{Attachment, Data, Folder, Item, Layout, Mailbox, Name, Value},
};

fn mail(subject: &str) -> Item {
    Item::new("IPM.Note")
        .with(0x0037, Value::text(subject))
        .with(0x0042, Value::text("Иван"))
        .with(0x0065, Value::text("ivan@example.test"))
        .with(0x0e06, Value::Time(1_704_067_200))
        .with(0x0e07, Value::Int(1))
        .with(0x1000, Value::text(format!("{subject}\r\n")))
}

fn with_a_mail_within() -> Item {
    mail("two").attach(Attachment::message(mail("within")))
}

fn event() -> Item {
    Item::new("IPM.Appointment")
        .with(0x0037, Value::text("встреча"))
        .named(Name::Number(0x2002, 0x820d), Value::Time(1_704_067_200))
        .named(Name::Number(0x2002, 0x820e), Value::Time(1_704_070_800))
}

fn card() -> Item {
    Item::new("IPM.Contact")
        .with(0x3001, Value::text("Анна"))
        .with(0x3a06, Value::text("Анна"))
}

fn first() -> Mailbox {
    Mailbox::new()
        .folder(
            Folder::new("Входящие")
                .item(mail("one"))
                .item(with_a_mail_within())
                .item(mail("ole").attach(Attachment::new(Data::Ole(vec![1, 2, 3]))))
                .folder(Folder::new("Договоры").item(mail("three"))),
        )
        .folder(Folder::new("Календарь").class("IPF.Appointment").item(event()))
        .folder(Folder::new("Контакты").class("IPF.Contact").item(card()))
}

/// Holds what the first file has too, as other nodes, and one message of its own.
fn second() -> Mailbox {
    Mailbox::new()
        .folder(
            Folder::new("Входящие")
                .item(mail("four"))
                .item(mail("one"))
                .item(with_a_mail_within()),
        )
        .folder(Folder::new("Контакты").class("IPF.Contact").item(card()))
        .folder(Folder::new("Календарь").class("IPF.Appointment").item(event()))
}

#[tokio::test]
async fn conforms() {
    let scene = Scene::new();
    scene.write("pst/anna/a.pst", first().write(Layout::Unicode));
    scene.write("pst/anna/b.PST", second().write(Layout::Unicode));
    scene.write("pst/anna/notes.txt", "no PST");
    let mut known: BTreeMap<Vec<String>, Vec<Vec<u8>>> = BTreeMap::new();
    let mut seen = std::collections::HashSet::new();
    for file in [first(), second()] {
        let pst = tegu_pst::Pst::open(file.write(Layout::Unicode), tegu_pst::Options::default()).unwrap();
        for folder in pst
            .folders()
            .unwrap()
            .folders
            .iter()
            .filter(|folder| folder.visible && !folder.path.is_empty())
        {
            let messages = known.entry(folder.path.clone()).or_default();
            for id in pst.contents(folder).items {
                let item = pst.message(id).unwrap();
                if item.kind().is_mail() {
                    let octets = item.mail().unwrap().to_vec().unwrap();
                    if seen.insert(octets.clone()) {
                        messages.push(octets);
                    }
                }
            }
        }
    }
    known.retain(|path, _| path[0] != "Календарь" && path[0] != "Контакты");
    // What is no mail is listed, and excluded when it is read: the suite reads mail only.
    let source = PstMail::new("pst/{alias}/*.pst", scene.root.path());
    let account = Account::new("anna@example.test");
    let only_mail = scene.path("mail");
    std::fs::create_dir_all(only_mail.join("anna")).unwrap();
    let mut mailbox = Mailbox::new();
    mailbox = mailbox.folder(Folder::new("Входящие").item(mail("one")).item(mail("two")));
    std::fs::write(only_mail.join("anna/a.pst"), mailbox.write(Layout::Unicode)).unwrap();
    let simple = PstMail::new("mail/{alias}/*.pst", scene.root.path());
    let pst = tegu_pst::Pst::open(mailbox.write(Layout::Unicode), tegu_pst::Options::default()).unwrap();
    let octets = |id: u32| pst.message(id).unwrap().mail().unwrap().to_vec().unwrap();
    let simple_known = [
        (
            vec!["Входящие".to_owned()],
            vec![octets(0x20_0024), octets(0x20_0044)],
        ),
        (vec!["Удаленные".to_owned()], Vec::new()),
    ];
    conformance::mail(&simple, &account, &simple_known.into()).await;
    // Folders of one name are one folder, and what both files hold is one message.
    let mut reader = tegu_migrate::sources::MailSource::open(&source, &account)
        .await
        .unwrap();
    for folder in reader.folders().await.unwrap() {
        let listed = reader.list(&folder).await.unwrap();
        if let Some(messages) = known.get(&folder.path) {
            assert_eq!(listed.len(), messages.len(), "{:?}", folder.path);
        }
    }
}

#[tokio::test]
async fn a_mailbox_in_two_files_arrives_once() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("pst/anna/a.pst", first().write(Layout::Unicode));
    scene.write("pst/anna/b.pst", second().write(Layout::Unicode));
    let source = "{ kind = 'pst', path = 'pst/{alias}/*.pst' }";
    let config = format!(
        "{}[calendars]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n[contacts]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n",
        route(&head, source, "{ kind = 'bundle' }")
    );
    let report = scene.run(&config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let mail = counts(&report, Entity::Mail);
    // Five messages, of which one would lose something; an appointment and a contact in each file are no mail.
    assert_eq!(
        (mail.source, mail.moved, mail.manual, mail.excluded),
        (9, 4, 1, 4)
    );
    let codes: Vec<&str> = report
        .worklist
        .iter()
        .flat_map(|work| &work.findings)
        .map(|finding| finding.code.as_ref())
        .collect();
    assert!(codes.contains(&"PST-OLE"), "{codes:?}");
    for entity in [Entity::Calendars, Entity::Contacts] {
        let items = counts(&report, entity);
        assert_eq!(
            (items.source, items.moved),
            (1, 1),
            "{entity:?}: {:?}",
            report.worklist
        );
    }
    // Another run finds everything where it is, and an accepted loss moves.
    let again = scene
        .run(&format!("{config}[policy]\naccept = ['PST-OLE']\n"))
        .await
        .unwrap();
    let mail = counts(&again, Entity::Mail);
    assert_eq!((mail.moved + mail.present, mail.manual), (5, 0));
}

#[tokio::test]
async fn an_item_is_the_same_however_often_it_is_read() {
    let scene = Scene::new();
    scene.write("pst/anna/a.pst", first().write(Layout::Unicode));
    scene.write("pst/anna/b.pst", second().write(Layout::Unicode));
    let account = Account::new("anna@example.test");
    for (source, says) in [
        (
            PstItems::calendars("pst/{alias}/*.pst", scene.root.path()),
            "SUMMARY:встреча",
        ),
        (
            PstItems::contacts("pst/{alias}/*.pst", scene.root.path()),
            "FN:Анна",
        ),
    ] {
        let mut reader = source.open(&account).await.unwrap();
        let collections = reader.collections().await.unwrap();
        let documents = collections.iter().map(|collection| collection.documents.len());
        assert_eq!(documents.sum::<usize>(), 1, "{collections:?}");
        let collection = &collections[0];
        // What the listing had converted, and then what is converted again.
        let first = reader.read(collection, &collection.documents[0]).await.unwrap();
        let second = reader.read(collection, &collection.documents[0]).await.unwrap();
        assert_eq!(first, second);
        let ReadDocument::Document(octets, _) = first else {
            panic!("{first:?}");
        };
        assert!(String::from_utf8(octets.to_vec()).unwrap().contains(says));
        let mut gone = collection.documents[0].clone();
        gone.id.push('x');
        assert!(reader.read(collection, &gone).await.is_err());
    }
}

/// An appointment that would lose something is for a person: a retry would not help.
async fn an_appointment_that_loses_something_is_for_a_person(target: &str, password: Option<&str>) {
    let scene = Scene::new();
    let head = scene.head("job");
    if let Some(password) = password {
        scene.write("password", password);
    }
    let with_an_object = event().attach(Attachment::new(Data::Ole(vec![1, 2, 3])));
    let calendar = Folder::new("Календарь").class("IPF.Appointment");
    let file = Mailbox::new().folder(calendar.item(event()).item(with_an_object));
    scene.write("pst/anna/a.pst", file.write(Layout::Unicode));
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'pst', path = 'pst/{{alias}}/a.pst' }}\ntarget = {target}\n"
    );
    let report = scene.run(&config).await.unwrap();
    let items = counts(&report, Entity::Calendars);
    assert_eq!(
        (items.source, items.moved, items.manual, items.failed),
        (2, 1, 1, 0),
        "{:?}",
        problems(&report)
    );
    let work = &report.worklist[0];
    let lossy = |finding: &&tegu_migrate::Finding| finding.severity == tegu_migrate::Severity::Lossy;
    let codes: Vec<&str> = work
        .findings
        .iter()
        .filter(lossy)
        .map(|finding| finding.code.as_ref())
        .collect();
    assert!(
        !codes.is_empty() && codes.iter().all(|code| code.starts_with("PST-")),
        "{codes:?}"
    );
    let original = std::fs::read_to_string(scene.path("job").join(work.original.as_ref().unwrap())).unwrap();
    assert!(original.contains("SUMMARY:встреча"), "{original}");
    let accept = codes
        .iter()
        .map(|code| format!("'{code}'"))
        .collect::<Vec<_>>()
        .join(", ");
    let again = scene
        .run(&format!("{config}[policy]\naccept = [{accept}]\n"))
        .await
        .unwrap();
    let items = counts(&again, Entity::Calendars);
    assert_eq!(
        (items.moved + items.present, items.manual),
        (2, 0),
        "{:?}",
        problems(&again)
    );
}

#[tokio::test]
async fn losses_are_for_a_person_on_the_way_to_files() {
    an_appointment_that_loses_something_is_for_a_person("{ kind = 'bundle' }", None).await;
}

#[tokio::test]
async fn losses_are_for_a_person_on_the_way_to_a_server() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let target = format!(
        "{{ kind = 'caldav', url = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}",
        server.url()
    );
    an_appointment_that_loses_something_is_for_a_person(&target, Some(Radicale::password())).await;
}

#[tokio::test]
async fn a_code_page_that_is_unknown_is_refused_by_its_key() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("pst/anna/a.pst", first().write(Layout::Ansi));
    let source = "{ kind = 'pst', path = 'pst/{alias}/*.pst', code_page = 7 }";
    let error = scene
        .run(&route(&head, source, "{ kind = 'bundle' }"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("code_page"), "{error}");
    let source = source.replace("= 7", "= 1251");
    let report = scene
        .run(&route(&head, &source, "{ kind = 'bundle' }"))
        .await
        .unwrap();
    assert_eq!(counts(&report, Entity::Mail).moved, 3);
}

/// Two accounts; what stands in the place of the first one's file must neither be read nor keep the second one's from moving.
#[tokio::test]
async fn a_file_that_leads_elsewhere_costs_its_account_alone() {
    use std::os::unix::fs::symlink;
    let scene = Scene::new();
    let head = scene.head("job");
    let boris = "\ndn: CN=Boris,DC=example,DC=test\nobjectClass: user\nmailNickname: boris\nmail: boris@example.test\n\
         proxyAddresses: SMTP:boris@example.test\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n";
    let anna = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
    scene.write("directory.ldif", format!("{anna}{boris}"));
    let theirs = Mailbox::new().folder(Folder::new("Geheim").item(mail("the secret of another")));
    scene.write("secret.pst", theirs.write(Layout::Unicode));
    scene.write("pst/boris/a.pst", second().write(Layout::Unicode));
    std::fs::create_dir_all(scene.path("pst/anna")).unwrap();
    let place = scene.path("pst/anna/a.pst");
    for (number, path) in ["pst/{alias}/*.pst", "pst/{alias}/a.pst"].into_iter().enumerate() {
        for what in ["link", "dangling", "pipe", "folder"] {
            match what {
                "link" => symlink(scene.path("secret.pst"), &place).unwrap(),
                "dangling" => symlink("nowhere", &place).unwrap(),
                "pipe" => assert!(
                    std::process::Command::new("mkfifo")
                        .arg(&place)
                        .status()
                        .unwrap()
                        .success()
                ),
                _ => std::fs::create_dir(&place).unwrap(),
            }
            let head = head.replace("'job'", &format!("'job-{number}-{what}'"));
            let config = route(
                &head,
                &format!("{{ kind = 'pst', path = '{path}' }}"),
                "{ kind = 'bundle' }",
            );
            let run = tokio::time::timeout(std::time::Duration::from_secs(60), scene.run(&config));
            let report = run
                .await
                .unwrap()
                .unwrap_or_else(|error| panic!("{path} {what}: {error}"));
            let uncounted = report
                .uncounted()
                .map(|(account, _)| account.account.as_str())
                .collect::<Vec<_>>();
            // A folder is none of the files that a pattern means.
            let expected = if what == "folder" && number == 0 {
                vec![]
            } else {
                vec!["anna@example.test"]
            };
            assert_eq!(uncounted, expected, "{path} {what}");
            assert_eq!(
                counts(&report, Entity::Mail).moved,
                3,
                "{path} {what}: the other account"
            );
            for (name, content) in crate::scene::tree(&scene.path(&format!("job-{number}-{what}"))) {
                assert!(
                    !String::from_utf8_lossy(&content).contains("secret of another"),
                    "{name}"
                );
            }
            let removed = if what == "folder" {
                std::fs::remove_dir(&place)
            } else {
                std::fs::remove_file(&place)
            };
            removed.unwrap();
        }
    }
}

/// What an account is called is no pattern.
#[tokio::test]
async fn a_name_matches_no_file_of_another() {
    let scene = Scene::new();
    scene.write("pst/anna.pst", first().write(Layout::Unicode));
    for name in ["*", "an*", "?nna", "../pst/anna"] {
        let mut account = Account::new("x@example.test");
        account.alias = name.to_owned();
        for path in ["pst/{alias}.pst", "pst/{alias}*.pst"] {
            let source = PstMail::new(path, scene.root.path());
            let mut reader = tegu_migrate::sources::MailSource::open(&source, &account)
                .await
                .unwrap();
            assert_eq!(reader.folders().await.unwrap().len(), 0, "{name} {path}");
        }
    }
}

/// The job's directory knows who is behind an address of Exchange. Whatever it says later, the message is the same one, and is not moved
/// once more.
#[tokio::test]
async fn the_directory_knows_addresses_of_exchange() {
    const NAME: &str = "/o=Org/ou=First/cn=Recipients/cn=boris";
    let scene = Scene::new();
    let head = scene.head("job");
    let anna = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let boris = |address: &str, name: &str| {
        format!(
            "{anna}\ndn: CN=Boris,DC=example,DC=test\nobjectClass: user\nmailNickname: boris\nmail: {address}\n\
             proxyAddresses: SMTP:{address}\nlegacyExchangeDN: {name}\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n"
        )
    };
    let row = vec![
        (0x0c15, Value::Int(1)),
        (0x3001, Value::text("Борис")),
        (0x3002, Value::text("EX")),
        (0x3003, Value::text(NAME)),
    ];
    let meeting = event()
        .named(Name::Number(0x2002, 0x8217), Value::Int(1))
        .recipient(row.clone());
    let file = Mailbox::new()
        .folder(Folder::new("Входящие").item(mail("one").recipient(row)))
        .folder(Folder::new("Календарь").class("IPF.Appointment").item(meeting));
    scene.write("pst/anna/a.pst", file.write(Layout::Unicode));
    let source = "{ kind = 'pst', path = 'pst/{alias}/a.pst' }";
    let config = format!(
        "{}[calendars]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n",
        route(&head, source, "{ kind = 'bundle' }")
    );
    // Nobody knows him.
    scene.write("directory.ldif", boris("boris@example.test", "/o=Org/cn=another"));
    let report = scene.run(&config).await.unwrap();
    for entity in [Entity::Mail, Entity::Calendars] {
        let items = counts(&report, entity);
        assert_eq!(
            (items.moved, items.manual),
            (0, 1),
            "{entity:?}: {:?}",
            report.worklist
        );
    }
    scene.write("directory.ldif", boris("boris@example.test", NAME));
    let report = scene.run(&config).await.unwrap();
    for entity in [Entity::Mail, Entity::Calendars] {
        let items = counts(&report, entity);
        assert_eq!(
            (items.moved, items.manual),
            (1, 0),
            "{entity:?}: {:?}",
            report.worklist
        );
    }
    let written = |what: &str| {
        let files = crate::scene::tree(&scene.path("job"));
        files
            .values()
            .any(|content| String::from_utf8_lossy(content).contains(what))
    };
    assert!(written("<boris@example.test>") && written("mailto:boris@example.test"));
    // He is called otherwise now.
    scene.write("directory.ldif", boris("b@example.test", NAME));
    let report = scene.run(&config).await.unwrap();
    for entity in [Entity::Mail, Entity::Calendars] {
        let items = counts(&report, entity);
        assert_eq!(
            (items.moved + items.present, items.manual),
            (1, 0),
            "{entity:?}: {:?}",
            report.worklist
        );
    }
    assert!(!written("<b@example.test>"));
}

/// What was deleted for good is counted, and stays, unless it is asked for.
#[tokio::test]
async fn what_was_deleted_for_good_stays() {
    let scene = Scene::new();
    let head = scene.head("job");
    let deleted = Folder::new("Deletions").item(mail("gone")).item(event());
    let file = Mailbox::new()
        .folder(Folder::new("Inbox").item(mail("one")))
        .folder(Folder::new("Recoverable Items").folder(deleted));
    scene.write("pst/anna/a.pst", file.write(Layout::Unicode));
    for (key, moved, excluded, events) in [("", 1, 2, 0), (", recoverable = true", 2, 1, 1)] {
        let head = head.replace("'job'", &format!("'job-{moved}'"));
        let source = format!("{{ kind = 'pst', path = 'pst/{{alias}}/a.pst'{key} }}");
        let config = format!(
            "{}[calendars]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n",
            route(&head, &source, "{ kind = 'bundle' }")
        );
        let report = scene.run(&config).await.unwrap();
        let mail = counts(&report, Entity::Mail);
        assert_eq!((mail.source, mail.moved, mail.excluded), (3, moved, excluded));
        assert_eq!(counts(&report, Entity::Calendars).moved, events);
    }
}
