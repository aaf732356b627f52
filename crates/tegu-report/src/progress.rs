//! How far a run has come.

use crate::{AccountReport, ContainerReport, Entity, Event, Report};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use tegu_outcome::Counts;

/// What the events of a run come to. Jobs that are being worked on count with what they have done so far, and jobs of the same pass that
/// were finished by an earlier run count whole.
///
/// Only what was listed is known: `source` in [`entities`](Self::entities) grows while accounts are opened. Work of other processes on a
/// shared journal is not in it.
#[derive(Clone, Debug, Default, Deserialize, Serialize)]
#[non_exhaustive]
pub struct Progress {
    /// Accounts that take part, once the directory was read.
    pub accounts: Option<u64>,
    /// Accounts of which all kinds of things are through.
    pub accounts_done: u64,
    /// How items ended, by kind of thing. `source` is what was listed so far.
    pub entities: BTreeMap<Entity, Counts>,
    /// Items that ended, in octets.
    pub bytes: u64,
    /// Items by the code of what was found about them.
    pub codes: BTreeMap<String, u64>,
    /// What is being worked on.
    pub at_work: Vec<AtWork>,
    /// What is being waited for, if anything.
    pub waiting: Option<String>,
    /// Why the run did not come to its end.
    pub error: Option<String>,
}

/// A job at work: one kind of thing of one account.
#[derive(Clone, Debug, Deserialize, Serialize)]
#[non_exhaustive]
pub struct AtWork {
    /// What moves.
    pub entity: Entity,
    /// Whose it is.
    pub account: String,
    /// The folder, calendar or address book at hand.
    pub container: String,
    /// How its items ended so far. `source` is what was listed so far.
    pub counts: Counts,
}

/// A file that another program wrote may say anything.
fn sum(numbers: impl Iterator<Item = u64>) -> u64 {
    numbers.fold(0, u64::saturating_add)
}

impl Progress {
    /// Items that were listed so far.
    #[must_use]
    pub fn listed(&self) -> u64 {
        sum(self.entities.values().map(|counts| counts.source))
    }

    /// Items that have a state.
    #[must_use]
    pub fn ended(&self) -> u64 {
        sum(self.entities.values().map(Counts::accounted))
    }

    /// Accounts that were not opened yet: what they hold is unknown.
    #[must_use]
    pub fn unopened(&self) -> Option<u64> {
        let mut at_work: Vec<&str> = self.at_work.iter().map(|job| job.account.as_str()).collect();
        at_work.sort_unstable();
        at_work.dedup();
        let opened = self.accounts_done.saturating_add(at_work.len() as u64);
        self.accounts.map(|accounts| accounts.saturating_sub(opened))
    }

    /// Makes a report of what was done so far: what is at work by account, and all that is finished as one row.
    #[must_use]
    pub fn report(&self, job: &str, started: jiff::Timestamp) -> Report {
        let mut finished = self.entities.clone();
        let mut rows: Vec<AccountReport> = Vec::new();
        for at_work in &self.at_work {
            if let Some(sums) = finished.get_mut(&at_work.entity) {
                take_back(sums, &at_work.counts);
            }
            let mut container = ContainerReport::new(at_work.entity, &at_work.container);
            container.counts = at_work.counts;
            let mut row = AccountReport::new(&at_work.account, &at_work.account);
            row.containers.push(container);
            rows.push(row);
        }
        let mut through = AccountReport::new(format!("{} accounts", self.accounts_done), "finished");
        for (entity, counts) in finished {
            let mut container = ContainerReport::new(entity, entity.name());
            container.counts = counts;
            through.containers.push(container);
        }
        rows.push(through);
        Report::builder(job, started, jiff::Timestamp::now())
            .complete(false)
            .accounts(rows)
            .build()
    }

    /// Counts a job that an earlier run finished in this pass.
    pub fn add(&mut self, entity: Entity, counts: &Counts) {
        self.entities.entry(entity).or_default().merge(counts);
    }

