//! Signing in to a directory with a Kerberos ticket.

use crate::TEGU;
use std::{
    io::Write as _,
    process::{Command, Stdio},
};
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
    samba.ldapmodify(&format!(
        "dn: CN=DC1,OU=Domain Controllers,{}\nchangetype: modify\nadd: servicePrincipalName\n\
         servicePrincipalName: ldap/dc1.corp.example.test\n",
        samba.base_dn()
    ));
    let dir = tempfile::tempdir().unwrap();
    let (config, cache) = (dir.path().join("krb5.conf"), dir.path().join("tickets"));
    let text = format!(
        "[libdefaults]\ndefault_realm = CORP.EXAMPLE.TEST\ndns_lookup_realm = false\ndns_lookup_kdc = false\n\
         dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n\
         [realms]\nCORP.EXAMPLE.TEST = {{\n  kdc = {}\n}}\n\
         [domain_realm]\n.corp.example.test = CORP.EXAMPLE.TEST\n",
        samba.host()
    );
    std::fs::write(&config, text).unwrap();
    let with_tickets = |command: &mut Command| {
        command
            .env("KRB5_CONFIG", &config)
            .env("KRB5CCNAME", format!("FILE:{}", cache.display()));
    };
    let mut kinit = Command::new("kinit");
    with_tickets(kinit.arg("Administrator").stdin(Stdio::piped()));
    let mut kinit = kinit.spawn().expect("start kinit (Debian package krb5-user)");
    let line = format!("{}\n", samba.password());
    kinit.stdin.take().unwrap().write_all(line.as_bytes()).unwrap();
    assert!(kinit.wait().unwrap().success());

    let (url, ca) = (samba.ldaps_url(), samba.ca_pem().display().to_string());
    let run = |host: &str, tickets: bool| {
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
        if tickets {
            with_tickets(&mut command);
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
