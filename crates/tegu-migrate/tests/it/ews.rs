//! Exchange as a source: the stand-in's mailboxes, by one service account.

use crate::{
    imap, notes, oracle,
    scene::{Scene, counts, problems},
};
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;
use tegu_migrate::{
    Account, CancellationToken, Config, Entity, Login, Migration, Policy, SecretRef, Severity,
    ews::autodiscover::Rules,
    sources::{EwsItems, EwsMail, EwsServer, ItemSource as _, MailSource, Read, ReadDocument, conformance},
    targets::Bundle,
};
use tegu_net::{Endpoint, Tls};
use tegu_testkit::exchange_ews::{
    Attachment, Damage, End, Event, ExchangeEws, Fault, Folder, Mail, Mailbox, Pattern, contact, invitation,
    organisation, post, task,
};

fn server(exchange: &ExchangeEws, scratch: &std::path::Path) -> EwsServer {
    let path = scratch.join("password");
    tegu_outcome::file::write(&path, |file| file.write_all(exchange.password().as_bytes())).unwrap();
    let login = Login::password(exchange.user(), SecretRef::File(path));
    EwsServer::new(Endpoint::new(exchange.url()).unwrap(), login)
}

fn octets(name: &str) -> Vec<u8> {
    format!("Subject: {name}\r\n\r\nbody of {name}\r\n").into_bytes()
}

/// The digest by which [`oracle::mailbox`] names octets.
pub(crate) fn sha256(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    digest.iter().map(|octet| format!("{octet:02x}")).collect()
}

#[tokio::test]
async fn mail_of_a_mailbox() {
    let mail = |name: &str| {
        Mail::new(name, "2024-05-01T06:00:00Z")
            .octets(octets(name))
            .item()
    };
    let exchange = ExchangeEws::builder()
        .mailbox(
            Mailbox::russian("anna@corp.example", "Анна")
                .item("inbox", mail("a"))
                .item("inbox", mail("b"))
                .item("sentitems", mail("c")),
        )
        .start();
    let scratch = tempfile::tempdir().unwrap();
    let source = EwsMail::new(server(&exchange, scratch.path()));
    let account = Account::new("anna@corp.example");
    let mut known: conformance::Mailbox = BTreeMap::new();
    let mut reader = MailSource::open(&source, &account).await.unwrap();
    let mut sized = 0;
    for folder in reader.folders().await.unwrap() {
        // Plans and batches count with the sizes.
        let listed = reader.list(&folder).await.unwrap();
        sized += listed.iter().filter(|message| message.size_hint > 0).count();
        known.insert(folder.path, Vec::new());
    }
    assert_eq!(sized, 3);
    known.insert(vec!["Входящие".into()], vec![octets("a"), octets("b")]);
    known.insert(vec!["Отправленные".into()], vec![octets("c")]);
    conformance::mail(&source, &account, &known).await;
}

#[tokio::test]
async fn calendars_and_contacts_of_a_mailbox() {
    let exchange = ExchangeEws::builder()
        .mailbox(
            Mailbox::russian("anna@corp.example", "Анна")
                .item(
                    "calendar",
                    Event::new("e", "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z")
                        .repeats(Pattern::Daily(1), End::After(2))
                        .item(),
                )
                .item("tasks", task("t", "InProgress", 1))
                .item("tasks", task("waits", "WaitingOnOthers", 1))
                .item("contacts", contact("Пётр", "Безухов")),
        )
        .start();
    let scratch = tempfile::tempdir().unwrap();
    let account = Account::new("anna@corp.example");
    let server = server(&exchange, scratch.path());
    let text = async |source: &EwsItems| {
        let mut reader = source.open(&account).await.unwrap();
        let mut all = Vec::new();
        for collection in reader.collections().await.unwrap() {
            for document in &collection.documents {
                let ReadDocument::Document(body, findings) =
                    reader.read(&collection, document).await.unwrap()
                else {
                    panic!("{document:?} is given out");
                };
                let codes = findings.iter().map(|finding| finding.code.as_ref());
                let codes = codes.collect::<Vec<_>>().join(" ");
                all.push(format!("{}{codes}", String::from_utf8(body.to_vec()).unwrap()));
            }
        }
        all
    };
    let calendars = text(&EwsItems::calendars(server.clone())).await;
    let has = |word: &str| calendars.iter().filter(|one| one.contains(word)).count();
    assert_eq!(
        (
            calendars.len(),
            has("RRULE:FREQ=DAILY;COUNT=2"),
            has("SUMMARY:t\r\n"),
            has("EWS-TASK-STATUS")
        ),
        (3, 1, 1, 1),
        "{calendars:?}"
    );
    let contacts = text(&EwsItems::contacts(server)).await;
    assert!(
        contacts.len() == 1 && contacts[0].contains("FN:Пётр Безухов"),
        "{contacts:?}"
    );
}

