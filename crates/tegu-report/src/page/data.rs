//! The report in the short form that the page's script reads: rows are arrays, kinds of things are numbers.

use crate::{
    AccountReport, ContainerReport, Counts, DocumentReport, Entity, ExceptionReport, PlanCheck, Relation,
    Report, Speed, State, Text, WorkItem, advice,
};
use serde::{Serialize, Serializer};
use std::{
    borrow::Cow,
    collections::{BTreeMap, HashMap},
    io::{self, Write},
};

#[derive(Serialize)]
struct Data<'a> {
    /// What a run that is at work says of itself.
    live: Option<&'a str>,
    complete: bool,
    /// Whether what was counted adds up.
    balances: bool,
    /// Accounts of which something is not counted.
    uncounted: usize,
    /// Names and titles of entities, by number.
    names: Vec<&'static str>,
    titles: Vec<Text>,
    /// Kind, counts, octets, accounts that are not counted.
    entities: Vec<(usize, [u64; 6], u64, u64)>,
    speed: &'a Speed,
    sections: Vec<Section<'a>>,
    relations: BTreeMap<&'static str, Text>,
    /// Names of folders, calendars and address books, and codes: rows hold their numbers.
    places: &'a [Cow<'a, str>],
    codes: &'a [Cow<'a, str>],
    #[serde(serialize_with = "accounts")]
    accounts: (&'a [AccountReport], &'a Numbers<'a>, &'a Numbers<'a>),
    #[serde(serialize_with = "works")]
    work: &'a [WorkItem],
    #[serde(serialize_with = "documents")]
    documents: &'a [DocumentReport],
    advice: BTreeMap<&'a str, Text>,
    exceptions: &'a [ExceptionReport],
    plan: Option<&'a PlanCheck>,
}

#[derive(Serialize)]
struct Section<'a> {
    entity: Entity,
    title: Text,
    how: Text,
    exchange: Text,
    tegu: Text,
    why: Text,
    todo: Text,
    facts: Vec<(&'a str, Relation, &'a str)>,
}

/// Address, name, sums, folders, problems, kinds that are not counted. The folders are JSON once more, nothing but numbers, which is read when somebody
/// wants to see them.
type Account<'a> = (
    &'a str,
    &'a str,
    [u64; 6],
    String,
    Vec<(usize, &'a str)>,
    Vec<usize>,
);
/// Kind, name, counts, octets, code and number of each finding.
type Container = (usize, usize, [u64; 6], u64, Vec<(usize, u64)>);
/// Kind, whose, where, label, state, reasons, original, identity.
type Work<'a> = (
    usize,
    &'a str,
    &'a str,
    &'a str,
    usize,
    Vec<(&'a str, &'a str)>,
    &'a str,
    &'a str,
);

/// Writes JSON that can stand in a script element: nothing in it ends the element, or a line of the script. Rows are made one
/// by one.
pub(super) fn write(report: &Report, live: Option<&str>, out: &mut dyn Write) -> io::Result<()> {
    let (mut places, mut noted) = (Numbers::default(), Numbers::default());
    for row in report.accounts.iter().flat_map(|account| &account.containers) {
        places.add(row.shown());
        row.findings.keys().for_each(|code| noted.add(code));
    }
    Ok(serde_json::to_writer(
        Safe(out),
        &data(report, live, &places, &noted),
    )?)
}

/// Outside of texts JSON has none of these characters, so each can be written as texts write them.
struct Safe<'a>(&'a mut dyn Write);

impl Write for Safe<'_> {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        let mut rest = octets;
        loop {
            let found = rest.iter().enumerate().find_map(|(at, octet)| {
                let behind = rest.get(at + 1..at + 3);
                match (octet, behind) {
                    (b'<' | b'>' | b'&', _) => Some((at, 1, u32::from(*octet))),
                    (0xe2, Some([0x80, 0xa8])) => Some((at, 3, 0x2028)),
                    (0xe2, Some([0x80, 0xa9])) => Some((at, 3, 0x2029)),
                    _ => None,
                }
            });
            let Some((at, length, point)) = found else { break };
            let (before, special) = rest.split_at(at);
            self.0.write_all(before)?;
            write!(self.0, "\\u{point:04x}")?;
            rest = special.get(length..).unwrap_or_default();
        }
        self.0.write_all(rest)?;
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.0.flush()
    }
}

/// Gives each text a number.
#[derive(Default)]
struct Numbers<'a> {
    texts: Vec<Cow<'a, str>>,
    known: HashMap<Cow<'a, str>, usize>,
}

impl<'a> Numbers<'a> {
    fn add(&mut self, text: impl Into<Cow<'a, str>>) {
        let text = text.into();
        self.known.entry(text.clone()).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        });
    }

    fn of(&self, text: &str) -> usize {
        self.known.get(text).copied().unwrap_or_default()
    }
}

fn accounts<S: Serializer>(
    (accounts, places, codes): &(&[AccountReport], &Numbers<'_>, &Numbers<'_>),
    serializer: S,
) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(accounts.iter().map(|row| account(row, places, codes)))
}

