//! A stand-in for Exchange's IMAP4 service: what Exchange does unlike others, for clients that must live with it.
//!
//! It is a real server on a loopback port that keeps mail in memory, written from what is published about Exchange 2010 to
//! 2019 and what its users report. It does, always:
//!
//! * give out each line of a message with CRLF, however it came in;
//! * tell estimated sizes as RFC822.SIZE, and a blank at the end of STATUS;
//! * take folder names whatever their case, and refuse what lies beyond the mailbox: `The specified message set is invalid`;
//! * offer no keywords but `$MDNSent`, and drop others in silence;
//! * refuse lines longer than 10,240 octets, arguments that it does not know, SEARCH with a charset;
//! * close after ten errors, and when a folder's name ends with a blank;
//! * let more sessions than the limit log in, and then call each `authenticated but not connected`;
//! * show Calendar, Contacts and their like as folders, with messages that cannot be had.
//!
//! The rest is asked for: see [`ExchangeBuilder`].
//!
//! ```
//! use tegu_testkit::Exchange;
//! use tegu_testkit::imap::Client;
//!
//! let exchange = Exchange::start();
//! exchange.deliver("anna", "Sent Items", "\\Seen", Some(" 1-Jan-2024 03:00:00 +0300"), b"Subject: hi\r\n\r\n");
//! let mut client = Client::login(exchange.port(), "anna", Exchange::password()).unwrap();
//! assert_eq!(client.messages("sent items").unwrap().len(), 1);
//! ```

mod builder;
mod folders;
mod line;
mod login;
mod messages;
mod render;
mod session;
mod store;

pub use builder::ExchangeBuilder;
pub use store::Kind;

use crate::imap::Held;
use session::Shared;
use std::collections::BTreeMap;
use std::net::{TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread;

/// A running stand-in; see the [module](self). Any user name logs in with [`Exchange::password`].
#[derive(Debug)]
pub struct Exchange {
    port: u16,
    shared: Arc<Shared>,
}

impl ExchangeBuilder {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When no loopback port is free.
    pub fn start(self) -> Exchange {
        Exchange::serve(Shared::new(self))
    }
}

impl Exchange {
    /// Starts one without options.
    ///
    /// # Panics
    ///
    /// When no loopback port is free.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options; without any: English folders, no throttling, no limits but Exchange's defaults.
    pub fn builder() -> ExchangeBuilder {
        ExchangeBuilder::default()
    }

    fn serve(shared: Shared) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").expect("listen on a loopback port");
        let port = listener.local_addr().expect("know the own port").port();
        let shared = Arc::new(shared);
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.converse(&stream));
            }
        });
        Self { port, shared }
    }

    /// The port without TLS; the stand-in has no other.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The password of every user.
    pub fn password() -> &'static str {
        "secret"
    }

    /// Puts a message into a folder, which is made when it is not there. Returns the UID.
    pub fn deliver(&self, user: &str, folder: &str, flags: &str, date: Option<&str>, octets: &[u8]) -> u32 {
        self.deliver_as(Kind::Mail, user, folder, flags, date, octets)
    }

    /// As [`Exchange::deliver`], for an item that Exchange has trouble with.
    pub fn deliver_as(
        &self,
        kind: Kind,
        user: &str,
        folder: &str,
        flags: &str,
        date: Option<&str>,
        octets: &[u8],
    ) -> u32 {
        let mut store = self.shared.store();
        let folder = store.mailbox(user).folder_or_new(folder);
        folder.add(kind, flags, date, octets)
    }

    /// Makes a folder's UIDs void, as a restored or repaired mailbox does: another UIDVALIDITY, and all UIDs anew.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    pub fn renumber(&self, user: &str, folder: &str) {
        let mut store = self.shared.store();
        store
            .mailbox(user)
            .folder(folder)
            .expect("a folder of this name")
            .renumber();
    }

    /// Removes a message, as another client would.
    ///
    /// # Panics
    ///
    /// When there is no such folder.
    pub fn remove(&self, user: &str, folder: &str, uid: u32) {
        let mut store = self.shared.store();
        let folder = store.mailbox(user).folder(folder).expect("a folder of this name");
        folder.items.retain(|item| item.uid != uid);
    }

    /// What a mailbox holds, by folder, without what Exchange itself put there.
    pub fn holdings(&self, user: &str) -> BTreeMap<String, Vec<Held>> {
        let mut store = self.shared.store();
        let folders = &store.mailbox(user).folders;
        folders
            .iter()
            .map(|folder| {
                (
                    folder.name.clone(),
                    folder.items.iter().map(store::Item::held).collect(),
                )
            })
            .collect()
    }

    /// How many commands were answered so far.
    pub fn commands(&self) -> u64 {
        self.shared.counts.commands.load(Ordering::SeqCst)
    }

    /// How many commands were answered with NO or BAD, throttling not counted.
    pub fn errors(&self) -> u64 {
        self.shared.counts.errors.load(Ordering::SeqCst)
    }

    /// How many sessions were closed because of ten errors.
    pub fn closed_for_errors(&self) -> u64 {
        self.shared.counts.closed_for_errors.load(Ordering::SeqCst)
    }

    /// How often a client was throttled.
    pub fn throttled(&self) -> u64 {
        self.shared.counts.throttled.load(Ordering::SeqCst)
    }

    /// How often a client came back before the backoff time was over.
    pub fn impatient(&self) -> u64 {
        self.shared.counts.impatient.load(Ordering::SeqCst)
    }

    /// The most sessions that one account had at a time.
    pub fn most_sessions(&self) -> usize {
        self.shared.most_sessions()
    }

    /// Every command so far without its tag and literals, passwords left out: for messages of failed tests.
    pub fn transcript(&self) -> Vec<String> {
        self.shared.transcript()
    }
}

impl Drop for Exchange {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it sees the flag and gives the port back.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
    }
}
