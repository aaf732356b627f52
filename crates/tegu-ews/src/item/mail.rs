//! Mail: its flags and dates as IMAP has them.

use super::Item;
use tegu_message::{Flags, InternalDate};

/// Unsent: a draft ([MS-OXCMSG] 2.2.1.6).
const UNSENT: i64 = 0x8;

impl Item {
    fn integer(&self, tag: u16) -> Option<i64> {
        self.tag(tag)?.trim().parse().ok()
    }

    /// Returns the flags of a message: read, answered, forwarded (the keyword `$Forwarded`), flagged, draft, and its categories as
    /// keywords.
    #[must_use]
    pub fn flags(&self) -> Flags {
        let mut flags = Flags::default();
        flags.seen = self.read.unwrap_or(false);
        let unsent = self.integer(0x0e07).is_some_and(|flags| flags & UNSENT != 0);
        flags.draft = self.draft.unwrap_or(unsent);
        flags.flagged = match self.flag.as_deref() {
            Some(status) => status == "Flagged",
            None => self.integer(0x1090) == Some(2),
        };
        match self.integer(0x1081) {
            Some(102 | 103) => flags.answered = true,
            Some(104) => {
                flags.keywords.insert("$Forwarded".to_owned());
            }
            _ => {}
        }
        flags.keywords.extend(self.categories.iter().cloned());
        flags
    }

    /// Returns when a message arrived, or when it was made if it never arrived.
    #[must_use]
    pub fn internal_date(&self) -> Option<InternalDate> {
        let at = self.received.or(self.created)?;
        Some(InternalDate::new(at.as_second(), 0))
    }

    /// Returns the UID by which IMAP knows the item in its folder, if anybody has asked for it by IMAP.
    #[must_use]
    pub fn imap_uid(&self) -> Option<u32> {
        u32::try_from(self.integer(0x0e23)?).ok().filter(|uid| *uid != 0)
    }
}
