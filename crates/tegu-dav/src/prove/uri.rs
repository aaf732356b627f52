//! One spelling for URIs that mean the same (RFC 3986 section 6.2).

/// A URI in its normal spelling; what is no URI stays as it is.
pub(super) fn normal(text: &str) -> String {
    let Some((scheme, rest)) = text.split_once(':').filter(|(scheme, _)| is_scheme(scheme)) else {
        return text.to_owned();
    };
    let scheme = scheme.to_ascii_lowercase();
    match scheme.as_str() {
        "mailto" => {
            let (address, query) = rest.split_once('?').map_or((rest, None), |(a, q)| (a, Some(q)));
            let query = query.map_or(String::new(), |query| format!("?{}", percent(query)));
            format!("mailto:{}{query}", address_of(&percent(address)))
        }
        "urn" => match rest.get(..5) {
            Some(kind) if kind.eq_ignore_ascii_case("uuid:") => {
                format!("urn:{}", rest.to_ascii_lowercase())
            }
            _ => format!("urn:{}", percent(rest)),
        },
        "geo" => {
            let (place, more) = rest.split_once(';').map_or((rest, ""), |(p, m)| (p, m));
            let numbers: Vec<String> = place.split(',').map(super::number::float).collect();
            format!("geo:{};{}", numbers.join(","), more.to_ascii_lowercase())
        }
        "data" => rest.to_owned(),
        _ => match rest.strip_prefix("//") {
            Some(rest) => {
                let end = rest.find(['/', '?', '#']).unwrap_or(rest.len());
                let (authority, path) = rest.split_at(end);
                let path = if path.is_empty() { "/" } else { path };
                format!("{scheme}://{}{}", host(&scheme, authority), percent(path))
            }
            None => format!("{scheme}:{}", percent(rest)),
        },
    }
}

/// A mail address: the part behind the last `@` is a host name, in any case.
pub(super) fn address_of(text: &str) -> String {
    match text.rsplit_once('@') {
        Some((local, host)) => format!("{local}@{}", host.to_ascii_lowercase()),
        None => text.to_owned(),
    }
}

fn is_scheme(text: &str) -> bool {
    let rest = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'+' | b'-' | b'.');
    // One letter is a drive of Windows.
    text.len() > 1 && text.starts_with(|c: char| c.is_ascii_alphabetic()) && text.bytes().all(rest)
}

fn host(scheme: &str, authority: &str) -> String {
    let (user, host) = match authority.rsplit_once('@') {
        Some((user, host)) => (format!("{}@", percent(user)), host),
        None => (String::new(), authority),
    };
    let host = host.to_ascii_lowercase();
    let usual = match scheme {
        "http" => ":80",
        "https" => ":443",
        "ftp" => ":21",
        _ => ":",
    };
    let host = host.strip_suffix(usual).unwrap_or(&host);
    format!("{user}{}", host.strip_suffix(':').unwrap_or(host))
}

/// Percent signs in one spelling: what needs none has none, and digits are in upper case.
fn percent(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let mut out = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        let (before, tail) = rest.split_at(at);
        out.push_str(before);
        let byte = tail
            .get(1..3)
            .filter(|digits| digits.bytes().all(|b| b.is_ascii_hexdigit()))
            .and_then(|digits| u8::from_str_radix(digits, 16).ok());
        let plain = |b: u8| b.is_ascii_alphanumeric() || matches!(b, b'-' | b'.' | b'_' | b'~');
        rest = match byte {
            Some(byte) => {
                if plain(byte) {
                    out.push(char::from(byte));
                } else {
                    out.push_str(&format!("%{byte:02X}"));
                }
                tail.get(3..).unwrap_or_default()
            }
            None => {
                out.push('%');
                tail.get(1..).unwrap_or_default()
            }
        };
    }
    out.push_str(rest);
    out
}
