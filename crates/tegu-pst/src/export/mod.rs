//! Writes the items of a file into files of open formats.
//!
//! ```no_run
//! use tegu_pst::export::{self, ExportOptions};
//!
//! let pst = tegu_pst::Pst::open_file("mailbox.pst".as_ref(), Default::default())?;
//! let report = export::export(&pst, "mailbox".as_ref(), &ExportOptions::default())?;
//! assert!(report.balances());
//! # Ok::<(), tegu_pst::Error>(())
//! ```
//!
//! # What is written
//!
//! | path | content |
//! |---|---|
//! | `mail/NID NAME.mbox` | the mail of a folder (mboxrd, lines end in LF) |
//! | `mail/NID NAME.jsonl` | a line for each of its messages: node, verdict, flags, categories, date, findings |
//! | `calendars`, `tasks`, `notes/NID NAME.ics` | iCalendar |
//! | `contacts/NID NAME.vcf` | vCard 4.0 |
//! | `manual/NID/properties.json` | an item that a person has to look at: its properties as they are, and what was noticed |
//! | `manual/NID/attachment-N.bin` | its attachments |
//! | `manual/NID/item.eml`, `.ics`, `.vcf` | the best that can be made of it |
//!
//! Items are converted on up to three threads beside the one that writes, and another thread brings complete files to the disk; what
//! is written does not depend on it.
//!
//! NID is the node in hexadecimal digits, which no two folders or items share. Files are private and appear as a whole; the same
//! export may be started again after a crash, and writes the same.

mod batch;
mod buffered;
mod dump;
mod keep;
mod mbox;
mod output;
mod prepare;
mod prepared;
mod report;

pub use report::{Counts, ExportOptions, Family, FolderReport, Report};

use crate::{Converted, Error, Finding, FolderRole, Mail, Message, Pst, Result, Verdict};
use batch::{Batch, Tally, Told, Written, is_accepted};
use keep::Keeper;
use output::Outputs;
use prepare::prepare;
use prepared::Prepared;
use std::{collections::HashSet, path::Path};

/// Writes the items of `pst` below the directory `to`.
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io) if a file cannot be written; [`Limit`](crate::ErrorKind::Limit) if the file has more folders than
/// the limits allow. An item that cannot be read is counted.
pub fn export(pst: &Pst, to: &Path, options: &ExportOptions) -> Result<Report> {
    std::thread::scope(|scope| {
        let keeper = Keeper::new(scope);
        let report = all(pst, to, options, &keeper);
        keeper.finish().and(report)
    })
}

fn all(pst: &Pst, to: &Path, options: &ExportOptions, keeper: &Keeper<'_>) -> Result<Report> {
    let folders = pst.folders()?;
    let mut report = Report {
        findings: pst.findings().to_vec(),
        ..Report::default()
    };
    report.findings.extend(folders.findings);
    let mut seen = HashSet::new();
    for folder in &folders.folders {
        let hidden_away = folder.role == Some(FolderRole::RecoverableItems);
        let contents = pst.contents(folder);
        report.findings.extend(contents.findings);
        seen.extend(&contents.hidden);
        let mut exported = FolderReport {
            nid: folder.nid,
            path: folder.path.clone(),
            hidden: contents.hidden.len() as u64,
            ..FolderReport::default()
        };
        exported.counts.expected = contents.items.len() as u64;
        let fresh: Vec<u32> = contents.items.into_iter().filter(|id| seen.insert(*id)).collect();
        let twice = exported.counts.expected - fresh.len() as u64;
        if twice > 0 {
            report.findings.push(Finding::lossy(
                "PST-ITEM-TWICE",
                format!(
                    "{}: {twice} items are listed by another folder, or twice",
                    folder.path.join("/")
                ),
            ));
        }
        exported.counts.excluded += twice;
        if hidden_away && !options.recoverable {
            exported.counts.excluded += fresh.len() as u64;
        } else {
            let mut outputs = Outputs::new(to, folder.nid, &folder.path, keeper);
            prepare::each(pst, &fresh, options, &mut |batch| {
                write(batch, options, &mut exported, &mut outputs)
            })?;
            exported.files = outputs.finish()?;
        }
        report.counts.add(&exported.counts);
        report.folders.push(exported);
    }
    orphans(pst, to, options, &seen, &mut report, keeper)?;
    Ok(report)
}

/// Items that no folder lists are left for a person.
fn orphans(
    pst: &Pst,
    to: &Path,
    options: &ExportOptions,
    seen: &HashSet<u32>,
    report: &mut Report,
    keeper: &Keeper<'_>,
) -> Result<()> {
    let mut damage = Vec::new();
    let mut found = pst.orphans(seen, &mut |error| {
        if damage.len() < 100 {
            damage.push(Finding::lossy("PST-NODES-UNREADABLE", error.to_string()));
        }
    });
    found.retain(|orphan| !orphan.hidden);
    report.findings.extend(damage);
    if found.is_empty() {
        return Ok(());
    }
    let mut exported = FolderReport {
        path: vec!["(orphans)".to_owned()],
        ..FolderReport::default()
    };
    exported.counts.expected = found.len() as u64;
    let mut outputs = Outputs::new(to, 0, &exported.path, keeper);
    for orphan in found {
        let finding = Finding::lossy(
            "PST-ITEM-ORPHAN",
            format!(
                "no folder lists this item; it says that it belongs to folder {:#x}",
                orphan.folder
            ),
        );
        one(
            prepare(pst, orphan.nid, options),
            options,
            &mut exported,
            &mut outputs,
            Some(finding),
        )?;
    }
    exported.files = outputs.finish()?;
    report.counts.add(&exported.counts);
    report.folders.push(exported);
    Ok(())
}

