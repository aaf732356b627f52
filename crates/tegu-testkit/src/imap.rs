//! A second opinion on a mailbox: a small IMAP client that shares no code with the crate under test.
//!
//! It fills mailboxes, changes them, and tells what they hold, message by message. It is synchronous, reads everything
//! into memory, and fails at the first surprise.
//!
//! ```no_run
//! use tegu_testkit::imap::Client;
//!
//! # fn main() -> std::io::Result<()> {
//! let server = tegu_testkit::Dovecot::start();
//! let mut client = Client::login(server.port(), "anna", tegu_testkit::Dovecot::password())?;
//! client.append("INBOX", "\\Seen", Some(" 1-Jan-2024 03:00:00 +0300"), b"Subject: hi\r\n\r\n")?;
//! let held = client.holdings()?;
//! assert_eq!(held["INBOX"][0].octets, 15);
//! # Ok(())
//! # }
//! ```

mod name;
mod response;

pub use name::{decode as decode_name, encode as encode_name};
pub use response::Response;
pub(crate) use response::{held, unix};

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

/// A message as a server holds it.
#[derive(Clone, Debug, Eq, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub struct Held {
    /// Its UID.
    pub uid: u32,
    /// Flags and keywords without `\Recent`, in lower case: servers treat them so.
    pub flags: BTreeSet<String>,
    /// INTERNALDATE, seconds since 1970-01-01 00:00:00 UTC; `None` where the server tells none.
    pub date: Option<i64>,
    /// The length of its octets; `None` where the server answers `NIL`.
    pub octets: u64,
    /// BLAKE3 of its octets.
    pub digest: [u8; 32],
}

impl Held {
    /// What must be equal on both sides of a copy: everything but the UID.
    pub fn content(&self) -> (&BTreeSet<String>, Option<i64>, u64, [u8; 32]) {
        (&self.flags, self.date, self.octets, self.digest)
    }
}

/// What a mailbox holds: folder name, decoded, to its messages in the order of the server.
pub type Holdings = BTreeMap<String, Vec<Held>>;

/// A connection that has logged in.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    commands: u64,
}

impl Client {
    /// Connects to a port of this machine, without TLS, and logs in.
    ///
    /// # Errors
    ///
    /// When the server is not there, does not greet with `OK`, or refuses.
    pub fn login(port: u16, user: &str, password: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut this = Self {
            stream: BufReader::with_capacity(256 * 1024, stream),
            commands: 0,
        };
        let greeting = this.response()?;
        if !greeting.text.starts_with("* OK") {
            return Err(io::Error::other(format!("greeting {:?}", greeting.text)));
        }
        this.command(&format!("LOGIN {} {}", quoted(user), quoted(password)))?;
        Ok(this)
    }

    /// Sends a command, waits for its end, and returns the untagged responses before it.
    ///
    /// # Errors
    ///
    /// When the answer is not `OK`; the text is in the error.
    pub fn command(&mut self, command: &str) -> io::Result<Vec<Response>> {
        let tag = self.send(command.as_bytes())?;
        self.finish(&tag, command)
    }

    /// Stores a message. `flags` are separated by blanks; `date` is a `date-time` of IMAP without quotes.
    ///
    /// # Errors
    ///
    /// When the server refuses it.
    pub fn append(&mut self, folder: &str, flags: &str, date: Option<&str>, octets: &[u8]) -> io::Result<()> {
        let tag = self.send_append(folder, flags, date, octets)?;
        self.finish(&tag, "APPEND").map(drop)
    }

    /// As [`Client::append`], but without waiting for the answer: [`Client::settle`] does, for many at once.
    ///
    /// # Errors
    ///
    /// When the connection fails.
    pub fn send_append(
        &mut self,
        folder: &str,
        flags: &str,
        date: Option<&str>,
        octets: &[u8],
    ) -> io::Result<String> {
        let date = date.map(|date| format!(" \"{date}\"")).unwrap_or_default();
        let head = format!(
            "APPEND {} ({flags}){date} {{{}+}}\r\n",
            wire_name(folder),
            octets.len()
        );
        self.send(&[head.as_bytes(), octets].concat())
    }

    /// Waits for the answer to the command that was sent with `tag`, and to all those before it.
    ///
    /// # Errors
    ///
    /// When any of them is not `OK`.
    pub fn settle(&mut self, tag: &str) -> io::Result<()> {
        loop {
            let response = self.response()?;
            let Some((found, rest)) = response.text.split_once(' ') else {
                return Err(io::Error::other(response.text));
            };
            if found == "*" {
                continue;
            }
            if !rest.starts_with("OK") {
                return Err(io::Error::other(format!("{found}: {rest}")));
            }
            if found == tag {
                return Ok(());
            }
        }
    }

