//! Small tagged values, one behind the other in one block of memory: a tag, a length, and the value.

/// Lengths are written six bits at a time, the lowest first, and this bit says that more follow. So each byte of a tag and a
/// length is ASCII, and a block of texts is a text.
const MORE: u8 = 0x40;

/// Appends the head of a value. A tag has at most seven bits.
pub(super) fn head(tag: u8, length: usize, mut push: impl FnMut(u8)) {
    push(tag & 0x7f);
    number(length, push);
}

/// Appends a number.
pub(super) fn number(mut number: usize, mut push: impl FnMut(u8)) {
    loop {
        let digit = u8::try_from(number & 0x3f).unwrap_or(0);
        number >>= 6;
        push(if number == 0 { digit } else { digit | MORE });
        if number == 0 {
            return;
        }
    }
}

/// Returns the tag, where the value begins and where it ends, of the value whose head stands at `at`.
pub(super) fn value(block: &[u8], at: usize) -> Option<(u8, usize, usize)> {
    let tag = *block.get(at)?;
    let (length, start) = read_number(block, at + 1)?;
    Some((tag, start, start.checked_add(length)?))
}

/// Returns the number that stands at `at`, and where it ends.
pub(super) fn read_number(block: &[u8], mut at: usize) -> Option<(usize, usize)> {
    let (mut number, mut shift) = (0_usize, 0_u32);
    loop {
        let digit = *block.get(at)?;
        at += 1;
        number |= usize::from(digit & 0x3f).checked_shl(shift)?;
        if digit & MORE == 0 {
            return Some((number, at));
        }
        shift += 6;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn heads_come_back() {
        for length in [0, 1, 63, 64, 4_095, 4_096, 1 << 20, 1 << 33] {
            let mut block = Vec::new();
            head(7, length, |b| block.push(b));
            assert!(block.is_ascii());
            assert_eq!(value(&block, 0), Some((7, block.len(), block.len() + length)));
            // A head that is cut off is none.
            assert_eq!(value(&block[..block.len() - 1], 0), None);
        }
        assert_eq!(
            value(
                &[
                    1, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f
                ],
                0
            ),
            None
        );
    }
}
