//! Texts that many objects have, such as towns, titles and the beginnings of old Exchange addresses: each is kept once.

use std::collections::HashMap;
use std::sync::Arc;

/// How many texts a dictionary has at most.
const MOST: usize = 4_096;

/// The lengths of texts that are worth a number.
const LENGTHS: std::ops::RangeInclusive<usize> = 4..=256;

/// How many objects have a text before it is worth a number.
const OFTEN: u32 = 4;

/// How many texts are counted at a time.
const COUNTED: usize = 2 * MOST;

/// After how many objects the first dictionary is made. The next ones are made after four times as many each.
const FIRST: usize = 256;

/// Texts by number.
#[derive(Debug, Default)]
pub(crate) struct Dictionary {
    text: String,
    ends: Vec<usize>,
}

impl Dictionary {
    pub(super) fn get(&self, number: usize) -> Option<&str> {
        let end = *self.ends.get(number)?;
        let start = number.checked_sub(1).map_or(Some(&0), |n| self.ends.get(n))?;
        self.text.get(*start..end)
    }

    fn push(&mut self, text: &str) {
        self.text.push_str(text);
        self.ends.push(self.text.len());
    }
}

/// Learns from objects which texts they share.
///
/// A dictionary never changes: objects keep the one that they were written with, and later ones get another, which has all
/// that is in the one before.
#[derive(Clone, Debug)]
pub(crate) struct Learner {
    current: Arc<Dictionary>,
    numbers: HashMap<Box<str>, usize>,
    /// How often texts were met that have no number.
    counts: HashMap<Box<str>, u32>,
    objects: usize,
    due: usize,
}

impl Default for Learner {
    fn default() -> Self {
        Self {
            current: Arc::default(),
            numbers: HashMap::new(),
            counts: HashMap::new(),
            objects: 0,
            due: FIRST,
        }
    }
}

impl Learner {
    /// Returns the dictionary of the object at hand.
    pub(super) fn dictionary(&self) -> &Arc<Dictionary> {
        &self.current
    }

    /// Returns the number of a text, if it has one, and notes that it was met.
    pub(super) fn number(&mut self, text: &str) -> Option<usize> {
        if !LENGTHS.contains(&text.len()) {
            return None;
        }
        if let Some(number) = self.numbers.get(text) {
            return Some(*number);
        }
        if let Some(count) = self.counts.get_mut(text) {
            *count = count.saturating_add(1);
        } else if self.numbers.len() < MOST {
            if self.counts.len() >= COUNTED {
                self.counts.retain(|_, count| *count > 1);
            }
            if self.counts.len() < COUNTED {
                self.counts.insert(text.into(), 1);
            }
        }
        None
    }

    /// Ends an object.
    pub(super) fn end(&mut self) {
        self.objects += 1;
        if self.objects < self.due {
            return;
        }
        self.due = self.due.saturating_mul(4);
        let mut often: Vec<_> = std::mem::take(&mut self.counts)
            .into_iter()
            .filter(|(_, count)| *count >= OFTEN)
            .collect();
        // In a stable order, whatever that of the table.
        often.sort_unstable_by(|(a, m), (b, n)| n.cmp(m).then_with(|| a.cmp(b)));
        often.truncate(MOST - self.numbers.len());
        if often.is_empty() {
            return;
        }
        let mut next = Dictionary {
            text: self.current.text.clone(),
            ends: self.current.ends.clone(),
        };
        for (text, _) in often {
            next.push(&text);
            self.numbers.insert(text, next.ends.len() - 1);
        }
        self.current = Arc::new(next);
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    #[test]
    fn what_is_met_often_gets_a_number_that_stays() {
        let mut learner = Learner::default();
        let mut early = None;
        for object in 0..100_000_usize {
            // Each object has a name of its own and one of three towns; from the middle on, there is a fourth.
            assert_eq!(learner.number(&format!("name {object}")), None);
            let towns = if object < 50_000 { 3 } else { 4 };
            let number = learner.number(["Moscow", "Kazan", "Omsk", "Tver"][object % towns]);
            if object == FIRST {
                early = Some((learner.dictionary().clone(), number.unwrap()));
            }
            learner.end();
        }
        let (dictionary, number) = early.unwrap();
        assert_eq!(dictionary.get(number), Some("Kazan"));
        assert_eq!(learner.dictionary().get(number), Some("Kazan"));
        let tver = learner.number("Tver").unwrap();
        assert_eq!(learner.dictionary().get(tver), Some("Tver"));
        assert_eq!(learner.numbers.len(), 4);
        assert!(learner.counts.len() <= COUNTED);
        assert_eq!(learner.dictionary().get(4), None);
    }

    #[test]
    fn what_somebody_sends_to_fill_it_is_bounded() {
        let mut learner = Learner::default();
        let long = "x".repeat(LENGTHS.end() + 1);
        for object in 0..40_000_usize {
            for text in 0..8 {
                learner.number(&format!("text {}", (object / 8) * 8 + text));
            }
            assert_eq!(learner.number(&long), None);
            learner.end();
        }
        assert!(learner.numbers.len() <= MOST && learner.counts.len() <= COUNTED);
    }
}
