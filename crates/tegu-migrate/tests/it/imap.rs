//! Mailboxes that tests fill, and routes between them.

use crate::oracle;
use tegu_migrate::imap::{Credentials, Endpoint, Flags, MailboxName, Session, session::AppendMessage};
use tegu_testkit::{Dovecot, corpus::Corpus};

/// An end of a route at a server on this machine, in clear text.
pub(crate) fn end(port: u16) -> String {
    format!(
        "{{ kind = 'imap', url = 'imap://127.0.0.1:{port}', security = 'insecure', user = 'anna', password = {{ file = 'password' }} }}"
    )
}

pub(crate) fn route(head: &str, source: &str, target: &str) -> String {
    format!("{head}[mail]\nsource = {source}\ntarget = {target}\n[limits]\nbackoff_ms = 10\n")
}

pub(crate) async fn session(port: u16) -> Session {
    let endpoint = Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{port}")).unwrap();
    Session::connect(
        &endpoint,
        &Credentials::password("anna", Dovecot::password().to_owned()),
    )
    .await
    .unwrap()
}

/// Puts a corpus into a mailbox.
pub(crate) async fn fill(port: u16, messages: usize, seed: u64) {
    let mut session = session(port).await;
    let mut made = std::collections::HashSet::new();
    for message in Corpus::new(seed).max_size(200_000).messages(messages) {
        let name = MailboxName::new(message.folder).unwrap();
        if made.insert(message.folder) && !name.is_inbox() {
            session.create(&name).await.unwrap();
        }
        let flags: Flags = message.flags.iter().chain(&message.keywords).copied().collect();
        let date = tegu_migrate::imap::InternalDate::new(
            message.internal_date.unix,
            message.internal_date.offset_minutes.try_into().unwrap(),
        );
        let append = AppendMessage::new(flags, date, message.bytes.into());
        let outcome = session.append(&name, &[append]).await.unwrap();
        assert!(
            matches!(
                outcome[0],
                tegu_migrate::imap::session::AppendOutcome::Stored { .. }
            ),
            "{outcome:?}"
        );
    }
    session.logout().await.unwrap();
}

/// The source's messages by octets, flags and date, whatever the folders are called on the target.
pub(crate) fn flat(mailbox: &oracle::Mailbox) -> Vec<(String, Vec<String>, i64)> {
    let mut all = mailbox.values().flatten().cloned().collect::<Vec<_>>();
    all.sort();
    all
}
