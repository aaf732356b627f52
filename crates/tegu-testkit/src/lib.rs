//! Real servers, a faulty network and a repeatable corpus for the tests of the tegu crates.
//!
//! Nothing here is published. Everything is synchronous and built on `std`, so that a test may drive it from any
//! runtime. Failures panic: a server that does not start is a failed test, and the panic message carries the server's
//! own log. A missing program names its Debian package and the script `ci/install-debian`, which installs them all.
//!
//! # Servers
//!
//! | type | server | what it is for |
//! |---|---|---|
//! | [`Dovecot`] | Dovecot | IMAP, the common case |
//! | [`Cyrus`] | Cyrus IMAP | IMAP, the other school: ACL, `QRESYNC`, other namespaces |
//! | [`Exchange`] | a stand-in of our own | IMAP as Exchange has it |
//! | [`ExchangeEws`] | a stand-in of our own | Exchange Web Services, from described mailboxes |
//! | [`DavMail`] | DavMail | IMAP, CalDAV and CardDAV in front of Exchange Web Services: a judge of the stand-in |
//! | [`Apache`] | Apache with mod_auth_gssapi | Negotiate and NTLM in front of a server that has neither |
//! | [`Slapd`] | OpenLDAP | LDAP, optionally with an Exchange-like schema |
//! | [`Ds389`] | 389 Directory Server | LDAP without the assertion control, as FreeIPA and its descendants have it |
//! | [`SambaAd`] | Samba | LDAP of an Active Directory domain controller |
//! | [`LimitedAd`] | scripted | LDAP with the limits of a real domain controller: pages of 1,000, 1,500 values at a time |
//! | [`ScriptedLdap`] | scripted | LDAP with whatever bytes a test writes |
//! | [`Radicale`] | Radicale | CalDAV and CardDAV |
//! | [`Rspamd`] | Rspamd | its own protocol over HTTP |
//! | [`Nginx`] | nginx | TLS and HTTP/2 in front of a server that has neither |
//! | [`NginxTls`] | nginx | a port for each way in which a TLS handshake can end |
//! | [`Microsocks`] | microsocks | a SOCKS5 proxy |
//! | [`Tinyproxy`] | Tinyproxy | an HTTP proxy for CONNECT |
//! | [`Postfix`] | Postfix | SMTP by people who sign in |
//! | [`Postgres`] | PostgreSQL | the journal that workers share |
//! | [`Xandikos`] | Xandikos | CalDAV and CardDAV on git |
//!
//! Each server listens on loopback ports of its own, keeps everything in a temporary directory, has answered a real
//! protocol exchange when `start` returns, and is stopped when the value is dropped. When the test process is killed,
//! its servers end with it.
//!
//! ```no_run
//! if tegu_testkit::skip_servers() {
//!     return;
//! }
//! let imap = tegu_testkit::Dovecot::start();
//! let stream = std::net::TcpStream::connect((imap.host(), imap.port())).unwrap();
//! # drop(stream);
//! ```
//!
//! # A faulty network
//!
//! [`proxy::Proxy`] stands between a client and a server, and delays, cuts, swallows or damages what passes.
//!
//! [`cable::Cable`] is a network namespace whose packets can be lost: what TCP sends again arrives late.
//!
//! [`front::Front`] reads the IMAP that passes: it takes capabilities away, refuses messages and loses answers.
//!
//! # A second opinion
//!
//! [`imap::Client`] fills mailboxes and tells what they hold, without a line of the crate under test.
//!
//! # A browser
//!
//! [`Browser`] opens a page from disk in headless Chromium and evaluates expressions in it.
//!
//! # Sieve engines
//!
//! [`sieve::Pigeonhole`] runs a script over messages, all in one process.
//!
//! # PST files
//!
//! [`pst::Mailbox`] describes a mailbox and writes it as a PST file.
//!
//! # A corpus
//!
//! [`corpus::Corpus`] makes mail as organisations have it, the same bytes for the same seed on every machine.
#![allow(clippy::unwrap_used, clippy::print_stderr)]

mod browser;
#[cfg(target_os = "linux")]
pub mod cable;
pub mod corpus;
pub mod exchange;
pub mod exchange_ews;
mod family;
pub mod front;
pub mod http;
pub mod imap;
pub mod ldap_wire;
mod ports;
mod process;
pub mod proxy;
pub mod pst;
mod server;
pub mod sieve;
pub mod tickets;
mod tls;

pub use browser::Browser;
pub use exchange::{Exchange, ExchangeBuilder};
pub use exchange_ews::{ExchangeEws, ExchangeEwsBuilder};
pub use server::apache::Apache;
pub use server::cyrus::{Cyrus, CyrusBuilder};
pub use server::davmail::DavMail;
pub use server::dovecot::{Dovecot, DovecotBuilder, StoppedSessions};
pub use server::ds389::{Ds389, Ds389Builder};
pub use server::kerberos::Kerberos;
pub use server::limited_ad::{AdEntry, LimitedAd};
pub use server::login_proxy::{DovecotProxy, NginxMail};
pub use server::microsocks::Microsocks;
pub use server::nginx::{Handshake, Nginx, NginxTls};
pub use server::postfix::Postfix;
pub use server::postgres::Postgres;
pub use server::radicale::{Radicale, RadicaleBuilder};
pub use server::rspamd::{Decision, Rspamd};
pub use server::samba::{SambaAd, SambaAdBuilder};
pub use server::scripted_ldap::ScriptedLdap;
pub use server::slapd::{Slapd, SlapdBuilder};
pub use server::tinyproxy::Tinyproxy;
pub use server::xandikos::Xandikos;

/// Whether `TEGU_TEST_SKIP_SERVERS=1` asks for tests on real servers to be left out.
///
/// Says so loudly on standard error: a skipped test otherwise looks like a passed one. Every test that starts a server
/// begins with it:
///
/// ```
/// fn moves_a_mailbox() {
///     if tegu_testkit::skip_servers() {
///         return;
///     }
///     // start servers, test
/// }
/// ```
pub fn skip_servers() -> bool {
    let skip = std::env::var_os("TEGU_TEST_SKIP_SERVERS").is_some_and(|v| v == "1");
    if skip {
        let test = std::thread::current().name().unwrap_or("a test").to_owned();
        eprintln!("SKIPPED: {test} tests nothing, because TEGU_TEST_SKIP_SERVERS=1 leaves out real servers");
    }
    skip
}
