//! Addresses that only Exchange can deliver to.

/// The X.500 name that an address is, has after a prefix (`EX:`, `X500:`, `mailto:`), or hides in the disguise of a mail address
/// (`IMCEAEX-_o=Org_cn=anna@domain`); `None` for every other address.
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
        Some(rest) => unescape(rest.rsplit_once('@').map_or(rest, |(local, _)| local)),
        None => name.to_owned(),
    };
    let upper = decoded.to_ascii_uppercase();
    (upper.starts_with("/O=") && upper.contains("/CN=")).then_some(decoded)
}

fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    let (head, rest) = text.split_at_checked(prefix.len())?;
    head.eq_ignore_ascii_case(prefix).then_some(rest)
}

/// `_` is a slash, `+HH` is the octet of this code ([MS-OXCMAIL] section 2.1.3.1.8).
fn unescape(text: &str) -> String {
    let (mut out, mut rest) = (Vec::with_capacity(text.len()), text.as_bytes());
    while let Some((&first, tail)) = rest.split_first() {
        let code = tail
            .get(..2)
            .filter(|digits| first == b'+' && digits.iter().all(u8::is_ascii_hexdigit))
            .and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        match code {
            Some(octet) => {
                out.push(octet);
                rest = tail.get(2..).unwrap_or_default();
            }
            None => {
                out.push(if first == b'_' { b'/' } else { first });
                rest = tail;
            }
        }
    }
    String::from_utf8_lossy(&out).into_owned()
}
