//! Trees of files as sources and targets of [`tegu_store`]: mail, calendars and contacts.
//!
//! [`MailFiles`], [`ItemFiles`] and [`Bundle`] find the files of each account by a [`PathTemplate`]; the readers and writers take a folder.
//!
//! Content of calendars and contacts is not looked at: a document is a file, and its ending tells how it is written.
//! [`FileNames`](crate::tree::FileNames) gives each folder and resource a file of its own: no name from outside can leave the folder, be
//! refused by a file system, or meet another name where a file system ignores letter case.
//!
//! ```
//! use tegu_mbox::store::{MailFilesReader, Nature};
//! use tegu_outcome::file::SourceDir;
//! use tegu_store::sources::MailReader as _;
//!
//! # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
//! # let scratch = tempfile::tempdir().unwrap();
//! # std::fs::create_dir(scratch.path().join("anna")).unwrap();
//! # std::fs::write(scratch.path().join("anna/Inbox.mbox"), "From a@b Mon Jan  1 00:00:00 2024\nSubject: a\n\nbody\n\n").unwrap();
//! # let export = scratch.path();
//! let directory = SourceDir::new(export);
//! let mut mail = MailFilesReader::new(&directory, "anna".as_ref(), Nature::default())?;
//! let folders = mail.folders().await?;
//! assert_eq!(folders[0].display(), "Inbox");
//! assert_eq!(mail.list(&folders[0]).await?.len(), 1);
//! # Ok::<(), tegu_mbox::Error>(()) }).unwrap();
//! ```

mod bundle;
mod files;
mod item_reader;
mod item_writer;
mod mail_file;
mod mail_reader;
mod mail_writer;
mod nature;
mod pattern;
mod template;

pub use bundle::Bundle;
pub use files::{ItemFiles, MailFiles};
pub use item_reader::ItemFilesReader;
pub use item_writer::ItemFilesWriter;
pub use mail_reader::MailFilesReader;
pub use mail_writer::{MailFilesWriter, mail_capabilities};
pub use nature::Nature;
pub use pattern::PathPattern;
pub use template::{PathTemplate, path_component};

use crate::{Error, ErrorKind};

fn unlisted(error: Error) -> Error {
    Error::new(ErrorKind::Io, error.to_string()).with_source(error)
}
