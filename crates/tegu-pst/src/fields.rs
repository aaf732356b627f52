//! Named properties of an item, taken only if their type is the specified one.

use crate::{Message, Value, messaging::Named, time, verdict::Notes};

/// Reads named properties of one item.
pub(crate) struct Fields<'a, 'p> {
    pub(crate) message: &'a Message<'p>,
    foreign: bool,
}

impl<'a, 'p> Fields<'a, 'p> {
    pub(crate) fn new(message: &'a Message<'p>) -> Self {
        Self {
            message,
            foreign: false,
        }
    }

    fn get(&mut self, notes: &mut Notes, set: [u8; 16], number: u32, kinds: &[u16]) -> Option<Value> {
        match notes.value(self.message.named(set, number, kinds).map(Some))? {
            Named::Absent => None,
            Named::Value(value) => Some(value),
            Named::Foreign => {
                // Once for an item: the map is of another file, and then nothing of it is right.
                if !std::mem::replace(&mut self.foreign, true) {
                    notes.lossy(
                        "PST-NAME-FOREIGN",
                        format!("the named property {number:#06x} has another type than specified: the map of names is of another file"),
                    );
                }
                None
            }
        }
    }

    pub(crate) fn text(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> String {
        let value = self.get(notes, set, number, &[0x1f, 0x1e]);
        let text = value.and_then(|value| self.message.decode(&value));
        notes.sound(text, number)
    }

    pub(crate) fn integer(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> Option<i64> {
        self.get(notes, set, number, &[0x03, 0x02])?.integer()
    }

    pub(crate) fn flag(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> bool {
        self.get(notes, set, number, &[0x0b])
            .is_some_and(|value| value == Value::Boolean(true))
    }

    /// Seconds since 1970.
    pub(crate) fn time(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> Option<i64> {
        match self.get(notes, set, number, &[0x40])? {
            Value::Time(time) => time::unix(time),
            _ => None,
        }
    }

    pub(crate) fn floating(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> Option<f64> {
        match self.get(notes, set, number, &[0x05])? {
            Value::Floating(value) => Some(value),
            _ => None,
        }
    }

    pub(crate) fn binary(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> Option<Vec<u8>> {
        match self.get(notes, set, number, &[0x0102])? {
            Value::Binary(data) if !data.is_empty() => Some(data),
            _ => None,
        }
    }

    pub(crate) fn binaries(&mut self, notes: &mut Notes, set: [u8; 16], number: u32) -> Vec<Vec<u8>> {
        match self.get(notes, set, number, &[0x1102]) {
            Some(Value::Multiple(values)) => values
                .into_iter()
                .filter_map(|value| match value {
                    Value::Binary(data) => Some(data),
                    _ => None,
                })
                .collect(),
            _ => Vec::new(),
        }
    }
}
