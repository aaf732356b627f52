//! Uploads a calendar or an address book from a file, and proves what arrived; follows the file on later runs.
//!
//! ```text
//! dav_import --calendar FILE.ics | --contacts FILE.vcf|.csv --to URL [--collection NAME] [--ledger FILE]
//!     [--archive-before DATE] [--archive FILE] [--externalise DIR] [--attachment-url URL] [--addresses FILE]
//!     [--vcard-version 3.0|4.0] [--split-book CARDS] [--accept CODE]... [--connections N] [--propagate-deletions] [--one-by-one]
//!     [--timeout SECONDS] [--insecure-tls] [--plain-text] [--dry-run] [--json]
//! ```
//!
//! URL is `http[s]://user[:password]@host[:port]/path/`: a collection, a home, or an address above the user's home, such as that of
//! the server. Another address is refused. The password may also come from `TEGU_DAV_PASSWORD`. Without `--collection` the collection
//! at the URL is filled, or one in the home with the name of the calendar or of the file; it is made if it does not exist. With the
//! same `--ledger` it can be killed at any time and started again, and a later run carries what was added or changed, and with
//! `--propagate-deletions` what was deleted.
//!
//! `--archive-before` leaves events out that were over before a day, and puts them into a calendar file: `--archive`, else
//! `FILE.archive.ics` beside the source. `--externalise` moves inline attachments into files of DIR, which `--attachment-url`
//! tells where to find; with that URL the files can be read by a web server, without it by their owner alone. `--addresses` names a table of Exchange's directory addresses and mail addresses. `--vcard-version` is the
//! version that older cards and tables are written in, 3.0 unless it is given; if it is given as 3.0, cards of 4.0 are written in it too.
//!
//! Exit status: 0 when everything is moved or present, 3 when something is left for a person, 4 when something failed,
//! 2 for wrong arguments, 1 for any other error.
#![allow(clippy::print_stdout, clippy::print_stderr)]

#[path = "support/addresses.rs"]
mod addresses;
#[path = "support/day.rs"]
mod day;
#[path = "support/input.rs"]
mod input;
#[path = "support/json.rs"]
mod json;
#[path = "support/say.rs"]
mod say;
#[path = "support/total.rs"]
mod total;
#[path = "support/url.rs"]
mod url;
#[path = "support/version.rs"]
mod version;

use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use input::{Cards, Format};
use tegu_dav::client::{self, Client, Collection, Credentials, Endpoint, Kind};
use tegu_dav::import::{Event, Import, Outcome};
use tegu_dav::ledger::{FileLedger, Ledger, MemoryLedger};
use tegu_dav::slim::{self, Archive, Budget, Directory};
use tegu_dav::vcard;
use tegu_dav::{Finding, Item, Limits, split};
use total::Total;

const USAGE: &str = "usage: dav_import --calendar FILE.ics | --contacts FILE.vcf|.csv --to URL [--collection NAME] [--ledger FILE]\n       \
     [--archive-before DATE] [--externalise DIR] [--dry-run] [--json]";

struct Arguments {
    kind: Kind,
    file: PathBuf,
    endpoint: Endpoint,
    credentials: Credentials,
    timeout: Option<u64>,
    collection: Option<String>,
    ledger: Option<String>,
    archive_before: Option<i64>,
    archive: Option<PathBuf>,
    externalise: Option<PathBuf>,
    attachment_url: Option<String>,
    split_book: Option<usize>,
    accept: Vec<String>,
    connections: usize,
    deletions: bool,
    one_by_one: bool,
    dry_run: bool,
    json: bool,
    cards: Cards,
    options: split::Options,
}

#[tokio::main]
async fn main() -> ExitCode {
    let arguments = match arguments(std::env::args().skip(1)) {
        Ok(arguments) => arguments,
        Err(message) => {
            say::error("dav_import", &message);
            return ExitCode::from(2);
        }
    };
    match import(&arguments).await {
        Ok(code) => code,
        Err(message) => {
            say::error("dav_import", &message);
            ExitCode::FAILURE
        }
    }
}

/// What a file became before anything is sent.
#[derive(Default)]
struct Prepared {
    name: Option<String>,
    items: Vec<Item>,
    archived: Vec<Item>,
    findings: Vec<Finding>,
    externalised: usize,
}

