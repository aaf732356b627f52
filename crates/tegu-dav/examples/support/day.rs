//! Days on a command line.

/// `2020-01-01` as seconds since 1970, at midnight UTC.
pub(crate) fn seconds(text: &str) -> Result<i64, String> {
    let midnight: Result<jiff::Timestamp, _> = format!("{text}T00:00:00Z").parse();
    match midnight {
        Ok(midnight) if text.len() == 10 => Ok(midnight.as_second()),
        _ => Err(format!("{text} is no day; write 2020-01-31")),
    }
}
