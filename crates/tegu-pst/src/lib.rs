//! Reads PST and OST archives.
mod bytes;
pub mod codepage;
mod limits;
pub mod ltp;
pub mod messaging;
pub mod ndb;
mod source;
mod tag;
mod time;

pub use limits::Limits;
pub use messaging::{Attachment, Contents, Folder, Folders, Message, Options, Pst, Recipient, RecipientKind, Role};
pub use ndb::{Content, Crypt, Format};
pub use source::{ReadAt, Seekable};
pub use tegu_outcome::{Error, ErrorKind, Finding, Result, Severity};
