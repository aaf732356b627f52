//! From source names to target names.

use std::collections::{BTreeMap, HashMap, HashSet};

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
/// their parents. Other names are kept, with the target's delimiter. No two source mailboxes go to one target mailbox. The
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

/// As [`plan_names`], for a mailbox tree that an earlier pass has copied: what went to a mailbox that still exists goes
/// there again, even if either side has new folders.
pub fn plan_names_again(
    source: &[Mailbox],
    target: &TargetLayout,
    earlier: &BTreeMap<MailboxName, MailboxName>,
) -> NamePlan {
    let mut planner = Planner::new(target);
    planner.settle(source, earlier);
    planner.plan_all(source)
}

/// As [`plan_names`], for folders that hold mail, whatever they are called: their source knows.
#[cfg(feature = "store")]
pub(crate) fn plan_names_of_mail(source: &[Mailbox], target: &TargetLayout) -> NamePlan {
    let mut planner = Planner::new(target);
    planner.all_mail = true;
    planner.plan_all(source)
}

struct Planner<'a> {
    target: &'a TargetLayout,
    plan: NamePlan,
    /// Mailboxes of the target by their folded names; of several the first.
    existing: HashMap<String, &'a Mailbox>,
    /// The mailbox that the target has for each role. What the server marks comes before what is only named so.
    by_role: HashMap<FolderRole, &'a Mailbox>,
    /// Target names in use, folded.
    taken: HashSet<String>,
    /// The next number to try behind a name that is taken, by the folded name.
    numbers: HashMap<String, u32>,
    /// Where source folders go that were decided.
    decided: Decided,
    /// Where source mailboxes go that an earlier pass copied.
    settled: BTreeMap<&'a MailboxName, &'a MailboxName>,
    /// Names do not tell what folders are for.
    all_mail: bool,
}

impl<'a> Planner<'a> {
    fn new(target: &'a TargetLayout) -> Self {
        let mut existing = HashMap::new();
        let mut by_role: HashMap<FolderRole, &Mailbox> = HashMap::new();
        for mailbox in &target.mailboxes {
            existing.entry(fold(mailbox.name.as_str())).or_insert(mailbox);
            if let Some(role) = mailbox.role().filter(|_| mailbox.selectable) {
                let best = by_role.entry(role).or_insert(mailbox);
                if best.special_use.is_none() && mailbox.special_use.is_some() {
                    *best = mailbox;
                }
            }
        }
        Self {
            target,
            plan: NamePlan::default(),
            existing,
            by_role,
            taken: HashSet::new(),
            numbers: HashMap::new(),
            decided: Decided::default(),
            settled: BTreeMap::new(),
            all_mail: false,
        }
    }

    fn plan_all(mut self, source: &[Mailbox]) -> NamePlan {
        let mut order: Vec<&Mailbox> = source.iter().collect();
        // Parents first; INBOX before folders that are named like it, and folders whose role the server itself states
        // before those that only look like it.
        order.sort_by_cached_key(|mailbox| {
            (
                !mailbox.name.is_inbox(),
                mailbox.name.levels(mailbox.delimiter).len(),
                mailbox.special_use.is_none(),
                &mailbox.name,
            )
        });
        for mailbox in order {
            self.add(mailbox);
        }
        self.plan
    }

    /// Keeps the names of an earlier pass from being given to others.
    fn settle(&mut self, source: &'a [Mailbox], earlier: &'a BTreeMap<MailboxName, MailboxName>) {
        let mailboxes = self.target.mailboxes.iter();
        let selectable: HashSet<&MailboxName> = mailboxes
            .filter(|mailbox| mailbox.selectable)
            .map(|mailbox| &mailbox.name)
            .collect();
        for name in source.iter().map(|mailbox| &mailbox.name) {
            if let Some(target) = earlier.get(name).filter(|name| selectable.contains(name))
                && self.taken.insert(fold(target.as_str()))
            {
                self.settled.insert(name, target);
            }
        }
    }

