//! What running a route comes to.

use crate::{
    Blame, Error, ErrorKind,
    report::{ContainerReport, DocumentReport, SpeedMeter, WorkItem},
};

/// What came of the items of one account.
#[derive(Debug)]
#[non_exhaustive]
pub struct Totals {
    /// Folders, calendars and address books, with the states that their items ended in.
    pub containers: Vec<ContainerReport>,
    /// What calendars and contacts were read from.
    pub documents: Vec<DocumentReport>,
    /// Items that are left for a person or another run.
    pub worklist: Vec<WorkItem>,
    /// Whether the sums are about everything that the source holds.
    pub counted: bool,
    /// How fast items moved.
    pub speed: SpeedMeter,
    /// What kept the route from its end. Items that it did not get to failed (`RUN-NOT-REACHED`).
    pub error: Option<Error>,
}

/// Whether an error is no fault of the job: a journal that does not write and a full disk would fail every job; so do a lease that is
/// lost and a run that is cancelled. A source whose files cannot be read is this job's alone.
#[must_use]
pub fn stops_the_run(error: &Error) -> bool {
    match error.kind() {
        ErrorKind::Journal | ErrorKind::LeaseLost | ErrorKind::Cancelled => true,
        ErrorKind::Io => error.blame() != Blame::Source,
        _ => false,
    }
}