/// A retry would not help: the server cannot read the item.
#[tokio::test]
async fn an_item_that_is_corrupt_is_for_a_person() {
    let event = |day: u32| {
        let (start, end) = (
            format!("2024-05-0{day}T06:00:00Z"),
            format!("2024-05-0{day}T07:00:00Z"),
        );
        Event::new(&format!("e{day}"), &start, &end).item()
    };
    let events = Mailbox::russian("anna@corp.example", "Анна")
        .item("calendar", event(1))
        .item("calendar", event(2))
        .item("calendar", event(3));
    let exchange = ExchangeEws::builder()
        .mailbox(events)
        .fault(Fault::Corrupt)
        .start();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let items = EwsItems::calendars(server(&exchange, scratch.path()));
    let migration = Migration::builder("ews", &out, vec![Account::new("anna@corp.example")])
        .calendars(items, Bundle::calendars(&out))
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    let counts = counts(&report, Entity::Calendars);
    assert_eq!(
        (counts.source, counts.moved, counts.manual, counts.failed),
        (3, 2, 1, 0),
        "{:?}",
        report.worklist
    );
    assert_eq!(report.worklist[0].findings[0].code, "EWS-ITEM-DAMAGED");
}

#[tokio::test]
async fn an_organisation_moves_by_one_credential() {
    let exchange = ExchangeEws::builder().mailboxes(organisation(3, 4)).start();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let server = server(&exchange, scratch.path());
    let accounts: Vec<Account> = exchange
        .mailboxes()
        .iter()
        .map(|mail| Account::new(&**mail))
        .collect();
    let mut policy = Policy::default();
    let run = async |policy: Policy| {
        let migration = Migration::builder("ews", &out, accounts.clone())
            .policy(policy)
            .mail(EwsMail::new(server.clone()), Bundle::new(&out))
            .calendars(EwsItems::calendars(server.clone()), Bundle::calendars(&out))
            .contacts(EwsItems::contacts(server.clone()), Bundle::contacts(&out))
            .build();
        migration.run(&CancellationToken::new()).await.unwrap()
    };
    let report = run(policy.clone()).await;
    assert_eq!(problems(&report), Vec::<String>::new());
    for (entity, least) in [
        (Entity::Mail, 40),
        (Entity::Calendars, 20),
        (Entity::Tasks, 12),
        (Entity::Notes, 8),
        (Entity::Contacts, 16),
    ] {
        let counts = counts(&report, entity);
        // What an item would lose keeps it from moving: one task and the journal entry of each mailbox.
        let kept = if matches!(entity, Entity::Tasks | Entity::Notes) {
            4
        } else {
            0
        };
        assert!(
            counts.balances() && counts.source >= least,
            "{entity:?} {counts:?}"
        );
        assert_eq!(
            (counts.moved + kept, counts.manual, counts.failed),
            (counts.source, kept, 0),
            "{entity:?} {counts:?}"
        );
    }
    // A second pass moves exactly what is new.
    let first = counts(&report, Entity::Mail);
    let mail = Mail::new("new", "2024-06-01T06:00:00Z")
        .octets(octets("new"))
        .item();
    exchange.deliver(&exchange.mailboxes()[0], "inbox", mail);
    let findings = report.worklist.iter().flat_map(|work| &work.findings);
    let lossy = findings.filter(|finding| finding.severity == Severity::Lossy);
    policy
        .accept
        .extend(lossy.map(|finding| finding.code.to_string()));
    assert!(
        policy.accept.iter().all(|code| code.starts_with("EWS-")),
        "{:?}",
        policy.accept
    );
    let report = run(policy).await;
    let second = counts(&report, Entity::Mail);
    assert_eq!((second.source, second.moved), (first.source + 1, first.moved + 1));
    // A loss that the operator accepts keeps nothing from moving.
    for entity in [Entity::Calendars, Entity::Tasks, Entity::Notes] {
        let counts = counts(&report, entity);
        assert_eq!(counts.moved, counts.source, "{counts:?} {:?}", problems(&report));
    }
}