    /// Every folder that can be opened, decoded, in the order of the server.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn folders(&mut self) -> io::Result<Vec<String>> {
        let responses = self.command("LIST \"\" \"*\"")?;
        let names = responses.iter().filter_map(|response| {
            let rest = response.text.strip_prefix("* LIST ")?;
            let (attributes, _) = rest.split_once(')')?;
            let unusable = ["\\noselect", "\\nonexistent"];
            let lower = attributes.to_lowercase();
            if unusable.iter().any(|attribute| lower.contains(attribute)) {
                return None;
            }
            response.mailbox()
        });
        Ok(names.map(|name| name::decode(&name)).collect())
    }

    /// Makes a folder and subscribes to it.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn create(&mut self, folder: &str) -> io::Result<()> {
        let name = wire_name(folder);
        self.command(&format!("CREATE {name}"))?;
        self.command(&format!("SUBSCRIBE {name}")).map(drop)
    }

    /// Opens a folder for writing.
    ///
    /// # Errors
    ///
    /// When the server refuses.
    pub fn select(&mut self, folder: &str) -> io::Result<Vec<Response>> {
        self.command(&format!("SELECT {}", wire_name(folder)))
    }

    /// What a folder holds, in the order of the server. The folder is opened for reading only.
    ///
    /// # Errors
    ///
    /// When the server refuses, or leaves out a UID or a body.
    pub fn messages(&mut self, folder: &str) -> io::Result<Vec<Held>> {
        let opened = self.command(&format!("EXAMINE {}", wire_name(folder)))?;
        if opened.iter().any(|response| response.text == "* 0 EXISTS") {
            return Ok(Vec::new());
        }
        let tag = self.send(b"UID FETCH 1:* (UID FLAGS INTERNALDATE BODY.PEEK[])")?;
        let mut held = Vec::new();
        loop {
            // One at a time: a mailbox of bodies need not fit into memory.
            let response = self.response()?;
            if let Some(answer) = response.text.strip_prefix(&format!("{tag} ")) {
                return if answer.starts_with("OK") {
                    Ok(held)
                } else {
                    Err(io::Error::other(format!("{folder}: {answer}")))
                };
            }
            if response.text.contains(" FETCH (") {
                held.push(
                    response
                        .held()
                        .ok_or_else(|| io::Error::other(response.text.clone()))?,
                );
            }
        }
    }

    /// What every folder holds.
    ///
    /// # Errors
    ///
    /// As [`Client::messages`].
    pub fn holdings(&mut self) -> io::Result<Holdings> {
        let folders = self.folders()?;
        folders
            .into_iter()
            .map(|folder| self.messages(&folder).map(|held| (folder, held)))
            .collect()
    }

    fn send(&mut self, command: &[u8]) -> io::Result<String> {
        self.commands += 1;
        let tag = format!("k{}", self.commands);
        let line = [tag.as_bytes(), b" ", command, b"\r\n"].concat();
        self.stream.get_mut().write_all(&line)?;
        Ok(tag)
    }

    fn finish(&mut self, tag: &str, what: &str) -> io::Result<Vec<Response>> {
        let mut untagged = Vec::new();
        loop {
            let response = self.response()?;
            match response.text.strip_prefix(&format!("{tag} ")) {
                Some(answer) if answer.starts_with("OK") => return Ok(untagged),
                Some(answer) => return Err(io::Error::other(format!("{what}: {answer}"))),
                None => untagged.push(response),
            }
        }
    }

    fn response(&mut self) -> io::Result<Response> {
        let mut response = Response::default();
        loop {
            let mut line = Vec::new();
            self.stream.read_until(b'\n', &mut line)?;
            if line.pop() != Some(b'\n') {
                return Err(io::Error::from(io::ErrorKind::UnexpectedEof));
            }
            line.pop_if(|last| *last == b'\r');
            let line = String::from_utf8_lossy(&line);
            let literal = response.literal(&line);
            response.text.push_str(&line);
            let Some(length) = literal else {
                return Ok(response);
            };
            let mut octets = vec![0; length];
            self.stream.read_exact(&mut octets)?;
            response.literals.push(octets);
        }
    }
}

/// A folder name as it goes into a command.
pub fn wire_name(folder: &str) -> String {
    quoted(&name::encode(folder))
}

fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}
