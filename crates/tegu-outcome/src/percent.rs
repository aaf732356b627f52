//! Percent-encoding (RFC 3986, section 2.1), and what resembles it.

/// Decodes every `%XX`; `None` if a `%` begins no such thing.
///
/// ```
/// use tegu_outcome::percent_decode;
///
/// assert_eq!(percent_decode("a%20%d0%B0").unwrap(), "a а".as_bytes());
/// assert_eq!(percent_decode("50%+1"), None);
/// ```
#[must_use]
pub fn percent_decode(text: &str) -> Option<Vec<u8>> {
    let (octets, is_sound) = unescape(text, b'%', |octet| octet);
    is_sound.then_some(octets)
}

/// Decodes every `%XX`, as programs read what people typed and what careless servers write: a `%` that begins no such thing stands for itself.
///
/// ```
/// assert_eq!(tegu_outcome::percent_decode_lenient("50%%20a"), b"50% a");
/// ```
#[must_use]
pub fn percent_decode_lenient(text: &str) -> Vec<u8> {
    unescape(text, b'%', |octet| octet).0
}

/// Two hexadecimal digits behind `mark` are the octet of this code; other octets become what `plain` says. Also returns whether such digits stand
/// behind every mark.
pub(crate) fn unescape(text: &str, mark: u8, plain: impl Fn(u8) -> u8) -> (Vec<u8>, bool) {
    let (mut out, mut rest, mut is_sound) = (Vec::with_capacity(text.len()), text.as_bytes(), true);
    while let Some((&first, tail)) = rest.split_first() {
        rest = tail;
        if first != mark {
            out.push(plain(first));
            continue;
        }
        let digits = tail
            .first_chunk::<2>()
            .and_then(|[high, low]| Some((digit(*high)?, digit(*low)?)));
        if let Some((high, low)) = digits {
            out.push(high << 4 | low);
            rest = tail.get(2..).unwrap_or_default();
        } else {
            out.push(plain(first));
            is_sound = false;
        }
    }
    (out, is_sound)
}

/// What a hexadecimal digit stands for.
fn digit(octet: u8) -> Option<u8> {
    let value = char::from(octet).to_digit(16)?;
    u8::try_from(value).ok()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn broken_sequences_are_none_or_stand_for_themselves() {
        for broken in [
            "%", "%4", "%4g", "%+1", "%-1", "% 1", "%%41", "%ё", "a%", "%u0041",
        ] {
            assert_eq!(percent_decode(broken), None, "{broken}");
        }
        for (broken, read) in [
            ("%", "%"),
            ("%+1", "%+1"),
            ("%%41", "%A"),
            ("%4%41", "%4A"),
            ("%ё%41", "%ёA"),
        ] {
            assert_eq!(percent_decode_lenient(broken), read.as_bytes(), "{broken}");
        }
    }

    /// Octets, each written plainly or not, in either case.
    fn written() -> impl Strategy<Value = (Vec<u8>, String)> {
        proptest::collection::vec((any::<u8>(), 0..3_u8), 0..40).prop_map(|all| {
            let octets = all.iter().map(|(octet, _)| *octet).collect();
            let text = all.iter().map(|(octet, how)| match how {
                0 if octet.is_ascii() && *octet != b'%' => char::from(*octet).to_string(),
                1 => format!("%{octet:02x}"),
                _ => format!("%{octet:02X}"),
            });
            (octets, text.collect())
        })
    }

    proptest! {
        #[test]
        fn what_was_encoded_comes_back((octets, text) in written()) {
            prop_assert_eq!(percent_decode(&text), Some(octets.clone()));
            prop_assert_eq!(percent_decode_lenient(&text), octets);
        }

        /// The strict reading is the lenient one of what holds no broken sequence.
        #[test]
        fn strict_is_lenient_without_what_is_broken(text in "[%0-9a-fA-FgG+\\-ё /]{0,24}") {
            let is_broken = text.match_indices('%').any(|(at, _)| {
                let digits = text.as_bytes().get(at + 1..at + 3);
                !digits.is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit))
            });
            // A `%` among the digits of another is broken as well, since it is no digit.
            prop_assert_eq!(percent_decode(&text).is_none(), is_broken);
            if let Some(octets) = percent_decode(&text) {
                prop_assert_eq!(percent_decode_lenient(&text), octets);
            }
        }
    }
}
