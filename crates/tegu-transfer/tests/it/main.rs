//! The integration tests of tegu-transfer, in one binary.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod documents;
mod following;
mod items;
mod job;
mod mail;
mod mailboxes;
