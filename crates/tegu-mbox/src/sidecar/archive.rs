//! An mbox file and its sidecar, which grow together.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::entry::{ArrivalDate, Entry};
use super::file::{MAX_LINE, append, read, rewrite};
use crate::read::{Options, Stream};
use crate::write::{Appender, open_to_read};
use crate::{Envelope, Error, ErrorKind, Result, Variant};

/// An mboxrd file with a sidecar. Messages are appended in batches; a batch is in both files, or in none.
///
/// ```
/// use tegu_mbox::sidecar::Archive;
///
/// # let dir = tempfile::tempdir().unwrap();
/// # let path = dir.path().join("Inbox.mbox");
/// let mut archive = Archive::open(&path)?;
/// let message = b"Subject: s\n\ntext\n";
/// archive.append(message.len() as u64, &mut &message[..], [7; 32], ["\\Seen"], None)?;
/// archive.commit()?;
/// assert!(archive.entries()[0].flags.contains("\\Seen"));
/// # Ok::<(), tegu_mbox::Error>(())
/// ```
#[derive(Debug)]
pub struct Archive {
    path: PathBuf,
    /// `None` if only reading is allowed.
    file: Option<Appender>,
    entries: Vec<Entry>,
    committed: usize,
}

impl Archive {
    /// Opens the mbox file `path` and its sidecar, or creates them and the directory. Cuts both back to what both hold whole, as the
    /// [module](super#after-a-crash) says.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io), and [`Malformed`](crate::ErrorKind::Malformed) for a file that holds something else, or
    /// no message where the sidecar says that one ends.
    pub fn open(path: &Path) -> Result<Self> {
        if let Some(directory) = path.parent() {
            tegu_outcome::file::create_dir(directory)
                .map_err(|error| Error::io("create", directory.display(), error))?;
        }
        let mut file = Appender::open(path, Variant::Mboxrd)?;
        let sidecar = read(path, file.len())?;
        if sidecar.covered() < file.len() {
            file.truncate_to(sidecar.covered())?;
        }
        if sidecar.torn {
            rewrite(path, &sidecar.entries)?;
        }
        Ok(Self {
            path: path.to_owned(),
            file: Some(file),
            committed: sidecar.entries.len(),
            entries: sidecar.entries,
        })
    }

    /// Opens both files to read, and changes nothing: what is behind the last message that both hold whole is passed over. A missing
    /// file has no messages.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io).
    pub fn open_to_read(path: &Path) -> Result<Self> {
        let length = match open_to_read(path).and_then(|file| file.metadata()) {
            Ok(found) => found.len(),
            Err(error) if error.kind() == io::ErrorKind::NotFound => 0,
            Err(error) => return Err(Error::io("read", path.display(), error)),
        };
        let entries = read(path, length)?.entries;
        Ok(Self {
            path: path.to_owned(),
            file: None,
            committed: entries.len(),
            entries,
        })
    }

    /// Returns the path of the mbox file.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Returns what is known about each message, in the order of the mbox file. Messages that are not committed are among them.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// Returns where the last message ends in the mbox file.
    pub fn len(&self) -> u64 {
        self.entries.last().map_or(0, |last| last.end)
    }

