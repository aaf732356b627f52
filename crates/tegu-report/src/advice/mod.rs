//! What a person does about a finding, by its code.

mod archives;
mod exchange;
mod items;
mod job;
mod mail;
mod rights;
mod rules;

use crate::Text;

const fn t(en: &'static str, ru: &'static str) -> Text {
    Text::new(en, ru)
}

/// What is told about the codes of one topic.
struct Topic {
    /// By the whole code.
    exact: &'static [(&'static str, Text)],
    /// By the beginning of a code, the more specific first.
    families: &'static [(&'static str, Text)],
}

static TOPICS: [&Topic; 7] = [
    &rights::TOPIC,
    &rules::TOPIC,
    &mail::TOPIC,
    &items::TOPIC,
    &archives::TOPIC,
    &exchange::TOPIC,
    &job::TOPIC,
];

/// Returns what a person does about a finding with this code, in both languages. Returns `None` for a code that this crate does not
/// know, such as one of an integrator's own source.
///
/// ```
/// use tegu_report::{Language, advice};
///
/// assert!(advice("DAV-TZ-UNKNOWN").unwrap().get(Language::English).contains("time zone"));
/// assert!(advice("MY-OWN-CODE").is_none());
/// ```
pub fn advice(code: &str) -> Option<Text> {
    let mut exact = TOPICS.iter().flat_map(|topic| topic.exact);
    let mut families = TOPICS.iter().flat_map(|topic| topic.families);
    let exact = exact.find(|(known, _)| *known == code);
    let family = || families.find(|(prefix, _)| code.starts_with(prefix));
    exact.or_else(family).map(|(_, text)| *text)
}

/// Every code that these crates find something under, in order. Instructions for families of codes ([`advice`]) cover more.
///
/// ```
/// assert!(tegu_report::known_codes().any(|code| code == "MAIL-KEYWORD"));
/// ```
pub fn known_codes() -> impl Iterator<Item = &'static str> {
    include_str!("../codes.txt").lines()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_exact_code_comes_before_its_family() {
        assert_ne!(advice("MAIL-NUL"), advice("MAIL-OTHER"));
        assert_eq!(advice("MAIL-OTHER"), advice("MAIL-ANOTHER"));
        assert!(advice("UNKNOWN").is_none());
    }
}