/// How one item ended, before the policy was asked.
struct Ended {
    verdict: Verdict,
    findings: Vec<Finding>,
}

fn write(
    batch: &mut Batch<'_>,
    options: &ExportOptions,
    folder: &mut FolderReport,
    outputs: &mut Outputs<'_>,
) -> Result<()> {
    outputs.batch(batch)?;
    folder.add(&batch.tally);
    match batch.last.take() {
        Some(item) => one(item, options, folder, outputs, None),
        None => Ok(()),
    }
}

fn one(
    item: Prepared<'_>,
    options: &ExportOptions,
    folder: &mut FolderReport,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<()> {
    let mut tally = Tally::default();
    let ended = match item {
        Prepared::Failed(error) => {
            tally.counts.failed += 1;
            tally.findings(&[Finding::lossy("PST-ITEM-UNREADABLE", error.to_string())]);
            folder.add(&tally);
            return Ok(());
        }
        Prepared::Excluded => {
            folder.counts.excluded += 1;
            return Ok(());
        }
        Prepared::Unknown(message) => {
            let finding = Finding::lossy(
                "PST-CLASS-UNKNOWN",
                format!("no other form is known for the class {:?}", message.class()),
            );
            manual(&message, outputs, None, vec![finding])?
        }
        Prepared::Mail {
            message,
            mail: converted,
        } => mail(&message, converted, options, outputs, orphan)?,
        Prepared::Other {
            message,
            family,
            converted,
        } => other(&message, family, converted, options, outputs, orphan)?,
    };
    tally.ended(ended.verdict, &ended.findings, options);
    folder.add(&tally);
    Ok(())
}

fn mail(
    message: &Message<'_>,
    converted: Result<Mail<'_>>,
    options: &ExportOptions,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<Ended> {
    if let Ok(mail) = &converted
        && orphan.is_none()
        && (mail.verdict() != Verdict::Manual || is_accepted(mail.findings(), options))
        && outputs.mail(Told::of(message, mail))? == Written::Whole
    {
        return Ok(Ended {
            verdict: mail.verdict(),
            findings: mail.findings().to_vec(),
        });
    }
    // A person looks at it: all that can be read of its attachments is read now.
    let converted = converted.and_then(|_| message.mail());
    let mail = match converted {
        Ok(mail) => mail,
        Err(error) => {
            let mut findings = vec![Finding::lossy("PST-LIMIT", error.to_string())];
            findings.extend(orphan);
            return manual(message, outputs, None, findings);
        }
    };
    let mut findings = mail.findings().to_vec();
    let mut verdict = mail.verdict();
    if let Some(orphan) = orphan {
        findings.push(orphan);
        verdict = Verdict::Manual;
    }
    let damage = || mail.write_to(&mut std::io::sink()).err();
    if let Some(error) = mail.is_streamed().then(damage).flatten() {
        findings.push(Finding::lossy("PST-ATTACHMENT-UNREADABLE", error.to_string()));
        return manual(message, outputs, None, findings);
    }
    if verdict == Verdict::Manual && !is_accepted(&findings, options) {
        let write = |out: &mut dyn std::io::Write| mail.write_to(out);
        return manual(message, outputs, Some(("eml", &write)), findings);
    }
    outputs.mail(Told {
        verdict,
        findings: &findings,
        ..Told::of(message, &mail)
    })?;
    Ok(Ended { verdict, findings })
}

fn other(
    message: &Message<'_>,
    family: Family,
    converted: Option<Converted>,
    options: &ExportOptions,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<Ended> {
    let Some(converted) = converted else {
        return manual(message, outputs, None, Vec::new());
    };
    let mut findings = converted.findings.clone();
    let mut verdict = converted.verdict;
    if let Some(orphan) = orphan {
        findings.push(orphan);
        verdict = Verdict::Manual;
    }
    let alone = output::alone(family, &converted);
    let write = |out: &mut dyn std::io::Write| {
        out.write_all(alone.as_bytes())
            .map_err(|error| Error::io("write", "an item", error))
    };
    let unfit = converted.component.is_empty();
    if unfit || (verdict == Verdict::Manual && !is_accepted(&findings, options)) {
        return manual(
            message,
            outputs,
            (!unfit).then_some((family.extension(), &write)),
            findings,
        );
    }
    outputs.component(message.nid(), family, &converted)?;
    Ok(Ended { verdict, findings })
}

type Best<'a> = Option<(&'a str, &'a dyn Fn(&mut dyn std::io::Write) -> Result<()>)>;

/// Keeps an item as it is, and the best that can be made of it.
fn manual(
    message: &Message<'_>,
    outputs: &mut Outputs<'_>,
    best: Best<'_>,
    findings: Vec<Finding>,
) -> Result<Ended> {
    let directory = outputs.manual(message.nid());
    dump::dump(message, &directory, &findings)?;
    if let Some((extension, write)) = best {
        let path = directory.join(format!("item.{extension}"));
        // What is damaged is told by the findings; what could be written of it is still of use.
        tegu_outcome::file::write(&path, |out| {
            let _ = write(out);
            Ok(())
        })?;
    }
    Ok(Ended {
        verdict: Verdict::Manual,
        findings,
    })
}
