//! One HTTP request at a time, by hand: what a server lets somebody do is asked without the client that is tested.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// An answer.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer {
    /// The status.
    pub status: u16,
    /// Where it leads, if it is a redirect: a path on the same server.
    pub location: Option<String>,
    /// The body as it came.
    pub body: String,
}

/// Sends a request of a user of the testkit's servers, whose passwords are all the same, to wherever the server leads it.
///
/// # Panics
///
/// When the server does not answer.
pub fn ask(port: u16, who: &str, (method, path): (&str, &str), body: &str) -> Answer {
    let mut path = path.to_owned();
    loop {
        let answer = send(port, (method, &path), Some((who, "secret")), body).expect("an answer");
        match answer.location {
            Some(there) if answer.status / 100 == 3 && there != path => path = there,
            _ => return answer,
        }
    }
}

/// Sends a request to `127.0.0.1` and reads the answer to its end. `Depth` is 0, and the body is XML unless it is a calendar or a card.
///
/// # Errors
///
/// Those of the connection, and an answer without a status.
pub fn send(
    port: u16,
    (method, path): (&str, &str),
    login: Option<(&str, &str)>,
    body: &str,
) -> io::Result<Answer> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let authorization = match login {
        Some((user, password)) => {
            let token = STANDARD.encode(format!("{user}:{password}").as_bytes());
            format!("Authorization: Basic {token}\r\n")
        }
        None => String::new(),
    };
    let kind = match body {
        _ if body.starts_with("BEGIN:VCALENDAR") => "text/calendar",
        _ if body.starts_with("BEGIN:VCARD") => "text/vcard",
        _ => "application/xml",
    };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nDepth: 0\r\n{authorization}\
         Content-Type: {kind}; charset=utf-8\r\nContent-Length: {}\r\n\r\n{body}",
        body.len()
    )?;
    let mut octets = Vec::new();
    // A server that has answered may close without ceremony.
    let read = stream.read_to_end(&mut octets);
    let text = String::from_utf8_lossy(&octets);
    let (head, body) = text.split_once("\r\n\r\n").unwrap_or((&text, ""));
    let status = head.split(' ').nth(1).and_then(|word| word.parse().ok());
    let Some(status) = status else {
        read?;
        return Err(io::Error::other(format!("{method} {path} answered {head:?}")));
    };
    let location = head.lines().find_map(|line| {
        let (name, value) = line.split_once(':')?;
        let value = name.eq_ignore_ascii_case("location").then(|| value.trim())?;
        let path = value.split_once("://").map_or(value, |(_, rest)| {
            rest.find('/').and_then(|at| rest.get(at..)).unwrap_or("/")
        });
        Some(path.to_owned())
    });
    Ok(Answer {
        status,
        location,
        body: body.to_owned(),
    })
}
