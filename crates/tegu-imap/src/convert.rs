//! Flags and dates of the wire as those of a message on its way, and back.

use tegu_message::{Flags, InternalDate};

impl From<&crate::Flags> for Flags {
    fn from(flags: &crate::Flags) -> Self {
        Self::from_names(flags.iter())
    }
}

impl From<&Flags> for crate::Flags {
    fn from(flags: &Flags) -> Self {
        flags.names().collect()
    }
}

impl From<crate::InternalDate> for InternalDate {
    fn from(date: crate::InternalDate) -> Self {
        Self::new(date.unix_seconds(), date.offset_minutes())
    }
}
