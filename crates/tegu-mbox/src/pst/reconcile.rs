//! Compares the contents of a PST with what arrived.

use std::collections::{BTreeMap, BTreeSet};

use super::loss::Loss;

/// The number of items of each class in each folder of a PST.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Census {
    /// Folders as paths below the store's top, and in each the message classes (`IPM.Note` and so on) and their
    /// numbers. Folders without items are there too.
    pub folders: BTreeMap<Vec<String>, BTreeMap<String, u64>>,
    /// What could not be read, each in a sentence that names the folder.
    pub problems: Vec<String>,
}

/// One folder of a [`Reconciled`] census.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Row {
    /// The folder's path.
    pub path: Vec<String>,
    /// Messages that the PST holds there: mail, reports, meeting requests.
    pub expected: u64,
    /// Messages that arrived.
    pub arrived: u64,
    /// Items that are not mail, and move in another way: calendars, contacts, lists, tasks, notes.
    pub manual: u64,
}

/// A census, compared with what arrived.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Reconciled {
    /// Every folder that either of them names.
    pub rows: Vec<Row>,
    /// [`Loss::ItemsMissing`] for each folder in which fewer messages arrived than it holds, and [`Loss::ListsMissing`] for each
    /// that holds private lists.
    pub losses: Vec<Loss>,
}

impl Census {
    /// Counts `count` items of `class` in the folder `path`.
    pub fn add(&mut self, path: Vec<String>, class: &str, count: u64) {
        let classes = self.folders.entry(path).or_default();
        if count > 0 {
            *classes.entry(class.to_owned()).or_default() += count;
        }
    }

    /// How many items there are in all.
    pub fn items(&self) -> u64 {
        self.folders.values().flat_map(BTreeMap::values).sum()
    }

    /// Compares with the number of messages in each folder of the converter's output. The top folder that readpst adds is
    /// ignored, and characters that file names cannot contain count as equal.
    ///
    /// ```
    /// use tegu_mbox::pst::{Census, Loss};
    ///
    /// let path = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect::<Vec<_>>();
    /// let mut census = Census::default();
    /// census.add(path(&["Inbox"]), "IPM.Note", 3);
    /// census.add(path(&["Inbox"]), "IPM.DistList", 1);
    /// let found = census.reconcile([(path(&["Personal folders", "Inbox"]), 2)]);
    /// assert_eq!((found.rows[0].expected, found.rows[0].arrived, found.rows[0].manual), (3, 2, 1));
    /// assert_eq!(found.losses[0].code(), "PST-ITEMS-MISSING");
    /// ```
    pub fn reconcile(&self, arrived: impl IntoIterator<Item = (Vec<String>, u64)>) -> Reconciled {
        let mut arrived: Vec<_> = arrived.into_iter().collect();
        let top = |path: &[String]| comparable(path).first().cloned();
        let tops: BTreeSet<_> = arrived.iter().map(|(path, _)| top(path)).collect();
        let wrapped = tops.len() == 1 && !self.folders.keys().any(|path| tops.contains(&top(path)));
        if wrapped {
            arrived.iter_mut().for_each(|(path, _)| {
                path.drain(..path.len().min(1));
            });
        }
        let mut rows: BTreeMap<Vec<String>, Row> = BTreeMap::new();
        for (path, classes) in &self.folders {
            let row = rows.entry(comparable(path)).or_insert_with(|| Row::new(path));
            for (class, count) in classes {
                *if is_mail(class) {
                    &mut row.expected
                } else {
                    &mut row.manual
                } += count;
            }
        }
        for (path, count) in &arrived {
            rows.entry(comparable(path))
                .or_insert_with(|| Row::new(path))
                .arrived += count;
        }
        let rows: Vec<Row> = rows.into_values().collect();
        let short = rows.iter().filter(|row| row.arrived < row.expected);
        let mut losses: Vec<Loss> = short
            .map(|row| Loss::ItemsMissing {
                folder: row.path.join("/"),
                expected: row.expected,
                arrived: row.arrived,
            })
            .collect();
        for (path, classes) in &self.folders {
            let lists = classes.iter().filter(|(class, _)| is_list(class));
            let count = lists.map(|(_, count)| count).sum();
            if count > 0 {
                losses.push(Loss::ListsMissing {
                    folder: path.join("/"),
                    count,
                });
            }
        }
        Reconciled { losses, rows }
    }
}

impl Row {
    fn new(path: &[String]) -> Self {
        Self {
            path: path.to_vec(),
            expected: 0,
            arrived: 0,
            manual: 0,
        }
    }
}

/// Private lists, which the converter leaves out.
fn is_list(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    class
        .strip_prefix("ipm.distlist")
        .is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// What the converter writes as mail.
fn is_mail(class: &str) -> bool {
    let class = class.to_ascii_lowercase();
    ["ipm.note", "ipm.schedule", "report.", "ipm.post"]
        .iter()
        .any(|start| class.starts_with(start))
        || class == "ipm"
        || class.is_empty()
}

fn comparable(path: &[String]) -> Vec<String> {
    let same = |c: char| {
        if matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|') {
            '_'
        } else {
            c
        }
    };
    path.iter()
        .map(|name| name.trim().chars().map(same).collect())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> Vec<String> {
        text.split(" > ").map(str::to_owned).collect()
    }

    #[test]
    fn nothing_is_missing_where_all_arrived() {
        let mut census = Census::default();
        census.add(path("A/B"), "IPM.Note", 2);
        census.add(path("A/B > C"), "REPORT.IPM.Note.NDR", 1);
        census.add(path("Calendar"), "IPM.Appointment", 5);
        let found = census.reconcile([(path("A_B"), 2), (path("A_B > C"), 1)]);
        assert_eq!(found.losses, []);
        assert_eq!(found.rows.iter().map(|row| row.manual).sum::<u64>(), 5);
        assert_eq!(census.items(), 8);
    }

    #[test]
    fn a_whole_folder_may_be_missing() {
        let mut census = Census::default();
        census.add(path("Inbox"), "IPM.Note.SMIME", 4);
        let found = census.reconcile([]);
        let expected = Loss::ItemsMissing {
            folder: "Inbox".to_owned(),
            expected: 4,
            arrived: 0,
        };
        assert_eq!(found.losses, [expected]);
    }
}
