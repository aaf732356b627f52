//! A front takes away, refuses and loses what it was told to, and nothing else.

use super::dovecot::talk;
use tegu_testkit::front::{Front, is_refused};
use tegu_testkit::imap::Client;
use tegu_testkit::{Dovecot, skip_servers};

#[test]
fn takes_capabilities_away_and_notes_who_uses_them() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let front = Front::builder(server.port())
        .without("UIDPLUS")
        .without("MULTIAPPEND")
        .small_literals_only()
        .start();
    let lines = talk(
        front.port(),
        "anna",
        "secret",
        "b CAPABILITY\r\nc APPEND INBOX {3+}\r\nx\r\n\r\nd APPEND INBOX {3}\r\ny\r\n {3+}\r\nz\r\n\r\n",
    );
    let announced: Vec<&String> = lines.iter().filter(|line| line.contains("CAPABILITY ")).collect();
    assert!(announced.len() >= 2, "{lines:?}");
    for line in announced {
        assert!(line.contains("LITERAL- ") || line.contains("LITERAL-]"), "{line}");
        for gone in ["UIDPLUS", "MULTIAPPEND", "LITERAL+", "COMPRESS", "STARTTLS"] {
            assert!(!line.contains(gone), "{gone} in {line}");
        }
    }
    assert!(
        lines.iter().any(|line| line.starts_with("c OK Append")),
        "{lines:?}"
    );
    assert!(lines.iter().any(|line| line == "+ go on"), "{lines:?}");
    assert!(
        lines.iter().any(|line| line.starts_with("d OK Append")),
        "{lines:?}"
    );
    assert_eq!(front.violations().len(), 1);
    assert!(front.violations()[0].starts_with("MULTIAPPEND: d APPEND INBOX"));
    assert_eq!((front.appends(), front.refusals(), front.lost()), (2, 0, 0));
}

#[test]
fn refuses_the_same_messages_always() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let front = Front::builder(server.port()).refuse_one_in(5).start();
    let mut client = Client::login(front.port(), "anna", "secret").unwrap();
    let mut kept = 0;
    for number in 0..60 {
        let message = format!("Subject: {number}\r\n\r\n{{{number}}}\r\n");
        let refused = is_refused(message.as_bytes(), 5);
        kept += usize::from(!refused);
        for _ in 0..2 {
            let answer = client.append("INBOX", "", None, message.as_bytes());
            assert_eq!(answer.is_err(), refused, "{answer:?}");
        }
    }
    assert!((30..58).contains(&kept), "{kept}");
    assert_eq!(client.messages("INBOX").unwrap().len(), 2 * kept);
}

#[test]
fn loses_an_answer_after_the_message_is_stored() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let front = Front::builder(server.port()).lose_answer(2).start();
    let mut client = Client::login(front.port(), "anna", "secret").unwrap();
    client.append("INBOX", "", None, b"a").unwrap();
    assert!(client.append("INBOX", "", None, b"b").is_err());
    let mut client = Client::login(front.port(), "anna", "secret").unwrap();
    assert_eq!(client.messages("INBOX").unwrap().len(), 2);
    assert_eq!(front.lost(), 1);
}
