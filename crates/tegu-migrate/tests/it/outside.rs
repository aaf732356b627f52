//! What comes from outside must not lead anywhere else: files that are links or pipes, accounts that share a place.

use crate::{
    calendars::calendar,
    scene::{Scene, counts, tree},
};
use std::{
    fs,
    io::{BufRead as _, BufReader, Write as _},
    net::TcpListener,
    os::unix::fs::symlink,
    process::Command,
    sync::{Arc, Mutex},
    time::Duration,
};
use tegu_migrate::{CancellationToken, Config, Entity, ErrorKind, State, plan::PlanOptions};
use tegu_testkit::{Radicale, Xandikos};

const SECRET: &str = "From: x@b.test\r\nSubject: the secret of another\r\n\r\nbody\r\n";

fn part(name: &str, source: &str) -> String {
    format!("[{name}]\nsource = {{ kind = 'files', path = '{source}' }}\ntarget = {{ kind = 'bundle' }}\n")
}

#[tokio::test]
async fn links_and_pipes_are_left_to_a_person_unopened() {
    let scene = Scene::new();
    let config = scene.head("job")
        + &part("mail", "mail/{alias}")
        + &part("calendars", "calendars/{alias}")
        + &part("contacts", "contacts/{alias}");
    scene.write("secret", SECRET);
    scene.write(
        "mail/anna/INBOX/1.eml",
        "From: a@b.test\r\nSubject: hers\r\n\r\nbody\r\n",
    );
    scene.write("calendars/anna/Work/1.ics", calendar(&[("one", "1")]));
    scene.write(
        "contacts/boris/Friends.vcf",
        "BEGIN:VCARD\r\nVERSION:3.0\r\nFN:B\r\nEND:VCARD\r\n",
    );
    for (folder, ending) in [("mail/anna/INBOX", "eml"), ("calendars/anna/Work", "ics")] {
        symlink(scene.path("secret"), scene.path(&format!("{folder}/2.{ending}"))).unwrap();
        symlink("nowhere", scene.path(&format!("{folder}/3.{ending}"))).unwrap();
        let pipe = scene.path(&format!("{folder}/4.{ending}"));
        assert!(Command::new("mkfifo").arg(pipe).status().unwrap().success());
    }
    // A whole folder that is a link, and an account's.
    symlink(scene.path("mail/anna/INBOX"), scene.path("mail/anna/Other")).unwrap();
    symlink("boris", scene.path("contacts/anna")).unwrap();
    let run = scene.run(&config);
    let report = tokio::time::timeout(Duration::from_secs(60), run)
        .await
        .unwrap()
        .unwrap();
    let (mail, calendars) = (counts(&report, Entity::Mail), counts(&report, Entity::Calendars));
    assert_eq!(
        (mail.source, mail.moved, mail.manual),
        (5, 1, 4),
        "{:#?}",
        report.worklist
    );
    assert_eq!(
        (calendars.source, calendars.moved, calendars.manual),
        (4, 1, 3),
        "{:#?}",
        report.worklist
    );
    let told = report.worklist.iter().filter(|work| work.state == State::Manual);
    let told = told
        .flat_map(|work| &work.findings)
        .filter(|finding| finding.message.contains("a link, a pipe or a device"));
    assert_eq!(told.count(), 7);
    // Nobody knows what the contacts of an account are that lies behind a link.
    let uncounted = report.uncounted().map(|(_, entity)| entity).collect::<Vec<_>>();
    assert_eq!(uncounted, [Entity::Contacts]);
    for (name, content) in tree(&scene.path("job")) {
        let text = String::from_utf8_lossy(&content);
        assert!(
            !text.contains("secret of another") && !text.contains("FN:B"),
            "{name}"
        );
    }
}

