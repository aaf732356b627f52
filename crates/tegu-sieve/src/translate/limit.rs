//! What a server carries out for one message at most. The rules before the next one that may all apply count together.

use super::{Server, Work};
use crate::script::{Argument, Command};
use std::collections::BTreeSet;

/// What the rules so far may do to one message that no `stop` has ended.
#[derive(Clone, Debug)]
pub(super) struct Path {
    max_redirects: usize,
    max_actions: usize,
    redirects: usize,
    actions: usize,
    folders: BTreeSet<String>,
    moved: BTreeSet<String>,
    replies: bool,
    stopped_by_hand: Option<String>,
}

#[derive(Default)]
struct Sum {
    redirects: usize,
    actions: usize,
    folders: BTreeSet<String>,
    moved: BTreeSet<String>,
    replies: bool,
}

impl Sum {
    fn of(command: &Command) -> Self {
        let mut sum = Self::default();
        sum.add(command);
        sum
    }

    fn add(&mut self, command: &Command) {
        let Command::Do(call) = command else { return };
        match &*call.name {
            "redirect" => (self.redirects, self.actions) = (self.redirects + 1, self.actions + 1),
            "fileinto" => {
                self.actions += 1;
                self.folders.extend(folder(command).map(ToOwned::to_owned));
                if moves(command) {
                    self.moved.extend(folder(command).map(ToOwned::to_owned));
                }
            }
            "vacation" => (self.replies, self.actions) = (true, self.actions + 1),
            "discard" => self.actions += 1,
            _ => {}
        }
        for within in call.block.as_deref().unwrap_or_default() {
            self.add(within);
        }
    }
}

/// The folder that a `fileinto` names.
pub(super) fn folder(command: &Command) -> Option<&str> {
    match command {
        Command::Do(call) if call.name == "fileinto" => match call.arguments.last() {
            Some(Argument::Text(folder)) => Some(folder),
            _ => None,
        },
        _ => None,
    }
}

/// Whether a `fileinto` takes the message out of the Inbox.
pub(super) fn moves(command: &Command) -> bool {
    matches!(command, Command::Do(call) if call.name == "fileinto" && !call.arguments.contains(&Argument::tag("copy")))
}

impl Path {
    pub(super) fn new(server: &Server) -> Self {
        Self {
            max_redirects: server.max_redirects.unwrap_or(usize::MAX),
            max_actions: server.max_actions.unwrap_or(usize::MAX),
            redirects: 0,
            // The message itself may be kept.
            actions: 1,
            folders: BTreeSet::new(),
            moved: BTreeSet::new(),
            replies: false,
            stopped_by_hand: None,
        }
    }

    /// Notes a rule that would end the path for some messages, and that is not in the script.
    pub(super) fn stop_by_hand(&mut self, name: &str) {
        self.stopped_by_hand.get_or_insert_with(|| name.to_owned());
    }

    pub(super) fn stopped_by_hand(&self) -> Option<&str> {
        self.stopped_by_hand.as_deref()
    }

    /// Whether an earlier rule may have filed the message.
    pub(super) fn files(&self) -> bool {
        !self.folders.is_empty()
    }

    /// Whether an earlier rule may have filed the message into this folder.
    pub(super) fn filed_into(&self, folder: &str) -> bool {
        self.folders.contains(folder)
    }

    /// Whether an earlier rule may have moved the message into this folder.
    pub(super) fn moved_into(&self, folder: &str) -> bool {
        self.moved.contains(folder)
    }

    /// Whether the message may have been replied to.
    pub(super) fn replies(&self) -> bool {
        self.replies
    }

    /// Goes past a rule. What a rule that stops has done never meets what comes after it.
    pub(super) fn add(&mut self, command: &Command, stops: bool) {
        if stops {
            return;
        }
        let sum = Sum::of(command);
        self.redirects += sum.redirects;
        self.actions += sum.actions;
        self.folders.extend(sum.folders);
        self.moved.extend(sum.moved);
        self.replies |= sum.replies;
    }
}

impl Work<'_> {
    pub(super) fn limits(&mut self, command: &Command, path: &Path) {
        let sum = Sum::of(command);
        let redirects = path.redirects + sum.redirects;
        if sum.redirects > 0 && redirects > path.max_redirects {
            let why = format!(
                "with the rules before, {redirects} redirects may meet in one message, and the server takes {}",
                path.max_redirects
            );
            self.manual("SIEVE-LIMIT", why);
        }
        let actions = path.actions + sum.actions;
        if actions > path.max_actions {
            let why = format!(
                "with the rules before, {actions} actions may meet in one message, and the server takes {}",
                path.max_actions
            );
            self.manual("SIEVE-LIMIT", why);
        }
    }
}
