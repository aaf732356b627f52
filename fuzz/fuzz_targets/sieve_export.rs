//! Exports of Exchange's shell, in any encoding: what is read becomes a script that reads back, in which a rule for a person is a comment.
#![no_main]

use libfuzzer_sys::fuzz_target;
use tegu_fuzz::frugal;
use tegu_sieve::forward::Organisation;
use tegu_sieve::read::{self, Encoding, Limits};
use tegu_sieve::script;
use tegu_sieve::translate::{Owner, Server, Translator, Verdict};
use tegu_sieve::transport;

fuzz_target!(|data: &[u8]| {
    let [first, rest @ ..] = data else { return };
    let mut limits = Limits::default();
    (limits.rows, limits.values, limits.depth) = (200, 2_000, 16);
    let encoding = if first % 4 == 0 {
        Encoding::named("windows-1251").expect("a code page")
    } else {
        Encoding::unicode()
    };
    frugal(rest.len(), || {
        let replies = read::replies(rest, encoding, &limits).unwrap_or_default();
        if let Ok(export) = read::forwarding(rest, encoding, &limits) {
            let organisation = Organisation::from_export(&export);
            let judged = organisation.judge();
            assert_eq!(judged.len(), export.len());
            assert!(
                organisation
                    .virtual_alias(&judged)
                    .lines()
                    .all(|line| line.matches('@').count() >= 2)
            );
        }
        if let Ok(rules) = transport::transport_rules(rest, encoding, &limits) {
            let proposed = transport::propose(&rules, &["corp.example".to_owned()]);
            assert_eq!(proposed.proposals.len(), 3 * rules.len());
            assert!(
                proposed
                    .proposals
                    .iter()
                    .all(|one| (one.verdict == Verdict::Exact) == one.findings.is_empty())
            );
            script::parse(&proposed.files["before.sieve"], &script::Limits::default())
                .expect("what is proposed is Sieve");
        }
        let server = if first % 2 == 0 {
            "fileinto mailbox regex copy"
        } else {
            "fileinto copy imap4flags vacation date relational"
        };
        let mut translator = Translator::new(Server::new(server)).owner(Owner::new(["anna@corp.example"]));
        for code in [
            "SIEVE-FORWARD",
            "SIEVE-DELETE",
            "SIEVE-BODY",
            "SIEVE-SIZE",
            "SIEVE-REPLY-AGAIN",
        ] {
            translator = translator.accept(code);
        }
        for mailbox in read::rules(rest, encoding, &limits).unwrap_or_default() {
            let translation = translator.translate(&mailbox.rules, replies.first());
            assert_eq!(
                translation.parts.len(),
                mailbox.rules.len() + usize::from(!replies.is_empty())
            );
            let text = translation.text();
            let read = script::parse(&text, &script::Limits::default()).expect("what is written is Sieve");
            let active = translation
                .parts
                .iter()
                .filter(|part| part.verdict != Verdict::Manual)
                .count();
            let ifs = read
                .commands
                .iter()
                .filter(|command| matches!(command, script::Command::Do(call) if call.name == "if"))
                .count();
            assert_eq!(ifs, active, "a rule for a person is a comment");
            assert!(
                translation
                    .parts
                    .iter()
                    .all(|part| part.verdict == Verdict::Exact || !part.findings.is_empty())
            );
        }
    });
});
