//! Instants in JSON: text as RFC 3339 has it.

use jiff::Timestamp;
use serde::Serializer;

#[expect(clippy::ref_option, reason = "serde hands the field over like this")]
pub(crate) fn text<S: Serializer>(instant: &Option<Timestamp>, serializer: S) -> Result<S::Ok, S::Error> {
    match instant {
        Some(instant) => serializer.collect_str(instant),
        None => serializer.serialize_none(),
    }
}
