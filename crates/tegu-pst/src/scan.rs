//! Counts what a file holds, and checks all of it.

use crate::{Finding, Folder, Kind, Message, Pst, Result, Verdict, messaging::Method, tag::nid};
use std::collections::{BTreeMap, HashSet};

/// How a file is scanned.
#[derive(Clone, Copy, Debug)]
#[non_exhaustive]
pub struct ScanOptions {
    blocks: bool,
    verdicts: bool,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            blocks: true,
            verdicts: false,
        }
    }
}

impl ScanOptions {
    /// Whether every block of the file is read and its check sum compared, also of those that no item uses. The default is yes.
    #[must_use]
    pub fn blocks(mut self, blocks: bool) -> Self {
        self.blocks = blocks;
        self
    }

    /// Whether every item is converted, so that its verdict is known. The default is no.
    #[must_use]
    pub fn verdicts(mut self, verdicts: bool) -> Self {
        self.verdicts = verdicts;
        self
    }
}

/// What a folder holds.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct FolderScan {
    /// The node.
    pub nid: u32,
    /// The names from the top of the mailbox down.
    pub path: Vec<String>,
    /// The class of its items.
    pub class: Option<String>,
    /// What it is for.
    pub role: Option<&'static str>,
    /// Whether it only refers to items of other folders.
    pub search: bool,
    /// The number of items that it says to hold.
    pub declared: Option<i64>,
    /// Rows of its table of items.
    pub items: u64,
    /// Rows of its table of hidden items.
    pub hidden: u64,
    /// Items that could be opened, by kind. Together with `unreadable` and `twice` they add up to `items`.
    pub kinds: BTreeMap<Kind, u64>,
    /// Items whose properties could not be read.
    pub unreadable: u64,
    /// Items that another folder, or an earlier row, lists as well.
    pub twice: u64,
    /// Items by verdict, if that was asked for.
    #[cfg_attr(feature = "serde", serde(skip_serializing_if = "BTreeMap::is_empty"))]
    pub verdicts: BTreeMap<Verdict, u64>,
}

impl FolderScan {
    /// Whether each row is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.kinds.values().sum::<u64>() + self.unreadable + self.twice == self.items
    }
}

/// What a file holds.
#[derive(Clone, Debug, Default)]
#[cfg_attr(feature = "serde", derive(serde::Serialize))]
#[non_exhaustive]
pub struct Scan {
    /// `ansi`, `unicode` or `unicode-4k`.
    pub format: &'static str,
    /// `pst`, `ost` or `other`.
    pub content: &'static str,
    /// Rows of the tables of items of all folders.
    pub items: u64,
    /// Rows of the tables of hidden items of all folders.
    pub hidden: u64,
    /// Messages within messages.
    pub embedded: u64,
    /// Messages of the node database that no folder lists.
    pub orphans: u64,
    /// Messages of the node database.
    pub nodes: u64,
    /// Items by class.
    pub classes: BTreeMap<String, u64>,
    /// Hidden items by class: settings, views, rules, of which nothing is written.
    pub hidden_classes: BTreeMap<String, u64>,
    /// Blocks whose check sums were compared, if that was asked for.
    pub blocks: u64,
    /// Blocks that are damaged.
    pub damaged_blocks: u64,
    /// The folders.
    pub folders: Vec<FolderScan>,
    /// What was noticed about the file, its folders and its tables.
    pub findings: Vec<Finding>,
}

impl Scan {
    /// Whether each row of each folder is accounted for.
    #[must_use]
    pub fn balances(&self) -> bool {
        self.folders.iter().all(FolderScan::balances)
            && self.folders.iter().map(|folder| folder.items).sum::<u64>() == self.items
    }

    /// Whether something was found that a person should look at.
    #[must_use]
    pub fn is_lossy(&self) -> bool {
        self.damaged_blocks + self.orphans > 0
            || self
                .folders
                .iter()
                .any(|folder| folder.unreadable + folder.twice > 0)
            || self
                .findings
                .iter()
                .any(|finding| finding.severity == crate::Severity::Lossy)
    }
}

/// How many findings of one kind of damage are kept.
const KEPT: usize = 100;

impl Pst {
    /// Counts folders, items by class, hidden items, messages within messages and orphans, and checks all blocks.
    ///
    /// # Errors
    ///
    /// [`Limit`](crate::ErrorKind::Limit) if the file has more folders than the limits allow. Damage is counted.
    ///
    /// # Example
    ///
    /// ```no_run
    /// let pst = tegu_pst::Pst::open_file("mailbox.pst".as_ref(), Default::default())?;
    /// let scan = pst.scan(Default::default())?;
    /// assert!(scan.balances());
    /// println!("{} items, {} that no folder lists", scan.items, scan.orphans);
    /// # Ok::<(), tegu_pst::Error>(())
    /// ```
    pub fn scan(&self, options: ScanOptions) -> Result<Scan> {
        let mut scan = Scan {
            format: self.header().format.name(),
            content: self.header().content.name(),
            findings: self.findings().to_vec(),
            ..Scan::default()
        };
        let folders = self.folders()?;
        scan.findings.extend(folders.findings);
        let mut seen = HashSet::new();
        for folder in &folders.folders {
            let counted = self.scan_folder(folder, &mut scan, &mut seen, options);
            scan.items += counted.items;
            scan.hidden += counted.hidden;
            scan.folders.push(counted);
        }
        self.scan_nodes(&mut scan, &seen);
        if options.blocks {
            self.scan_blocks(&mut scan);
        }
        Ok(scan)
    }

