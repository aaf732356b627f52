//! Many accounts.

use crate::scene::Scene;
use std::thread;
use tegu_testkit::{Dovecot, corpus::Corpus, imap::Client};

/// A message without what differs between servers: digest, flags, date.
pub(crate) type Content = ([u8; 32], Vec<String>, Option<i64>);

/// The name of an account.
pub(crate) fn alias(number: usize) -> String {
    format!("u{number:04}")
}

/// Gives each of so many accounts a mailbox of so many messages.
pub(crate) fn fill(port: u16, accounts: usize, messages: usize, largest: u64) {
    thread::scope(|scope| {
        for worker in 0..2 {
            scope.spawn(move || {
                for number in (0..accounts).filter(|number| number % 2 == worker) {
                    fill_one(port, number, messages, largest);
                }
            });
        }
    });
}

fn fill_one(port: u16, number: usize, messages: usize, largest: u64) {
    let mut client = Client::login(port, &alias(number), Dovecot::password()).unwrap();
    let mut made = vec!["INBOX"];
    let mut last = String::new();
    for message in Corpus::new(number as u64).max_size(largest).messages(messages) {
        if !made.contains(&message.folder) {
            client.create(message.folder).unwrap();
            made.push(message.folder);
        }
        let flags = [&message.flags[..], &message.keywords[..]].concat().join(" ");
        let date = message.internal_date.imap();
        last = client
            .send_append(message.folder, &flags, Some(&date), &message.bytes)
            .unwrap();
    }
    client.settle(&last).unwrap();
}

/// All messages of an account, whatever its folders are called.
pub(crate) fn content(port: u16, number: usize) -> Vec<Content> {
    let mut client = Client::login(port, &alias(number), Dovecot::password()).unwrap();
    let held = client.holdings().unwrap();
    let mut content = held
        .into_values()
        .flatten()
        .map(|held| (held.digest, held.flags.into_iter().collect(), held.date))
        .collect::<Vec<_>>();
    content.sort();
    content
}

/// Every account has on the target what it has on the source: nothing is lost, nothing is there twice.
pub(crate) fn assert_same(source: u16, target: u16, accounts: usize) {
    for number in 0..accounts {
        let (before, after) = (content(source, number), content(target, number));
        assert!(!before.is_empty());
        assert_eq!(before.len(), after.len(), "{}", alias(number));
        assert!(before == after, "{}", alias(number));
    }
}

/// Writes a directory of so many accounts, and their password.
pub(crate) fn write(scene: &Scene, accounts: usize) {
    let entries = (0..accounts).map(|number| {
        let alias = alias(number);
        format!(
            "dn: CN={alias},DC=example,DC=test\nobjectClass: user\ndisplayName: {alias}\nmailNickname: {alias}\n\
             mail: {alias}@example.test\nproxyAddresses: SMTP:{alias}@example.test\n\
             msExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
    });
    scene.write("directory.ldif", entries.collect::<String>());
    scene.write("password", format!("{}\n", Dovecot::password()));
}

/// The head of a job for them; a table of the configuration may follow.
pub(crate) fn head(out: &str) -> String {
    format!(
        "name = 'crowd'\nout = '{out}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['example.test']\n"
    )
}

/// An end of a route for everybody, with limits.
pub(crate) fn end(port: u16, limits: &str) -> String {
    format!(
        "{{ kind = 'imap', url = 'imap://127.0.0.1:{port}', security = 'insecure', user = '{{alias}}', \
         password = {{ file = 'password' }}, limits = {{ {limits} }} }}"
    )
}
