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
//! NID is the node in hexadecimal digits, which no two folders or items share. Files are private and appear as a whole; the same
//! export may be started again after a crash, and writes the same.

mod dump;
mod mbox;
mod output;

use crate::{Error, Finding, Kind, Message, Pst, Result, Role, Severity, Verdict};
use output::Outputs;
use serde::Serialize;
use std::{
    collections::{BTreeMap, BTreeSet, HashSet},
    path::Path,
};

/// A kind of things that can be asked for.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd, Serialize)]
#[serde(rename_all = "lowercase")]
#[non_exhaustive]
pub enum Family {
    /// Mail, posts, reports and meeting messages.
    Mail,
    /// Appointments.
    Calendars,
    /// Contacts and private lists.
    Contacts,
    /// Tasks.
    Tasks,
    /// Notes and entries of the journal.
    Notes,
}

impl Family {
    /// All of them.
    pub const ALL: [Self; 5] = [
        Self::Mail,
        Self::Calendars,
        Self::Contacts,
        Self::Tasks,
        Self::Notes,
    ];

    /// The name in arguments, reports and paths.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Calendars => "calendars",
            Self::Contacts => "contacts",
            Self::Tasks => "tasks",
            Self::Notes => "notes",
        }
    }

    /// By its name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|family| family.name() == name)
    }

    /// The family of a kind; `None` for what has to be looked at.
    #[must_use]
    pub fn of(kind: Kind) -> Option<Self> {
        Some(match kind {
            Kind::Mail | Kind::Meeting => Self::Mail,
            Kind::Appointment => Self::Calendars,
            Kind::Contact | Kind::List => Self::Contacts,
            Kind::Task => Self::Tasks,
            Kind::Note | Kind::Journal => Self::Notes,
            Kind::Other => return None,
        })
    }

    pub(crate) fn extension(self) -> &'static str {
        match self {
            Self::Mail => "mbox",
            Self::Contacts => "vcf",
            Self::Calendars | Self::Tasks | Self::Notes => "ics",
        }
    }
}

/// What is written.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct ExportOptions {
    families: BTreeSet<Family>,
    accept: BTreeSet<String>,
    recoverable: bool,
}

impl Default for ExportOptions {
    fn default() -> Self {
        Self {
            families: Family::ALL.into(),
            accept: BTreeSet::new(),
            recoverable: false,
        }
    }
}

impl ExportOptions {
    /// Only these kinds of things; items of others are excluded.
    #[must_use]
    pub fn families(mut self, families: impl IntoIterator<Item = Family>) -> Self {
        self.families = families.into_iter().collect();
        self
    }

    /// Losses that are accepted, by their codes. An item with no other loss is written like one without any.
    #[must_use]
    pub fn accept(mut self, codes: impl IntoIterator<Item = String>) -> Self {
        self.accept.extend(codes);
        self
    }

    /// Whether items of the folder Recoverable Items, which their owner had deleted for good, are written. The default is no.
    #[must_use]
    pub fn recoverable(mut self, recoverable: bool) -> Self {
        self.recoverable = recoverable;
        self
    }
}

/// How the items of a folder ended. The sum of all but `expected` is `expected`.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Counts {
    /// Rows of the folder's table, or orphans.
    pub expected: u64,
    /// Written, and proved to be the original octets.
    pub exact: u64,
    /// Written, and read again as what the file holds.
    pub faithful: u64,
    /// Written with a loss that was accepted.
    pub accepted: u64,
    /// Left for a person, in `manual`.
    pub manual: u64,
    /// Could not be read at all.
    pub failed: u64,
    /// Of a kind that was not asked for, deleted for good by its owner, or listed a second time.
    pub excluded: u64,
}

impl Counts {
    /// Whether each item ended in one way.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.exact + self.faithful + self.accepted + self.manual + self.failed + self.excluded
            == self.expected
    }

    fn add(&mut self, other: &Self) {
        self.expected += other.expected;
        self.exact += other.exact;
        self.faithful += other.faithful;
        self.accepted += other.accepted;
        self.manual += other.manual;
        self.failed += other.failed;
        self.excluded += other.excluded;
    }
}

/// What became of a folder.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct FolderReport {
    /// The node.
    pub nid: u32,
    /// The names from the top of the mailbox down.
    pub path: Vec<String>,
    /// How its items ended.
    pub counts: Counts,
    /// Hidden items, which are settings and not written.
    pub hidden: u64,
    /// Findings of its items by code, with how many items have them.
    pub findings: BTreeMap<String, u64>,
    /// The files that were written.
    pub files: Vec<String>,
}

/// What became of a file.
#[derive(Clone, Debug, Default, Serialize)]
#[non_exhaustive]
pub struct Report {
    /// How all items ended.
    pub counts: Counts,
    /// Folders, and at the end the orphans if there are any.
    pub folders: Vec<FolderReport>,
    /// What was noticed about the file, its folders and its tables.
    pub findings: Vec<Finding>,
}

impl Report {
    /// Whether each item of each folder ended in one way.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.counts.balances() && self.folders.iter().all(|folder| folder.counts.balances())
    }

    /// Whether something is left for a person: an item, or damage of the file.
    #[must_use]
    pub fn is_manual(&self) -> bool {
        self.counts.manual > 0
            || self
                .findings
                .iter()
                .any(|finding| finding.severity == Severity::Lossy)
    }
}

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
            for id in fresh {
                one(pst, id, options, &mut exported, &mut outputs, None)?;
            }
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
            pst,
            orphan.nid,
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
    pst: &Pst,
    id: u32,
    options: &ExportOptions,
    folder: &mut FolderReport,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<()> {
    let message = match pst.message(id) {
        Ok(message) => message,
        Err(error) => {
            folder.counts.failed += 1;
            count(
                &mut folder.findings,
                [&Finding::lossy("PST-ITEM-UNREADABLE", error.to_string())],
            );
            return Ok(());
        }
    };
    let kind = message.kind();
    let family = Family::of(kind);
    if family.is_some_and(|family| !options.families.contains(&family)) {
        folder.counts.excluded += 1;
        return Ok(());
    }
    let ended = match family {
        None => {
            let finding = Finding::lossy(
                "PST-CLASS-UNKNOWN",
                format!("no other form is known for the class {:?}", message.class()),
            );
            manual(&message, outputs, None, vec![finding])?
        }
        Some(Family::Mail) => mail(&message, options, outputs, orphan)?,
        Some(family) => other(&message, family, options, outputs, orphan)?,
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
    options: &ExportOptions,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<Ended> {
    let mail = match message.mail() {
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
    // A message that is written piece by piece is read to its end before anything of it is in a file.
    if mail.octets().is_none()
        && let Err(error) = mail.write_to(&mut std::io::sink())
    {
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
    options: &ExportOptions,
    outputs: &mut Outputs<'_>,
    orphan: Option<Finding>,
) -> Result<Ended> {
    let Some(converted) = message.convert() else {
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