    fn scan_folder(
        &self,
        folder: &Folder,
        scan: &mut Scan,
        seen: &mut HashSet<u32>,
        options: ScanOptions,
    ) -> FolderScan {
        let contents = self.contents(folder);
        scan.findings.extend(contents.findings);
        let mut counted = FolderScan {
            nid: folder.nid,
            path: folder.path.clone(),
            class: folder.class.clone(),
            role: folder.role.map(crate::FolderRole::name),
            search: folder.search,
            declared: folder.declared,
            items: contents.items.len() as u64,
            hidden: contents.hidden.len() as u64,
            ..FolderScan::default()
        };
        for id in &contents.hidden {
            // What cannot be read of settings is not missed.
            if let Ok(message) = self.message(*id) {
                *scan.hidden_classes.entry(message.class().to_owned()).or_default() += 1;
            }
        }
        seen.extend(&contents.hidden);
        for id in contents.items {
            if !seen.insert(id) {
                counted.twice += 1;
                continue;
            }
            let message = match self.message(id) {
                Ok(message) => message,
                Err(error) => {
                    counted.unreadable += 1;
                    if counted.unreadable <= KEPT as u64 {
                        scan.findings
                            .push(Finding::lossy("PST-ITEM-UNREADABLE", error.to_string()));
                    }
                    continue;
                }
            };
            *scan.classes.entry(message.class().to_owned()).or_default() += 1;
            *counted.kinds.entry(Kind::of(message.class())).or_default() += 1;
            let mut budget = self.options.limits.parts;
            scan.embedded += embedded(&message, &mut budget);
            if options.verdicts {
                let verdict = crate::convert::verdict(&message);
                *counted.verdicts.entry(verdict).or_default() += 1;
            }
        }
        counted
    }

    fn scan_nodes(&self, scan: &mut Scan, seen: &HashSet<u32>) {
        let mut damage = Vec::new();
        let orphans = self.orphans(seen, &mut |error| {
            if damage.len() < KEPT {
                damage.push(Finding::lossy("PST-NODES-UNREADABLE", error.to_string()));
            }
        });
        scan.orphans = orphans.len() as u64;
        for orphan in orphans.iter().take(KEPT) {
            scan.findings.push(Finding::lossy(
                "PST-ITEM-ORPHAN",
                format!(
                    "item {:#x} of folder {:#x} is listed by no folder",
                    orphan.nid, orphan.folder
                ),
            ));
        }
        scan.findings.extend(damage);
        // Damage was told above.
        self.ndb.walk_nodes(
            &mut |entry| scan.nodes += u64::from(nid::kind(entry.nid) == nid::MESSAGE),
            &mut |_| {},
        );
    }

    fn scan_blocks(&self, scan: &mut Scan) {
        let mut damage = Vec::new();
        let (mut blocks, mut damaged) = (0, 0);
        let mut unreadable = 0;
        let mut kept = Vec::new();
        self.ndb.walk_blocks(
            &mut |entry| {
                blocks += 1;
                if let Err(error) = self.ndb.block_at(&entry) {
                    damaged += 1;
                    if kept.len() < KEPT {
                        kept.push(Finding::lossy("PST-BLOCK-DAMAGED", error.to_string()));
                    }
                }
            },
            &mut |error| {
                unreadable += 1;
                if damage.len() < KEPT {
                    damage.push(Finding::lossy("PST-BLOCKS-UNREADABLE", error.to_string()));
                }
            },
        );
        scan.blocks = blocks;
        scan.damaged_blocks = damaged + unreadable;
        scan.findings.extend(kept);
        scan.findings.extend(damage);
    }
}

/// How many messages lie within a message, at all depths. What cannot be read is told when the message is converted.
fn embedded(message: &Message<'_>, budget: &mut usize) -> u64 {
    let mut count = 0;
    for id in message.attachment_ids().unwrap_or_default() {
        if *budget == 0 {
            break;
        }
        *budget -= 1;
        let Ok(attachment) = message.attachment(id) else {
            continue;
        };
        if matches!(attachment.method(), Ok(Method::Message))
            && let Ok(within) = attachment.message()
        {
            count += 1 + embedded(&within, budget);
        }
    }
    count
}