    fn add(&mut self, mailbox: &Mailbox) {
        let levels = mailbox.name.levels(mailbox.delimiter);
        // What the server marks as a folder of mail is one, whatever its name.
        let marked = self.all_mail || mailbox.special_use.is_some();
        if let Some(role) = non_mail_role(&levels).filter(|_| !marked) {
            self.plan.findings.push(Finding::FolderNotMail {
                name: mailbox.name.clone(),
                role,
            });
            return;
        }
        let role = mailbox.role();
        if let Some(target) = self.settled.get(&mailbox.name).map(|&target| target.clone()) {
            self.decided.insert(&levels, target.as_str());
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
        let (wanted, there) = match self.by_role(role) {
            Some(there) => (there.name.as_str().to_owned(), Some(there)),
            None if role == Some(FolderRole::Inbox) && !self.taken.contains(&fold("INBOX")) => {
                ("INBOX".to_owned(), None)
            }
            None => (self.by_path(mailbox, &levels), None),
        };
        let free = self.free_name(&wanted);
        let folded = fold(&free);
        let existing = there.or_else(|| self.existing.get(&folded).copied());
        let name = existing.map_or_else(|| MailboxName::encoded(&free), |there| there.name.clone());
        if free != wanted {
            let finding = Finding::NameCollision {
                name: mailbox.name.clone(),
                target: name.clone(),
            };
            self.plan.findings.push(finding);
        }
        self.taken.insert(folded);
        self.decided.insert(&levels, name.as_str());
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
    fn by_role(&self, role: Option<FolderRole>) -> Option<&'a Mailbox> {
        let role = role.filter(|role| *role != FolderRole::Inbox)?;
        let there = self.by_role.get(&role).copied()?;
        (!self.taken.contains(&fold(there.name.as_str()))).then_some(there)
    }

    /// The name below the nearest ancestor that was decided, or at the top. It can be written, even if the target lists an ancestor, or
    /// gives a prefix, with characters that nobody could write.
    fn by_path(&mut self, mailbox: &Mailbox, levels: &[MailboxName]) -> String {
        let delimiter = self.target.delimiter;
        let most = self.target.name_octets;
        let separator = delimiter.map_or(" - ".len(), |c| encode_mutf7(c.encode_utf8(&mut [0; 4])).len());
        let (parent, done) = self.decided.nearest(levels);
        let (mut name, mut changed) = (parent.map(str::to_owned), false);
        let around = name.as_deref().unwrap_or(&self.target.prefix);
        let mut octets = encode_mutf7(around).len();
        for level in levels.get(done..).unwrap_or_default() {
            let part = self.target.part_for(level.as_str(), name.is_none(), octets);
            // A parent that was not listed itself; its one name needs no prefix.
            let inbox = name.is_none() && part.eq_ignore_ascii_case("INBOX");
            let readable = !level.as_str().contains(char::REPLACEMENT_CHARACTER)
                || MailboxName::new(level.as_str()).is_ok_and(|name| name == *level);
            changed |= (part != level.as_str() || !readable) && !inbox;
            octets += encode_mutf7(&part).len() + separator;
            name = Some(match (name, delimiter) {
                (None, _) if inbox => "INBOX".to_owned(),
                (None, _) => format!("{}{part}", self.target.prefix),
                (Some(parent), Some(delimiter)) => format!("{parent}{delimiter}{part}"),
                (Some(parent), None) => {
                    changed = true;
                    format!("{parent} - {part}")
                }
            });
            // It will go to the top, however many levels follow.
            if name.as_ref().is_some_and(|name| name.chars().count() > most) {
                break;
            }
        }
        let mut name = name.unwrap_or_else(|| format!("{}_", self.target.prefix));
        if encode_mutf7(&name).len() + NUMBER > most {
            // Too deep: it goes to the top, where there is room for what it is called.
            let last = levels.last().map(MailboxName::as_str).unwrap_or_default();
            let part = self
                .target
                .part_for(last, true, encode_mutf7(&self.target.prefix).len());
            let part = cut(&part, mailbox.name.as_str(), TOP);
            name = format!("{}{part}", self.target.prefix);
            changed = true;
        }
        if name.contains(char::is_control) {
            name = name.replace(char::is_control, "_");
            changed = true;
        }
        if changed {
            self.plan.findings.push(Finding::NameChanged {
                name: mailbox.name.clone(),
                target: MailboxName::encoded(&name),
            });
        }
        name
    }

    /// The name itself, or the first one with a number behind it that is free. However many folders want the same name, each
    /// number is tried once.
    fn free_name(&mut self, wanted: &str) -> String {
        let folded = fold(wanted);
        if !self.taken.contains(&folded) {
            return wanted.to_owned();
        }
        let next = self.numbers.entry(folded).or_insert(2);
        loop {
            let name = format!("{wanted} ({next})");
            *next += 1;
            if !self.taken.contains(&fold(&name)) {
                return name;
            }
        }
    }
}

/// Where source folders go, as a tree of the levels of their names.
#[derive(Debug, Default)]
struct Decided {
    /// The number of a folder by that of its parent and by its own level. The top is 0.
    folders: HashMap<(usize, MailboxName), usize>,
    /// The target name of each folder, by its number; the top comes first.
    targets: Vec<Option<String>>,
}

impl Decided {
    fn insert(&mut self, levels: &[MailboxName], target: &str) {
        let mut at = 0;
        for level in levels {
            let next = self.folders.len() + 1;
            at = *self.folders.entry((at, level.clone())).or_insert(next);
        }
        self.targets.resize(self.folders.len() + 1, None);
        if let Some(place) = self.targets.get_mut(at) {
            *place = Some(target.to_owned());
        }
    }

