//! A stand-in for Exchange Web Services: a server made from described mailboxes, for clients that read.
//!
//! It answers GetFolder, FindFolder, SyncFolderHierarchy, FindItem, GetItem, SyncFolderItems, GetAttachment, ResolveNames,
//! ExpandDL, ConvertId, GetUserOofSettings, GetDelegate, GetInboxRules, GetUserConfiguration, GetRoomLists, GetRooms,
//! GetServerTimeZones, GetUserPhoto, and Autodiscover. Nothing can be written. It is made from Microsoft's public
//! documentation and schema, and does as Exchange does:
//!
//! * identifiers are opaque and case counts; they change with each start;
//! * a request for a newer version than the server's is refused (`ErrorInvalidServerVersion`), and answers hold no property
//!   that the request's version does not know;
//! * lists (FindItem, SyncFolderItems) leave out bodies, recipients, attendees, recurrences;
//! * the MIME of an appointment is made by other code than its properties;
//! * text with characters that XML forbids is written with character references that XML forbids;
//! * answers are compressed where the client takes that, and long ones come in chunks.
//!
//! The service account logs in with Basic or NTLM (version 2, with channel bindings over TLS), and acts for others by
//! impersonation or by FullAccess; an owner logs in with the address of the mailbox and the same password.
//!
//! ```
//! use tegu_testkit::exchange_ews::{ExchangeEws, Mail, Mailbox};
//!
//! let mail = Mail::new("Счёт", "2024-05-01T06:00:00Z").from("Иван", "ivan@corp.example").text("Добрый день!");
//! let mailbox = Mailbox::russian("anna@corp.example", "Анна Каренина").item("inbox", mail.item());
//! let exchange = ExchangeEws::builder().mailbox(mailbox).start();
//! assert!(exchange.url().ends_with("/EWS/Exchange.asmx"));
//! ```

mod answers;
mod autodiscover;
mod builder;
mod call;
mod computed;
mod event;
mod fault;
mod fields;
mod folders;
mod http;
mod ical;
mod items;
mod judge;
mod login;
mod mail;
mod model;
mod ntlm;
mod organisation;
mod people;
mod render;
mod restriction;
mod seed;
mod server;
mod settings;
mod shape;
mod soap;
mod store;
mod things;
mod version;
mod xml;
pub mod zone;

pub use builder::ExchangeEwsBuilder;
pub use event::{End, Event, Pattern};
pub use fault::Fault;
pub use fields::Kind;
pub use judge::{judge, reference};
pub use mail::{Mail, Person, person};
pub use model::{Attachment, Damage, Extended, ExtendedName, Folder, Item, Mailbox};
pub use seed::organisation;
pub use settings::{Delegate, Operand, OutOfOffice, Permission, Rights, Rule, Settings};
pub use things::{contact, invitation, journal, list, note, post, task};
pub use version::Version;

use crate::process;
use crate::tls::Certificate;
use login::Login;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use server::Shared;
use std::net::{TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, PoisonError};
use std::thread;
use store::Store;
use tempfile::TempDir;

/// A running stand-in; see the [module](self).
#[derive(Debug)]
pub struct ExchangeEws {
    port: u16,
    shared: Arc<Shared>,
    ca: Option<PathBuf>,
    _dir: Option<TempDir>,
}

impl ExchangeEwsBuilder {
    /// Starts it.
    ///
    /// # Panics
    ///
    /// When the port is taken, or no certificate can be made.
    pub fn start(self) -> ExchangeEws {
        let Self {
            mut options,
            mut mailboxes,
            public,
            groups,
            tls,
            port,
        } = self;
        options.groups = groups;
        let mut store = Store::default();
        store.alike = options.fault == Some(Fault::AlikeIds);
        let mut owners = Vec::new();
        for mailbox in &mut mailboxes {
            if let Some(fault) = options.fault {
                organisation::spoil(mailbox, fault);
            }
        }
        for mailbox in mailboxes {
            owners.push(mailbox.address.clone());
            store.add(mailbox);
        }
        if !public.is_empty() {
            store.add_public(public);
        }
        let listener = TcpListener::bind(("127.0.0.1", port)).expect("listen on a loopback port");
        let port = listener.local_addr().expect("know the own port").port();
        let dir = tls.then(|| process::memory_dir("exchange-ews"));
        let certificate = dir.as_ref().map(|dir| Certificate::make(dir.path(), &[]));
        let (config, digest) = certificate.as_ref().map(configuration).unzip();
        let scheme = if tls { "https" } else { "http" };
        let url = format!("{scheme}://localhost:{port}/EWS/Exchange.asmx");
        let login = Login::new(options.clone(), owners, digest);
        let shared = Arc::new(Shared::new(store, options, login, config, url));
        let accepting = Arc::clone(&shared);
        thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                if accepting.stop.load(Ordering::SeqCst) {
                    return;
                }
                let shared = Arc::clone(&accepting);
                thread::spawn(move || shared.converse(stream));
            }
        });
        ExchangeEws {
            port,
            shared,
            ca: certificate.map(|certificate| certificate.ca),
            _dir: dir,
        }
    }
}

/// What rustls needs, and the digest that channel bindings name.
fn configuration(certificate: &Certificate) -> (Arc<rustls::ServerConfig>, Vec<u8>) {
    let chain: Vec<CertificateDer<'static>> = CertificateDer::pem_file_iter(&certificate.cert)
        .expect("read a certificate")
        .collect::<Result<_, _>>()
        .expect("read a certificate");
    let key = PrivateKeyDer::from_pem_file(&certificate.key).expect("read a key");
    // The certificate is signed with SHA-256, so that is the digest of tls-server-end-point (RFC 5929).
    let digest = sha2::Digest::finalize(sha2::Digest::chain_update(
        <sha2::Sha256 as sha2::Digest>::new(),
        chain[0].as_ref(),
    ));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("versions of TLS")
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .expect("use a certificate");
    (Arc::new(config), digest.to_vec())
}

