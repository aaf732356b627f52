//! What a file is, and its items one after the other.

use std::fs::File;
use std::io::{BufReader, Read as _, Seek as _, SeekFrom};
use std::path::Path;

use tegu_dav::vcard::Version;
use tegu_dav::{Finding, Item, Limits, Result, Split, csv, split, vcard};

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Format {
    Calendar,
    Cards,
    Table,
}

impl Format {
    /// By the first bytes; by the name where they do not tell.
    pub(crate) fn of(path: &Path) -> std::io::Result<Self> {
        let mut head = vec![0; 64 << 10];
        let mut got = 0;
        let mut file = File::open(path)?;
        while got < head.len() {
            match file.read(&mut head[got..])? {
                0 => break,
                count => got += count,
            }
        }
        head.truncate(got);
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
pub(crate) struct Cards {
    /// What older cards and tables are written in.
    pub(crate) version: Version,
    /// Whether cards of version 4.0 are written as 3.0 too.
    pub(crate) all: bool,
}

/// Gives each item to `each`; the rest of the answer is the calendar's name and findings about the file.
pub(crate) fn read(
    path: &Path,
    format: Format,
    options: &split::Options,
    cards: Cards,
    mut each: impl FnMut(Item) -> std::result::Result<(), String>,
) -> std::result::Result<Split, String> {
    let file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    let mut rest = Split::default();
    let limits = &options.limits;
    let outcome: Result<Split> = match format {
        Format::Calendar => match split::stream(BufReader::with_capacity(64 << 10, file), options) {
            Err(error) => Err(error),
            Ok(mut stream) => {
                for item in &mut stream {
                    each(item.map_err(|error| error.to_string())?)?;
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
                    vcard::to_version_3(&mut item, limits).map_err(|error| error.to_string())?;
                }
                each(item)?;
            }
            Ok(split)
        }
        // What cannot be read as a whole is one item for a person.
        Err(error)
            if matches!(
                error.kind(),
                tegu_dav::ErrorKind::Malformed | tegu_dav::ErrorKind::Limit
            ) =>
        {
            each(whole(path, &error)?)?;
            Ok(rest)
        }
        Err(error) => Err(error.to_string()),
    }
}

fn whole(path: &Path, error: &tegu_dav::Error) -> std::result::Result<Item, String> {
    // Its bytes stay where they are; a gigabyte is not repeated.
    let mut head = Vec::new();
    let mut file = File::open(path).map_err(|error| format!("{}: {error}", path.display()))?;
    file.seek(SeekFrom::Start(0)).map_err(|error| error.to_string())?;
    file.take(1 << 20)
        .read_to_end(&mut head)
        .map_err(|error| error.to_string())?;
    let finding = Finding::FileUnreadable {
        reason: error.to_string(),
    };
    Ok(Item::of_file(&path.display().to_string(), &head, finding))
}

/// The file, and one byte more than is allowed where it is longer.
fn bytes(path: &Path, limits: &Limits) -> std::result::Result<Vec<u8>, String> {
    let shown = |error: std::io::Error| format!("{}: {error}", path.display());
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(shown)?;
    file.take(limits.max_input as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(shown)?;
    Ok(bytes)
}
