//! One line of a sidecar.

use std::collections::BTreeSet;
use std::ops::Range;

use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// What a sidecar says about one message.
///
/// ```
/// use tegu_mbox::sidecar::{ArrivalDate, Entry};
///
/// let entry = Entry::new(0..214, [7; 32]).flags(["\\Seen", "Work"]).date(Some(ArrivalDate::new(1_704_067_200, 180)));
/// let line = entry.to_line();
/// assert!(line.contains(r#""flags":["Work","\\Seen"],"date":1704067200,"offset":180"#));
/// assert_eq!(Entry::from_line(line.as_bytes()), Some(entry));
/// ```
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Entry {
    /// Where the message starts in the mbox file, in bytes.
    pub start: u64,
    /// Where the next message starts, or the file ends.
    pub end: u64,
    /// BLAKE3 of the message with each line ending in CRLF.
    #[serde(serialize_with = "write_digest", deserialize_with = "read_digest")]
    pub digest: [u8; 32],
    /// Flags and keywords by their IMAP names.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub flags: BTreeSet<String>,
    /// When the message arrived, in seconds since 1970, UTC.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    date: Option<i64>,
    /// Minutes east of UTC.
    #[serde(default, skip_serializing_if = "is_zero")]
    offset: i16,
}

/// When a message arrived.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct ArrivalDate {
    /// Seconds since 1970, UTC.
    pub seconds: i64,
    /// The time zone, in minutes east of UTC.
    pub offset_minutes: i16,
}

impl ArrivalDate {
    /// Makes a date: seconds since 1970, UTC, and the time zone in minutes east of UTC.
    pub fn new(seconds: i64, offset_minutes: i16) -> Self {
        Self {
            seconds,
            offset_minutes,
        }
    }
}

impl Entry {
    /// Makes an entry for the message that stands at `span` of the mbox file, without flags and date.
    pub fn new(span: Range<u64>, digest: [u8; 32]) -> Self {
        Self {
            start: span.start,
            end: span.end,
            digest,
            flags: BTreeSet::new(),
            date: None,
            offset: 0,
        }
    }

    /// Sets the flags, by their IMAP names.
    #[must_use]
    pub fn flags<'a>(mut self, names: impl IntoIterator<Item = &'a str>) -> Self {
        self.flags = names.into_iter().map(str::to_owned).collect();
        self
    }

    /// Sets when the message arrived.
    #[must_use]
    pub fn date(mut self, date: Option<ArrivalDate>) -> Self {
        self.date = date.map(|date| date.seconds);
        self.offset = date.map_or(0, |date| date.offset_minutes);
        self
    }

    /// Returns when the message arrived, if the sidecar says so.
    pub fn arrival_date(&self) -> Option<ArrivalDate> {
        self.date.map(|seconds| ArrivalDate::new(seconds, self.offset))
    }

    /// Returns the entry as a line of a sidecar, with its line feed.
    pub fn to_line(&self) -> String {
        // Numbers, strings and lists of strings always become JSON.
        let mut line = serde_json::to_string(self).unwrap_or_default();
        line.push('\n');
        line
    }

    /// Reads a line of a sidecar. Returns `None` if the line feed is missing or the line is damaged.
    pub fn from_line(line: &[u8]) -> Option<Self> {
        serde_json::from_slice(line.strip_suffix(b"\n")?).ok()
    }
}

#[allow(clippy::trivially_copy_pass_by_ref, reason = "serde passes references")]
fn is_zero(offset: &i16) -> bool {
    *offset == 0
}

fn write_digest<S: Serializer>(digest: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&blake3::Hash::from_bytes(*digest))
}

fn read_digest<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
    let text = std::borrow::Cow::<'_, str>::deserialize(deserializer)?;
    let hash = blake3::Hash::from_hex(text.as_bytes()).map_err(de::Error::custom)?;
    Ok(*hash.as_bytes())
}
