//! What changed in the directory since the last pass that came to its end.

use super::{DirectoryData, directory::ENTRIES};
use crate::{
    Entity, Error, Result,
    report::{Fact, Relation},
};
use std::{
    fs::File,
    io::{BufReader, ErrorKind, copy},
    path::Path,
};
use tegu_ldap::{Directory, Recipient, delta, ldif};
use tegu_outcome::file::{self, SourceDir};

/// The directory as the last pass that came to its end had read it.
const PASSED: &str = "directory/passed.ldif";

impl DirectoryData {
    /// Adds to the facts which recipients are new, changed or gone since the last pass that came to its end.
    ///
    /// A pass that was stopped compares with the same directory when it is resumed, so that it says the same.
    ///
    /// # Errors
    ///
    /// If the file of the last pass cannot be read.
    pub(crate) fn note_changes(&mut self, out: &Path) -> Result<()> {
        let Some(now) = self.directory.take() else {
            return Ok(());
        };
        let Some(earlier) = open(out, PASSED)? else {
            return Ok(());
        };
        let mut before = Directory::default();
        before.read_ldif(&mut ldif::Reader::new(
            BufReader::new(earlier),
            ldif::Limits::default(),
        ))?;
        self.facts.extend(facts(&before, &now));
        Ok(())
    }
}

/// Keeps the directory of a pass that came to its end, for the next one.
///
/// # Errors
///
/// If the file cannot be written.
pub(crate) fn keep(out: &Path) -> Result<()> {
    let Some(mut entries) = open(out, ENTRIES)? else {
        // A source that is no directory.
        return Ok(());
    };
    file::write(&out.join(PASSED), |file| copy(&mut entries, file).map(drop))
}

/// Opens a file of the job's folder, if it is there. No link in its place is followed.
fn open(out: &Path, name: &str) -> Result<Option<File>> {
    match SourceDir::new(out).open(Path::new(name)) {
        Ok(file) => Ok(Some(file)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", out.join(name).display(), error)),
    }
}

fn facts(before: &Directory, now: &Directory) -> Vec<Fact> {
    let changes = delta::compare(before, now);
    let mut facts = Vec::new();
    for recipient in &changes.added {
        facts.push(fact(*recipient, Relation::IsNew, String::new()));
    }
    for changed in &changes.changed {
        let aspects: Vec<&str> = changed.aspects.iter().map(|aspect| aspect.name()).collect();
        facts.push(fact(changed.after, Relation::HasChanged, aspects.join(", ")));
    }
    for recipient in &changes.removed {
        facts.push(fact(*recipient, Relation::IsGone, String::new()));
    }
    facts.sort();
    facts
}

fn fact(recipient: Recipient<'_>, relation: Relation, what: String) -> Fact {
    let entity = match recipient {
        Recipient::Group(_) => Entity::Groups,
        Recipient::Contact(_) => Entity::DirectoryContacts,
        _ => Entity::Accounts,
    };
    let address = recipient.address().map(|address| address.as_str());
    Fact::new(entity, address.unwrap_or(recipient.dn().as_str()), relation, what)
}