/// What an archive mailbox holds moves where that is asked for, below a folder of its own.
#[tokio::test]
async fn archives_move_where_that_is_asked_for() {
    let mail = |name: &str| {
        Mail::new(name, "2024-05-01T06:00:00Z")
            .octets(octets(name))
            .item()
    };
    let event = Event::new("e", "2014-05-01T06:00:00Z", "2014-05-01T07:00:00Z").item();
    let mailbox = Mailbox::russian("anna@corp.example", "Анна")
        .item("inbox", mail("new"))
        .folder(Folder::new("Archive").item(mail("own")))
        .archive(Folder::new("Старое").item(mail("old")))
        .archive(Folder::new("Дела").class("IPF.Appointment").item(event));
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    let scratch = tempfile::tempdir().unwrap();
    let account = Account::new("anna@corp.example");
    let plain = server(&exchange, scratch.path());
    for (name, top) in [
        (None, ""),
        (Some("Архив"), "Архив"),
        (Some("Archive"), "Archive (2)"),
    ] {
        let mut source = plain.clone();
        if let Some(name) = name {
            source = source.archive(name);
        }
        let mail = EwsMail::new(source.clone());
        let mut reader = MailSource::open(&mail, &account).await.unwrap();
        let mut held = BTreeMap::new();
        for folder in reader.folders().await.unwrap() {
            let listed = reader.list(&folder).await.unwrap();
            let spool = tegu_migrate::message::Spool::new(scratch.path());
            for read in reader.read(&folder, &listed, &spool).await.unwrap() {
                let Read::Message(message, _) = read else {
                    panic!("{folder:?} {read:?}");
                };
                held.insert(folder.display(), message.body.held().unwrap().to_vec());
            }
        }
        let mut expected = BTreeMap::from([
            ("Входящие".to_owned(), octets("new")),
            ("Archive".to_owned(), octets("own")),
        ]);
        let mut reader = EwsItems::calendars(source).open(&account).await.unwrap();
        let calendars = reader.collections().await.unwrap();
        let archived = calendars
            .iter()
            .find(|calendar| calendar.name == format!("{top}/Дела"));
        if name.is_some() {
            expected.insert(format!("{top}/Старое"), octets("old"));
            assert_eq!(archived.unwrap().documents.len(), 1);
        } else {
            assert!(archived.is_none());
        }
        assert_eq!(held, expected);
    }
}

