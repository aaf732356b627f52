use super::unlisted;
use crate::{
    BoxFuture, Error, Result,
    digest::DigestWriter,
    message::Message,
    sidecar,
    sources::MailFolder,
    targets::{Access, Appended, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder},
};
use std::{
    fs::{self, File},
    io::{BufReader, Seek, SeekFrom},
    path::{Path, PathBuf},
};
use tegu_mbox::{Envelope, ErrorKind, Variant, read, tree::FileNames, write::Appender};

/// One account's mail: an mbox file for each folder, with a sidecar.
#[derive(Debug)]
pub(super) struct BundleMail {
    names: FileNames,
    access: Access,
    open: Option<Folder>,
}

/// The folder that is being written.
#[derive(Debug)]
struct Folder {
    path: PathBuf,
    lines: Vec<sidecar::Line>,
}

impl BundleMail {
    pub(super) fn new(home: PathBuf, access: Access) -> Self {
        Self {
            names: FileNames::below(home),
            access,
            open: None,
        }
    }

    fn folder(&mut self, path: &str) -> Result<&mut Folder> {
        let path = Path::new(path);
        if self.open.as_ref().is_none_or(|folder| folder.path != path) {
            self.open = None;
        }
        match &mut self.open {
            Some(folder) => Ok(folder),
            closed => Ok(closed.insert(Folder::open(path.to_owned(), self.access)?)),
        }
    }
}

impl Folder {
    /// Opens a folder's file. To write, the file is made if there is none, and file and sidecar are cut back to the last message that
    /// both hold whole. To read, what lies behind that message is passed over.
    fn open(path: PathBuf, access: Access) -> Result<Self> {
        if access == Access::Read {
            let length = fs::metadata(&path).map_or(0, |found| found.len());
            let lines = sidecar::read(&path, length)?.lines;
            return Ok(Self { path, lines });
        }
        if let Some(directory) = path.parent() {
            fs::create_dir_all(directory)
                .map_err(|error| Error::io(format_args!("making {}", directory.display()), error))?;
        }
        let mut file = appender(&path)?;
        let sidecar = sidecar::read(&path, file.len())?;
        let whole = sidecar.lines.last().map_or(0, |line| line.end);
        if whole < file.len() {
            file.truncate_to(whole).map_err(|error| failed(&path, error))?;
        }
        if sidecar.torn {
            sidecar::rewrite(&path, &sidecar.lines)?;
        }
        Ok(Self {
            path,
            lines: sidecar.lines,
        })
    }

    fn stored(&self, since: u64) -> Result<Vec<Stored>> {
        let begin = self.lines.partition_point(|line| line.start < since);
        let lines = self.lines.get(begin..).unwrap_or_default();
        let Some(first) = lines.first() else {
            return Ok(Vec::new());
        };
        let read_failed = |error| Error::io(format_args!("reading {}", self.path.display()), error);
        let mut file = File::open(&self.path).map_err(read_failed)?;
        file.seek(SeekFrom::Start(first.start)).map_err(read_failed)?;
        let mut messages = read::Stream::new(BufReader::new(file), read::Options::own(Variant::Mboxrd));
        let mut stored = Vec::with_capacity(lines.len());
        for line in lines {
            let mut digest = DigestWriter::default();
            let read = messages.next_into(&mut digest);
            if read.map_err(|error| failed(&self.path, error))?.is_none() {
                break;
            }
            stored.push(Stored::new(digest.finish(), line.flags(), line.date()));
        }
        Ok(stored)
    }

    fn append(&mut self, messages: &[Message]) -> Result<Vec<Appended>> {
        let mut file = appender(&self.path)?;
        let mut lines = Vec::with_capacity(messages.len());
        let mut answers = Vec::with_capacity(messages.len());
        for message in messages {
            let envelope = Envelope::new("", message.date.map(|date| date.unix_seconds));
            match file.append_from(&envelope, message.body.len(), &mut message.body.reader()) {
                Ok(range) => {
                    let digest = message.body.digest()?;
                    lines.push(sidecar::Line::new(
                        range.start,
                        range.end,
                        digest,
                        &message.flags,
                        message.date,
                    ));
                    answers.push(Appended::Stored);
                }
                Err(error) if error.kind() == ErrorKind::Lossy => {
                    answers.push(Appended::Refused {
                        permanent: true,
                        text: error.to_string(),
                    });
                }
                Err(error) => return Err(failed(&self.path, error)),
            }
        }
        file.sync().map_err(|error| failed(&self.path, error))?;
        sidecar::append(&self.path, &lines)?;
        self.lines.extend(lines);
        Ok(answers)
    }
}

impl MailWriter for BundleMail {
    fn arrange<'a>(&'a mut self, _: &'a [MailFolder]) -> BoxFuture<'a, Result<()>> {
        // No two folders get one file.
        Box::pin(async { Ok(()) })
    }

    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let path = self.names.folder(&folder.path).map_err(unlisted)?;
            let name = path.to_string_lossy();
            if !path.exists() {
                return Ok(TargetFolder::missing(name, capabilities()));
            }
            let messages = self.folder(&name)?.lines.len() as u64;
            Ok(TargetFolder::new(name, messages, capabilities()))
        })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        Box::pin(async move {
            let path = self.names.folder(&folder.path);
            let path = path.map_err(unlisted)?;
            let messages = self.folder(&path.to_string_lossy())?.lines.len() as u64;
            Ok(TargetFolder::new(
                path.to_string_lossy(),
                messages,
                capabilities(),
            ))
        })
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        Box::pin(async move {
            if !Path::new(name).exists() {
                return Ok(None);
            }
            let messages = self.folder(name)?.lines.len() as u64;
            Ok(Some(TargetFolder::new(name, messages, capabilities())))
        })
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        Box::pin(async move {
            let since = since.and_then(|mark| mark.as_str().parse().ok()).unwrap_or(0);
            self.folder(&folder.name)?.stored(since)
        })
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        Box::pin(async move {
            let end = self.folder(&folder.name)?.lines.last().map_or(0, |line| line.end);
            Ok(Mark::new(end.to_string()))
        })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move { self.folder(&folder.name)?.append(messages) })
    }
}

/// What an mboxrd file and its sidecar can hold.
pub(super) fn capabilities() -> TargetCapabilities {
    let mut capabilities = TargetCapabilities::everything();
    capabilities.unended_last_line = false;
    capabilities
}

fn appender(path: &Path) -> Result<Appender> {
    Appender::open(path, Variant::Mboxrd).map_err(|error| failed(path, error))
}

fn failed(path: &Path, error: tegu_mbox::Error) -> Error {
    Error::new(crate::ErrorKind::Io, format!("{}: {error}", path.display())).with_source(error)
}
