//! Rights and quotas on real servers, and what servers without them are told.

use tegu_imap::access::{Rights, RightsChange};
use tegu_imap::session::AppendOutcome;
use tegu_imap::{Credentials, ErrorKind, MailboxName, Session};
use tegu_rights::{FULL_ACCESS, Permissions};
use tegu_testkit::{Cyrus, Dovecot, skip_servers};

use super::support::{GREETING, anna, corpus, inbox, login, plain, scripted, secret};

async fn session(port: u16, user: &str, password: &str) -> Session {
    let user = Credentials::password(user, secret(password));
    Session::connect(&plain(port), &user).await.unwrap()
}

/// What is given is what is told, by both real servers, in the words of Exchange's roles too.
#[tokio::test]
async fn rights_are_given_told_and_taken() {
    if skip_servers() {
        return;
    }
    let shared = "namespace others {\n type = shared\n separator = /\n prefix = shared/%%u/\n \
                  location = sdbox:%%h/store\n subscriptions = no\n list = children\n}\n\
                  plugin {\n acl = vfile::cache_secs=0\n}";
    let (dovecot, cyrus) = (Dovecot::builder().acl().config(shared).start(), Cyrus::start());
    for (port, password, others) in [
        (dovecot.port(), Dovecot::password(), "shared/anna"),
        (cyrus.port(), Cyrus::password(), "Other Users/anna"),
    ] {
        let mut owner = session(port, "anna", password).await;
        let mut other = session(port, "boris", password).await;
        assert!(!owner.namespaces().other_users.is_empty());
        let name = MailboxName::new("Отчёты (2023)").unwrap();
        owner.create(&name).await.unwrap();
        let seen = MailboxName::new(&format!("{others}/Отчёты (2023)")).unwrap();
        let full = Rights::of(FULL_ACCESS);
        assert!(full.without(owner.my_rights(&name).await.unwrap()).is_empty());
        other.status(&seen).await.unwrap_err();
        for role in [
            "Reviewer",
            "Contributor",
            "Author",
            "Editor",
            "PublishingEditor",
            "Owner",
        ] {
            let (rights, _) = Permissions::parse(role).unwrap().rights();
            let sent = owner
                .set_acl(&name, "boris", RightsChange::Replace, rights)
                .await
                .unwrap();
            assert_eq!(sent, rights);
            let acl = owner.get_acl(&name).await.unwrap();
            let boris = acl.iter().find(|entry| entry.identifier == "boris").unwrap();
            assert_eq!(boris.rights, rights, "{role}");
            assert_eq!(other.my_rights(&seen).await.unwrap(), rights, "{role}");
            let stored = other.append(&seen, &corpus()[..1]).await;
            let stored = stored.is_ok_and(|outcomes| matches!(outcomes[0], AppendOutcome::Stored { .. }));
            assert_eq!(stored, rights.contains('i'), "{role}");
            assert_eq!(other.examine(&seen).await.is_ok(), rights.contains('r'), "{role}");
        }
        owner
            .set_acl(&name, "boris", RightsChange::Replace, Rights::of("l"))
            .await
            .unwrap();
        owner
            .set_acl(&name, "boris", RightsChange::Add, Rights::of("rs"))
            .await
            .unwrap();
        owner
            .set_acl(&name, "boris", RightsChange::Remove, Rights::of("s"))
            .await
            .unwrap();
        assert_eq!(other.my_rights(&seen).await.unwrap(), Rights::of("lr"));
        let grantable = owner.list_rights(&name, "boris").await.unwrap();
        let all = grantable
            .optional
            .iter()
            .fold(grantable.required, |all, group| all | *group);
        assert!(full.without(all).is_empty(), "{grantable:?}");
        assert_eq!(other.get_acl(&seen).await.unwrap_err().kind(), ErrorKind::Refused);
        owner.delete_acl(&name, "boris").await.unwrap();
        let acl = owner.get_acl(&name).await.unwrap();
        assert!(!acl.iter().any(|entry| entry.identifier == "boris"));
        // Dovecot remembers in a session what it let in.
        let mut other = session(port, "boris", password).await;
        other.status(&seen).await.unwrap_err();
        // Names that would be more than one argument are one.
        for identifier in ["b oris) lr", "Борис\r\nX DELETE INBOX"] {
            let _ = owner
                .set_acl(&name, identifier, RightsChange::Add, Rights::of("l"))
                .await;
        }
        assert_eq!(owner.status(&name).await.unwrap().messages, 5);
    }
}

