//! PST and OST files as sources: a file or several for each account.

mod items;
mod mail;

pub use items::PstItems;
pub use mail::PstMail;

use crate::{
    Account, Error, ErrorKind, Result,
    template::{PathTemplate, component},
};
use std::{
    io,
    path::{Path, PathBuf},
};
use tegu_outcome::file::EntryKind;
use tegu_pst::{Options, Pst, codepage};

/// Which files an account has, and how they are read.
#[derive(Clone, Debug)]
struct Files {
    /// The file, or the directory of files whose names fit the pattern.
    template: PathTemplate,
    /// What stands before and behind the `*` in the last part of the path, in which parts of an account may stand.
    pattern: Option<(String, String)>,
    options: Options,
}

impl Files {
    fn new(template: &str, base: &Path) -> Self {
        let (directory, name) = match template.rsplit_once('/') {
            Some(("", name)) => ("/", name),
            Some(parts) => parts,
            None => ("", template),
        };
        let pattern = name.split_once('*');
        let place = if pattern.is_some() { directory } else { template };
        Self {
            template: PathTemplate::new(place, base),
            pattern: pattern.map(|(start, end)| (start.to_owned(), end.to_owned())),
            options: Options::default(),
        }
    }

    fn describe(&self) -> String {
        format!(
            "pst {}",
            self.whole(self.template.path().to_owned(), str::to_owned)
                .display()
        )
    }

    fn place(&self, account: &Account) -> Option<String> {
        let part = |part: &str| component(part, account);
        Some(
            self.whole(self.template.place(account), part)
                .display()
                .to_string(),
        )
    }

    /// A path with the pattern at its end, if there is one.
    fn whole(&self, path: PathBuf, part: impl Fn(&str) -> String) -> PathBuf {
        match &self.pattern {
            Some((start, end)) => path.join(format!("{}*{}", part(start), part(end))),
            None => path,
        }
    }

    /// The code page of strings whose item does not tell it.
    fn code_page(mut self, number: u32) -> Result<Self> {
        let page = codepage::encoding(number);
        let page = page.ok_or_else(|| Error::config(format!("code_page: code page {number} is unknown")))?;
        self.options = self.options.code_page(page);
        Ok(self)
    }

    /// Opens the files of an account, in the order of their names. Nothing that the template does not name in full is reached by a link.
    fn open(&self, account: &Account) -> Result<Vec<Pst>> {
        let Some((start, end)) = &self.pattern else {
            let path = self.template.place(account);
            return match self.template.open(account) {
                Ok(file) => Ok(vec![
                    Pst::from_file(file, &path, self.options.clone()).map_err(at_source)?,
                ]),
                Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Vec::new()),
                Err(error) => Err(unreadable("open", &path, error)),
            };
        };
        let (start, end) = (
            component(start, account).to_lowercase(),
            component(end, account).to_lowercase(),
        );
        let (directory, below) = self.template.fill(account);
        let entries = match directory.entries(&below) {
            Ok(entries) => entries,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => {
                return Err(unreadable("list", &self.template.place(account), error));
            }
        };
        let mut files = Vec::new();
        for (name, kind) in entries {
            let lower = name.to_string_lossy().to_lowercase();
            let fits =
                lower.len() >= start.len() + end.len() && lower.starts_with(&start) && lower.ends_with(&end);
            // What is a link or a pipe cannot be opened: nobody knows what it would hold.
            if fits && kind != EntryKind::Directory {
                let below = below.join(name);
                let path = directory.path().join(&below);
                let failed = |error| unreadable("open", &path, error);
                let file = directory.open(&below).map_err(failed)?;
                files.push(Pst::from_file(file, &path, self.options.clone()).map_err(at_source)?);
            }
        }
        Ok(files)
    }
}

/// A file that cannot be read is its account's trouble, and not this machine's.
fn unreadable(operation: &str, path: &Path, error: io::Error) -> Error {
    at_source(Error::io(operation, path.display(), error))
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
