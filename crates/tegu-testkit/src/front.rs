//! A stand-in for servers that can less: it passes IMAP through to a real server, takes capabilities away, refuses messages
//! and loses answers.
//!
//! Commands are read whole before they are passed on; a literal that waits for leave gets it here. COMPRESS and STARTTLS are
//! always taken away, since the front has to read what passes.
//!
//! ```no_run
//! use tegu_testkit::front::Front;
//!
//! let server = tegu_testkit::Dovecot::start();
//! let front = Front::builder(server.port()).without("UIDPLUS").refuse_one_in(50).start();
//! // A client that connects to front.port() sees a server without UIDPLUS.
//! assert!(front.violations().is_empty());
//! ```

mod command;
mod response;

use command::Command;
use response::Answers;
use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Write as _};
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

/// Options for [`Front`].
#[derive(Clone, Debug)]
pub struct FrontBuilder {
    server: u16,
    without: Vec<String>,
    instead: HashMap<String, String>,
    refuse_one_in: Option<u64>,
    alter_text: Option<u64>,
    alter_subject: Option<u64>,
    hang_up_on: Option<String>,
    lose_answer: Option<u64>,
}

impl FrontBuilder {
    /// Takes a capability away, and notes as a violation what a client does that needs it.
    ///
    /// Known are `UIDPLUS` (its codes are taken away too), `MULTIAPPEND`, `LITERAL+`, `CONDSTORE`; others are only not
    /// announced.
    #[must_use]
    pub fn without(mut self, capability: &str) -> Self {
        self.without.push(capability.to_uppercase());
        self
    }

    /// Announces `LITERAL-` in place of `LITERAL+`: only literals up to 4096 octets go without leave (RFC 7888).
    #[must_use]
    pub fn small_literals_only(mut self) -> Self {
        self.instead.insert("LITERAL+".into(), "LITERAL-".into());
        self
    }

    /// Announces `APPENDLIMIT` (RFC 7889) in place of `MOVE`.
    #[must_use]
    pub fn append_limit(mut self, octets: u64) -> Self {
        self.instead
            .insert("MOVE".into(), format!("APPENDLIMIT={octets}"));
        self
    }

    /// Refuses one message in so many, always the same ones: those of which [`is_refused`] is true.
    #[must_use]
    pub fn refuse_one_in(mut self, count: u64) -> Self {
        self.refuse_one_in = Some(count);
        self
    }

    /// Stores one message in so many with another last letter, always the same ones: those of which [`is_refused`] is true.
    #[must_use]
    pub fn alter_text_one_in(mut self, count: u64) -> Self {
        self.alter_text = Some(count);
        self
    }

    /// Stores one message in so many with another subject, always the same ones: those of which [`is_refused`] is true.
    #[must_use]
    pub fn alter_subject_one_in(mut self, count: u64) -> Self {
        self.alter_subject = Some(count);
        self
    }

    /// Closes the connection in place of the answer to each command that holds this text, which is not passed on.
    #[must_use]
    pub fn hang_up_on(mut self, text: &str) -> Self {
        self.hang_up_on = Some(text.to_owned());
        self
    }

    /// Closes the connection in place of the answer to each so many APPEND commands: the server has stored what the client
    /// does not know of.
    #[must_use]
    pub fn lose_answer(mut self, every: u64) -> Self {
        self.lose_answer = Some(every);
        self
    }

    /// Starts it.
    ///
    /// # Panics
    ///
    /// When no loopback port is free.
    pub fn start(self) -> Front {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on a loopback port");
        let port = listener.local_addr().expect("know the own port").port();
        let shared = Arc::new(Shared {
            options: self,
            stop: AtomicBool::new(false),
            appends: AtomicU64::new(0),
            refusals: AtomicU64::new(0),
            lost: AtomicU64::new(0),
            violations: Mutex::default(),
        });
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for client in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.pass(&client));
            }
        });
        Front { port, shared }
    }
}

/// Whether a front that refuses one message in `count` refuses this one.
pub fn is_refused(octets: &[u8], count: u64) -> bool {
    let digest: [u8; 32] = blake3::hash(octets).into();
    let number = digest[..8]
        .iter()
        .fold(0_u64, |number, octet| number << 8 | u64::from(*octet));
    number.is_multiple_of(count)
}

/// A running front; see the [module](self).
#[derive(Debug)]
pub struct Front {
    port: u16,
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    options: FrontBuilder,
    stop: AtomicBool,
    appends: AtomicU64,
    refusals: AtomicU64,
    lost: AtomicU64,
    violations: Mutex<Vec<String>>,
}

impl Front {
    /// A front of the server on this port of this machine.
    pub fn builder(server: u16) -> FrontBuilder {
        FrontBuilder {
            server,
            without: vec!["COMPRESS=DEFLATE".into(), "STARTTLS".into()],
            instead: HashMap::new(),
            refuse_one_in: None,
            alter_text: None,
            alter_subject: None,
            hang_up_on: None,
            lose_answer: None,
        }
    }

    /// Where clients connect.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// How many APPEND commands came.
    pub fn appends(&self) -> u64 {
        self.shared.appends.load(Ordering::SeqCst)
    }

