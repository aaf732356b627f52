//! Numbers and octet strings as the logs hold them: unsigned LEB128, seven bits an octet, the lowest first.
//!
//! ```
//! use tegu_journal::leb128;
//!
//! let mut out = Vec::new();
//! leb128::put(&mut out, 300);
//! leb128::put_octets(&mut out, b"abc");
//! let mut input = &out[..];
//! assert_eq!(leb128::take(&mut input), Some(300));
//! assert_eq!(leb128::take_octets(&mut input), Some(&b"abc"[..]));
//! assert!(input.is_empty());
//! ```

/// Appends a number.
pub fn put(out: &mut Vec<u8>, mut number: u64) {
    while number >= 0x80 {
        out.push((number & 0x7f) as u8 | 0x80);
        number >>= 7;
    }
    out.push(number as u8);
}

/// Appends the number of octets and then the octets.
pub fn put_octets(out: &mut Vec<u8>, octets: &[u8]) {
    put(out, octets.len() as u64);
    out.extend_from_slice(octets);
}

/// Takes a number from the front of `input`. Returns `None` if there is none, or if it does not fit into 64 bits.
pub fn take(input: &mut &[u8]) -> Option<u64> {
    let mut number = 0_u64;
    for shift in (0..64).step_by(7) {
        let (octet, rest) = input.split_first()?;
        *input = rest;
        let part = u64::from(octet & 0x7f);
        if part << shift >> shift != part {
            return None;
        }
        number |= part << shift;
        if *octet < 0x80 {
            return Some(number);
        }
    }
    None
}

/// Takes a number and then as many octets from the front of `input`. Returns `None` if they are not all there.
pub fn take_octets<'a>(input: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = usize::try_from(take(input)?).ok()?;
    let (taken, rest) = input.split_at_checked(length)?;
    *input = rest;
    Some(taken)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn what_is_put_is_taken(number in any::<u64>(), octets in proptest::collection::vec(any::<u8>(), 0..300)) {
            let mut out = Vec::new();
            put(&mut out, number);
            put_octets(&mut out, &octets);
            for cut in 0..out.len() {
                let mut input = &out[..cut];
                prop_assert!(take(&mut input).and_then(|_| take_octets(&mut input)).is_none());
            }
            let mut input = &out[..];
            prop_assert_eq!(take(&mut input), Some(number));
            prop_assert_eq!(take_octets(&mut input), Some(&octets[..]));
        }
    }
}
