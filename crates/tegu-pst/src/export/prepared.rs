//! An item that was read, and is not written yet.

use super::Family;
use crate::{Converted, Error, Mail, Message, Result};

/// An item before it is written.
pub(super) enum Prepared<'p> {
    /// It cannot be read at all.
    Failed(Error),
    /// It is of a kind that was not asked for.
    Excluded,
    /// No other form is known for it.
    Unknown(Message<'p>),
    Mail {
        message: Message<'p>,
        mail: Result<Mail<'p>>,
    },
    Other {
        message: Message<'p>,
        family: Family,
        converted: Option<Converted>,
    },
}
