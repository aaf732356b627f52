//! One component of a resource that is being made.

use std::rc::Rc;

use super::calendar::Calendar;
use super::check::Facts;
use crate::ical::Component;
use crate::line::Line;

/// A component of the resource in hand.
pub(super) struct Part<'b> {
    pub(super) at: usize,
    pub(super) calendar: Rc<Calendar>,
    pub(super) raw: &'b [u8],
    pub(super) lines: Vec<Line<'b>>,
    pub(super) component: Component,
    pub(super) facts: Facts,
    pub(super) strict: bool,
}

impl Part<'_> {
    pub(super) fn texts(&self) -> impl Iterator<Item = &str> {
        self.lines.iter().map(|line| &*line.text)
    }
}