async fn import(arguments: &Arguments) -> Result<ExitCode, String> {
    let begin = Instant::now();
    let prepared = prepare(arguments)?;
    let mut options = client::Options::default();
    if let Some(seconds) = arguments.timeout {
        options = options.request_timeout(std::time::Duration::from_secs(seconds));
    }
    let client = Client::connect_with(&arguments.endpoint, &arguments.credentials, &options)
        .await
        .map_err(|error| error.to_string())?;
    let ledger: Arc<dyn Ledger> = match &arguments.ledger {
        Some(path) => Arc::new(FileLedger::open(path).map_err(|error| error.to_string())?),
        None => Arc::new(MemoryLedger::new()),
    };
    let mut books = match arguments.split_book {
        Some(cards) => slim::parts(prepared.items, &Budget::default().cards(cards)),
        None => vec![prepared.items],
    };
    if books.is_empty() {
        books.push(Vec::new());
    }
    let mut total = Total {
        archived: prepared.archived,
        findings: prepared.findings,
        externalised: prepared.externalised,
        ..Total::default()
    };
    for (number, items) in books.into_iter().enumerate() {
        let part = (number > 0).then_some(number + 1);
        let import = match collection(arguments, &client, prepared.name.as_deref(), part).await? {
            Found::There(collection) => Import::new(client.clone(), collection),
            Found::Here(name) => Import::here(client.clone(), arguments.kind, name),
            Found::Missing(segment, name) => Import::named(client.clone(), arguments.kind, segment, name),
        };
        let import = set_up(arguments, import, &ledger);
        if arguments.dry_run {
            let plan = import.plan(&items).await.map_err(|error| error.to_string())?;
            total.urls.extend(plan.exists.then_some(plan.url));
            total.planned.extend(plan.items);
            continue;
        }
        let outcomes: Arc<Mutex<Vec<Outcome>>> = Arc::default();
        let kept = Arc::clone(&outcomes);
        let import = import.observer(move |event| {
            if let Event::Finished { outcome } = event {
                let outcome = Outcome::clone(outcome);
                kept.lock().unwrap_or_else(PoisonError::into_inner).push(outcome);
            }
        });
        let report = import.run(items).await.map_err(|error| error.to_string())?;
        total.urls.push(report.url.clone());
        total.reports.push(report);
        total
            .outcomes
            .append(&mut outcomes.lock().unwrap_or_else(PoisonError::into_inner));
    }
    if arguments.json {
        say::json(&total.as_json(begin.elapsed().as_secs_f64(), arguments.dry_run));
    } else {
        total.print(begin.elapsed().as_secs_f64(), arguments.dry_run);
    }
    Ok(total.exit_code())
}

fn set_up(arguments: &Arguments, import: Import, ledger: &Arc<dyn Ledger>) -> Import {
    let import = import
        .ledger(Arc::clone(ledger))
        .concurrency(arguments.connections)
        .bulk(!arguments.one_by_one)
        .deletions(arguments.deletions);
    arguments.accept.iter().fold(import, Import::accepted)
}

fn prepare(arguments: &Arguments) -> Result<Prepared, String> {
    let format = match arguments.kind {
        Kind::Calendars => Format::Calendar,
        _ => match Format::of(&arguments.file)
            .map_err(|error| format!("{}: {error}", arguments.file.display()))?
        {
            Format::Calendar => Format::Cards,
            other => other,
        },
    };
    let mut archive = match arguments.archive_before {
        Some(before) => {
            let path = arguments
                .archive
                .clone()
                .unwrap_or_else(|| arguments.file.with_extension("archive.ics"));
            Some(Archive::open(path, before).map_err(|error| error.to_string())?)
        }
        None => None,
    };
    let mut store = match &arguments.externalise {
        Some(path) if !arguments.dry_run => {
            let store = Directory::create(path).map_err(|error| error.to_string())?;
            Some(match &arguments.attachment_url {
                Some(url) => store.base(url).shared(true),
                None => store,
            })
        }
        _ => None,
    };
    let mut out = Prepared::default();
    let rest = input::read(
        &arguments.file,
        format,
        &arguments.options,
        arguments.cards,
        |mut item| {
            if archive.as_mut().is_some_and(|archive| archive.take(&mut item)) {
                out.archived.push(item);
                return Ok(());
            }
            if let Some(store) = &mut store
                && !item.is_lossy()
            {
                out.externalised += slim::externalise(&mut item, store).map_err(|error| error.to_string())?;
            }
            out.items.push(item);
            Ok(())
        },
    )?;
    if let Some(archive) = archive.filter(|_| !arguments.dry_run) {
        archive.save().map_err(|error| error.to_string())?;
    }
    if arguments.kind == Kind::Contacts {
        vcard::mark_duplicates(&mut out.items);
    }
    out.name = rest.calendar_name;
    out.findings = rest.findings;
    Ok(out)
}

enum Found {
    There(Collection),
    /// Not there yet: the place that the URL names, and the name that people see.
    Here(String),
    /// The last part of its path, and the name that people see.
    Missing(String, String),
}

