use super::*;
use crate::read::{ExternalAudience, ReplyState};
use crate::rule::{Action, Condition, Folder, MessageType, Recipient, ReplyTemplate};

const ALL: &str =
    "fileinto copy mailbox imap4flags regex body vacation relational date mime comparator-i;ascii-numeric";

fn translator(extensions: &str) -> Translator {
    Translator::new(Server::new(extensions)).owner(Owner::new(["anna@corp.example"]))
}

fn codes(part: &Part) -> Vec<&str> {
    part.findings
        .iter()
        .map(|finding| finding.code.as_ref())
        .collect()
}

fn to(path: &str) -> Action {
    Action::MoveToFolder(Folder::path(path.split('/')))
}

fn one(rule: Rule) -> (Verdict, Vec<String>) {
    let translation = translator(ALL).translate(&[rule], None);
    let part = &translation.parts[0];
    (
        part.verdict,
        codes(part).into_iter().map(ToOwned::to_owned).collect(),
    )
}

/// Each part of a rule that is not exact, with its code; accepting a code helps where the part is lossy, and only there.
#[test]
fn every_part_has_its_code() {
    let texts = || vec!["x".to_owned()];
    let b = || vec![Recipient::smtp("b@x.example")];
    let when = |condition| Rule::new("r").when(condition).then(to("A"));
    let then = |action| Rule::new("r").then(action);
    let mut group = Recipient::smtp("all@corp.example");
    group.group = true;
    let lossy = [
        ("SIEVE-ATTACHMENT", when(Condition::HasAttachments)),
        (
            "SIEVE-AUTOMATIC",
            when(Condition::Type(MessageType::AutomaticReply)),
        ),
        ("SIEVE-BODY", when(Condition::BodyContains(texts()))),
        (
            "SIEVE-HEADER",
            when(Condition::HeaderContains(vec!["List-Id: x".into()])),
        ),
        (
            "SIEVE-ITEM-CLASS",
            when(Condition::ItemClasses(vec![
                "IPM.Schedule.Meeting.Request".into(),
            ])),
        ),
        (
            "SIEVE-SIZE",
            when(Condition::SizeRange {
                min: Some(5),
                max: None,
            }),
        ),
        (
            "SIEVE-CATEGORY",
            then(Action::AssignCategories(vec!["Red".into()])),
        ),
        ("SIEVE-DELETE", then(Action::PermanentDelete)),
        ("SIEVE-FORWARD", then(Action::ForwardTo(b()))),
        (
            "SIEVE-REPLY-ONCE",
            then(Action::ReplyWithMessage(Some(ReplyTemplate::new("s", "t")))),
        ),
    ];
    for (code, rule) in lossy {
        assert_eq!(
            one(rule.clone()),
            (Verdict::Manual, vec![code.to_owned()]),
            "{rule}"
        );
        let accepted = translator(ALL).accept(code).translate(&[rule], None);
        assert_eq!(accepted.parts[0].verdict, Verdict::Lossy, "{code}");
        assert!(accepted.is_active());
    }
    let manual = [
        (
            "SIEVE-ADDRESS",
            when(Condition::From(vec![Recipient::legacy("Boris", "/o=x")])),
        ),
        (
            "SIEVE-CONDITION",
            when(Condition::FlaggedForAction("FollowUp".into())),
        ),
        ("SIEVE-CONDITION", when(Condition::Type(MessageType::Voicemail))),
        ("SIEVE-GROUP", when(Condition::From(vec![group]))),
        ("SIEVE-HEADER", when(Condition::HeaderContains(texts()))),
        (
            "SIEVE-TEXT",
            when(Condition::SubjectContains(vec![String::new()])),
        ),
        ("SIEVE-TEXT", when(Condition::SubjectContains(vec!["a\0".into()]))),
        (
            "SIEVE-CATEGORY",
            then(Action::AssignCategories(vec!["two words".into()])),
        ),
        (
            "SIEVE-FOLDER",
            then(Action::MoveToFolder(Folder::Name("A".into()))),
        ),
        ("SIEVE-NO-EQUAL", then(Action::SendTextMessage(texts()))),
        ("SIEVE-NO-EQUAL", then(Action::ForwardAsAttachmentTo(b()))),
        (
            "SIEVE-REDIRECT-SELF",
            then(Action::RedirectTo(vec![Recipient::smtp("ANNA@corp.example")])),
        ),
    ];
    for (code, rule) in manual {
        let accepted = translator(ALL)
            .accept(code)
            .translate(std::slice::from_ref(&rule), None);
        assert_eq!(accepted.parts[0].verdict, Verdict::Manual, "{rule}");
        assert!(
            codes(&accepted.parts[0]).contains(&code),
            "{rule}: {:?}",
            accepted.parts[0]
        );
        assert!(!accepted.is_active());
        assert!(accepted.script.extensions().is_empty(), "a comment needs nothing");
    }
    for (code, rule) in [
        ("SIEVE-DISABLED", {
            let mut rule = then(Action::MarkAsRead);
            rule.enabled = false;
            rule
        }),
        ("SIEVE-IN-ERROR", {
            let mut rule = then(Action::MarkAsRead);
            rule.in_error = true;
            rule
        }),
        ("SIEVE-CLIENT-ONLY", {
            let mut rule = then(Action::MarkAsRead);
            rule.client_only = true;
            rule
        }),
        ("SIEVE-UNKNOWN", {
            let mut rule = then(Action::MarkAsRead);
            rule.unknown = texts();
            rule
        }),
    ] {
        assert_eq!(one(rule), (Verdict::Manual, vec![code.to_owned()]));
    }
}

