//! `scheme://user@host[:port]/path` on a command line, and passwords, which never are there.
//!
//! All users of the machine can read an argument, and shells keep it; the environment variable, and a file that is private, are for the
//! program alone.

use std::path::Path;
use tegu_net::{Credentials, Endpoint, Tls};
use tegu_outcome::file::read_private;

/// A URL, taken apart.
pub(crate) struct Place<'a> {
    pub(crate) scheme: &'a str,
    /// As they stand, before the last `@` of the host's part: user names are often addresses.
    pub(crate) user: Option<&'a str>,
    has_password: bool,
    /// The URL without user and password.
    pub(crate) bare: String,
}

impl<'a> Place<'a> {
    /// `None` where `url` is no URL.
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
        let password = who.and_then(|who| who.split_once(':'));
        Some(Self {
            scheme,
            user: password.map_or(who, |(user, _)| Some(user)),
            has_password: password.is_some(),
            bare: format!("{scheme}://{host}{}", if has_path { path } else { "" }),
        })
    }

    /// As [`password`], for the user of the URL.
    pub(crate) fn password(&self, variable: &str) -> Result<String, String> {
        self.without_password(variable)?;
        password(self.user.unwrap_or_default(), variable)
    }

    fn without_password(&self, variable: &str) -> Result<(), String> {
        if self.has_password {
            return Err(format!(
                "all users of this machine can read a password in an argument: change it, leave it out of the URL, and set {variable}, or \
                 {variable}_FILE, which names a file"
            ));
        }
        Ok(())
    }
}

/// Refuses a URL with a password. `variable` is where it belongs.
pub(crate) fn no_password(url: &str, variable: &str) -> Result<(), String> {
    Place::read(url, true).map_or(Ok(()), |place| place.without_password(variable))
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
    let password = place.password(variable)?;
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
    if let Some(password) = std::env::var(variable)
        .ok()
        .filter(|password| !password.is_empty())
    {
        return Ok(password);
    }
    let Some(path) = std::env::var_os(format!("{variable}_FILE")) else {
        return Err(format!(
            "no password for {user}: set the environment variable {variable}, or {variable}_FILE, which names a file"
        ));
    };
    password_in(Path::new(&path))
}

/// The password in a private file, whose last line end does not count.
pub(crate) fn password_in(path: &Path) -> Result<String, String> {
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
            (place.scheme, place.user, place.has_password, &*place.bare),
            ("imaps", Some("anna@x.example"), true, "imaps://host:993/a@b")
        );
        let slash = Place::read("imap://anna:a/b@host/", false).unwrap();
        assert_eq!((slash.has_password, &*slash.bare), (true, "imap://host"));
        let without = Place::read("imap://anna@x.example@host/", false).unwrap();
        assert_eq!(
            (without.user, without.has_password),
            (Some("anna@x.example"), false)
        );
        assert!(Place::read("host", true).is_none());
        assert_eq!(Place::read("http://host/", true).unwrap().user, None);
    }
}
