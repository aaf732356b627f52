//! The arguments of `tegu dav import`.

use super::input::{self, Cards};
use std::{
    num::NonZeroUsize,
    path::{Path, PathBuf},
};
use tegu_dav::client::Kind;

#[derive(clap::Args)]
#[command(group = clap::ArgGroup::new("source").required(true).args(["calendar", "contacts"]))]
pub(crate) struct Arguments {
    /// A calendar file
    #[arg(long, value_name = "FILE.ics")]
    pub(super) calendar: Option<PathBuf>,
    /// An address book: vCard, or a table of Outlook
    #[arg(long, value_name = "FILE.vcf|.csv")]
    pub(super) contacts: Option<PathBuf>,
    /// The server, home or collection
    #[arg(long, value_name = "URL")]
    pub(super) to: String,
    /// The collection to fill, by name
    #[arg(long, value_name = "NAME")]
    pub(super) collection: Option<String>,
    /// What was imported, for later runs
    #[arg(long, value_name = "FILE")]
    pub(super) ledger: Option<PathBuf>,
    /// Leave events out that were over before this day, and put them into the archive
    #[arg(long, value_name = "DATE", value_parser = input::day)]
    pub(super) archive_before: Option<i64>,
    /// The archive, a calendar file; FILE.archive.ics beside the source unless given
    #[arg(long, value_name = "FILE")]
    pub(super) archive: Option<PathBuf>,
    /// Move inline attachments into files of this directory
    #[arg(long, value_name = "DIR")]
    pub(super) externalise: Option<PathBuf>,
    /// Where a web server shows that directory; without it the files are readable by their owner alone
    #[arg(long, value_name = "URL")]
    pub(super) attachment_url: Option<String>,
    /// A table of Exchange's directory addresses and mail addresses
    #[arg(long, value_name = "FILE")]
    pub(super) addresses: Option<PathBuf>,
    /// The version that older cards and tables are written in: 3.0 (unless given) or 4.0; given as 3.0, for cards of 4.0 too
    #[arg(long, value_name = "VERSION")]
    pub(super) vcard_version: Option<Cards>,
    /// Fill several collections with so many cards each
    #[arg(long, value_name = "CARDS")]
    pub(super) split_book: Option<NonZeroUsize>,
    /// A loss that is accepted, by its code; may be given several times
    #[arg(long, value_name = "CODE")]
    pub(super) accept: Vec<String>,
    /// How many uploads at once, from 1 to 64
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u8).range(1..=64))]
    pub(super) connections: u8,
    /// Delete on the server what was deleted from the file
    #[arg(long)]
    pub(super) propagate_deletions: bool,
    /// Send each item by a request of its own
    #[arg(long)]
    pub(super) one_by_one: bool,
    /// Give a request up after so long
    #[arg(long, value_name = "SECONDS")]
    pub(super) timeout: Option<u64>,
    /// Accept any certificate of the server
    #[arg(long)]
    pub(super) insecure_tls: bool,
    /// Send the password without TLS where the URL says http
    #[arg(long)]
    pub(super) plain_text: bool,
    /// Say what would be done, and change nothing
    #[arg(long)]
    pub(super) dry_run: bool,
}

impl Arguments {
    pub(super) fn kind(&self) -> Kind {
        match self.calendar {
            Some(_) => Kind::Calendars,
            None => Kind::Contacts,
        }
    }

    pub(super) fn file(&self) -> &Path {
        let file = self.calendar.as_deref().or(self.contacts.as_deref());
        file.unwrap_or_else(|| Path::new(""))
    }
}