/// The server of a mail domain is looked for once, and only where the password may go.
#[tokio::test]
async fn autodiscover_finds_the_server() {
    let builder = ExchangeEws::builder().mailboxes(organisation(2, 4)).tls();
    let exchange = builder.start();
    let scratch = tempfile::tempdir().unwrap();
    let password = scratch.path().join("password");
    tegu_outcome::file::write(&password, |file| file.write_all(exchange.password().as_bytes())).unwrap();
    let ca = std::fs::read(exchange.ca().unwrap()).unwrap();
    let tls = Tls::default().trust_pem(&ca).unwrap();
    let point = format!(
        "https://localhost:{}/Autodiscover/Autodiscover.xml",
        exchange.port()
    );
    let source = |allowed: Option<&str>| {
        let mut rules = Rules::default().connection_point(&point);
        if let Some(domain) = allowed {
            rules = rules.allow(domain);
        }
        let (login, tls) = (
            Login::password(exchange.user(), SecretRef::File(password.clone())),
            tls.clone(),
        );
        let server = EwsServer::autodiscover(rules, login);
        EwsMail::new(server.prepare(move |endpoint| endpoint.tls(tls.clone())))
    };
    let accounts = exchange.mailboxes();
    let account = Account::new(&*accounts[0]);
    let Err(error) = MailSource::open(&source(None), &account).await else {
        panic!("the password goes to localhost without consent");
    };
    assert!(error.to_string().contains("localhost"), "{error}");
    let allowed = source(Some("localhost"));
    for mail in &accounts {
        let mut reader = MailSource::open(&allowed, &Account::new(&**mail)).await.unwrap();
        assert!(!reader.folders().await.unwrap().is_empty());
    }
    assert_eq!(exchange.refused_logins(), 0);
}

#[test]
fn a_configuration_names_it() {
    let server = "{ kind = 'ews', url = 'https://e.example/EWS/Exchange.asmx', user = 'CORP\\m', password = { env = 'P' } }";
    let job = format!(
        "name = 'x'\nout = 'o'\n[directory]\nldif = 'd.ldif'\ndomains = ['e.example']\n[mail]\nsource = {server}\ntarget = {{ kind = 'bundle' }}\n"
    );
    Config::from_toml(&job, "/".into()).unwrap();
}

