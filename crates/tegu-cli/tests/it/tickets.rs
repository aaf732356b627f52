//! Signing in to IMAP, CalDAV and CardDAV servers and to Exchange with a Kerberos ticket, by configuration and by the builder.

use crate::{TEGU, scene::Scene};
use serde_json::Value;
use std::{
    path::Path,
    process::{Command, Output},
};
use tegu_migrate::{
    Account, CancellationToken, DavServer, Entity, ImapServer, Login, Migration, Report,
    dav::client::Kind,
    net::{Endpoint, Tls},
    sources::{DavSource, ImapSource},
    targets::Bundle,
};
use tegu_testkit::{Apache, Dovecot, Kerberos, Radicale, imap::Client, skip_servers, tickets};

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

    let servers = [
        format!("imaps://localhost:{}", mail.tls_port()),
        mail.ca_pem().display().to_string(),
        apache.url(),
        scene.path("built").display().to_string(),
    ];
    tickets::in_a_process(
        "tickets::the_builder_takes_tickets",
        &servers,
        &kerberos.tickets(),
    );
    let built = Report::read_from(&scene.path("built")).unwrap().unwrap();
    for kind in [Entity::Mail, Entity::Calendars, Entity::Contacts] {
        assert_eq!(built.entity(kind).unwrap().counts.moved, 1, "{kind}: {built:?}");
    }

    // Without a ticket nobody gets in, and the message says what was missing.
    let nowhere = [("KRB5CCNAME", "FILE:/nonexistent/tickets".to_owned())];
    let (output, said) = run(&scene, &nowhere);
    assert_ne!(output.status.code(), Some(0));
    assert!(said.contains("Kerberos"), "{said}");
}

/// A part of [`a_ticket_opens_mail_calendars_and_contacts`].
#[tokio::test]
async fn the_builder_takes_tickets() {
    let Some(servers) = tickets::facts() else { return };
    let [mail, ca, dav, out] = &servers[..] else {
        panic!("{servers:?}")
    };
    let tls = Tls::default().trust_pem(&std::fs::read(ca).unwrap()).unwrap();
    let mail = ImapServer::new(Endpoint::new(mail).unwrap().tls(tls), Login::kerberos());
    let items = |kind| DavSource::new(DavServer::new(dav, Login::kerberos()), kind);
    let out = Path::new(out);
    let migration = Migration::builder("built", out, vec![Account::new("anna@example.test")])
        .mail(ImapSource::new(mail), Bundle::new(out))
        .calendars(items(Kind::Calendars), Bundle::calendars(out))
        .contacts(items(Kind::Contacts), Bundle::contacts(out))
        .build();
    migration.run(&CancellationToken::new()).await.unwrap();
}

#[cfg(feature = "ews")]
mod exchange {
    use super::*;
    use tegu_migrate::sources::{EwsMail, EwsServer};
    use tegu_testkit::exchange_ews::{ExchangeEws, Mail, Mailbox};

    /// No principal of the realm is called so: the ticket is that of a service account.
    const ANNA: &str = "anna@corp.example";

    /// Apache asks for the ticket, as IIS in front of Exchange does.
    #[test]
    fn a_ticket_opens_exchange() {
        if skip_servers() {
            return;
        }
        let kerberos = Kerberos::start();
        let message = Mail::new("one", "2024-05-01T06:00:00Z")
            .octets("Subject: one\r\n\r\n")
            .item();
        let exchange = ExchangeEws::builder()
            .mailbox(Mailbox::new(ANNA, "Anna").item("inbox", message))
            .account("anna", "unused behind Apache")
            .trust_header("X-Remote-User")
            .start();
        let keytab = std::fs::read(kerberos.keytab()).unwrap();
        let apache = Apache::naming_users(exchange.port(), &keytab, &[]);
        let url = format!("{}EWS/Exchange.asmx", apache.url());
        let scene = Scene::new();
        let head = scene.head("job").replace("example.test", "corp.example");
        let people = std::fs::read_to_string(scene.path("directory.ldif")).unwrap();
        scene.write("directory.ldif", people.replace("example.test", "corp.example"));
        scene.write(
            "job.toml",
            format!(
                "{head}[mail]\nsource = {{ kind = 'ews', url = '{url}', kerberos = true }}\ntarget = {{ kind = 'bundle' }}\n"
            ),
        );
        let (output, said) = run(&scene, &kerberos.tickets());
        assert_eq!(output.status.code(), Some(0), "{said}\n{}", apache.log());
        let moved = |job: &str| {
            let report = Report::read_from(&scene.path(job)).unwrap().unwrap();
            report.entity(Entity::Mail).unwrap().counts.moved
        };
        assert_eq!(moved("job"), 1, "{said}");

        let servers = [url, scene.path("built").display().to_string()];
        let test = "tickets::exchange::the_builder_takes_tickets_for_exchange";
        tickets::in_a_process(test, &servers, &kerberos.tickets());
        assert_eq!(moved("built"), 1);

        let nowhere = [("KRB5CCNAME", "FILE:/nonexistent/tickets".to_owned())];
        let (output, said) = run(&scene, &nowhere);
        assert_ne!(output.status.code(), Some(0));
        assert!(said.contains("Kerberos"), "{said}");
    }

    /// A part of [`a_ticket_opens_exchange`].
    #[tokio::test]
    async fn the_builder_takes_tickets_for_exchange() {
        let Some(servers) = tickets::facts() else { return };
        let [url, out] = &servers[..] else {
            panic!("{servers:?}")
        };
        let server = EwsServer::new(Endpoint::new(url).unwrap(), Login::kerberos());
        let migration = Migration::builder("built", out, vec![Account::new(ANNA)])
            .mail(EwsMail::new(server), Bundle::new(out))
            .build();
        migration.run(&CancellationToken::new()).await.unwrap();
    }
}
