//! Folders and what they hold ([MS-PST] section 2.4.4).

use super::{Pst, Text};
use crate::{
    Error, Finding, Result,
    bytes::{damaged, u32},
    ltp::{Properties, Table, Value},
    tag::{self, nid},
};
use std::collections::{HashMap, HashSet};
use tegu_message::FolderRole;

/// A folder.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Folder {
    /// The node.
    pub nid: u32,
    /// The folder above.
    pub parent: Option<u32>,
    /// The names from the top of the mailbox down to this folder. No two folders have the same path: a name that is there twice
    /// below one folder gets a number.
    pub path: Vec<String>,
    /// The class of its items, such as `IPF.Contact`; `None` for mail.
    pub class: Option<String>,
    /// What it is for, if that can be told.
    pub role: Option<FolderRole>,
    /// Whether it only refers to items of other folders.
    pub search: bool,
    /// Whether it lies below the top of what Outlook shows.
    pub visible: bool,
    /// The number of items that it says to hold.
    pub declared: Option<i64>,
}

/// All folders of a file.
#[derive(Debug, Default)]
#[non_exhaustive]
pub struct Folders {
    /// The folders, each below the one above it.
    pub folders: Vec<Folder>,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// The items of a folder, by their nodes.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Contents {
    /// Items, in the order of the file.
    pub items: Vec<u32>,
    /// Items that Outlook does not show: settings, views, rules.
    pub hidden: Vec<u32>,
    /// What could not be read.
    pub findings: Vec<Finding>,
}

/// The node of an entry identifier of this file.
pub(crate) fn own_folder(entry: &[u8]) -> Option<u32> {
    (entry.len() == 24).then(|| u32(entry, 20).ok()).flatten()
}

impl Pst {
    /// All folders: those that the hierarchy has, and those that only the node database has.
    ///
    /// # Errors
    ///
    /// [`Limit`](crate::ErrorKind::Limit) if there are more than the limit `folders`.
    pub fn folders(&self) -> Result<Folders> {
        let mut walk = Walk {
            pst: self,
            seen: HashSet::new(),
            result: Folders::default(),
        };
        walk.below(nid::ROOT_FOLDER, None)?;
        walk.lost()?;
        let mut result = walk.result;
        self.paths(&mut result);
        self.roles(&mut result);
        Ok(result)
    }

    /// The items of a folder. Those of a search folder belong to other folders, and are not listed.
    #[must_use]
    pub fn contents(&self, folder: &Folder) -> Contents {
        let mut contents = Contents::default();
        if folder.search {
            return contents;
        }
        let path = folder.path.join("/");
        let mut list = |kind, name: &str| {
            let table = self
                .node(nid::with_kind(folder.nid, kind))
                .and_then(|node| node.map(Table::open).transpose());
            match table {
                Ok(Some(table)) => {
                    if let Some(first) = table.damage().first() {
                        contents.findings.push(Finding::lossy(
                            "PST-TABLE-DAMAGED",
                            format!("{path}: {name}: {first} ({} in all)", table.damage().len()),
                        ));
                    }
                    table.ids().collect()
                }
                Ok(None) => Vec::new(),
                Err(error) => {
                    contents.findings.push(Finding::lossy(
                        "PST-TABLE-UNREADABLE",
                        format!("{path}: {name}: {error}"),
                    ));
                    Vec::new()
                }
            }
        };
        let items: Vec<u32> = list(nid::CONTENTS, "items");
        contents.hidden = list(nid::ASSOCIATED_CONTENTS, "hidden items");
        if let Some(declared) = folder.declared.filter(|declared| *declared != items.len() as i64) {
            contents.findings.push(Finding::lossy(
                "PST-FOLDER-COUNT",
                format!(
                    "{path}: the folder says that it holds {declared} items, its table lists {}",
                    items.len()
                ),
            ));
        }
        contents.items = items;
        contents
    }

    /// Gives each folder its path. What lies above the top of the mailbox is left out of it.
    fn paths(&self, result: &mut Folders) {
        let top = self.subtree().or_else(|| {
            // An OST does not say it.
            let top = |folder: &&Folder| folder.path.last().is_some_and(|name| name == "IPM_SUBTREE");
            result.folders.iter().find(top).map(|folder| folder.nid)
        });
        let mut paths: HashMap<u32, (Vec<String>, bool)> = HashMap::new();
        let mut taken: HashSet<Vec<String>> = HashSet::new();
        for folder in &mut result.folders {
            let name = folder.path.pop().unwrap_or_default();
            let above = folder.parent.and_then(|parent| paths.get(&parent));
            let (mut path, visible) = above.cloned().unwrap_or_default();
            if Some(folder.nid) == top {
                paths.insert(folder.nid, (Vec::new(), true));
                folder.visible = true;
                folder.path = Vec::new();
                continue;
            }
            if folder.nid == nid::ROOT_FOLDER {
                paths.insert(folder.nid, (Vec::new(), top.is_none()));
                folder.path = Vec::new();
                continue;
            }
            let name = if name.is_empty() {
                format!("{:#x}", folder.nid)
            } else {
                name
            };
            path.push(name.clone());
            let mut number = 1;
            while !taken.insert(path.clone()) {
                number += 1;
                path.pop();
                path.push(format!("{name} ({number})"));
            }
            if number > 1 {
                result.findings.push(Finding::info(
                    "PST-FOLDER-RENAMED",
                    format!(
                        "two folders have one name; one of them is called {}",
                        path.join("/")
                    ),
                ));
            }
            folder.path = path.clone();
            folder.visible = visible;
            paths.insert(folder.nid, (path, visible));
        }
    }
}

