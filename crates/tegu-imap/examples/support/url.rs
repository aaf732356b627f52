//! `imap[s]://user[:password]@host[:port]/` on a command line.
//!
//! `imap://` means STARTTLS where the server is remote, and plain text on the loopback. A password in the URL shows in
//! the list of processes; the environment variable does not.

use tegu_imap::{Credentials, Endpoint};
use tegu_net::Tls;

pub(crate) const SHAPE: &str = "imap[s]://user[:password]@host[:port]/";

/// Where to connect and who logs in; the password from `variable` where the URL has none.
pub(crate) fn read(url: &str, variable: &str, insecure: bool) -> Result<(Endpoint, Credentials), String> {
    let wrong = || format!("a URL must look like {SHAPE}");
    let (scheme, rest) = url.split_once("://").ok_or_else(wrong)?;
    // The last @: user names are often addresses.
    let (who, place) = rest.trim_end_matches('/').rsplit_once('@').ok_or_else(wrong)?;
    let (user, password) = match who.split_once(':') {
        Some((user, password)) => (user, password.to_owned()),
        None => (
            who,
            std::env::var(variable).map_err(|_| format!("{variable} is not set"))?,
        ),
    };
    let (host, _) = place.rsplit_once(':').unwrap_or((place, ""));
    let loopback = host == "localhost" || host.starts_with("127.");
    let place = format!("{scheme}://{place}");
    let endpoint = if scheme == "imap" && loopback {
        Endpoint::dangerously_without_tls(&place)
    } else if scheme == "imap" || scheme == "imaps" {
        Endpoint::new(&place)
    } else {
        return Err(wrong());
    };
    let mut endpoint = endpoint.map_err(|error| error.to_string())?;
    if insecure {
        endpoint = endpoint.tls(Tls::default().dangerously_accept_any_certificate());
    }
    Ok((endpoint, Credentials::password(user, password)))
}
