//! Files as sources of [`tegu_store`]: mail, calendars and contacts of one account, out of one file or several.
//!
//! ```no_run
//! use tegu_pst::{Options, store};
//! use tegu_store::sources::MailReader as _;
//!
//! # async fn read(file: std::fs::File) -> tegu_pst::Result<()> {
//! let path = std::path::Path::new("anna.pst");
//! let mut mail = store::PstMailReader::new(vec![store::open(file, path, Options::default())?])?;
//! for folder in mail.folders().await? {
//!     println!("{}: {} messages", folder.display(), mail.list(&folder).await?.len());
//! }
//! # Ok(())
//! # }
//! ```

mod items;
mod mail;

pub use items::PstItemReader;
pub use mail::PstMailReader;

use crate::{Error, ErrorKind, Options, Pst, Result};
use std::{fs::File, path::Path};

/// Opens a file as a source: a file that cannot be read is its account's trouble, and not this machine's.
///
/// # Errors
///
/// As [`Pst::from_file`], with the source to blame, and kind [`Malformed`](ErrorKind::Malformed) where the file cannot be read.
pub fn open(file: File, path: &Path, options: Options) -> Result<Pst> {
    Pst::from_file(file, path, options).map_err(at_source)
}

/// As [`Error::at_source`], also for errors of reading the file.
fn at_source(error: Error) -> Error {
    if error.kind() == ErrorKind::Io {
        return Error::new(ErrorKind::Malformed, error.to_string())
            .at_source()
            .with_source(error);
    }
    error.at_source()
}