#[tokio::test]
async fn a_directory_that_is_a_pipe_is_an_error() {
    let scene = Scene::new();
    let config = scene.head("job") + &part("mail", "mail/{alias}");
    fs::create_dir(scene.path("mail")).unwrap();
    fs::remove_file(scene.path("directory.ldif")).unwrap();
    assert!(
        Command::new("mkfifo")
            .arg(scene.path("directory.ldif"))
            .status()
            .unwrap()
            .success()
    );
    let run = tokio::time::timeout(Duration::from_secs(60), scene.run(&config));
    let error = run.await.unwrap().unwrap_err();
    assert!(error.to_string().contains("no regular file"), "{error}");
}

/// `anna` of two domains, without `mailNickname`.
fn two_annas(scene: &Scene) -> String {
    let head = scene
        .head("job")
        .replace("['example.test']", "['a.test', 'b.test']");
    let person = |domain: &str| {
        format!(
            "dn: CN=Anna {domain},DC=example,DC=test\nobjectClass: user\ndisplayName: Anna\nmail: anna@{domain}\n\
             proxyAddresses: SMTP:anna@{domain}\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
    };
    scene.write("directory.ldif", person("a.test") + &person("b.test"));
    for name in ["anna", "anna@a.test", "anna@b.test"] {
        scene.write(
            &format!("mail/{name}/INBOX/1.eml"),
            format!("From: a@b.test\r\nSubject: {name}\r\n\r\nbody\r\n"),
        );
        scene.write(&format!("calendars/{name}/Work.ics"), calendar(&[("one", "1")]));
    }
    head
}

#[tokio::test]
async fn accounts_that_share_a_place_are_refused_before_anything_moves() {
    let scene = Scene::new();
    let head = two_annas(&scene);
    // Nothing listens there: the accounts are compared before anything is opened.
    let server = |kind: &str, url: &str, user: &str| {
        format!(
            "{{ kind = '{kind}', url = '{url}', security = 'insecure', user = '{user}', password = {{ file = 'password' }} }}"
        )
    };
    let files = |path: &str| format!("{{ kind = 'files', path = '{path}' }}");
    let imap = |user: &str| server("imap", "imap://127.0.0.1:1", user);
    let dav = |path: &str, user: &str| server("caldav", &format!("http://127.0.0.1:1/{path}"), user);
    let bundle = "{ kind = 'bundle' }";
    let cancel = CancellationToken::new();
    for (kind, source, target, end) in [
        ("mail", files("mail/{alias}"), bundle.to_owned(), "source"),
        ("mail", files("mail/anna"), bundle.to_owned(), "source"),
        ("mail", imap("{alias}"), bundle.to_owned(), "source"),
        ("mail", files("mail/{mail}"), imap("{alias}"), "target"),
        ("mail", imap("{mail}"), imap("ANNA"), "target"),
        (
            "calendars",
            files("calendars/{alias}"),
            bundle.to_owned(),
            "source",
        ),
        ("calendars", dav("", "{alias}"), bundle.to_owned(), "source"),
        (
            "calendars",
            files("calendars/{mail}"),
            dav("{alias}/", "admin"),
            "target",
        ),
    ] {
        let text = format!("{head}[{kind}]\nsource = {source}\ntarget = {target}\n");
        let migration = Config::from_toml(&text, scene.root.path().to_owned())
            .unwrap()
            .into_migration()
            .unwrap();
        let run = migration.run(&cancel).await.map(drop);
        let plan = migration.plan(&PlanOptions::default(), &cancel).await.map(drop);
        for refused in [run, plan] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{text}: {error}");
            let says = format!("anna@a.test and anna@b.test have one place for {kind} on the {end}: ");
            assert!(error.to_string().contains(&says), "{text}: {error}");
        }
        assert!(!scene.path("job").exists());
    }
    // Told apart by the address, or one of them left out.
    let told_apart = head.clone() + &part("mail", "mail/{mail}") + &part("calendars", "calendars/{mail}");
    assert_eq!(
        counts(&scene.run(&told_apart).await.unwrap(), Entity::Mail).moved,
        2
    );
    let left_out = head.replace("'job'", "'other'")
        + &part("mail", "mail/{alias}")
        + "[policy]\nexclude_accounts = ['*@b.test']\n";
    assert_eq!(
        counts(&scene.run(&left_out).await.unwrap(), Entity::Mail).moved,
        1
    );
}

