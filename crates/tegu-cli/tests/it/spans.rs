//! What is logged says whose it is, in which folder it happened, and during which command; and it holds no secret.

use crate::{TEGU, scene::Scene};
use serde_json::Value;
use std::{fs, process::Command};
use tegu_testkit::{Dovecot, Radicale, Slapd, imap::Client, skip_servers};

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART:20260101T100000Z\r\nSUMMARY:one\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

/// Runs the program, and returns everything that it logged. `secrets` are in none of it.
fn logged(scene: &Scene, words: &[&str], variables: &[(&str, &str)], secrets: &[&str]) -> Vec<Value> {
    let _ = fs::remove_file(scene.path("log"));
    let output = Command::new(TEGU)
        .args(words)
        .args(["-vvv", "--log-format", "json", "--log-file", "log"])
        .envs(variables.iter().copied())
        .current_dir(scene.root.path())
        .output()
        .unwrap();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    let log = fs::read_to_string(scene.path("log")).unwrap();
    // The owner of the directory may have something to do.
    assert!(matches!(output.status.code(), Some(0 | 3)), "{told}{log}");
    for secret in secrets {
        let secret = secret.trim();
        let encoded = base64::Engine::encode(&base64::engine::general_purpose::STANDARD, secret);
        assert!(
            !log.contains(secret) && !log.contains(&encoded),
            "{secret} is in the log"
        );
    }
    let lines = log.lines();
    let events: Vec<Value> = lines.map(|line| serde_json::from_str(line).unwrap()).collect();
    let ours = |event: &Value| {
        event["target"]
            .as_str()
            .is_some_and(|target| target.starts_with("tegu"))
    };
    assert!(events.iter().all(ours), "{log}");
    events
}

/// The value of a field of the innermost span of this name around an event.
fn of<'a>(event: &'a Value, span: &str, field: &str) -> Option<&'a str> {
    let spans = event["spans"].as_array()?;
    let span = spans.iter().rev().find(|one| one["name"] == span)?;
    span[field].as_str()
}

/// Whether something was logged during a command, in a folder of anna's.
fn has(log: &[Value], kind: &str, folder: &str, verb: &str) -> bool {
    log.iter().any(|event| {
        of(event, "account", "account") == Some("anna@example.test")
            && of(event, "account", "kind") == Some(kind)
            && of(event, "folder", "folder") == Some(folder)
            && of(event, "command", "verb").is_some_and(|said| said.starts_with(verb))
    })
}

fn server(kind: &str, url: &str) -> String {
    format!(
        "{{ kind = '{kind}', url = '{url}', security = 'insecure', user = 'anna', password = {{ file = 'password' }} }}"
    )
}

