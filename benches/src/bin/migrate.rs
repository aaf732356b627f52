//! Planning and reporting of a large organisation, with time and peak memory.
//!
//! ```text
//! migrate plan [ACCOUNTS [FOLDERS [MESSAGES]]]     plans from snapshots, saves the plan and reads it again
//! migrate report [ACCOUNTS [FOLDERS]]              writes report.json, report.html and worklist.csv
//! ```

#![allow(clippy::print_stdout, reason = "a program that measures")]

use std::{fmt::Debug, time::Instant};
use tegu_imap::{
    Flags, InternalDate, Uid, UidValidity,
    snapshot::{Snapshot, SnapshotEntry},
};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Error, ErrorKind, Migration, Report, Result,
    message::{Listed, Spool},
    plan::{Plan, PlanOptions},
    sources::{DirectoryData, DirectorySource, MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    targets::Bundle,
};

#[tokio::main(flavor = "current_thread")]
async fn main() -> Result<()> {
    let mut words = std::env::args().skip(1);
    let what = words.next().unwrap_or_default();
    let numbers: Vec<u32> = words.filter_map(|word| word.parse().ok()).collect();
    let number = |at: usize, default| numbers.get(at).copied().unwrap_or(default);
    let scratch = std::env::temp_dir().join(format!("tegu-bench-{}", std::process::id()));
    match what.as_str() {
        "plan" => plan(&scratch, number(0, 10_000), number(1, 20), number(2, 50)).await?,
        "report" => report(&scratch, number(0, 10_000), number(1, 20))?,
        _ => println!("usage: migrate plan [ACCOUNTS [FOLDERS [MESSAGES]]] | report [ACCOUNTS [FOLDERS]]"),
    }
    let _ = std::fs::remove_dir_all(scratch);
    Ok(())
}

async fn plan(scratch: &std::path::Path, accounts: u32, folders: u32, messages: u32) -> Result<()> {
    let migration = Migration::builder("large", scratch, People(accounts))
        .mail(Snapshots { folders, messages }, Bundle::new(scratch))
        .build();
    let begun = Instant::now();
    let plan = migration
        .plan(&PlanOptions::default(), &CancellationToken::new())
        .await?;
    assert!(plan.balances() && plan.complete);
    println!(
        "{accounts} accounts x {folders} folders x {messages} messages planned in {:.2} s; peak {} MB",
        begun.elapsed().as_secs_f64(),
        peak()
    );
    let begun = Instant::now();
    let json = plan.to_json()?;
    println!(
        "saved: {} octets in {:.2} s; peak {} MB",
        json.len(),
        begun.elapsed().as_secs_f64(),
        peak()
    );
    drop(plan);
    let begun = Instant::now();
    let again = Plan::from_json(&json)?;
    println!(
        "read again in {:.2} s: {} items; peak {} MB",
        begun.elapsed().as_secs_f64(),
        again.cost.items,
        peak()
    );
    Ok(())
}

fn report(scratch: &std::path::Path, accounts: u32, folders: u32) -> Result<()> {
    let containers = (0..folders).map(|number| {
        format!(
            "{{\"entity\":\"mail\",\"name\":\"Проект {number}/Переписка\",\"source\":50,\"moved\":48,\"present\":1,\"manual\":1,\"failed\":0,\
             \"excluded\":0,\"bytes\":4000000,\"moved_now\":48,\"findings\":{{\"MAIL-NUL\":1}}}}"
        )
    });
    let containers = containers.collect::<Vec<_>>().join(",");
    let rows = (0..accounts).map(|number| {
        format!(
            "{{\"account\":\"user{number}@example.test\",\"display_name\":\"Сотрудник {number}\",\"containers\":[{containers}],\"problems\":[]}}"
        )
    });
    let json = format!(
        "{{\"version\":2,\"job\":\"large\",\"started\":\"\",\"finished\":\"\",\"complete\":true,\"entities\":[],\"sections\":[],\"directory\":[],\
         \"accounts\":[{}],\"documents\":[],\"worklist\":[],\"policy\":{{}},\"exceptions\":[],\"speed\":{{\"step\":1,\"items\":[],\"bytes\":[]}}}}",
        rows.collect::<Vec<_>>().join(",")
    );
    let made = |error| {
        Error::new(ErrorKind::Malformed, "making the report")
            .at_source()
            .with_source(error)
    };
    let report: Report = serde_json::from_str(&json).map_err(made)?;
    drop(json);
    let begun = Instant::now();
    report.write_to(scratch)?;
    let size = |name: &str| std::fs::metadata(scratch.join(name)).map_or(0, |file| file.len());
    println!(
        "{accounts} accounts x {folders} folders written in {:.2} s: report.json {} octets, report.html {} octets; peak {} MB",
        begun.elapsed().as_secs_f64(),
        size("report.json"),
        size("report.html"),
        peak()
    );
    Ok(())
}

/// The most memory that this process had at once, in MB.
fn peak() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    let kib = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse::<u64>().ok());
    kib.unwrap_or_default() * 1024 / 1_000_000
}

#[derive(Debug)]
struct People(u32);

impl DirectorySource for People {
    fn describe(&self) -> String {
        "made".into()
    }

    fn read(&self) -> BoxFuture<'_, Result<DirectoryData>> {
        let accounts = (0..self.0).map(|number| Account::new(format!("user{number}@example.test")));
        let data = DirectoryData::of_accounts(accounts.collect());
        Box::pin(async move { Ok(data) })
    }
}

/// A source that holds snapshots: made when they are asked for, as a server gives them.
#[derive(Debug)]
struct Snapshots {
    folders: u32,
    messages: u32,
}

impl MailSource for Snapshots {
    fn describe(&self) -> String {
        "snapshots".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let (folders, messages) = (self.folders, self.messages);
        Box::pin(async move { Ok(Box::new(Self { folders, messages }) as Box<dyn MailReader>) })
    }
}

impl MailReader for Snapshots {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        let names = (0..self.folders).map(|number| vec![format!("Проект {number}"), "Переписка".into()]);
        let folders = names.map(MailFolder::named).collect();
        Box::pin(async move { Ok(folders) })
    }

    fn list<'a>(&'a mut self, _: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        let mut snapshot = Snapshot::new(UidValidity::new(7));
        for uid in (1..=self.messages).filter_map(Uid::new) {
            let date = InternalDate::new(1_700_000_000 + i64::from(uid.get()), 180);
            let flags: Flags = ["\\Seen"].into_iter().collect();
            snapshot
                .entries
                .push(SnapshotEntry::new(uid, flags, date, 50_000));
        }
        let listed = snapshot.entries.iter().map(|entry| {
            let uid = entry.uid.get();
            Listed::new(format!("7:{uid}"), entry.size, u64::from(uid))
                .dated(entry.internal_date.map(Into::into))
        });
        let listed = listed.collect();
        Box::pin(async move { Ok(listed) })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a MailFolder,
        _: &'a [Listed],
        _: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(async { Err(Error::new(ErrorKind::Malformed, "a plan reads no message").at_source()) })
    }
}
