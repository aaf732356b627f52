//! The client against servers.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used)]

mod examples;
mod facts;
mod find;
mod mailbox;
mod organisation;
mod public;
mod script;
mod sign_in;
mod wire;
