//! What a letter says.

use super::{Attachments, Letters};
use crate::{AccountReport, Counts, Entity, Language, Report, State, Text, WorkItem, advice};
use std::collections::BTreeMap;
use tegu_outcome::printable;

/// Items that are named one by one; of more only the number is told.
const MAX_ITEMS: usize = 20;

/// What owners have to do themselves on the new server, whatever moved.
const BY_OWNERS: [Entity; 3] = [Entity::InboxRules, Entity::OutOfOffice, Entity::SharedCalendars];

struct Words {
    subject_done: Text,
    subject_open: Text,
    greeting: Text,
    moved: Text,
    not_moved: Text,
    nothing_open: Text,
    more: Text,
    attached: Text,
    not_attached: Text,
    todo: Text,
    by_owner: Text,
    relations: Text,
    ask: Text,
    of: Text,
}

const fn t(en: &'static str, ru: &'static str) -> Text {
    Text::new(en, ru)
}

const WORDS: Words = Words {
    subject_done: t("Your mailbox has moved", "Ваш почтовый ящик перенесён"),
    subject_open: t(
        "Your mailbox has moved; something is left to do",
        "Ваш почтовый ящик перенесён, остались действия",
    ),
    greeting: t("Hello", "Здравствуйте"),
    moved: t("This has arrived on the new server:", "На новый сервер прибыло:"),
    not_moved: t(
        "This has not moved by itself:",
        "Это не перенеслось автоматически:",
    ),
    nothing_open: t(
        "Nothing was left behind, and nothing is to be done about it.",
        "Ничего не осталось, делать ничего не нужно.",
    ),
    more: t("and more:", "и ещё:"),
    attached: t(
        "The originals are attached. Files:",
        "Оригиналы приложены. Файлов:",
    ),
    not_attached: t(
        "Originals that were too large to attach, and are kept for you:",
        "Оригиналы, слишком большие для вложения, сохранены для вас. Файлов:",
    ),
    todo: t("What to do about it:", "Что с этим делать:"),
    by_owner: t(
        "Please check on the new server yourself, since these do not move:",
        "Пожалуйста, проверьте на новом сервере сами, это не переносится:",
    ),
    relations: t("Known about your mailbox until now:", "Известно о вашем ящике:"),
    ask: t("Questions are answered by", "На вопросы отвечает"),
    of: t("of", "из"),
};

/// Subject and text.
pub(super) fn write(
    letters: &Letters,
    report: &Report,
    account: &AccountReport,
    work: &[&WorkItem],
    attached: &Attachments,
) -> (String, String) {
    let language = letters.language;
    let say = |text: Text| text.get(language);
    let mut text = String::new();
    let mut line = |line: &str| {
        text.push_str(line);
        text.push('\n');
    };
    line(&format!(
        "{}, {}!",
        say(WORDS.greeting),
        printable(&account.display_name)
    ));
    line("");
    line(say(WORDS.moved));
    for (entity, counts) in sums(account) {
        let arrived = counts.get(State::Moved) + counts.get(State::Present);
        let title = say(entity.info().title);
        line(&format!(
            "  - {title}: {arrived} {} {}",
            say(WORDS.of),
            counts.source
        ));
    }
    line("");
    if work.is_empty() {
        line(say(WORDS.nothing_open));
    } else {
        open_items(&mut line, language, work, attached);
    }
    line("");
    line(say(WORDS.by_owner));
    for entity in BY_OWNERS {
        line(&format!("  - {}", say(entity.info().title)));
    }
    let facts = report.sections.iter().flat_map(|section| &section.facts);
    let mut mine = facts
        .filter(|fact| fact.who.eq_ignore_ascii_case(&account.account) && fact.entity != Entity::Aliases)
        .peekable();
    if mine.peek().is_some() {
        line("");
        line(say(WORDS.relations));
        for fact in mine.take(MAX_ITEMS) {
            line(format!("  - {} {}", say(fact.relation.text()), printable(&fact.whom)).trim_end());
        }
    }
    line("");
    line(&format!(
        "{} {} <{}>.",
        say(WORDS.ask),
        printable(&letters.name),
        printable(&letters.from)
    ));
    let subject = if work.is_empty() {
        WORDS.subject_done
    } else {
        WORDS.subject_open
    };
    (say(subject).to_owned(), text)
}

fn open_items(line: &mut impl FnMut(&str), language: Language, work: &[&WorkItem], attached: &Attachments) {
    let say = |text: Text| text.get(language);
    line(say(WORDS.not_moved));
    for item in work.iter().take(MAX_ITEMS) {
        let which = if item.label.is_empty() {
            &item.item
        } else {
            &item.label
        };
        let title = say(item.entity.info().title);
        line(&format!(
            "  - {title}, {}: {}",
            printable(&item.container),
            printable(which)
        ));
    }
    if work.len() > MAX_ITEMS {
        line(&format!("  - {} {}", say(WORDS.more), work.len() - MAX_ITEMS));
    }
    if !attached.files.is_empty() {
        line(&format!("{} {}.", say(WORDS.attached), attached.files.len()));
    }
    if attached.left_out > 0 {
        line(&format!("{} {}.", say(WORDS.not_attached), attached.left_out));
    }
    line("");
    line(say(WORDS.todo));
    let findings = work
        .iter()
        .filter_map(|item| item.findings.iter().max_by_key(|finding| finding.severity));
    let mut said = Vec::new();
    for text in findings.filter_map(|finding| advice(&finding.code)) {
        if !said.contains(&text) {
            line(&format!("  - {}", say(text)));
            said.push(text);
        }
    }
}

/// The sums of each kind of thing that the account has.
fn sums(account: &AccountReport) -> BTreeMap<Entity, Counts> {
    let mut sums: BTreeMap<Entity, Counts> = BTreeMap::new();
    for container in &account.containers {
        sums.entry(container.entity).or_default().merge(&container.counts);
    }
    sums
}
