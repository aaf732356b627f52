//! Reads a resource with `calcard`, an independent parser.

use crate::error::one_line;

/// Has the resource read by `calcard`. Only structure is asked for: where it repairs values, our own
/// checks have spoken already. Large resources are left out, since attachments are most of them.
pub(super) fn second_reader(body: &[u8]) -> Result<(), String> {
    const MOST: usize = 1 << 20;
    if body.len() > MOST {
        return Ok(());
    }
    let text = std::str::from_utf8(body).map_err(|_| "not UTF-8".to_owned())?;
    let mut parser = calcard::Parser::new(text);
    match parser.entry() {
        calcard::Entry::ICalendar(_) => {}
        other => return Err(one_line(&format!("{other:?}"))),
    }
    match parser.entry() {
        calcard::Entry::Eof => Ok(()),
        other => Err(one_line(&format!("{other:?}"))),
    }
}
