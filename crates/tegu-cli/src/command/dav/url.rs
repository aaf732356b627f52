//! `http[s]://user@host[:port]/path/` on a command line.

use crate::place::Place;
use tegu_dav::client::{Credentials, Endpoint, Tls};

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
    let (mut out, bytes) = (Vec::new(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let code = text
            .get(at + 1..at + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) if bytes.get(at) == Some(&b'%') => {
                out.push(byte);
                at += 3;
            }
            _ => {
                out.push(bytes[at]);
                at += 1;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
