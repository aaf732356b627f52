//! Items to a collection on a server: planned, uploaded, read back and compared.
//!
//! Each item ends in exactly one [`State`], and [`Report::counts`] add up to what the source held. A run may be killed at any
//! instant and started again with the same [ledger](crate::ledger): nothing arrives twice. Later runs upload what was added or
//! changed on the source.
//!
//! | step | where |
//! |---|---|
//! | hand out items, document by document | [`Source`]; [`Items`] for items in memory |
//! | archive old events, move attachments out | [`Slimmed`] |
//! | look at both sides and decide | [`Import::plan`], and the same code in [`Import::run`] |
//! | send, read back, compare, note in the ledger | [`Import::run`] |
//! | prove again, by ledger and server alone | [`Import::prove`] |
//! | follow a collection on another server | [`Follow`] |
//!
//! # What is never overwritten or deleted
//!
//! Resources are recognised by UID, not by name. A resource is replaced only if an earlier run proved it and nobody has changed
//! it since. It is deleted only if the caller [asks](Import::deletions) for it, this upload created it, nobody has changed it
//! since, and the source says that the item is [gone](Source::gone). What the server's user deleted is not brought back.
//!
//! # Items for a person
//!
//! An item that would lose something, that the server refuses, or that the server changes is `Manual`, and stays so in later
//! runs: until it changes on the source, is proved on the server, or the operator [accepts](Import::accepted) the loss.

mod builder;
mod bulk;
mod decide;
mod fill;
mod follow;
mod gone;
mod hooks;
mod outcome;
mod pass;
mod place;
mod plan;
mod prove;
mod run;
mod send;
mod slimmed;
mod source;
mod unchanged;
mod walk;

pub use builder::Import;
pub use follow::Follow;
pub use hooks::{Candidate, Event, Gate};
pub use outcome::{Deletion, Outcome, Report, State};
pub use plan::{Plan, Planned};
pub use prove::Proof;
pub use slimmed::Slimmed;
pub use source::{Document, Gone, Items, Source, Unchanged};
