//! Where things come from: the traits of [`tegu_store::sources`], and what implements them. An integrator adds Graph or a vendor's own
//! protocol by implementing them.

mod changes;
mod dav;
pub(crate) mod directory;
#[cfg(feature = "ews")]
mod ews;
mod facts;
mod imap;
#[cfg(feature = "pst")]
mod pst;
mod recipients;
#[cfg(feature = "ews")]
mod settings;

pub(crate) use changes::keep as keep_directory;
pub use dav::DavSource;
pub use directory::{DirectoryData, DirectoryRow, DirectorySource, LdapDirectory, LdifDirectory};
#[cfg(feature = "ews")]
pub use ews::{EwsItems, EwsMail, EwsServer};
pub use imap::ImapSource;
#[cfg(feature = "pst")]
pub use pst::{PstItems, PstMail};
#[cfg(feature = "ews")]
pub use settings::EwsSettings;
#[doc(inline)]
pub use tegu_mbox::store::{ItemFiles, MailFiles};
#[doc(inline)]
pub use tegu_store::sources::{
    AddressLookup, Collection, CollectionKind, Document, Format, ItemReader, ItemSource,
    ItemSourceCapabilities, MailFolder, MailReader, MailSource, Read, ReadDocument, SourceCapabilities,
    conformance,
};
