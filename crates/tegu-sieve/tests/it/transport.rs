//! Proposals for transport rules, read back by the programs that they are for: sievec, postmap and Rspamd.

use std::path::Path;
use std::process::Command;
use tegu_sieve::read::{Encoding, Limits};
use tegu_sieve::translate::Verdict;
use tegu_sieve::transport::{Proposals, Target, TransportRule, propose, transport_rules};
use tegu_testkit::Rspamd;
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

fn exported() -> Vec<TransportRule> {
    transport_rules(EXPORT.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap()
}

fn written(folder: &Path, rules: &[TransportRule]) -> Proposals {
    let proposed = propose(rules, &["corp.example".to_owned()]);
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

/// Asks maps for keys, and compares the answers.
fn answers(folder: &Path, cases: &[(&str, &str, &str)]) {
    for (map, key, answer) in cases {
        assert_eq!(asked(folder, map, key), *answer, "{map} {key}");
    }
}

#[test]
fn postfix_reads_its_maps() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    written(folder.path(), &exported());
    answers(
        folder.path(),
        &[
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
        ],
    );
}

/// A map has one line for a key, and the key that is closest to an address counts: what a second rule cannot say is told.
#[test]
fn postfix_rules_that_meet_in_one_map() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let export = r#"[
        {"Name":"audit","Priority":0,"State":"Enabled","Mode":"Enforce","SentTo":["sales@corp.example"],"BlindCopyTo":["audit@corp.example"]},
        {"Name":"equal","Priority":1,"State":"Enabled","Mode":"Enforce","SentTo":["ann@corp.example","sales@corp.example"],"BlindCopyTo":["other@corp.example"]},
        {"Name":"domain","Priority":2,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["corp.example"],"RejectMessageReasonText":"closed"},
        {"Name":"below","Priority":3,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["sub.corp.example"],"DeleteMessage":true},
        {"Name":"beside","Priority":4,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["notcorp.example"],"DeleteMessage":true},
        {"Name":"tls","Priority":5,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["bank.example"],"RouteMessageOutboundRequireTls":true},
        {"Name":"tls again","Priority":6,"State":"Enabled","Mode":"Enforce","RecipientDomainIs":["bank.example","sub.bank.example"],"RouteMessageOutboundRequireTls":true},
        {"Name":"mark","Priority":7,"State":"Enabled","Mode":"Enforce","HeaderMatchesMessageHeader":"X-Mailer","HeaderMatchesPatterns":["Bad|Worse"],"SetHeaderName":"X-Bad","SetHeaderValue":"yes"},
        {"Name":"refuse","Priority":8,"State":"Enabled","Mode":"Enforce","HeaderMatchesMessageHeader":"x-mailer","HeaderMatchesPatterns":["^Worse"],"RejectMessageReasonText":"no"},
        {"Name":"alternatives","Priority":9,"State":"Enabled","Mode":"Enforce","SubjectMatchesPatterns":["^a|b"],"DeleteMessage":true}]"#;
    let rules = transport_rules(export.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let proposed = written(folder.path(), &rules);
    let told: Vec<String> = proposed
        .proposals
        .iter()
        .filter(|one| one.target == Target::Postfix)
        .map(|one| {
            let codes = one
                .findings
                .iter()
                .map(|finding| finding.code.trim_start_matches("SIEVE-TRANSPORT-"));
            format!(
                "{} {:?} {}",
                one.rule,
                one.verdict,
                codes.collect::<Vec<_>>().join(" ")
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            "audit Exact ",
            "equal Manual SHAPE",
            "domain Lossy EACH LINE",
            "below Manual SHAPE",
            "beside Exact ",
            "tls Exact ",
            "tls again Exact ",
            "mark Lossy PATTERN RAW HEADER",
            "refuse Lossy PATTERN RAW LINE",
            "alternatives Manual PATTERN RAW PART",
        ]
    );
    answers(
        folder.path(),
        &[
            (
                "texthash:postfix-recipient-access",
                "sales@corp.example",
                "BCC audit@corp.example",
            ),
            ("texthash:postfix-recipient-access", "ann@corp.example", ""),
            (
                "texthash:postfix-recipient-access",
                "corp.example",
                "REJECT closed",
            ),
            ("texthash:postfix-recipient-access", "sub.corp.example", ""),
            ("texthash:postfix-recipient-access", "notcorp.example", "DISCARD"),
            ("texthash:postfix-tls-policy", "sub.bank.example", "encrypt"),
            (
                "regexp:postfix-header-checks",
                "X-Mailer: very Worse",
                "PREPEND X-Bad: yes",
            ),
            ("regexp:postfix-header-checks", "X-Other: Worse", ""),
        ],
    );
}

#[test]
fn sievec_takes_the_script() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let folder = tempfile::tempdir().unwrap();
    let proposed = written(folder.path(), &exported());
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

/// A rule that ends a message ends the others, too: Pigeonhole takes a second rejection for an error, and then keeps the message.
#[test]
fn a_message_is_refused_or_deleted_once() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let export = r#"[
        {"Name":"One","Priority":0,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["тайна"],"RejectMessageReasonText":"one"},
        {"Name":"Two","Priority":1,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["secret"],"RejectMessageReasonText":"two"},
        {"Name":"Spies","Priority":2,"State":"Enabled","Mode":"Enforce","SenderDomainIs":["spy.example"],"DeleteMessage":true},
        {"Name":"Aside","Priority":3,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["invoice"],"RedirectMessageTo":["books@corp.example"]},
        {"Name":"Files","Priority":4,"State":"Enabled","Mode":"Enforce","AttachmentExtensionMatchesWords":["exe"],"ExceptIfFromScope":"InOrganization","RedirectMessageTo":["audit@corp.example"]},
        {"Name":"Watched","Priority":5,"State":"Enabled","Mode":"Enforce","FromAddressMatchesPatterns":["^boss@"],"StopRuleProcessing":true},
        {"Name":"Copies","Priority":6,"State":"Enabled","Mode":"Enforce","SubjectMatchesPatterns":["."],"BlindCopyTo":["all@corp.example"]}]"#;
    let rules = transport_rules(export.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    let proposed = propose(&rules, &["corp.example".to_owned()]);
    let script = &proposed.files["before.sieve"];
    let cases: [(&str, String, &[&str], &[&str]); 8] = [
        (
            "both",
            with_subject("secret =?utf-8?B?0KLQkNCZ0J3QkA==?="),
            &[],
            &[],
        ),
        ("second", with_subject("secret"), &[], &[]),
        (
            "spy",
            with_subject("x").replace("b.example", "sub.Spy.example"),
            &[],
            &[],
        ),
        (
            "aside",
            with_subject("Invoice 7"),
            &[],
            &["all@corp.example", "books@corp.example"],
        ),
        (
            "file",
            with_file("Setup.EXE"),
            &[],
            &["all@corp.example", "audit@corp.example"],
        ),
        (
            "own file",
            with_file("setup.exe").replace("b.example", "corp.example"),
            &["INBOX"],
            &["all@corp.example"],
        ),
        (
            "boss",
            with_subject("x").replace("a@b.example", "Boss@corp.example"),
            &["INBOX"],
            &[],
        ),
        ("nothing", with_subject(""), &["INBOX"], &[]),
    ];
    let messages: Vec<_> = cases
        .iter()
        .map(|(_, message, ..)| message.clone().into_bytes())
        .collect();
    let done = Pigeonhole::new("sieve_extensions = +editheader").filter(script, &messages, None);
    for ((what, _, folders, redirects), done) in cases.iter().zip(done) {
        let refused = ["both", "second"].contains(what);
        assert_eq!(done.refused, refused, "{what}: {done:?}\n{script}");
        assert!(done.folders.keys().eq(*folders), "{what}: {done:?}\n{script}");
        assert!(done.redirects.iter().eq(*redirects), "{what}: {done:?}\n{script}");
    }
}

