//! A short letter to each owner: what moved, what did not, what to do.
//!
//! ```
//! use tegu_report::{Language, letter::{Attachments, Letters}};
//!
//! # fn example(report: &tegu_report::Report) -> tegu_report::Result<()> {
//! let letters = Letters::new("it@example.test", "IT desk").language(Language::Russian);
//! let writer = letters.about(report);
//! for account in &report.accounts {
//!     let letter = writer.compose(account, &Attachments::default())?;
//!     println!("{}\n{}", letter.subject, letter.text);
//! }
//! # Ok(()) }
//! ```

mod attach;
mod config;
mod deliveries;
mod text;

pub use attach::{Attachment, Attachments};
pub use config::LettersConfig;
pub use deliveries::{Deliveries, Sent};

use crate::{AccountReport, Error, Fact, Language, Octets, Report, Result, WorkItem};
use mail_builder::{MessageBuilder, headers::date::Date};
use std::{
    collections::HashMap,
    path::{Path, PathBuf},
};
use tegu_outcome::{file, printable};

/// How letters are written.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Letters {
    /// The sender's address, which owners can reply to.
    pub from: String,
    /// The sender's name. Owners are told to ask there.
    pub name: String,
    /// The language. Default English.
    pub language: Language,
    /// The most octets of originals that are attached to one letter. Default [`ATTACH`](Self::ATTACH); 0 attaches none.
    pub attach: Octets,
}

/// One letter.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Letter {
    /// The owner's address.
    pub to: String,
    /// The subject.
    pub subject: String,
    /// The text.
    pub text: String,
    /// Identity: the same for letters of one job to one owner that leave the same things to do. Numbers of items that have moved do not
    /// count, so that following a mailbox that is in use does not make a new letter in each pass.
    pub id: String,
    /// The whole message (RFC 5322), with its attachments.
    pub message: Vec<u8>,
}

impl Letters {
    /// The default of [`attach`](Self::attach): 10 MiB.
    pub const ATTACH: Octets = Octets::new(10 << 20);

    /// Makes letters in English, from an address and a name.
    pub fn new(from: impl Into<String>, name: impl Into<String>) -> Self {
        Self {
            from: from.into(),
            name: name.into(),
            language: Language::default(),
            attach: Self::ATTACH,
        }
    }

    /// Sets the language.
    #[must_use]
    pub fn language(mut self, language: Language) -> Self {
        self.language = language;
        self
    }

    /// Sets the most octets of originals that are attached to one letter.
    #[must_use]
    pub fn attach(mut self, octets: Octets) -> Self {
        self.attach = octets;
        self
    }

    /// Prepares letters about what a report says.
    pub fn about<'a>(&'a self, report: &'a Report) -> LetterWriter<'a> {
        LetterWriter::new(self, report)
    }

    /// Writes all letters about a report as files into `letters/` of the job's directory, one for each account, with the originals
    /// that lie there. Returns how many.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) names the file.
    pub fn write_to(&self, report: &Report, job: &Path) -> Result<usize> {
        let writer = self.about(report);
        for account in &report.accounts {
            let attachments = writer.attachments(account, job)?;
            let letter = writer.compose(account, &attachments)?;
            file::write(&path(job, &account.account), |file| {
                file.write_all(&letter.message)
            })?;
        }
        Ok(report.accounts.len())
    }
}

/// Writes letters about one report.
#[derive(Clone, Debug)]
pub struct LetterWriter<'a> {
    letters: &'a Letters,
    report: &'a Report,
    work: HashMap<&'a str, Vec<&'a WorkItem>>,
    /// What the directory says, by address in small letters.
    facts: HashMap<String, Vec<&'a Fact>>,
}

impl<'a> LetterWriter<'a> {
    fn new(letters: &'a Letters, report: &'a Report) -> Self {
        let mut work: HashMap<&str, Vec<&WorkItem>> = HashMap::new();
        for item in &report.worklist {
            work.entry(&item.account).or_default().push(item);
        }
        let mut facts: HashMap<String, Vec<&Fact>> = HashMap::new();
        for fact in report.sections.iter().flat_map(|section| &section.facts) {
            facts.entry(fact.who.to_lowercase()).or_default().push(fact);
        }
        Self {
            letters,
            report,
            work,
            facts,
        }
    }

