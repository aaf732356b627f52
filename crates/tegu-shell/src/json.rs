//! `ConvertTo-Json`.

use super::value::{Row, Value};
use super::{Limits, malformed, over};
use serde_json::Value as Json;
use tegu_outcome::Result;

pub(super) fn rows(text: &str, limits: &Limits) -> Result<Vec<Row>> {
    let json: Json = serde_json::from_str(text).map_err(|error| {
        if error.is_eof() {
            malformed(format!(
                "the export is cut: the JSON ends too early, in line {}; export it again",
                error.line()
            ))
        } else {
            malformed(format!("the export is not JSON: {error}"))
        }
    })?;
    let all = match json {
        Json::Array(all) => all,
        Json::Object(mut fields) => match fields.remove("value") {
            // Windows PowerShell wraps an array that has passed a pipeline.
            Some(Json::Array(all)) if fields.contains_key("Count") => all,
            Some(value) => {
                fields.insert("value".to_owned(), value);
                vec![Json::Object(fields)]
            }
            None => vec![Json::Object(fields)],
        },
        _ => {
            return Err(malformed(
                "the JSON holds neither an object nor a list of objects",
            ));
        }
    };
    if all.len() > limits.rows {
        return Err(over(format!("the export has more than {} objects", limits.rows)));
    }
    let mut rows = Vec::with_capacity(all.len());
    for (at, object) in all.into_iter().enumerate() {
        let place = format!("object {}", at + 1);
        let Json::Object(fields) = object else {
            return Err(malformed(format!("{place} is not an object")));
        };
        let mut left = limits.values;
        let mut row = Vec::with_capacity(fields.len());
        for (name, json) in fields {
            let value = value(json, limits.depth, &mut left);
            row.push((
                name,
                value.ok_or_else(|| {
                    over(format!(
                        "{place} has more than {} values or is nested too deep",
                        limits.values
                    ))
                })?,
            ));
        }
        rows.push(Row {
            place,
            fields: row,
            flat: false,
        });
    }
    Ok(rows)
}

fn value(json: Json, depth: usize, left: &mut usize) -> Option<Value> {
    *left = left.checked_sub(1)?;
    let depth = depth.checked_sub(1)?;
    Some(match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(value),
        Json::Number(number) => Value::Text(number.to_string()),
        Json::String(text) => Value::Text(text),
        Json::Array(all) => Value::List(
            all.into_iter()
                .map(|json| value(json, depth, left))
                .collect::<Option<_>>()?,
        ),
        Json::Object(fields) => Value::Object {
            text: String::new(),
            fields: fields
                .into_iter()
                .map(|(name, json)| Some((name, value(json, depth, left)?)))
                .collect::<Option<_>>()?,
        },
    })
}
