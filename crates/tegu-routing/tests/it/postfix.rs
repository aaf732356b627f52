//! Routing sheets, as the real Postfix reads them.

use std::{
    collections::{BTreeMap, BTreeSet},
    fs,
    io::Write,
    path::Path,
    process::{Command, Stdio},
    thread,
};
use tegu_routing::{Recipient, RecipientKind, Server, Servers, Sheets, Stage, Stages, prove};

/// A configuration of its own, so that nothing of the machine's Postfix counts.
pub(super) fn postmap(folder: &Path, words: &[&str], asked: &str) -> String {
    fs::write(folder.join("main.cf"), "compatibility_level = 3.6\n").unwrap();
    let mut child = Command::new("/usr/sbin/postmap")
        .arg("-c")
        .arg(folder)
        .args(words)
        .current_dir(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("postmap (Debian package postfix)");
    let mut stdin = child.stdin.take().unwrap();
    let asked = asked.to_owned();
    let asking = thread::spawn(move || stdin.write_all(asked.as_bytes()).unwrap());
    let output = child.wait_with_output().unwrap();
    asking.join().unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(complaint.is_empty(), "{words:?}: {complaint}");
    String::from_utf8(output.stdout).unwrap()
}

/// What a table says to each of these keys.
pub(super) fn ask<'a>(
    folder: &Path,
    table: &str,
    keys: impl Iterator<Item = &'a str>,
) -> BTreeMap<String, String> {
    let asked = keys.map(|key| format!("{key}\n")).collect::<String>();
    let answers = postmap(folder, &["-q", "-", table], &asked);
    let pairs = answers
        .lines()
        .map(|line| line.split_once(char::is_whitespace).unwrap());
    pairs
        .map(|(key, value)| (key.to_owned(), value.trim().to_owned()))
        .collect()
}

#[test]
fn the_real_postfix_finds_what_was_proved() {
    let servers = Servers::new("exchange.test", "mail.test:2525", "tegu.example.test").unwrap();
    let names = [
        "anna",
        "o'brien",
        "b+tag",
        "-dash",
        "a=b",
        "~home",
        "$(x)",
        "${y}",
        "%1",
        "{z}",
        "x|y",
        "!bang",
        "Upper.Case",
        "борис",
        "q?",
        "back`tick",
        "*star",
        "caret^",
        "slash/x",
        "a&b",
    ];
    let named = names.iter().map(|name| (*name).to_owned());
    let numbered = (0..500).map(|number| format!("u{number:03}"));
    let mut recipients = named
        .chain(numbered)
        .flat_map(|name| {
            let domain = if name.len() % 2 == 0 {
                "example.test"
            } else {
                "почта.test"
            };
            let mailbox = Recipient::mailbox(format!("{name}@{domain}"));
            [mailbox.aliases([format!("{name}.alias@example.test")])]
        })
        .collect::<Vec<_>>();
    recipients.push(Recipient::group("all@example.test"));
    let mut stages = Stages::default();
    let moved = recipients.iter().filter(|one| one.kind == RecipientKind::Mailbox);
    let moved = moved.step_by(2).map(|one| one.mail.clone()).collect::<Vec<_>>();
    for stage in [Stage::Copying, Stage::Following, Stage::CutOver] {
        stages.advance(&moved, stage).unwrap();
    }
    let sheets = Sheets::new(&servers, &recipients, &stages);
    let proof = prove(&servers, &sheets, &recipients, &stages, &[]);
    let unsafe_ones = proof
        .findings
        .iter()
        .filter(|finding| finding.code == "COEX-ADDRESS-UNSAFE");
    assert_eq!(unsafe_ones.count(), proof.findings.len(), "{:?}", proof.findings);
    let ends = proof.destinations.values().copied().collect::<BTreeSet<_>>();
    assert_eq!((proof.destinations.len() > 1_000, ends.len()), (true, 2));

    let scratch = tempfile::tempdir().unwrap();
    let folder = scratch.path();
    sheets.write_to(folder).unwrap();
    for name in ["transport", "virtual"] {
        assert_eq!(postmap(folder, &[&format!("hash:{name}")], ""), "");
    }
    let domains = [
        "tegu.example.test",
        "example.test",
        "почта.test",
        "elsewhere.test",
    ];
    for kind in ["hash", "texthash"] {
        let table = format!("{kind}:{}", folder.join("transport").display());
        let of_domains = ask(folder, &table, domains.into_iter());
        let [tegu, exchange, other] = [0, 1, 2].map(|at| of_domains[domains[at]].as_str());
        assert!(tegu.contains("mail.test") && exchange.contains("exchange.test"));
        assert_eq!((exchange, of_domains.len()), (other, 3));

        let found = ask(folder, &table, proof.destinations.keys().map(String::as_str));
        for (address, end) in &proof.destinations {
            let wanted = match end {
                Server::Exchange => exchange,
                _ => tegu,
            };
            assert_eq!(
                found.get(address).map(String::as_str),
                Some(wanted),
                "{kind}: {address}"
            );
        }
        assert_eq!(found.len(), proof.destinations.len());
        assert!(ask(folder, &table, ["nobody@example.test"].into_iter()).is_empty());

        let table = format!("{kind}:{}", folder.join("virtual").display());
        let aliases = proof.destinations.iter().filter(|(_, end)| **end == Server::Tegu);
        let aliases = aliases.filter(|(address, _)| {
            let owner = |one: &&Recipient| one.mail.to_lowercase() == **address;
            recipients.iter().any(|one| owner(&one))
        });
        let aliases = aliases.map(|(address, _)| {
            let (local, domain) = address.rsplit_once('@').unwrap();
            (format!("{local}={domain}@tegu.example.test"), address.clone())
        });
        let aliases = aliases.collect::<BTreeMap<_, _>>();
        assert!(aliases.len() > 200);
        assert_eq!(
            ask(folder, &table, aliases.keys().map(String::as_str)),
            aliases,
            "{kind}"
        );
    }
}
