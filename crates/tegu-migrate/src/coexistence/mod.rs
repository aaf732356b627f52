//! Both servers at once.

pub(crate) mod recipient;

pub use recipient::{Recipient, RecipientKind};
