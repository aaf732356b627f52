//! Pigeonhole does with a script what Exchange does with the rules.

use super::pairs::{self, NOW, Spec};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::test_runner::TestError;
use std::cell::Cell;
use tegu_sieve::Rule;
use tegu_sieve::read::{self, Encoding, ExternalAudience, Limits};
use tegu_sieve::rule::{Action, Condition, Folder};
use tegu_sieve::script::Command;
use tegu_sieve::translate::{Server, Translator, Verdict};
use tegu_testkit::sieve::{Filtered, PIGEONHOLE_EXTENSIONS, Pigeonhole};

fn compare(engine: &Pigeonhole, rules: &[Rule], specs: &[Spec]) -> Result<usize, TestCaseError> {
    let translation = pairs::translate(rules, Server::new(PIGEONHOLE_EXTENSIONS));
    let script = translation.text();
    let messages: Vec<Vec<u8>> = specs
        .iter()
        .enumerate()
        .map(|(at, spec)| spec.octets(at))
        .collect();
    let kept = Filtered::kept();
    let mut acted = 0;
    let done = engine.filter(&script, &messages, Some(NOW));
    for (message, done) in messages.iter().zip(done) {
        let expected = pairs::expected(rules, &translation, message, pairs::now());
        prop_assert_eq!(&done, &expected, "\n{}\n{}", script, pairs::show(message));
        acted += usize::from(done != kept);
    }
    Ok(acted)
}

#[test]
fn rules_and_script_agree() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let engine = Pigeonhole::new("");
    // 3,000 pairs; `TEGU_SIEVE_CASES=2000` makes 120,000.
    let cases = std::env::var("TEGU_SIEVE_CASES").map_or(50, |number| number.parse().unwrap());
    let (pairs, moved) = (Cell::new(0), Cell::new(0));
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig {
        cases,
        failure_persistence: None,
        max_shrink_iters: 300,
        ..ProptestConfig::default()
    });
    let values = (pairs::rule_sets(), vec(pairs::messages(), 60));
    // The reason holds the smallest script and the message; the values themselves fill pages.
    match runner.run(&values, |(rules, specs)| {
        let acted = compare(&engine, &rules, &specs)?;
        pairs.set(pairs.get() + specs.len());
        moved.set(moved.get() + acted);
        Ok(())
    }) {
        Ok(()) => assert!(
            moved.get() * 4 > pairs.get(),
            "{} of {} pairs do anything",
            moved.get(),
            pairs.get()
        ),
        Err(TestError::Fail(reason, _)) => panic!("{reason}"),
        Err(error) => panic!("{error}"),
    }
}

/// A reply goes to colleagues and others as it should, within its time and never beside it, and whatever the rules do.
#[test]
fn automatic_replies() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let engine = Pigeonhole::new("");
    let export = r#"{"Identity":"anna","AutoReplyState":"Scheduled","StartTime":"2026-03-01T12:00:00Z","EndTime":"2026-03-10T12:00:00Z",
        "InternalMessage":"<p>До <b>10 марта</b></p>.<br>.","ExternalMessage":".\n.dot","ExternalAudience":"All"}"#;
    let reply = &read::replies(export.as_bytes(), Encoding::unicode(), &Limits::default()).unwrap()[0];
    let rule = Rule::new("r")
        .then(Action::MoveToFolder(Folder::path(["A"])))
        .then(Action::StopProcessingRules);
    let translator = Translator::new(Server::new(PIGEONHOLE_EXTENSIONS)).owner(pairs::owner());
    let message = |from: &str| {
        format!("From: {from}\r\nTo: a.alias@corp.example\r\nMessage-ID: <1@test>\r\nSubject: x\r\n\r\nx\r\n")
            .into_bytes()
    };
    let messages = [message("boss@corp.example"), message("b@x.example")];
    let replies = |audience: ExternalAudience, now: &str| -> Vec<usize> {
        let mut reply = reply.clone();
        reply.audience = audience;
        let translation = translator.translate(std::slice::from_ref(&rule), Some(&reply));
        assert_eq!(translation.parts[0].verdict, Verdict::Exact);
        engine.compile(&translation.text()).unwrap();
        let done = engine.filter(&translation.text(), &messages, Some(now));
        assert!(done.iter().all(|one| one.folders.keys().eq(["A"])));
        done.iter().map(|one| one.replies).collect()
    };
    assert_eq!(replies(ExternalAudience::All, NOW), [1, 1]);
    assert_eq!(replies(ExternalAudience::None, NOW), [1, 0]);
    assert_eq!(replies(ExternalAudience::All, "2026-03-01 11:59:59"), [0, 0]);
    assert_eq!(replies(ExternalAudience::All, "2026-03-10 12:00:00"), [1, 1]);
    assert_eq!(replies(ExternalAudience::All, "2026-03-10 12:00:01"), [0, 0]);
}

/// Whatever is between quotes or in a text, the compiler reads the script as our own reader does.
#[test]
fn the_compiler_takes_what_is_written() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let engine = Pigeonhole::new("");
    for word in [
        "\"",
        "\\",
        "a\"b\\c",
        "${x}",
        "/* x */",
        "# x",
        "*?",
        "text:",
        ";}",
        "Ж\"Ж",
        "((((",
        "^a|b$",
        "[[:alpha:]]",
    ] {
        let rule = Rule::new(format!("x]\r\nstop; {word}"))
            .when(Condition::SubjectContains(vec![
                word.to_owned(),
                format!("{word}ё"),
            ]))
            .unless(Condition::FromAddressContains(vec![word.to_owned()]))
            .then(Action::MoveToFolder(Folder::path([word.replace('/', "_")])));
        let translation = pairs::translate(&[rule], Server::new(PIGEONHOLE_EXTENSIONS));
        assert_eq!(translation.parts[0].verdict, Verdict::Exact, "{word}");
        engine.compile(&translation.text()).unwrap();
        let own = tegu_sieve::script::parse(&translation.text(), &Default::default()).unwrap();
        assert_eq!(
            own.commands
                .iter()
                .filter(|command| matches!(command, Command::Do(_)))
                .count(),
            2,
            "{word}"
        );
    }
}
