//! Tasks.

use super::{Recurrence, time};
use crate::xml::Element;
use jiff::Timestamp;

/// What a task says of itself beyond what all items do.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
pub struct Task {
    /// `NotStarted`, `InProgress`, `Completed`, `WaitingOnOthers`, `Deferred`.
    pub status: Option<String>,
    /// How much is done, from 0 to 100.
    pub percent: Option<f64>,
    /// The day on which it begins, as an instant.
    pub start: Option<Timestamp>,
    /// The day on which it is due, as an instant.
    pub due: Option<Timestamp>,
    /// When it was done.
    pub done: Option<Timestamp>,
    /// Whether it recurs.
    pub recurs: bool,
    /// How it recurs.
    pub recurrence: Option<Recurrence>,
    /// `NoMatch` or empty for a task of one's own.
    pub delegation: Option<String>,
    /// Minutes before the due day at which it reminds; `None` if it does not.
    pub reminder: Option<Timestamp>,
    /// Properties that VTODO has no place for, with their values.
    pub more: Vec<(&'static str, String)>,
}

impl Task {
    pub(super) fn read(item: Element<'_>) -> Self {
        let instant = |name| item.value(name).and_then(time::instant);
        let mut more = Vec::new();
        for name in ["TotalWork", "ActualWork", "Mileage", "BillingInformation"] {
            if let Some(value) = item.value(name).filter(|value| *value != "0") {
                more.push((name, value.to_owned()));
            }
        }
        for name in ["Companies", "Contacts"] {
            let list: Vec<&str> = item
                .child(name)
                .into_iter()
                .flat_map(Element::children)
                .map(Element::text)
                .collect();
            if !list.is_empty() {
                more.push((name, list.join(", ")));
            }
        }
        let recurrence = item.child("Recurrence");
        Self {
            status: item.value("Status").map(str::to_owned),
            percent: item.number("PercentComplete"),
            start: instant("StartDate"),
            due: instant("DueDate"),
            done: instant("CompleteDate"),
            recurs: recurrence.is_some(),
            recurrence: recurrence.and_then(Recurrence::read),
            delegation: item.value("DelegationState").map(str::to_owned),
            reminder: instant("ReminderDueBy").filter(|_| item.flag("ReminderIsSet") == Some(true)),
            more,
        }
    }
}
