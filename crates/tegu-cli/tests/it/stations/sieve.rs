//! `tegu sieve`: from an export to a script that a server runs.

use crate::TEGU;
use std::process::{Command, Output};
use tegu_testkit::Dovecot;

const RULES: &str = r#"[
    {"Mailbox": "anna@corp.example", "Name": "Счета", "Priority": 1, "Enabled": true, "SubjectContainsWords": ["счёт"], "MoveToFolder": "anna:\\Inbox\\Счета"},
    {"Mailbox": "anna@corp.example", "Name": "Later", "Priority": 2, "Enabled": true, "FlaggedForAction": "Call", "MoveToFolder": "anna:\\A"},
    {"Mailbox": "boris@corp.example", "Name": "Read", "Priority": 1, "Enabled": true, "MyNameInCcBox": true, "MarkAsRead": true}
]"#;

fn run(arguments: &[&str]) -> (Option<i32>, String, String) {
    run_as(Dovecot::password(), arguments)
}

fn run_as(password: &str, arguments: &[&str]) -> (Option<i32>, String, String) {
    let output: Output = Command::new(TEGU)
        .arg("sieve")
        .args(arguments)
        .env("TEGU_PASSWORD", password)
        .output()
        .unwrap();
    let text = |octets| String::from_utf8_lossy(octets).into_owned();
    (output.status.code(), text(&output.stdout), text(&output.stderr))
}

#[test]
fn rules_become_a_script_that_runs() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Dovecot::builder().sieve().start();
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("rules.json"), RULES).unwrap();
    let url = format!("sieve://anna@127.0.0.1:{}/", server.sieve_port());

    let (code, said, told) = run(&[
        "translate",
        "--rules",
        &path("rules.json"),
        "--server",
        &url,
        "--to",
        &path("out"),
    ]);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        said.contains("exact  [Счета] if the subject contains \"счёт\": move to Inbox/Счета"),
        "{said}"
    );
    assert!(
        said.contains("manual [Later]") && said.contains("SIEVE-CONDITION"),
        "{said}"
    );
    let script = path("out/00001-anna@corp.example.sieve");
    assert!(
        std::fs::read_to_string(&script)
            .unwrap()
            .contains("# By hand: [Later]")
    );

    let put = ["put", "--url", &url, "--script", &script, "--activate"];
    let (code, said, told) = run(&[&put[..], &["--dry-run"]].concat());
    assert_eq!(
        (code, said.as_str()),
        (Some(0), "tegu would be moved\n"),
        "{told}"
    );
    assert_eq!(run(&put).1, "tegu is moved\n");
    assert_eq!(run(&put).1, "tegu is present\n");

    // As Boris's script, by an administrator; it is named in JSON.
    let admin = format!("sieve://admin@127.0.0.1:{}/", server.sieve_port());
    let other = path("out/00002-boris@corp.example.sieve");
    let (code, said, told) = run_as(
        "adminp",
        &[
            "put", "--url", &admin, "--for", "boris", "--script", &other, "--json",
        ],
    );
    assert_eq!(code, Some(0), "{told}");
    assert!(
        said.contains("\"state\":\"moved\"") && said.contains("SIEVE-NOT-ACTIVE"),
        "{said}"
    );
}

#[test]
fn wrong_input_is_named() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    std::fs::write(path("cut.json"), &RULES[..200]).unwrap();
    let translate = |extra: &[&str]| {
        run(&[
            &["translate", "--rules", &path("cut.json"), "--to", &path("out")],
            extra,
        ]
        .concat())
    };
    let (code, _, told) = translate(&["--extensions", "fileinto"]);
    assert_eq!(code, Some(1));
    assert!(
        told.contains("cut.json") && told.contains("the export is cut"),
        "{told}"
    );
    assert!(!dir.path().join("out").exists());
    assert_eq!(translate(&[]).0, Some(2));
    assert_eq!(
        translate(&["--extensions", "x", "--encoding", "klingon"]).0,
        Some(2)
    );
    assert_eq!(
        run(&["put", "--url", "imap://a@b/", "--script", &path("cut.json")]).0,
        Some(2)
    );
}

#[test]
fn transport_rules_become_proposals() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str| dir.path().join(name).display().to_string();
    let rules = r#"[
        {"Name":"Копии","Priority":0,"State":"Enabled","Mode":"Enforce","SentTo":["sales@corp.example"],"BlindCopyTo":["audit@corp.example"]},
        {"Name":"Footer","Priority":1,"State":"Enabled","Mode":"Enforce","SentToScope":"NotInOrganization","ApplyHtmlDisclaimerText":"x"}]"#;
    std::fs::write(path("transport.json"), rules).unwrap();
    let arguments = [
        "transport",
        "--rules",
        &path("transport.json"),
        "--domain",
        "corp.example",
        "--to",
        &path("out"),
    ];
    let (code, said, told) = run(&arguments);
    assert_eq!(code, Some(3), "{told}");
    assert!(
        said.contains("postfix exact  [Копии]") && said.contains("sieve   manual [Footer]"),
        "{said}"
    );
    let map = std::fs::read_to_string(path("out/postfix-recipient-access")).unwrap();
    assert!(
        map.contains("sales@corp.example BCC audit@corp.example\n"),
        "{map}"
    );
    for name in [
        "before.sieve",
        "proposals.csv",
        "rspamd-multimap.conf",
        "postfix-header-checks",
    ] {
        assert!(dir.path().join("out").join(name).exists(), "{name}");
    }
    std::fs::write(path("transport.json"), &rules[..40]).unwrap();
    let (code, _, told) = run(&arguments);
    assert!(
        code == Some(1) && told.contains("Get-TransportRule") && told.contains("transport.json"),
        "{told}"
    );
}
