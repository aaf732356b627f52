//! Signing in to a ManageSieve server.

use crate::place::Place;
use tegu_migrate::Error;
use tegu_net::{Credentials, Endpoint, Tls};
use tegu_sieve::managesieve::Client;

const SHAPE: &str = "sieve[s]://user[:password]@host[:port]/";
const VARIABLE: &str = "TEGU_PASSWORD";

/// Where to connect and who signs in. `Err` is what is wrong with the arguments.
pub(super) fn read(
    url: &str,
    for_user: Option<&str>,
    insecure: bool,
) -> Result<(Endpoint, Credentials), String> {
    let wrong = || format!("a URL must look like {SHAPE}");
    let place = Place::read(url, false)
        .filter(|place| matches!(place.scheme, "sieve" | "sieves"))
        .ok_or_else(wrong)?;
    let user = place.user.ok_or_else(wrong)?;
    let password = place.password(VARIABLE, str::to_owned)?;
    let endpoint = Endpoint::new(&place.bare).and_then(|endpoint| {
        if place.scheme == "sieve" && endpoint.is_loopback() {
            Endpoint::dangerously_without_tls(&place.bare)
        } else {
            Ok(endpoint)
        }
    });
    let mut endpoint = endpoint.map_err(|error| error.to_string())?;
    if insecure {
        endpoint = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
    }
    let mut credentials = Credentials::password(user, password);
    if let Some(user) = for_user {
        credentials = credentials.authorize_as(user);
    }
    Ok((endpoint, credentials))
}

pub(super) async fn open((endpoint, credentials): (Endpoint, Credentials)) -> Result<Client, Error> {
    Client::connect(&endpoint, &credentials).await
}