#[test]
fn what_the_server_lacks_is_named() {
    let rule = Rule::new("r")
        .when(Condition::SubjectContains(vec!["счёт".into()]))
        .then(to("A"));
    let regex = translator(ALL).translate(std::slice::from_ref(&rule), None);
    assert!(
        regex
            .text()
            .contains("header :regex \"Subject\" \"(С|с)(Ч|ч)(Ё|ё)(Т|т)\"")
    );
    let unicode = translator("fileinto mailbox regex comparator-i;unicode-casemap")
        .translate(std::slice::from_ref(&rule), None);
    assert!(
        unicode
            .text()
            .contains(":comparator \"i;unicode-casemap\" :contains \"Subject\" \"счёт\"")
    );
    let neither = translator("fileinto").translate(std::slice::from_ref(&rule), None);
    assert_eq!(codes(&neither.parts[0]), ["SIEVE-LETTER-CASE"]);
    let nothing = translator("").translate(&[Rule::new("r").then(to("A"))], None);
    assert_eq!(codes(&nothing.parts[0]), ["SIEVE-EXTENSION"]);
    assert!(nothing.parts[0].findings[0].message.contains("`fileinto`"));
}

#[test]
fn limits_count_the_rules_that_may_meet() {
    let redirect = |name: &str, stop: bool| {
        let rule = Rule::new(name).then(Action::RedirectTo(vec![
            Recipient::smtp(format!("{name}@x.example")),
            Recipient::smtp("b@x.example"),
        ]));
        if stop {
            rule.then(Action::StopProcessingRules)
        } else {
            rule
        }
    };
    let verdicts = |rules: &[Rule]| -> Vec<Verdict> {
        translator(ALL)
            .translate(rules, None)
            .parts
            .iter()
            .map(|part| part.verdict)
            .collect()
    };
    use Verdict::{Exact, Manual};
    assert_eq!(
        verdicts(&[redirect("a", false), redirect("b", false), redirect("c", false)]),
        [Exact, Exact, Manual]
    );
    assert_eq!(
        verdicts(&[redirect("a", true), redirect("b", true), redirect("c", true)]),
        [Exact, Exact, Exact]
    );
    let small = Translator::new(Server::new(ALL).max_script_octets(50))
        .translate(&[Rule::new("r").then(to("A"))], None);
    assert_eq!(small.findings[0].code, "SIEVE-LIMIT");
}

#[test]
fn a_stop_by_hand_makes_later_rules_uncertain() {
    let first = Rule::new("first")
        .priority(1)
        .when(Condition::FlaggedForAction("Call".into()))
        .then(to("A"))
        .then(Action::StopProcessingRules);
    let second = Rule::new("second").priority(2).then(to("B"));
    let translation = translator(ALL).translate(&[second.clone(), first.clone()], None);
    assert_eq!(codes(&translation.parts[1]), ["SIEVE-AFTER-STOP"]);
    assert!(!translation.is_active());
    let mut off = first;
    off.enabled = false;
    assert_eq!(
        translator(ALL).translate(&[off, second], None).parts[1].verdict,
        Verdict::Exact
    );
}

/// Cyrus would keep the message in the Inbox for the sake of the copy.
#[test]
fn a_copy_into_the_folder_of_a_move_leaves_the_inbox_empty() {
    let rule = |actions: [Action; 2]| {
        let [first, second] = actions;
        let rule = Rule::new("x").then(first).then(second);
        let translation = translator("fileinto copy mailbox").translate(&[rule], None);
        translation.text().matches("discard;").count()
    };
    let (moves, copies) = (to("C"), Action::CopyToFolder(Folder::path(["C"])));
    assert_eq!(rule([moves.clone(), copies.clone()]), 1);
    assert_eq!(rule([copies.clone(), moves.clone()]), 1);
    assert_eq!(rule([copies.clone(), copies.clone()]), 0);
    assert_eq!(
        rule([moves.clone(), Action::CopyToFolder(Folder::path(["D"]))]),
        0
    );
    // Whether an earlier rule has moved the message only its delivery tells.
    let rules = [
        Rule::new("1").priority(1).then(moves),
        Rule::new("2").priority(2).then(copies),
    ];
    let translation = translator("fileinto copy mailbox").translate(&rules, None);
    assert_eq!(codes(&translation.parts[1]), ["SIEVE-COPY-AGAIN"]);
}

