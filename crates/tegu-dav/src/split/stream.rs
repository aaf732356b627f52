//! An iterator over the items of a calendar file.

use std::cell::RefCell;
use std::collections::{BTreeSet, HashMap};
use std::rc::Rc;

use super::calendar::Calendar;
use super::octets::keyword;
use super::options::Options;
use super::places::{Group, Index, Other, Span, Why};
use super::source::Source;
use crate::content::Content;
use crate::error::{Error, ErrorKind, one_line};
use crate::ical;
use crate::item::content_uid;
use crate::line;
use crate::time::steps::Steps;
use crate::{Finding, Item, Limits, Result, finding};

/// The database's rules as they are written, by zone and first year.
type Rules = HashMap<(String, i16), Option<Rc<str>>>;

/// An iterator over the items of a calendar file. Returned by [`stream`](super::stream()) and [`memory`](super::memory).
pub struct Stream<'a> {
    pub(super) source: Box<dyn Source + 'a>,
    pub(super) index: Index,
    pub(super) options: Options,
    /// Prepared calendars by their place, and by a digest of their bytes: a file may repeat the same one for each event.
    prepared: Vec<Option<Rc<Calendar>>>,
    ready: HashMap<[u8; 32], Rc<Calendar>>,
    /// Calendars whose lines that belong to nothing have been counted.
    seen: Vec<bool>,
    /// Zones that components use, by calendar.
    pub(super) used: HashMap<usize, BTreeSet<String>>,
    pub(super) rules: RefCell<Rules>,
    /// What computing with dates may still take.
    pub(super) work: Steps,
    next: usize,
    ended: bool,
    /// Bytes of the file, and of what was made of it.
    octets: usize,
    written: usize,
    /// Whether a limit ended it.
    fused: bool,
    /// Lines that are not UTF-8.
    pub(super) bad: usize,
    name: Option<String>,
    /// Findings about the file as a whole; complete once the iterator returned the last item. Never lossy.
    pub findings: Vec<Finding>,
}

/// What making resources tells about the file.
#[derive(Debug)]
pub(super) struct Seen {
    used: HashMap<usize, BTreeSet<String>>,
    bad: usize,
}

impl std::fmt::Debug for Stream<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Stream")
            .field("resources", &self.index.groups.len())
            .field("given", &self.next)
            .finish_non_exhaustive()
    }
}

impl<'a> Stream<'a> {
    pub(super) fn new(
        source: Box<dyn Source + 'a>,
        index: Index,
        by_uid: HashMap<Vec<u8>, usize>,
        options: &Options,
    ) -> Result<Self> {
        if !index.found {
            return Err(Error::new(ErrorKind::Malformed, "it holds no calendar component")
                .doing("read", "a calendar"));
        }
        let seen = vec![false; index.calendars.len()];
        let mut stream = Self::part(source, index, options);
        stream.seen = seen;
        stream.nameless(by_uid)?;
        for calendar in 1..stream.index.calendars.len().min(17) {
            if stream.name.is_none() {
                stream.name = stream.calendar(calendar)?.name.clone();
            }
        }
        Ok(stream)
    }

    /// A stream of some of the resources of a file, and of nothing that is left over.
    pub(super) fn part(source: Box<dyn Source + 'a>, index: Index, options: &Options) -> Self {
        let octets = usize::try_from(index.octets).unwrap_or(usize::MAX);
        Self {
            source,
            index,
            options: options.clone(),
            prepared: Vec::new(),
            ready: HashMap::new(),
            seen: Vec::new(),
            used: HashMap::new(),
            rules: RefCell::default(),
            work: Steps::new(options.limits.steps_for(octets)),
            next: 0,
            ended: false,
            octets,
            written: 0,
            fused: false,
            bad: 0,
            name: None,
            findings: Vec::new(),
        }
    }

    /// The next resource.
    pub(super) fn resource(&mut self) -> Result<Option<Item>> {
        let Some(group) = self.index.groups.get_mut(self.next) else {
            return Ok(None);
        };
        self.next += 1;
        let (made, units) = (group.made.take(), std::mem::take(&mut group.units));
        self.group(made, &units).map(Some)
    }

    /// What was seen while resources were made.
    pub(super) fn seen(self) -> Seen {
        Seen {
            used: self.used,
            bad: self.bad,
        }
    }

    /// Adds what another stream has seen, and written.
    pub(super) fn add(&mut self, seen: Seen, written: usize) {
        for (calendar, zones) in seen.used {
            self.used.entry(calendar).or_default().extend(zones);
        }
        self.bad += seen.bad;
        self.written += written;
    }

    /// The calendar's display name in the file (`NAME` or `X-WR-CALNAME`).
    #[must_use]
    pub fn calendar_name(&self) -> Option<&str> {
        self.name.as_deref()
    }

    /// Number of resources in the file, not counting stray lines.
    #[must_use]
    pub fn resources(&self) -> usize {
        self.index.groups.len()
    }

