//! `http[s]://user[:password]@host[:port]/path/` on a command line.
//!
//! A password in the URL shows in the list of processes; the environment variable does not.

use tegu_dav::client::{Credentials, Endpoint, Tls};

pub(crate) const SHAPE: &str = "http[s]://user[:password]@host[:port]/path/";
const VARIABLE: &str = "TEGU_DAV_PASSWORD";

/// Where to connect and who signs in.
pub(crate) fn read(url: &str, insecure: bool, plain: bool) -> Result<(Endpoint, Credentials), String> {
    let wrong = || format!("a URL must look like {SHAPE}");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    let end = rest.find('/').unwrap_or(rest.len());
    let (authority, path) = rest.split_at(end);
    // The last @: user names are often addresses.
    let (who, place) = match authority.rsplit_once('@') {
        Some((who, place)) => (Some(who), place),
        None => (None, authority),
    };
    let bare = format!("{scheme}://{place}{path}");
    let endpoint = if plain && scheme.eq_ignore_ascii_case("http") {
        Endpoint::dangerously_without_tls(&bare)
    } else {
        Endpoint::new(&bare)
    };
    let mut endpoint = endpoint.map_err(|error| error.to_string())?;
    let credentials = match who {
        Some(who) => {
            let (user, password) = match who.split_once(':') {
                Some((user, password)) => (user, decoded(password)),
                None => (who, std::env::var(VARIABLE).unwrap_or_default()),
            };
            Credentials::password(decoded(user), password)
        }
        None => Credentials::anonymous(),
    };
    if insecure {
        endpoint = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
    }
    Ok((endpoint, credentials))
}

/// Takes percent-encoding off, which characters such as `@` or `/` in a password need.
pub(crate) fn decoded(text: &str) -> String {
    let (mut out, bytes) = (Vec::new(), text.as_bytes());
    let mut at = 0;
    while at < bytes.len() {
        let code = text
            .get(at + 1..at + 3)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        match code {
            Some(byte) if bytes[at] == b'%' => {
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
