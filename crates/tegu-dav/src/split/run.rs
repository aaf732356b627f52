//! Lines that stand in no component: the properties of a calendar, or what is left of a component whose `BEGIN` is missing.

use super::names::{Home, home};
use super::octets::is_content;
use super::places::Span;

/// Lines between two components, or between a component and the calendar's beginning or end.
#[derive(Debug, Default)]
pub(super) struct Run {
    /// Whether it follows the beginning of a calendar. Only then can it begin with the calendar's own properties.
    first: bool,
    lines: Vec<(Span, Kind)>,
    /// From the first line that only a component can have.
    headless: Option<Span>,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq)]
enum Kind {
    Calendar,
    Either,
    /// No content line.
    Junk,
}

impl Run {
    pub(super) fn new(first: bool) -> Self {
        Self {
            first,
            ..Self::default()
        }
    }

    /// Takes a line that begins or ends no component.
    pub(super) fn line(&mut self, bytes: &[u8], span: Span) {
        if let Some(headless) = &mut self.headless {
            headless.end = span.end;
            return;
        }
        let length = bytes.iter().position(|b| matches!(b, b':' | b';'));
        let name = bytes.get(..length.unwrap_or(bytes.len())).unwrap_or_default();
        let framing = name.eq_ignore_ascii_case(b"BEGIN") || name.eq_ignore_ascii_case(b"END");
        let kind = match home(name) {
            _ if framing || !is_content(bytes) => Kind::Junk,
            Home::Calendar => Kind::Calendar,
            Home::Either => Kind::Either,
            // A name may go on in the next physical line.
            Home::Component if length.is_none() => Kind::Either,
            Home::Component => return self.foreign(span),
        };
        self.lines.push((span, kind));
    }

    /// Takes a line of a component that has no beginning. Lines before it that a component can have belong to it too.
    pub(super) fn foreign(&mut self, span: Span) {
        if let Some(headless) = &mut self.headless {
            headless.end = span.end;
            return;
        }
        let own = match self.first {
            true => self.lines.iter().rposition(|(_, kind)| *kind == Kind::Calendar),
            false => None,
        };
        let from = own.map_or(0, |at| at + 1);
        let begin = self.lines.get(from).map_or(span, |(line, _)| *line);
        self.lines.truncate(from);
        self.headless = Some(Span {
            end: span.end,
            ..begin
        });
    }

    /// Lengthens the last line by a fold.
    pub(super) fn fold(&mut self, end: u64) {
        let last = self.lines.last_mut().map(|(span, _)| span);
        if let Some(span) = self.headless.as_mut().or(last) {
            span.end = end;
        }
    }

    pub(super) fn is_headless(&self) -> bool {
        self.headless.is_some()
    }

    /// The calendar's lines, and those of the component without a beginning.
    pub(super) fn end(self) -> (impl Iterator<Item = Span>, Option<Span>) {
        (self.lines.into_iter().map(|(span, _)| span), self.headless)
    }
}
