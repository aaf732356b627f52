//! Answers about settings.

use super::{Answer, read, read_whole};
use crate::{
    Limits, Problem, Result,
    settings::{self, Category, Delegates, Grant, OutOfOffice, Rules},
    xml::Raw,
};

/// Reads the answer to `GetInboxRules`.
///
/// # Errors
///
/// As [`read`].
pub fn inbox_rules(raw: &Raw, limits: &Limits) -> Result<Answer<Rules>> {
    read(raw, limits, |body| Ok(Rules::read(body)))
}

/// Reads the answer to `GetUserOofSettings`.
///
/// # Errors
///
/// As [`read`].
pub fn out_of_office(raw: &Raw, limits: &Limits) -> Result<Answer<OutOfOffice>> {
    read(raw, limits, settings::out_of_office)
}

/// Reads the answer to `GetDelegate`.
///
/// # Errors
///
/// As [`read`].
pub fn delegates(raw: &Raw, limits: &Limits) -> Result<Answer<Delegates>> {
    read_whole(raw, limits, |body| Ok(settings::delegates(body)))
}

/// Reads the answer to `GetUserConfiguration` for the list of categories.
///
/// # Errors
///
/// As [`read`].
pub fn categories(raw: &Raw, limits: &Limits) -> Result<Answer<Vec<Category>>> {
    read(raw, limits, |message| settings::categories(message, limits))
}

/// Reads the answer to `GetFolder` that was asked for permissions.
///
/// # Errors
///
/// As [`read`].
pub fn permissions(raw: &Raw, limits: &Limits) -> Result<Answer<Vec<Grant>>> {
    read(raw, limits, |message| {
        let folder = message
            .child("Folders")
            .and_then(|folders| folders.children().next());
        folder
            .map(Grant::list)
            .ok_or_else(|| Problem::ours("the answer holds no folder"))
    })
}
