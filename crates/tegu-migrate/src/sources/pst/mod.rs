//! PST and OST files as sources: a file or several for each account.

mod items;
mod mail;

pub use items::PstItems;
pub use mail::PstMail;

use crate::{Account, Error, Result, template::PathTemplate};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tegu_pst::{Options, Pst, codepage};

/// Which files an account has, and how they are read.
#[derive(Clone, Debug)]
struct Files {
    template: PathTemplate,
    options: Options,
}

impl Files {
    fn new(template: &str, base: &Path) -> Self {
        Self {
            template: PathTemplate::new(template, base),
            options: Options::default(),
        }
    }

    fn describe(&self) -> String {
        format!("pst {}", self.template.path().display())
    }

    fn place(&self, account: &Account) -> Option<String> {
        Some(self.template.place(account).display().to_string())
    }

    /// The code page of strings whose item does not tell it.
    fn code_page(mut self, number: u32) -> Result<Self> {
        let page = codepage::encoding(number);
        let page = page.ok_or_else(|| Error::config(format!("code_page: code page {number} is unknown")))?;
        self.options = self.options.code_page(page);
        Ok(self)
    }

    /// The files of an account, in the order of their names. The last part of the path may hold one `*`.
    fn paths(&self, account: &Account) -> Result<Vec<PathBuf>> {
        let whole = self.template.place(account);
        let name = whole
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let Some((start, end)) = name.split_once('*') else {
            return Ok(if whole.exists() { vec![whole] } else { Vec::new() });
        };
        let directory = whole.parent().unwrap_or(Path::new("."));
        if !directory.exists() {
            return Ok(Vec::new());
        }
        let unreadable = |error| Error::io("list", directory.display(), error).at_source();
        let mut paths = Vec::new();
        for entry in fs::read_dir(directory).map_err(unreadable)? {
            let entry = entry.map_err(unreadable)?;
            let name = entry.file_name().to_string_lossy().to_lowercase();
            let fits = name.len() >= start.len() + end.len()
                && name.starts_with(&start.to_lowercase())
                && name.ends_with(&end.to_lowercase());
            if fits && entry.path().is_file() {
                paths.push(entry.path());
            }
        }
        paths.sort();
        Ok(paths)
    }

    /// Opens the files of an account.
    fn open(&self, account: &Account) -> Result<Vec<Pst>> {
        self.paths(account)?
            .iter()
            .map(|path| Pst::open_file(path, self.options.clone()).map_err(Error::at_source))
            .collect()
    }
}
