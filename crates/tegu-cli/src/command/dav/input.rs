//! What a file is, and its items one after the other.

use std::{
    fs::File,
    io::{BufReader, Read as _},
    path::Path,
    sync::Arc,
};
use tegu_dav::{Finding, Item, Limits, Split, csv, resolve::Table, split, vcard, vcard::Version};
use tegu_migrate::{Error, ErrorKind, Result};
use tegu_outcome::file::{open_regular, read_named};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Format {
    Calendar,
    Cards,
    Table,
}

impl Format {
    /// By the first bytes; by the name where they do not tell.
    pub(super) fn of(path: &Path) -> Result<Self> {
        let mut head = Vec::new();
        open(path)?
            .take(64 << 10)
            .read_to_end(&mut head)
            .map_err(|error| unread(path, error))?;
        let head = tegu_dav::text::strip_encoding(&head).to_ascii_uppercase();
        let ending = path
            .extension()
            .and_then(|ending| ending.to_str())
            .unwrap_or_default();
        let place = |word: &[u8]| head.windows(word.len()).position(|window| window == word);
        let (calendar, card) = (
            place(b"BEGIN:VCALENDAR")
                .or(place(b"BEGIN:VEVENT"))
                .or(place(b"BEGIN:VTODO")),
            place(b"BEGIN:VCARD"),
        );
        Ok(match (ending.to_ascii_lowercase().as_str(), calendar, card) {
            ("csv" | "txt", None, None) => Self::Table,
            (_, Some(calendar), Some(card)) if card < calendar => Self::Cards,
            (_, Some(_), _) => Self::Calendar,
            (_, None, Some(_)) => Self::Cards,
            ("vcf" | "vcard", ..) => Self::Cards,
            _ => Self::Calendar,
        })
    }
}

/// The version of vCard that cards leave in.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Cards {
    /// What older cards and tables are written in.
    pub(super) version: Version,
    /// Whether cards of version 4.0 are written as 3.0 too.
    pub(super) all: bool,
}

/// Gives each item to `each`; the rest of the answer is the calendar's name and findings about the file.
pub(super) fn read(
    path: &Path,
    format: Format,
    options: &split::Options,
    cards: Cards,
    mut each: impl FnMut(Item) -> Result<()>,
) -> Result<Split> {
    let file = open(path)?;
    let mut rest = Split::default();
    let limits = &options.limits;
    let outcome = match format {
        Format::Calendar => match split::stream(BufReader::with_capacity(64 << 10, file), options) {
            Err(error) => Err(error),
            Ok(mut stream) => {
                for item in &mut stream {
                    each(item?)?;
                }
                rest.calendar_name = stream.calendar_name().map(Into::into);
                rest.findings = stream.findings;
                return Ok(rest);
            }
        },
        Format::Cards => vcard::cards_with(
            &bytes(path, limits)?,
            cards.version,
            options.addresses.as_deref(),
            limits,
        ),
        Format::Table => csv::contacts_with(
            &bytes(path, limits)?,
            cards.version,
            options.addresses.as_deref(),
            limits,
        ),
    };
    match outcome {
        Ok(mut split) => {
            for mut item in std::mem::take(&mut split.items) {
                if cards.all {
                    vcard::to_version_3(&mut item, limits)?;
                }
                each(item)?;
            }
            Ok(split)
        }
        // What cannot be read as a whole is one item for a person.
        Err(error) if matches!(error.kind(), ErrorKind::Malformed | ErrorKind::Limit) => {
            each(whole(path, &error)?)?;
            Ok(rest)
        }
        Err(error) => Err(error),
    }
}

fn whole(path: &Path, error: &Error) -> Result<Item> {
    // Its bytes stay where they are; a gigabyte is not repeated.
    let mut head = Vec::new();
    open(path)?
        .take(1 << 20)
        .read_to_end(&mut head)
        .map_err(|error| unread(path, error))?;
    let finding = Finding::FileUnreadable {
        reason: error.to_string(),
    };
    Ok(Item::of_file(&path.display().to_string(), &head, finding))
}

/// The file, and one byte more than is allowed where it is longer.
fn bytes(path: &Path, limits: &Limits) -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    open(path)?
        .take(limits.max_input as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| unread(path, error))?;
    Ok(bytes)
}

pub(super) fn open(path: &Path) -> Result<File> {
    open_regular(path).map_err(|error| unread(path, error))
}

fn unread(path: &Path, error: std::io::Error) -> Error {
    Error::io("read", path.display(), error)
}

/// What an option says about cards.
impl std::str::FromStr for Cards {
    type Err = &'static str;

    fn from_str(text: &str) -> std::result::Result<Self, Self::Err> {
        let (version, all) = match text {
            "3" | "3.0" => (Version::V3, true),
            "4" | "4.0" => (Version::V4, false),
            _ => return Err("write 3.0 or 4.0"),
        };
        Ok(Self { version, all })
    }
}

/// A table of directory addresses and mail addresses: one pair a line, with a tab or a semicolon between them.
pub(super) fn addresses(path: &Path) -> Result<Arc<Table>> {
    let text = read_named(path).map_err(|error| unread(path, error))?;
    let text = String::from_utf8(text).map_err(|error| unread(path, std::io::Error::other(error)))?;
    let pairs = text.lines().filter_map(|line| {
        let (name, address) = line.rsplit_once(['\t', ';'])?;
        Some((name.trim().trim_matches('"'), address.trim().trim_matches('"')))
    });
    Ok(Arc::new(Table::new(pairs)))
}

/// `2020-01-01` as seconds since 1970, at midnight UTC.
pub(super) fn day(text: &str) -> std::result::Result<i64, String> {
    let midnight: std::result::Result<jiff::Timestamp, _> = format!("{text}T00:00:00Z").parse();
    match midnight {
        Ok(midnight) if text.len() == 10 => Ok(midnight.as_second()),
        _ => Err("write a day as 2020-01-31".into()),
    }
}
