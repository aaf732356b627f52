//! `Export-Csv`.

use super::value::{Row, Value};
use super::{Limits, malformed, over};
use tegu_outcome::Result;

pub(super) fn rows(text: &str, limits: &Limits) -> Result<Vec<Row>> {
    // Windows PowerShell begins with the type.
    let skipped = text.strip_prefix("#TYPE ").and_then(|rest| rest.split_once('\n'));
    let body = skipped.map_or(text, |(_, body)| body);
    if body.trim().is_empty() {
        return Err(malformed("the export is empty"));
    }
    if !body.ends_with('\n') && body.matches('"').count() % 2 == 1 {
        return Err(malformed(
            "the export is cut: a quoted value does not end; export it again",
        ));
    }
    let names = body.lines().next().unwrap_or_default();
    // `-UseCulture` takes the list separator of the machine's language.
    let separator = [b',', b';', b'\t']
        .into_iter()
        .max_by_key(|separator| names.bytes().filter(|byte| byte == separator).count());
    let mut reader = csv::ReaderBuilder::new()
        .delimiter(separator.unwrap_or(b','))
        .from_reader(body.as_bytes());
    let wrong = |row: usize| {
        malformed(format!(
            "row {row} has another number of values than the first line; export it again"
        ))
    };
    let names = reader.headers().map_err(|_| wrong(0))?.clone();
    let mut rows = Vec::new();
    for record in reader.records() {
        let row = rows.len() + 1;
        let record = record.map_err(|_| wrong(row))?;
        if rows.len() >= limits.rows {
            return Err(over(format!("the export has more than {} rows", limits.rows)));
        }
        let cell = |(name, text): (&str, &str)| (name.trim().to_owned(), cell(text));
        rows.push(Row {
            place: format!("row {row}"),
            fields: names.iter().zip(record.iter()).map(cell).collect(),
            flat: true,
        });
    }
    Ok(rows)
}

fn cell(text: &str) -> Value {
    match text.trim() {
        "" => Value::Null,
        "True" => Value::Bool(true),
        "False" => Value::Bool(false),
        _ => Value::Text(text.to_owned()),
    }
}
