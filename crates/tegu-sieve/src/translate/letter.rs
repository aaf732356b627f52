//! Texts that are found whatever their letter case.

use super::Work;
use crate::fold;
use crate::script::Match;

impl Work<'_> {
    /// How a server finds these texts anywhere in a value, as pairs of a way and the keys for it.
    pub(super) fn containing(&mut self, texts: &[String]) -> Vec<(Match, Vec<String>)> {
        let server = &self.translator.server;
        if texts.is_empty()
            || texts
                .iter()
                .any(|text| text.is_empty() || text.chars().any(char::is_control))
        {
            self.manual(
                "SIEVE-TEXT",
                "a text of the rule is empty or holds control characters",
            );
            return Vec::new();
        }
        let (plain, other): (Vec<String>, Vec<String>) =
            texts.iter().cloned().partition(|text| fold::is_plain(text));
        let mut ways = Vec::new();
        if !plain.is_empty() {
            ways.push((Match::Contains, plain));
        }
        if other.is_empty() {
            return ways;
        }
        if server.has("comparator-i;unicode-casemap") {
            ways.push((Match::UnicodeContains, other));
        } else if server.has("regex") {
            ways.push((
                Match::Regex,
                other.iter().map(|text| fold::pattern(text)).collect(),
            ));
        } else {
            let why = format!(
                "the server would find \"{}\" in this letter case only: it offers neither i;unicode-casemap nor regex",
                other.join("\", \"")
            );
            self.manual("SIEVE-LETTER-CASE", why);
        }
        ways
    }
}