/// The collection to fill: by name, or at the URL.
async fn collection(
    arguments: &Arguments,
    client: &Client,
    calendar_name: Option<&str>,
    part: Option<usize>,
) -> Result<Found, String> {
    let failed = |error: tegu_dav::Error| error.to_string();
    if arguments.collection.is_none()
        && part.is_none()
        && let Some(collection) = client.here(arguments.kind).await.map_err(failed)?
    {
        return Ok(Found::There(collection));
    }
    // A place in the user's home where nothing is yet: there it shall be.
    if arguments.collection.is_none()
        && part.is_none()
        && let Some(path) = client.place(arguments.kind).await.map_err(failed)?
    {
        let name = path.trim_end_matches('/').rsplit('/').next().unwrap_or_default();
        return Ok(Found::Here(
            calendar_name.map_or_else(|| url::decoded(name), str::to_owned),
        ));
    }
    let stem = arguments
        .file
        .file_stem()
        .unwrap_or_default()
        .to_string_lossy()
        .into_owned();
    let mut name = arguments
        .collection
        .clone()
        .or_else(|| calendar_name.map(str::to_owned))
        .unwrap_or(stem);
    if let Some(part) = part {
        name = format!("{name} {part}");
    }
    let known = client.collections(arguments.kind).await.map_err(failed)?;
    let segment = client.segment_for(&name);
    let found = known.into_iter().find(|collection| {
        let last = collection
            .href
            .trim_end_matches('/')
            .rsplit('/')
            .next()
            .unwrap_or_default();
        last == segment || collection.display_name.as_deref() == Some(name.as_str())
    });
    Ok(match found {
        Some(collection) => Found::There(collection),
        None => Found::Missing(segment, name),
    })
}

fn arguments(mut words: impl Iterator<Item = String>) -> Result<Arguments, String> {
    let (mut source, mut to, mut collection, mut ledger) = (None, None, None, None);
    let (mut archive_before, mut archive, mut externalise, mut attachment_url) = (None, None, None, None);
    let (mut split_book, mut accept, mut connections) = (None, Vec::new(), 4);
    let (mut deletions, mut one_by_one, mut dry_run, mut json) = (false, false, false, false);
    let (mut insecure, mut plain) = (false, false);
    let mut timeout = None;
    let (mut lookup, mut cards) = (None, Cards::default());
    while let Some(word) = words.next() {
        let mut value = || words.next().ok_or(format!("{word} needs a value\n{USAGE}"));
        match word.as_str() {
            "--calendar" | "--contacts" => {
                let kind = if word == "--calendar" {
                    Kind::Calendars
                } else {
                    Kind::Contacts
                };
                if source.replace((kind, PathBuf::from(value()?))).is_some() {
                    return Err(format!("one file at a time\n{USAGE}"));
                }
            }
            "--to" => to = Some(value()?),
            "--collection" => collection = Some(value()?),
            "--ledger" => ledger = Some(value()?),
            "--archive-before" => archive_before = Some(day::seconds(&value()?)?),
            "--archive" => archive = Some(PathBuf::from(value()?)),
            "--externalise" => externalise = Some(PathBuf::from(value()?)),
            "--attachment-url" => attachment_url = Some(value()?),
            "--addresses" => lookup = Some(addresses::read(std::path::Path::new(&value()?))?),
            "--vcard-version" => cards = version::parse(&value()?)?,
            "--split-book" => {
                let cards = value()?.parse::<std::num::NonZeroUsize>();
                split_book = Some(cards.map_err(|_| "--split-book needs a number of cards")?.get());
            }
            "--accept" => accept.push(value()?),
            "--connections" => {
                let count = value()?.parse::<std::num::NonZeroU8>();
                connections = usize::from(
                    count
                        .map_err(|_| "--connections needs a number from 1 to 64")?
                        .get(),
                );
            }
            "--timeout" => {
                let seconds = value()?.parse();
                timeout = Some(seconds.map_err(|_| "--timeout needs a number of seconds")?);
            }
            "--propagate-deletions" => deletions = true,
            "--one-by-one" => one_by_one = true,
            "--dry-run" => dry_run = true,
            "--json" => json = true,
            "--insecure-tls" => insecure = true,
            "--plain-text" => plain = true,
            other => return Err(format!("unknown argument {other}\n{USAGE}")),
        }
    }
    let (kind, file) = source.ok_or(USAGE)?;
    let to = to.ok_or(USAGE)?;
    let (endpoint, credentials) = url::read(&to, insecure, plain)?;
    let mut options = split::Options::new(Limits::default());
    if let Some(lookup) = lookup {
        options = options.addresses(lookup);
    }
    Ok(Arguments {
        kind,
        file,
        endpoint,
        credentials,
        timeout,
        collection,
        ledger,
        archive_before,
        archive,
        externalise,
        attachment_url,
        split_book,
        accept,
        connections,
        deletions,
        one_by_one,
        dry_run,
        json,
        cards,
        options,
    })
}
