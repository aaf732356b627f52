//! Just enough IMAP to see whether a server answers, and to set it up.

use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// Logs in, runs each command, logs out, and returns the untagged lines. Fails at the first command that is not `OK`.
///
/// A log-in, and not just a greeting, shows that authentication and the mail store work.
pub(crate) fn run(port: u16, user: &str, password: &str, commands: &[&str]) -> io::Result<Vec<String>> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_read_timeout(Some(Duration::from_secs(10)))?;
    let mut lines = BufReader::new(stream.try_clone()?).lines();
    let mut next = || {
        lines
            .next()
            .unwrap_or_else(|| Err(io::Error::other("the connection was closed")))
    };
    let greeting = next()?;
    if !greeting.starts_with("* OK") {
        return Err(io::Error::other(format!("greeting {greeting:?}")));
    }
    let mut untagged = Vec::new();
    let login = format!("LOGIN {user} {password}");
    for command in [login.as_str()].iter().chain(commands).chain(&["LOGOUT"]) {
        write!(stream, "a {command}\r\n")?;
        loop {
            let line = next()?;
            match line.strip_prefix("a ") {
                Some(answer) if answer.starts_with("OK") => break,
                Some(answer) => return Err(io::Error::other(format!("{command}: {answer}"))),
                None => untagged.push(line),
            }
        }
    }
    Ok(untagged)
}
