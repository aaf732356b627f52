//! Makes one mbox file of many messages, as a whole or not at all.
//!
//! `write_mbox again.mbox 1.eml 2.eml 3.eml`

use std::path::{Path, PathBuf};
use tegu_mbox::{Envelope, ErrorKind, Result, Variant, date::internal_date, write};

/// Writes the messages, and returns those that this variant cannot carry unchanged.
pub(crate) fn join(to: &Path, messages: &[PathBuf]) -> Result<Vec<PathBuf>> {
    let mut left = Vec::new();
    write::create(to, Variant::Mboxrd, |writer| {
        for file in messages {
            let message =
                std::fs::read(file).map_err(|error| tegu_mbox::Error::io("read", file.display(), error))?;
            let date = internal_date(&Envelope::default(), &message).map(|date| date.seconds);
            match writer.write(&Envelope::new("", date), &message) {
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::Lossy => left.push(file.clone()),
                Err(error) => return Err(error),
            }
        }
        Ok(())
    })?;
    Ok(left)
}

#[allow(clippy::print_stdout)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut files = std::env::args_os().skip(1).map(PathBuf::from);
    let to = files.next().ok_or("give a file to write, and messages")?;
    for file in join(&to, &files.collect::<Vec<_>>())? {
        println!("left for a person: {}", file.display());
    }
    Ok(())
}
