//! A Sieve script that a server runs for every mailbox, before the user's own.

use super::read::{Clause, Deed, Scope, TransportRule};
use super::{Notes, is_plain};
use crate::fold;
use crate::rule::Recipient;
use crate::script::{AddressPart, Argument, Call, Command, Match, Mime, Script, Test};
use std::borrow::Cow;

/// The script while rules are added.
#[derive(Debug, Default)]
pub(super) struct Scripts {
    commands: Vec<Command>,
}

impl Scripts {
    pub(super) fn add(&mut self, rule: &TransportRule, domains: &[String]) -> Notes {
        let mut notes = Notes::of(rule);
        let mut tests: Vec<Test> = rule
            .conditions
            .iter()
            .map(|clause| test(clause, domains, &mut notes))
            .collect();
        let exceptions: Vec<Test> = rule
            .exceptions
            .iter()
            .map(|clause| test(clause, domains, &mut notes))
            .collect();
        if !exceptions.is_empty() {
            tests.push(Test::negate(Test::any(exceptions)));
        }
        let mut block = Vec::new();
        for deed in &rule.actions {
            act(deed, &mut block, &mut notes);
        }
        if format!("{rule:?}").contains("${") {
            notes.manual(
                "SIEVE-TRANSPORT-TEXT",
                "a text holds `${`, which a script takes for a variable",
            );
        }
        if notes.manual {
            let comment = notes.comment(rule);
            let comment = comment.replace("\n#", "\n");
            self.commands.push(Command::Comment(
                comment.trim_start_matches("# ").trim_end().to_owned(),
            ));
        } else {
            self.commands
                .push(Command::Comment(format!("rule:[{}]", rule.name)));
            self.commands.push(Command::when(Test::all(tests), block));
        }
        notes
    }

    pub(super) fn text(self) -> String {
        Script::new(self.commands).to_string()
    }
}

fn call(name: &'static str, arguments: Vec<Argument>, needs: &[&'static str]) -> Command {
    Command::Do(Call {
        name: Cow::Borrowed(name),
        arguments,
        test: None,
        block: None,
        needs: needs.iter().map(|name| Cow::Borrowed(*name)).collect(),
    })
}

/// The domains, and all below them.
fn below(domains: &[String]) -> Vec<String> {
    domains.iter().map(|domain| format!("*.{domain}")).collect()
}

fn in_domains(header: &[&str], domains: &[String]) -> Test {
    Test::any(vec![
        Test::address(Match::Is, AddressPart::Domain, header, domains.iter().cloned()),
        Test::address(Match::Matches, AddressPart::Domain, header, below(domains)),
    ])
}

/// `envelope "to"`: whom this copy of the message is for.
fn envelope(matching: Match, part: AddressPart, keys: Vec<String>) -> Test {
    let mut test = Test::address(matching, part, &["to"], keys);
    test.name = Cow::Borrowed("envelope");
    test.needs.insert(Cow::Borrowed("envelope"));
    test
}

fn known(people: &[Recipient], notes: &mut Notes) -> Vec<String> {
    let unknown = people.iter().filter(|one| one.addresses.is_empty());
    for person in unknown {
        notes.manual("SIEVE-ADDRESS", format!("no address is known of {person}"));
    }
    people
        .iter()
        .flat_map(|one| one.addresses.iter().cloned())
        .collect()
}

fn each(notes: &mut Notes) {
    notes.lossy(
        "SIEVE-TRANSPORT-EACH",
        "the script decides for each recipient by himself, Exchange for the message",
    );
}

/// Whole words, whatever their letter case.
fn words(header: &str, all: &[String], notes: &mut Notes) -> Test {
    Test::header(Match::Regex, &[header], word_keys(all, notes))
}

fn word_keys(all: &[String], notes: &mut Notes) -> Vec<String> {
    notes.lossy(
        "SIEVE-TRANSPORT-WORDS",
        "a word is also found where a letter beyond ASCII stands beside it",
    );
    let edge = "[^[:alnum:]_]";
    let keys = all
        .iter()
        .map(|word| format!("(^|{edge}){}({edge}|$)", fold::pattern(word)));
    keys.collect()
}

/// The name of a file, in either place where it may stand.
fn file_names(matching: Match, key: &str) -> [Test; 2] {
    [("Content-Disposition", "filename"), ("Content-Type", "name")]
        .map(|(header, parameter)| Test::mime(matching, true, Mime::Parameter(parameter), header, key))
}