    /// The target name of the nearest ancestor that has one, and how many levels it stands for.
    fn nearest(&self, levels: &[MailboxName]) -> (Option<&str>, usize) {
        let (mut at, mut found) = (0, (None, 0));
        let ancestors = levels.len().saturating_sub(1);
        for (depth, level) in levels.iter().take(ancestors).enumerate() {
            let Some(next) = self.folders.get(&(at, level.clone())) else {
                break;
            };
            at = *next;
            if let Some(target) = self.targets.get(at).and_then(Option::as_deref) {
                found = (Some(target), depth + 1);
            }
        }
        found
    }
}

/// Non-mail by the top level alone, so that "Projects/Notes" stays the user's own folder, while what lies below
/// Calendar is part of it.
fn non_mail_role(levels: &[MailboxName]) -> Option<FolderRole> {
    let top = match levels {
        [inbox, name, ..] if inbox.is_inbox() => name,
        [name, ..] => name,
        [] => return None,
    };
    FolderRole::of_name(top.as_str()).filter(|role| role.is_non_mail())
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
    use std::collections::BTreeSet;

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

    /// Names that differ in their octets alone are folders of their own, and so are their children.
    #[test]
    fn names_that_decode_alike_stay_apart() {
        let names = [
            &b"\xff"[..],
            b"\xfe",
            b"\xff/x",
            b"\xfe/x",
            b"a",
            b"&AGE-",
            b"&AGE-/x",
        ];
        let source = names.map(|raw| Mailbox::new(MailboxName::from_wire(raw), Some('/'), vec![]));
        let plan = plan_names(&source, &TargetLayout::new(Some('/'), "", vec![]));
        let goes = |raw: &[u8]| {
            let mapping = plan.mappings.iter().find(|mapping| mapping.source.raw() == raw);
            mapping.unwrap().target.as_str().to_owned()
        };
        let targets: BTreeSet<String> = names.iter().map(|raw| goes(raw)).collect();
        assert_eq!(targets.len(), names.len());
        for parent in [&b"\xff"[..], b"\xfe", b"&AGE-"] {
            assert_eq!(goes(&[parent, b"/x"].concat()), format!("{}/x", goes(parent)));
        }
        let changed = |finding: &&Finding| finding.code() == "IMAP-NAME-CHANGED";
        assert_eq!(
            plan.findings.iter().filter(changed).count(),
            2,
            "the names that are not text"
        );
    }

    /// A server may list names that nobody could create.
    #[test]
    fn names_that_cannot_be_written_lose_no_folder() {
        let odd = |name: &str, attributes: &[&str]| {
            let attributes = attributes.iter().map(|attribute| (*attribute).into()).collect();
            Mailbox::new(MailboxName::from_wire(name.as_bytes()), Some('/'), attributes)
        };
        let source = [
            odd("\rKladder", &["\\Drafts"]),
            odd("\rKladder/x", &[]),
            odd("\ry", &[]),
        ];
        let existing = vec![odd("\rDrafts", &["\\Drafts"]), odd("\ry", &[])];
        let rows = |prefix| {
            let plan = plan_names(&source, &TargetLayout::new(Some('/'), prefix, existing.clone()));
            let row = |mapping: &Mapping| (mapping.target.as_str().to_owned(), mapping.create);
            plan.mappings.iter().map(row).collect::<Vec<_>>()
        };
        let row = |target: &str, create| (target.to_owned(), create);
        let drafts = row("\rDrafts", false);
        assert_eq!(
            rows(""),
            [drafts.clone(), row("_y", true), row("_Drafts/x", true)]
        );
        assert_eq!(rows("\r/"), [drafts, row("_/_y", true), row("_Drafts/x", true)]);
    }

    /// Quadratic work would take minutes here.
    #[test]
    fn many_folders_that_want_one_name_or_have_deep_names_cost_little() {
        let letters = |bits: u32| -> String {
            let letter = |at: u32| if bits >> at & 1 == 1 { 'A' } else { 'a' };
            (0..15).map(letter).collect()
        };
        let mut source: Vec<Mailbox> = (0..8_000).map(|bits| folder(&letters(bits), '/', &[])).collect();
        source.push(folder(&"a/".repeat(100_000), '/', &[]));
        let layout = TargetLayout::new(Some('/'), "", source.clone());
        for layout in [TargetLayout::new(Some('/'), "", vec![]), layout] {
            let plan = plan_names(&source, &layout);
            let targets: HashSet<&MailboxName> =
                plan.mappings.iter().map(|mapping| &mapping.target).collect();
            assert_eq!(targets.len(), source.len());
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
        fn every_folder_is_accounted_for(names in proptest::collection::btree_set(
            proptest::collection::vec(prop_oneof![
                "[aAбё/.]".prop_map(|name| encode_mutf7(&name).into_bytes()),
                Just(b"&AGE-".to_vec()), Just(b"\xff".to_vec()), Just(b"\xfe".to_vec()), Just(b"&AC8-".to_vec()),
                Just(b"\r".to_vec()), Just(b"/Drafts".to_vec()), Just(b"Entw&APw-rfe".to_vec()),
            ], 1..5).prop_map(|pieces| pieces.concat()), 0..12), prefix in prop_oneof![Just(""), Just("INBOX."), Just("\r/")],
            there in any::<bool>()) {
            let named = |raw: &Vec<u8>| Mailbox::new(MailboxName::from_wire(raw), Some('/'), vec![]);
            let source: Vec<Mailbox> = names.iter().map(named).collect();
            for delimiter in [Some('/'), Some('.'), None] {
                let existing = if there { source.clone() } else { vec![folder("A", '/', &[])] };
                let plan = plan_names(&source, &TargetLayout::new(delimiter, prefix, existing));
                prop_assert_eq!(plan.mappings.len(), source.len());
                let distinct: BTreeSet<_> = plan.mappings.iter().map(|mapping| fold(mapping.target.as_str())).collect();
                prop_assert_eq!(distinct.len(), source.len());
            }
        }
    }
}
