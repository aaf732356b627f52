//! The one origin that a client speaks to, and the paths on it.

use std::fmt;

use tegu_net::Endpoint;
use tegu_outcome::percent_decode_lenient;

use crate::error::{Error, Result};

/// Scheme, host and port. Credentials are sent to one origin only.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) struct Origin {
    pub(super) tls: bool,
    pub(super) host: String,
    pub(super) port: u16,
}

impl Origin {
    /// Returns the origin of an endpoint.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) if the endpoint is not one of HTTP.
    pub(super) fn of(endpoint: &Endpoint) -> Result<Self> {
        let tls = match endpoint.scheme() {
            "https" => true,
            "http" => false,
            _ => {
                return Err(
                    Error::config("the scheme is neither https nor http").doing("connect to", endpoint)
                );
            }
        };
        let host = match endpoint.host() {
            address if address.contains(':') => format!("[{address}]"),
            name => name.to_owned(),
        };
        Ok(Self {
            tls,
            host,
            port: endpoint.port(),
        })
    }

    fn new(tls: bool, authority: &str) -> Option<Self> {
        let (host, port) = match authority.rsplit_once(':') {
            Some((host, port)) if !port.contains(']') => (host, port.parse().ok()?),
            _ => (authority, if tls { 443 } else { 80 }),
        };
        let plain = host
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b"-._[]:".contains(&b));
        (plain && !host.is_empty()).then(|| Self {
            tls,
            host: host.to_ascii_lowercase(),
            port,
        })
    }

    /// Resolves a reference from the server against the path `base` (RFC 3986, section 5), and returns it in its
    /// [canonical] form. Returns `None` if it leads to another origin.
    pub(super) fn resolve(&self, base: &str, reference: &str) -> Option<String> {
        let reference = reference.trim();
        let reference = reference.split('#').next().unwrap_or_default();
        let absolute = reference
            .split_once("://")
            .filter(|(scheme, _)| !scheme.is_empty() && scheme.bytes().all(|b| b.is_ascii_alphanumeric()));
        let (origin, path) = if let Some((scheme, rest)) = absolute {
            let tls = match scheme.to_ascii_lowercase().as_str() {
                "https" => true,
                "http" => false,
                _ => return None,
            };
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(at);
            (Some(Self::new(tls, authority)?), path)
        } else if let Some(rest) = reference.strip_prefix("//") {
            let at = rest.find(['/', '?']).unwrap_or(rest.len());
            let (authority, path) = rest.split_at(at);
            (Some(Self::new(self.tls, authority)?), path)
        } else {
            (None, reference)
        };
        if origin.is_some_and(|origin| origin != *self) {
            return None;
        }
        let path = if path.starts_with('/') {
            path.to_owned()
        } else if path.is_empty() {
            "/".to_owned()
        } else {
            let directory = base.rsplit_once('/').map_or("", |(directory, _)| directory);
            format!("{directory}/{path}")
        };
        Some(canonical(&path))
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (scheme, usual) = if self.tls { ("https", 443) } else { ("http", 80) };
        write!(f, "{scheme}://{}", self.host)?;
        if self.port != usual {
            write!(f, ":{}", self.port)?;
        }
        Ok(())
    }
}

/// Writes a path in the one form in which paths are compared and kept: each segment is a [`Segment`], and dot
/// segments are resolved (RFC 3986, section 5.2.4), so that a prefix is a folder. Servers spell one path in several ways, such as
/// `anna@example.org` and `anna%40example.org`. A query stays as it is, except for what a request line must not hold.
pub(super) fn canonical(path: &str) -> String {
    let (path, query) = match path.split_once('?') {
        Some((path, query)) => (path, Some(query)),
        None => (path, None),
    };
    let mut segments: Vec<String> = Vec::new();
    let mut parts = path.split('/').skip(1).peekable();
    while let Some(part) = parts.next() {
        let last = parts.peek().is_none();
        match part {
            "." | ".." => {
                if part == ".." {
                    segments.pop();
                }
                if last {
                    segments.push(String::new());
                }
            }
            part => segments.push(encoded(&percent_decode_lenient(part))),
        }
    }
    let mut out = String::with_capacity(path.len());
    for segment in &segments {
        out.push('/');
        out.push_str(segment);
    }
    if let Some(query) = query {
        out.push('?');
        for byte in query.bytes() {
            if byte.is_ascii_graphic() && !b"<>\"{}|\\^`".contains(&byte) {
                out.push(char::from(byte));
            } else {
                out.push_str(&format!("%{byte:02X}"));
            }
        }
    }
    out
}

/// One segment of a URL's path, made of a name that may be anything. What is not an unreserved character (RFC 3986, section 2.3) or `@`
/// is percent-encoded, so that a name cannot lead out of its folder, whatever it holds.
///
/// ```
/// use tegu_dav::client::Segment;
///
/// let url = format!("https://dav.example.org/{}/", Segment::new("../boss/?@example.org"));
/// assert_eq!(url, "https://dav.example.org/..%2Fboss%2F%3F@example.org/");
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Segment(String);

