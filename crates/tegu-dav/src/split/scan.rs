//! The first scan over a file: finds its components, in constant memory per component.
//!
//! Lines are checked as bytes and not kept. The component is read again when its resource is built.

use std::collections::HashMap;
use std::io::Read;
use std::sync::Arc;

use super::octets::{colon, is_clean, is_content, is_exact, is_piece, keyword};
use super::places::{Calendar, Group, Index, Other, Span, Unit, Why};
use super::run::Run;
use super::source;
use crate::error::Result;
use crate::line::{self, Physical};
use crate::{Limits, text};

#[derive(Clone, Debug, Eq, PartialEq)]
enum Tag {
    Calendar,
    Zone,
    Inner(Box<[u8]>),
    Other(Box<[u8]>),
}

impl Tag {
    fn of(name: &[u8]) -> Self {
        let is = |wanted: &str| name.eq_ignore_ascii_case(wanted.as_bytes());
        if is("VCALENDAR") {
            Self::Calendar
        } else if is("VTIMEZONE") {
            Self::Zone
        } else if is("VALARM") || is("STANDARD") || is("DAYLIGHT") {
            Self::Inner(name.to_ascii_uppercase().into())
        } else {
            Self::Other(name.to_ascii_uppercase().into())
        }
    }

    /// Components of a calendar never stand in one another: where they seem to, an `END` is missing.
    fn is_top(&self) -> bool {
        match self {
            Self::Zone => true,
            Self::Other(name) => is_item(name),
            _ => false,
        }
    }
}

fn is_item(name: &[u8]) -> bool {
    matches!(name, b"VEVENT" | b"VTODO" | b"VJOURNAL" | b"VFREEBUSY")
}

/// What the line before this one belongs to, which decides about its folds.
#[derive(Clone, Copy, PartialEq)]
enum Last {
    Nothing,
    Run,
    Other,
    Unit,
    Uid,
}

struct Open {
    depth: usize,
    unit: Unit,
    tag: Tag,
    /// The line that gives it, unfolded.
    uid: Option<Vec<u8>>,
}

struct Scanner<'l> {
    limits: &'l Limits,
    out: Index,
    calendars: Vec<Calendar>,
    by_uid: HashMap<Vec<u8>, usize>,
    stack: Vec<Tag>,
    open: Option<Open>,
    /// The lines since the last component.
    run: Run,
    last: Last,
    /// Unfolded length of the current content line.
    length: usize,
    lines: usize,
    /// Where the last line that was not blank ends, and its number.
    end: u64,
    blank_since: usize,
    samples: Vec<Vec<u8>>,
    calendar: usize,
}

impl<'l> Scanner<'l> {
    fn new(limits: &'l Limits) -> Self {
        Self {
            limits,
            out: Index::default(),
            calendars: vec![Calendar::default()],
            by_uid: HashMap::new(),
            stack: Vec::new(),
            open: None,
            run: Run::default(),
            last: Last::Nothing,
            length: 0,
            lines: 0,
            end: 0,
            blank_since: 0,
            samples: Vec::new(),
            calendar: 0,
        }
    }

    /// Takes the next physical line. `clean`: it is known to be UTF-8 without controls.
    fn line(&mut self, line: Physical<'_>, start: u64, clean: bool) -> Result<()> {
        if line.bytes.is_empty() {
            self.blank_since += 1;
            return Ok(());
        }
        let end = start + line.bytes.len() as u64;
        let after_blank = std::mem::take(&mut self.blank_since);
        self.out.blank += after_blank;
        let folded = matches!(line.bytes.first(), Some(b' ' | b'\t')) && self.lines > 0;
        let mut strict = line.crlf && line.bytes.len() <= 75 && after_blank == 0;
        if !clean {
            strict &= self.inspect(line.bytes);
        }
        if folded {
            self.length += line.bytes.len() - 1;
            if self.length > self.limits.max_line {
                return Err(line::limit(format_args!("line {}", line.number), "max_line"));
            }
            self.fold(line.bytes, strict, end);
        } else {
            if line.bytes.len() > self.limits.max_line {
                return Err(line::limit(format_args!("line {}", line.number), "max_line"));
            }
            self.lines += 1;
            if self.lines > self.limits.max_lines {
                return Err(line::limit(format_args!("line {}", line.number), "max_lines"));
            }
            self.length = line.bytes.len();
            let span = Span {
                start,
                end,
                line: line.number,
            };
            self.content(line.bytes, strict, span)?;
        }
        self.end = end;
        Ok(())
    }

    /// Whether bytes are text without controls; those that are not become samples for the code page.
    fn inspect(&mut self, bytes: &[u8]) -> bool {
        match std::str::from_utf8(bytes) {
            Ok(text) => !text::has_control(text),
            Err(_) => {
                if self.samples.len() < 500 && !is_piece(bytes) {
                    self.samples.push(bytes.get(..4096).unwrap_or(bytes).to_vec());
                }
                false
            }
        }
    }

