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
//! Items are converted on up to three threads beside the one that writes; what is written does not depend on it.
//!
//! NID is the node in hexadecimal digits, which no two folders or items share. Files are private and appear as a whole; the same
//! export may be started again after a crash, and writes the same.

mod dump;
mod mbox;
mod output;
mod prepare;
mod report;

pub use report::{Counts, ExportOptions, Family, FolderReport, Report};

use crate::{Converted, Error, Finding, Mail, Message, Pst, Result, Role, Severity, Verdict};
use output::Outputs;
use prepare::{Prepared, prepare};
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

/// Writes the items of `pst` below the directory `to`.
///
/// # Errors
///
/// [`Io`](crate::ErrorKind::Io) if a file cannot be written; [`Limit`](crate::ErrorKind::Limit) if the file has more folders than
/// the limits allow. An item that cannot be read is counted.
pub fn export(pst: &Pst, to: &Path, options: &ExportOptions) -> Result<Report> {
    let folders = pst.folders()?;
    let mut report = Report {
        findings: pst.findings().to_vec(),
        ..Report::default()
    };
    report.findings.extend(folders.findings);
    let mut seen = HashSet::new();
    let mut recoverable = HashSet::new();
    for folder in &folders.folders {
        let hidden_away = folder.role == Some(Role::RecoverableItems)
            || folder.parent.is_some_and(|parent| recoverable.contains(&parent));
        if hidden_away {
            recoverable.insert(folder.nid);
        }
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
            let mut outputs = Outputs::new(to, folder.nid, &folder.path);
            prepare::each(pst, &fresh, options, &mut |item| {
                one(item, options, &mut exported, &mut outputs, None)
            })?;
            exported.files = outputs.finish()?;
        }
        report.counts.add(&exported.counts);
        report.folders.push(exported);
    }
    orphans(pst, to, options, &seen, &mut report)?;
    Ok(report)
}

/// Items that no folder lists are left for a person.
fn orphans(
    pst: &Pst,
    to: &Path,
    options: &ExportOptions,
    seen: &HashSet<u32>,
    report: &mut Report,
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
    let mut outputs = Outputs::new(to, 0, &exported.path);
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

fn one(
    item: Prepared<'_>,
    options: &ExportOptions,
    folder: &mut FolderReport,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<()> {
    let ended = match item {
        Prepared::Failed(error) => {
            folder.counts.failed += 1;
            count(
                &mut folder.findings,
                [&Finding::lossy("PST-ITEM-UNREADABLE", error.to_string())],
            );
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
            damage,
        } => mail(&message, converted, damage, options, outputs, orphan)?,
        Prepared::Other {
            message,
            family,
            converted,
        } => other(&message, family, converted, options, outputs, orphan)?,
    };
    count(&mut folder.findings, &ended.findings);
    let accepted = is_accepted(&ended.findings, options);
    let counter = match ended.verdict {
        Verdict::Exact => &mut folder.counts.exact,
        Verdict::Faithful => &mut folder.counts.faithful,
        Verdict::Manual if accepted => &mut folder.counts.accepted,
        Verdict::Manual => &mut folder.counts.manual,
    };
    *counter += 1;
    Ok(())
}

fn count<'a>(codes: &mut BTreeMap<String, u64>, findings: impl IntoIterator<Item = &'a Finding>) {
    let distinct: BTreeSet<&str> = findings
        .into_iter()
        .map(|finding| finding.code.as_ref())
        .collect();
    for code in distinct {
        *codes.entry(code.to_owned()).or_default() += 1;
    }
}

/// Whether all losses are accepted. Nothing is accepted of an item that has none.
fn is_accepted(findings: &[Finding], options: &ExportOptions) -> bool {
    let mut lossy = findings
        .iter()
        .filter(|finding| finding.severity == Severity::Lossy)
        .peekable();
    lossy.peek().is_some() && lossy.all(|finding| options.accept.contains(finding.code.as_ref()))
}

fn mail(
    message: &Message<'_>,
    converted: Result<Mail<'_>>,
    damage: Option<Error>,
    options: &ExportOptions,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<Ended> {
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
    if let Some(error) = damage {
        findings.push(Finding::lossy("PST-ATTACHMENT-UNREADABLE", error.to_string()));
        return manual(message, outputs, None, findings);
    }
    if verdict == Verdict::Manual && !is_accepted(&findings, options) {
        let write = |out: &mut dyn std::io::Write| mail.write_to(out);
        return manual(message, outputs, Some(("eml", &write)), findings);
    }
    outputs.mail(message.nid(), &mail, verdict, &findings)?;
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
