//! How long a server may take.

use std::time::Duration;

use tokio::time::Instant;

use super::SessionOptions;
use crate::wire::{Piece, Response};

/// Counts the time that a connection waits for its server. What the caller does in between does not count.
#[derive(Debug)]
pub(super) struct Patience {
    /// Between two octets.
    idle: Duration,
    /// Without any progress.
    busy: Duration,
    /// For one command.
    command: Duration,
    /// How long there has been no progress.
    fruitless: Duration,
    /// How long the oldest command has waited.
    waited: Duration,
    /// Up to when time has been counted; `None` after progress, when the caller may have had work of its own.
    counted: Option<Instant>,
}

/// Why a wait is over.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(super) enum Overdue {
    Idle,
    Busy,
    Command,
}

impl Patience {
    pub(super) fn new(idle: Duration, options: &SessionOptions) -> Self {
        Self {
            idle,
            busy: options.busy_timeout,
            command: options.command_timeout,
            fruitless: Duration::ZERO,
            waited: Duration::ZERO,
            counted: None,
        }
    }

    /// Lets the current command and all further ones wait for no longer than this.
    pub(super) fn shorten(&mut self, command: Duration) {
        self.command = self.command.min(command);
    }

    /// The oldest command is another one.
    pub(super) fn next_command(&mut self) {
        self.waited = Duration::ZERO;
        self.progress();
    }

    /// Something came of the wait.
    pub(super) fn progress(&mut self) {
        self.fruitless = Duration::ZERO;
        self.counted = None;
    }

    /// Counts the time up to now.
    pub(super) fn count(&mut self) {
        let now = Instant::now();
        if let Some(counted) = self.counted.replace(now) {
            let passed = now.duration_since(counted);
            self.fruitless = self.fruitless.saturating_add(passed);
            self.waited = self.waited.saturating_add(passed);
        }
    }

    /// How long to wait for the next octet, and what it means if none comes.
    pub(super) fn left(&self) -> (Duration, Overdue) {
        let busy = self.busy.saturating_sub(self.fruitless);
        let command = self.command.saturating_sub(self.waited);
        let all = [
            (self.idle, Overdue::Idle),
            (busy, Overdue::Busy),
            (command, Overdue::Command),
        ];
        all.into_iter()
            .min_by_key(|(left, _)| *left)
            .unwrap_or((self.idle, Overdue::Idle))
    }

    /// What to say of it.
    pub(super) fn message(&self, overdue: Overdue) -> String {
        match overdue {
            Overdue::Idle => format!("no answer within {:?}", self.idle),
            Overdue::Busy => format!("no progress within {:?}, only remarks", self.busy),
            Overdue::Command => format!("one command took longer than {:?}", self.command),
        }
    }
}

/// Whether a piece of an answer brings its command nearer to its end. Remarks such as `* OK Still here` do not, and neither does
/// news of what other clients do.
pub(super) fn is_progress(piece: &Piece) -> bool {
    let Piece::Response(response) = piece else {
        return true;
    };
    !matches!(
        response,
        Response::Untagged(_)
            | Response::Exists(_)
            | Response::Recent(_)
            | Response::Expunge(_)
            | Response::Unknown(_)
    )
}
