//! A short letter to each owner: what has moved, what has not, what to do.
//!
//! ```
//! use tegu_migrate::{Language, letter::Letters};
//!
//! # fn example(report: &tegu_migrate::Report) -> Result<(), tegu_migrate::Error> {
//! let letters = Letters::new("it@example.test", "IT desk").language(Language::Russian);
//! for account in &report.accounts {
//!     let letter = letters.compose(report, account, "job".as_ref())?;
//!     println!("{}\n{}", letter.subject, letter.text);
//! }
//! # Ok(()) }
//! ```
//!
//! [`Letters::deliver`] puts them into the new mailboxes, through the same target as everything else, once, and proved.

mod attach;
mod deliver;
mod ledger;
mod text;

pub use deliver::Delivered;

use crate::{
    AccountReport, Digest, Error, ErrorKind, Language, Octets, Report, Result, file::write_atomically,
    printable,
};
use mail_builder::{MessageBuilder, headers::date::Date};
use serde::Deserialize;
use std::path::{Path, PathBuf};

/// How letters are written.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields)]
#[non_exhaustive]
pub struct Letters {
    /// Who writes: an address that can be answered.
    pub from: String,
    /// The name beside it, which is also whom owners are told to ask.
    pub name: String,
    /// In which language. Default English.
    #[serde(default)]
    pub language: Language,
    /// Whether a run puts each letter into the new mailbox. Default no: letters lie in the job's directory.
    #[serde(default)]
    pub deliver: bool,
    /// Octets of originals that are attached to one letter at most. Default 10 MiB; 0 attaches none.
    #[serde(default = "default_attach")]
    pub attach: Octets,
}

fn default_attach() -> Octets {
    Octets::new(10 << 20)
}

/// One letter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Letter {
    /// The owner's address.
    pub to: String,
    /// Its subject.
    pub subject: String,
    /// Its text.
    pub text: String,
    /// Identity: the same for a letter of the same job that says the same.
    pub id: String,
    /// The whole message (RFC 5322), with what is attached.
    pub message: Vec<u8>,
}

impl Letters {
    /// Letters in English, from an address and a name, which stay in the job's directory.
    pub fn new(from: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            name: name.into(),
            language: Language::default(),
            deliver: false,
            attach: default_attach(),
        }
    }

    /// Writes in this language.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Attaches originals of so many octets at most.
    #[must_use]
    pub fn attach(mut self, octets: Octets) -> Self {
        self.attach = octets;
        self
    }

    /// Writes the letter to an account's owner; originals of manual items are found below the job's directory, and attached as
    /// far as they fit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] if an original cannot be read.
    pub fn compose(&self, report: &Report, account: &AccountReport, job: &Path) -> Result<Letter> {
        let work = report
            .worklist
            .iter()
            .filter(|work| work.account == account.account);
        let work = work.collect::<Vec<_>>();
        let attached = attach::originals(&work, job, self.attach.get())?;
        let (subject, text) = text::write(self, report, account, &work, &attached);
        let id = Digest::of(format!("{}\0{}\0{text}", report.job, account.account).as_bytes()).short();
        let domain = self
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let mut message = MessageBuilder::new()
            .message_id(format!("tegu-{id}@{}", printable(domain)))
            .date(Date::new(jiff::Timestamp::now().as_second()))
            .from((printable(&self.name), printable(&self.from)))
            .to((printable(&account.display_name), printable(&account.account)))
            .subject(subject.as_str())
            .text_body(text.as_str());
        for original in &attached.files {
            // A type that no program acts upon by itself: an attached invitation must not become an appointment.
            message = message.attachment(
                "application/octet-stream",
                original.name.as_str(),
                original.content.as_slice(),
            );
        }
        let message = message
            .write_to_vec()
            .map_err(|error| Error::new(ErrorKind::Io, format!("writing a letter: {error}")))?;
        Ok(Letter {
            to: account.account.clone(),
            subject,
            text,
            id,
            message,
        })
    }

    /// Writes all letters as files into `letters/` of the job's directory, one for each account.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`] names the file.
    pub fn write_to(&self, report: &Report, job: &Path) -> Result<usize> {
        for account in &report.accounts {
            let letter = self.compose(report, account, job)?;
            write_atomically(&path(job, &account.account), &letter.message)?;
        }
        Ok(report.accounts.len())
    }
}

/// An address from outside cannot climb out of the folder.
fn path(job: &Path, mail: &str) -> PathBuf {
    let name = tegu_mbox::tree::encode_component(mail);
    job.join("letters").join(format!("{name}.eml"))
}

#[cfg(test)]
mod tests;
