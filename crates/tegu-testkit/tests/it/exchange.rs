//! The stand-in does what its documentation says.

use super::dovecot::talk;
use std::time::{Duration, Instant};
use tegu_testkit::Exchange;
use tegu_testkit::exchange::Kind;
use tegu_testkit::imap::Client;

fn conversation(server: &Exchange, commands: &str) -> Vec<String> {
    talk(server.port(), "anna", Exchange::password(), commands)
}

fn says(lines: &[String], text: &str) {
    assert!(
        lines.iter().any(|line| line.contains(text)),
        "no {text:?} in {lines:#?}"
    );
}

const MAIL: &[u8] = b"Subject: hi\r\nMessage-ID: <1@x>\r\n\r\nbody\r\n";

#[test]
fn greets_and_offers_what_exchange_does() {
    let server = Exchange::builder().repeated_capability().start();
    let lines = conversation(
        &server,
        "b CAPABILITY\r\nc NAMESPACE\r\nd ENABLE CONDSTORE\r\ne LIST \"\" * RETURN (SPECIAL-USE)\r\n\
         f STATUS INBOX (MESSAGES UIDNEXT)\r\ng STATUS INBOX (SIZE)\r\n",
    );
    assert!(
        lines[0].starts_with("* OK The Microsoft Exchange IMAP4 service is ready."),
        "{lines:?}"
    );
    says(
        &lines,
        "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN AUTH=XOAUTH2 SASL-IR UIDPLUS MOVE ID UNSELECT CHILDREN IDLE NAMESPACE LITERAL+",
    );
    assert!(lines.iter().any(|line| line == "CAPABILITY completed."));
    says(&lines, "* NAMESPACE ((\"\" \"/\")) NIL NIL");
    says(&lines, "d BAD ");
    says(&lines, "e BAD Command Argument Error. 11");
    assert!(
        lines
            .iter()
            .any(|line| line == "* STATUS \"INBOX\" (MESSAGES 0 UIDNEXT 1) "),
        "{lines:?}"
    );
    says(&lines, "g BAD ");
}

#[test]
fn folders_are_russian_and_case_does_not_count() {
    let server = Exchange::builder().russian().literal_names().start();
    let mut client = Client::login(server.port(), "anna", "secret").unwrap();
    let folders = client.folders().unwrap();
    for folder in ["INBOX", "Отправленные", "Календарь", "Контакты"] {
        assert!(folders.iter().any(|found| found == folder), "{folders:?}");
    }
    assert_eq!(client.messages("КАЛЕНДАРЬ").unwrap().len(), 1);
    let refused = client.messages("нет такой").unwrap_err().to_string();
    assert!(refused.contains("doesn't exist"), "{refused}");
    let lines = conversation(&server, "b CREATE Files\r\nc LIST \"\" inb*\r\nd LSUB \"\" %\r\n");
    says(&lines, "b NO Folder name is reserved");
    says(&lines, "* LIST (\\HasNoChildren) \"/\" {5}");
    says(&lines, "* LSUB ");
}

#[test]
fn a_blank_at_the_end_of_a_name_ends_the_connection() {
    let server = Exchange::start();
    let lines = conversation(&server, "b SELECT \"TEST \"\r\nc NOOP\r\n");
    assert!(lines.last().unwrap().starts_with("a OK"), "{lines:?}");
}

