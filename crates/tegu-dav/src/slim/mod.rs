//! Makes large calendars and address books smaller without losing anything.
//!
//! - [`weigh`] shows what takes the space; [`Budget`] says what is too much.
//! - [`Archive`] collects events that ended before a given day in a calendar file.
//! - [`externalise`] moves inline attachments to a [`Store`], each once, and links to them.
//! - [`Slimming`] does both between reading and uploading.
//! - [`parts`] splits an address book into books that a telephone can hold.
//!
//! Nothing is deleted, and every change is a finding on its item.

mod archive;
mod attach;
mod budget;
mod slimming;

pub use crate::split::weigh::{Class, Large, Weight, Year, calendar as weigh, contacts as weigh_contacts};
pub use archive::{Archive, ended};
pub use attach::{Directory, LinksOnly, Store, externalise};
pub use budget::{Budget, parts};
pub use slimming::Slimming;
