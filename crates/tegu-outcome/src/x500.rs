//! Addresses that only Exchange can deliver to.

use crate::percent::{percent_decode_lenient, unescape};

/// The X.500 name that an address is, has after a prefix (`EX:`, `X500:`, `mailto:`), or hides in the disguise of a mail address
/// (`IMCEAEX-_o=Org_cn=anna@domain`); `None` for every other address. In a URI the disguise may be percent-encoded once more (RFC 6068,
/// section 2).
///
/// ```
/// use tegu_outcome::directory_name;
///
/// assert_eq!(
///     directory_name("IMCEAEX-_O=Org_OU=A+20+28B+29_CN=anna@example.org").as_deref(),
///     Some("/O=Org/OU=A (B)/CN=anna")
/// );
/// assert_eq!(directory_name("EX:/o=Org/cn=anna").as_deref(), Some("/o=Org/cn=anna"));
/// assert_eq!(directory_name("anna@example.org"), None);
/// ```
#[must_use]
pub fn directory_name(address: &str) -> Option<String> {
    let mut name = address.trim().trim_matches(['<', '>', '"', '\'']);
    for prefix in ["mailto:", "ex:", "x500:"] {
        name = strip(name, prefix).unwrap_or(name).trim();
    }
    let decoded = match strip(name, "IMCEAEX-") {
        Some(rest) => {
            let rest = String::from_utf8_lossy(&percent_decode_lenient(rest)).into_owned();
            let local = rest.rsplit_once('@').map_or(&*rest, |(local, _)| local);
            // [MS-OXCMAIL], section 2.1.3.1.8.
            let slash = |octet| if octet == b'_' { b'/' } else { octet };
            String::from_utf8_lossy(&unescape(local, b'+', slash).0).into_owned()
        }
        None => name.to_owned(),
    };
    let upper = decoded.to_ascii_uppercase();
    (upper.starts_with("/O=") && upper.contains("/CN=")).then_some(decoded)
}

fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disguise_may_be_encoded_once_more() {
        let name = "/O=ORG/OU=A (B)/CN=anna_b";
        for form in [
            "IMCEAEX-_O=ORG_OU=A+20+28B+29_CN=anna+5Fb@a.b",
            "mailto:imceaex-_O=ORG_OU=A%2B20+28B%2b29_CN=anna%2B5Fb@a.b",
            "IMCEAEX-_O%3DORG_OU=A+20+28B+29_CN=anna+5Fb%40a.b",
        ] {
            assert_eq!(directory_name(form).as_deref(), Some(name), "{form}");
        }
        // Without a disguise nothing is encoded.
        assert_eq!(
            directory_name("/o=Org/cn=50%25").as_deref(),
            Some("/o=Org/cn=50%25")
        );
        for cut in [
            "IMCEAEX-_O=ORG_CN=%2",
            "IMCEAEX-_O=ORG_CN=+2",
            "IMCEAEX-_O=ORG_CN=%",
        ] {
            assert!(directory_name(cut).is_some(), "{cut}");
        }
    }
}
