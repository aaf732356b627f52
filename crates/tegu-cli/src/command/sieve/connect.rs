//! Signing in to a ManageSieve server.

use crate::place::server;
use tegu_migrate::Error;
use tegu_net::{Credentials, Endpoint};
use tegu_sieve::managesieve::Client;

const SHAPE: &str = "sieve[s]://user@host[:port]/";
const VARIABLE: &str = "TEGU_PASSWORD";

/// Where to connect and who signs in. `Err` is what is wrong with the arguments.
pub(super) fn read(
    url: &str,
    for_user: Option<&str>,
    insecure: bool,
) -> Result<(Endpoint, Credentials), String> {
    let (endpoint, mut credentials) = server("sieve", SHAPE, url, VARIABLE, insecure)?;
    if let Some(user) = for_user {
        credentials = credentials.authorize_as(user);
    }
    Ok((endpoint, credentials))
}

pub(super) async fn open((endpoint, credentials): (Endpoint, Credentials)) -> Result<Client, Error> {
    Client::connect(&endpoint, &credentials).await
}
