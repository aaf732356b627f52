//! Actions.

use super::Work;
use super::limit::{self, Path, folder, moves};
use super::vacation;
use crate::rule::{Action, Folder, Recipient, Rule};
use crate::script::Command;

/// A move. Pigeonhole takes a second `fileinto` into one folder for done, and then keeps the message in the Inbox too if the first was a
/// copy; `discard` takes it from there.
fn leave(command: Command, before: &[Command], path: &Path) -> Vec<Command> {
    let twice = folder(&command)
        .is_some_and(|name| path.filed_into(name) || before.iter().any(|other| folder(other) == Some(name)));
    let mut all = vec![command];
    all.extend(twice.then(Command::discard));
    all
}

/// A copy. Cyrus takes a second `fileinto` into one folder for the one that counts, and then keeps the message in the Inbox too if that was a
/// copy, although the first one moved it; `discard` takes it from there.
fn copy(command: Command, before: &[Command]) -> Vec<Command> {
    let same = |other: &&Command| folder(other) == folder(&command);
    let moved = before
        .iter()
        .filter(|other| moves(other))
        .any(|other| same(&other));
    let mut all = vec![command];
    all.extend(moved.then(Command::discard));
    all
}

impl Work<'_> {
    /// Returns the commands of a rule, without `stop`. Marks come first, so that the copies of the same rule carry them.
    pub(super) fn actions(&mut self, at: usize, rule: &Rule, path: &Path) -> Vec<Command> {
        let mut marks = Vec::new();
        let mut rest = Vec::new();
        for action in &rule.actions {
            match action {
                Action::MarkAsRead => marks.push(Command::add_flag("\\Seen")),
                Action::AssignCategories(all) => self.categories(all, &mut marks),
                Action::MoveToFolder(folder) => {
                    let command = self.file(folder, false);
                    rest.extend(
                        command
                            .into_iter()
                            .flat_map(|command| leave(command, &rest, path))
                            .collect::<Vec<_>>(),
                    );
                }
                Action::CopyToFolder(folder) => {
                    let command = self.file(folder, true);
                    let named = command.as_ref().and_then(limit::folder);
                    if named.is_some_and(|name| path.moved_into(name)) {
                        self.lossy("SIEVE-COPY-AGAIN", "an earlier rule may have moved the message to this folder, and Cyrus would keep it in the Inbox too");
                    }
                    rest.extend(
                        command
                            .into_iter()
                            .flat_map(|command| copy(command, &rest))
                            .collect::<Vec<_>>(),
                    );
                }
                Action::Delete => {
                    let command = self.trash();
                    rest.extend(
                        command
                            .into_iter()
                            .flat_map(|command| leave(command, &rest, path))
                            .collect::<Vec<_>>(),
                    );
                }
                Action::PermanentDelete => {
                    self.lossy(
                        "SIEVE-DELETE",
                        "the message is gone for good, before it reaches the mailbox",
                    );
                    rest.push(Command::discard());
                }
                Action::RedirectTo(people) => self.redirect(people, &mut rest),
                Action::ForwardTo(people) => {
                    self.lossy("SIEVE-FORWARD", "the copy keeps its sender and its subject, where Exchange sends a new message of the owner's; SPF and DMARC may refuse it");
                    self.redirect(people, &mut rest);
                }
                Action::ReplyWithMessage(Some(template)) => {
                    if path.replies() {
                        self.manual(
                            "SIEVE-TWO-REPLIES",
                            "the message may be replied to already, and a script can reply only once",
                        );
                    }
                    self.lossy(
                        "SIEVE-REPLY-ONCE",
                        "each sender gets the reply once a day, not for every message",
                    );
                    rest.push(vacation::template(at, template, &self.translator.owner));
                }
                Action::ForwardAsAttachmentTo(_)
                | Action::MarkImportance(_)
                | Action::ReplyWithMessage(None)
                | Action::SendTextMessage(_) => {
                    self.manual("SIEVE-NO-EQUAL", format!("Sieve cannot {action}"));
                }
                Action::StopProcessingRules => {}
            }
        }
        if !marks.is_empty() && path.files() {
            self.lossy(
                "SIEVE-MARK-LATER",
                "a copy that an earlier rule has filed stays as it is; the mark is on later copies only",
            );
        }
        marks.append(&mut rest);
        marks
    }

    fn file(&mut self, folder: &Folder, copy: bool) -> Option<Command> {
        let server = &self.translator.server;
        match self
            .translator
            .folders
            .resolve(folder)
            .and_then(|name| server.spell(name))
        {
            Ok(name) => Some(Command::file_into(
                name,
                copy,
                self.translator.server.has("mailbox"),
            )),
            Err(why) => {
                self.manual("SIEVE-FOLDER", why);
                None
            }
        }
    }

    fn trash(&mut self) -> Option<Command> {
        let server = &self.translator.server;
        let create = server.has("mailbox");
        match server.spell(self.translator.folders.trash_name().to_owned()) {
            Ok(name) if server.has("special-use") => {
                Some(Command::file_into_special("\\Trash", name, create))
            }
            Ok(name) => Some(Command::file_into(name, false, create)),
            Err(why) => {
                self.manual("SIEVE-FOLDER", why);
                None
            }
        }
    }

    fn redirect(&mut self, people: &[Recipient], out: &mut Vec<Command>) {
        let mut targets: Vec<String> = Vec::new();
        for person in people {
            // The first address is the one to send to.
            let address = self.known(std::slice::from_ref(person), false).into_iter().next();
            let Some(address) = address else { continue };
            if self.translator.owner.is(&address) {
                self.manual(
                    "SIEVE-REDIRECT-SELF",
                    format!("{address} is this mailbox: the message would come back"),
                );
            }
            if !targets.iter().any(|other| other.eq_ignore_ascii_case(&address)) {
                targets.push(address);
            }
        }
        out.extend(targets.into_iter().map(Command::redirect_copy));
    }

    fn categories(&mut self, all: &[String], out: &mut Vec<Command>) {
        for category in all {
            let mapped = self.translator.keywords.get(category).unwrap_or(category);
            let atom = !mapped.is_empty()
                && mapped
                    .chars()
                    .all(|c| c.is_ascii_graphic() && !"(){%*\"\\]".contains(c));
            if atom {
                self.lossy("SIEVE-CATEGORY", format!("the category {category} becomes the keyword {mapped}, which not every mail program shows"));
                out.push(Command::add_flag(mapped.clone()));
            } else {
                self.manual(
                    "SIEVE-CATEGORY",
                    format!(
                        "the category {category} cannot be a keyword of IMAP: these are ASCII without spaces"
                    ),
                );
            }
        }
    }
}
