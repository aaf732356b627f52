//! Calendars and address books that have grown too large: where their bytes are, and how they become
//! smaller without losing any.
//!
//! - [`weigh`] tells what takes the space; [`Budget`] says what is too much.
//! - [`externalise`] moves inline attachments out to a [`Store`], once each, and links to them.
//! - [`Archive`] takes events that were over before a day; they leave the calendar, not the world.
//! - [`parts`] cuts an address book into books that a telephone takes.
//!
//! Nothing is deleted anywhere, and every change is a finding on its item.

mod archive;
mod attach;
mod budget;

pub use crate::split::weigh::{Class, Large, Weight, Year, calendar as weigh, contacts as weigh_contacts};
pub use archive::{Archive, ended};
pub use attach::{Directory, Store, externalise};
pub use budget::{Budget, parts};
