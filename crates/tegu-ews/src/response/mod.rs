//! Answers: what the server says to each thing that was asked, one by one.

mod code;
mod problem;
mod settings;
mod sync;

pub use code::Reaction;
pub use problem::Problem;
pub use settings::{categories, delegates, inbox_rules, out_of_office, permissions};
pub use sync::{Change, Changes, ItemRef, Page};

use crate::{
    Error, ErrorKind, Folder, Item, Limits, Result, ServerVersion,
    item::{Attached, Person},
    xml::{Document, Element, Raw},
    zone::Zone,
};

/// What was answered: one part for each thing that was asked, in order.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Answer<T> {
    /// What the server says it is.
    pub server: Option<ServerVersion>,
    /// A problem of one part leaves the others alone.
    pub parts: Vec<Result<T, Problem>>,
}

impl<T> Answer<T> {
    /// Returns the only part of an answer.
    ///
    /// # Errors
    ///
    /// The problem of the part, or kind [`Protocol`](ErrorKind::Protocol) if there is none.
    pub fn only(self) -> Result<T> {
        match self.parts.into_iter().next() {
            Some(part) => part.map_err(Error::from),
            None => Err(Error::new(ErrorKind::Protocol, "the answer is empty").retryable(true)),
        }
    }
}

/// Reads an answer, each part of it by `part`.
///
/// # Errors
///
/// A SOAP fault as the error that it stands for, with the [`Problem`] as its source; the errors of [`Document::parse`]; kind
/// [`Protocol`](ErrorKind::Protocol) if the document is no answer.
pub fn read<T>(
    raw: &Raw,
    limits: &Limits,
    mut part: impl FnMut(Element<'_>) -> Result<T, Problem>,
) -> Result<Answer<T>> {
    body(raw, limits, |body| {
        let mut parts = Vec::new();
        let mut take = |message: Element<'_>| {
            parts.push(match Problem::of(message) {
                Some(problem) => Err(problem),
                None => part(message),
            });
        };
        match (
            body.child("ResponseMessages"),
            body.child("ResponseMessage").and_then(Problem::of),
        ) {
            (Some(messages), _) => messages.children().for_each(take),
            // Some operations answer for one thing and have no list around it.
            (None, Some(problem)) => parts.push(Err(problem)),
            (None, None) => take(body),
        }
        parts
    })
}

/// Reads an answer that is one thing as a whole.
///
/// # Errors
///
/// As [`read`].
pub fn read_whole<T>(
    raw: &Raw,
    limits: &Limits,
    mut whole: impl FnMut(Element<'_>) -> Result<T, Problem>,
) -> Result<Answer<T>> {
    body(raw, limits, |body| {
        vec![match Problem::of(body) {
            Some(problem) => Err(problem),
            None => whole(body),
        }]
    })
}

fn body<T>(
    raw: &Raw,
    limits: &Limits,
    parts: impl FnOnce(Element<'_>) -> Vec<Result<T, Problem>>,
) -> Result<Answer<T>> {
    let text = raw.text();
    let document = Document::parse(&text, limits)?;
    let root = document.root().filter(|root| root.name() == "Envelope");
    let root = root.ok_or_else(|| no_answer("it is no SOAP envelope"))?;
    let server = root
        .child("Header")
        .and_then(|header| header.child("ServerVersionInfo"))
        .map(ServerVersion::read);
    let body = root.child("Body").and_then(|body| body.children().next());
    let body = body.ok_or_else(|| no_answer("its body is empty"))?;
    if body.name() == "Fault" {
        return Err(Problem::fault(body).into());
    }
    Ok(Answer {
        server,
        parts: parts(body),
    })
}

fn no_answer(why: &str) -> Error {
    Error::new(ErrorKind::Protocol, why).doing("read", "an answer")
}

/// Reads the answer to `GetFolder`.
///
/// # Errors
///
/// As [`read`].
pub fn folders(raw: &Raw, limits: &Limits) -> Result<Answer<Folder>> {
    read(raw, limits, |message| {
        let folder = message
            .child("Folders")
            .and_then(|folders| folders.children().next());
        folder
            .and_then(Folder::read)
            .ok_or_else(|| Problem::ours("the answer holds no folder"))
    })
}

/// Reads the answer to `FindFolder`: a page of folders.
///
/// # Errors
///
/// As [`read`].
pub fn found_folders(raw: &Raw, limits: &Limits) -> Result<Answer<Page<Folder>>> {
    read(raw, limits, |message| {
        Page::read(message, "Folders", Folder::read)
    })
}

/// Reads the answer to `FindItem`: a page of items.
///
/// # Errors
///
/// As [`read`].
pub fn found_items(raw: &Raw, limits: &Limits) -> Result<Answer<Page<ItemRef>>> {
    read(raw, limits, |message| Page::read(message, "Items", ItemRef::read))
}

/// Reads the answer to `SyncFolderItems`.
///
/// # Errors
///
/// As [`read`].
pub fn changes(raw: &Raw, limits: &Limits) -> Result<Answer<Changes>> {
    read(raw, limits, Changes::read)
}

/// Reads the answer to `GetItem`.
///
/// # Errors
///
/// As [`read`].
pub fn items(raw: &Raw, limits: &Limits) -> Result<Answer<Item>> {
    read(raw, limits, |message| {
        let item = message.child("Items").and_then(|items| items.children().next());
        let item = item.and_then(|item| Item::read(item, raw));
        item.ok_or_else(|| Problem::ours("the answer holds no item"))
    })
}

/// Reads the answer to `GetAttachment`.
///
/// # Errors
///
/// As [`read`].
pub fn attachments(raw: &Raw, limits: &Limits) -> Result<Answer<Attached>> {
    read(raw, limits, |message| {
        let found = message
            .child("Attachments")
            .and_then(|list| list.children().next());
        found
            .and_then(|found| Attached::read(found, raw))
            .ok_or_else(|| Problem::ours("the answer holds no attachment"))
    })
}

/// Reads the answers to `ResolveNames` and `ExpandDL`: people.
///
/// # Errors
///
/// As [`read`].
pub fn people(raw: &Raw, limits: &Limits) -> Result<Answer<Vec<Person>>> {
    read(raw, limits, |message| Ok(crate::settings::people(message)))
}

/// Reads the answer to `GetServerTimeZones`.
///
/// # Errors
///
/// As [`read`].
pub fn zones(raw: &Raw, limits: &Limits) -> Result<Answer<Vec<Zone>>> {
    read(raw, limits, |message| {
        let zones = message
            .child("TimeZoneDefinitions")
            .into_iter()
            .flat_map(Element::children);
        Ok(zones.map(Zone::definition).collect())
    })
}

#[cfg(test)]
mod tests;