#[test]
fn a_mark_does_not_reach_copies_that_are_filed() {
    let rules = [
        Rule::new("file").priority(1).then(to("A")),
        Rule::new("mark").priority(2).then(Action::MarkAsRead),
    ];
    let translation = translator(ALL).translate(&rules, None);
    assert_eq!(codes(&translation.parts[1]), ["SIEVE-MARK-LATER"]);
}

#[test]
fn a_line_of_the_script_leads_to_its_rule() {
    let rules: Vec<Rule> = ["a", "b\nstop;", "c"]
        .map(|name| {
            Rule::new(name)
                .when(Condition::SubjectContains(vec![format!("{name}x")]))
                .then(to("A"))
        })
        .into();
    let mut rules = rules;
    rules[1].conditions.clear();
    let translation = translator(ALL).translate(&rules, None);
    let text = translation.text();
    for (at, line) in text
        .lines()
        .enumerate()
        .filter(|(_, line)| line.starts_with("if "))
    {
        let part = translation.at_line(at + 1).unwrap();
        let rule = rules.iter().find(|rule| rule.name == part.name).unwrap();
        let expected = if rule.conditions.is_empty() {
            "if true {"
        } else {
            "if header"
        };
        assert!(line.starts_with(expected), "{line}");
    }
    assert!(text.contains("# rule:[a]\r\nif header"));
    assert!(text.lines().all(|line| line != "stop;"), "a name is no command");
    let refusal = Error::new(crate::ErrorKind::Refused, "line 7: error: x");
    assert!(translation.name_rule(refusal).to_string().starts_with("rule \""));
}

fn reply() -> AutoReply {
    let mut reply = AutoReply::new("anna");
    reply.state = ReplyState::Scheduled;
    reply.audience = ExternalAudience::All;
    reply.start = "2026-07-01T00:00:00Z".parse().ok();
    reply.end = "2026-07-15T00:00:00Z".parse().ok();
    reply.internal = "<html><body><p>До 15 июля</p></body></html>".into();
    reply.external = "Away".into();
    reply
}

#[test]
fn a_reply_of_a_period_is_exact() {
    let translation = translator(ALL).translate(&[], Some(&reply()));
    let part = &translation.parts[0];
    assert_eq!(
        (part.verdict, codes(part)),
        (Verdict::Exact, vec!["SIEVE-REPLY-SUBJECT"])
    );
    let text = translation.text();
    for piece in [
        "currentdate :zone \"+0000\" :value \"gt\" \"date\" \"2026-07-01\"",
        "if address :domain :is \"From\" \"corp.example\" {",
        "vacation :days 14 :handle \"tegu-1782864000-inside\" :addresses \"anna@corp.example\" :mime text:",
        "Content-Type: multipart/alternative",
        "if not address :domain :is \"From\" \"corp.example\" {",
        "\r\nAway\r\n.\r\n",
    ] {
        assert!(text.contains(piece), "{piece}\n{text}");
    }
}

#[test]
fn replies_that_are_not_exact() {
    let verdict = |change: &dyn Fn(&mut AutoReply)| {
        let mut reply = reply();
        change(&mut reply);
        let translation = translator(ALL).translate(&[], Some(&reply));
        (
            translation.parts[0].verdict,
            translation.parts[0]
                .findings
                .last()
                .map(|finding| finding.code.to_string())
                .unwrap(),
        )
    };
    let manual = |code: &str| (Verdict::Manual, code.to_owned());
    assert_eq!(
        verdict(&|reply| reply.state = ReplyState::Disabled),
        manual("SIEVE-DISABLED")
    );
    assert_eq!(
        verdict(&|reply| reply.state = ReplyState::Enabled),
        manual("SIEVE-REPLY-AGAIN")
    );
    assert_eq!(
        verdict(&|reply| reply.end = "2026-09-15T00:00:00Z".parse().ok()),
        manual("SIEVE-REPLY-AGAIN")
    );
    assert_eq!(
        verdict(&|reply| reply.audience = ExternalAudience::Known),
        manual("SIEVE-REPLY-KNOWN")
    );
    assert_eq!(verdict(&|reply| reply.end = reply.start), manual("SIEVE-TEXT"));
    assert_eq!(
        verdict(&|reply| (reply.internal, reply.external) = Default::default()),
        manual("SIEVE-TEXT")
    );
    let two = translator(ALL).accept("SIEVE-REPLY-ONCE").translate(
        &[Rule::new("r").then(Action::ReplyWithMessage(Some(ReplyTemplate::new("", "x"))))],
        Some(&reply()),
    );
    assert!(codes(&two.parts[1]).contains(&"SIEVE-TWO-REPLIES"));
}
