//! `tegu dav import`: a calendar or an address book from a file onto a server, proved; follows the file on later runs.

use super::{
    arguments::Arguments,
    collection::{self, Found},
    prepare,
    total::Total,
    url,
};
use crate::say;
use std::{
    process::ExitCode,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};
use tegu_dav::{
    client::{self, Client},
    import::{Event, Import, Outcome},
    ledger::{FileLedger, Ledger, MemoryLedger},
    slim::{self, Budget},
};
use tegu_migrate::Result;

pub(super) const HELP: &str = "URL is http[s]://user@host[:port]/path/: a collection, a home, or an address above the user's home, such as that of the
server. Another address is refused. The password comes from the environment variable TEGU_DAV_PASSWORD, or from
the file that TEGU_DAV_PASSWORD_FILE names.

Without --collection the collection at the URL is filled, or one in the home with the name of the calendar or of the file; it is
made if it does not exist. With the same --ledger it can be killed at any time and started again, and a later run carries what was
added or changed, and with --propagate-deletions what was deleted.

Exit status:
  0  everything is moved or present
  1  an error
  2  wrong arguments
  3  something is left for a person
  4  something failed

Examples:
  tegu dav import --calendar calendar.ics --to https://anna@dav.example.org/ --collection work --ledger anna.ledger
  tegu dav import --contacts people.csv --to https://anna@dav.example.org/ --collection people --dry-run";

pub(super) async fn main(arguments: Arguments, json: bool) -> Result<ExitCode> {
    let begin = Instant::now();
    let place = url::read(&arguments.to, arguments.insecure_tls, arguments.plain_text);
    let (endpoint, credentials) = match place {
        Ok(place) => place,
        Err(message) => return Ok(say::wrong(message)),
    };
    let arguments = &arguments;
    let prepared = prepare::prepare(arguments)?;
    let mut options = client::Options::default();
    if let Some(seconds) = arguments.timeout {
        options = options.request_timeout(Duration::from_secs(seconds));
    }
    let client = Client::connect_with(&endpoint, &credentials, &options).await?;
    let ledger: Arc<dyn Ledger> = match &arguments.ledger {
        Some(path) => Arc::new(FileLedger::open(path)?),
        None => Arc::new(MemoryLedger::new()),
    };
    let mut books = match arguments.split_book {
        Some(cards) => slim::parts(prepared.items, &Budget::default().cards(cards.get())),
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
        let import = match collection::find(arguments, &client, prepared.name.as_deref(), part).await? {
            Found::There(collection) => Import::new(client.clone(), collection),
            Found::Here(name) => Import::here(client.clone(), arguments.kind(), name),
            Found::Missing(segment, name) => Import::named(client.clone(), arguments.kind(), segment, name),
        };
        let import = set_up(arguments, import, &ledger);
        if arguments.dry_run {
            let plan = import.plan(&items).await?;
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
        let report = import.run(items).await?;
        total.urls.push(report.url.clone());
        total.reports.push(report);
        total
            .outcomes
            .append(&mut outcomes.lock().unwrap_or_else(PoisonError::into_inner));
    }
    if json {
        say::json_line(&total.as_json(begin.elapsed().as_secs_f64(), arguments.dry_run))?;
    } else {
        total.print(begin.elapsed().as_secs_f64(), arguments.dry_run);
    }
    Ok(total.exit_code())
}

fn set_up(arguments: &Arguments, import: Import, ledger: &Arc<dyn Ledger>) -> Import {
    let import = import
        .ledger(Arc::clone(ledger))
        .concurrency(arguments.connections.into())
        .bulk(!arguments.one_by_one)
        .deletions(arguments.propagate_deletions);
    arguments.accept.iter().fold(import, Import::accepted)
}
