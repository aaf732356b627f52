//! Calendars made smaller on their way.

use crate::{Account, Error, Result, policy::Day};
use serde::Deserialize;
use std::path::Path;
use tegu_dav::slim::{Archive, Directory, LinksOnly, Slimming};
use tegu_mbox::tree::encode_component;
use tegu_outcome::file;

/// What is taken out of calendars before they are uploaded. Nothing is lost: it is kept in the job's directory.
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[derive(Clone, Debug, Default, Deserialize, Eq, PartialEq)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Slim {
    /// Events that ended before this day are excluded and collected in `archive/ACCOUNT/CALENDAR.ics`.
    pub archive_before: Option<Day>,
    /// Attachments inside of events are moved into `attachments/`, each once, and the events link to them below this URL. The operator
    /// serves the folder there. Names of files are digests of their content, so nobody can guess them.
    pub attachments: Option<String>,
}

impl Slim {
    /// Archives events that ended before this day.
    #[must_use]
    pub fn archive_before(mut self, day: Day) -> Self {
        self.archive_before = Some(day);
        self
    }

    /// Moves attachments out and links to them below this URL.
    #[must_use]
    pub fn attachments(mut self, url: impl Into<String>) -> Self {
        self.attachments = Some(url.into());
        self
    }

    /// Makes the step for one calendar. Without `out` nothing is written.
    pub(super) fn step(&self, account: &Account, calendar: &str, out: Option<&Path>) -> Result<Slimming> {
        let mut slimming = Slimming::new();
        if let Some(day) = self.archive_before {
            let before = day.begins().map_or(i64::MIN, jiff::Timestamp::as_second);
            slimming = slimming.archive(match out {
                None => Archive::dry_run(before),
                Some(out) => {
                    let folder = out.join("archive").join(encode_component(&account.mail));
                    file::create_dir(&folder)
                        .map_err(|error| Error::io("create", folder.display(), error))?;
                    Archive::open(folder.join(format!("{}.ics", encode_component(calendar))), before)?
                }
            });
        }
        Ok(match (&self.attachments, out) {
            (None, _) => slimming,
            (Some(url), None) => slimming.attachments(LinksOnly::new(url)),
            (Some(url), Some(out)) => {
                let folder = Directory::create(out.join("attachments"))?;
                slimming.attachments(folder.base(url).shared(true))
            }
        })
    }
}
