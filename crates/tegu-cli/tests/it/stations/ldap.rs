//! `tegu ldap`.

use std::path::Path;
use std::process::{Command, Output};

use tegu_testkit::Slapd;

use crate::TEGU;

#[path = "../../../../tegu-ldap/tests/it/sample.rs"]
#[allow(dead_code, reason = "the tests of tegu-ldap use the rest")]
mod sample;

fn tegu(command: &str) -> Command {
    let mut tegu = Command::new(TEGU);
    tegu.args(["ldap", command]);
    tegu
}

fn code(output: &Output) -> i32 {
    let text = String::from_utf8_lossy(&output.stderr);
    output.status.code().unwrap_or_else(|| panic!("{text}"))
}

fn plan(source: &[&str], profile: &str, out: &Path) -> Output {
    let out = out.display().to_string();
    let rest = [
        "--profile",
        profile,
        "--domains",
        "example.test,corp.example.test",
        "--out",
        &out,
        "--json",
    ];
    tegu("plan")
        .args(source)
        .args(rest)
        .env("TEGU_LDAP_PASSWORD", "secret")
        .output()
        .unwrap()
}

#[test]
fn a_live_directory_is_planned_and_its_addresses_are_known() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let slapd = Slapd::builder().exchange_schema().start();
    slapd.load_ldif(&sample::organisation(slapd.base_dn(), true));
    let (url, bind, base) = (slapd.ldaps_url(), slapd.bind_dn(), slapd.base_dn());
    let ca = slapd.ca_pem().display().to_string();
    let source = ["--url", &url, "--ca", &ca, "--bind-dn", &bind, "--base", base];
    let out = slapd.dir().join("plan");
    let output = plan(&source, "tegu", &out);
    // The shared mailbox is for a person: nobody could sign in to it.
    assert_eq!(code(&output), 3, "{output:?}");
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (summary["entries"].as_u64(), summary["changed_entries"].as_u64()),
        (Some(9), Some(4))
    );
    let read = |name: &str| std::fs::read_to_string(out.join(name)).unwrap();
    for name in ["accounts.json", "findings.json", "gal.json"] {
        serde_json::from_str::<serde_json::Value>(&read(name)).unwrap();
    }
    for file in std::fs::read_dir(&out).unwrap() {
        use std::os::unix::fs::PermissionsExt as _;
        let file = file.unwrap();
        let mode = file.metadata().unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{:?}", file.path());
    }
    slapd.ldapmodify(&read("apply.ldif"));
    let again = plan(&source, "tegu", &slapd.dir().join("again"));
    let summary: serde_json::Value = serde_json::from_slice(&again.stdout).unwrap();
    assert_eq!(summary["changed_entries"].as_u64(), Some(0));
    slapd.ldapmodify(&read("undo.ldif"));

    let accounts = out.join("accounts.json").display().to_string();
    let who = |addresses: &[&str]| {
        let mut command = tegu("who");
        command
            .args(["--accounts", &accounts])
            .args(addresses)
            .output()
            .unwrap()
    };
    let found = who(&[
        "IMCEAEX-_O=EXAMPLE_CN=RECIPIENTS_CN=IVAN@x.example",
        "MARIA@corp.example.test",
        "olga",
    ]);
    assert_eq!(code(&found), 0);
    let text = String::from_utf8_lossy(&found.stdout).into_owned();
    let lines: Vec<_> = text.lines().collect();
    assert!(
        lines[0].contains("user Иван Иванов <ivan@example.test>"),
        "{text}"
    );
    assert!(
        lines[1].contains("Мария Петрова") && lines[2].contains("Ольга Соколова"),
        "{text}"
    );
    assert_eq!(code(&who(&["nobody@example.test"])), 3);
    assert_eq!(code(&who(&[])), 2);
}

/// A directory's names reach a terminal as text.
#[test]
fn names_do_not_speak_to_the_terminal() {
    let dir = tempfile::tempdir().unwrap();
    let hostile = "dn: CN=a,DC=x\nobjectClass: user\n\
                   displayName:: G10yO293bmVkBxtbMzFtQW5u4oCu\nmail: a@example.test\n\
                   altRecipient:: Q049G1szMW0=\n";
    let ldif = dir.path().join("hostile.ldif");
    std::fs::write(&ldif, hostile).unwrap();
    let out = dir.path().join("out");
    let ldif = ldif.display().to_string();
    let source = ["--ldif", &ldif, "--profile", "tegu", "--domains", "example.test"];
    let mut planned = tegu("plan");
    let planned = planned.args(source).arg("--out").arg(&out).output().unwrap();
    let mut who = tegu("who");
    let who = who.arg("--accounts").arg(out.join("accounts.json"));
    let who = who
        .args(["a@example.test", "\u{1b}[2Jb@example.test"])
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&who.stdout).contains("Ann"), "{who:?}");
    for output in [planned, who] {
        for text in [output.stdout, output.stderr] {
            let text = String::from_utf8(text).unwrap();
            assert!(!text.contains(['\u{1b}', '\u{7}', '\u{202e}']), "{text:?}");
        }
    }
}

#[test]
fn exit_statuses() {
    let dir = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = dir.path().join(name);
        std::fs::write(&path, text).unwrap();
        path.display().to_string()
    };
    let sound = "dn: CN=a,DC=x\nobjectClass: user\ncn: a\nmail: a@example.test\n";
    let well = path("well.ldif", sound);
    let broken = path(
        "broken.ldif",
        &format!("{sound}\ndn: CN=b,DC=x\nno colon\n\ndn: CN=c,DC=x\nobjectClass: contact\n"),
    );
    let table = path(
        "mailboxes.csv",
        "DistinguishedName,PrimarySmtpAddress,RecipientTypeDetails\n\"CN=a,DC=x\",a@example.test,UserMailbox\n",
    );
    let rights = path(
        "rights.json",
        r#"{"Identity":"CN=a,DC=x","User":"X\\b","AccessRights":["FullAccess"]}"#,
    );
    let out = dir.path().join("out");
    assert_eq!(code(&plan(&["--ldif", &well], "tegu", &out)), 0);
    let output = plan(&["--ldif", &broken], "tegu", &out);
    assert_eq!(code(&output), 4);
    assert!(
        String::from_utf8_lossy(&output.stderr).contains("line 7"),
        "{output:?}"
    );
    // The records around it were read.
    let summary: serde_json::Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(
        (summary["entries"].as_u64(), summary["unreadable"].as_u64()),
        (Some(2), Some(1))
    );
    let both = format!("{table},{rights}");
    assert_eq!(code(&plan(&["--export", &both], "tegu", &out)), 0);
    let accounts = std::fs::read_to_string(out.join("accounts.json")).unwrap();
    assert!(accounts.contains("full-access"), "{accounts}");
    assert_eq!(code(&plan(&["--ldif", "/nowhere"], "tegu", &out)), 1);
    assert_eq!(code(&plan(&["--ldif", &well], "nowhere.toml", &out)), 1);
    assert_eq!(code(&plan(&[], "tegu", &out)), 2);
    assert_eq!(code(&tegu("who").arg("--what").output().unwrap()), 2);
}