/// A second pass moves exactly what changed on Exchange: flags, categories, contents, folders, and deletions where that is asked for.
#[tokio::test]
async fn a_second_pass_carries_changes_to_dovecot() {
    if tegu_testkit::skip_servers() {
        return;
    }
    const ANNA: &str = "anna@example.test";
    let mail = |name: &str| Mail::new(name, "2024-05-01T06:00:00Z").octets(octets(name));
    let mailbox = Mailbox::russian(ANNA, "Анна")
        .item("inbox", mail("read").unread().item())
        .item("inbox", mail("sorted").category("Old").item())
        .item("inbox", mail("moved").item())
        .item("inbox", mail("gone").item())
        .item("inbox", mail("still").item())
        .item("drafts", mail("draft").draft().item());
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    let dovecot = tegu_testkit::Dovecot::start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", tegu_testkit::Dovecot::password());
    scene.write("exchange", exchange.password());
    let config = imap::route(&head, &notes::end(&exchange, ""), &imap::end(dovecot.port()));
    let config = format!("deletions = true\n{config}");
    let held = || {
        let name = |digest: &str| {
            let names = [
                "read",
                "sorted",
                "moved",
                "gone",
                "still",
                "draft",
                "draft, edited",
            ];
            let mine = names.into_iter().find(|name| sha256(&octets(name)) == digest);
            mine.unwrap_or("?").to_owned()
        };
        let mut all: Vec<String> = oracle::mailbox(dovecot.port(), "anna")
            .into_iter()
            .flat_map(|(folder, messages)| messages.into_iter().map(move |message| (folder.clone(), message)))
            .map(|(folder, (digest, flags, _))| {
                let inbox = if folder == "INBOX" { "inbox" } else { "other" };
                format!("{inbox} {} {}", name(&digest), flags.join(" "))
                    .trim_end()
                    .to_owned()
            })
            .collect();
        all.sort();
        all
    };
    let first = scene.run(&config).await.unwrap();
    assert_eq!(counts(&first, Entity::Mail).moved, 6, "{:?}", problems(&first));
    let seen = r"\seen";
    assert_eq!(
        held(),
        [
            format!("inbox gone {seen}"),
            format!("inbox moved {seen}"),
            "inbox read".into(),
            format!("inbox sorted {seen} old"),
            format!("inbox still {seen}"),
            format!(r"other draft \draft {seen}"),
        ]
    );
    // The owner flags one of them on the new server.
    let mut session = imap::session(dovecot.port()).await;
    session
        .select(&tegu_migrate::imap::MailboxName::new("INBOX").unwrap())
        .await
        .unwrap();
    let all = session.snapshot(tegu_imap::Uid::MIN).await.unwrap();
    let flagged = [r"\Flagged"].into_iter().collect();
    let uids = [all.entries[0].uid].into_iter().collect();
    session
        .change_flags(&uids, &flagged, &tegu_migrate::imap::Flags::new())
        .await
        .unwrap();

    let inbox = exchange.ids(ANNA, "inbox");
    exchange.mark_read(&inbox[0], true);
    exchange.replace(&inbox[1], mail("sorted").category("New").answered().item());
    exchange.move_item(&inbox[2], ANNA, "sentitems");
    exchange.remove(&inbox[3]);
    let draft = &exchange.ids(ANNA, "drafts")[0];
    exchange.replace(draft, mail("draft, edited").draft().item());
    let second = scene.run(&config).await.unwrap();
    let row = second.entity(Entity::Mail).unwrap();
    assert_eq!((row.counts.source, row.counts.moved, row.moved_now), (5, 5, 2));
    let deleted: Vec<&str> = second
        .containers()
        .flat_map(|row| &row.deleted)
        .map(|gone| gone.finding.code.as_ref())
        .collect();
    assert_eq!(deleted, ["MAIL-SOURCE-DELETED"; 2]);
    let expected = [
        format!(r"inbox read \flagged {seen}"),
        format!(r"inbox sorted \answered {seen} new"),
        format!("inbox still {seen}"),
        format!(r"other draft, edited \draft {seen}"),
        format!("other moved {seen}"),
    ];
    assert_eq!(held(), expected);
    let third = scene.run(&config).await.unwrap();
    assert_eq!(third.entity(Entity::Mail).unwrap().moved_now, 0);
    assert_eq!(held(), expected);
}