#[test]
fn sizes_are_estimates_and_items_may_be_missing() {
    let server = Exchange::start();
    server.deliver("anna", "INBOX", "\\Seen $MDNSent $Label1", None, MAIL);
    for kind in [Kind::Placeholder, Kind::Silent, Kind::WithoutDate, Kind::NilDate] {
        server.deliver_as(kind, "anna", "INBOX", "", None, MAIL);
    }
    let lines = conversation(
        &server,
        "b EXAMINE inbox\r\nc UID FETCH 1:* (UID FLAGS INTERNALDATE RFC822.SIZE)\r\nd UID FETCH 2:3 (UID BODY.PEEK[])\r\n\
         e FETCH 6 (FLAGS)\r\nf UID FETCH 1 (BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])\r\ng UID FETCH 99 FLAGS\r\n\
         h UID SEARCH CHARSET UTF-8 ALL\r\ni UID SEARCH UID 2:*\r\nj UID STORE 1 +FLAGS (\\Seen)\r\n",
    );
    says(&lines, "* OK [PERMANENTFLAGS ()]");
    says(
        &lines,
        "* 1 FETCH (UID 1 FLAGS ($MDNSent \\Seen) INTERNALDATE \" 1-Jan-2024 12:00:00 +0000\" RFC822.SIZE 733)",
    );
    says(&lines, "* 4 FETCH (UID 4 FLAGS () RFC822.SIZE ");
    says(&lines, "* 5 FETCH (UID 5 FLAGS () INTERNALDATE NIL RFC822.SIZE ");
    says(&lines, "* 2 FETCH (UID 2 BODY[] {");
    says(
        &lines,
        "Subject: Retrieval using the IMAP4 protocol failed for the following message: 2",
    );
    says(&lines, "Subject: \"hi\"");
    assert!(!lines.iter().any(|line| line.starts_with("* 3 FETCH (UID 3 BODY")));
    says(&lines, "d OK");
    says(&lines, "e NO The specified message set is invalid.");
    says(&lines, "* 1 FETCH (BODY[HEADER.FIELDS (MESSAGE-ID)] {21}");
    says(&lines, " UID 1)");
    says(&lines, "g OK");
    says(&lines, "h NO [BADCHARSET");
    says(&lines, "* SEARCH 2 3 4 5");
    says(&lines, "j BAD Command received in Invalid state.");
}

#[test]
fn every_rendering_differs() {
    let server = Exchange::builder().rerender().start();
    let mail = b"Content-Type: multipart/mixed; boundary=\"b1\"\r\n\r\n--b1\r\n\r\nx\r\n--b1--\r\n";
    server.deliver("anna", "INBOX", "", None, mail);
    let mut client = Client::login(server.port(), "anna", "secret").unwrap();
    let [one, other] = [(); 2].map(|()| client.messages("INBOX").unwrap()[0].digest);
    assert_ne!(one, other);
}

#[test]
fn ten_errors_and_long_lines_end_it() {
    let server = Exchange::start();
    let long = format!("b UID FETCH {} FLAGS\r\n", "1,".repeat(5200));
    let lines = conversation(&server, &format!("{long}{}", "c NONSENSE\r\n".repeat(20)));
    says(&lines, "b BAD Command Argument Error. 11");
    assert_eq!(lines.last().unwrap(), "* BYE Connection closed. 14");
    assert_eq!(lines.iter().filter(|line| line.starts_with("c BAD")).count(), 9);
    assert_eq!((server.errors(), server.closed_for_errors()), (10, 1));
}

#[test]
fn throttled_clients_stay_throttled_until_the_time_is_over() {
    let backoff = Duration::from_millis(700);
    let server = Exchange::builder().throttle(3, backoff).start();
    let start = Instant::now();
    let lines = conversation(&server, "b SELECT INBOX\r\nc CHECK\r\nd CHECK\r\ne CHECK\r\n");
    says(
        &lines,
        "d BAD Request is throttled. Suggested Backoff Time: 700 milliseconds",
    );
    assert_eq!(lines.last().unwrap(), "* BYE Connection closed. 14");
    says(
        &conversation(&server, ""),
        "a BAD Request is throttled. Suggested Backoff Time: ",
    );
    assert_eq!(
        (server.throttled(), server.impatient(), server.errors()),
        (2, 1, 0)
    );
    std::thread::sleep(backoff.saturating_sub(start.elapsed()) + Duration::from_millis(20));
    says(&conversation(&server, ""), "a OK");
}