    fn work(&self, account: &AccountReport) -> &[&'a WorkItem] {
        self.work.get(account.account.as_str()).map_or(&[], Vec::as_slice)
    }

    fn facts(&self, account: &AccountReport) -> &[&'a Fact] {
        let facts = self.facts.get(&account.account.to_lowercase());
        facts.map_or(&[], Vec::as_slice)
    }

    /// Reads the originals of an account's manual items from a job's directory: the small ones first, as far as they fit.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if an original cannot be read.
    pub fn attachments(&self, account: &AccountReport, job: &Path) -> Result<Attachments> {
        attach::originals(self.work(account), job, self.letters.attach.get())
    }

    /// Writes the letter to an account's owner.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Io`](crate::ErrorKind::Io) if the message cannot be put together.
    pub fn compose(&self, account: &AccountReport, attachments: &Attachments) -> Result<Letter> {
        let (subject, text) = self.text(account, attachments);
        let id = identity(&news(self.report, account, self.work(account)));
        let letters = self.letters;
        let domain = letters
            .from
            .rsplit_once('@')
            .map_or("localhost", |(_, domain)| domain);
        let mut message = MessageBuilder::new()
            .message_id(format!("tegu-{id}@{}", printable(domain)))
            .date(Date::new(jiff::Timestamp::now().as_second()))
            .from((printable(&letters.name), printable(&letters.from)))
            .to((printable(&account.display_name), printable(&account.account)))
            .subject(subject.as_str())
            .text_body(text.as_str());
        for original in &attachments.files {
            // A type that no program acts upon by itself: an attached invitation must not become an appointment.
            message = message.attachment(
                "application/octet-stream",
                original.name.as_str(),
                original.content.as_slice(),
            );
        }
        let message = message
            .write_to_vec()
            .map_err(|error| Error::io("compose a letter to", &account.account, error))?;
        Ok(Letter {
            to: account.account.clone(),
            subject,
            text,
            id,
            message,
        })
    }
}

/// What is worth a new letter: what is left to do.
fn news(report: &Report, account: &AccountReport, work: &[&WorkItem]) -> String {
    let mut news = format!("{}\0{}\0", report.job, account.account);
    for item in work {
        let codes = item.findings.iter().map(|finding| finding.code.as_ref());
        let parts = [item.entity.name(), &item.container, &item.item, item.state.name()];
        news.push_str(&parts.into_iter().chain(codes).collect::<Vec<_>>().join("\0"));
        news.push('\n');
    }
    news
}

/// The first 16 hexadecimal digits of a digest.
fn identity(text: &str) -> String {
    let mut id = blake3::hash(text.as_bytes()).to_hex().to_string();
    id.truncate(16);
    id
}

/// An address from outside cannot climb out of the folder, and two of them have two files.
fn path(job: &Path, mail: &str) -> PathBuf {
    const LONGEST: usize = 200;
    let plain = |octet: u8| octet.is_ascii_alphanumeric() || b"@._+-".contains(&octet);
    // What is no address could be a name that Windows keeps for devices.
    let mut name = String::from(if mail.contains('@') { "" } else { "%" });
    for (at, octet) in mail.bytes().enumerate() {
        if plain(octet) && !(at == 0 && octet == b'.') {
            name.push(char::from(octet));
        } else {
            name.push_str(&format!("%{octet:02X}"));
        }
    }
    if name.len() > LONGEST {
        name.truncate(LONGEST);
        name.push('~');
        name.push_str(&identity(mail));
    }
    job.join("letters").join(format!("{name}.eml"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn files_of_letters_differ_and_stay_in_their_folder() {
        let name = |mail: &str| {
            let path = path(Path::new("job"), mail);
            assert_eq!(path.parent(), Some(Path::new("job/letters")), "{mail}");
            path.file_name().unwrap().to_str().unwrap().to_owned()
        };
        assert_eq!(name("anna@example.test"), "anna@example.test.eml");
        assert_eq!(name("con"), "%con.eml");
        assert_eq!(name("../é@x"), "%2E.%2F%C3%A9@x.eml");
        assert_eq!(name(""), "%.eml");
        let long = |end: &str| name(&format!("{}{end}@example.test", "a".repeat(300)));
        assert_ne!(long("b"), long("c"));
        assert!(long("b").len() <= 255);
    }
}
