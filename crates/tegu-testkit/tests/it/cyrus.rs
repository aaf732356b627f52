use super::dovecot::{alive, talk};
use tegu_testkit::{Cyrus, skip_servers};

#[test]
fn two_servers_answer_and_stop() {
    if skip_servers() {
        return;
    }
    let first = Cyrus::start();
    let second = Cyrus::builder().classic_namespace().quota_kib(1).start();
    let lines = talk(
        first.port(),
        "anna",
        Cyrus::password(),
        "b CREATE Sent\r\nc LIST \"\" *\r\n",
    );
    assert!(lines.iter().any(|line| line.ends_with("\"/\" Sent")), "{lines:?}");
    let big = format!(
        "d APPEND INBOX {{3003+}}\r\nA: b\r\n\r\n{}\r\n\r\n",
        "x".repeat(2993)
    );
    let commands = format!("b CREATE INBOX.Sent\r\nc LIST \"\" *\r\n{big}");
    let lines = talk(second.port(), "anna", Cyrus::password(), &commands);
    assert!(
        lines.iter().any(|line| line.ends_with("\".\" INBOX.Sent")),
        "{lines:?}"
    );
    assert!(
        lines.iter().any(|line| line.starts_with("d NO Over quota")),
        "{lines:?}"
    );
    let pid = first.pid();
    drop(first);
    assert!(!alive(pid) && alive(second.pid()));
}

#[test]
fn users_passwords_and_rights() {
    if skip_servers() {
        return;
    }
    let server = Cyrus::start();
    server.add_user("office");
    let lines = talk(
        server.port(),
        "admin",
        "adminp",
        "b SETACL user/office anna lrs\r\n",
    );
    assert!(lines.iter().any(|line| line.starts_with("b OK")), "{lines:?}");
    let lines = talk(
        server.port(),
        "anna",
        "secret",
        "b SELECT \"Other Users/office\"\r\n",
    );
    assert!(lines.iter().any(|line| line.starts_with("b OK")), "{lines:?}");
    let lines = talk(server.port(), "anna", "wrong", "");
    assert!(lines.iter().any(|line| line.starts_with("a NO")), "{lines:?}");
}

#[test]
fn a_user_may_be_an_address() {
    if skip_servers() {
        return;
    }
    let server = Cyrus::start();
    for user in ["ivan.petrov", "ivan.petrov@example.test"] {
        let lines = talk(
            server.port(),
            user,
            "secret",
            "b CREATE Sent\r\nc SELECT INBOX\r\n",
        );
        assert!(lines.iter().any(|line| line.starts_with("b OK")), "{lines:?}");
        assert!(lines.iter().any(|line| line.starts_with("c OK")), "{lines:?}");
    }
}
