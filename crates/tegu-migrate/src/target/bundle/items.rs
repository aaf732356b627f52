use super::below;
use crate::{
    BoxFuture, Digest, Error, Result,
    file::write_atomically,
    target::{ItemWriter, Put, Replaced},
};
use std::{fs, io, path::PathBuf};

/// One account's calendars or address books: a folder for each, a file for each resource.
#[derive(Debug)]
pub(super) struct BundleItems {
    home: PathBuf,
}

impl BundleItems {
    pub(super) fn new(home: PathBuf) -> Self {
        Self { home }
    }

    fn path(&self, collection: &str, name: &str) -> PathBuf {
        below(&self.home, [collection, name])
    }

    fn read(&self, collection: &str, name: &str) -> Result<Option<Vec<u8>>> {
        let path = self.path(collection, name);
        match fs::read(&path) {
            Ok(body) => Ok(Some(body)),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(Error::io(format_args!("reading {}", path.display()), error)),
        }
    }
}

impl ItemWriter for BundleItems {
    fn prepare<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<String>> {
        Box::pin(async move { Ok(name.to_owned()) })
    }

    fn reopen<'a>(&'a mut self, collection: &'a str) -> BoxFuture<'a, Result<bool>> {
        Box::pin(async move { Ok(below(&self.home, [collection]).is_dir()) })
    }

    fn put<'a>(
        &'a mut self,
        collection: &'a str,
        name: &'a str,
        body: &'a [u8],
    ) -> BoxFuture<'a, Result<Put>> {
        Box::pin(async move {
            let path = self.path(collection, name);
            if path.exists() {
                return Ok(Put::Exists);
            }
            write_atomically(&path, body)?;
            Ok(Put::Created)
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
            if found.is_none_or(|found| Digest::of(&found) != was) {
                return Ok(Replaced::Changed);
            }
            write_atomically(&self.path(collection, name), body)?;
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
