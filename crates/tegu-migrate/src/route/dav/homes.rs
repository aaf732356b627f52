//! Homes on the server: no two accounts fill one.

use super::DavRoute;
use crate::{Account, Error, Result};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Mutex, PoisonError},
};
use tegu_dav::client::Client;

/// How many accounts of one URL are asked for their homes before anything moves: a URL that gives each of two users another home
/// leads to homes, and one that gives both the same is a home.
const ASKED: usize = 3;

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

impl DavRoute {
    /// The home of the account that a client signed in for, as a URL.
    pub(super) async fn home(&self, client: &Client) -> Result<String> {
        let path = client.home(self.kind).await?;
        Ok(client.url_of(&path))
    }

    /// Two accounts that a URL without placeholders leads to one home, and that home. Only the server tells, so a few of each URL are
    /// asked.
    pub(super) async fn one_home(&self, accounts: &[&Account]) -> Result<Option<(String, String, String)>> {
        let mut by_url: BTreeMap<String, Vec<&Account>> = BTreeMap::new();
        for &account in accounts {
            if let Ok(endpoint) = self.server.endpoint(account) {
                by_url
                    .entry(format!("{endpoint}{}", endpoint.path()))
                    .or_default()
                    .push(account);
            }
        }
        for same in by_url.into_values().filter(|same| same.len() > 1) {
            let mut homes: HashMap<String, &Account> = HashMap::new();
            for account in same.into_iter().take(ASKED) {
                // What is wrong with one account is told by its own job.
                let Ok(client) = self.server.connect(account).await else {
                    continue;
                };
                let Ok(home) = self.home(&client).await else {
                    continue;
                };
                if let Some(other) = homes.insert(home.clone(), account) {
                    return Ok(Some((other.mail.clone(), account.mail.clone(), home)));
                }
            }
        }
        Ok(None)
    }
}
