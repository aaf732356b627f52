use bytes::Bytes;

/// Returns the message with canonical line ends: a CR before each LF that has none. Shares the memory of one that has them.
///
/// Messages from a file may need it before they go to an IMAP server (some refuse a bare LF); messages from an IMAP
/// server do not. The [digest](crate::digest) is the same before and after.
///
/// ```
/// use tegu_message::canonical_line_ends;
///
/// assert_eq!(canonical_line_ends("a\nb\r\n".into()), "a\r\nb\r\n");
/// ```
pub fn canonical_line_ends(message: Bytes) -> Bytes {
    LineEnds::new().next(message)
}

/// [Canonical line ends](canonical_line_ends) for a message that comes in pieces; how it is cut does not matter. A [`Digester`](crate::digest::Digester)
/// tells beforehand how long it gets.
#[derive(Clone, Debug, Default)]
pub struct LineEnds {
    after_carriage_return: bool,
}

impl LineEnds {
    /// Starts a message.
    pub fn new() -> Self {
        Self::default()
    }

    /// Returns the next piece with canonical line ends.
    pub fn next(&mut self, piece: Bytes) -> Bytes {
        let bare = |at: &usize| match at.checked_sub(1) {
            Some(before) => piece.get(before) != Some(&b'\r'),
            None => !self.after_carriage_return,
        };
        let found: Vec<usize> = memchr::memchr_iter(b'\n', &piece).filter(bare).collect();
        if let Some(last) = piece.last() {
            self.after_carriage_return = *last == b'\r';
        }
        if found.is_empty() {
            return piece;
        }
        let mut canonical = Vec::with_capacity(piece.len() + found.len());
        let mut done = 0;
        for at in found {
            canonical.extend_from_slice(piece.get(done..at).unwrap_or_default());
            canonical.push(b'\r');
            done = at;
        }
        canonical.extend_from_slice(piece.get(done..).unwrap_or_default());
        canonical.into()
    }
}
