//! The client against servers.
#![cfg(feature = "client")]
#![allow(clippy::unwrap_used)]

mod script;
mod wire;
