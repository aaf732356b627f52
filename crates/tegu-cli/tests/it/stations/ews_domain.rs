//! Signing in to Exchange Web Services as a user of a domain: with a ticket, and by NTLM, judged by Apache's mod_auth_gssapi and gss-ntlmssp.

use crate::{TEGU, scene::Scene};
use serde_json::Value;
use std::process::{Command, Output};
use tegu_testkit::{
    Apache, SambaAd,
    exchange_ews::{ExchangeEws, organisation},
};

fn told(output: &Output) -> String {
    let [out, err] =
        [&output.stdout, &output.stderr].map(|octets| String::from_utf8_lossy(octets).into_owned());
    format!("{out}{err}")
}

#[test]
fn a_ticket_and_ntlm_open_a_mailbox() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    samba.serve(&["HTTP/localhost"]);
    let exchange = ExchangeEws::builder()
        .mailboxes(organisation(2, 1))
        .account("CORP\\Administrator", "unused behind Apache")
        .trust_header("X-Remote-User")
        .start();
    let users = [("CORP", "Administrator", samba.password())];
    let apache = Apache::naming_users(exchange.port(), &samba.keytab("HTTP/localhost"), &users);
    let (tickets, address) = (samba.tickets(), exchange.mailboxes()[0].clone());
    let url = format!("{}EWS/Exchange.asmx", apache.url());
    let nowhere = [("KRB5CCNAME", "FILE:/nonexistent/tickets".to_owned())];

    let scan = |how: &str, password: &str, environment: &[(&str, String)]| {
        Command::new(TEGU)
            .args(["ews", "scan", "--json", "--user", "CORP\\Administrator"])
            .args(["--url", &url, "--impersonate", &address, "--auth", how])
            .env("TEGU_EWS_PASSWORD", password)
            .envs(environment.iter().cloned())
            .output()
            .unwrap()
    };
    for output in [
        scan("negotiate", "", &tickets),
        scan("ntlm", samba.password(), &nowhere),
    ] {
        assert_eq!(output.status.code(), Some(0), "{}{}", told(&output), apache.log());
        let scan: Value = serde_json::from_slice(&output.stdout).unwrap();
        let folders = scan["folders"].as_array().unwrap();
        let inbox = folders.iter().find(|folder| folder["role"] == "inbox").unwrap();
        assert_eq!(
            inbox["items"].as_u64(),
            Some(exchange.ids(&address, "inbox").len() as u64)
        );
    }
    let before = exchange.requests();
    let without = scan("negotiate", "", &nowhere);
    assert_eq!(without.status.code(), Some(1));
    assert!(told(&without).contains("Kerberos"), "{}", told(&without));
    let wrong = scan("ntlm", "wrong", &nowhere);
    assert_eq!(wrong.status.code(), Some(1));
    assert!(told(&wrong).contains("401"), "{}", told(&wrong));
    assert_eq!(exchange.requests(), before, "nobody came through");

    // A job by the same ticket.
    let scene = Scene::new();
    scene.write(
        "directory.ldif",
        format!(
            "dn: CN=a,DC=corp,DC=example\nobjectClass: user\ndisplayName: a\nmailNickname: a\nmail: {address}\n\
             proxyAddresses: SMTP:{address}\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n"
        ),
    );
    let job = format!(
        "name = 'domain'\nout = 'job'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
         [mail]\nsource = {{ kind = 'ews', url = '{url}', kerberos = true }}\ntarget = {{ kind = 'bundle' }}\n"
    );
    scene.write("job.toml", job);
    let output = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .arg("--json")
        .envs(tickets)
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(0), "{}{}", told(&output), apache.log());
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    let rows = report["entities"].as_array().unwrap();
    let mail = rows.iter().find(|row| row["entity"] == "mail").unwrap();
    assert!(mail["source"].as_u64() > Some(5), "{mail}");
    assert_eq!(mail["source"], mail["moved"], "{mail}");
}
