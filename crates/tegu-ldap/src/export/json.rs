//! Reads what `ConvertTo-Json` writes.

use std::cell::Cell;
use std::fmt;
use std::io::BufRead;

use serde::de::{DeserializeSeed, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Value};

use super::Limits;
use super::row::Row;
use crate::encoding::{Decoded, TextEncoding};
use crate::error::{malformed, over_limit};
use crate::{Error, Result};

/// Reads objects one by one: only one is held at a time. Nesting is bounded by the JSON reader, at 128.
pub(super) fn read(
    input: impl BufRead,
    encoding: TextEncoding,
    limits: &Limits,
    each: impl FnMut(&Row) -> Result<()>,
) -> Result<()> {
    let left = Cell::new(limits.row_bytes);
    let mut sink = Sink {
        limits,
        left: &left,
        each,
        rows: 0,
        error: None,
    };
    let mut input = Limited {
        input: Decoded::new(input, encoding),
        left: &left,
    };
    let mut reader = serde_json::Deserializer::from_reader(&mut input);
    let read = Rows(&mut sink)
        .deserialize(&mut reader)
        .and_then(|()| reader.end());
    if let Some(error) = sink.error {
        return Err(error);
    }
    read.map_err(|e| match e.io_error_kind() {
        Some(std::io::ErrorKind::FileTooLarge) => over_limit(format!("the export: {e}")),
        Some(_) => Error::io("read", "the export", e.into()),
        None => malformed(format!("the export is not JSON as the shell writes it: {e}")),
    })
}

/// Bounds how much is read for one object.
struct Limited<'l, R> {
    input: Decoded<R>,
    /// How much may still be read, until an object is whole.
    left: &'l Cell<usize>,
}

impl<R: BufRead> std::io::Read for Limited<'_, R> {
    fn read(&mut self, buf: &mut [u8]) -> std::io::Result<usize> {
        let read = std::io::Read::read(&mut self.input, buf)?;
        let left = self.left.get().checked_sub(read).ok_or_else(|| {
            std::io::Error::new(std::io::ErrorKind::FileTooLarge, "an object has too many bytes")
        })?;
        self.left.set(left);
        Ok(read)
    }
}

struct Sink<'l, F> {
    limits: &'l Limits,
    left: &'l Cell<usize>,
    each: F,
    rows: usize,
    error: Option<Error>,
}

impl<F: FnMut(&Row) -> Result<()>> Sink<'_, F> {
    /// `false` when reading has to stop.
    fn take(&mut self, object: Map<String, Value>) -> bool {
        self.rows += 1;
        self.left.set(self.limits.row_bytes);
        let taken = if self.rows > self.limits.rows {
            Err(over_limit(format!(
                "the export has more than {} rows",
                self.limits.rows
            )))
        } else if object.len() > self.limits.columns {
            let limit = self.limits.columns;
            Err(over_limit(format!(
                "an object of the export has more than {limit} properties"
            )))
        } else {
            (self.each)(&row(self.rows, object))
        };
        self.error = taken.err();
        self.error.is_none()
    }
}

struct Rows<'a, 'l, F>(&'a mut Sink<'l, F>);

impl<'de, F: FnMut(&Row) -> Result<()>> DeserializeSeed<'de> for Rows<'_, '_, F> {
    type Value = ();

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<(), D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de, F: FnMut(&Row) -> Result<()>> Visitor<'de> for Rows<'_, '_, F> {
    type Value = ();

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("an object or a list of objects")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut seq: A) -> Result<(), A::Error> {
        while let Some(object) = seq.next_element::<Map<String, Value>>()? {
            if !self.0.take(object) {
                return Err(serde::de::Error::custom("stopped"));
            }
        }
        Ok(())
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<(), A::Error> {
        let mut object = Map::new();
        while let Some((name, value)) = map.next_entry::<String, Value>()? {
            object.insert(name, value);
        }
        if self.0.take(object) {
            Ok(())
        } else {
            Err(serde::de::Error::custom("stopped"))
        }
    }

    fn visit_unit<E>(self) -> Result<(), E> {
        // A command that found nothing.
        Ok(())
    }
}

fn row(number: usize, object: Map<String, Value>) -> Row {
    let mut cells = Vec::new();
    for (name, value) in object {
        let name: Box<str> = name.into();
        flatten(&name, &value, &mut cells);
    }
    Row {
        line: u64::try_from(number).unwrap_or(u64::MAX),
        cells,
    }
}

/// What of an object of the shell says what it is, the most telling first.
const TELLING: &[&str] = &[
    "ProxyAddressString",
    "DistinguishedName",
    "SecurityIdentifier",
    "RawIdentity",
    "Address",
    "SmtpAddress",
    "Guid",
    "Value",
    "value",
    "Name",
];

fn flatten(name: &str, value: &Value, out: &mut Vec<(Box<str>, String)>) {
    match value {
        Value::Null => {}
        Value::String(text) => out.push((name.into(), text.clone())),
        Value::Bool(_) | Value::Number(_) => out.push((name.into(), value.to_string())),
        Value::Array(values) => values.iter().for_each(|v| flatten(name, v, out)),
        Value::Object(object) => {
            if object.get("IsUnlimited") == Some(&Value::Bool(true)) {
                return out.push((name.into(), "Unlimited".into()));
            }
            let told = TELLING
                .iter()
                .find_map(|t| object.get(*t).filter(|v| !v.is_null()));
            match told {
                Some(value) => flatten(name, value, out),
                // What cannot be told is shown to the checks as it is.
                None => out.push((name.into(), value.to_string())),
            }
        }
    }
}
