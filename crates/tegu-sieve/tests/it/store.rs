//! One mailbox of a migration onto a server: what is decided is what happens, and another run changes nothing.

use super::managesieve::endpoint;
use std::path::{Path, PathBuf};
use tegu_net::Credentials;
use tegu_outcome::State;
use tegu_sieve::forward::Organisation;
use tegu_sieve::managesieve::{Activation, Client, ScriptName, Upload};
use tegu_sieve::rule::{Action, Condition, Folder, Recipient, Rule};
use tegu_sieve::store::{
    Before, Exports, ForwardingBy, ItemKind, MailboxSettings, SettingsSource as _, Work, carry_out, decide,
    fetch, leave_as_file,
};
use tegu_sieve::translate::{Owner, Server, Translator};
use tegu_store::Account;
use tegu_testkit::Dovecot;

const RULES: &str = r#"[
    {"MailboxOwnerId":"corp.example/Users/Anna","Name":"Счета","Priority":2,"Enabled":true,"SubjectContainsWords":["счёт"],"MoveToFolder":"anna:\\Inbox\\Счета"},
    {"MailboxOwnerId":"corp.example/Users/Anna","Name":"Счета","Priority":1,"Enabled":true,"SubjectContainsWords":["akt"],"MarkAsRead":true},
    {"MailboxOwnerId":"corp.example/Users/Anna","Name":"Off","Priority":3,"Enabled":false,"SubjectContainsWords":["off"],"MarkAsRead":true},
    {"MailboxOwnerId":"corp.example/Users/Anna","Name":"Boris","Priority":4,"Enabled":true,"RedirectTo":["\"Boris\" [EX:/o=Corp/cn=boris]"]},
    {"MailboxOwnerId":"corp.example/Users/Boris","Name":"Back","Priority":1,"Enabled":true,"RedirectTo":["\"Anna\" [SMTP:ANNA@corp.example]"]}]"#;
const REPLIES: &str = r#"[
    {"Identity":"anna","AutoReplyState":"Scheduled","StartTime":"2026-07-01T00:00:00Z","EndTime":"2026-07-15T00:00:00Z","InternalMessage":"away","ExternalAudience":"None"},
    {"Identity":"boris","AutoReplyState":"Disabled"}]"#;
const MAILBOXES: &str = r#"[
    {"PrimarySmtpAddress":"anna@corp.example","Alias":"anna","Identity":"corp.example/Users/Anna","EmailAddresses":["smtp:a@corp.example"],
     "ForwardingSmtpAddress":"smtp:anna@home.example","DeliverToMailboxAndForward":true},
    {"PrimarySmtpAddress":"boris@corp.example","Alias":"boris","Identity":"corp.example/Users/Boris","ForwardingAddress":"corp.example/Contacts/Who"}]"#;

