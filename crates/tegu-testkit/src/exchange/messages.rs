//! Commands about messages.

use super::folders::no_such_folder;
use super::line::{Command, ranges};
use super::render;
use super::session::{Answer, Session};
use super::store::{Folder, Item, Kind, accepted};
use crate::imap::decode_name;
use std::io::{self, Write as _};
use std::sync::atomic::Ordering;

impl Session<'_> {
    pub(super) fn on_messages(&mut self, command: &Command) -> io::Result<Answer> {
        let (verb, by_uid) = match command.name.strip_prefix("UID ") {
            Some(verb) => (verb, true),
            None => (command.name.as_str(), false),
        };
        if verb == "APPEND" {
            return Ok(self.append(command));
        }
        let verbs = ["FETCH", "STORE", "SEARCH", "COPY", "MOVE", "EXPUNGE"];
        if !verbs.contains(&verb) || (verb == "MOVE" && !self.has("MOVE")) {
            return Ok(Answer::Bad("Command Error. 10".into()));
        }
        let Some(selected) = self.selected.clone() else {
            return Ok(Answer::state());
        };
        if selected.read_only && ["STORE", "MOVE", "EXPUNGE"].contains(&verb) {
            return Ok(Answer::state());
        }
        let Some(folder) = self.with_mailbox(|mailbox| mailbox.folder(&selected.folder).cloned()) else {
            return Ok(Answer::HangUp);
        };
        if verb == "SEARCH" {
            return self.search(command, &folder, by_uid);
        }
        if verb == "EXPUNGE" {
            return self.expunge(&folder, by_uid.then(|| command.argument(0)));
        }
        let chosen = match choose(&folder, command.argument(0), by_uid) {
            Ok(chosen) => chosen,
            Err(answer) => return Ok(answer),
        };
        match verb {
            "FETCH" => self.fetch(&folder, &chosen, command.argument(1), by_uid, selected.read_only),
            "STORE" => self.store(&folder, &chosen, command, by_uid),
            _ => self.copy(&folder, &chosen, command.argument(1), verb == "MOVE"),
        }
    }

    fn append(&mut self, command: &Command) -> Answer {
        let options = &self.shared.options;
        let too_large = || Answer::No("Maximum size of appendable message has been exceeded".into());
        if command.refused_literal {
            return too_large();
        }
        let Some(octets) = &command.octets else {
            return Answer::argument();
        };
        if options
            .append_limit
            .is_some_and(|limit| octets.len() as u64 > limit)
        {
            return too_large();
        }
        let folder = decode_name(command.argument(0));
        let between = &command.arguments[1..command.arguments.len() - 1];
        let flags = between.iter().find(|argument| argument.starts_with('('));
        let date = between.iter().find(|argument| !argument.starts_with('('));
        if between.len() > 2 {
            // No MULTIAPPEND.
            return Answer::argument();
        }
        let (quota, uidplus) = (options.quota, self.has("UIDPLUS"));
        self.with_mailbox(|mailbox| {
            if quota.is_some_and(|quota| mailbox.octets() + octets.len() as u64 > quota) {
                return Answer::No("Server Unavailable. 15".into());
            }
            let Some(folder) = mailbox.folder(&folder) else {
                return no_such_folder();
            };
            let flags = flags.map_or("", String::as_str);
            let uid = folder.add(Kind::Mail, flags, date.map(String::as_str), octets);
            Answer::Ok(if uidplus {
                format!("[APPENDUID {} {uid}] APPEND completed.", folder.validity)
            } else {
                "APPEND completed.".into()
            })
        })
    }

    fn fetch(
        &mut self,
        folder: &Folder,
        chosen: &[usize],
        items: &str,
        by_uid: bool,
        read_only: bool,
    ) -> io::Result<Answer> {
        let wanted = split_items(items);
        for item in &wanted {
            let upper = item.to_ascii_uppercase();
            if !["UID", "FLAGS", "INTERNALDATE", "RFC822.SIZE"].contains(&upper.as_str())
                && !upper.starts_with("BODY")
            {
                return Ok(Answer::argument());
            }
        }
        for at in chosen {
            let item = &folder.items[*at];
            let mut told: Vec<Vec<u8>> = Vec::new();
            for name in &wanted {
                let Some(value) = self.item(item, name) else { break };
                told.extend(value);
            }
            let silent = item.kind == Kind::Silent
                && wanted
                    .iter()
                    .any(|name| name.to_ascii_uppercase().starts_with("BODY"));
            if silent {
                continue;
            }
            if by_uid && !wanted.iter().any(|name| name.eq_ignore_ascii_case("UID")) {
                told.push(format!("UID {}", item.uid).into_bytes());
            }
            write!(self.out, "* {} FETCH (", at + 1)?;
            self.out.write_all(&told.join(&b' '))?;
            self.out.write_all(b")\r\n")?;
            // Reading without PEEK marks as read.
            if !read_only
                && wanted
                    .iter()
                    .any(|name| name.to_ascii_uppercase().starts_with("BODY["))
            {
                let (name, uid) = (folder.name.clone(), item.uid);
                self.with_mailbox(|mailbox| {
                    let items = mailbox.folder(&name).map(|folder| &mut folder.items);
                    let item = items.into_iter().flatten().find(|item| item.uid == uid);
                    item.map(|item| item.flags.insert("\\Seen".into()))
                });
            }
        }
        Ok(Answer::Ok(format!(
            "{}FETCH completed.",
            if by_uid { "UID " } else { "" }
        )))
    }

    /// An item of a FETCH as it is told; `Some(None)` for one that is left out, `None` for an item without data.
    fn item(&self, item: &Item, name: &str) -> Option<Option<Vec<u8>>> {
        let upper = name.to_ascii_uppercase();
        let text = match upper.as_str() {
            "UID" => format!("UID {}", item.uid),
            "FLAGS" => {
                let flags: Vec<&str> = item.flags.iter().map(String::as_str).collect();
                format!("FLAGS ({})", flags.join(" "))
            }
            "INTERNALDATE" => match item.kind {
                Kind::WithoutDate => return Some(None),
                Kind::NilDate => "INTERNALDATE NIL".into(),
                _ => format!("INTERNALDATE \"{}\"", item.date),
            },
            "RFC822.SIZE" => format!("RFC822.SIZE {}", render::estimated_size(item)),
            _ => {
                let rendering = self
                    .shared
                    .options
                    .rerender
                    .then(|| self.shared.renderings.fetch_add(1, Ordering::SeqCst));
                let octets = render::octets(item, rendering)?;
                let start = name.find('[')? + 1;
                let section = &name[start..name.rfind(']')?];
                let mut octets = render::section(&octets, section);
                let mut origin = String::new();
                if let Some((_, partial)) = name.split_once('<') {
                    let (from, count) = partial.trim_end_matches('>').split_once('.')?;
                    let from = from.parse::<usize>().ok()?;
                    octets = octets.into_iter().skip(from).take(count.parse().ok()?).collect();
                    origin = format!("<{from}>");
                }
                let head = format!("BODY[{section}]{origin} {{{}}}\r\n", octets.len());
                return Some(Some([head.into_bytes(), octets].concat()));
            }
        };
        Some(Some(text.into_bytes()))
    }

    fn store(
        &mut self,
        folder: &Folder,
        chosen: &[usize],
        command: &Command,
        by_uid: bool,
    ) -> io::Result<Answer> {
        let how = command.argument(1).to_ascii_uppercase();
        let flags = accepted(command.argument(2));
        for at in chosen {
            let uid = folder.items[*at].uid;
            let now = self.with_mailbox(|mailbox| {
                let item = mailbox
                    .folder(&folder.name)?
                    .items
                    .iter_mut()
                    .find(|item| item.uid == uid)?;
                match how.as_bytes().first() {
                    Some(b'+') => item.flags.extend(flags.clone()),
                    Some(b'-') => item.flags.retain(|flag| !flags.contains(flag)),
                    _ => item.flags = flags.clone(),
                }
                Some(item.flags.iter().cloned().collect::<Vec<_>>().join(" "))
            });
            if let Some(now) = now.filter(|_| !how.ends_with(".SILENT")) {
                let uid = if by_uid {
                    format!(" UID {uid}")
                } else {
                    String::new()
                };
                write!(self.out, "* {} FETCH (FLAGS ({now}){uid})\r\n", at + 1)?;
            }
        }
        Ok(Answer::ok("STORE completed."))
    }

    fn search(&mut self, command: &Command, folder: &Folder, by_uid: bool) -> io::Result<Answer> {
        let mut keys = command.arguments.iter();
        let mut kept: Vec<bool> = vec![true; folder.items.len()];
        while let Some(key) = keys.next() {
            let upper = key.to_ascii_uppercase();
            let flag = |name: &str, has: bool| {
                folder
                    .items
                    .iter()
                    .map(|item| item.flags.contains(name) == has)
                    .collect::<Vec<_>>()
            };
            let fits: Vec<bool> = match upper.as_str() {
                "CHARSET" => {
                    return Ok(Answer::No(
                        "[BADCHARSET (US-ASCII)] The specified charset is not supported.".into(),
                    ));
                }
                "ALL" => continue,
                "SEEN" => flag("\\Seen", true),
                "UNSEEN" => flag("\\Seen", false),
                "DELETED" => flag("\\Deleted", true),
                "UNDELETED" => flag("\\Deleted", false),
                "UID" => match choose(folder, keys.next().map_or("", String::as_str), true) {
                    Ok(chosen) => (0..kept.len()).map(|at| chosen.contains(&at)).collect(),
                    Err(answer) => return Ok(answer),
                },
                "HEADER" => {
                    let (Some(name), Some(value)) = (keys.next(), keys.next()) else {
                        return Ok(Answer::argument());
                    };
                    let field = format!("HEADER.FIELDS ({name})");
                    let found = |item: &Item| {
                        let text = render::section(&item.octets, &field);
                        text.len() > 2 && String::from_utf8_lossy(&text).contains(value.as_str())
                    };
                    folder.items.iter().map(found).collect()
                }
                _ => return Ok(Answer::argument()),
            };
            for (kept, fits) in kept.iter_mut().zip(fits) {
                *kept &= fits;
            }
        }
        let mut line = String::from("* SEARCH");
        for (at, item) in folder.items.iter().enumerate().filter(|(at, _)| kept[*at]) {
            let number = if by_uid { item.uid as usize } else { at + 1 };
            line.push_str(&format!(" {number}"));
        }
        write!(self.out, "{line}\r\n")?;
        Ok(Answer::ok("SEARCH completed."))
    }

    fn copy(&mut self, folder: &Folder, chosen: &[usize], name: &str, moved: bool) -> io::Result<Answer> {
        let name = decode_name(name);
        let items: Vec<&Item> = chosen.iter().map(|at| &folder.items[*at]).collect();
        let stored = self.with_mailbox(|mailbox| {
            let target = mailbox.folder(&name)?;
            let uids: Vec<String> = items
                .iter()
                .map(|item| {
                    let flags: Vec<&str> = item.flags.iter().map(String::as_str).collect();
                    target
                        .add(item.kind, &flags.join(" "), Some(&item.date), &item.octets)
                        .to_string()
                })
                .collect();
            Some((target.validity, uids.join(",")))
        });
        let Some((validity, uids)) = stored else {
            return Ok(no_such_folder());
        };
        let from: Vec<String> = items.iter().map(|item| item.uid.to_string()).collect();
        // Nothing to copy leaves the sets out.
        let code = format!("[COPYUID {validity} {} {uids}]", from.join(","));
        if !moved {
            return Ok(Answer::Ok(format!("{code} COPY completed.")));
        }
        write!(self.out, "* OK {code}\r\n")?;
        for (gone, at) in chosen.iter().enumerate() {
            write!(self.out, "* {} EXPUNGE\r\n", at + 1 - gone)?;
        }
        self.forget(folder, &items);
        Ok(Answer::ok("MOVE completed."))
    }

    fn expunge(&mut self, folder: &Folder, uids: Option<&str>) -> io::Result<Answer> {
        let among = match uids.map(|set| choose(folder, set, true)) {
            None => (0..folder.items.len()).collect(),
            Some(Ok(chosen)) => chosen,
            Some(Err(answer)) => return Ok(answer),
        };
        let chosen: Vec<usize> = among
            .into_iter()
            .filter(|at| folder.items[*at].flags.contains("\\Deleted"))
            .collect();
        for (gone, at) in chosen.iter().enumerate() {
            write!(self.out, "* {} EXPUNGE\r\n", at + 1 - gone)?;
        }
        let items: Vec<&Item> = chosen.iter().map(|at| &folder.items[*at]).collect();
        self.forget(folder, &items);
        Ok(Answer::ok("EXPUNGE completed."))
    }

    fn forget(&mut self, folder: &Folder, items: &[&Item]) {
        self.with_mailbox(|mailbox| {
            if let Some(folder) = mailbox.folder(&folder.name) {
                folder
                    .items
                    .retain(|item| !items.iter().any(|gone| gone.uid == item.uid));
            }
        });
        if let Some(selected) = &mut self.selected {
            selected.told = selected.told.saturating_sub(items.len());
        }
    }
}