    fn fold(&mut self, bytes: &[u8], strict: bool, end: u64) {
        match self.last {
            Last::Nothing => {}
            Last::Run => self.run.fold(end),
            Last::Other => {
                if let Some(other) = self.out.others.last_mut() {
                    other.span.end = end;
                }
            }
            Last::Unit | Last::Uid => {
                if let Some(open) = &mut self.open {
                    open.unit.strict &= strict;
                    open.unit.span.end = end;
                    if self.last == Last::Uid
                        && let Some(uid) = &mut open.uid
                    {
                        uid.extend_from_slice(bytes.get(1..).unwrap_or_default());
                    }
                }
            }
        }
    }

    fn content(&mut self, bytes: &[u8], strict: bool, span: Span) -> Result<()> {
        let first = bytes.first().map(u8::to_ascii_uppercase);
        if first == Some(b'B')
            && let Some(name) = keyword(bytes, b"BEGIN")
        {
            return self.begin(Tag::of(name), strict && is_exact(bytes, b"BEGIN:", name), span);
        }
        if first == Some(b'E')
            && let Some(name) = keyword(bytes, b"END")
        {
            self.ending(&Tag::of(name), strict && is_exact(bytes, b"END:", name), span);
            return Ok(());
        }
        let Some(open) = &mut self.open else {
            self.run.line(bytes, span);
            self.last = Last::Run;
            return Ok(());
        };
        open.unit.strict &= strict && is_content(bytes);
        open.unit.span.end = span.end;
        self.last = Last::Unit;
        if first == Some(b'U')
            && self.stack.len() == open.depth
            && bytes
                .get(..3)
                .is_some_and(|name| name.eq_ignore_ascii_case(b"UID"))
            && matches!(bytes.get(3), Some(b':' | b';') | None)
        {
            open.uid = Some(bytes.to_vec());
            self.last = Last::Uid;
        }
        Ok(())
    }

    /// Ends the lines since the last component; what follows are those of a calendar that has just begun (`first`), or others.
    fn end_run(&mut self, first: bool) {
        let run = std::mem::replace(&mut self.run, Run::new(first));
        let (lines, headless) = run.end();
        let calendar = self.calendars.get_mut(self.calendar);
        match calendar.filter(|_| !self.stack.is_empty()) {
            Some(calendar) => calendar.header.extend(lines),
            None => self.out.junk.extend(lines),
        }
        self.out.others.extend(headless.map(|span| Other {
            span,
            why: Why::NoBegin,
        }));
    }

    fn begin(&mut self, tag: Tag, strict: bool, span: Span) -> Result<()> {
        if tag == Tag::Calendar {
            self.pop_to(0);
        } else if tag.is_top()
            && let Some(depth) = self.stack.iter().rposition(Tag::is_top)
        {
            self.pop_to(depth);
        }
        if self.stack.len() >= self.limits.max_depth {
            return Err(line::limit(
                format_args!("the component on line {}", span.line),
                "max_depth",
            ));
        }
        // What stands in an event without a beginning is part of it.
        if self.open.is_none() && self.run.is_headless() && tag != Tag::Calendar && !tag.is_top() {
            self.run.foreign(span);
            self.last = Last::Run;
            return Ok(());
        }
        if self.open.is_none() {
            self.end_run(tag == Tag::Calendar);
        }
        self.last = Last::Nothing;
        if tag == Tag::Calendar {
            self.out.found = true;
            self.calendars.push(Calendar::default());
            self.calendar = self.calendars.len() - 1;
        } else if let Some(open) = &mut self.open {
            open.unit.strict &= strict;
            open.unit.span.end = span.end;
            self.last = Last::Unit;
        } else {
            if self.stack.is_empty() {
                self.calendar = 0;
            }
            let calendar = self.calendar;
            self.open = Some(Open {
                depth: self.stack.len() + 1,
                unit: Unit {
                    calendar,
                    span,
                    strict,
                },
                tag: tag.clone(),
                uid: None,
            });
            self.last = Last::Unit;
        }
        self.stack.push(tag);
        Ok(())
    }

    fn ending(&mut self, tag: &Tag, strict: bool, span: Span) {
        let Some(depth) = self.stack.iter().rposition(|open| open == tag) else {
            match &mut self.open {
                Some(open) => {
                    open.unit.strict = false;
                    open.unit.span.end = span.end;
                    self.last = Last::Unit;
                }
                None => {
                    self.last = Last::Run;
                    if tag.is_top() {
                        self.run.foreign(span);
                        self.end_run(false);
                        self.last = Last::Other;
                    } else {
                        self.run.line(b"END:", span);
                    }
                }
            }
            return;
        };
        // What this line ends besides its own component has no end of its own.
        let whole = depth + 1 == self.stack.len();
        if let Some(open) = &mut self.open
            && depth + 1 >= open.depth
        {
            open.unit.span.end = span.end;
            open.unit.strict &= strict && whole;
        }
        self.last = Last::Nothing;
        if self.open.is_none() {
            self.end_run(false);
        }
        self.pop_to_closed(depth);
        if *tag == Tag::Calendar
            && let Some(calendar) = self.calendars.get_mut(self.calendar)
        {
            calendar.closed = true;
        }
    }