struct Walk<'p> {
    pst: &'p Pst,
    seen: HashSet<u32>,
    result: Folders,
}

impl Walk<'_> {
    fn finding(&mut self, code: &'static str, message: String) {
        // A damaged file has few kinds of damage, and may have them everywhere.
        if self.result.findings.len() < 1000 {
            self.result.findings.push(Finding::lossy(code, message));
        }
    }

    /// A folder and all below it.
    fn below(&mut self, nid: u32, parent: Option<u32>) -> Result<()> {
        let mut stack = vec![(nid, parent)];
        while let Some((nid, parent)) = stack.pop() {
            if !self.seen.insert(nid) {
                self.finding(
                    "PST-FOLDER-TWICE",
                    format!("folder {nid:#x} lies at two places, or below itself"),
                );
                continue;
            }
            if self.seen.len() > self.pst.options.limits.folders {
                return Err(crate::bytes::exceeded("more folders than the limit `folders`"));
            }
            match self.read(nid, parent) {
                Ok(folder) => self.result.folders.push(folder),
                Err(error) => {
                    // Its items may be readable all the same.
                    self.finding("PST-FOLDER-UNREADABLE", format!("folder {nid:#x}: {error}"));
                    self.result.folders.push(unnamed(nid, parent));
                }
            }
            match self.children(nid) {
                Ok(children) => stack.extend(children.into_iter().rev().map(|child| (child, Some(nid)))),
                Err(error) => {
                    self.finding(
                        "PST-HIERARCHY-UNREADABLE",
                        format!("folders below {nid:#x}: {error}"),
                    );
                }
            }
        }
        Ok(())
    }

    fn children(&mut self, nid: u32) -> Result<Vec<u32>> {
        if nid::kind(nid) == nid::SEARCH_FOLDER {
            return Ok(Vec::new());
        }
        let Some(node) = self.pst.node(nid::with_kind(nid, nid::HIERARCHY))? else {
            return Ok(Vec::new());
        };
        let table = Table::open(node)?;
        if let Some(first) = table.damage().first() {
            self.finding(
                "PST-HIERARCHY-DAMAGED",
                format!("folders below {nid:#x}: {first}"),
            );
        }
        // The root is its own parent in some files.
        let folder = |id: &u32| matches!(nid::kind(*id), nid::FOLDER | nid::SEARCH_FOLDER) && *id != nid;
        Ok(table.ids().filter(folder).collect())
    }

    fn read(&self, nid: u32, parent: Option<u32>) -> Result<Folder> {
        let node = self
            .pst
            .node(nid)?
            .ok_or_else(|| damaged("it is not in the file"))?;
        let properties = Properties::open(node)?;
        let page = self.pst.options.code_page;
        let text = |id| -> Result<Option<Text>, Error> {
            Ok(properties.get(id)?.and_then(|value| Text::of(&value, page)))
        };
        let name = text(tag::DISPLAY_NAME)?.unwrap_or_default().text;
        Ok(Folder {
            path: vec![name],
            class: text(tag::CONTAINER_CLASS)?
                .map(|class| class.text)
                .filter(|class| !class.is_empty()),
            declared: properties
                .get(tag::CONTENT_COUNT)?
                .as_ref()
                .and_then(Value::integer),
            ..unnamed(nid, parent)
        })
    }

    /// Folders that no hierarchy has, each below what its node names as its parent.
    fn lost(&mut self) -> Result<()> {
        let mut lost = Vec::new();
        self.pst.ndb.walk_nodes(
            &mut |entry| {
                if nid::kind(entry.nid) == nid::FOLDER && !self.seen.contains(&entry.nid) {
                    lost.push((entry.nid, entry.parent));
                }
            },
            &mut |_| {},
        );
        // A parent that is lost itself comes first, so that its children find it.
        let parents: HashMap<u32, u32> = lost.iter().copied().collect();
        let depth = |nid: u32| {
            let mut seen = HashSet::from([nid]);
            let mut at = nid;
            while let Some(parent) = parents.get(&at).filter(|parent| seen.insert(**parent)) {
                at = *parent;
                if seen.len() > 64 {
                    break;
                }
            }
            seen.len()
        };
        lost.sort_by_cached_key(|(nid, _)| depth(*nid));
        for (nid, parent) in lost {
            if self.seen.contains(&nid) {
                continue;
            }
            self.finding(
                "PST-FOLDER-LOST",
                format!("folder {nid:#x} is in the file, but not in the hierarchy"),
            );
            let parent = Some(parent).filter(|parent| self.seen.contains(parent));
            self.below(nid, parent)?;
        }
        Ok(())
    }
}

fn unnamed(nid: u32, parent: Option<u32>) -> Folder {
    Folder {
        nid,
        parent,
        path: vec![String::new()],
        class: None,
        role: None,
        search: nid::kind(nid) == nid::SEARCH_FOLDER,
        visible: false,
        declared: None,
    }
}
