//! One connection: reading commands, counting errors, throttling, answering.

use super::builder::ExchangeBuilder;
use super::line::Command;
use super::store::{Mailbox, Store};
use std::collections::HashMap;
use std::io::{self, BufReader, BufWriter, Read as _, Write as _};
use std::net::{Shutdown, TcpStream};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// After so many errors the session is closed.
const MOST_ERRORS: u32 = 10;
const CLOSED: &str = "* BYE Connection closed. 14\r\n";

/// What all connections share.
#[derive(Debug)]
pub(super) struct Shared {
    pub(super) options: ExchangeBuilder,
    pub(super) stop: AtomicBool,
    pub(super) counts: Counts,
    store: Mutex<Store>,
    /// By account: how many sessions there are, and were at most.
    sessions: Mutex<HashMap<String, (usize, usize)>>,
    /// By account: until when it is to stay away.
    backoff: Mutex<HashMap<String, Instant>>,
    transcript: Mutex<Vec<String>>,
    pub(super) renderings: AtomicU64,
}

#[derive(Debug, Default)]
pub(super) struct Counts {
    pub(super) commands: AtomicU64,
    pub(super) errors: AtomicU64,
    pub(super) closed_for_errors: AtomicU64,
    pub(super) throttled: AtomicU64,
    pub(super) impatient: AtomicU64,
}

/// How a command ends.
pub(super) enum Answer {
    Ok(String),
    No(String),
    Bad(String),
    /// `BAD`, a farewell, and the end of the connection.
    Throttled(Duration),
    /// The connection ends without a word.
    HangUp,
    /// Answered in good order; the connection ends.
    Farewell(String),
}

impl Answer {
    pub(super) fn ok(text: &str) -> Self {
        Self::Ok(text.into())
    }

    pub(super) fn argument() -> Self {
        Self::Bad("Command Argument Error. 11".into())
    }

    pub(super) fn state() -> Self {
        Self::Bad("Command received in Invalid state.".into())
    }
}

/// The folder that is open.
#[derive(Clone, Debug)]
pub(super) struct Selected {
    pub(super) folder: String,
    pub(super) read_only: bool,
    /// How many messages the client was last told of.
    pub(super) told: usize,
}

pub(super) struct Session<'a> {
    pub(super) shared: &'a Shared,
    pub(super) out: BufWriter<&'a TcpStream>,
    /// Whose mailbox is open, once somebody has logged in.
    pub(super) mailbox: Option<String>,
    /// Who counts for limits: with delegated forms not the mailbox's owner.
    pub(super) account: Option<String>,
    pub(super) connected: bool,
    pub(super) selected: Option<Selected>,
    errors: u32,
    commands: u64,
}

impl Shared {
    pub(super) fn new(options: ExchangeBuilder) -> Self {
        Self {
            store: Mutex::new(Store::new(options.russian)),
            options,
            stop: AtomicBool::new(false),
            counts: Counts::default(),
            sessions: Mutex::default(),
            backoff: Mutex::default(),
            transcript: Mutex::default(),
            renderings: AtomicU64::new(0),
        }
    }

    pub(super) fn store(&self) -> MutexGuard<'_, Store> {
        lock(&self.store)
    }

    pub(super) fn most_sessions(&self) -> usize {
        let sessions = lock(&self.sessions);
        sessions.values().map(|(_, most)| *most).max().unwrap_or(0)
    }

    pub(super) fn transcript(&self) -> Vec<String> {
        lock(&self.transcript).clone()
    }

    /// Counts a session of `account`, and says how many there are.
    pub(super) fn enter(&self, account: &str) -> usize {
        let mut sessions = lock(&self.sessions);
        let (now, most) = sessions.entry(account.to_owned()).or_default();
        *now += 1;
        *most = (*most).max(*now);
        *now
    }

    /// How long `account` is still to stay away.
    pub(super) fn wait(&self, account: &str) -> Option<Duration> {
        let until = *lock(&self.backoff).get(account)?;
        until.checked_duration_since(Instant::now())
    }

    pub(super) fn converse(&self, stream: &TcpStream) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let mut session = Session {
            shared: self,
            out: BufWriter::with_capacity(64 * 1024, stream),
            mailbox: None,
            account: None,
            connected: true,
            selected: None,
            errors: 0,
            commands: 0,
        };
        let result = session.run(stream);
        if let Some(account) = &session.account
            && let Some((now, _)) = lock(&self.sessions).get_mut(account)
        {
            *now -= 1;
        }
        let _ = session.out.flush();
        drop(session);
        // A client that still sends would otherwise get a reset in place of the last answer.
        let _ = stream.shutdown(Shutdown::Write);
        let _ = stream.set_read_timeout(Some(Duration::from_millis(300)));
        let mut rest = [0; 16 * 1024];
        let mut input = stream;
        while matches!(input.read(&mut rest), Ok(1..)) {}
        result
    }
}

