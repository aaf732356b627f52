//! Samba as an Active Directory domain controller: single-valued `mail`, UTF-8, TLS before a password.

use tegu_ldap::check::{self, CheckOptions};
use tegu_ldap::client::{AttributeSet, Client, Credentials, Endpoint, SearchLimits};
use tegu_ldap::{Directory, Plan, Profile, plan};
use tegu_net::Tls;
use tegu_testkit::SambaAd;

use super::sample;

async fn read(samba: &SambaAd) -> Directory {
    let pem = std::fs::read(samba.ca_pem()).unwrap();
    let endpoint = Endpoint::new(&samba.ldap_url())
        .unwrap()
        .tls(Tls::default().trust_pem(&pem).unwrap());
    let administrator = Credentials::password(samba.bind_dn(), samba.password().to_owned());
    let mut client = Client::connect(&endpoint, &administrator).await.unwrap();
    let entries = client
        .search(
            samba.base_dn(),
            &AttributeSet::exchange(),
            &SearchLimits::default(),
        )
        .await
        .unwrap();
    Directory::from_entries(entries)
}

fn planned(directory: &Directory) -> Plan {
    let profile = Profile::builtin("samba").unwrap();
    let options = CheckOptions::new().profile(profile.clone());
    plan::plan(directory, &profile, &check::run(directory, &options))
}

#[tokio::test]
async fn a_plan_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let samba = SambaAd::start();
    samba.load_ldif(&sample::organisation(samba.base_dn(), true));
    traps(&samba);
    let before = read(&samba).await;
    assert!(
        before.accounts().iter().all(|a| a.id().len() == 36),
        "objectGUID is the identity"
    );
    // krbtgt and the like are recognised.
    assert!(!before.set_aside().is_empty());
    let plan = planned(&before);
    let people: Vec<_> = plan
        .changes()
        .iter()
        .map(|c| c.dn().first_value().unwrap())
        .collect();
    assert_eq!(people.len(), 4, "{people:?}");
    samba.ldapmodify(&plan.apply_ldif().unwrap());
    let after = read(&samba).await;
    assert!(planned(&after).is_empty());
    samba.ldapmodify(&plan.undo_ldif().unwrap());
    let undone = read(&samba).await;
    assert_eq!(
        serde_json::to_value(&before).unwrap(),
        serde_json::to_value(&undone).unwrap()
    );
}

/// What a domain refuses and what it does not.
fn traps(samba: &SambaAd) {
    let dn = format!("CN=Ann Smith,OU=Staff,{}", samba.base_dn());
    let change = |change: &str| samba.try_ldapmodify(&format!("dn: {dn}\nchangetype: modify\n{change}\n"));
    // One value only, so that adding to one that was filled in between is refused without a condition.
    let refused = change("add: mail\nmail: second@example.test").unwrap_err();
    assert!(refused.contains("SINGLE-VALUE attribute mail"), "{refused}");
    // Letters of any alphabet, and an address that another entry has.
    let cyrillic = "replace: mail\nmail:: 0LBAZXhhbXBsZS50ZXN0";
    change(cyrillic).unwrap();
    change("replace: mail\nmail: olga@example.test").unwrap();
    change("replace: mail\nmail: ann@example.test").unwrap();
}

/// A thousand accounts: loaded once, and kept as a copy of the domain's folder for later runs on this machine.
#[tokio::test]
async fn a_plan_of_a_thousand_applies_once_and_is_undone() {
    if tegu_testkit::skip_servers() {
        return;
    }
    const COUNT: usize = 1_000;
    let samba = SambaAd::builder()
        .load(sample::many("DC=corp,DC=example,DC=test", COUNT))
        .start();
    let before = read(&samba).await;
    let many = |d: &Directory| {
        d.accounts()
            .iter()
            .filter(|a| a.sam_account_name().is_some_and(|s| s.starts_with("many")))
            .count()
    };
    assert_eq!(many(&before), COUNT);
    assert!(
        before
            .accounts()
            .iter()
            .all(|a| a.sid().is_some_and(|sid| sid.starts_with("S-1-5-21-")))
    );
    let plan = planned(&before);
    // Two thirds lack the right mail; the further addresses stand in proxyAddresses already.
    assert_eq!(plan.changes().len(), COUNT - COUNT / 3);
    samba.ldapmodify(&plan.apply_ldif().unwrap());
    assert!(planned(&read(&samba).await).is_empty());
    samba.ldapmodify(&plan.undo_ldif().unwrap());
    let state = |directory: &Directory| {
        let mut value = serde_json::to_value(directory).unwrap();
        for list in ["accounts", "groups", "contacts"] {
            let list = value[list].as_array_mut().unwrap();
            list.sort_by_key(|o| o["id"].as_str().unwrap().to_owned());
        }
        value
    };
    assert_eq!(state(&before), state(&read(&samba).await));
}

/// Signs in with a ticket that `kinit` got from the domain's own ticket server.
#[cfg(all(feature = "gssapi", unix))]
#[test]
fn a_ticket_is_as_good_as_a_password() {
    use std::io::Write as _;
    use std::process::{Command, Stdio};

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
    let mut program = std::env::current_exe().unwrap();
    program.pop();
    program.pop();
    let run = |host: &str, tickets: bool| {
        let out = dir.path().join(host).display().to_string();
        let mut command = Command::new(program.join("examples/directory_plan"));
        command
            .args([
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