    /// How many APPEND commands were refused.
    pub fn refusals(&self) -> u64 {
        self.shared.refusals.load(Ordering::SeqCst)
    }

    /// How many answers were lost.
    pub fn lost(&self) -> u64 {
        self.shared.lost.load(Ordering::SeqCst)
    }

    /// What clients did that the announced capabilities do not allow.
    pub fn violations(&self) -> Vec<String> {
        lock(&self.shared.violations).clone()
    }
}

impl Drop for Front {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it sees the flag and gives the port back.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}

impl Shared {
    fn pass(self: Arc<Self>, client: &TcpStream) -> io::Result<()> {
        let server = TcpStream::connect(("127.0.0.1", self.options.server))?;
        client.set_nodelay(true)?;
        server.set_nodelay(true)?;
        // By tag: what is to become of the answer.
        let fates = Arc::new(Mutex::new(HashMap::new()));
        let back = {
            let (this, fates) = (Arc::clone(&self), Arc::clone(&fates));
            let (from, to) = (server.try_clone()?, client.try_clone()?);
            thread::spawn(move || {
                let answers = Answers {
                    without: &this.options.without,
                    instead: &this.options.instead,
                    fates: &fates,
                    lost: &this.lost,
                };
                let _ = answers.pass(BufReader::with_capacity(64 * 1024, &from), BufWriter::new(&to));
                let _ = to.shutdown(Shutdown::Both);
                let _ = from.shutdown(Shutdown::Both);
            })
        };
        let result = self.commands(client, &server, &fates);
        let _ = server.shutdown(Shutdown::Write);
        let _ = back.join();
        result
    }

    fn commands(&self, client: &TcpStream, server: &TcpStream, fates: &Fates) -> io::Result<()> {
        let mut input = BufReader::with_capacity(64 * 1024, client);
        let mut out = BufWriter::with_capacity(64 * 1024, server);
        while let Some(mut command) = Command::read(&mut input, client)? {
            self.check(&command);
            let hangs_up = |text: &String| command.text().contains(text);
            if self.options.hang_up_on.as_ref().is_some_and(hangs_up) {
                return client.shutdown(Shutdown::Both);
            }
            if command.is_append() {
                self.alter(&mut command);
                let number = self.appends.fetch_add(1, Ordering::SeqCst) + 1;
                let poisoned = |count| command.messages().any(|message| is_refused(message, count));
                if self.options.refuse_one_in.is_some_and(poisoned) {
                    self.refusals.fetch_add(1, Ordering::SeqCst);
                    lock(fates).insert(command.tag().to_owned(), Fate::Refused);
                    write!(out, "{} NOOP\r\n", command.tag())?;
                    out.flush()?;
                    continue;
                }
                if self
                    .options
                    .lose_answer
                    .is_some_and(|every| number.is_multiple_of(every))
                {
                    lock(fates).insert(command.tag().to_owned(), Fate::Lost);
                }
            }
            command.write(&mut out)?;
            out.flush()?;
        }
        Ok(())
    }

    /// Changes messages without changing their length.
    fn alter(&self, command: &mut Command) {
        let is_chosen =
            |octets: &[u8], count: Option<u64>| count.is_some_and(|count| is_refused(octets, count));
        for octets in command.messages_mut() {
            let (text, subject) = (
                is_chosen(octets, self.options.alter_text),
                is_chosen(octets, self.options.alter_subject),
            );
            if text && let Some(letter) = octets.iter_mut().rev().find(|octet| octet.is_ascii_alphabetic()) {
                *letter ^= 0x20;
            }
            let name = b"\r\nSubject: ";
            if subject
                && let Some(at) = octets.windows(name.len()).position(|window| window == name)
                && let Some(letter) = octets.get_mut(at + name.len())
            {
                *letter = if *letter == b'X' { b'Y' } else { b'X' };
            }
        }
    }

    /// Notes what the client may not do.
    fn check(&self, command: &Command) {
        let is_off = |capability: &str| self.options.without.iter().any(|without| without == capability);
        let limit = if is_off("LITERAL+") {
            0
        } else if self.options.instead.contains_key("LITERAL+") {
            4096
        } else {
            usize::MAX
        };
        let text = command.text().to_uppercase();
        let faults = [
            (command.longest_eager_literal() > limit, "a literal without leave"),
            (
                is_off("MULTIAPPEND") && command.is_append() && command.messages().count() > 1,
                "MULTIAPPEND",
            ),
            (is_off("UIDPLUS") && text.contains("UID EXPUNGE"), "UID EXPUNGE"),
            (
                is_off("CONDSTORE")
                    && ["CHANGEDSINCE", "CONDSTORE", "MODSEQ"]
                        .iter()
                        .any(|word| text.contains(word)),
                "CONDSTORE",
            ),
        ];
        for (_, what) in faults.iter().filter(|(is_fault, _)| *is_fault) {
            lock(&self.violations).push(format!("{what}: {}", command.text()));
        }
    }
}

/// What is to become of a tagged answer.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Fate {
    /// The server did nothing, and the client is told NO.
    Refused,
    /// The connection ends in its place.
    Lost,
}

type Fates = Mutex<HashMap<String, Fate>>;

/// A test that panicked while holding a lock is no reason to hide its message behind a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
