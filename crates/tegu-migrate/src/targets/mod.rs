//! Where things go: the traits of [`tegu_store::targets`], and what implements them.

mod bundle;
mod imap;

pub use bundle::Bundle;
pub use imap::ImapTarget;
#[doc(inline)]
pub use tegu_store::targets::{
    Access, Appended, ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, Mark, Prepared, Put,
    Removed, Replaced, Resource, Room, Stored, TargetCapabilities, TargetFolder, conformance,
};
