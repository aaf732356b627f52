//! Who may do what with whose folders.
//!
//! A [`Grant`] is what a source says: Exchange's folder permissions, full access to a mailbox, sending as somebody else, or an entry of an access
//! control list (RFC 4314). [`People`] knows who is meant, what each is called on the target, and who does not move yet. [`Work`] puts both
//! together for one mailbox: an [`Item`] for each grant, with what it gives on the target, or the reason why it is for a person: [`Rights`] on mail
//! folders, [`Privileges`] on calendars and address books (RFC 3744).
//!
//! Three rules hold:
//!
//! - Nobody gets a right that he did not have. In Exchange an entry of one's own hides those of groups and of everybody; in an access control
//!   list they add up. Where adding up would give more, the grant is for a person (`RIGHTS-WIDER`).
//! - What cannot be said is a loss with a code (`RIGHTS-OWN-ITEMS`, `RIGHTS-FREE-BUSY`, `RIGHTS-PRIVATE`, `RIGHTS-GROUP-MEMBERS`), and moves only
//!   if the operator accepts it.
//! - Whoever does not move yet gets nothing until he does (`RIGHTS-LATER`).
//!
//! A delegate is one [`Item`], whatever names him: what else he may do stands on the folders. Copies of the owner's meeting requests are a loss
//! (`RIGHTS-MEETINGS`). Whoever reads a calendar on the target sees private items, so that this is given without a loss only to delegates who
//! saw them before ([`Grant::sees_private`]).
//!
//! # Example
//!
//! ```
//! use tegu_rights::{Access, Folder, Grant, Grantee, People, Permissions, Person, Translator, Work};
//!
//! let mut people = People::default();
//! people.add(Person::account("anna@corp.example"));
//! people.add(Person::account("boris@corp.example").names(["CORP\\boris"]));
//! people.moves("boris@corp.example", "boris");
//!
//! let folder = Folder::mail(["Projects"]);
//! let author = Permissions::parse("Author").unwrap();
//! let grants = [Grant::new(Grantee::named("CORP\\boris"), Access::Folder(folder, author))];
//!
//! // An author changes and deletes what is his own. RFC 4314 has no such right.
//! let strict = Work::new(&Translator::new(&people, "anna@corp.example"), &grants);
//! assert_eq!(strict.items[0].findings[0].code, "RIGHTS-OWN-ITEMS");
//! assert!(strict.items[0].parts.is_empty());
//!
//! let accepting = |finding: &tegu_rights::Finding| finding.code == "RIGHTS-OWN-ITEMS";
//! let work = Work::new(&Translator::new(&people, "anna@corp.example").accepting(&accepting), &grants);
//! assert_eq!(work.items[0].parts[0].identifier, "boris");
//! assert_eq!(work.items[0].parts[0].rights.to_string(), "lrsi");
//! ```
//!
//! # Features
//!
//! - `exports`: reads what Exchange's shell exports.
//! - `store`: the traits by which grants come and go, and the entries of lists that they come to.

#![cfg_attr(docsrs, feature(doc_cfg))]
#![cfg_attr(not(test), warn(clippy::disallowed_methods))]

mod delegation;
#[cfg(feature = "store")]
mod entries;
mod grant;
mod people;
mod permission;
mod privileges;
#[cfg(feature = "exports")]
pub mod read;
mod rights;
#[cfg(feature = "store")]
pub mod store;
mod work;

pub use delegation::{DelegateFolder, Delegation};
#[cfg(feature = "store")]
pub use entries::{Entries, EntryKey, Folders};
pub use grant::{Access, Folder, FolderKind, Grant, Grantee};
pub use people::{People, Person};
pub use permission::{FULL_ACCESS, Permission, Permissions};
pub use privileges::{Privilege, Privileges};
pub use rights::{AccessSet, Rights};
pub use tegu_outcome::{Error, ErrorKind, Finding, Result};
pub use work::{Item, ItemKind, Part, Translator, Work};

/// The README's example is a test.
#[cfg(doctest)]
#[doc = include_str!("../README.md")]
struct Readme;