/// The places of the messages that a set names. Sequence numbers beyond the last message are refused; UIDs that nobody has
/// are passed over.
fn choose(folder: &Folder, set: &str, by_uid: bool) -> Result<Vec<usize>, Answer> {
    let count = folder.items.len() as u32;
    let last = if by_uid {
        folder.items.last().map_or(0, |item| item.uid)
    } else {
        count
    };
    let ranges = ranges(set, last).ok_or_else(Answer::argument)?;
    if !by_uid && ranges.iter().any(|(low, high)| *low == 0 || *high > count) {
        return Err(Answer::No("The specified message set is invalid.".into()));
    }
    let within = |number: u32| ranges.iter().any(|(low, high)| (*low..=*high).contains(&number));
    let number = |at: usize| {
        if by_uid {
            folder.items[at].uid
        } else {
            at as u32 + 1
        }
    };
    Ok((0..folder.items.len()).filter(|at| within(number(*at))).collect())
}

/// The items of a FETCH, which are a list or one alone.
fn split_items(text: &str) -> Vec<String> {
    let text = text
        .strip_prefix('(')
        .and_then(|text| text.strip_suffix(')'))
        .unwrap_or(text);
    let mut items = vec![String::new()];
    let mut depth = 0_u32;
    for letter in text.chars() {
        match letter {
            '[' => depth += 1,
            ']' => depth = depth.saturating_sub(1),
            _ => {}
        }
        if letter == ' ' && depth == 0 {
            items.push(String::new());
        } else if let Some(last) = items.last_mut() {
            last.push(letter);
        }
    }
    items.retain(|item| !item.is_empty());
    items
}
