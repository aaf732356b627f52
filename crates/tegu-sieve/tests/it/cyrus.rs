//! Cyrus does with a script what Exchange does with the rules: each rule set is a user with a script, and each message goes to all of them.

use super::managesieve::endpoint;
use super::pairs;
use jiff::Timestamp;
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use std::collections::BTreeMap;
use tegu_net::Credentials;
use tegu_sieve::managesieve::{Activation, Client, ScriptName, Upload, upload};
use tegu_sieve::rule::{Action, Condition};
use tegu_sieve::translate::FolderNames;
use tegu_testkit::sieve::Filtered;
use tegu_testkit::{Cyrus, imap};

const USERS: usize = 20;
const MESSAGES: usize = 40;

fn number(message: &[u8], from: &str, to: &str) -> Option<usize> {
    let text = String::from_utf8_lossy(message);
    text.split_once(from)?.1.split_once(to)?.0.parse().ok()
}

#[tokio::test]
async fn rules_and_script_agree() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Cyrus::builder()
        .sieve()
        .config("munge8bit: no\nduplicatesuppression: no")
        .start();
    let mut runner = TestRunner::new(ProptestConfig {
        failure_persistence: None,
        ..ProptestConfig::default()
    });
    let mut sets = vec(pairs::rule_sets(), USERS)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    for (at, rules) in sets.iter_mut().enumerate() {
        for rule in rules.iter_mut() {
            // Delivery adds lines to the header before it measures.
            let measures = |condition: &Condition| matches!(condition, Condition::SizeRange { .. });
            rule.conditions.retain(|condition| !measures(condition));
            rule.exceptions.retain(|condition| !measures(condition));
        }
        // What is sent on does not tell whose script did it, but for the address.
        for action in rules.iter_mut().flat_map(|rule| &mut rule.actions) {
            if let Action::RedirectTo(people) | Action::ForwardTo(people) = action {
                people[0].addresses[0] = people[0].addresses[0].replace('@', &format!("@user{at}."));
            }
        }
    }
    let specs = vec(pairs::messages(), MESSAGES)
        .new_tree(&mut runner)
        .unwrap()
        .current();
    let messages: Vec<Vec<u8>> = specs
        .iter()
        .enumerate()
        .map(|(at, spec)| spec.octets(at))
        .collect();
    let users: Vec<String> = (0..USERS).map(|at| format!("user{at}")).collect();
    let mut scripts = Vec::new();
    for (user, rules) in users.iter().zip(&sets) {
        server.add_user(user);
        let anyone = Credentials::password(user, Cyrus::password().to_owned());
        let mut client = Client::connect(&endpoint(server.sieve_port(), server.ca_pem()), &anyone)
            .await
            .unwrap();
        // As it is by default.
        let offered = client
            .capabilities()
            .server()
            .folder_names(FolderNames::ModifiedUtf7);
        let translation = pairs::translate(rules, offered);
        let script = Upload::new(ScriptName::new("tegu").unwrap(), translation.text())
            .activation(Activation::Activate);
        let done = upload(&mut client, &script).await;
        assert_eq!(
            done.unwrap_or_else(|error| panic!("{error}\n{}", script.text))
                .active
                .as_deref(),
            Some("tegu")
        );
        scripts.push(translation);
    }
    let began = Timestamp::now();
    server.deliver(&messages, &users);

    let mut redirects: BTreeMap<(usize, usize), Vec<String>> = BTreeMap::new();
    for (words, message) in server.sent() {
        let from = number(words[0].as_bytes(), "@user", ".").unwrap_or_else(|| panic!("{message}"));
        let of = number(message.as_bytes(), "Message-ID: <", "@test>").unwrap();
        redirects
            .entry((from, of))
            .or_default()
            .push(words[0].to_lowercase());
    }
    let mut acted = 0;
    for (at, ((user, rules), translation)) in users.iter().zip(&sets).zip(&scripts).enumerate() {
        let mut done = vec![Filtered::default(); MESSAGES];
        let mut client = imap::Client::login(server.port(), user, Cyrus::password()).unwrap();
        for folder in client.folders().unwrap() {
            for response in read(&mut client, &folder) {
                let flags = response.0.into_iter().filter(|flag| flag != "\\recent").collect();
                assert_eq!(
                    done[response.1].folders.insert(folder.clone(), flags),
                    None,
                    "one copy in a folder"
                );
            }
        }
        for (of, done) in done.iter_mut().enumerate() {
            done.redirects = redirects.remove(&(at, of)).into_iter().flatten().collect();
            let expected = pairs::expected(rules, translation, &messages[of], began);
            acted += usize::from(*done != Filtered::kept());
            assert_eq!(
                *done,
                expected,
                "\n{}\n{}",
                translation.text(),
                pairs::show(&messages[of])
            );
        }
    }
    assert!(acted * 4 > USERS * MESSAGES, "{acted} pairs do anything");
}

/// The flags and the number of each message in a folder.
fn read(client: &mut imap::Client, folder: &str) -> Vec<(Vec<String>, usize)> {
    client
        .command(&format!("EXAMINE {}", imap::wire_name(folder)))
        .unwrap();
    let fetched = client
        .command("UID FETCH 1:* (FLAGS BODY.PEEK[HEADER.FIELDS (Message-ID)])")
        .unwrap();
    let one = |response: imap::Response| {
        let flags = response
            .text
            .split_once("FLAGS (")?
            .1
            .split_once(')')?
            .0
            .split_whitespace()
            .map(str::to_lowercase)
            .collect();
        Some((flags, number(response.literals.first()?, "<", "@test>")?))
    };
    fetched.into_iter().filter_map(one).collect()
}
