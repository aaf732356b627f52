//! Who may send by which address, as the real Postfix reads it and enforces it.

use super::postfix::{ask, postmap};
use std::{collections::BTreeMap, fs};
use tegu_routing::Senders;
use tegu_testkit::Postfix;

/// Boris may send as Anna. O'Brien and another Boris have names that must stand in the map as they are.
fn senders() -> Senders {
    let mut senders = Senders::default();
    for (address, login) in [
        ("Anna@example.test", "anna"),
        ("a.alias@example.test", "anna"),
        ("anna@example.test", "boris"),
        ("a.alias@example.test", "boris"),
        ("boris@example.test", "boris"),
        ("vera@example.test", "Vera@example.test"),
        ("o'brien+tag@example.test", "$(x)%\\o'brien"),
        ("борис@почта.test", "b.i"),
        // Nobody gets a right by a name that a map would take for two, or for a line of its own.
        ("anna@example.test", "x,vera@example.test"),
        ("boris@example.test", "x\nanna@example.test vera@example.test"),
        ("x\nanna@example.test", "vera@example.test"),
    ] {
        senders.allow(address, login);
    }
    senders
}

#[test]
fn postmap_finds_what_was_allowed() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    let senders = senders();
    for (name, content) in senders.sheets() {
        fs::write(folder.join(name), content).unwrap();
    }
    let expected = [
        ("anna@example.test", "anna,boris"),
        ("a.alias@example.test", "anna,boris"),
        ("boris@example.test", "boris"),
        ("vera@example.test", "Vera@example.test"),
        ("o'brien+tag@example.test", "$(x)%\\o'brien"),
        ("борис@почта.test", "b.i"),
    ]
    .map(|(address, logins)| (address.to_owned(), logins.to_owned()));
    assert_eq!(postmap(folder, &[&format!("hash:{}", Senders::POSTFIX)], ""), "");
    for kind in ["hash", "texthash"] {
        let table = format!("{kind}:{}", folder.join(Senders::POSTFIX).display());
        let all = postmap(folder, &["-s", &table], "");
        let all: BTreeMap<String, String> = all
            .lines()
            .map(|line| line.split_once('\t').unwrap())
            .map(|(address, logins)| (address.to_owned(), logins.to_owned()))
            .collect();
        assert_eq!(all, expected.clone().into(), "{kind}");
        let asked = expected.iter().map(|(address, _)| address.as_str());
        assert_eq!(ask(folder, &table, asked), expected.clone().into(), "{kind}");
    }
}

#[test]
fn postfix_lets_nobody_else_send() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scratch = tempfile::tempdir().unwrap();
    let map = scratch.path().join(Senders::POSTFIX);
    fs::write(&map, senders().postfix()).unwrap();
    let postfix = Postfix::start(&format!(
        "smtpd_sender_login_maps = texthash:{}\nsmtpd_sender_restrictions = reject_sender_login_mismatch",
        map.display()
    ));
    for (login, from, may) in [
        ("anna", "anna@example.test", true),
        ("anna", "A.Alias@example.test", true),
        ("boris", "boris@example.test", true),
        ("boris", "anna@example.test", true),
        ("boris", "a.alias@example.test", true),
        ("vera@example.test", "vera@example.test", true),
        ("b.i", "борис@почта.test", true),
        ("anna", "boris@example.test", false),
        ("vera@example.test", "anna@example.test", false),
        ("vera@example.test", "a.alias@example.test", false),
        ("vera@example.test", "boris@example.test", false),
        ("vera@example.test", "nobody@example.test", false),
        ("x", "anna@example.test", false),
    ] {
        let reply = postfix.may_send(login, from);
        assert_eq!(reply.is_ok(), may, "{login} by {from}: {reply:?}");
        let why = reply.err().unwrap_or_default();
        assert!(may || why.contains("not owned by user"), "{why}");
    }
}
