//! Two texts in one block.

use std::sync::Arc;

/// A text and a second one that belongs to it, in one block of memory that copies share. Hundreds of thousands of objects name
/// each of their parts more than once, so a block and a pointer saved for each count.
///
/// The last character's number is the length of the second text.
#[derive(Clone)]
pub(crate) struct Tailed(Arc<str>);

impl Tailed {
    /// Returns `None` if the second text is longer than 55,000 bytes.
    pub(crate) fn new(text: &str, tail: &str) -> Option<Self> {
        let length = u32::try_from(tail.len()).ok().filter(|&n| n < 0xd800)?;
        let length = char::from_u32(length)?;
        let all = [text, tail, length.encode_utf8(&mut [0; 4])].concat();
        Some(Self(all.into()))
    }

    /// Returns where the text ends, and where the second one does.
    fn ends(&self) -> (usize, usize) {
        let length = self.0.chars().next_back().unwrap_or('\0');
        let end = self.0.len().saturating_sub(length.len_utf8());
        (end.saturating_sub(length as usize), end)
    }

    pub(crate) fn text(&self) -> &str {
        self.0.get(..self.ends().0).unwrap_or_default()
    }

    /// Returns the second text, unless it is empty.
    pub(crate) fn tail(&self) -> Option<&str> {
        let (start, end) = self.ends();
        self.0.get(start..end).filter(|tail| !tail.is_empty())
    }
}

impl From<&str> for Tailed {
    fn from(text: &str) -> Self {
        Self([text, "\0"].concat().into())
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn both_texts_come_back() {
        let long = "я".repeat(20_000);
        for text in ["", "CN=a,DC=b", "Ё", "a\0", long.as_str()] {
            for tail in ["", "x", "11111111-2222-3333-4444-555555555555", "я", &long] {
                let both = Tailed::new(text, tail).unwrap();
                let some = Some(tail).filter(|t| !t.is_empty());
                assert_eq!((both.text(), both.tail()), (text, some));
            }
            assert_eq!(
                (Tailed::from(text).text(), Tailed::from(text).tail()),
                (text, None)
            );
        }
        assert!(Tailed::new("", &"x".repeat(60_000)).is_none());
    }
}