/// A URL without placeholders: where it is one home for everybody nothing moves, and where it leads everybody to a home of their own
/// all does.
#[tokio::test(flavor = "multi_thread")]
async fn accounts_that_a_server_gives_one_home_are_refused_before_anything_moves() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let head = two_annas(&scene);
    let (one_home, homes) = (Xandikos::start(), Radicale::builder().without_passwords().start());
    let server = |url: &str| {
        format!("{{ kind = 'caldav', url = '{url}', user = '{{mail}}', password = {{ file = 'password' }} }}")
    };
    let to = |url: &str| {
        format!(
            "{head}[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{mail}}' }}\ntarget = {}\n",
            server(url)
        )
    };
    let from = |url: &str| {
        let head = head.replace("job", "other");
        format!(
            "{head}[calendars]\nsource = {}\ntarget = {{ kind = 'bundle' }}\n",
            server(url)
        )
    };
    let cancel = CancellationToken::new();
    let url = one_home.url();
    for (end, job) in [("target", to(&url)), ("source", from(&url))] {
        let migration = Config::from_toml(&job, scene.root.path().to_owned())
            .unwrap()
            .into_migration()
            .unwrap();
        let run = migration.run(&cancel).await.map(drop);
        let plan = migration.plan(&PlanOptions::default(), &cancel).await.map(drop);
        for refused in [run, plan] {
            let error = refused.unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{error}");
            let says = format!("anna@a.test and anna@b.test have one place for calendars on the {end}: ");
            assert!(error.to_string().contains(&says), "{error}");
        }
    }
    assert!(!scene.path("job").exists() && !scene.path("other").exists());
    let url = format!("http://127.0.0.1:{}/", homes.port());
    for job in [to(&url), from(&url)] {
        let report = scene.run(&job).await.unwrap();
        assert_eq!(counts(&report, Entity::Calendars).moved, 2);
    }
}

/// An address of the directory is one segment of a URL, whatever it looks like: nobody else's collection is asked for.
#[tokio::test]
async fn an_address_leads_to_no_collection_of_another() {
    const MAIL: &str = "boss%40x.test/?@x.test";
    let scene = Scene::new();
    let head = scene.head("job").replace("['example.test']", "['x.test']");
    scene.write(
        "directory.ldif",
        format!(
            "dn: CN=Eve,DC=x,DC=test\nobjectClass: user\ndisplayName: Eve\nmailNickname: eve\nmail: {MAIL}\n\
             proxyAddresses: SMTP:{MAIL}\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n"
        ),
    );
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = asked.clone();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut line = String::new();
            let _ = BufReader::new(&stream).read_line(&mut line);
            seen.lock().unwrap().push(line);
            let _ =
                stream.write_all(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        }
    });
    let config = format!(
        "{head}[calendars]\nsource = {{ kind = 'caldav', url = 'http://127.0.0.1:{port}/dav/{{mail}}/', security = 'insecure', \
         user = '{{mail}}', password = {{ file = 'password' }} }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    let ended = scene.run(&config).await.map(|report| report.complete);
    let asked = asked.lock().unwrap();
    let paths: Vec<&str> = asked.iter().filter_map(|line| line.split(' ').nth(1)).collect();
    assert!(
        paths.iter().any(|path| path.contains("boss")),
        "{ended:?} {asked:?}"
    );
    for path in paths.iter().filter(|path| path.contains("boss")) {
        assert!(path.starts_with("/dav/boss%2540x.test%2F%3F@x.test"), "{path}");
    }
}
