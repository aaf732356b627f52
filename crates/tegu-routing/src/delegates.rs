//! Who acts for whom: a table for people, since no mail server is told.

use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tegu_outcome::csv_row;

/// Somebody who acts for the owner of a mailbox.
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Delegate {
    /// The owner's address.
    pub owner: String,
    /// The delegate's address, or what the old server calls him.
    pub delegate: String,
    /// Whether he sends on behalf of the owner.
    pub on_behalf: bool,
    /// Whether he gets the owner's meeting requests.
    pub meetings: bool,
    /// Who gets them, in Exchange's word for it, if it is known.
    pub delivery: Option<String>,
    /// Whether he sees private items.
    pub private: bool,
    /// What Exchange calls his permissions on which folder: `Calendar` and `Editor`.
    pub levels: BTreeMap<String, String>,
}

impl Delegate {
    /// The file with the [table](Self::table).
    pub const TABLE: &str = "delegates.csv";

    /// Somebody who acts for the owner, and nothing more that is known.
    pub fn new(owner: impl Into<String>, delegate: impl Into<String>) -> Self {
        Self {
            owner: owner.into(),
            delegate: delegate.into(),
            ..Self::default()
        }
    }

    /// A table of them, as CSV, in the order of their owners.
    ///
    /// ```
    /// use tegu_routing::Delegate;
    ///
    /// let mut boris = Delegate::new("anna@example.test", "boris@example.test");
    /// boris.levels.insert("Calendar".into(), "Editor".into());
    /// let table = Delegate::table(&[boris]);
    /// assert!(table.ends_with("\r\n\"anna@example.test\",\"boris@example.test\",\"no\",\"no\",\"\",\"no\",\"Editor\",\"\",\"\",\"\",\"\",\"\"\r\n"));
    /// ```
    #[must_use]
    pub fn table(all: &[Self]) -> String {
        const FOLDERS: [&str; 6] = ["Calendar", "Tasks", "Inbox", "Contacts", "Notes", "Journal"];
        let head = [
            "owner",
            "delegate",
            "sends on behalf",
            "gets meeting requests",
            "meeting requests go to",
            "sees private items",
        ];
        let named = FOLDERS.map(str::to_lowercase);
        let columns: Vec<&str> = head.into_iter().chain(named.iter().map(String::as_str)).collect();
        let mut table = format!("\u{feff}{}", csv_row(&columns));
        let mut all: Vec<&Self> = all.iter().collect();
        all.sort_by_key(|one| (&one.owner, &one.delegate));
        let flag = |on: bool| if on { "yes" } else { "no" };
        for one in all {
            let level = |folder: &&str| one.levels.get(*folder).map_or("", String::as_str);
            let cells = [
                one.owner.as_str(),
                one.delegate.as_str(),
                flag(one.on_behalf),
                flag(one.meetings),
                one.delivery.as_deref().unwrap_or_default(),
                flag(one.private),
            ];
            let cells: Vec<&str> = cells.into_iter().chain(FOLDERS.iter().map(level)).collect();
            table.push_str(&csv_row(&cells));
        }
        table
    }
}