#[test]
fn people_and_delegates_log_in() {
    let server = Exchange::builder()
        .delegate("CORP", "mover", "mover@corp.example")
        .unconnected("boss")
        .token("t0ken")
        .start();
    server.deliver("anna", "INBOX", "", None, MAIL);
    let opens = |login: &str| {
        let login = login.replace('\\', "\\\\");
        talk(
            server.port(),
            &format!("\"{login}\""),
            "secret",
            "b STATUS INBOX (MESSAGES)\r\n",
        )
    };
    for login in [
        "anna",
        "anna@corp.example",
        "CORP\\anna",
        "CORP/mover/anna",
        "corp\\mover\\anna",
        "mover@corp.example/anna",
        "mover@corp.example\\anna@corp.example",
    ] {
        says(&opens(login), "* STATUS \"INBOX\" (MESSAGES 1) ");
    }
    for login in ["CORP/other/anna", "Administrator", "CORP/mover/Administrator"] {
        says(&opens(login), "a NO LOGIN failed.");
    }
    says(&opens("boss"), "b BAD User is authenticated but not connected.");
    says(&talk(server.port(), "anna", "wrong", ""), "a NO LOGIN failed.");
    // user=anna, and the token t0ken or t1ken.
    let lines = talk(
        server.port(),
        "anna",
        "wrong",
        "b AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHQxa2VuAQE=\r\n\
         c AUTHENTICATE XOAUTH2 dXNlcj1hbm5hAWF1dGg9QmVhcmVyIHQwa2VuAQE=\r\nd STATUS INBOX (MESSAGES)\r\n",
    );
    says(&lines, "b NO AUTHENTICATE failed.");
    says(&lines, "c OK AUTHENTICATE completed.");
    says(&lines, "d OK");
    says(
        &conversation(&Exchange::builder().secure_login().start(), ""),
        "a BAD Command received in Invalid state.",
    );
}

#[test]
fn sessions_beyond_the_limit_are_not_connected() {
    let server = Exchange::builder().sessions(2).start();
    let login = || Client::login(server.port(), "anna", "secret").unwrap();
    let mut clients = [login(), login(), login()];
    assert!(clients[1].folders().is_ok());
    let refused = clients[2].folders().unwrap_err().to_string();
    assert!(
        refused.contains("User is authenticated but not connected."),
        "{refused}"
    );
    assert_eq!(server.most_sessions(), 3);
}

#[test]
fn stores_within_its_limits() {
    let server = Exchange::builder().append_limit(1000).quota(1500).start();
    let mut client = Client::login(server.port(), "anna", "secret").unwrap();
    let date = Some("02-Mar-2020 01:02:03 +0300");
    client
        .append("INBOX", "\\Seen $Label1", date, &[b'x'; 900])
        .unwrap();
    let mut refusal = |octets| {
        client
            .append("INBOX", "", None, &vec![b'x'; octets])
            .unwrap_err()
            .to_string()
    };
    assert!(refusal(1001).contains("Maximum size of appendable message has been exceeded"));
    assert!(refusal(700).contains("Server Unavailable. 15"));
    let lines = conversation(&server, "b APPEND INBOX {1001}\r\n");
    says(
        &lines,
        "b NO Maximum size of appendable message has been exceeded",
    );
    let held = &server.holdings("anna")["INBOX"];
    assert_eq!(held.len(), 1);
    assert_eq!((held[0].flags.len(), held[0].date), (1, Some(1_583_100_123)));
    assert_eq!(client.messages("INBOX").unwrap(), *held);
    let lines = conversation(
        &server,
        "b SELECT INBOX\r\nc UID MOVE 1 Drafts\r\nd UID COPY 7 Drafts\r\n",
    );
    says(&lines, "* OK [COPYUID ");
    says(&lines, "* 1 EXPUNGE");
    says(&lines, "  ] COPY completed.");
    server.renumber("anna", "Drafts");
    server.remove("anna", "Drafts", 1);
    assert!(server.holdings("anna")["Drafts"].is_empty());
}