#[test]
fn an_event_says_account_folder_and_command() {
    if skip_servers() {
        return;
    }
    let (source, target, radicale, slapd) = (
        Dovecot::start(),
        Dovecot::builder().sieve().start(),
        Radicale::start(),
        Slapd::builder().exchange_schema().start(),
    );
    let mut client = Client::login(source.port(), "anna", Dovecot::password()).unwrap();
    client.command("CREATE Work").unwrap();
    client
        .append(
            "Work",
            "",
            None,
            b"From: a@b.test\r\nSubject: one\r\n\r\nbody\r\n",
        )
        .unwrap();
    let scene = Scene::new();
    let head = scene.head("job");
    let people = fs::read_to_string(scene.path("directory.ldif")).unwrap();
    let people = people.replace("DC=example,DC=test", &format!("OU=People,{}", slapd.base_dn()));
    slapd.load_ldif(&crate::slapd::for_slapd(&people, slapd.base_dn()));
    scene.write("calendars/anna/team.ics", EVENT);
    scene.write("ldap", slapd.password());
    scene.write("radicale", Radicale::password());
    scene.write("password", Dovecot::password());
    let imap = |server: &Dovecot| server_at(server.port());
    let ldap = format!(
        "{{ url = '{}', base = '{}', bind_dn = '{}', password = {{ file = 'ldap' }} }}",
        slapd.ldap_url(),
        slapd.base_dn(),
        slapd.bind_dn()
    );
    let head = head.replace("ldif = 'directory.ldif'", &format!("ldap = {ldap}"));
    let calendars = format!(
        "[calendars]\nsource = {{ kind = 'files', path = 'calendars/{{alias}}' }}\ntarget = {}\n",
        server("caldav", &radicale.url())
            .replace("'password'", "'radicale'")
            .replace("'anna'", &format!("'{}'", Radicale::user()))
    );
    scene.write(
        "job.toml",
        format!(
            "{head}[mail]\nsource = {}\ntarget = {}\n{calendars}",
            imap(&source),
            imap(&target)
        ),
    );
    let secrets = [Dovecot::password(), Radicale::password(), slapd.password()];
    let planned = logged(&scene, &["plan", "job.toml"], &[], &secrets);
    assert!(has(&planned, "mail", "Work", "EXAMINE"), "{planned:#?}");
    let ran = logged(&scene, &["run", "job.toml"], &[], &secrets);
    for (kind, folder, verb) in [
        ("mail", "Work", "EXAMINE"),
        ("mail", "Work", "UID FETCH"),
        ("mail", "Work", "APPEND"),
        ("calendars", "team", "MKCALENDAR"),
        ("calendars", "team", "PUT"),
    ] {
        assert!(has(&ran, kind, folder, verb), "{kind} {folder} {verb}: {ran:#?}");
    }
    for verb in ["BIND", "SEARCH"] {
        let asked = |event: &Value| of(event, "command", "verb") == Some(verb);
        assert!(ran.iter().any(asked), "{verb}: {ran:#?}");
    }
    let verified = logged(&scene, &["verify", "job.toml"], &[], &secrets);
    assert!(has(&verified, "mail", "Work", "UID FETCH"), "{verified:#?}");

    // From a server to a bundle: by the other route for mail.
    scene.write(
        "job.toml",
        format!(
            "{}[mail]\nsource = {}\ntarget = {{ kind = 'bundle' }}\n",
            scene.head("bundle"),
            imap(&source)
        ),
    );
    scene.write("password", Dovecot::password());
    let ran = logged(&scene, &["run", "job.toml"], &[], &secrets);
    assert!(has(&ran, "mail", "Work", "UID FETCH"), "{ran:#?}");

    scene.write("x.sieve", "keep;\r\n");
    let url = format!("sieve://anna@127.0.0.1:{}/", target.sieve_port());
    let variables = [("TEGU_PASSWORD", Dovecot::password())];
    let words = ["sieve", "put", "--url", &url, "--script", "x.sieve"];
    let put = logged(&scene, &words, &variables, &secrets);
    for verb in ["AUTHENTICATE", "PUTSCRIPT"] {
        let asked = |event: &Value| of(event, "command", "verb") == Some(verb);
        assert!(put.iter().any(asked), "{verb}: {put:#?}");
    }
}

fn server_at(port: u16) -> String {
    server("imap", &format!("imap://127.0.0.1:{port}"))
}

#[cfg(feature = "ews")]
#[test]
fn an_event_of_exchange_says_its_operation() {
    use tegu_testkit::exchange_ews::{ExchangeEws, Mail, Mailbox};

    let message = Mail::new("one", "2024-05-01T06:00:00Z")
        .octets("Subject: one\r\n\r\n")
        .item();
    let exchange = ExchangeEws::builder()
        .mailbox(Mailbox::new("anna@example.test", "Anna").item("inbox", message))
        .start();
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write("password", exchange.password());
    let source = server("ews", exchange.url()).replace("'anna'", &format!("'{}'", exchange.user()));
    scene.write(
        "job.toml",
        format!("{head}[mail]\nsource = {source}\ntarget = {{ kind = 'bundle' }}\n"),
    );
    let ran = logged(&scene, &["run", "job.toml"], &[], &[exchange.password()]);
    let inside = |event: &Value| {
        of(event, "folder", "folder").is_some() && of(event, "command", "verb") == Some("GetItem")
    };
    assert!(ran.iter().any(inside), "{ran:#?}");
    assert!(scene.path("job/report.json").exists());
}
