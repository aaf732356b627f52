//! The file that a command reads.

use std::path::PathBuf;
use tegu_migrate::Result;
use tegu_pst::{Options, Pst, codepage::encoding};

#[derive(clap::Args)]
pub(super) struct Input {
    /// The file; it is only read
    file: PathBuf,
    /// The code page of strings in an ANSI file, such as 1251
    #[arg(long, value_name = "N", value_parser = code_page)]
    code_page: Option<u32>,
    /// Read OST files with pages of 4 KiB, whose layout is not published
    #[arg(long)]
    accept_unproved_layout: bool,
}

impl Input {
    pub(super) fn open(&self) -> Result<Pst> {
        let mut options = Options::default().accept_unproved_layout(self.accept_unproved_layout);
        if let Some(page) = self.code_page.and_then(encoding) {
            options = options.code_page(page);
        }
        Pst::open_file(&self.file, options)
    }
}

fn code_page(number: &str) -> Result<u32, String> {
    let page = number
        .parse()
        .map_err(|_| "a code page is a number, such as 1251".to_owned())?;
    encoding(page)
        .map(|_| page)
        .ok_or_else(|| "this code page is unknown".to_owned())
}
