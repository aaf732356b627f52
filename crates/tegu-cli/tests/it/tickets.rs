//! Signing in to IMAP, CalDAV and CardDAV servers with a Kerberos ticket, by configuration.

use crate::{TEGU, scene::Scene};
use serde_json::Value;
use std::process::{Command, Output};
use tegu_testkit::{Apache, Dovecot, Kerberos, Radicale, imap::Client, skip_servers};

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//test//EN\r\nBEGIN:VEVENT\r\nUID:1\r\nDTSTAMP:20260101T000000Z\r\n\
    DTSTART:20260101T100000Z\r\nSUMMARY:one\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";
const CARD: &str = "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:2\r\nFN:Boris\r\nN:Boris;;;;\r\nEND:VCARD\r\n";

fn run(scene: &Scene, tickets: &[(&str, String)]) -> (Output, String) {
    let _ = std::fs::remove_dir_all(scene.path("job"));
    let output = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .arg("--json")
        .envs(tickets.iter().cloned())
        .output()
        .unwrap();
    let said = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output, said)
}

#[test]
fn a_ticket_opens_mail_calendars_and_contacts() {
    if skip_servers() {
        return;
    }
    let kerberos = Kerberos::start();
    let mail = Dovecot::builder().tickets(&kerberos.keytab()).start();
    let mut client = Client::login(mail.port(), "anna", Dovecot::password()).unwrap();
    let message = b"From: a@b.test\r\nSubject: one\r\n\r\nbody\r\n";
    client.append("INBOX", "", None, message).unwrap();
    let radicale = Radicale::builder().without_passwords().start();
    let home = radicale.folder().join("collection-root/anna");
    for (name, kind, file, text) in [
        ("work", "VCALENDAR", "1.ics", EVENT),
        ("people", "VADDRESSBOOK", "1.vcf", CARD),
    ] {
        std::fs::create_dir_all(home.join(name)).unwrap();
        std::fs::write(
            home.join(name).join(".Radicale.props"),
            format!("{{\"tag\": \"{kind}\"}}"),
        )
        .unwrap();
        std::fs::write(home.join(name).join(file), text).unwrap();
    }
    let apache = Apache::before(radicale.port(), &kerberos);
    let scene = Scene::new();
    let head = scene.head("job");
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'imap', url = 'imaps://localhost:{}', ca = '{}', kerberos = true }}\n\
         target = {{ kind = 'bundle' }}\n\
         [calendars]\nsource = {{ kind = 'caldav', url = '{url}', kerberos = true }}\ntarget = {{ kind = 'bundle' }}\n\
         [contacts]\nsource = {{ kind = 'carddav', url = '{url}', kerberos = true }}\ntarget = {{ kind = 'bundle' }}\n",
        mail.tls_port(),
        mail.ca_pem().display(),
        url = apache.url()
    );
    scene.write("job.toml", config);
    let (output, said) = run(&scene, &kerberos.tickets());
    assert_eq!(output.status.code(), Some(0), "{said}\n{}", mail.log());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    for kind in ["mail", "calendars", "contacts"] {
        let rows = report["entities"].as_array().unwrap();
        let row = rows.iter().find(|row| row["entity"] == kind).unwrap();
        assert_eq!(
            (&row["source"], &row["moved"]),
            (&1.into(), &1.into()),
            "{kind}: {said}"
        );
    }

    // Without a ticket nobody gets in, and the message says what was missing.
    let nowhere = [("KRB5CCNAME", "FILE:/nonexistent/tickets".to_owned())];
    let (output, said) = run(&scene, &nowhere);
    assert_ne!(output.status.code(), Some(0));
    assert!(said.contains("Kerberos"), "{said}");
}
