//! Where things go: the traits of [`tegu_store::targets`], and what implements them.

mod dav;
mod imap;

pub use dav::DavShares;
pub use imap::ImapTarget;
#[doc(inline)]
pub use tegu_mbox::store::Bundle;
#[doc(inline)]
pub use tegu_store::targets::{
    Access, Appended, ItemCapabilities, ItemTarget, ItemWriter, MailTarget, MailWriter, Mark, Numbered,
    NumberedMailbox, Prepared, Put, Removed, Replaced, Resource, Room, Stored, TargetCapabilities,
    TargetFolder, conformance,
};
