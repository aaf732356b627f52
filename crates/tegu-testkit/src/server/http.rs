//! Just enough HTTP to see whether a server answers.

use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Sends one request without a body, and fails unless the status of the answer is one of `statuses`.
pub(crate) fn expect(
    port: u16,
    method: &str,
    path: &str,
    login: Option<(&str, &str)>,
    statuses: &[u16],
) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let authorization = match login {
        Some((user, password)) => {
            let token = STANDARD.encode(format!("{user}:{password}").as_bytes());
            format!("Authorization: Basic {token}\r\n")
        }
        None => String::new(),
    };
    write!(
        stream,
        "{method} {path} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nConnection: close\r\nDepth: 0\r\n{authorization}\
         Content-Length: 0\r\n\r\n"
    )?;
    let mut line = String::new();
    BufReader::new(stream).read_line(&mut line)?;
    let status = line.split(' ').nth(1).and_then(|word| word.parse().ok());
    match status {
        Some(status) if statuses.contains(&status) => Ok(()),
        _ => Err(io::Error::other(format!(
            "{method} {path} answered {:?}",
            line.trim_end()
        ))),
    }
}
