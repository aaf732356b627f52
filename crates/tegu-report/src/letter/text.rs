//! What a letter says.

use super::{Attachments, LetterWriter};
use crate::{AccountReport, Entity, Language, State, Text, WorkItem, advice};
use tegu_outcome::printable;

/// Items that are named one by one; of more only the number is told.
const MAX_ITEMS: usize = 20;

/// What owners have to do themselves on the new server, unless the job moves it.
const BY_OWNERS: [Entity; 3] = [Entity::InboxRules, Entity::OutOfOffice, Entity::SharedCalendars];

struct Words {
    subject_done: Text,
    subject_open: Text,
    subject_unfinished: Text,
    greeting: Text,
    moved: Text,
    not_moved: Text,
    nothing_open: Text,
    uncounted: Text,
    unfinished: Text,
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
    subject_unfinished: t(
        "The move of your mailbox is not finished",
        "Перенос вашего почтового ящика не завершён",
    ),
    greeting: t("Hello", "Здравствуйте"),
    moved: t("These items are on the new server:", "На новый сервер прибыло:"),
    not_moved: t(
        "These items could not be moved automatically:",
        "Это не перенеслось автоматически:",
    ),
    nothing_open: t(
        "Nothing was left behind. You do not need to do anything.",
        "Ничего не осталось, делать ничего не нужно.",
    ),
    uncounted: t(
        "the old server could not be read completely",
        "прочитать старый сервер полностью не удалось",
    ),
    unfinished: t(
        "The move is not finished, so this list may be incomplete.",
        "Перенос не завершён, поэтому список может быть неполным.",
    ),
    more: t("and more:", "и ещё:"),
    attached: t(
        "The originals are attached. Number of files:",
        "Оригиналы приложены. Файлов:",
    ),
    not_attached: t(
        "Some originals are too large to attach. We keep them for you. Number of files:",
        "Оригиналы, слишком большие для вложения, сохранены для вас. Файлов:",
    ),
    todo: t("What to do about it:", "Что с этим делать:"),
    by_owner: t(
        "Please check these on the new server yourself. They do not move automatically:",
        "Пожалуйста, проверьте на новом сервере сами, это не переносится:",
    ),
    relations: t(
        "Settings of your old mailbox:",
        "Настройки прежнего почтового ящика:",
    ),
    ask: t("If you have questions, please ask", "На вопросы отвечает"),
    of: t("of", "из"),
};

impl LetterWriter<'_> {
    /// Subject and text.
    pub(super) fn text(&self, account: &AccountReport, attached: &Attachments) -> (String, String) {
        let letters = self.letters;
        let work = self.work(account);
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
        for (entity, counts) in account.sums() {
            let arrived = counts.get(State::Moved) + counts.get(State::Present);
            let title = say(entity.info().title);
            line(&format!(
                "  - {title}: {arrived} {} {}",
                say(WORDS.of),
                counts.source
            ));
        }
        for entity in &account.uncounted {
            let title = say(entity.info().title);
            line(&format!("  - {title}: {}", say(WORDS.uncounted)));
        }
        line("");
        if !account.is_complete() {
            line(say(WORDS.unfinished));
        } else if work.is_empty() {
            line(say(WORDS.nothing_open));
        }
        if !work.is_empty() {
            open_items(&mut line, language, work, attached);
        }
        let moves = |entity: &Entity| {
            let rows = account.containers.iter().map(|row| row.entity);
            rows.chain(account.uncounted.iter().copied())
                .any(|moves| moves == *entity)
        };
        let mut by_owner = BY_OWNERS.iter().filter(|entity| !moves(entity)).peekable();
        if by_owner.peek().is_some() {
            line("");
            line(say(WORDS.by_owner));
        }
        for entity in by_owner {
            line(&format!("  - {}", say(entity.info().title)));
        }
        let facts = self.facts(account).iter();
        let mut facts = facts.filter(|fact| fact.entity != Entity::Aliases).peekable();
        if facts.peek().is_some() {
            line("");
            line(say(WORDS.relations));
            for fact in facts.take(MAX_ITEMS) {
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
        let subject = match (account.is_complete(), work.is_empty()) {
            (false, _) => WORDS.subject_unfinished,
            (true, false) => WORDS.subject_open,
            (true, true) => WORDS.subject_done,
        };
        (say(subject).to_owned(), text)
    }
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
    let findings = work.iter().flat_map(|item| {
        let worst = item.findings.iter().map(|finding| finding.severity).max();
        let findings = item.findings.iter();
        findings.filter(move |finding| Some(finding.severity) == worst)
    });
    let mut said = Vec::new();
    for text in findings.filter_map(|finding| advice(&finding.code)) {
        if !said.contains(&text) {
            line(&format!("  - {}", say(text)));
            said.push(text);
        }
    }
}