impl Session<'_> {
    fn run(&mut self, stream: &TcpStream) -> io::Result<()> {
        self.out.write_all(
            b"* OK The Microsoft Exchange IMAP4 service is ready. [TABPADIAUABSADAALgBQAA==]\r\n",
        )?;
        self.out.flush()?;
        let mut input = BufReader::with_capacity(64 * 1024, stream);
        loop {
            let limit = self.shared.options.append_limit;
            let out = &mut self.out;
            let command = Command::read(&mut input, |length| {
                if limit.is_some_and(|limit| length > limit) {
                    return Ok(false);
                }
                out.write_all(b"+ Ready for additional command text.\r\n")?;
                out.flush().map(|()| true)
            })?;
            let Some(mut command) = command else { return Ok(()) };
            if command.name == "AUTHENTICATE" && command.arguments.len() == 1 {
                self.out.write_all(b"+\r\n")?;
                self.out.flush()?;
                command.arguments.extend(next_line(&mut input)?);
            }
            if command.name == "IDLE" {
                self.out
                    .write_all(b"+ IDLE accepted, awaiting DONE command.\r\n")?;
                self.out.flush()?;
                next_line(&mut input)?;
            }
            self.note(&command);
            let answer = self.answer(&command)?;
            if self.finish(&command.tag, answer)? {
                return Ok(());
            }
        }
    }

    fn note(&self, command: &Command) {
        let told: Vec<&str> = match command.name.as_str() {
            "LOGIN" | "AUTHENTICATE" => vec![command.argument(0)],
            "APPEND" => command
                .arguments
                .iter()
                .take(command.arguments.len().saturating_sub(1))
                .map(String::as_str)
                .collect(),
            _ => command.arguments.iter().map(String::as_str).collect(),
        };
        lock(&self.shared.transcript).push(format!("{} {}", command.name, told.join(" ")));
    }

    fn answer(&mut self, command: &Command) -> io::Result<Answer> {
        self.shared.counts.commands.fetch_add(1, Ordering::SeqCst);
        if command.too_long {
            return Ok(Answer::argument());
        }
        if let Some(answer) = self.before_login(command)? {
            return Ok(answer);
        }
        let (Some(_), Some(account)) = (&self.mailbox, &self.account) else {
            return Ok(Answer::state());
        };
        if !self.connected {
            return Ok(Answer::Bad("User is authenticated but not connected.".into()));
        }
        self.commands += 1;
        if let Some(throttle) = self.shared.options.throttle
            && self.commands.is_multiple_of(throttle.after)
        {
            let until = Instant::now() + throttle.backoff;
            lock(&self.shared.backoff).insert(account.clone(), until);
            return Ok(Answer::Throttled(throttle.backoff));
        }
        match self.on_folders(command)? {
            Some(answer) => Ok(answer),
            None => self.on_messages(command),
        }
    }

    /// Sends the answer; true when the connection ends.
    fn finish(&mut self, tag: &str, answer: Answer) -> io::Result<bool> {
        let mut end = false;
        match answer {
            Answer::Ok(text) => {
                self.tell_new_mail()?;
                write!(self.out, "{tag} OK {text}\r\n")?;
            }
            Answer::Farewell(text) => {
                write!(self.out, "{tag} OK {text}\r\n")?;
                end = true;
            }
            Answer::HangUp => return Ok(true),
            Answer::Throttled(wait) => {
                self.shared.counts.throttled.fetch_add(1, Ordering::SeqCst);
                let wait = wait.as_millis();
                write!(
                    self.out,
                    "{tag} BAD Request is throttled. Suggested Backoff Time: {wait} milliseconds\r\n{CLOSED}"
                )?;
                end = true;
            }
            Answer::No(text) => {
                self.out
                    .write_all(&[tag.as_bytes(), b" NO ", &self.words(&text), b"\r\n"].concat())?;
                end = self.is_last_error()?;
            }
            Answer::Bad(text) => {
                write!(self.out, "{tag} BAD {text}\r\n")?;
                end = self.is_last_error()?;
            }
        }
        self.out.flush()?;
        Ok(end)
    }

    /// A text as a Russian server tells it: octets that are no UTF-8.
    fn words(&self, text: &str) -> Vec<u8> {
        let mut octets = text.as_bytes().to_vec();
        if self.shared.options.russian && !text.starts_with('[') {
            octets.extend(b" (\xee\xf8\xe8\xe1\xea\xe0)");
        }
        octets
    }

    fn is_last_error(&mut self) -> io::Result<bool> {
        self.shared.counts.errors.fetch_add(1, Ordering::SeqCst);
        self.errors += 1;
        if self.errors < MOST_ERRORS {
            return Ok(false);
        }
        self.shared
            .counts
            .closed_for_errors
            .fetch_add(1, Ordering::SeqCst);
        self.out.write_all(CLOSED.as_bytes())?;
        Ok(true)
    }

    fn tell_new_mail(&mut self) -> io::Result<()> {
        let Some(selected) = self.selected.clone() else {
            return Ok(());
        };
        let count =
            self.with_mailbox(|mailbox| mailbox.folder(&selected.folder).map(|folder| folder.items.len()));
        let Some(count) = count.filter(|count| *count > selected.told) else {
            return Ok(());
        };
        write!(self.out, "* {count} EXISTS\r\n")?;
        self.selected = Some(Selected {
            told: count,
            ..selected
        });
        Ok(())
    }

    pub(super) fn with_mailbox<T>(&self, act: impl FnOnce(&mut Mailbox) -> T) -> T {
        let user = self.mailbox.as_deref().unwrap_or_default();
        act(self.shared.store().mailbox(user))
    }

    pub(super) fn has(&self, capability: &str) -> bool {
        !self
            .shared
            .options
            .without
            .iter()
            .any(|without| without == capability)
    }
}

fn next_line(input: &mut impl io::BufRead) -> io::Result<Option<String>> {
    let mut line = Vec::new();
    let count = input.read_until(b'\n', &mut line)?;
    let line = String::from_utf8_lossy(&line).trim_end().to_owned();
    Ok((count > 0).then_some(line))
}

/// A test that panicked while holding a lock is no reason to hide its message behind a second panic.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