fn works<S: Serializer>(rows: &[WorkItem], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(work))
}

fn documents<S: Serializer>(rows: &[DocumentReport], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_seq(rows.iter().map(document))
}

fn account<'a>(account: &'a AccountReport, places: &Numbers<'_>, codes: &Numbers<'_>) -> Account<'a> {
    let mut sums = Counts::default();
    let containers = account.containers.iter().map(|row| {
        sums.merge(&row.counts);
        container(row, places, codes)
    });
    let containers = containers.collect::<Vec<_>>();
    let problems = account.problems.iter();
    let problems = problems.map(|problem| (index(problem.entity), problem.error.as_str()));
    (
        account.account.as_str(),
        account.display_name.as_str(),
        counts(&sums),
        serde_json::to_string(&containers).unwrap_or_else(|_| "[]".into()),
        problems.collect(),
        account.uncounted.iter().map(|entity| index(*entity)).collect(),
    )
}

fn data<'a>(
    report: &'a Report,
    live: Option<&'a str>,
    places: &'a Numbers<'a>,
    noted: &'a Numbers<'a>,
) -> Data<'a> {
    let codes = report
        .worklist
        .iter()
        .flat_map(|work| &work.findings)
        .map(|finding| finding.code.as_ref());
    Data {
        live,
        complete: report.is_complete(),
        balances: report.counted_balances(),
        uncounted: report.summary().uncounted,
        names: Entity::ALL.iter().map(|entity| entity.name()).collect(),
        titles: Entity::ALL.iter().map(|entity| entity.info().title).collect(),
        entities: report
            .entities
            .iter()
            .map(|row| (index(row.entity), counts(&row.counts), row.bytes, row.uncounted))
            .collect(),
        speed: &report.speed,
        sections: report.sections.iter().map(section).collect(),
        relations: relations(report),
        places: &places.texts,
        codes: &noted.texts,
        accounts: (&report.accounts, places, noted),
        work: &report.worklist,
        documents: &report.documents,
        advice: codes.filter_map(|code| Some((code, advice(code)?))).collect(),
        exceptions: &report.exceptions,
        plan: report.plan.as_ref(),
    }
}

fn section(section: &crate::Section) -> Section<'_> {
    let info = section.entity.info();
    let facts = section.facts.iter();
    Section {
        entity: section.entity,
        title: info.title,
        how: info.disposition.text(),
        exchange: info.exchange,
        tegu: info.tegu,
        why: info.why,
        todo: info.todo,
        facts: facts
            .map(|fact| (fact.who.as_str(), fact.relation, fact.whom.as_str()))
            .collect(),
    }
}

fn relations(report: &Report) -> BTreeMap<&'static str, Text> {
    let facts = report.sections.iter().flat_map(|section| &section.facts);
    facts
        .map(|fact| (fact.relation.name(), fact.relation.text()))
        .collect()
}

fn container(row: &ContainerReport, places: &Numbers<'_>, codes: &Numbers<'_>) -> Container {
    let findings = row.findings.iter();
    (
        index(row.entity),
        places.of(&row.shown()),
        counts(&row.counts),
        row.bytes,
        findings.map(|(code, items)| (codes.of(code), *items)).collect(),
    )
}

fn work(work: &WorkItem) -> Work<'_> {
    // What keeps the item from moving comes before what is only worth knowing.
    let mut findings = work.findings.iter().collect::<Vec<_>>();
    findings.sort_by_key(|finding| std::cmp::Reverse(finding.severity));
    let findings = findings.into_iter();
    (
        index(work.entity),
        &work.account,
        &work.container,
        &work.label,
        State::ALL
            .iter()
            .position(|state| *state == work.state)
            .unwrap_or_default(),
        findings
            .map(|finding| (finding.code.as_ref(), finding.message.as_str()))
            .collect(),
        work.original.as_deref().unwrap_or_default(),
        &work.item,
    )
}

fn document(row: &DocumentReport) -> (usize, &str, &str, &str, u64) {
    (
        index(row.entity),
        &row.account,
        &row.collection,
        &row.document,
        row.items,
    )
}

fn counts(counts: &Counts) -> [u64; 6] {
    let [moved, present, manual, failed, excluded] = State::ALL.map(|state| counts.get(state));
    [counts.source, moved, present, manual, failed, excluded]
}

fn index(entity: Entity) -> usize {
    Entity::ALL
        .iter()
        .position(|known| *known == entity)
        .unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_in_it_ends_the_script() {
        let mut out = Vec::new();
        let text = "</script>&<!--\u{2028}a\u{2029}\u{202a}é";
        serde_json::to_writer(Safe(&mut out), text).unwrap();
        let written = String::from_utf8(out).unwrap();
        assert_eq!(
            written,
            "\"\\u003c/script\\u003e\\u0026\\u003c!--\\u2028a\\u2029\u{202a}é\""
        );
        assert_eq!(serde_json::from_str::<String>(&written).unwrap(), text);
    }
}