    /// Returns whether there is no message.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Appends a message of `length` bytes. It is not safe before [`commit`](Self::commit) returns.
    ///
    /// `digest` is BLAKE3 of the message with each line ending in CRLF; it is stored as it is. `flags` are IMAP's names.
    ///
    /// # Errors
    ///
    /// As [`Appender::append_from`]; [`Lossy`](ErrorKind::Lossy) if the flags take more than [`MAX_LINE`] bytes;
    /// [`Config`](ErrorKind::Config) after [`open_to_read`](Self::open_to_read). The messages before this one stay.
    pub fn append<'a>(
        &mut self,
        length: u64,
        message: &mut impl Read,
        digest: [u8; 32],
        flags: impl IntoIterator<Item = &'a str>,
        date: Option<ArrivalDate>,
    ) -> Result<()> {
        let envelope = Envelope::new("", date.map(|date| date.seconds));
        let Some(file) = &mut self.file else {
            return Err(Error::config("it was opened to read").doing("append to", self.path.display()));
        };
        // The longest numbers take the most.
        let mut entry = Entry::new(u64::MAX..u64::MAX, digest).flags(flags).date(date);
        if entry.to_line().len() as u64 > MAX_LINE {
            let why = format!("its flags take more than {MAX_LINE} bytes");
            return Err(Error::new(ErrorKind::Lossy, why).doing("append to", self.path.display()));
        }
        let span = file.append_from(&envelope, length, message)?;
        (entry.start, entry.end) = (span.start, span.end);
        self.entries.push(entry);
        Ok(())
    }

    /// Makes what was appended survive a crash. What is not committed is cut off when the files are opened again.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io). Open the files again then.
    pub fn commit(&mut self) -> Result<()> {
        let new = self.entries.get(self.committed..).unwrap_or_default();
        if new.is_empty() {
            return Ok(());
        }
        if let Some(file) = &mut self.file {
            file.sync()?;
        }
        append(&self.path, new)?;
        self.committed = self.entries.len();
        Ok(())
    }

    /// Reads the messages from the byte `offset` on, which is the [start](Entry::start) of one or the [end](Entry::end) of the last.
    ///
    /// # Errors
    ///
    /// [`Io`](crate::ErrorKind::Io).
    pub fn messages_from(&self, offset: u64) -> Result<Stream<File>> {
        let file = open_to_read(&self.path).map_err(|error| Error::io("open", self.path.display(), error))?;
        Stream::resume_at(file, offset, Options::own(Variant::Mboxrd))
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]

    use super::*;
    use crate::sidecar::file::path_for;
    use std::fs;

    const MESSAGE: &[u8] = b"Subject: s\n\nFrom me\n";

    fn append(archive: &mut Archive) {
        let date = Some(ArrivalDate::new(1_704_067_200, 60));
        archive
            .append(MESSAGE.len() as u64, &mut &MESSAGE[..], [7; 32], ["\\Seen"], date)
            .unwrap();
    }

    #[test]
    fn only_what_was_committed_is_there_after_a_crash() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("sub/a.mbox");
        let mut archive = Archive::open(&path).unwrap();
        append(&mut archive);
        archive.commit().unwrap();
        let committed = archive.len();
        append(&mut archive);
        assert_eq!(archive.entries().len(), 2);
        drop(archive);
        let archive = Archive::open(&path).unwrap();
        assert_eq!((archive.entries().len(), archive.len()), (1, committed));
        let message = archive
            .messages_from(0)
            .unwrap()
            .next_message()
            .unwrap()
            .map(|found| found.content().into_owned());
        assert_eq!(message.as_deref(), Some(MESSAGE));
        assert!(
            archive
                .messages_from(committed)
                .unwrap()
                .next_message()
                .unwrap()
                .is_none()
        );
    }

    #[cfg(unix)]
    #[test]
    fn links_in_place_of_its_files_are_refused() {
        use std::os::unix::fs::symlink;
        let dir = tempfile::tempdir().unwrap();
        let (path, theirs) = (dir.path().join("a.mbox"), dir.path().join("theirs"));
        for planted in [path.clone(), path_for(&path)] {
            for target in ["theirs", "nowhere"] {
                fs::write(&theirs, "").unwrap();
                symlink(dir.path().join(target), &planted).unwrap();
                let appended = Archive::open(&path).and_then(|mut archive| {
                    archive.append(MESSAGE.len() as u64, &mut &MESSAGE[..], [7; 32], [], None)?;
                    archive.commit()
                });
                assert!(appended.is_err(), "{planted:?} {target}");
                assert_eq!(fs::read(&theirs).unwrap(), b"");
                assert!(!dir.path().join("nowhere").exists());
                fs::remove_file(&planted).unwrap();
                let _ = fs::remove_file(&path);
            }
        }
    }

    /// What is written is read again, or is not written.
    #[test]
    fn more_flags_than_a_line_holds_are_refused() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mbox");
        let mut archive = Archive::open(&path).unwrap();
        let flags: Vec<String> = (0..4096).map(|number| format!("{number:0>300}")).collect();
        let mut add = |flags: &[String]| {
            let flags = flags.iter().map(String::as_str);
            archive.append(MESSAGE.len() as u64, &mut &MESSAGE[..], [7; 32], flags, None)
        };
        assert_eq!(add(&flags).unwrap_err().kind(), ErrorKind::Lossy);
        add(&flags[..3000]).unwrap();
        archive.commit().unwrap();
        assert_eq!(Archive::open(&path).unwrap().entries(), archive.entries());
    }

    #[test]
    fn files_torn_at_any_byte_agree_again() {
        let dir = tempfile::tempdir().unwrap();
        let path = dir.path().join("a.mbox");
        let mut archive = Archive::open(&path).unwrap();
        append(&mut archive);
        append(&mut archive);
        archive.commit().unwrap();
        let ends: Vec<_> = archive.entries().iter().map(|entry| entry.end).collect();
        drop(archive);
        let (mbox, lines) = (fs::read(&path).unwrap(), fs::read(path_for(&path)).unwrap());
        for keep in 0..=mbox.len() {
            fs::write(&path, &mbox[..keep]).unwrap();
            fs::write(path_for(&path), &lines).unwrap();
            let archive = Archive::open(&path).unwrap();
            let whole = ends.iter().filter(|end| **end <= keep as u64).count();
            assert_eq!(archive.entries().len(), whole);
            assert_eq!(fs::metadata(&path).unwrap().len(), archive.len());
        }
        for keep in 0..=lines.len() {
            fs::write(&path, &mbox).unwrap();
            fs::write(path_for(&path), &lines[..keep]).unwrap();
            let archive = Archive::open(&path).unwrap();
            let whole = lines[..keep].iter().filter(|byte| **byte == b'\n').count();
            assert_eq!(archive.entries().len(), whole);
            assert!(!read(&path, archive.len()).unwrap().torn);
        }
    }
}
