//! CLIXML, the XML that PowerShell keeps objects in.

use super::value::{Row, Value};
use super::{Limits, malformed, over};
use quick_xml::XmlVersion;
use quick_xml::events::Event;
use quick_xml::reader::Reader;
use std::borrow::Cow;
use tegu_outcome::Result;

/// An element that is open.
#[derive(Default)]
struct Open {
    tag: String,
    /// The property that it is of its parent.
    name: String,
    id: Option<String>,
    text: String,
    shown: String,
    fields: Vec<(String, Value)>,
    items: Option<Vec<Value>>,
}

pub(super) fn rows(text: &str, limits: &Limits) -> Result<Vec<Row>> {
    let mut reader = Reader::from_str(text);
    let mut open: Vec<Open> = Vec::new();
    let mut rows = Vec::new();
    let (mut values, mut row_starts) = (0_usize, 0_u64);
    loop {
        let at = reader.buffer_position();
        let event = match reader.read_event() {
            Ok(event) => event,
            // A tag that never ends.
            Err(_)
                if usize::try_from(at)
                    .ok()
                    .and_then(|at| text.get(at..))
                    .is_some_and(|rest| !rest.contains('>')) =>
            {
                Event::Eof
            }
            Err(error) => {
                return Err(malformed(format!(
                    "{} is not well formed: {error}",
                    place(text, at)
                )));
            }
        };
        match event {
            Event::Start(ref start) | Event::Empty(ref start) => {
                if open.is_empty() && start.local_name().as_ref() != "Objs" {
                    return Err(malformed("the XML is not CLIXML: its root is not `Objs`"));
                }
                if open.len() > limits.depth * 3 {
                    return Err(over(format!(
                        "{}: objects are nested more than {} deep",
                        place(text, at),
                        limits.depth
                    )));
                }
                if open.len() == 1 {
                    (values, row_starts) = (0, at);
                }
                values += 1;
                if values > limits.values {
                    return Err(over(format!(
                        "{}: an object has more than {} values",
                        place(text, row_starts),
                        limits.values
                    )));
                }
                let mut element = Open {
                    tag: start.local_name().as_ref().to_owned(),
                    ..Open::default()
                };
                for attribute in start.attributes().take(8).flatten() {
                    match attribute.key.local_name().as_ref() {
                        "N" => element.name = unescape(&attribute.value),
                        "RefId" => element.id = Some(attribute.value.to_string()),
                        _ => {}
                    }
                }
                let empty = matches!(event, Event::Empty(_));
                open.push(element);
                if empty && let Some(row) = close(&mut open) {
                    add(&mut rows, row, text, row_starts, limits)?;
                }
            }
            Event::End(_) => {
                if open.len() == 1 {
                    return Ok(rows);
                }
                if let Some(row) = close(&mut open) {
                    add(&mut rows, row, text, row_starts, limits)?;
                }
            }
            Event::Text(data) => push(&mut open, &data.xml_content(XmlVersion::Implicit1_0)),
            Event::CData(data) => push(&mut open, &data.xml_content(XmlVersion::Implicit1_0)),
            Event::GeneralRef(reference) => {
                let c = match &*reference {
                    "amp" => '&',
                    "lt" => '<',
                    "gt" => '>',
                    "quot" => '"',
                    "apos" => '\'',
                    _ => reference.resolve_char_ref().ok().flatten().ok_or_else(|| {
                        malformed(format!("{}: an entity that XML does not define", place(text, at)))
                    })?,
                };
                push(&mut open, c.encode_utf8(&mut [0; 4]));
            }
            Event::DocType(_) => {
                return Err(malformed("the XML has a document type, which CLIXML never has"));
            }
            Event::Eof => {
                let inside = open.iter().find_map(|element| {
                    let name = element
                        .fields
                        .iter()
                        .find(|(key, _)| key == "Name")
                        .and_then(|(_, value)| value.text());
                    name.map(|name| format!(", in {name:?}"))
                });
                return Err(malformed(format!(
                    "the export is cut: it ends after {} complete objects{}; export it again",
                    rows.len(),
                    inside.unwrap_or_default()
                )));
            }
            _ => {}
        }
    }
}

