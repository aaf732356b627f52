//! ManageSieve (RFC 5804): uploads scripts.
//!
//! [`wire`] is the protocol without a socket: octets in, responses out, commands as octets. With the feature `client`, [`Client`] speaks it
//! over a [`tegu_net::Endpoint`], and [`upload`] puts a script where it belongs: checked, stored, read back, compared, and made active only if
//! asked and if no other script of the user's is.

pub mod wire;

#[cfg(feature = "client")]
mod client;
#[cfg(feature = "client")]
mod sign_in;
#[cfg(feature = "client")]
mod upload;

#[cfg(feature = "client")]
pub use client::{Client, ScriptName};
#[cfg(feature = "client")]
pub use upload::{Activation, Standing, Upload, Uploaded, check, look, upload};