impl ExchangeEws {
    /// Options.
    pub fn builder() -> ExchangeEwsBuilder {
        ExchangeEwsBuilder::default()
    }

    /// Where requests go: `http://localhost:PORT/EWS/Exchange.asmx`, or `https`.
    pub fn url(&self) -> &str {
        &self.shared.url
    }

    /// The port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The service account.
    pub fn user(&self) -> &str {
        &self.shared.options.user
    }

    /// The password of the service account and of all owners.
    pub fn password(&self) -> &str {
        &self.shared.options.password
    }

    /// The authority that signed its certificate, PEM; nothing without TLS.
    pub fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// The addresses of all mailboxes.
    pub fn mailboxes(&self) -> Vec<String> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let all = store.mailboxes.iter().map(|live| live.described.address.clone());
        all.filter(|address| !address.is_empty()).collect()
    }

    /// Puts an item into a folder, by the folder's distinguished name or display name. Returns its identifier.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn deliver(&self, address: &str, folder: &str, item: Item) -> String {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.add_item(mailbox, folder, item, false)
    }

    /// Puts another item in the place of one.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn replace(&self, id: &str, item: Item) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.replace(id, item), "no item has the identifier {id}");
    }

    /// Marks a message as read or unread.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn mark_read(&self, id: &str, read: bool) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.mark_read(id, read), "no item has the identifier {id}");
    }

    /// Removes an item.
    ///
    /// # Panics
    ///
    /// When there is none of this identifier.
    pub fn remove(&self, id: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        assert!(store.remove(id).is_some(), "no item has the identifier {id}");
    }

    /// Moves an item to another folder of its mailbox, where it gets another identifier, which is returned.
    ///
    /// # Panics
    ///
    /// When there is no such item or folder.
    pub fn move_item(&self, id: &str, address: &str, folder: &str) -> String {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let item = store.remove(id).expect("an item of this identifier");
        let (mailbox, folder) = place(&store, address, folder);
        store.add_item(mailbox, folder, item, false)
    }

    /// Adds a folder below another.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn add_folder(&self, address: &str, parent: &str, folder: Folder) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, parent) = place(&store, address, parent);
        store.add_tree(mailbox, parent, folder);
    }

    /// Gives a folder another name.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn rename_folder(&self, address: &str, folder: &str, name: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.rename_folder(mailbox, folder, name);
    }

    /// Removes a folder and all that is in it.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn remove_folder(&self, address: &str, folder: &str) {
        let mut store = self.shared.store.write().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        store.remove_folder(mailbox, folder);
    }

    /// The identifiers of the items of a folder, oldest first.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox or folder.
    pub fn ids(&self, address: &str, folder: &str) -> Vec<String> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, folder) = place(&store, address, folder);
        let folder = &store.mailboxes[mailbox].folders[folder];
        let normal = folder.items.iter().filter(|item| !item.associated);
        normal.map(|item| item.id.clone()).collect()
    }

    /// All items of a mailbox that its owner sees, with their identifiers: those below the top of the information store, without associated
    /// ones and without search folders.
    ///
    /// # Panics
    ///
    /// When there is no such mailbox.
    pub fn items(&self, address: &str) -> Vec<(String, Item)> {
        let store = self.shared.store.read().unwrap_or_else(PoisonError::into_inner);
        let (mailbox, top) = place(&store, address, "msgfolderroot");
        let folders = store.below(mailbox, top).into_iter();
        let folders = folders.filter_map(|number| store.folder(mailbox, number));
        folders
            .filter(|folder| !folder.described.search)
            .flat_map(|folder| &folder.items)
            .filter(|live| !live.associated)
            .map(|live| (live.id.clone(), (*live.item).clone()))
            .collect()
    }

    /// How many requests to the service were answered so far.
    pub fn requests(&self) -> u64 {
        self.shared.counts.requests.load(Ordering::SeqCst)
    }

    /// How many connections were opened so far.
    pub fn connections(&self) -> u64 {
        self.shared.counts.connections.load(Ordering::SeqCst)
    }

    /// How many logins were refused, first legs of NTLM not counted.
    pub fn refused_logins(&self) -> u64 {
        self.shared.counts.refused_logins.load(Ordering::SeqCst)
    }

    /// How often a client came back before the time that [`Fault::Busy`] told it was over.
    pub fn impatient(&self) -> u64 {
        self.shared.counts.impatient.load(Ordering::SeqCst)
    }

    /// How many requests impersonated somebody without the header X-AnchorMailbox.
    pub fn unanchored(&self) -> u64 {
        self.shared.counts.unanchored.load(Ordering::SeqCst)
    }

    /// Requests and their answers so far, if they are kept: see [`ExchangeEwsBuilder::record`].
    pub fn exchanges(&self) -> Vec<(String, String)> {
        let exchanges = self.shared.exchanges.lock();
        exchanges.unwrap_or_else(PoisonError::into_inner).clone()
    }
}

fn place(store: &Store, address: &str, folder: &str) -> (usize, usize) {
    let mailbox = store.mailbox(address).expect("a mailbox of this address");
    let folder = store.named(mailbox, folder).expect("a folder of this name");
    (mailbox, folder)
}

impl Drop for ExchangeEws {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::SeqCst);
        // Wakes the thread that accepts, so that it sees the flag and gives the port back.
        let _ = TcpStream::connect(("127.0.0.1", self.port));
        self.shared.settle();
    }
}