fn test(clause: &Clause, domains: &[String], notes: &mut Notes) -> Test {
    match clause {
        Clause::From(people) => Test::address(Match::Is, AddressPart::All, &["From"], known(people, notes)),
        Clause::SenderDomain(all) => in_domains(&["From"], all),
        Clause::SentTo(people) => {
            each(notes);
            envelope(Match::Is, AddressPart::All, known(people, notes))
        }
        Clause::RecipientDomain(all) => {
            each(notes);
            Test::any(vec![
                envelope(Match::Is, AddressPart::Domain, all.clone()),
                envelope(Match::Matches, AddressPart::Domain, below(all)),
            ])
        }
        Clause::FromScope(scope) => {
            notes.lossy(
                "SIEVE-TRANSPORT-SCOPE",
                "inside and outside are known by the sender's domain, which anybody may write",
            );
            let inside = in_domains(&["From"], domains);
            match scope {
                Scope::Inside => inside,
                Scope::Outside => Test::negate(inside),
            }
        }
        Clause::SentToScope(Scope::Inside) => Test::always(),
        Clause::SentToScope(Scope::Outside) => {
            notes.manual(
                "SIEVE-TRANSPORT-LOCAL",
                "a script sees only mail for mailboxes of its server",
            );
            Test::never()
        }
        Clause::SubjectWords(all) => words("Subject", all, notes),
        Clause::HeaderWords(name, all) => words(name, all, notes),
        Clause::SubjectPatterns(all) => {
            notes.pattern();
            Test::header(Match::Regex, &["Subject"], all.iter().cloned())
        }
        Clause::HeaderPatterns(name, all) => {
            notes.pattern();
            Test::header(Match::Regex, &[name.as_str()], all.iter().cloned())
        }
        Clause::NamedIn(headers, people) => {
            Test::address(Match::Is, AddressPart::All, headers, known(people, notes))
        }
        Clause::SenderWords(all) => {
            let keys = word_keys(all, notes);
            Test::address(Match::Regex, AddressPart::All, &["From"], keys)
        }
        Clause::SenderPatterns(all) => {
            notes.pattern();
            Test::address(Match::Regex, AddressPart::All, &["From"], all.iter().cloned())
        }
        Clause::RecipientWords(all) => {
            each(notes);
            envelope(Match::Regex, AddressPart::All, word_keys(all, notes))
        }
        Clause::RecipientPatterns(all) => {
            each(notes);
            notes.pattern();
            envelope(Match::Regex, AddressPart::All, all.clone())
        }
        Clause::FilePatterns(all) => {
            notes.pattern();
            Test::any(
                all.iter()
                    .flat_map(|pattern| file_names(Match::Regex, pattern))
                    .collect(),
            )
        }
        Clause::Extensions(all) => {
            let tests = all
                .iter()
                .flat_map(|extension| file_names(Match::Matches, &format!("*.{extension}")));
            Test::any(tests.collect())
        }
        Clause::SizeOver(octets) => {
            notes.lossy(
                "SIEVE-TRANSPORT-SIZE",
                "the size is that of the message as it travels",
            );
            Test::size(true, *octets)
        }
        Clause::SenderIp(_) => {
            notes.no_equal("SenderIpRanges");
            Test::never()
        }
        Clause::Other(name) => {
            notes.no_equal(name);
            Test::never()
        }
    }
}

fn act(deed: &Deed, block: &mut Vec<Command>, notes: &mut Notes) {
    let text = |value: &String, notes: &mut Notes| {
        if !is_plain(value) {
            notes.manual(
                "SIEVE-TRANSPORT-TEXT",
                "a text is empty or holds control characters",
            );
        }
        Argument::Text(value.clone())
    };
    match deed {
        Deed::Redirect(people) => {
            each(notes);
            block.extend(known(people, notes).into_iter().map(Command::redirect_copy));
            block.push(Command::discard());
        }
        Deed::BlindCopy(people) => {
            each(notes);
            block.extend(known(people, notes).into_iter().map(Command::redirect_copy));
        }
        Deed::Reject(reason) => {
            each(notes);
            let arguments = vec![text(reason, notes)];
            block.push(call("reject", arguments, &["reject"]));
            // Nothing else concerns this message, and a second rejection would be an error (RFC 5429, section 2.2).
            block.push(Command::stop());
        }
        Deed::Delete => {
            each(notes);
            block.extend([Command::discard(), Command::stop()]);
        }
        Deed::SetHeader(name, value) => {
            let (name, value) = (text(name, notes), text(value, notes));
            block.push(call("deleteheader", vec![name.clone()], &["editheader"]));
            block.push(call(
                "addheader",
                vec![Argument::tag("last"), name, value],
                &["editheader"],
            ));
        }
        Deed::RemoveHeader(name) => {
            let arguments = vec![text(name, notes)];
            block.push(call("deleteheader", arguments, &["editheader"]));
        }
        Deed::Stop => {
            notes.lossy(
                "SIEVE-TRANSPORT-STOP",
                "the scripts that the server runs afterwards are not stopped",
            );
            block.push(Command::stop());
        }
        // RFC 5293, section 4; what a pattern matched is in `${1}` (RFC 5229, section 3.2).
        Deed::PrependSubject(prefix) => {
            let subject = || Argument::Text("Subject".to_owned());
            let set = |value: &str| {
                let arguments = vec![
                    Argument::Text("subject".to_owned()),
                    Argument::Text(value.to_owned()),
                ];
                call("set", arguments, &["variables"])
            };
            block.push(set(""));
            let any = Test::header(Match::Matches, &["Subject"], ["*"]);
            block.push(Command::when(any, vec![set("${1}")]));
            text(prefix, notes);
            block.push(call("deleteheader", vec![subject()], &["editheader"]));
            let new = Argument::Text(format!("{prefix}${{subject}}"));
            block.push(call("addheader", vec![subject(), new], &["editheader"]));
        }
        Deed::Quarantine => notes.no_equal("Quarantine"),
        Deed::RequireTls => notes.no_equal("RouteMessageOutboundRequireTls"),
        Deed::Other(name) => notes.no_equal(name),
    }
}
