//! Proposals for transport rules, read back by the programs that they are for: sievec and postmap.

use std::path::Path;
use std::process::Command;
use tegu_sieve::read::{Encoding, Limits};
use tegu_sieve::transport::{Proposals, propose, transport_rules};
use tegu_testkit::sieve::Pigeonhole;

const EXPORT: &str = r#"[
    {"Name":"No spies","Priority":0,"State":"Enabled","Mode":"Enforce","SenderDomainIs":["spy.example","Evil.example"],"DeleteMessage":true},
    {"Name":"Words","Priority":1,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["top secret","a.b"],"RejectMessageReasonText":"not outside: \"never\""},
    {"Name":"Слова","Priority":2,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["тайна"],"ExceptIfFrom":["\"Boss\" [SMTP:boss@corp.example]"],"RejectMessageReasonText":"нельзя"},
    {"Name":"Copies","Priority":3,"State":"Enabled","Mode":"Enforce","SentTo":["\"Sales\" [SMTP:Sales@corp.example]"],"BlindCopyTo":["\"Audit\" [SMTP:audit@corp.example]"]},
    {"Name":"TLS","Priority":4,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["bank.example"],"RouteMessageOutboundRequireTls":true},
    {"Name":"Header","Priority":5,"State":"Enabled","Mode":"Enforce","HeaderContainsMessageHeader":"X-Mailer","HeaderContainsWords":["Bad/1"],"SetHeaderName":"X-Bad","SetHeaderValue":"yes"},
    {"Name":"Files","Priority":6,"State":"Enabled","Mode":"Enforce","AttachmentExtensionMatchesWords":["exe"],"ExceptIfFromScope":"InOrganization","RemoveHeader":"X-Scan","RedirectMessageTo":["audit@corp.example"]},
    {"Name":"Size","Priority":7,"State":"Enabled","Mode":"Enforce","MessageSizeOver":"10 MB (10,485,760 bytes)","RecipientDomainIs":["corp.example"],"DeleteMessage":true,"StopRuleProcessing":true},
    {"Name":"Named","Priority":11,"State":"Enabled","Mode":"Enforce","AnyOfToCcHeader":["\"Boss\" [SMTP:boss@corp.example]"],"RemoveHeader":"X-Private"},
    {"Name":"Addresses","Priority":12,"State":"Enabled","Mode":"Enforce","FromAddressContainsWords":["billing"],"RecipientAddressMatchesPatterns":["^sales"],"DeleteMessage":true},
    {"Name":"Names","Priority":13,"State":"Enabled","Mode":"Enforce","RecipientAddressContainsWords":["boss"],"AttachmentNameMatchesPatterns":["invoice.*\\.zip$"],"RejectMessageReasonText":"no archives"}]"#;

fn written(folder: &Path) -> Proposals {
    let rules = transport_rules(EXPORT.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    let proposed = propose(&rules, &["corp.example".to_owned()]);
    for (name, text) in &proposed.files {
        std::fs::write(folder.join(name), text).unwrap();
    }
    std::fs::write(folder.join("main.cf"), "compatibility_level = 3.6\n").unwrap();
    proposed
}

/// What a map answers for a key; nothing if it has no line for it.
fn asked(folder: &Path, map: &str, key: &str) -> String {
    let output = Command::new("/usr/sbin/postmap")
        .arg("-c")
        .arg(folder)
        .args(["-q", key, map])
        .current_dir(folder)
        .output()
        .expect("postmap (Debian package postfix)");
    let warned = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(warned.is_empty(), "{map} {key}: {warned}");
    String::from_utf8(output.stdout).unwrap().trim().to_owned()
}

#[test]
fn postfix_reads_its_maps() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    written(folder.path());
    for (map, key, answer) in [
        ("texthash:postfix-sender-access", "spy.example", "DISCARD"),
        ("texthash:postfix-sender-access", "evil.example", "DISCARD"),
        ("texthash:postfix-sender-access", "corp.example", ""),
        (
            "texthash:postfix-recipient-access",
            "sales@corp.example",
            "BCC audit@corp.example",
        ),
        ("texthash:postfix-tls-policy", "bank.example", "encrypt"),
        ("texthash:postfix-tls-policy", ".bank.example", "encrypt"),
        (
            "regexp:postfix-header-checks",
            "Subject: this is TOP SECRET!",
            "REJECT not outside: \"never\"",
        ),
        (
            "regexp:postfix-header-checks",
            "Subject: a.b",
            "REJECT not outside: \"never\"",
        ),
        ("regexp:postfix-header-checks", "Subject: axb", ""),
        ("regexp:postfix-header-checks", "Subject: stop secretly", ""),
        ("regexp:postfix-header-checks", "X-Other: top secret", ""),
        (
            "regexp:postfix-header-checks",
            "X-Mailer: Bad/1 beta",
            "PREPEND X-Bad: yes",
        ),
        ("regexp:postfix-header-checks", "X-Mailer: Bad/12", ""),
    ] {
        assert_eq!(asked(folder.path(), map, key), answer, "{map} {key}");
    }
}

#[test]
fn sievec_takes_the_script() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let proposed = written(folder.path());
    let script = &proposed.files["before.sieve"];
    for name in [
        "No spies",
        "Words",
        "Слова",
        "Copies",
        "Files",
        "Size",
        "Named",
        "Addresses",
        "Names",
    ] {
        assert!(script.contains(&format!("rule:[{name}]")), "{name}: {script}");
    }
    let engine = Pigeonhole::new("sieve_extensions = +editheader");
    engine
        .compile(script)
        .unwrap_or_else(|said| panic!("{said}\n{script}"));
}

/// The header that a rule wrote is the one that later tests see (RFC 5293, section 5).
#[test]
fn a_subject_gets_its_prefix() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let export = r#"[{"Name":"Marked","Priority":0,"State":"Enabled","Mode":"Enforce","FromScope":"NotInOrganization","PrependSubject":"[EXT] 100% "},
        {"Name":"Named","Priority":1,"State":"Enabled","Mode":"Enforce","AnyOfToCcHeader":["boss@corp.example"],"SetHeaderName":"X-Boss","SetHeaderValue":"yes"}]"#;
    let rules = transport_rules(export.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    let proposed = propose(&rules, &["corp.example".to_owned()]);
    let script = format!(
        "require [\"fileinto\"];\n{}if header :is \"Subject\" \"[EXT] 100% Привет, мир\" {{ fileinto \"marked\"; }}\n\
         if header :is \"Subject\" \"[EXT] 100%\" {{ fileinto \"marked\"; }}\n\
         if header :is \"X-Boss\" \"yes\" {{ fileinto \"boss\"; }}\n",
        proposed.files["before.sieve"]
    );
    let subject = "Subject: =?UTF-8?B?0J/RgNC40LLQtdGCLCDQvNC40YA=?=\r\n";
    let message = |from: &str, more: &str| {
        format!("From: {from}\r\nTo: ann@corp.example\r\nMessage-ID: <1@test>\r\n{more}\r\nx\r\n")
            .into_bytes()
    };
    let messages = [
        message("a@x.example", subject),
        message("a@x.example", ""),
        message("a@corp.example", subject),
        message("a@corp.example", "Cc: \"Boss, the\" <Boss@corp.example>\r\n"),
    ];
    let engine = Pigeonhole::new("sieve_extensions = +editheader");
    let done = engine.filter(&script, &messages, None);
    let folders: Vec<_> = done
        .iter()
        .map(|done| done.folders.keys().cloned().collect::<Vec<_>>())
        .collect();
    assert_eq!(folders, [["marked"], ["marked"], ["INBOX"], ["boss"]], "{script}");
}