    /// Puts components without a UID into groups by what they say.
    fn nameless(&mut self, by_uid: HashMap<Vec<u8>, usize>) -> Result<()> {
        let units = std::mem::take(&mut self.index.nameless);
        if units.is_empty() {
            return Ok(());
        }
        let mut by_uid = by_uid;
        for unit in units {
            let bytes = self.bytes(unit.span)?;
            let lines = line::read_part(
                &bytes,
                unit.span.line,
                self.index.line_end,
                self.index.guess,
                &self.options.limits,
            )?;
            // A fold inside of its name hides it from the walk.
            let known = hidden_uid(&lines, &self.options.limits)?;
            let texts: Vec<&[u8]> = lines.iter().map(|line| line.text.as_bytes()).collect();
            let made = known.is_none().then(|| content_uid(&texts));
            let uid = known.or_else(|| made.clone()).unwrap_or_default();
            let groups = &mut self.index.groups;
            let at = *by_uid.entry(uid.into_bytes()).or_insert_with(|| {
                groups.push(Group {
                    made,
                    units: Vec::new(),
                });
                groups.len() - 1
            });
            if let Some(group) = groups.get_mut(at) {
                group.units.push(unit);
            }
        }
        // Back into the order of the file.
        self.index
            .groups
            .sort_by_key(|group| group.units.first().map_or(0, |unit| unit.span.start));
        Ok(())
    }

    pub(super) fn bytes(&mut self, span: Span) -> Result<Vec<u8>> {
        let mut out = Vec::new();
        self.source.read_at(span.start, span.end, &mut out)?;
        Ok(out)
    }

    /// A calendar made ready.
    pub(super) fn calendar(&mut self, at: usize) -> Result<Rc<Calendar>> {
        if let Some(Some(calendar)) = self.prepared.get(at) {
            return Ok(Rc::clone(calendar));
        }
        let (mut key, mut pieces, mut headers) = (Vec::new(), Vec::new(), 0);
        if let Some(places) = self.index.calendars.get(at) {
            headers = places.header.len();
            for span in places.header.iter().chain(&places.zones) {
                let from = key.len();
                self.source.read_at(span.start, span.end, &mut key)?;
                pieces.push((from..key.len(), span.line));
                key.push(b'\n');
            }
        }
        key.push(u8::from(at == 0));
        // Zones without a property before them are not properties.
        key.extend_from_slice(&headers.to_le_bytes());
        let digest = *blake3::hash(&key).as_bytes();
        let calendar = match self.ready.get(&digest) {
            Some(calendar) => Rc::clone(calendar),
            None => {
                let mut calendar = Calendar {
                    wrapped: at == 0,
                    ..Calendar::default()
                };
                let (guess, limits) = (self.index.guess, &self.options.limits);
                let line_end = self.index.line_end;
                let mut lines = Vec::new();
                for (range, number) in pieces.get(..headers).unwrap_or_default() {
                    let piece = key.get(range.clone()).unwrap_or_default();
                    lines.extend(
                        line::read_part(piece, *number, line_end, guess, limits)?
                            .into_iter()
                            .take(1)
                            .map(|mut line| {
                                // The line end was left out of the piece; the walk has looked at it.
                                line.strict = is_strict(piece);
                                line
                            }),
                    );
                }
                calendar.header(lines.iter());
                for (index, (range, number)) in pieces.iter().skip(headers).enumerate() {
                    let piece = key.get(range.clone()).unwrap_or_default();
                    let mut lines = line::read_part(piece, *number, line_end, guess, limits)?;
                    if let Some(last) = lines.last_mut() {
                        last.strict = is_strict(last.raw);
                    }
                    calendar.zone(index, piece, &lines, limits);
                }
                let calendar = Rc::new(calendar);
                self.ready.insert(digest, Rc::clone(&calendar));
                calendar
            }
        };
        if let Some(seen) = self.seen.get_mut(at)
            && !std::mem::replace(seen, true)
        {
            self.bad += calendar.bad;
            if let Some(places) = self.index.calendars.get(at) {
                let wrong = calendar.junk.iter().filter_map(|&index| places.header.get(index));
                self.index.junk.extend(wrong.copied());
                let apart = calendar.apart.iter().filter_map(|&index| places.zones.get(index));
                self.index
                    .others
                    .extend(apart.map(|&span| Other { span, why: Why::Zone }));
            }
        }
        if self.prepared.len() <= at {
            self.prepared.resize(at + 1, None);
        }
        if let Some(place) = self.prepared.get_mut(at) {
            *place = Some(Rc::clone(&calendar));
        }
        Ok(calendar)
    }

