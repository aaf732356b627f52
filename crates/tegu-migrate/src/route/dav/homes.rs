//! Homes on the server: no two accounts fill one.

use crate::{Error, Result};
use std::{
    collections::HashMap,
    sync::{Mutex, PoisonError},
};

/// Whose homes were filled by this process.
#[derive(Debug, Default)]
pub(super) struct Homes(Mutex<HashMap<String, String>>);

impl Homes {
    /// Takes a home for an account.
    pub(super) fn take(&self, home: String, account: &str) -> Result<()> {
        let mut taken = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let other = taken.entry(home.clone()).or_insert_with(|| account.to_owned());
        if other == account {
            return Ok(());
        }
        Err(Error::config(format_args!(
            "{other} and {account} have one home on the target: {home}; name it by {{mail}}, or exclude one of them"
        ))
        .at_target())
    }
}
