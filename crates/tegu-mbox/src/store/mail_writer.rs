use super::{mail_file::sidecar_says, unlisted};
use crate::{
    Error, ErrorKind, Result,
    sidecar::{Archive, ArrivalDate},
    tree::FileNames,
};
use std::path::{Path, PathBuf};
use tegu_message::{Message, digest::Digester};
use tegu_store::{
    BoxFuture,
    sources::MailFolder,
    targets::{Access, Appended, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder},
};

/// Mail into files, as a [`MailWriter`]: an mbox file for each folder, with a sidecar. Folders are named by their paths below `home`, so that the
/// journal knows them wherever the bundle lies.
#[derive(Debug)]
pub struct MailFilesWriter {
    home: PathBuf,
    names: FileNames,
    access: Access,
    /// The folder that is being written.
    open: Option<Archive>,
}

impl MailFilesWriter {
    /// Writes below `home`. With [`Access::Read`] nothing is made or repaired there.
    #[must_use]
    pub fn new(home: PathBuf, access: Access) -> Self {
        Self {
            names: FileNames::below(home.clone()),
            home,
            access,
            open: None,
        }
    }

    /// The folder of this name.
    fn folder(&mut self, name: &str) -> Result<&mut Archive> {
        let path = self.home.join(name);
        if self.open.as_ref().is_none_or(|folder| folder.path() != path) {
            self.open = None;
        }
        match &mut self.open {
            Some(folder) => Ok(folder),
            closed => {
                let opened = match self.access {
                    Access::Write => Archive::open(&path),
                    _ => Archive::open_to_read(&path),
                };
                Ok(closed.insert(opened.map_err(|error| failed(&path, error))?))
            }
        }
    }

    /// The name of a folder of the source, whether it is there or not.
    fn name(&mut self, folder: &MailFolder) -> Result<String> {
        let path = self.names.folder(&folder.path).map_err(unlisted)?;
        let below = path.strip_prefix(&self.home).unwrap_or(&path);
        Ok(below.to_string_lossy().into_owned())
    }

    fn opened(&mut self, name: String) -> Result<TargetFolder> {
        let messages = self.folder(&name)?.entries().len() as u64;
        Ok(TargetFolder::new(name, messages, mail_capabilities()))
    }

    fn is_there(&self, name: &str) -> bool {
        self.home.join(name).exists()
    }
}

fn stored(folder: &Archive, since: u64) -> Result<Vec<Stored>> {
    let lost = |error| failed(folder.path(), error);
    let begin = folder.entries().partition_point(|entry| entry.start < since);
    let entries = folder.entries().get(begin..).unwrap_or_default();
    let Some(first) = entries.first() else {
        return Ok(Vec::new());
    };
    let mut messages = folder.messages_from(first.start).map_err(lost)?;
    let mut stored = Vec::with_capacity(entries.len());
    for entry in entries {
        let mut digest = Digester::default();
        if messages.next_into(&mut digest).map_err(lost)?.is_none() {
            break;
        }
        let (flags, date) = sidecar_says(entry);
        stored.push(Stored::new(digest.finish(), flags, date));
    }
    Ok(stored)
}

fn append(folder: &mut Archive, messages: &[Message]) -> Result<Vec<Appended>> {
    let mut answers = Vec::with_capacity(messages.len());
    for message in messages {
        let digest = *message.body.digest()?.as_bytes();
        let date = message
            .date
            .map(|date| ArrivalDate::new(date.unix_seconds, date.offset_minutes));
        let mut reader = message.body.reader();
        match folder.append(
            message.body.len(),
            &mut reader,
            digest,
            message.flags.names(),
            date,
        ) {
            Ok(()) => answers.push(Appended::Stored),
            Err(error) if error.kind() == ErrorKind::Lossy => answers.push(Appended::Refused {
                permanent: true,
                text: error.to_string(),
            }),
            Err(error) => return Err(failed(folder.path(), error)),
        }
    }
    folder.commit().map_err(|error| failed(folder.path(), error))?;
    Ok(answers)
}

impl MailWriter for MailFilesWriter {
    fn arrange<'a>(&'a mut self, _: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        // No two folders get one file.
        Box::pin(async { Ok(()) })
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let name = self.name(folder)?;
            if !self.is_there(&name) {
                return Ok(TargetFolder::missing(name, mail_capabilities()));
            }
            self.opened(name)
        })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let name = self.name(folder)?;
            self.opened(name)
        })
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(async move {
            self.is_there(name)
                .then(|| self.opened(name.to_owned()))
                .transpose()
        })
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let since = since.and_then(|mark| mark.as_str().parse().ok()).unwrap_or(0);
            stored(self.folder(&folder.name)?, since)
        })
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        Box::pin(async move {
            let end = self.folder(&folder.name)?.len();
            Ok(Mark::new(end.to_string()))
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            let answers = append(self.folder(&folder.name)?, messages);
            if answers.is_err() {
                // What was not committed is cut off when the folder is opened again.
                self.open = None;
            }
            answers
        })
    }
}

/// What an mboxrd file and its sidecar can hold.
#[must_use]
pub fn mail_capabilities() -> TargetCapabilities {
    let mut capabilities = TargetCapabilities::everything();
    capabilities.unended_last_line = false;
    capabilities.exclusive = true;
    capabilities
}

fn failed(path: &Path, error: Error) -> Error {
    Error::new(ErrorKind::Io, format!("{}: {error}", path.display())).with_source(error)
}
