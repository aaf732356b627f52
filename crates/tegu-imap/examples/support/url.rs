//! `imap[s]://user[:password]@host[:port]/` on a command line.
//!
//! `imap://` means STARTTLS, and plain text on the loopback interface. A password in the URL shows in the list of processes; the
//! environment variable does not.

use tegu_imap::{Credentials, Endpoint};
use tegu_net::Tls;

use super::print;

pub(crate) const SHAPE: &str = "imap[s]://user[:password]@host[:port]/";

/// Where to connect and who logs in; the password from `variable` where the URL has none.
pub(crate) fn read(url: &str, variable: &str, insecure: bool) -> Result<(Endpoint, Credentials), String> {
    let wrong = || format!("a URL must look like {SHAPE}");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    // The last @: user names are often addresses.
    let (who, place) = rest.trim_end_matches('/').rsplit_once('@').ok_or_else(wrong)?;
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => {
            print::note(&format!(
                "warning: all users of this machine can read a password in an argument; use {variable}"
            ));
            (user, password.to_owned())
        }
        None => (
            who,
            std::env::var(variable).map_err(|_| format!("{variable} is not set"))?,
        ),
    };
    if !matches!(scheme, "imap" | "imaps") {
        return Err(wrong());
    }
    let place = format!("{scheme}://{place}");
    let endpoint = Endpoint::new(&place).and_then(|endpoint| {
        if scheme == "imap" && endpoint.is_loopback() {
            Endpoint::dangerously_without_tls(&place)
        } else {
            Ok(endpoint)
        }
    });
    let mut endpoint = endpoint.map_err(|error| error.to_string())?;
    if insecure {
        endpoint = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
    }
    Ok((endpoint, Credentials::password(user, password)))
}
