//! `http[s]://user@host[:port]/path/` on a command line.

use crate::place::Place;
use tegu_dav::client::{Credentials, Endpoint, Tls};
use tegu_outcome::percent_decode_lenient;

const SHAPE: &str = "http[s]://user@host[:port]/path/";

/// Where to connect and who signs in.
pub(super) fn read(url: &str, insecure: bool, plain: bool) -> Result<(Endpoint, Credentials), String> {
    let place = Place::read(url, true).ok_or_else(|| format!("a URL must look like {SHAPE}"))?;
    let endpoint = if plain && place.scheme.eq_ignore_ascii_case("http") {
        Endpoint::dangerously_without_tls(&place.bare)
    } else {
        Endpoint::new(&place.bare)
    };
    let mut endpoint = endpoint.map_err(|error| error.to_string())?;
    let credentials = match place.user {
        Some(user) => {
            let password = place.password("TEGU_DAV_PASSWORD")?;
            Credentials::password(decoded(user), password)
        }
        None => Credentials::anonymous(),
    };
    if insecure {
        endpoint = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
    }
    Ok((endpoint, credentials))
}

/// Takes percent-encoding off, which characters such as `@` or `/` in a user name need.
pub(super) fn decoded(text: &str) -> String {
    String::from_utf8_lossy(&percent_decode_lenient(text)).into_owned()
}
