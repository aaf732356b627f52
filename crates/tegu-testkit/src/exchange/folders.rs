//! Commands about folders.

use super::line::Command;
use super::session::{Answer, Selected, Session};
use super::store::Folder;
use crate::imap::{decode_name, encode_name};
use std::io::{self, Write as _};

impl Session<'_> {
    /// `None` for commands that are about something else.
    pub(super) fn on_folders(&mut self, command: &Command) -> io::Result<Option<Answer>> {
        let name = decode_name(command.argument(0));
        let names_a_folder = !matches!(
            command.name.as_str(),
            "LIST"
                | "LSUB"
                | "NAMESPACE"
                | "ENABLE"
                | "NOOP"
                | "IDLE"
                | "CHECK"
                | "CLOSE"
                | "UNSELECT"
                | "EXPUNGE"
        ) && !command.name.starts_with("UID ")
            && !matches!(
                command.name.as_str(),
                "FETCH" | "STORE" | "SEARCH" | "COPY" | "MOVE"
            );
        if names_a_folder && name.ends_with(' ') {
            return Ok(Some(Answer::HangUp));
        }
        Ok(Some(match command.name.as_str() {
            "NAMESPACE" => {
                self.out.write_all(b"* NAMESPACE ((\"\" \"/\")) NIL NIL\r\n")?;
                Answer::ok("NAMESPACE completed.")
            }
            "LIST" | "LSUB" => self.list(command)?,
            "CREATE" => self.create(&name),
            "DELETE" => self.delete(&name),
            "RENAME" => self.rename(&name, &decode_name(command.argument(1))),
            "SUBSCRIBE" | "UNSUBSCRIBE" => self.subscribe(&name, &command.name),
            "STATUS" => self.status(&name, command.argument(1))?,
            "SELECT" | "EXAMINE" => self.open(&name, command.name == "EXAMINE")?,
            "CHECK" | "IDLE" => Answer::Ok(format!("{} completed.", command.name)),
            "CLOSE" | "UNSELECT" => match self.selected.take() {
                None => Answer::state(),
                Some(selected) => {
                    if command.name == "CLOSE" && !selected.read_only {
                        self.with_mailbox(|mailbox| {
                            if let Some(folder) = mailbox.folder(&selected.folder) {
                                folder.items.retain(|item| !item.flags.contains("\\Deleted"));
                            }
                        });
                    }
                    Answer::Ok(format!("{} completed.", command.name))
                }
            },
            _ => return Ok(None),
        }))
    }

    fn list(&mut self, command: &Command) -> io::Result<Answer> {
        let (reference, pattern) = (command.argument(0), command.argument(1));
        if command.arguments.len() != 2 || reference.starts_with('(') {
            // No LIST-EXTENDED.
            return Ok(Answer::argument());
        }
        let verb = command.name.as_str();
        if pattern.is_empty() {
            write!(self.out, "* {verb} (\\Noselect) \"/\" \"\"\r\n")?;
            return Ok(Answer::Ok(format!("{verb} completed.")));
        }
        let pattern = format!("{}{}", decode_name(reference), decode_name(pattern)).to_lowercase();
        let folders = self.with_mailbox(|mailbox| mailbox.folders.clone());
        for folder in &folders {
            let chosen = verb == "LIST" || folder.subscribed;
            if !chosen || !matches(&pattern, &folder.name.to_lowercase()) {
                continue;
            }
            let below = format!("{}/", folder.name);
            let children = folders.iter().any(|other| other.name.starts_with(&below));
            let attribute = if children {
                "\\HasChildren"
            } else {
                "\\HasNoChildren"
            };
            let name = encode_name(&folder.name);
            let literal = self.shared.options.literal_names || name.contains(['"', '\\']);
            if literal {
                write!(
                    self.out,
                    "* {verb} ({attribute}) \"/\" {{{}}}\r\n{name}\r\n",
                    name.len()
                )?;
            } else if name.bytes().all(|octet| octet.is_ascii_alphanumeric()) {
                write!(self.out, "* {verb} ({attribute}) \"/\" {name}\r\n")?;
            } else {
                write!(self.out, "* {verb} ({attribute}) \"/\" \"{name}\"\r\n")?;
            }
        }
        Ok(Answer::Ok(format!("{verb} completed.")))
    }

    fn create(&self, name: &str) -> Answer {
        let name = name.trim_end_matches('/');
        if name.eq_ignore_ascii_case("Files") {
            return Answer::No("Folder name is reserved".into());
        }
        if name.is_empty() || name.split('/').any(str::is_empty) {
            return Answer::argument();
        }
        self.with_mailbox(|mailbox| {
            if mailbox.folder(name).is_some() {
                return Answer::No("Mailbox already exists.".into());
            }
            mailbox.folder_or_new(name).subscribed = false;
            Answer::ok("CREATE completed.")
        })
    }

    fn delete(&self, name: &str) -> Answer {
        self.with_mailbox(|mailbox| {
            let before = mailbox.folders.len();
            let lower = name.to_lowercase();
            mailbox
                .folders
                .retain(|folder| lower == "inbox" || folder.name.to_lowercase() != lower);
            if mailbox.folders.len() < before {
                Answer::ok("DELETE completed.")
            } else {
                Answer::No("DELETE failed.".into())
            }
        })
    }

    fn rename(&self, from: &str, to: &str) -> Answer {
        self.with_mailbox(|mailbox| {
            if mailbox.folder(to).is_some() {
                return Answer::No("Mailbox already exists.".into());
            }
            match mailbox.folder(from) {
                None => no_such_folder(),
                Some(folder) => {
                    folder.name = to.to_owned();
                    Answer::ok("RENAME completed.")
                }
            }
        })
    }

    fn subscribe(&self, name: &str, verb: &str) -> Answer {
        self.with_mailbox(|mailbox| match mailbox.folder(name) {
            None => no_such_folder(),
            Some(folder) => {
                folder.subscribed = verb == "SUBSCRIBE";
                Answer::Ok(format!("{verb} completed."))
            }
        })
    }

    fn status(&mut self, name: &str, items: &str) -> io::Result<Answer> {
        let Some(folder) = self.with_mailbox(|mailbox| mailbox.folder(name).cloned()) else {
            return Ok(no_such_folder());
        };
        let mut told = Vec::new();
        for item in items.trim_matches(['(', ')']).split_whitespace() {
            let upper = item.to_ascii_uppercase();
            let value = match upper.as_str() {
                "MESSAGES" => folder.items.len(),
                "UNSEEN" => folder
                    .items
                    .iter()
                    .filter(|item| !item.flags.contains("\\Seen"))
                    .count(),
                "RECENT" => 0,
                "UIDNEXT" => folder.next as usize,
                "UIDVALIDITY" => folder.validity as usize,
                // No STATUS=SIZE, no CONDSTORE.
                _ => return Ok(Answer::argument()),
            };
            told.push(format!("{upper} {value}"));
        }
        let name = encode_name(&folder.name)
            .replace('\\', "\\\\")
            .replace('"', "\\\"");
        // The blank at the end is Exchange's.
        write!(self.out, "* STATUS \"{name}\" ({}) \r\n", told.join(" "))?;
        Ok(Answer::ok("STATUS completed."))
    }

    fn open(&mut self, name: &str, read_only: bool) -> io::Result<Answer> {
        self.selected = None;
        let Some(folder) = self.with_mailbox(|mailbox| mailbox.folder(name).cloned()) else {
            return Ok(no_such_folder());
        };
        let Folder {
            validity,
            next,
            items,
            ..
        } = &folder;
        let permanent = if read_only {
            ""
        } else {
            "\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent"
        };
        write!(
            self.out,
            "* {count} EXISTS\r\n* 0 RECENT\r\n* FLAGS (\\Seen \\Answered \\Flagged \\Deleted \\Draft $MDNSent)\r\n\
             * OK [PERMANENTFLAGS ({permanent})] Permanent flags\r\n",
            count = items.len(),
        )?;
        if let Some(at) = items.iter().position(|item| !item.flags.contains("\\Seen")) {
            let number = at + 1;
            write!(self.out, "* OK [UNSEEN {number}] Is the first unseen message\r\n")?;
        }
        write!(
            self.out,
            "* OK [UIDVALIDITY {validity}] UIDVALIDITY value\r\n* OK [UIDNEXT {next}] The next unique identifier value\r\n"
        )?;
        self.selected = Some(Selected {
            folder: folder.name.clone(),
            read_only,
            told: items.len(),
        });
        Ok(Answer::ok(if read_only {
            "[READ-ONLY] EXAMINE completed."
        } else {
            "[READ-WRITE] SELECT completed."
        }))
    }
}

pub(super) fn no_such_folder() -> Answer {
    Answer::No("[TRYCREATE] The folder doesn't exist.".into())
}

/// `*` for anything, `%` for anything within a level.
fn matches(pattern: &str, name: &str) -> bool {
    let Some(first) = pattern.chars().next() else {
        return name.is_empty();
    };
    let rest = &pattern[first.len_utf8()..];
    let mut ends = name.char_indices().map(|(at, _)| at).chain([name.len()]);
    match first {
        '*' => ends.any(|at| matches(rest, &name[at..])),
        '%' => ends
            .take_while(|at| !name[..*at].contains('/'))
            .any(|at| matches(rest, &name[at..])),
        _ => name.strip_prefix(first).is_some_and(|name| matches(rest, name)),
    }
}
