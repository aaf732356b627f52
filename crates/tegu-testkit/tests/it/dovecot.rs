use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use tegu_testkit::{Dovecot, skip_servers};

/// Sends the commands after a log-in as `user` and returns every line of the answers.
pub(super) fn talk(port: u16, user: &str, password: &str, commands: &str) -> Vec<String> {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    write!(stream, "a LOGIN {user} {password}\r\n{commands}z LOGOUT\r\n").unwrap();
    let lines = BufReader::new(stream).split(b'\n').map(Result::unwrap);
    lines
        .map(|line| String::from_utf8_lossy(line.strip_suffix(b"\r").unwrap_or(&line)).into_owned())
        .collect()
}

pub(super) fn alive(pid: u32) -> bool {
    std::path::Path::new(&format!("/proc/{pid}")).exists()
}

#[test]
fn two_servers_answer_and_stop() {
    if skip_servers() {
        return;
    }
    let first = Dovecot::start();
    let second = Dovecot::start();
    assert_ne!(first.port(), second.port());
    for server in [&first, &second] {
        let lines = talk(server.port(), "anna", Dovecot::password(), "b LIST \"\" *\r\n");
        assert!(lines.iter().any(|line| line.starts_with("b OK")), "{lines:?}");
    }
    let pid = first.pid();
    let mail = first.mail_dir();
    assert!(alive(pid) && mail.exists());
    drop(first);
    assert!(!alive(pid) && !mail.exists());
    assert!(alive(second.pid()));
}

#[test]
fn mail_survives_a_restart_and_a_crash() {
    if skip_servers() {
        return;
    }
    let mut server = Dovecot::start();
    let append = "b APPEND INBOX {5+}\r\nA: b\n\r\n";
    talk(server.port(), "anna", "secret", append);
    let before = server.pid();
    server.restart();
    assert!(!alive(before));
    talk(server.port(), "anna", "secret", append);
    server.crash();
    assert!(TcpStream::connect(("127.0.0.1", server.port())).is_err());
    server.start_again();
    let lines = talk(server.port(), "anna", "secret", "c SELECT INBOX\r\n");
    assert!(lines.iter().any(|line| line == "* 2 EXISTS"), "{lines:?}");
}

#[test]
fn options_take_effect() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::builder()
        .quota(1000)
        .acl()
        .fsync()
        .config("imap_capability = +XTEGU")
        .start();
    let big = format!("c APPEND INBOX {{2000+}}\r\n{}\r\n", "x".repeat(2000));
    let commands = format!("b CAPABILITY\r\n{big}d GETQUOTAROOT INBOX\r\ne MYRIGHTS INBOX\r\n");
    let lines = talk(server.port(), "anna*admin", "adminp", &commands);
    let has = |text: &str| lines.iter().any(|line| line.contains(text));
    assert!(has(" QUOTA ") && has(" ACL ") && has(" XTEGU"), "{lines:?}");
    assert!(has("c NO [OVERQUOTA]") && has("e OK"), "{lines:?}");
}

#[test]
fn a_wrong_password_is_refused_and_logged() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
    let lines = talk(server.port(), "anna", "wrong", "");
    assert!(lines.iter().any(|line| line.starts_with("a NO")), "{lines:?}");
    assert!(server.log().contains("starting up"), "{}", server.log());
}

#[test]
fn a_user_may_be_an_address() {
    if skip_servers() {
        return;
    }
    let server = Dovecot::start();
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