/// A message with an attached text of this name.
fn with_file(name: &str) -> String {
    format!(
        "From: <a@b.example>\r\nMessage-ID: <1@test>\r\nSubject: file\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n\
         --b\r\nContent-Type: text/plain\r\n\r\nsee there\r\n\
         --b\r\nContent-Type: application/octet-stream\r\nContent-Disposition: attachment; filename=\"{name}\"\r\n\r\nhello\r\n--b--\r\n"
    )
}

fn with_subject(subject: &str) -> String {
    format!(
        "From: <a@b.example>\r\nMessage-ID: <1@test>\r\nSubject: {subject}\r\nX-Mailer: Bad/1 beta\r\n\r\nx\r\n"
    )
}

/// Rspamd does what Exchange would do, also where several rules concern one message.
#[test]
fn rspamd_decides_as_the_rules_do() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let export = r#"[
        {"Name":"No spies","Priority":0,"State":"Enabled","Mode":"Enforce","SenderDomainIs":["spy.example","Evil.example"],"DeleteMessage":true},
        {"Name":"Trusted","Priority":1,"State":"Enabled","Mode":"Enforce","From":["\"Friend\" [SMTP:Friend@other.example]"],"StopRuleProcessing":true},
        {"Name":"Marked","Priority":2,"State":"Enabled","Mode":"Enforce","FromScope":"NotInOrganization","PrependSubject":"[EXT] 100% $5 "},
        {"Name":"Words","Priority":3,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["top secret"],"RejectMessageReasonText":"not outside: \"never\"","RejectMessageEnhancedStatusCode":"5.7.1"},
        {"Name":"Слова","Priority":4,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["тайна"],"ExceptIfFrom":["\"Boss\" [SMTP:boss@corp.example]"],"RejectMessageReasonText":"нельзя"},
        {"Name":"Files","Priority":5,"State":"Enabled","Mode":"Enforce","AttachmentExtensionMatchesWords":["exe",".js"],"SentToScope":"InOrganization","Quarantine":true},
        {"Name":"Addresses","Priority":6,"State":"Enabled","Mode":"Enforce","FromAddressContainsWords":["billing"],"RecipientAddressMatchesPatterns":["^sales"],"ExceptIfFromAddressMatchesPatterns":["@partner\\."],"DeleteMessage":true},
        {"Name":"Names","Priority":7,"State":"Enabled","Mode":"Enforce","RecipientAddressContainsWords":["boss"],"AttachmentNameMatchesPatterns":["счёт.*\\.zip$"],"RejectMessageReasonText":"no archives"},
        {"Name":"Networks","Priority":8,"State":"Enabled","Mode":"Enforce","SenderIpRanges":["198.51.100.7-198.51.100.20","2001:db8::/32"],"RejectMessageReasonText":"not from there"},
        {"Name":"Out","Priority":9,"State":"Enabled","Mode":"Enforce","SentTo":["\"Ann\" [SMTP:Ann@corp.example]"],"HeaderContainsMessageHeader":"X-Mailer","HeaderContainsWords":["Bad/1"],"SentToScope":"NotInOrganization","RejectMessageReasonText":"not out"},
        {"Name":"Again","Priority":10,"State":"Enabled","Mode":"Enforce","SubjectContainsWords":["twice"],"PrependSubject":"[2] "}]"#;
    let rules = transport_rules(export.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap();
    let proposed = propose(&rules, &["corp.example".to_owned()]);
    let manual = proposed
        .proposals
        .iter()
        .find(|one| one.target == Target::Rspamd && one.verdict == Verdict::Manual);
    assert_eq!(manual, None);
    let file = |name: &str| proposed.files[name].as_str();
    let spam = "SPAM { type = \"header\"; header = \"X-Spam\"; map = [\"yes\"]; score = 20; }\n";
    let server = Rspamd::start(
        &format!("{spam}{}", file("rspamd-multimap.conf")),
        file("rspamd-force_actions.conf"),
        file("rspamd-actions.conf"),
    );
    let hello = with_subject("hello");
    let secret = with_subject("this is TOP secret now");
    let cyrillic = with_subject("=?utf-8?B?0J3QsNGI0LAg0KLQkNCZ0J3QkCE=?=");
    let bill = "=?utf-8?B?0KHRh9GR0YIgMS5aSVA=?=";
    let none = ("no action", "", "");
    let marked = |subject| ("rewrite subject", "", subject);
    for (what, from, to, message, (action, told, subject)) in [
        ("inside", "x@corp.example", "y@corp.example", hello.clone(), none),
        (
            "below",
            "x@sub.Corp.example",
            "y@corp.example",
            hello.clone(),
            none,
        ),
        (
            "spy",
            "x@sub.SPY.example",
            "y@corp.example",
            hello.clone(),
            ("discard", "", ""),
        ),
        (
            "evil",
            "x@evil.example",
            "y@corp.example",
            secret.clone(),
            ("discard", "", ""),
        ),
        (
            "no spy",
            "x@myspy.example",
            "y@corp.example",
            hello.clone(),
            marked("[EXT] 100% $5 hello"),
        ),
        (
            "friend",
            "friend@Other.example",
            "y@corp.example",
            secret.clone(),
            none,
        ),
        (
            "words",
            "x@other.example",
            "y@corp.example",
            secret,
            ("reject", "5.7.1 not outside: \"never\"", ""),
        ),
        (
            "longer word",
            "x@corp.example",
            "y@corp.example",
            with_subject("top secretary"),
            none,
        ),
        (
            "cyrillic",
            "x@corp.example",
            "y@corp.example",
            cyrillic.clone(),
            ("reject", "нельзя", ""),
        ),
        ("boss", "Boss@corp.example", "y@corp.example", cyrillic, none),
        (
            "script",
            "x@corp.example",
            "y@corp.example",
            with_file("note.JS"),
            ("quarantine", "", ""),
        ),
        (
            "text",
            "x@corp.example",
            "y@corp.example",
            with_file("js.txt"),
            none,
        ),
        (
            "script out",
            "x@corp.example",
            "y@other.example",
            with_file("note.js"),
            none,
        ),
        (
            "billing",
            "billing@corp.example",
            "Sales@corp.example",
            hello.clone(),
            ("discard", "", ""),
        ),
        (
            "partner",
            "billing@partner.example",
            "sales@corp.example",
            hello.clone(),
            marked("[EXT] 100% $5 hello"),
        ),
        (
            "archive",
            "x@corp.example",
            "big.boss@corp.example",
            with_file(bill),
            ("reject", "no archives", ""),
        ),
        (
            "bossy",
            "x@corp.example",
            "bossy@corp.example",
            with_file(bill),
            none,
        ),
        (
            "bounce",
            "",
            "y@corp.example",
            hello.clone(),
            marked("[EXT] 100% $5 hello"),
        ),
        (
            "twice",
            "x@corp.example",
            "y@corp.example",
            with_subject("twice"),
            marked("[2] twice"),
        ),
        (
            "first",
            "x@other.example",
            "y@corp.example",
            with_subject("twice"),
            marked("[EXT] 100% $5 twice"),
        ),
    ] {
        let decided = server.check(from, &[to], "192.0.2.1", &message);
        let decided = (&*decided.action, &*decided.message, &*decided.subject);
        assert_eq!(decided, (action, told, subject), "{what}: {:#?}", proposed.files);
    }
    // A prefix for mail from outside does not let spam in.
    let spam = hello.replace("X-Mailer", "X-Spam: yes\r\nX-Mailer");
    let decided = server.check("x@other.example", &["y@corp.example"], "192.0.2.1", &spam);
    assert_eq!(decided.action, "reject");
    for (address, action) in [
        ("198.51.100.6", "no action"),
        ("198.51.100.7", "reject"),
        ("198.51.100.16", "reject"),
        ("198.51.100.20", "reject"),
        ("198.51.100.21", "no action"),
        ("2001:db8:ffff::1", "reject"),
        ("2001:db9::1", "no action"),
    ] {
        let decided = server.check("x@corp.example", &["y@corp.example"], address, &hello);
        assert_eq!(decided.action, action, "{address}");
    }
    // To Ann and to somebody outside: both conditions hold for the message, not for one recipient.
    for (recipients, action) in [
        (&["ann@corp.example", "z@other.example"][..], "reject"),
        (&["ann@corp.example", "y@sub.corp.example"], "no action"),
        (&["y@corp.example", "z@notcorp.example"], "no action"),
    ] {
        let decided = server.check("x@corp.example", recipients, "192.0.2.1", &hello);
        assert_eq!(decided.action, action, "{recipients:?}");
    }
}
