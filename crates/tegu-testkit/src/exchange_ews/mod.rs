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
mod appointment;
mod attachment;
mod autodiscover;
mod builder;
mod call;
mod changes;
mod computed;
mod event;
mod fault;
mod fields;
mod folder_xml;
mod folders;
mod http;
mod ical;
mod identity;
mod item;
mod items;
mod judge;
mod login;
mod mail;
mod mime;
mod model;
mod ntlm;
mod organisation;
mod people;
mod recurrence;
mod render;
mod restriction;
mod running;
mod sample;
mod seed;
mod server;
mod settings;
mod shape;
mod soap;
mod store;
mod sync;
mod things;
mod version;
mod xml;
pub mod zone;

pub use autodiscover::Lead;
pub use builder::ExchangeEwsBuilder;
pub use event::Event;
pub use fault::Fault;
pub use fields::Kind;
pub use item::{Attachment, Damage, Extended, ExtendedName, Item};
pub use judge::{judge, reference};
pub use mail::{Mail, Person, person};
pub use model::{Folder, Mailbox};
pub use recurrence::{End, Pattern};
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
use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::Ordering;
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
        // The server's own certificate has another digest than the proxy's.
        let other = |digest: Vec<u8>| digest.into_iter().map(|octet| !octet).collect();
        let digest = digest.map(|digest| if options.proxied { other(digest) } else { digest });
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