#[tokio::test]
async fn quotas_are_told_and_used_up() {
    if skip_servers() {
        return;
    }
    let messages = "plugin {\n quota_rule = *:bytes=51200:messages=7\n}";
    let dovecot = Dovecot::builder().quota(51_200).config(messages).start();
    let cyrus = Cyrus::builder().quota_kib(50).start();
    for (port, password, counts) in [
        (dovecot.port(), Dovecot::password(), true),
        (cyrus.port(), Cyrus::password(), false),
    ] {
        let mut session = session(port, "anna", password).await;
        let quotas = session.quotas(&inbox()).await.unwrap();
        assert_eq!(quotas.len(), 1);
        let storage = quotas[0].resource("STORAGE").unwrap();
        assert_eq!((storage.usage, storage.limit), (0, 50));
        assert_eq!(quotas[0].octets_left(), Some(51_200));
        assert_eq!(quotas[0].messages_left(), counts.then_some(7));
        let mut large = corpus().remove(0);
        large.body = [&large.body[..], "line\r\n".repeat(5000).as_bytes()]
            .concat()
            .into();
        session.append(&inbox(), &[large.clone()]).await.unwrap();
        let left = session.quotas(&inbox()).await.unwrap()[0].octets_left().unwrap();
        assert!(left < 51_200 - 29_000, "{left}");
        let outcomes = session.append(&inbox(), &[large]).await.unwrap();
        assert!(
            matches!(outcomes[0], AppendOutcome::Refused { .. }),
            "{outcomes:?}"
        );
    }
    let mut session = session(Dovecot::start().port(), "anna", Dovecot::password()).await;
    assert_eq!(
        session.quotas(&inbox()).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
}

#[tokio::test]
async fn old_servers_are_told_in_their_own_letters() {
    for (capabilities, sent) in [("ACL", "lrswiad"), ("ACL RIGHTS=texk", "lrswiktea")] {
        let (port, heard) = scripted(GREETING, move |command| {
            login(command, capabilities).unwrap_or_else(|| match command.split(' ').next().unwrap() {
                "GETACL" => "* ACL INBOX anna lrswipcda\r\n$T OK\r\n".into(),
                "MYRIGHTS" => "$T OK\r\n".into(),
                _ => "$T OK\r\n".into(),
            })
        })
        .await;
        let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
        let rights = Rights::of("lrswiktea");
        let told = session
            .set_acl(&inbox(), "bo\"ris", RightsChange::Add, rights)
            .await
            .unwrap();
        assert_eq!(told, Rights::of(sent));
        let acl = session.get_acl(&inbox()).await.unwrap();
        assert_eq!(acl[0].rights.to_string(), "lrswipkxtea");
        assert_eq!(
            session.my_rights(&inbox()).await.unwrap_err().kind(),
            ErrorKind::Protocol
        );
        let nobody = session
            .set_acl(&inbox(), "", RightsChange::Add, rights)
            .await
            .unwrap_err();
        assert_eq!(nobody.kind(), ErrorKind::Config);
        assert_eq!(
            heard.lock().unwrap()[1],
            format!("SETACL \"INBOX\" \"bo\\\"ris\" \"+{told}\"")
        );
    }
    let (port, heard) = scripted(GREETING, |command| login(command, "").unwrap_or_default()).await;
    let mut session = Session::connect(&plain(port), &anna()).await.unwrap();
    assert_eq!(
        session.get_acl(&inbox()).await.unwrap_err().kind(),
        ErrorKind::Unsupported
    );
    assert_eq!(heard.lock().unwrap().len(), 1);
}