fn written(folder: &Path) -> Exports {
    let put = |name: &str, text: &str| -> PathBuf {
        let path = folder.join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    Exports::new()
        .rules(put("rules.json", RULES))
        .replies(put("replies.json", REPLIES))
        .mailboxes(put("mailboxes.json", MAILBOXES))
}

async fn settings(exports: &Exports, who: &str) -> MailboxSettings {
    let mut settings = exports.read(&Account::new(who)).await.unwrap();
    let lookup: tegu_store::sources::AddressLookup =
        std::sync::Arc::new(|name| (name == "/o=Corp/cn=boris").then(|| "boris@corp.example".to_owned()));
    settings.resolve(&lookup);
    settings
}

fn translator(server: Server) -> Translator {
    Translator::new(server).owner(Owner::new(["anna@corp.example", "a@corp.example"]))
}

fn ends(items: &[(ItemKind, &str, State)], work: &Work, states: impl Iterator<Item = State>) {
    let found: Vec<_> = work
        .items
        .iter()
        .zip(states)
        .map(|(item, state)| (item.kind, item.id.as_str(), state))
        .collect();
    assert_eq!(found, items, "{:#?}", work.items);
}

/// Exchange writes addresses with `smtp:`, also of mailboxes that no other export names.
#[tokio::test]
async fn exports_know_a_mailbox_by_an_address_with_a_prefix() {
    let folder = tempfile::tempdir().unwrap();
    let put = |name: &str, text: String| -> PathBuf {
        let path = folder.path().join(name);
        std::fs::write(&path, text).unwrap();
        path
    };
    let rules = RULES.replace(
        "\"MailboxOwnerId\":\"corp.example/Users/Anna\"",
        "\"Mailbox\":\" SMTP:Anna@corp.example\"",
    );
    assert_ne!(rules, RULES);
    let alone = Exports::new().rules(put("rules.json", rules.clone()));
    assert_eq!(settings(&alone, "anna@corp.example").await.rules.len(), 4);
    let mailboxes = MAILBOXES.replace("\"PrimarySmtpAddress\":\"", "\"PrimarySmtpAddress\":\"SMTP:");
    let both = Exports::new()
        .rules(put(
            "rules.json",
            rules.replace("SMTP:Anna@corp.example", "smtp:A@corp.example"),
        ))
        .mailboxes(put("mailboxes.json", mailboxes));
    let anna = settings(&both, "anna@corp.example").await;
    assert_eq!((anna.rules.len(), anna.forwards.len()), (4, 1));
}

#[tokio::test]
async fn exports_know_a_mailbox_by_all_its_names() {
    let folder = tempfile::tempdir().unwrap();
    let exports = written(folder.path());
    let anna = settings(&exports, "Anna@corp.example").await;
    assert_eq!((anna.rules.len(), anna.forwards.len()), (4, 1));
    assert!(anna.reply.as_ref().is_some_and(|reply| reply.internal == "away"));
    let boris = settings(&exports, "boris@corp.example").await;
    assert_eq!(
        (
            boris.rules.len(),
            boris.untold[0].0,
            boris.untold[0].1.code.as_ref()
        ),
        (1, ItemKind::Forwarding, "SIEVE-FORWARD-UNKNOWN")
    );
    let nobody = settings(&exports, "vera@corp.example").await;
    assert_eq!(nobody, MailboxSettings::default());

    // Anna redirects to Boris and Boris to Anna: neither rule runs.
    let mailboxes = vec![
        anna.mailbox("anna@corp.example", &["a@corp.example".to_owned()]),
        boris.mailbox("boris@corp.example", &[]),
    ];
    let organisation = Organisation::new(mailboxes);
    let judged = organisation.judge();
    let at = organisation.position("A@CORP.example").unwrap();
    let server = Server::new("fileinto mailbox copy imap4flags regex vacation date relational");
    let work = Work::new(
        translator(server.clone()),
        &anna,
        Some(&judged[at]),
        ForwardingBy::Script,
    );
    ends(
        &[
            (ItemKind::Forwarding, "to anna@home.example", State::Moved),
            (ItemKind::Reply, "automatic reply", State::Moved),
            (ItemKind::Rule, "Счета", State::Moved),
            (ItemKind::Rule, "Счета (2)", State::Moved),
            (ItemKind::Rule, "Off", State::Manual),
            (ItemKind::Rule, "Boris", State::Manual),
        ],
        &work,
        work.items.iter().map(|item| item.state),
    );
    assert_eq!(work.items[0].findings[0].code, "SIEVE-FORWARD-OUTSIDE");
    assert_eq!(work.items[5].findings[0].code, "SIEVE-FORWARD-CIRCLE");
    assert!(
        work.text.contains("redirect :copy \"anna@home.example\";"),
        "{}",
        work.text
    );
    assert!(!work.text.contains("redirect :copy \"boris"), "{}", work.text);

    // The operator leaves out what is switched off; the sheet carries the forwarding.
    let accepting = translator(server.clone()).accept("SIEVE-DISABLED");
    let work = Work::new(accepting, &anna, Some(&judged[at]), ForwardingBy::Sheet);
    let state = |id: &str| {
        work.items
            .iter()
            .find(|item| item.id == id)
            .map(|item| item.state)
    };
    assert_eq!(state("Off"), Some(State::Excluded));
    assert_eq!(state("to anna@home.example"), Some(State::Manual));
    assert!(!work.text.contains("anna@home.example\""), "{}", work.text);

    // Without a server everything waits in a file.
    let filed = leave_as_file(&work);
    assert!(filed.items.iter().all(|item| item.state != State::Moved) && !filed.stands());

    // A script that is too large keeps each of its parts off.
    let small = translator(server.max_script_octets(10));
    let work = Work::new(small, &anna, None, ForwardingBy::Script);
    assert!(!work.is_active(), "{:#?}", work.items);
}

#[tokio::test]
async fn an_export_that_is_cut_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let exports = written(folder.path());
    std::fs::write(folder.path().join("rules.json"), &RULES[..RULES.len() / 2]).unwrap();
    let error = exports
        .read(&Account::new("anna@corp.example"))
        .await
        .unwrap_err();
    assert!(error.to_string().contains("rules.json"), "{error}");
    assert_eq!(error.blame(), tegu_outcome::Blame::Source, "{error}");
}

