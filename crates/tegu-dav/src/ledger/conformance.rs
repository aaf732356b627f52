//! What every [`Ledger`] must do. Run it against your own implementation.

use super::{Entry, Known, Ledger, Record, copy_key};
use crate::error::{Error, ErrorKind, Result};

const WORK: &str = "https://mail.example.org:8809/caldav/anna/work/";
const HOME: &str = "https://mail.example.org:8809/caldav/anna/home/";

/// Checks a ledger. `open` opens the same store each time it is called; the ledger that it returned before has been dropped by
/// then. The store must be empty at first.
///
/// ```
/// use std::sync::Arc;
/// use tegu_dav::ledger::{MemoryLedger, conformance};
///
/// # tokio::runtime::Builder::new_current_thread().build().unwrap().block_on(async {
/// let ledger = Arc::new(MemoryLedger::new());
/// conformance::check(async || Ok(Arc::clone(&ledger))).await
/// # }).unwrap();
/// ```
///
/// # Errors
///
/// Kind [`Journal`](ErrorKind::Journal) with the rule that was broken, and the ledger's own errors.
pub async fn check<L: Ledger>(open: impl AsyncFn() -> Result<L>) -> Result<()> {
    let ledger = open().await?;
    same(
        "an unknown collection has an empty record",
        &ledger,
        WORK,
        &Record::default(),
    )
    .await?;
    holds(
        "a new ledger has no collections",
        ledger.collections().await?.is_empty(),
    )?;
    ledger.write(WORK, &[]).await?;

    let (mut work, mut home) = (Record::default(), Record::default());
    let steps = [
        vec![Entry::Created, item("1", 0), item("2", 0)],
        vec![item("1", 1), item(&copy_key("1", 1), 2)],
        vec![Entry::Token {
            token: "data:,17 \t\n".into(),
        }],
        vec![Entry::Filling {
            display_name: "Work \t".into(),
        }],
        vec![Entry::Filled],
        vec![
            Entry::Gone { uid: "2".into() },
            Entry::Gone { uid: "none".into() },
        ],
        // In one call, too, the last entry of a key counts.
        vec![
            item("3", 1),
            item("3", 2),
            Entry::Gone { uid: "4".into() },
            item("4", 3),
        ],
        vec![
            item("\\odd\t\r\n uid ü\u{1f4c5}", 4),
            item("", 5),
            item(&"long".repeat(5_000), 6),
        ],
    ];
    for (number, step) in steps.iter().enumerate() {
        ledger.write(WORK, step).await?;
        step.iter().for_each(|entry| work.apply(entry));
        same("entries are read back folded", &ledger, WORK, &work).await?;
        // Another collection is another record.
        if number == 1 {
            ledger.write(HOME, step).await?;
            step.iter().for_each(|entry| home.apply(entry));
        }
        same("collections do not mix", &ledger, HOME, &home).await?;
    }
    ledger.sync().await?;
    drop(ledger);

    let ledger = open().await?;
    same("entries survive", &ledger, WORK, &work).await?;
    same("entries of all collections survive", &ledger, HOME, &home).await?;
    let names = ledger.collections().await?;
    holds("collections are listed, sorted", names == [HOME, WORK])?;

    let many: Vec<Entry> = (0..2_000).map(|n| item(&format!("many-{n}"), n)).collect();
    ledger.write(WORK, &many).await?;
    many.iter().for_each(|entry| work.apply(entry));
    drop(ledger);
    same(
        "many entries at once survive without a sync",
        &open().await?,
        WORK,
        &work,
    )
    .await
}

fn item(uid: &str, number: u32) -> Entry {
    Entry::Item {
        uid: uid.into(),
        known: Known {
            digest: format!("{number:032x}"),
            href: (number > 0).then(|| format!("/caldav/anna/work/{number}.ics")),
            etag: Some(format!("\"{number}\"")),
            attempts: number,
            octets: u64::from(number) << 32,
            codes: vec!["DAV-TZ-UNKNOWN".into(), "DAV-TARGET-REFUSED".into()],
            document: Some("a\tü".into()),
            ..Known::default()
        },
    }
}

async fn same(rule: &str, ledger: &impl Ledger, collection: &str, expected: &Record) -> Result<()> {
    holds(rule, ledger.read(collection).await? == *expected)
}

fn holds(rule: &str, holds: bool) -> Result<()> {
    if holds {
        return Ok(());
    }
    Err(Error::new(ErrorKind::Journal, format!("broken rule: {rule}")).doing("check", "the ledger"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use std::sync::Arc;

    use super::*;
    use crate::ledger::{FileLedger, MemoryLedger};

    #[tokio::test]
    async fn both_ledgers_conform() {
        let memory = Arc::new(MemoryLedger::new());
        check(async || Ok(Arc::clone(&memory))).await.unwrap();
        let dir = tempfile::tempdir().unwrap();
        check(async || FileLedger::open(dir.path().join("ledger")))
            .await
            .unwrap();
    }

    /// Loses what it is told on the way.
    #[tokio::test]
    async fn a_ledger_that_forgets_does_not() {
        let error = check(async || Ok(MemoryLedger::new())).await.unwrap_err();
        assert!(error.to_string().contains("entries survive"), "{error}");
    }
}
