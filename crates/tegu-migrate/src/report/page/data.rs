//! The report in the short form that the page's script reads: rows are arrays, kinds of things are numbers.

use super::super::{ContainerReport, DocumentReport, Report, State, WorkItem};
use crate::{Counts, Entity, Relation, Text, advice};
use serde::Serialize;
use std::collections::{BTreeMap, HashMap};

#[derive(Serialize)]
struct Data<'a> {
    complete: bool,
    balances: bool,
    /// Names and titles of entities, by number.
    names: Vec<&'static str>,
    titles: Vec<Text>,
    entities: Vec<(usize, [u64; 6], u64)>,
    speed: &'a super::super::Speed,
    sections: Vec<Section<'a>>,
    relations: BTreeMap<&'static str, Text>,
    /// Names of folders, calendars and address books, and codes: rows hold their numbers.
    places: Vec<&'a str>,
    codes: Vec<&'a str>,
    accounts: Vec<Account<'a>>,
    work: Vec<Work<'a>>,
    documents: Vec<(usize, &'a str, &'a str, &'a str, u64)>,
    advice: BTreeMap<&'a str, Text>,
    exceptions: &'a [super::super::ExceptionReport],
    plan: Option<&'a crate::plan::PlanCheck>,
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

/// Address, name, sums, folders, problems. The folders are JSON once more, nothing but numbers, which is read when somebody
/// wants to see them.
type Account<'a> = (&'a str, &'a str, [u64; 6], String, Vec<(usize, &'a str)>);
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

/// JSON that can stand in a script element: nothing in it ends the element, or a line of the script.
pub(super) fn json(report: &Report) -> String {
    let json = serde_json::to_string(&data(report)).unwrap_or_else(|_| "null".into());
    let mut safe = String::with_capacity(json.len() + 1_024);
    // Outside of texts JSON has none of these characters, so each can be written as texts write them.
    for c in json.chars() {
        match c {
            '<' | '>' | '&' | '\u{2028}' | '\u{2029}' => {
                safe.push_str(&format!("\\u{:04x}", u32::from(c)));
            }
            c => safe.push(c),
        }
    }
    safe
}

/// Gives each text a number.
#[derive(Default)]
struct Numbers<'a> {
    texts: Vec<&'a str>,
    known: HashMap<&'a str, usize>,
}

impl<'a> Numbers<'a> {
    fn of(&mut self, text: &'a str) -> usize {
        *self.known.entry(text).or_insert_with(|| {
            self.texts.push(text);
            self.texts.len() - 1
        })
    }
}

fn data(report: &Report) -> Data<'_> {
    let (mut places, mut noted) = (Numbers::default(), Numbers::default());
    let accounts = report
        .accounts
        .iter()
        .map(|account| {
            let mut sums = Counts::default();
            let containers = account.containers.iter().map(|row| {
                sums.merge(&row.counts);
                container(row, &mut places, &mut noted)
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
            )
        })
        .collect();
    let codes = report
        .worklist
        .iter()
        .flat_map(|work| &work.findings)
        .map(|finding| finding.code.as_ref());
    Data {
        complete: report.complete,
        balances: report.balances(),
        names: Entity::ALL.iter().map(|entity| entity.name()).collect(),
        titles: Entity::ALL.iter().map(|entity| entity.destiny().title).collect(),
        entities: report
            .entities
            .iter()
            .map(|row| (index(row.entity), counts(&row.counts), row.bytes))
            .collect(),
        speed: &report.speed,
        sections: report.sections.iter().map(section).collect(),
        relations: relations(report),
        places: places.texts,
        codes: noted.texts,
        accounts,
        work: report.worklist.iter().map(work).collect(),
        documents: report.documents.iter().map(document).collect(),
        advice: codes.filter_map(|code| Some((code, advice(code)?))).collect(),
        exceptions: &report.exceptions,
        plan: report.plan.as_ref(),
    }
}

fn section(section: &super::super::Section) -> Section<'_> {
    let destiny = section.entity.destiny();
    let facts = section.facts.iter();
    Section {
        entity: section.entity,
        title: destiny.title,
        how: destiny.disposition.text(),
        exchange: destiny.exchange,
        tegu: destiny.tegu,
        why: destiny.why,
        todo: destiny.todo,
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

fn container<'a>(row: &'a ContainerReport, places: &mut Numbers<'a>, codes: &mut Numbers<'a>) -> Container {
    let findings = row.findings.iter();
    (
        index(row.entity),
        places.of(&row.name),
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