/// What the server makes no MIME content of is rebuilt from its properties, and moves where the operator accepts that.
#[tokio::test]
async fn mail_without_mime_is_rebuilt() {
    let file: Vec<u8> = (0..=255).cycle().take(5000).collect();
    let letter = Mail::new(
        "Смета: «май», вторая и последняя редакция, просьба ответить",
        "2024-05-01T06:00:00Z",
    )
    .from("Иван \"И\" Петров", "ivan@corp.example")
    .to("Анна", "anna@corp.example")
    .to("Plain Name", "plain@corp.example")
    .cc("Х", "/o=corp/cn=nobody")
    .text("Добрый день!\r\nВот она.")
    .html("<p>Добрый день!</p>")
    .attach(Attachment::file(
        "Смета за май.bin",
        "application/x-thing",
        file.clone(),
    ))
    .category("Work");
    let mailbox = Mailbox::russian("anna@corp.example", "Анна")
        .item("inbox", letter.item().damaged(Damage::NoMime))
        .item(
            "inbox",
            Mail::new("b", "2024-05-01T06:00:00Z").octets(octets("b")).item(),
        );
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let run = async |accept: &[&str]| {
        let mail = EwsMail::new(server(&exchange, scratch.path()));
        let migration = Migration::builder("ews", &out, vec![Account::new("anna@corp.example")])
            .policy(Policy::default().accept(accept.iter().copied()))
            .mail(mail, Bundle::new(&out))
            .build();
        migration.run(&CancellationToken::new()).await.unwrap()
    };
    let report = run(&[]).await;
    let sums = counts(&report, Entity::Mail);
    assert_eq!(
        (sums.source, sums.moved, sums.manual),
        (2, 1, 1),
        "{:?}",
        report.worklist
    );
    let [work] = &report.worklist[..] else {
        panic!("{:?}", report.worklist)
    };
    let codes: Vec<&str> = work
        .findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect();
    assert_eq!(codes, ["EWS-MAIL-REBUILT", "EWS-ADDRESS-UNRESOLVED"]);

    let kept = std::fs::read(out.join(work.original.as_deref().unwrap())).unwrap();
    let read = mail_parser::MessageParser::default().parse(&kept).unwrap();
    let subject = "Смета: «май», вторая и последняя редакция, просьба ответить";
    assert_eq!(read.subject(), Some(subject));
    let from = read.from().unwrap().first().unwrap();
    assert_eq!(
        (from.name(), from.address()),
        (Some("Иван \"И\" Петров"), Some("ivan@corp.example"))
    );
    let to: Vec<_> = read
        .to()
        .unwrap()
        .iter()
        .map(|one| (one.name(), one.address()))
        .collect();
    let expected = [
        ("Анна", "anna@corp.example"),
        ("Plain Name", "plain@corp.example"),
    ];
    assert_eq!(to, expected.map(|(name, address)| (Some(name), Some(address))));
    assert_eq!(read.date().unwrap().to_timestamp(), 1_714_543_200);
    assert_eq!(read.body_text(0).unwrap(), "Добрый день!\r\nВот она.\r\n");
    assert_eq!(read.body_html(0).unwrap(), "<p>Добрый день!</p>");
    let attached: Vec<_> = read.attachments().collect();
    use mail_parser::MimeHeaders as _;
    assert_eq!(
        (attached.len(), attached[0].attachment_name()),
        (1, Some("Смета за май.bin"))
    );
    assert_eq!(attached[0].contents(), file);
    let longest = kept.split(|octet| *octet == b'\n').map(<[u8]>::len).max();
    assert!(longest < Some(200) && kept.is_ascii(), "{longest:?}");

    let report = run(&["EWS-MAIL-REBUILT", "EWS-ADDRESS-UNRESOLVED"]).await;
    let sums = counts(&report, Entity::Mail);
    assert_eq!((sums.moved, sums.manual), (2, 0), "{:?}", report.worklist);
    let again = run(&["EWS-MAIL-REBUILT", "EWS-ADDRESS-UNRESOLVED"]).await;
    assert_eq!(
        again.entity(Entity::Mail).unwrap().moved_now,
        0,
        "it is the same each time"
    );
}

/// A request for a meeting lies in the Inbox and moves as mail: no calendar on the target gets an appointment by it. A post is mail too.
#[tokio::test]
async fn requests_for_meetings_and_posts_are_mail_alone() {
    let letter = |subject: &str| {
        Mail::new(subject, "2024-05-01T06:00:00Z")
            .octets(octets(subject))
            .item()
    };
    let mailbox = Mailbox::russian("anna@corp.example", "Анна")
        .item(
            "inbox",
            invitation(letter("Планёрка"), "2024-05-02T06:00:00Z", "2024-05-02T07:00:00Z"),
        )
        .item("inbox", post(letter("Объявление")));
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    let scratch = tempfile::tempdir().unwrap();
    let out = scratch.path().join("out");
    let server = server(&exchange, scratch.path());
    let migration = Migration::builder("ews", &out, vec![Account::new("anna@corp.example")])
        .mail(EwsMail::new(server.clone()), Bundle::new(&out))
        .calendars(EwsItems::calendars(server), Bundle::new(&out))
        .build();
    let report = migration.run(&CancellationToken::new()).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!((mail.source, mail.moved), (2, 2), "{:?}", report.worklist);
    assert_eq!(counts(&report, Entity::Calendars).source, 0);
}