fn add(rows: &mut Vec<Row>, value: Value, text: &str, starts: u64, limits: &Limits) -> Result<()> {
    if rows.len() >= limits.rows {
        return Err(over(format!("the export has more than {} objects", limits.rows)));
    }
    let fields = match value {
        Value::Object { fields, .. } => fields,
        Value::Null => return Ok(()),
        _ => {
            return Err(malformed(format!(
                "{} holds a bare value, not an object",
                place(text, starts)
            )));
        }
    };
    rows.push(Row {
        place: place(text, starts),
        fields,
        flat: false,
    });
    Ok(())
}

fn place(text: &str, at: u64) -> String {
    let before = usize::try_from(at)
        .ok()
        .and_then(|at| text.get(..at))
        .unwrap_or(text);
    format!("line {}", before.matches('\n').count() + 1)
}

fn push(open: &mut [Open], text: &str) {
    if let Some(element) = open.last_mut() {
        element.text.push_str(text);
    }
}

/// Ends the innermost element. Returns it if it is an object of the export.
fn close(open: &mut Vec<Open>) -> Option<Value> {
    let element = open.pop()?;
    let top = open.len() == 1;
    let parent = open.last_mut()?;
    let value = match element.tag.as_str() {
        "TN" | "T" | "TNRef" => return None,
        "ToString" => {
            parent.shown = unescape(&element.text);
            return None;
        }
        // The properties of an object, and those that were added to it.
        "Props" | "MS" => {
            parent.fields.extend(element.fields);
            return None;
        }
        // Lists; the object around them is the value.
        "LST" | "STK" | "QUE" | "IE" => {
            parent.items = Some(element.items.unwrap_or_default());
            return None;
        }
        "DCT" => {
            parent.fields.extend(element.fields);
            return None;
        }
        "En" => {
            let key = element
                .fields
                .iter()
                .find(|(name, _)| name == "Key")
                .and_then(|(_, key)| key.text())
                .map(ToOwned::to_owned);
            let value = element.fields.into_iter().find(|(name, _)| name == "Value");
            if let (Some(key), Some((_, value))) = (key, value) {
                parent.fields.push((key, value));
            }
            return None;
        }
        "Nil" => Value::Null,
        "B" => Value::Bool(element.text.trim() == "true"),
        "Obj" => match element.items {
            Some(items) => Value::List(items),
            // An object with a value of its own, such as an enumeration, shows itself by `ToString`, or is that value.
            None if element.fields.is_empty() && element.shown.is_empty() => {
                Value::Text(unescape(&element.text))
            }
            None => Value::Object {
                text: element.shown,
                fields: element.fields,
            },
        },
        // An object that stood before; only rules that lead to nothing use it, and none that this crate knows.
        "Ref" => Value::Object {
            text: format!("reference {}", element.id.unwrap_or_default()),
            fields: Vec::new(),
        },
        // The value within an object: the number of an enumeration, say.
        _ if parent.tag == "Obj" && element.name.is_empty() => {
            parent.text = element.text;
            return None;
        }
        _ => Value::Text(unescape(&element.text)),
    };
    if top {
        return Some(value);
    }
    match parent.tag.as_str() {
        "LST" | "STK" | "QUE" | "IE" => parent.items.get_or_insert_default().push(value),
        _ => parent.fields.push((element.name, value)),
    }
    None
}

/// `_x000A_` stands for a character that XML does not allow or would change.
fn unescape(text: &str) -> String {
    if !text.contains("_x") {
        return text.to_owned();
    }
    let mut units: Vec<u16> = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let escape = rest
            .strip_prefix("_x")
            .and_then(|tail| Some((tail.get(..4)?, tail.get(4..5)? == "_")))
            .filter(|(digits, ends)| *ends && digits.chars().all(|c| c.is_ascii_hexdigit()))
            .and_then(|(digits, _)| u16::from_str_radix(digits, 16).ok());
        let taken = match escape {
            Some(unit) => {
                units.push(unit);
                7
            }
            None => {
                units.extend(c.encode_utf16(&mut [0; 2]).iter());
                c.len_utf8()
            }
        };
        rest = rest.get(taken..).unwrap_or_default();
    }
    let text: Cow<'_, str> = String::from_utf16_lossy(&units).into();
    text.into_owned()
}
