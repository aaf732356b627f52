use super::dovecot::alive;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use tegu_testkit::{Radicale, Xandikos, skip_servers};

const EVENT: &str = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:u1\r\n\
    DTSTAMP:20260101T000000Z\r\nDTSTART:20260101T000000Z\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n";

fn http(port: u16, method: &str, path: &str, headers: &str, body: &str) -> String {
    let mut stream = TcpStream::connect(("127.0.0.1", port)).unwrap();
    let length = body.len();
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: {length}\r\n{headers}\r\n{body}"
    )
    .unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).unwrap();
    answer
}

fn status(answer: &str) -> &str {
    answer.split(' ').nth(1).unwrap_or(answer)
}

#[test]
fn radicale_keeps_a_calendar_and_asks_for_a_password() {
    if skip_servers() {
        return;
    }
    let server = Radicale::start();
    let other = Radicale::builder().without_passwords().start();
    // anyone:secret, anyone:wrong
    let right = "Authorization: Basic YW55b25lOnNlY3JldA==\r\n";
    let wrong = "Authorization: Basic YW55b25lOndyb25n\r\n";
    assert_eq!(
        status(&http(server.port(), "MKCALENDAR", "/anyone/c/", wrong, "")),
        "401"
    );
    for (port, login) in [(server.port(), right), (other.port(), wrong)] {
        assert_eq!(status(&http(port, "MKCALENDAR", "/anyone/c/", login, "")), "201");
        let headers = format!("{login}Content-Type: text/calendar\r\n");
        assert_eq!(
            status(&http(port, "PUT", "/anyone/c/u1.ics", &headers, EVENT)),
            "201"
        );
        assert!(http(port, "GET", "/anyone/c/u1.ics", login, "").contains("UID:u1"));
    }
    let pid = server.pid();
    drop(server);
    assert!(!alive(pid) && alive(other.pid()));
}

#[test]
fn xandikos_keeps_an_event() {
    if skip_servers() {
        return;
    }
    let server = Xandikos::start();
    let path = "/user/calendars/calendar/u1.ics";
    assert_eq!(
        status(&http(
            server.port(),
            "PUT",
            path,
            "Content-Type: text/calendar\r\n",
            EVENT
        )),
        "201"
    );
    assert!(http(server.port(), "GET", path, "", "").contains("UID:u1"));
    let pid = server.pid();
    drop(server);
    assert!(!alive(pid));
}