    fn give(&mut self) -> Result<Option<Item>> {
        if self.fused {
            return Ok(None);
        }
        if let Some(item) = self.resource()? {
            return Ok(Some(item));
        }
        if !self.ended {
            self.ended = true;
            self.end()?;
        }
        if let Some(Other { span, why }) = self.index.others.pop() {
            let bytes = self.bytes(span)?;
            let line = span.line;
            let begun = line::physical(&bytes)
                .next()
                .and_then(|line| keyword(line.bytes, b"BEGIN"))
                .map(|name| one_line(&String::from_utf8_lossy(name).to_ascii_uppercase()));
            let finding = match (why, begun) {
                (Why::Zone, _) => Finding::TzForeign { line },
                // What seems to stand alone begins well, and is nothing that can stand alone.
                (_, Some(name)) => Finding::ComponentUnsupported { name, line },
                (Why::NoBegin, None) => Finding::BeginMissing { line },
                (Why::Unsupported, None) => Finding::ComponentUnsupported {
                    name: String::new(),
                    line,
                },
            };
            return Ok(Some(Item::remainder(&bytes, finding)));
        }
        let junk = std::mem::take(&mut self.index.junk);
        self.junk(junk)
    }

    /// Lines that belong to nothing make one item, so that they are accounted for.
    fn junk(&mut self, mut junk: Vec<Span>) -> Result<Option<Item>> {
        junk.sort_by_key(|span| span.start);
        let Some(first) = junk.first().copied() else {
            return Ok(None);
        };
        let text = self.bytes(first)?;
        let finding = Finding::JunkLine {
            line: first.line,
            text: one_line(&String::from_utf8_lossy(&text)),
        };
        let mut bytes = Vec::new();
        for span in junk {
            if !bytes.is_empty() {
                bytes.extend_from_slice(b"\r\n");
            }
            self.source.read_at(span.start, span.end, &mut bytes)?;
        }
        Ok(Some(Item::remainder(&bytes, finding)))
    }

    /// What can be said when everything was seen.
    fn end(&mut self) -> Result<()> {
        for at in 0..self.index.calendars.len() {
            let places = self.index.calendars.get(at);
            if places.is_none_or(|places| places.header.is_empty() && places.zones.is_empty()) {
                continue;
            }
            let calendar = self.calendar(at)?;
            for (tzid, zone) in &calendar.zones {
                let used = self.used.get(&at).is_some_and(|used| used.contains(tzid));
                let places = self.index.calendars.get(at);
                // A zone that is used stands with its event, which a person gets too.
                if !used && let Some(span) = zone.foreign.and_then(|index| places?.zones.get(index)) {
                    let why = Why::Zone;
                    self.index.others.push(Other { span: *span, why });
                } else if self.options.understanding && !used {
                    finding::add(&mut self.findings, Finding::TzUnused { tzid: one_line(tzid) });
                }
            }
        }
        // They are taken from the end.
        self.index
            .others
            .sort_by_key(|other| std::cmp::Reverse(other.span.start));
        if self.index.blank > 0 {
            self.findings.push(Finding::RepairBlankLines {
                lines: self.index.blank,
            });
        }
        if self.bad > 0
            && let Some(guess) = self.index.guess.filter(|guess| guess.certain)
        {
            self.findings.push(Finding::CharsetGuessed {
                charset: guess.encoding.name().into(),
                lines: self.bad,
            });
        }
        Ok(())
    }
}

/// The UID of a component in which the walk saw none.
fn hidden_uid(lines: &[line::Line<'_>], limits: &Limits) -> Result<Option<String>> {
    let tree = ical::tree(lines, limits)?;
    let Some(root) = tree.roots.first() else {
        return Ok(None);
    };
    Ok(root.own_lines().filter_map(|at| lines.get(at)).find_map(|line| {
        let content = Content::parse(&line.text).filter(|content| content.is("UID"))?;
        let uid = content.value.trim();
        (!uid.is_empty()).then(|| uid.to_owned())
    }))
}

/// Whether a content line without its last line end is as a strict writer writes it.
fn is_strict(raw: &[u8]) -> bool {
    let mut lines = raw.split(|&b| b == b'\n').peekable();
    while let Some(line) = lines.next() {
        let line = match (line.strip_suffix(b"\r"), lines.peek()) {
            (Some(line), Some(_)) => line,
            (None, None) => line,
            _ => return false,
        };
        if line.len() > 75 || line.is_empty() || std::str::from_utf8(line).is_err() {
            return false;
        }
    }
    true
}

impl Iterator for Stream<'_> {
    type Item = Result<Item>;

    fn next(&mut self) -> Option<Self::Item> {
        match self.give() {
            Ok(Some(item)) => {
                self.written += item.original.len() + item.body.as_ref().map_or(0, Vec::len);
                let (most, limit) = self.options.limits.output_for(self.octets);
                if self.written > most {
                    self.fused = true;
                    return Some(Err(line::limit("a calendar", limit)));
                }
                Some(Ok(item))
            }
            other => other.transpose(),
        }
    }
}