fn rules(subject: &str) -> MailboxSettings {
    let mut settings = MailboxSettings::default();
    settings.rules = vec![
        Rule::new("Файлы")
            .priority(1)
            .when(Condition::SubjectContains(vec![subject.to_owned()]))
            .then(Action::MoveToFolder(Folder::path(["Inbox", "Файлы"]))),
        Rule::new("Nobody")
            .priority(2)
            .when(Condition::HasAttachments)
            .then(Action::RedirectTo(vec![Recipient::legacy("X", "/o=x")])),
    ];
    settings
}

fn work(server: Server, subject: &str) -> Work {
    Work::new(translator(server), &rules(subject), None, ForwardingBy::Sheet)
}

/// Decides, and then does it; what was decided is what happened.
async fn go(client: &mut Client, work: &Work, this: &Upload, before: Before) -> Vec<(State, Vec<String>)> {
    let decided = decide(client, work, this, before).await.unwrap();
    let done = carry_out(client, work, this, decided.clone()).await.unwrap();
    assert_eq!(done.items, decided.items);
    done.items
        .into_iter()
        .map(|item| {
            let codes = item.findings.iter().map(|finding| finding.code.to_string());
            (item.state, codes.collect())
        })
        .collect()
}

#[tokio::test]
async fn a_mailbox_settles_on_dovecot() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let dovecot = Dovecot::builder().sieve().start();
    let credentials = Credentials::password("anna", Dovecot::password().to_owned());
    let mut client = Client::connect(&endpoint(dovecot.sieve_port(), dovecot.ca_pem()), &credentials)
        .await
        .unwrap();
    let server = client.capabilities().server();
    let name = ScriptName::new("tegu").unwrap();
    let (one, two) = (work(server.clone(), "счёт"), work(server.clone(), "акт"));
    let upload = |work: &Work, activation| Upload::new(name.clone(), &*work.text).activation(activation);
    let by_hand = (
        State::Manual,
        vec!["SIEVE-ATTACHMENT".to_owned(), "SIEVE-ADDRESS".to_owned()],
    );
    let with = |state, codes: &[&str]| {
        let codes = codes.iter().map(|code| (*code).to_owned()).collect();
        vec![(state, codes), by_hand.clone()]
    };

    // A decision changes nothing.
    let this = upload(&one, Activation::Leave);
    decide(&mut client, &one, &this, Before::Nothing).await.unwrap();
    assert_eq!(client.list().await.unwrap(), []);

    let stored = with(State::Moved, &["SIEVE-NOT-ACTIVE"]);
    assert_eq!(go(&mut client, &one, &this, Before::Nothing).await, stored);
    assert_eq!(fetch(&mut client, &name).await.unwrap().as_ref(), Some(&one.text));
    // Killed before anybody wrote down that it was stored, and on the next run.
    assert_eq!(go(&mut client, &one, &this, Before::Sending).await, stored);
    assert_eq!(
        go(&mut client, &one, &this, Before::Same).await,
        with(State::Present, &["SIEVE-NOT-ACTIVE"])
    );
    // The rule changed on Exchange.
    let this = upload(&two, Activation::Activate);
    assert_eq!(
        go(&mut client, &two, &this, Before::Other).await,
        with(State::Moved, &[])
    );
    assert!(client.list().await.unwrap()[0].active);

    // The owner edits the script: it stays, and a change of both is for a person.
    client
        .put(&name, &format!("{}keep;\r\n", two.text))
        .await
        .unwrap();
    assert_eq!(
        go(&mut client, &two, &this, Before::Same).await,
        with(State::Present, &["SIEVE-TARGET-EDITED"])
    );
    assert_eq!(
        go(
            &mut client,
            &one,
            &upload(&one, Activation::Activate),
            Before::Other
        )
        .await,
        with(State::Manual, &["SIEVE-TARGET-CHANGED"])
    );

    // Another script of the owner's runs, and goes on running.
    let own = ScriptName::new("own").unwrap();
    client.put(&own, "keep;\r\n").await.unwrap();
    client.set_active(&own).await.unwrap();
    let other = Upload::new(ScriptName::new("second").unwrap(), &*one.text).activation(Activation::Activate);
    assert_eq!(
        go(&mut client, &one, &other, Before::Nothing).await,
        with(State::Moved, &["SIEVE-OTHER-ACTIVE"])
    );
    // One that is none of ours stands in the way.
    let taken = Upload::new(own, &*one.text);
    assert_eq!(
        go(&mut client, &one, &taken, Before::Nothing).await,
        with(State::Manual, &["SIEVE-NAME-TAKEN"])
    );
    // The owner deletes what was stored, and it is not brought back.
    let gone = Upload::new(ScriptName::new("gone").unwrap(), &*one.text);
    assert_eq!(
        go(&mut client, &one, &gone, Before::Same).await,
        with(State::Excluded, &["SIEVE-TARGET-DELETED"])
    );
    // The server takes a part away that it had offered: its own words, and the rule.
    let greedy = work(
        Server::new("fileinto mailbox comparator-i;unicode-casemap"),
        "счёт",
    );
    let refused = Upload::new(ScriptName::new("refused").unwrap(), &*greedy.text);
    let decided = decide(&mut client, &greedy, &refused, Before::Nothing)
        .await
        .unwrap();
    assert_eq!(decided.items[0].state, State::Manual);
    let finding = &decided.items[0].findings[0];
    assert!(
        finding.code == "SIEVE-REFUSED" && finding.message.contains("casemap"),
        "{finding}"
    );
    // No room for another script: nothing is stored, and what is in the way is named.
    let full = Dovecot::builder()
        .sieve()
        .config("plugin {\n  sieve_quota_max_scripts = 1\n}")
        .start();
    let mut other = Client::connect(&endpoint(full.sieve_port(), full.ca_pem()), &credentials)
        .await
        .unwrap();
    other
        .put(&ScriptName::new("own").unwrap(), "keep;\r\n")
        .await
        .unwrap();
    let this = upload(&one, Activation::Activate);
    assert_eq!(
        go(&mut other, &one, &this, Before::Nothing).await,
        with(State::Manual, &["SIEVE-QUOTA"])
    );
    assert_eq!(other.list().await.unwrap().len(), 1);
    let names: Vec<String> = client
        .list()
        .await
        .unwrap()
        .into_iter()
        .map(|one| one.name)
        .collect();
    assert!(
        !names.contains(&"refused".to_owned()) && !names.contains(&"gone".to_owned()),
        "{names:?}"
    );
}
