//! Mailboxes, folders and items, in memory.

use crate::imap::{self, Held};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What Exchange makes of an item.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Kind {
    /// Ordinary mail.
    Mail,
    /// Cannot be converted: a placeholder mail is told instead, with the item's subject, sender and date.
    Placeholder,
    /// Cannot be converted: a FETCH of it is answered with OK, and with no data.
    Silent,
    /// Mail whose FETCH leaves INTERNALDATE out.
    WithoutDate,
    /// Mail whose INTERNALDATE is told as `NIL`.
    NilDate,
}

#[derive(Clone, Debug)]
pub(super) struct Item {
    pub(super) uid: u32,
    pub(super) kind: Kind,
    pub(super) flags: BTreeSet<String>,
    pub(super) date: String,
    pub(super) octets: Arc<[u8]>,
}

impl Item {
    pub(super) fn held(&self) -> Held {
        imap::held(
            self.uid,
            self.flags.iter().map(String::as_str),
            imap::unix(&self.date),
            &self.octets,
        )
    }
}

#[derive(Clone, Debug)]
pub(super) struct Folder {
    pub(super) name: String,
    pub(super) validity: u32,
    pub(super) next: u32,
    pub(super) subscribed: bool,
    pub(super) items: Vec<Item>,
}

impl Folder {
    fn new(name: &str, validity: u32) -> Self {
        Self {
            name: name.into(),
            validity,
            next: 1,
            subscribed: true,
            items: Vec::new(),
        }
    }

    pub(super) fn add(&mut self, kind: Kind, flags: &str, date: Option<&str>, octets: &[u8]) -> u32 {
        let uid = self.next;
        self.next += 1;
        self.items.push(Item {
            uid,
            kind,
            flags: accepted(flags),
            date: date.unwrap_or(" 1-Jan-2024 12:00:00 +0000").into(),
            octets: with_crlf(octets).into(),
        });
        uid
    }

    pub(super) fn renumber(&mut self) {
        self.validity += 1;
        self.next = 1;
        for item in &mut self.items {
            item.uid = self.next;
            self.next += 1;
        }
    }
}

/// The header of an item that is no mail, as far as a placeholder tells of it.
fn item_subject(number: usize) -> String {
    format!(
        "Subject: item {number}\r\nFrom: \"Anna\" <anna@corp.example>\r\nDate: Mon, 1 Jan 2024 12:00:00 +0000\r\n\r\n"
    )
}

/// A message with each line ended as Exchange ends it, whatever it was given.
fn with_crlf(octets: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(octets.len());
    for octet in octets {
        if *octet == b'\n' && out.last() != Some(&b'\r') {
            out.push(b'\r');
        }
        out.push(*octet);
    }
    out
}

/// The flags that Exchange keeps, of those that it is given.
pub(super) fn accepted(flags: &str) -> BTreeSet<String> {
    const KEPT: [&str; 6] = [
        "\\Seen",
        "\\Answered",
        "\\Flagged",
        "\\Deleted",
        "\\Draft",
        "$MDNSent",
    ];
    let given = flags.trim_matches(['(', ')']).split_whitespace();
    given
        .filter_map(|flag| KEPT.into_iter().find(|kept| kept.eq_ignore_ascii_case(flag)))
        .map(str::to_owned)
        .collect()
}

/// One person's mailbox.
#[derive(Clone, Debug)]
pub(super) struct Mailbox {
    pub(super) folders: Vec<Folder>,
    validity: u32,
}

impl Mailbox {
    fn new(russian: bool) -> Self {
        const ENGLISH: [&str; 10] = [
            "Sent Items",
            "Drafts",
            "Deleted Items",
            "Junk Email",
            "Outbox",
            "Calendar",
            "Contacts",
            "Tasks",
            "Notes",
            "Journal",
        ];
        const RUSSIAN: [&str; 10] = [
            "Отправленные",
            "Черновики",
            "Удаленные",
            "Нежелательная почта",
            "Исходящие",
            "Календарь",
            "Контакты",
            "Задачи",
            "Заметки",
            "Дневник",
        ];
        let mut this = Self {
            folders: Vec::new(),
            validity: 10,
        };
        let names = if russian { RUSSIAN } else { ENGLISH };
        for name in ["INBOX"].into_iter().chain(names) {
            this.folder_or_new(name);
        }
        for (number, name) in names[5..].iter().enumerate() {
            let subject = item_subject(number);
            this.folder_or_new(name)
                .add(Kind::Placeholder, "", None, subject.as_bytes());
        }
        this
    }

    pub(super) fn folder(&mut self, name: &str) -> Option<&mut Folder> {
        let lower = name.to_lowercase();
        self.folders
            .iter_mut()
            .find(|folder| folder.name.to_lowercase() == lower)
    }

    pub(super) fn folder_or_new(&mut self, name: &str) -> &mut Folder {
        if self.folder(name).is_none() {
            // Parents come into being with their children.
            if let Some((parent, _)) = name.rsplit_once('/') {
                self.folder_or_new(parent);
            }
            self.validity += 1;
            self.folders.push(Folder::new(name, self.validity));
        }
        self.folder(name).expect("it was just made")
    }

    pub(super) fn octets(&self) -> u64 {
        let items = self.folders.iter().flat_map(|folder| &folder.items);
        items.map(|item| item.octets.len() as u64).sum()
    }
}

/// All mailboxes, by alias. Every mailbox exists, and is made when it is first asked for.
#[derive(Debug)]
pub(super) struct Store {
    mailboxes: BTreeMap<String, Mailbox>,
    russian: bool,
}

impl Store {
    pub(super) fn new(russian: bool) -> Self {
        Self {
            mailboxes: BTreeMap::new(),
            russian,
        }
    }

    pub(super) fn mailbox(&mut self, user: &str) -> &mut Mailbox {
        let alias = user.split('@').next().unwrap_or_default().to_lowercase();
        let russian = self.russian;
        self.mailboxes
            .entry(alias)
            .or_insert_with(|| Mailbox::new(russian))
    }
}