impl fmt::Display for Segment {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl Segment {
    /// Encodes a name.
    #[must_use]
    pub fn new(name: &str) -> Self {
        Self(encoded(name.as_bytes()))
    }

    /// Returns the path of this name in a folder.
    pub(super) fn below(&self, folder: &str) -> String {
        format!("{}/{}", folder.trim_end_matches('/'), self.0)
    }
}

fn encoded(name: &[u8]) -> String {
    let mut out = String::with_capacity(name.len());
    for &byte in name {
        if byte.is_ascii_alphanumeric() || b"-._~@".contains(&byte) {
            out.push(char::from(byte));
        } else {
            out.push_str(&format!("%{byte:02X}"));
        }
    }
    match out.as_str() {
        "." => "%2E".into(),
        ".." => "%2E%2E".into(),
        _ => out,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;
    use crate::ErrorKind;

    /// A name with some of its octets percent-encoded, in capital and small letters.
    fn spelling(name: &str, choices: &[u8]) -> String {
        let mut out = String::new();
        for (at, byte) in name.bytes().enumerate() {
            match choices.get(at % choices.len()) {
                Some(0) if byte.is_ascii_graphic() && !b"/?#%".contains(&byte) => out.push(char::from(byte)),
                Some(1) => out.push_str(&format!("%{byte:02x}")),
                _ => out.push_str(&format!("%{byte:02X}")),
            }
        }
        out
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn all_spellings_of_a_name_are_one_path(name in "\\PC{1,12}", choices in proptest::collection::vec(0_u8..3, 1..9)) {
            prop_assume!(name != "." && name != "..");
            let origin = Origin::of(&Endpoint::new("https://a/").unwrap()).unwrap();
            let spelled = format!("/d/{}", spelling(&name, &choices));
            let path = origin.resolve("/d/", &spelled).unwrap();
            prop_assert_eq!(path, Segment::new(&name).below("/d/"));
        }

        #[test]
        fn a_resolved_path_is_safe_and_final(reference in "\\PC{0,30}|[a-z./%?@:0-9]{0,30}") {
            let origin = Origin::of(&Endpoint::new("https://a/").unwrap()).unwrap();
            if let Some(path) = origin.resolve("/d/e", &reference) {
                prop_assert!(path.starts_with('/'), "{path}");
                prop_assert!(path.bytes().all(|b| b.is_ascii_graphic()), "{path}");
                let folder = path.split('?').next().unwrap();
                prop_assert!(folder.split('/').all(|segment| segment != "." && segment != ".."), "{path}");
                prop_assert_eq!(canonical(&path), path);
            }
        }
    }

    #[test]
    fn the_usual_port_is_not_shown() {
        for (url, shown) in [
            ("https://Mail.example.org/a", "https://mail.example.org"),
            ("https://mail.example.org:8809/", "https://mail.example.org:8809"),
            ("http://127.0.0.1:5232", "http://127.0.0.1:5232"),
            ("http://[::1]:1/", "http://[::1]:1"),
        ] {
            let origin = Origin::of(&Endpoint::new(url).unwrap()).unwrap();
            assert_eq!(origin.to_string(), shown);
        }
        let error = Origin::of(&Endpoint::new("imaps://a").unwrap()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Config);
    }

    #[test]
    fn references_stay_on_the_origin() {
        let origin = Origin::of(&Endpoint::new("https://a:8809/").unwrap()).unwrap();
        for (reference, path) in [
            ("/x", "/x"),
            ("y", "/d/y"),
            ("https://a:8809/z?q", "/z?q"),
            ("//a:8809/z", "/z"),
            ("/ä\r\n", "/%C3%A4"),
            ("/anna%40x/%7e/a:b", "/anna@x/~/a%3Ab"),
            ("../z", "/z"),
            ("/d/./e/../../..", "/"),
            ("/d/%2e%2E/a%2fb", "/d/%2E%2E/a%2Fb"),
        ] {
            assert_eq!(
                origin.resolve("/d/", reference).as_deref(),
                Some(path),
                "{reference}"
            );
        }
        for reference in [
            "https://b/x",
            "http://a:8809/x",
            "https://a/x",
            "//b/x",
            "file:///etc",
            "https://a:8809@b/",
        ] {
            assert_eq!(origin.resolve("/d/", reference), None, "{reference}");
        }
    }

    #[test]
    fn segments_cannot_leave_their_collection() {
        for (name, path) in [
            ("../x y", "/d/..%2Fx%20y"),
            ("..", "/d/%2E%2E"),
            ("boss%40x.test/?@x.test", "/d/boss%2540x.test%2F%3F@x.test"),
            ("", "/d/"),
        ] {
            assert_eq!(Segment::new(name).below("/d/"), path);
        }
    }
}
