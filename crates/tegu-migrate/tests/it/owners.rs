//! Letters that owners find in their new mailboxes.

use crate::{oracle, scene::Scene};
use mail_parser::MessageParser;
use std::fs;
use tegu_migrate::{CancellationToken, Config, Language, letter::Letters};
use tegu_testkit::Dovecot;

#[tokio::test]
async fn a_letter_arrives_once() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let head = scene.head("job");
    let target = Dovecot::start();
    scene.write("password", Dovecot::password());
    scene.write(
        "mail/anna/INBOX.mbox",
        "From a@b Mon Jan  1 00:00:00 2024\nFrom: a@b.test\nSubject: a\n\nbody\n\n",
    );
    scene.write(
        "mail/anna/INBOX/nul.eml",
        "From: a@b.test\r\nSubject: nul\r\n\r\nnul \0\r\n",
    );
    let config = format!(
        "{head}[mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\n\
         target = {{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        target.port()
    );
    let migration = Config::from_toml(&config, scene.root.path().to_owned())
        .unwrap()
        .into_migration()
        .unwrap();
    let cancel = CancellationToken::new();
    let report = migration.run(&cancel).await.unwrap();
    let letters = Letters::new("it@example.test", "Служба поддержки").language(Language::Russian);
    let deliver = || migration.deliver_letters(&letters, &report, &cancel);

    let first = deliver().await.unwrap();
    assert_eq!(
        (first.delivered, first.present, first.failed.len()),
        (1, 0, 0),
        "{first:?}"
    );
    let second = deliver().await.unwrap();
    assert_eq!((second.delivered, second.present), (0, 1));
    assert_eq!(oracle::mailbox(target.port(), "anna")["INBOX"].len(), 2);

    // A process that was killed after the letter had arrived, and before it knew.
    let ledger = scene.path("job/letters/delivered.jsonl");
    let lines = fs::read_to_string(&ledger).unwrap();
    assert_eq!(lines.lines().count(), 2);
    fs::write(&ledger, lines.lines().next().unwrap().to_owned() + "\n").unwrap();
    let third = deliver().await.unwrap();
    assert_eq!((third.delivered, third.present), (0, 1));
    assert_eq!(oracle::mailbox(target.port(), "anna")["INBOX"].len(), 2);

    // The letter says what it should, with the original that waits for a person.
    letters.write_to(&report, &scene.path("job")).unwrap();
    let written = fs::read(scene.path("job/letters/anna@example.test.eml")).unwrap();
    let letter = MessageParser::new().parse(&written).unwrap();
    assert_eq!(
        letter.subject(),
        Some("Ваш почтовый ящик перенесён, остались действия")
    );
    assert_eq!(
        letter.attachment(0).unwrap().contents(),
        b"From: a@b.test\r\nSubject: nul\r\n\r\nnul \0\r\n"
    );

    // A second run finds the letter in the inbox and takes no offence.
    let again = migration.run(&cancel).await.unwrap();
    assert!(again.complete && again.balances());
    assert_eq!(again.entities.iter().map(|row| row.moved_now).sum::<u64>(), 0);
}
