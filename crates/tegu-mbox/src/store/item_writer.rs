use super::unlisted;
use crate::{Error, Result, tree::FileNames};
use std::{fs, io, path::PathBuf};
use tegu_message::{Digest, digest};
use tegu_outcome::file;
use tegu_store::{
    BoxFuture,
    targets::{ItemWriter, Prepared, Put, Removed, Replaced, Resource},
};

/// Calendars or address books into files, as an [`ItemWriter`]: a folder for each, a file for each resource.
#[derive(Debug)]
pub struct ItemFilesWriter {
    names: FileNames,
}

impl ItemFilesWriter {
    /// Writes below `home`.
    #[must_use]
    pub fn new(home: PathBuf) -> Self {
        Self {
            names: FileNames::below(home),
        }
    }

    fn path(&mut self, collection: &str, name: &str) -> Result<PathBuf> {
        let path = [collection.to_owned(), name.to_owned()];
        self.names.file(&path).map_err(unlisted)
    }

    fn read(&mut self, collection: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(collection, name)?;
        match file::read(&path) {
            Ok(body) => Ok(Some(body)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io("read", path.display(), error)),
        }
    }
}

impl ItemWriter for ItemFilesWriter {
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Prepared>> {
        Box::pin(async move { Ok(Prepared::new(name, false)) })
    }

    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move {
            let path = self.names.file(&[collection.to_owned()]);
            Ok(path.map_err(unlisted)?.is_dir())
        })
    }

    fn put<'a>(
        &'a mut self,
        collection: &'a str,
        resources: &'a [Resource<'a>],
    ) -> BoxFuture<'a, Result<Vec<Put>>> {
        Box::pin(async move {
            let mut answers = Vec::with_capacity(resources.len());
            for resource in resources {
                let path = self.path(collection, resource.name)?;
                let name = resource.name.to_owned();
                if path.exists() {
                    answers.push(Put::Exists(name));
                } else {
                    file::write(&path, |file| file.write_all(resource.body))?;
                    answers.push(Put::Created(name));
                }
            }
            Ok(answers)
        })
    }

    fn remove<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
    ) -> BoxFuture<'a, Result<Removed>> {
        Box::pin(async move {
            let path = self.path(collection, name)?;
            match self.read(collection, name)? {
                None => Ok(Removed::Gone),
                Some(found) if digest::of(&found) != was => Ok(Removed::Changed),
                Some(_) => {
                    let removed = fs::remove_file(&path);
                    removed.map_err(|error| Error::io("remove", path.display(), error))?;
                    Ok(Removed::Removed)
                }
            }
        })
    }

    fn replace<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        was: Digest,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Replaced>> {
        Box::pin(async move {
            let found = self.read(collection, name)?;
            if found.is_none_or(|found| digest::of(&found) != was) {
                return Ok(Replaced::Changed);
            }
            file::write(&self.path(collection, name)?, |file| file.write_all(body))?;
            Ok(Replaced::Stored)
        })
    }

    fn get<'a>(
        &'a mut self,
        collection: &'a str,
        names: &'a [&'a str],
    ) -> BoxFuture<'a, Result<Vec<Option<Vec<u8>>>>> {
        Box::pin(async move { names.iter().map(|name| self.read(collection, name)).collect() })
    }
}
