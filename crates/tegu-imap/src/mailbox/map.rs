//! From source names to target names.

use std::collections::{BTreeMap, BTreeSet};

use unicode_normalization::UnicodeNormalization;

use super::layout::{NUMBER, TOP, TargetLayout, cut};
use super::{FolderRole, Mailbox, MailboxName, encode_mutf7};
use crate::finding::Finding;

/// Where the messages of one source mailbox go.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Mapping {
    /// The source mailbox.
    pub source: MailboxName,
    /// The target mailbox.
    pub target: MailboxName,
    /// What it is for.
    pub role: Option<FolderRole>,
    /// Whether the target mailbox must be created.
    pub create: bool,
}

/// The names of a whole mailbox tree, and what could not be kept.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct NamePlan {
    /// One mapping for each source mailbox that can hold mail, parents before children.
    pub mappings: Vec<Mapping>,
    /// Folders that hold no mail, changed names, collisions.
    pub findings: Vec<Finding>,
}

/// Decides the target name of each source mailbox.
///
/// Folders with a role go to the folder of that role which the target has already, whatever its name; children follow
/// their parents. Other names are kept, the delimiter translated. No two source mailboxes go to one target mailbox. The
/// order in which the server lists them makes no difference.
///
/// ```
/// use tegu_imap::mailbox::{Mailbox, MailboxName, TargetLayout, plan_names};
///
/// let folder = |name, attribute: &str| Mailbox::new(MailboxName::new(name).unwrap(), Some('/'), vec![attribute.into()]);
/// let source = [folder("Отправленные", ""), folder("Отправленные/2023", ""), folder("Календарь", "")];
/// let target = TargetLayout::new(Some('/'), "", vec![folder("Sent", "\\Sent")]);
/// let plan = plan_names(&source, &target);
/// assert_eq!(plan.mappings[1].target.as_str(), "Sent/2023");
/// assert_eq!(plan.findings[0].code(), "IMAP-FOLDER-NOT-MAIL");
/// ```
pub fn plan_names(source: &[Mailbox], target: &TargetLayout) -> NamePlan {
    plan_names_again(source, target, &BTreeMap::new())
}

/// The same for a tree of which an earlier pass copied something: what went to a mailbox that the target still has goes
/// there again, whatever was added on either side since.
pub fn plan_names_again(
    source: &[Mailbox],
    target: &TargetLayout,
    earlier: &BTreeMap<MailboxName, MailboxName>,
) -> NamePlan {
    let mut planner = Planner {
        target,
        plan: NamePlan::default(),
        taken: BTreeSet::new(),
        known: BTreeMap::new(),
        settled: BTreeMap::new(),
    };
    let mut order: Vec<&Mailbox> = source.iter().collect();
    planner.settle(&order, earlier);
    // Parents first; INBOX before folders that are named like it, and folders whose role the server itself states
    // before those that only look like it.
    order.sort_by_key(|mailbox| {
        (
            !mailbox.name.is_inbox(),
            mailbox.name.components(mailbox.delimiter).len(),
            mailbox.special_use.is_none(),
            mailbox.name.raw(),
        )
    });
    for mailbox in order {
        planner.add(mailbox);
    }
    planner.plan
}

struct Planner<'a> {
    target: &'a TargetLayout,
    plan: NamePlan,
    /// Target names in use, folded.
    taken: BTreeSet<String>,
    /// Source paths that have been decided.
    known: BTreeMap<Vec<String>, String>,
    /// Where source mailboxes go that an earlier pass copied.
    settled: BTreeMap<&'a MailboxName, &'a MailboxName>,
}

