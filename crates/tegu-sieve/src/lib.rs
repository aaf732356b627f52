//! Turns Exchange's inbox rules, automatic replies and forwarding into Sieve (RFC 5228), and uploads the scripts by ManageSieve
//! (RFC 5804).
//!
//! ```
//! use tegu_sieve::read::{self, Encoding, Limits};
//! use tegu_sieve::translate::{Folders, Owner, Server, Translator, Verdict};
//!
//! let export = r#"[{
//!     "Mailbox": "anna@corp.example", "Name": "Счета", "Priority": 1, "Enabled": true,
//!     "SubjectContainsWords": ["счёт"], "MoveToFolder": "anna:\\Inbox\\Счета", "StopProcessingRules": true
//! }]"#;
//! let mailboxes = read::rules(export.as_bytes(), Encoding::unicode(), &Limits::default())?;
//! assert_eq!(
//!     mailboxes[0].rules[0].to_string(),
//!     "if the subject contains \"счёт\": move to Inbox/Счета; stop processing rules"
//! );
//!
//! let server = Server::new("fileinto mailbox regex");
//! let translation = Translator::new(server)
//!     .owner(Owner::new(["anna@corp.example"]))
//!     .folders(Folders::default())
//!     .translate(&mailboxes[0].rules, None);
//! assert_eq!(translation.parts[0].verdict, Verdict::Exact);
//! assert_eq!(
//!     translation.script.to_string().replace("\r\n", "\n"),
//!     r#"require ["fileinto", "mailbox", "regex"];
//! ## rule:[Счета]
//! if header :regex "Subject" "(С|с)(Ч|ч)(Ё|ё)(Т|т)" {
//!     fileinto :create "INBOX/Счета";
//!     stop;
//! }
//! "#
//! );
//! # Ok::<(), tegu_sieve::Error>(())
//! ```
//!
//! # The way through the crate
//!
//! | station | modules |
//! |---|---|
//! | read | [`read`]: what Exchange's shell exports, as CLIXML, JSON or CSV |
//! | model | [`rule`]: a rule with its conditions, exceptions and actions |
//! | plan | [`translate`]: a script, and a verdict for each rule; [`forward`]: forwarding over the whole organisation; [`transport`]: proposals for transport rules |
//! | apply | [`managesieve`]: the protocol, and with the feature `client` the upload; with the feature `store` a mailbox of a migration |
//! | prove | [`evaluate`]: what Exchange does with a message; tests compare it with what Sieve engines do with the script |
//!
//! # Features
//!
//! - `client` (default): ManageSieve over the network.
//! - `ring` (default): the crypto provider `ring` for TLS. Without it, the application installs a provider or passes a
//!   `rustls::ClientConfig`.
//! - `store`: what a migration needs: settings of its mailboxes, and their way onto a server.
//! - `gssapi`: signing in with Kerberos tickets. Needs the libraries of MIT Kerberos, and libclang to build.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod evaluate;
mod explain;
mod fold;
pub mod forward;
mod html;
pub mod managesieve;
mod mark;
pub mod read;
pub mod rule;
pub mod script;
mod stamp;
#[cfg(feature = "store")]
pub mod store;
pub mod translate;
pub mod transport;

pub use mark::{is_ours, is_unedited};
pub use rule::{Action, Condition, Rule};
pub use tegu_outcome::{Blame, Error, ErrorKind, Result};

/// The README's example is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
