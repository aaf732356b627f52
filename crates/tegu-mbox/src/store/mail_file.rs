//! What one file of mail tells.

use super::nature::Nature;
use crate::{Envelope, Error, ErrorKind, Result, Variant, date, detect, read::Options, sidecar, tree};
use std::{fs::File, io, path::Path};
use tegu_message::{Flags, InternalDate};
use tegu_outcome::{Finding, file::SourceDir};

/// A bundle's files are known to be written strictly. Of others, what the operator or the content says for certain
/// counts; the rest is told by findings.
pub(super) fn options(
    directory: &SourceDir,
    path: &Path,
    own: bool,
    length: u64,
    nature: Nature,
) -> Result<Options> {
    if own {
        return Ok(Options::own(Variant::Mboxrd));
    }
    match nature.variant {
        Some(variant) => Ok(Options::default().variant(variant)),
        None if length == 0 => Ok(Options::default()),
        None => match detect::detect_reader(open(directory, path)?) {
            Ok(detected) => Ok(detected.options()),
            Err(error) => Err(damaged(path, error)),
        },
    }
}

/// Two files for one folder lose nothing: the messages of both arrive in it.
pub(super) fn of_name(found: &crate::Finding) -> Finding {
    match found {
        crate::Finding::FolderCollision { .. } => {
            let found = Finding::from(found);
            Finding::info(found.code, found.message)
        }
        _ => found.into(),
    }
}

pub(super) fn no_mail(path: &Path, kind: tree::OtherKind) -> Finding {
    let (code, why) = match kind {
        tree::OtherKind::ItemsNotMail => (
            "MAIL-FILE-NOT-MAIL",
            "holds calendars, contacts or tasks, which do not move as mail",
        ),
        tree::OtherKind::Special => (
            "MAIL-FILE-SPECIAL",
            "is a link, a pipe or a device: such files are not opened",
        ),
        tree::OtherKind::Unfinished => ("MAIL-FILE-UNFINISHED", "was left by a writer that was killed"),
        _ => ("MAIL-FILE-UNKNOWN", "is neither an mbox file nor a message"),
    };
    Finding::lossy(code, format!("{} {why}", path.display()))
}

/// What mail programs note in header lines; the lines themselves stay in the message.
pub(super) fn flags_of(message: &[u8]) -> Flags {
    Flags::from_names(crate::Flags::from_headers(message).to_imap())
}

/// Labels that are no flags have no place in IMAP; the header that holds them stays in the message.
pub(super) fn labels(message: &[u8]) -> Option<Finding> {
    let flags = crate::Flags::from_headers(message);
    let folders = flags.label_folders();
    (!folders.is_empty()).then(|| {
        let names: Vec<_> = folders.iter().map(|path| path.join("/")).collect();
        Finding::info("MAIL-LABELS", format!("Gmail's labels: {}", names.join(", ")))
    })
}

/// What a bundle's sidecar says of a message.
pub(super) fn sidecar_says(entry: &sidecar::Entry) -> (Flags, Option<InternalDate>) {
    let flags = Flags::from_names(entry.flags.iter().map(String::as_str));
    let date = entry.arrival_date();
    (
        flags,
        date.map(|date| InternalDate::new(date.seconds, date.offset_minutes)),
    )
}

pub(super) fn date_of(envelope: &Envelope, message: &[u8]) -> Option<InternalDate> {
    date::internal_date(envelope, message).map(|date| InternalDate::new(date.seconds, 0))
}

/// Opens a file that the walk found, which may be another one by now.
pub(super) fn open(directory: &SourceDir, path: &Path) -> Result<File> {
    let below = path.strip_prefix(directory.path()).unwrap_or(path);
    directory.open(below).map_err(|error| unreadable(path, &error))
}

/// The lines of a bundle's sidecar; none where there is no sidecar.
pub(super) fn sidecar_of(directory: &SourceDir, mbox: &Path, length: u64) -> Result<Vec<sidecar::Entry>> {
    let path = sidecar::path_for(mbox);
    let below = path.strip_prefix(directory.path()).unwrap_or(&path);
    let file = match directory.open(below) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        opened => opened.map_err(|error| unreadable(&path, &error))?,
    };
    let read = sidecar::decode(io::BufReader::new(file), length);
    Ok(read.map_err(|error| damaged(&path, error))?.entries)
}

pub(super) fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::new(
        ErrorKind::Malformed,
        format!("reading {}: {error}", path.display()),
    )
    .at_source()
}

pub(super) fn damaged(path: &Path, error: Error) -> Error {
    Error::new(ErrorKind::Malformed, format!("{}: {error}", path.display()))
        .at_source()
        .with_source(error)
}