    /// Counts an event.
    pub fn note(&mut self, event: &Event) {
        match event {
            Event::Started { accounts } => {
                *self = Self {
                    accounts: Some(*accounts as u64),
                    ..Self::default()
                };
            }
            Event::JobStarted { entity, account, .. } => self.begin(*entity, account),
            Event::ContainerStarted {
                entity,
                account,
                container,
                items,
            } => {
                self.waiting = None;
                self.at(*entity, account).container.clone_from(container);
                self.listed_more(*entity, account, *items);
            }
            Event::ItemFinished {
                entity,
                account,
                state,
                bytes,
                codes,
                ..
            } => {
                self.waiting = None;
                self.bytes += bytes;
                for code in codes {
                    *self.codes.entry(code.clone()).or_default() += 1;
                }
                self.at(*entity, account).counts.add_many(*state, 1);
                self.entities.entry(*entity).or_default().add_many(*state, 1);
                // An item that ended was there, whether it was announced or not.
                let counts = self.at(*entity, account).counts;
                self.listed_more(*entity, account, counts.accounted().saturating_sub(counts.source));
            }
            Event::JobFinished { entity, account, .. } => {
                self.at_work
                    .retain(|job| (job.entity, &job.account) != (*entity, account));
            }
            Event::AccountFinished { account } => {
                self.accounts_done += 1;
                self.at_work.retain(|job| job.account != *account);
            }
            Event::FolderRetrying { account, error, .. } | Event::Retrying { account, error, .. } => {
                self.waiting = Some(format!("{account}: {error}"));
            }
            Event::Waiting { account, reason, .. } => self.waiting = Some(format!("{account}: {reason}")),
            Event::JournalAway { error } => self.waiting = Some(format!("the journal: {error}")),
            Event::Finished { error } => {
                self.waiting = None;
                self.error.clone_from(error);
            }
            _ => {}
        }
    }

    /// An attempt begins anew: what an earlier one counted is not counted twice.
    fn begin(&mut self, entity: Entity, account: &str) {
        let before = std::mem::take(&mut self.at(entity, account).counts);
        let sums = self.entities.entry(entity).or_default();
        take_back(sums, &before);
    }

    fn listed_more(&mut self, entity: Entity, account: &str, items: u64) {
        self.at(entity, account).counts.source += items;
        self.entities.entry(entity).or_default().source += items;
    }

    fn at(&mut self, entity: Entity, account: &str) -> &mut AtWork {
        let jobs = &mut self.at_work;
        let found = jobs
            .iter()
            .position(|job| job.entity == entity && job.account == account);
        let place = found.unwrap_or(jobs.len());
        if found.is_none() {
            jobs.push(AtWork {
                entity,
                account: account.to_owned(),
                container: String::new(),
                counts: Counts::default(),
            });
        }
        &mut jobs[place]
    }
}

/// What was counted for an attempt that begins again.
fn take_back(sums: &mut Counts, less: &Counts) {
    for (sum, less) in [
        (&mut sums.source, less.source),
        (&mut sums.moved, less.moved),
        (&mut sums.present, less.present),
        (&mut sums.manual, less.manual),
        (&mut sums.failed, less.failed),
        (&mut sums.excluded, less.excluded),
    ] {
        *sum = sum.saturating_sub(less);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use tegu_outcome::State;

    fn item(state: State) -> Event {
        Event::ItemFinished {
            entity: Entity::Mail,
            account: "a".into(),
            container: "INBOX".into(),
            item: "1".into(),
            state,
            codes: vec!["MAIL-NUL".into()],
            bytes: 10,
        }
    }

    fn started(attempt: u32) -> Event {
        Event::JobStarted {
            entity: Entity::Mail,
            account: "a".into(),
            attempt,
        }
    }

    #[test]
    fn an_attempt_that_begins_again_counts_once() {
        let mut progress = Progress::default();
        progress.note(&Event::Started { accounts: 2 });
        for attempt in 1..=2 {
            progress.note(&started(attempt));
            progress.note(&Event::ContainerStarted {
                entity: Entity::Mail,
                account: "a".into(),
                container: "INBOX".into(),
                items: 2,
            });
            progress.note(&item(State::Moved));
        }
        assert_eq!(
            (progress.listed(), progress.ended(), progress.unopened()),
            (2, 1, Some(1))
        );
        progress.note(&item(State::Manual));
        progress.note(&item(State::Manual));
        // More than was announced.
        assert_eq!((progress.listed(), progress.ended()), (3, 3));
        assert_eq!(progress.codes["MAIL-NUL"], 4);
        progress.note(&Event::JobFinished {
            entity: Entity::Mail,
            account: "a".into(),
            failed: false,
        });
        progress.note(&Event::AccountFinished { account: "a".into() });
        assert_eq!(
            (progress.ended(), progress.accounts_done, progress.at_work.len()),
            (3, 1, 0)
        );
    }

    #[test]
    fn what_is_waited_for_is_forgotten_when_it_goes_on() {
        let mut progress = Progress::default();
        progress.note(&Event::JournalAway { error: "down".into() });
        assert_eq!(progress.waiting.as_deref(), Some("the journal: down"));
        progress.note(&item(State::Moved));
        assert_eq!(progress.waiting, None);
    }
}