impl<'a> Planner<'a> {
    /// Keeps the names of an earlier pass from being given to others.
    fn settle(&mut self, source: &[&'a Mailbox], earlier: &'a BTreeMap<MailboxName, MailboxName>) {
        for name in source.iter().map(|mailbox| &mailbox.name) {
            let still_there = |name: &&MailboxName| {
                let same = |mailbox: &Mailbox| mailbox.selectable && mailbox.name == **name;
                self.target.mailboxes.iter().any(same)
            };
            if let Some(target) = earlier.get(name).filter(still_there)
                && self.taken.insert(fold(target.as_str()))
            {
                self.settled.insert(name, target);
            }
        }
    }

    fn add(&mut self, mailbox: &Mailbox) {
        let components = mailbox.name.components(mailbox.delimiter);
        // What the server marks as a folder of mail is one, whatever its name.
        let marked = mailbox.special_use.is_some();
        if let Some(role) = non_mail_role(&components).filter(|_| !marked) {
            self.plan.findings.push(Finding::FolderNotMail {
                name: mailbox.name.clone(),
                role,
            });
            return;
        }
        let role = mailbox.role();
        if let Some(target) = self.settled.get(&mailbox.name).map(|&target| target.clone()) {
            self.known.insert(path(&components), target.as_str().to_owned());
            if mailbox.selectable {
                self.plan.mappings.push(Mapping {
                    source: mailbox.name.clone(),
                    target,
                    role,
                    create: false,
                });
            }
            return;
        }
        let wanted = self
            .by_role(role)
            .unwrap_or_else(|| self.by_path(mailbox, &components));
        let free = self.free_name(&wanted);
        // The name was made of parts without control characters, so it is always a name.
        let Ok(mut name) = MailboxName::new(&free) else {
            return;
        };
        let existing = self
            .target
            .mailboxes
            .iter()
            .find(|mailbox| fold(mailbox.name.as_str()) == fold(&free));
        if let Some(existing) = existing {
            name = existing.name.clone();
        }
        if free != wanted {
            let finding = Finding::NameCollision {
                name: mailbox.name.clone(),
                target: name.clone(),
            };
            self.plan.findings.push(finding);
        }
        self.taken.insert(fold(&free));
        self.known.insert(path(&components), name.as_str().to_owned());
        if mailbox.selectable {
            let create = existing.is_none_or(|mailbox| !mailbox.selectable) && !name.is_inbox();
            self.plan.mappings.push(Mapping {
                source: mailbox.name.clone(),
                target: name,
                role,
                create,
            });
        }
    }

    /// The folder that the target has for this role, unless another source folder got it.
    fn by_role(&self, role: Option<FolderRole>) -> Option<String> {
        let role = role?;
        if role == FolderRole::Inbox {
            return Some("INBOX".to_owned()).filter(|name| !self.taken.contains(&fold(name)));
        }
        let fits = |mailbox: &&Mailbox| mailbox.selectable && mailbox.role() == Some(role);
        // What the server marks comes before what is only named so.
        let mut candidates: Vec<&Mailbox> = self.target.mailboxes.iter().filter(fits).collect();
        candidates.sort_by_key(|mailbox| mailbox.special_use.is_none());
        let first = candidates.first()?.name.as_str();
        (!self.taken.contains(&fold(first))).then(|| first.to_owned())
    }

    /// The name below the nearest ancestor that was decided, or at the top.
    fn by_path(&mut self, mailbox: &Mailbox, components: &[&str]) -> String {
        let delimiter = self.target.delimiter;
        let (mut name, mut changed) = (None, false);
        let mut done = 0;
        for depth in (1..components.len()).rev() {
            if let Some(parent) = self.known.get(&path(components.get(..depth).unwrap_or_default())) {
                (name, done) = (Some(parent.clone()), depth);
                break;
            }
        }
        for component in components.get(done..).unwrap_or_default() {
            let part = self.target.part_for(component, name.as_deref());
            // A parent that was not listed itself; its one name needs no prefix.
            let inbox = name.is_none() && part.eq_ignore_ascii_case("INBOX");
            changed |= part != *component && !inbox;
            name = Some(match (name, delimiter) {
                (None, _) if inbox => "INBOX".to_owned(),
                (None, _) => format!("{}{part}", self.target.prefix),
                (Some(parent), Some(delimiter)) => format!("{parent}{delimiter}{part}"),
                (Some(parent), None) => {
                    changed = true;
                    format!("{parent} - {part}")
                }
            });
        }
        let mut name = name.unwrap_or_else(|| format!("{}_", self.target.prefix));
        if encode_mutf7(&name).len() + NUMBER > self.target.name_octets {
            // Too deep: it goes to the top, where there is room for what it is called.
            let last = components.last().copied().unwrap_or_default();
            let part = cut(&self.target.part_for(last, None), mailbox.name.as_str(), TOP);
            name = format!("{}{part}", self.target.prefix);
            changed = true;
        }
        if let (true, Ok(target)) = (changed, MailboxName::new(&name)) {
            self.plan.findings.push(Finding::NameChanged {
                name: mailbox.name.clone(),
                target,
            });
        }
        name
    }

    fn free_name(&self, wanted: &str) -> String {
        if !self.taken.contains(&fold(wanted)) {
            return wanted.to_owned();
        }
        // Ends: each round tries a new name, and only finitely many are taken.
        let numbered = (2_u32..).map(|number| format!("{wanted} ({number})"));
        numbered
            .into_iter()
            .find(|name| !self.taken.contains(&fold(name)))
            .unwrap_or_default()
    }
}

/// Non-mail by the top level alone, so that "Projects/Notes" stays the user's own folder, while what lies below
/// Calendar is part of it.
fn non_mail_role(components: &[&str]) -> Option<FolderRole> {
    let top = match components {
        [inbox, name, ..] if inbox.eq_ignore_ascii_case("INBOX") => name,
        [name, ..] => name,
        [] => return None,
    };
    super::role_of(top).filter(|role| role.is_non_mail())
}

fn path(components: &[&str]) -> Vec<String> {
    components.iter().map(|&component| component.to_owned()).collect()
}

/// Names that some servers hold to be the same fold to the same text.
fn fold(name: &str) -> String {
    name.nfc().flat_map(char::to_lowercase).collect()
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::quirks::Quirks;
    use proptest::prelude::*;

    fn folder(name: &str, delimiter: char, attributes: &[&str]) -> Mailbox {
        let attributes = attributes
            .iter()
            .map(|attribute| (*attribute).to_owned())
            .collect();
        Mailbox::new(MailboxName::new(name).unwrap(), Some(delimiter), attributes)
    }

    fn targets(source: &[Mailbox], target: &TargetLayout) -> Vec<(String, String, bool)> {
        let plan = plan_names(source, target);
        let row = |mapping: Mapping| {
            (
                mapping.source.to_string(),
                mapping.target.to_string(),
                mapping.create,
            )
        };
        plan.mappings.into_iter().map(row).collect()
    }

    #[test]
    fn roles_find_what_exists_and_names_are_translated() {
        let source = [
            folder("INBOX", '/', &[]),
            folder("Удаленные", '/', &[]),
            folder("Отчёты/2.0", '/', &[]),
            folder("Отчёты", '/', &["\\Noselect"]),
        ];
        let existing = vec![
            folder("INBOX", '.', &[]),
            folder("INBOX.Trash", '.', &["\\Trash"]),
        ];
        let rows = targets(&source, &TargetLayout::new(Some('.'), "INBOX.", existing));
        let row = |source: &str, target: &str, create| (source.to_owned(), target.to_owned(), create);
        assert_eq!(
            rows,
            [
                row("INBOX", "INBOX", false),
                row("Удаленные", "INBOX.Trash", false),
                row("Отчёты/2.0", "INBOX.Отчёты.2_0", true),
            ]
        );
    }

    #[test]
    fn two_folders_never_become_one() {
        let source = [
            folder("Sent", '/', &[]),
            folder("Sent Items", '/', &[]),
            folder("sent items", '/', &[]),
            folder("Ёлка", '/', &[]),
            folder(&"ёлка".nfd().collect::<String>(), '/', &[]),
        ];
        let plan = plan_names(
            &source,
            &TargetLayout::new(Some('/'), "", vec![folder("Sent", '/', &["\\Sent"])]),
        );
        let names: BTreeSet<String> = plan
            .mappings
            .iter()
            .map(|mapping| fold(mapping.target.as_str()))
            .collect();
        assert_eq!(names.len(), 5);
        assert_eq!(
            plan.findings
                .iter()
                .filter(|finding| finding.code() == "IMAP-NAME-COLLISION")
                .count(),
            2
        );
    }

    #[test]
    fn the_order_of_a_list_makes_no_difference() {
        let layout = TargetLayout::new(Some('/'), "", vec![]);
        let [one, other] = ["Ab", "aB"].map(|name| folder(name, '/', &[]));
        let forth = plan_names(&[one.clone(), other.clone()], &layout);
        assert_eq!(forth, plan_names(&[other, one], &layout));
        assert_eq!(forth.findings.len(), 1);
    }

    #[test]
    fn what_was_copied_before_stays_where_it_is() {
        let name = |name: &str| MailboxName::new(name).unwrap();
        let source = ["Ab", "aB", "Sent Items", "Sent Items/2023", "gone"].map(|name| folder(name, '/', &[]));
        let earlier = [("aB", "aB"), ("Sent Items", "Sent Items"), ("gone", "gone")];
        let earlier = earlier.map(|(from, to)| (name(from), name(to))).into();
        let existing = ["aB", "Sent Items"].map(|name| folder(name, '/', &[]));
        let existing = existing.into_iter().chain([folder("Sent", '/', &["\\Sent"])]);
        let layout = TargetLayout::new(Some('/'), "", existing.collect());
        let plan = plan_names_again(&source, &layout, &earlier);
        let rows: Vec<_> = plan
            .mappings
            .iter()
            .map(|mapping| (mapping.source.as_str(), mapping.target.as_str(), mapping.create))
            .collect();
        assert_eq!(
            rows,
            [
                ("Ab", "Ab (2)", true),
                ("Sent Items", "Sent Items", false),
                ("aB", "aB", false),
                ("gone", "gone", true),
                ("Sent Items/2023", "Sent Items/2023", true),
            ]
        );
    }

    #[test]
    fn inbox_is_inbox_whatever_is_called_so_beside_it() {
        let source = [folder("Входящие", '/', &[]), folder("INBOX", '/', &[])];
        let rows = targets(&source, &TargetLayout::new(Some('/'), "", vec![]));
        let row = |source: &str, target: &str, create| (source.to_owned(), target.to_owned(), create);
        assert_eq!(
            rows,
            [row("INBOX", "INBOX", false), row("Входящие", "Входящие", true)]
        );
    }

    /// Each default folder of a Russian and an English mailbox goes to what the target has for it, by whatever name.
    #[test]
    fn default_folders_go_to_those_of_the_target() {
        let russian = [
            "Отправленные",
            "Черновики",
            "Удаленные",
            "Нежелательная почта",
            "Архив",
        ];
        let english = ["Sent Items", "Drafts", "Deleted Items", "Junk Email", "Archive"];
        let marked = ["\\Sent", "\\Drafts", "\\Trash", "\\Junk", "\\Archive"];
        let existing = |names: [&str; 5], marked: [&str; 5]| {
            let folders = names
                .iter()
                .zip(marked)
                .map(|(name, mark)| folder(name, '.', &[mark]));
            TargetLayout::new(Some('.'), "", folders.collect())
        };
        let layouts = [
            existing(["A", "B", "C", "D", "E"], marked),
            existing(["Sent", "Entwürfe", "Trash", "Junk Mail", "Archiv"], [""; 5]),
            existing(russian, [""; 5]),
        ];
        for source in [russian, english] {
            let source: Vec<Mailbox> = source.iter().map(|name| folder(name, '/', &[])).collect();
            for layout in &layouts {
                let plan = plan_names(&source, layout);
                let found: BTreeMap<_, _> = plan
                    .mappings
                    .iter()
                    .map(|mapping| (&mapping.source, (&mapping.target, mapping.create)))
                    .collect();
                let wanted = layout.mailboxes.iter().map(|mailbox| (&mailbox.name, false));
                let wanted: BTreeMap<_, _> = source.iter().map(|mailbox| &mailbox.name).zip(wanted).collect();
                assert_eq!(found, wanted);
                assert!(plan.findings.is_empty());
            }
        }
    }

    #[test]
    fn what_lies_below_inbox_stays_there() {
        let source = [folder("Inbox/Счета", '/', &[])];
        let rows = targets(&source, &TargetLayout::new(Some('.'), "INBOX.", vec![]));
        assert_eq!(rows, [("Inbox/Счета".to_owned(), "INBOX.Счета".to_owned(), true)]);
    }

    #[test]
    fn refused_characters_are_replaced_and_reported() {
        let mut layout = TargetLayout::new(Some('/'), "", vec![]);
        layout.refused_characters = "%\"".to_owned();
        let plan = plan_names(&[folder("Счета 100% \"и\" долги", '/', &[])], &layout);
        assert_eq!(
            plan.mappings.first().map(|mapping| mapping.target.as_str()),
            Some("Счета 100_ _и_ долги")
        );
        assert_eq!(
            plan.findings.first().map(Finding::code),
            Some("IMAP-NAME-CHANGED")
        );
    }

    #[test]
    fn names_that_file_systems_refuse_are_changed_and_reported() {
        let quirks = Quirks::detect("Dovecot ready", &[]);
        let layout = TargetLayout::new(Some('/'), "", vec![]).with_rules_of(&quirks);
        let source = ["~a", ".", "..", "x\u{1}", "b/~c", "d//e", "f/../g"].map(|name| {
            let raw = MailboxName::from_wire(name.as_bytes());
            Mailbox::new(raw, Some('/'), vec![])
        });
        let plan = plan_names(&source, &layout);
        let names: Vec<&str> = plan
            .mappings
            .iter()
            .map(|mapping| mapping.target.as_str())
            .collect();
        assert_eq!(names, ["_", "__", "x_", "_~a", "b/~c", "d/_/e", "f/__/g"]);
        let changed = plan
            .findings
            .iter()
            .filter(|finding| finding.code() == "IMAP-NAME-CHANGED");
        assert_eq!(changed.count(), 6);
    }

    #[test]
    fn long_names_are_cut_and_stay_apart() {
        let cyrus = Quirks::detect("Cyrus IMAP ready", &[]);
        for quirks in [Quirks::default(), cyrus] {
            let long = |end: &str| format!("{}{end}", "Длинное имя папки ".repeat(20));
            let deep = vec!["Папка с именем"; 30].join("/");
            let source = [
                folder(&long("1"), '/', &[]),
                folder(&long("2"), '/', &[]),
                folder(&format!("{}/Внутри", long("2")), '/', &[]),
                folder(&"Ж".repeat(90), '/', &[]),
                folder(&deep, '/', &[]),
            ];
            let layout = TargetLayout::new(Some('/'), "", vec![]).with_rules_of(&quirks);
            let plan = plan_names(&source, &layout);
            let names: BTreeSet<&str> = plan
                .mappings
                .iter()
                .map(|mapping| mapping.target.as_str())
                .collect();
            assert_eq!(names.len(), source.len());
            for name in &names {
                assert!(encode_mutf7(name).len() <= quirks.name_octets, "{name}");
                for part in name.split('/') {
                    assert!(encode_mutf7(part).len() <= quirks.name_part_octets, "{part}");
                }
            }
            let find = |source: &Mailbox| {
                let mapping = plan.mappings.iter().find(|mapping| mapping.source == source.name);
                mapping.unwrap().target.as_str()
            };
            assert_eq!(find(&source[2]), format!("{}/Внутри", find(&source[1])));
            assert_eq!(find(&source[3]), source[3].name.as_str());
        }
    }

    #[test]
    fn what_lies_below_a_calendar_is_no_mail() {
        let source = [
            folder("Календарь/Отпуск", '/', &[]),
            folder("Проекты/Notes", '/', &[]),
        ];
        let plan = plan_names(&source, &TargetLayout::new(Some('/'), "", vec![]));
        assert_eq!(plan.mappings.len(), 1);
        assert_eq!(
            plan.findings.first().map(Finding::code),
            Some("IMAP-FOLDER-NOT-MAIL")
        );
    }

    proptest! {
        #[test]
        fn every_folder_is_accounted_for(names in proptest::collection::btree_set("[aAбё/.]{1,5}", 0..12)) {
            let source: Vec<Mailbox> = names.iter().map(|name| folder(name, '/', &[])).collect();
            for delimiter in [Some('/'), Some('.'), None] {
                let plan = plan_names(&source, &TargetLayout::new(delimiter, "", vec![folder("A", '/', &[])]));
                prop_assert_eq!(plan.mappings.len(), source.len());
                let distinct: BTreeSet<_> = plan.mappings.iter().map(|mapping| fold(mapping.target.as_str())).collect();
                prop_assert_eq!(distinct.len(), source.len());
            }
        }
    }
}
