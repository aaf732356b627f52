//! Gives files their names when they are complete, on a thread of its own: what comes next need not wait for the disk.

use crate::{Error, ErrorKind, Result};
use std::{
    fs::File,
    path::PathBuf,
    sync::mpsc::{Sender, channel},
    thread::{Scope, ScopedJoinHandle},
};
use tegu_outcome::file;
use tempfile::NamedTempFile;

enum Task {
    /// What was written so far is brought to the disk, so that not all of a large file has to be in the end.
    Begun(File),
    Complete(NamedTempFile, PathBuf),
}

/// Takes files that are complete.
pub(crate) struct Keeper<'scope> {
    sender: Sender<Task>,
    thread: ScopedJoinHandle<'scope, Result<()>>,
}

impl<'scope> Keeper<'scope> {
    pub(crate) fn new<'env>(scope: &'scope Scope<'scope, 'env>) -> Self {
        let (sender, receiver) = channel();
        let thread = scope.spawn(move || {
            let mut kept = Ok(());
            for task in receiver {
                let done = match task {
                    // An error shows again in the end.
                    Task::Begun(file) => {
                        let _ = file.sync_data();
                        Ok(())
                    }
                    Task::Complete(file, path) => {
                        file::persist(file, &path).map_err(|error| Error::io("write", path.display(), error))
                    }
                };
                kept = kept.and(done);
            }
            kept
        });
        Self { sender, thread }
    }

    /// Takes a file of which a part was written.
    pub(crate) fn begun(&self, file: &NamedTempFile) {
        if let Ok(file) = file.as_file().try_clone() {
            let _ = self.sender.send(Task::Begun(file));
        }
    }

    /// Takes a file that is complete. It has its name when [`finish`](Self::finish) returns.
    pub(crate) fn complete(&self, file: NamedTempFile, path: PathBuf) -> Result<()> {
        let gone = |_| Error::new(ErrorKind::Internal, "the thread that keeps files ended");
        self.sender.send(Task::Complete(file, path)).map_err(gone)
    }

    /// Waits until all files have their names.
    ///
    /// # Errors
    ///
    /// The first error of a file.
    pub(crate) fn finish(self) -> Result<()> {
        drop(self.sender);
        let ended = |_| Error::new(ErrorKind::Internal, "the thread that keeps files ended");
        self.thread.join().map_err(ended)?
    }
}
