//! Signing in to a directory with a Kerberos ticket.

use crate::TEGU;
use std::process::Command;
use tegu_testkit::SambaAd;

/// Signs in with a ticket that `kinit` got from the domain's own ticket server.
#[cfg(all(feature = "gssapi", unix))]
#[test]
fn a_ticket_is_as_good_as_a_password() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    // A domain controller registers this by itself, once all its services run.
    samba.serve(&["ldap/dc1.corp.example.test"]);
    let dir = tempfile::tempdir().unwrap();
    let tickets = samba.tickets();
    let (url, ca) = (samba.ldaps_url(), samba.ca_pem().display().to_string());
    let run = |host: &str, has_ticket: bool| {
        let out = dir.path().join(host).display().to_string();
        let mut command = Command::new(TEGU);
        command
            .args([
                "ldap",
                "plan",
                "--url",
                &url,
                "--ca",
                &ca,
                "--ticket",
                host,
                "--base",
                samba.base_dn(),
            ])
            .args([
                "--profile",
                "samba",
                "--domains",
                "corp.example.test",
                "--out",
                &out,
                "--json",
            ]);
        if has_ticket {
            command.envs(tickets.clone());
        } else {
            command.env("KRB5CCNAME", "FILE:/nonexistent/tickets");
        }
        command.output().unwrap()
    };
    let output = run("dc1.corp.example.test", true);
    assert!(
        matches!(output.status.code(), Some(0 | 3)),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert!(summary["entries"].as_u64() > Some(0), "{summary}");

    // The builder of a job takes tickets too.
    let servers = [url.clone(), samba.base_dn().to_owned()];
    let test = "stations::ticket::the_builder_takes_tickets_for_a_directory";
    tegu_testkit::tickets::in_a_process(test, &servers, &tickets);

    // No ticket, and no such service.
    for output in [
        run("dc1.corp.example.test", false),
        run("nowhere.corp.example.test", true),
    ] {
        let told = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(output.status.code(), Some(1), "{told}");
        assert!(
            told.contains("with a ticket") && told.contains("Kerberos"),
            "{told}"
        );
    }
}

/// A part of [`a_ticket_is_as_good_as_a_password`]. The name of the domain controller is known to the ticket server alone.
#[cfg(all(feature = "gssapi", unix))]
#[tokio::test]
async fn the_builder_takes_tickets_for_a_directory() {
    use tegu_migrate::{
        Login,
        net::{Endpoint, Stream, Tls},
        sources::{DirectorySource as _, LdapDirectory},
    };
    let Some(servers) = tegu_testkit::tickets::facts() else {
        return;
    };
    let [url, base] = &servers[..] else {
        panic!("{servers:?}")
    };
    let place = Endpoint::new(url).unwrap();
    let (host, port) = (place.host().to_owned(), place.port());
    let named = Endpoint::new(&format!("ldaps://dc1.corp.example.test:{port}"))
        .unwrap()
        .tls(Tls::default().dangerously_accept_any_certificate())
        .dialer(move |_: String, port: u16| {
            let place = (host.clone(), port);
            async move { Ok(Stream::new(tokio::net::TcpStream::connect(place).await?)) }
        });
    let domains = ["corp.example.test"];
    let directory = LdapDirectory::new(named, base, Login::kerberos(), domains, "samba").unwrap();
    assert!(!directory.read().await.unwrap().rows.is_empty());
}
