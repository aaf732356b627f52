//! Reads the recipients of an Exchange organisation from its directory, finds what is wrong with their addresses, and plans the
//! corrections.
//!
//! A mail server that signs people in by address and password needs a correct and unique `mail` on every account of the
//! directory. Exchange stored addresses elsewhere (`proxyAddresses`), in attributes that other directories do not have. This
//! crate reads the old directory, checks it, and writes LDIF that the directory's owner applies. It never writes to a directory
//! and never reads a password attribute.
//!
//! ```
//! use tegu_ldap::check::{self, CheckOptions};
//! use tegu_ldap::{Directory, Profile, ldif, plan};
//!
//! let export = "\
//! dn: CN=Ann Smith,OU=Staff,DC=corp,DC=example
//! objectClass: user
//! displayName: Ann Smith
//! proxyAddresses: SMTP:ann.smith@corp.example
//! proxyAddresses: smtp:ann@corp.example
//! ";
//! let directory = Directory::from_entries(ldif::read_entries(export.as_bytes(), &ldif::Limits::default())?);
//!
//! let profile = Profile::builtin("openldap").expect("it comes with the crate");
//! let options =
//!     CheckOptions::new().accepted_domains(["corp.example"])?.profile(profile.clone());
//! let findings = check::run(&directory, &options);
//! assert_eq!(findings[0].code(), "LDAP-MAIL-MISSING");
//! assert_eq!(findings[0].proposal(), Some("ann.smith@corp.example"));
//!
//! let plan = plan::plan(&directory, &profile, &findings);
//! assert!(plan.apply_ldif()?.contains("add: mail\nmail: ann.smith@corp.example\n-\n"));
//! assert!(plan.undo_ldif()?.contains("delete: mail\nmail: ann.smith@corp.example\n-\n"));
//! # Ok::<(), tegu_ldap::Error>(())
//! ```
//!
//! # The way through the crate
//!
//! | station | modules |
//! |---|---|
//! | read | [`ldif`] (RFC 2849), [`export`] (`csvde`, Exchange's shell), `client` (live LDAP, feature `client`) return [`Entry`] values |
//! | model | [`Directory`] sorts entries into [`Account`]s, [`Group`]s and [`Contact`]s; [`groups`] expands nested groups |
//! | check | [`check::run`] returns [`Finding`]s with stable codes |
//! | plan | [`plan::plan`] returns LDIF that makes the corrections and LDIF that undoes them, for a [`Profile`] |
//! | use | [`gal::address_list`] returns the address list, [`lookup::Index`] finds who has an address, [`delta`] compares two reads |
//!
//! Everything except the client is pure: bytes and values in, values out.
//!
//! # Features
//!
//! - `client` (default): live LDAP.
//! - `ring` (default): the crypto provider `ring` for TLS. Without it, the application installs a provider or passes a
//!   `rustls::ClientConfig`.
//! - `gssapi`: sign-in with Kerberos tickets. Needs the libraries of MIT Kerberos.
//! - `rights`: [`people`], who grants of `tegu-rights` are about.
//! - `ldap3`: entries from the crate `ldap3`, and reading through its `Ldap`.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

pub mod account;
pub mod address;
mod ber;
pub mod check;
#[cfg(feature = "client")]
#[doc(alias = "active directory")]
pub mod client;
pub mod delta;
pub mod dn;
pub mod encoding;
pub mod entry;
mod error;
mod exchange;
pub mod export;
pub mod filter;
pub mod gal;
pub mod groups;
pub mod guard;
pub mod ldif;
pub mod lookup;
#[cfg(feature = "rights")]
mod people;
pub mod plan;
pub mod profile;
mod tailed;

pub use account::{Account, Contact, Group, Recipient};
pub use address::{AddressProblem, SmtpAddress};
pub use check::Finding;
pub use dn::Dn;
pub use entry::Entry;
pub use exchange::Directory;
pub use filter::Filter;
#[cfg(feature = "rights")]
pub use people::people;
pub use plan::Plan;
pub use profile::Profile;
pub use tegu_outcome::{Blame, Error, ErrorKind, Result};

/// The README's example is run as a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
