//! `scheme://user@host[:port]/path` on a command line.
//!
//! All users of the machine can read a password in an argument; the environment variable, and a file that is private, are for the
//! program alone.

use std::path::Path;
use tegu_net::{Credentials, Endpoint, Tls};
use tegu_outcome::file::read_private;

/// A URL, taken apart.
pub(crate) struct Place<'a> {
    pub(crate) scheme: &'a str,
    /// As they stand, before the last `@` of the host's part: user names are often addresses.
    pub(crate) user: Option<&'a str>,
    password: Option<&'a str>,
    /// The URL without user and password.
    pub(crate) bare: String,
}

impl<'a> Place<'a> {
    /// `None` where `url` is no URL. Where it `has_path`, a slash in a password must be percent-encoded.
    pub(crate) fn read(url: &'a str, has_path: bool) -> Option<Self> {
        let (scheme, rest) = url.split_once("://")?;
        let end = if has_path {
            rest.find('/').unwrap_or(rest.len())
        } else {
            rest.trim_end_matches('/').len()
        };
        let (authority, path) = rest.split_at_checked(end)?;
        let (who, host) = match authority.rsplit_once('@') {
            Some((who, host)) => (Some(who), host),
            None => (None, authority),
        };
        let (user, password) = match who.map(|who| who.split_once(':').ok_or(who)) {
            Some(Ok((user, password))) => (Some(user), Some(password)),
            Some(Err(user)) => (Some(user), None),
            None => (None, None),
        };
        Some(Self {
            scheme,
            user,
            password,
            bare: format!("{scheme}://{host}{}", if has_path { path } else { "" }),
        })
    }

    /// The password in the URL as `decoded` reads it, or else [`password`].
    pub(crate) fn password(
        &self,
        variable: &str,
        decoded: impl FnOnce(&str) -> String,
    ) -> Result<String, String> {
        if let Some(password) = self.password {
            note!(
                "warning: all users of this machine can read a password in an argument; use {variable}, or {variable}_FILE, which names a file"
            );
            return Ok(decoded(password));
        }
        password(self.user.unwrap_or_default(), variable)
    }
}

/// Where to connect and who signs in, by a URL of a protocol with STARTTLS and no paths: `imap://` and `imaps://` for the scheme `imap`.
/// Without TLS only on the loopback interface. `Err` is what is wrong with the arguments.
pub(crate) fn server(
    scheme: &str,
    shape: &str,
    url: &str,
    variable: &str,
    insecure: bool,
) -> Result<(Endpoint, Credentials), String> {
    let wrong = || format!("a URL must look like {shape}");
    let place = Place::read(url, false)
        .filter(|place| place.scheme.strip_suffix('s').unwrap_or(place.scheme) == scheme)
        .ok_or_else(wrong)?;
    let user = place.user.ok_or_else(wrong)?;
    let password = place.password(variable, str::to_owned)?;
    let endpoint = Endpoint::new(&place.bare).and_then(|endpoint| {
        if place.scheme == scheme && endpoint.is_loopback() {
            Endpoint::dangerously_without_tls(&place.bare)
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

/// The password in an environment variable, or in the private file that `{variable}_FILE` names.
pub(crate) fn password(user: &str, variable: &str) -> Result<String, String> {
    if let Ok(password) = std::env::var(variable) {
        return Ok(password);
    }
    let Some(path) = std::env::var_os(format!("{variable}_FILE")) else {
        return Err(format!(
            "no password for {user}: set the environment variable {variable}, or {variable}_FILE, which names a file"
        ));
    };
    let path = Path::new(&path);
    let text =
        read_private(path).map_err(|error| format!("the password file {}: {error}", path.display()))?;
    let password = text.strip_suffix('\n').unwrap_or(&text);
    Ok(password.strip_suffix('\r').unwrap_or(password).to_owned())
}

/// Hides passwords of URLs in a message that repeats the arguments; rather too much than too little.
pub(crate) fn without_passwords(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("://") {
        out.push_str(before);
        out.push_str("://");
        let word = after.split(char::is_whitespace).next().unwrap_or_default();
        match word
            .rsplit_once('@')
            .and_then(|(who, _)| who.split_once(':').map(|(user, _)| (who, user)))
        {
            Some((who, user)) => {
                out.push_str(user);
                out.push_str(":***");
                rest = after.get(who.len()..).unwrap_or_default();
            }
            None => rest = after,
        }
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_repeats_no_password() {
        for (said, shown) in [
            (
                "unexpected 'imap://a@x.example:s3:cret@host/' found",
                "unexpected 'imap://a@x.example:***@host/' found",
            ),
            ("http://a:b/c@h", "http://a:***@h"),
            ("http://h:80/a", "http://h:80/a"),
            ("http://a:b@h http://c:d@h", "http://a:***@h http://c:***@h"),
            ("no URL: a:b@c", "no URL: a:b@c"),
        ] {
            assert_eq!(without_passwords(said), shown);
        }
    }

    #[test]
    fn parts_of_a_url() {
        let place = Place::read("imaps://anna@x.example:p@host:993/a@b", true).unwrap();
        assert_eq!(
            (place.scheme, place.user, place.password, &*place.bare),
            ("imaps", Some("anna@x.example"), Some("p"), "imaps://host:993/a@b")
        );
        let slash = Place::read("imap://anna:a/b@host/", false).unwrap();
        assert_eq!((slash.password, &*slash.bare), (Some("a/b"), "imap://host"));
        assert!(Place::read("host", true).is_none());
        assert_eq!(Place::read("http://host/", true).unwrap().user, None);
    }
}
