//! `imap[s]://user[:password]@host[:port]/` on a command line.
//!
//! `imap://` means STARTTLS where the server is remote, and plain text on the loopback. A password in the URL shows in
//! the list of processes; the environment variable does not.

use tegu_imap::{Credentials, Endpoint, Security};

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
    let (host, port) = match place.rsplit_once(':') {
        Some((host, port)) => (host, Some(port.parse().map_err(|_| wrong())?)),
        None => (place, None),
    };
    let loopback = host == "localhost" || host.starts_with("127.");
    let (security, usual) = match scheme {
        "imaps" => (Security::Tls, 993),
        "imap" if loopback => (Security::PlainText, 143),
        "imap" => (Security::StartTls, 143),
        _ => return Err(wrong()),
    };
    let mut endpoint = Endpoint::new(host, port.unwrap_or(usual), security);
    if insecure {
        endpoint = endpoint.dangerously_accept_any_certificate();
    }
    Ok((endpoint, Credentials::login(user, password.into())))
}