    /// Closes components down to a depth; those that are cut off are not strict.
    fn pop_to(&mut self, depth: usize) {
        if let Some(open) = &mut self.open
            && open.depth > depth
        {
            open.unit.strict = false;
        }
        self.pop_to_closed(depth);
    }

    fn pop_to_closed(&mut self, depth: usize) {
        self.stack.truncate(depth);
        if self.open.as_ref().is_some_and(|open| open.depth > depth)
            && let Some(open) = self.open.take()
        {
            self.keep(open);
        }
    }

    fn keep(&mut self, open: Open) {
        let Open { unit, tag, uid, .. } = open;
        let item = matches!(&tag, Tag::Other(name) if is_item(name));
        self.out.found |= item;
        if tag == Tag::Zone
            && let Some(calendar) = self.calendars.get_mut(unit.calendar)
        {
            calendar.zones.push(unit.span);
            return;
        }
        if !item {
            self.out.others.push(Other {
                span: unit.span,
                why: Why::Unsupported,
            });
            return;
        }
        let value = |line: Vec<u8>| {
            let at = colon(&line)?;
            Some(line.get(at + 1..)?.trim_ascii().to_vec())
        };
        let Some(uid) = uid.and_then(value).filter(|uid| !uid.is_empty()) else {
            self.out.nameless.push(unit);
            return;
        };
        let groups = &mut self.out.groups;
        let at = *self.by_uid.entry(uid).or_insert_with(|| {
            groups.push(Group::default());
            groups.len() - 1
        });
        if let Some(group) = groups.get_mut(at) {
            group.units.push(unit);
        }
    }

    fn finish(mut self) -> (Index, HashMap<Vec<u8>, usize>) {
        if self.open.is_none() {
            self.end_run(false);
        }
        self.pop_to(0);
        self.out.octets = self.end;
        self.out.calendars = Arc::new(self.calendars);
        self.out.guess = line::guess_for(self.samples.iter().map(Vec::as_slice));
        (self.out, self.by_uid)
    }
}

/// Walks over bytes in memory.
pub(super) fn slice(source: &[u8], limits: &Limits) -> Result<(Index, HashMap<Vec<u8>, usize>)> {
    if source.len() > limits.max_input {
        return Err(line::limit(format_args!("{} bytes", source.len()), "max_input"));
    }
    let clean = is_clean(source);
    let mut scanner = Scanner::new(limits);
    scanner.out.line_end = line::line_end(source);
    for line in line::physical(source) {
        scanner.line(line, line.start as u64, clean)?;
    }
    Ok(scanner.finish())
}

const CHUNK: usize = 256 << 10;

/// Walks over a stream in a buffer of constant size; a line longer than it makes it grow up to the
/// longest line allowed.
pub(super) fn reader(mut from: impl Read, limits: &Limits) -> Result<(Index, HashMap<Vec<u8>, usize>)> {
    let mut scanner = Scanner::new(limits);
    let mut buffer: Vec<u8> = Vec::with_capacity(2 * CHUNK);
    let (mut offset, mut number, mut only_returns, mut decided) = (0_u64, 0_usize, None, false);
    loop {
        let begin = buffer.len();
        let mut taken = (&mut from).take(CHUNK as u64);
        let got = taken.read_to_end(&mut buffer).map_err(source::failed)?;
        let last = got == 0;
        if usize::try_from(offset)
            .unwrap_or(usize::MAX)
            .saturating_add(buffer.len())
            > limits.max_input
        {
            return Err(line::limit("a calendar", "max_input"));
        }
        // Which byte ends lines is decided once: by the first LF, or by the first megabyte without one.
        let new = buffer.get(begin..).unwrap_or_default();
        if only_returns.is_none() && memchr::memchr(b'\n', new).is_some() {
            only_returns = Some(false);
        }
        if only_returns.is_none() && (last || buffer.len() >= 4 * CHUNK) {
            only_returns = Some(memchr::memchr(b'\r', &buffer).is_some());
        }
        let Some(returns) = only_returns else { continue };
        let end = if returns { b'\r' } else { b'\n' };
        scanner.out.line_end = end;
        // The last line may go on in the next chunk. What was there before holds no end, once it is known what ends lines.
        let looked_at = if std::mem::replace(&mut decided, true) {
            begin
        } else {
            0
        };
        let whole = if last {
            buffer.len()
        } else {
            let new = buffer.get(looked_at..).unwrap_or_default();
            memchr::memrchr(end, new).map_or(0, |at| looked_at + at + 1)
        };
        if whole == 0 && !last {
            if buffer.len() > limits.max_line {
                return Err(line::limit(format_args!("line {}", number + 1), "max_line"));
            }
            continue;
        }
        let lines = buffer.get(..whole).unwrap_or_default();
        let clean = is_clean(lines);
        let mut counted = 0;
        for mut line in line::physical_ended(lines, end) {
            counted = line.number;
            line.number += number;
            scanner.line(line, offset + line.start as u64, clean)?;
        }
        number += counted;
        offset += whole as u64;
        buffer.drain(..whole);
        if last {
            return Ok(scanner.finish());
        }
    }
}
