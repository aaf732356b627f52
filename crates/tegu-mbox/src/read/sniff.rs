//! Guesses the format of a file, for choosing a reader and for error messages.

use super::scan::{Before, Verdict, judge};
use crate::header::{self, Name};

const BOM: &[u8] = b"\xef\xbb\xbf";

/// Whether `start`, the first kilobytes of a file, looks like an mbox: a `From_` line, optionally after a byte order
/// mark and blank lines. An empty file does not.
///
/// ```
/// use tegu_mbox::read::looks_like_mbox;
///
/// assert!(looks_like_mbox(b"From a@b Mon Jan  1 00:00:00 2024\nSubject: s\n"));
/// assert!(!looks_like_mbox(b"From now on we use TEGU\n"));
/// ```
pub fn looks_like_mbox(start: &[u8]) -> bool {
    let at = leading(start);
    matches!(
        judge(start, at, true, Before::FileStart, false),
        Verdict::Separator(_)
    )
}

/// How many bytes of byte order mark and blank lines stand at the start.
pub(super) fn leading(start: &[u8]) -> usize {
    let bom = if start.starts_with(BOM) { BOM.len() } else { 0 };
    let rest = start.get(bom..).unwrap_or_default();
    bom + rest.iter().take_while(|&&b| b == b'\n' || b == b'\r').count()
}

/// What a file that is no mbox seems to be.
pub(super) fn looks_like(start: &[u8]) -> &'static str {
    let start = start.get(leading(start)..).unwrap_or_default();
    let magic: [(&[u8], &str); 12] = [
        (b"!BDN", "an Outlook PST or OST file"),
        (b"\xd0\xcf\x11\xe0", "an Outlook .msg or other OLE file"),
        (b"\x1f\x8b", "gzip data"),
        (b"\x28\xb5\x2f\xfd", "zstd data"),
        (b"PK\x03\x04", "a zip archive"),
        (b"7z\xbc\xaf", "a 7-Zip archive"),
        (b"SQLite format 3", "an SQLite database"),
        (b"\x01\x01\x01\x01\n", "an MMDF mailbox"),
        (b"BEGIN:VCALENDAR", "iCalendar data"),
        (b"BEGIN:VCARD", "a vCard"),
        (b"// <!-- <mdb:mork", "a Thunderbird index"),
        (b"dn:", "LDIF"),
    ];
    if let Some((_, name)) = magic.iter().find(|(bytes, _)| start.starts_with(bytes)) {
        return name;
    }
    if start.starts_with(b"From ") {
        return "text whose first line is no From_ line";
    }
    let probe = start.get(..start.len().min(512)).unwrap_or_default();
    if matches!(header::name_of(start), Name::Field(_)) {
        "a single message without a From_ line"
    } else if probe.contains(&0) {
        "binary data"
    } else {
        "text"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_mbox_may_begin_with_a_mark_and_blank_lines() {
        assert!(looks_like_mbox(
            b"\xef\xbb\xbf\r\n\nFrom - Mon Jan 01 00:00:00 2024\r\n"
        ));
        assert!(looks_like_mbox(b"From \nX-Mozilla-Status: 0001\n"));
        assert!(!looks_like_mbox(b""));
        assert!(!looks_like_mbox(b"From: a@b\n"));
    }

    #[test]
    fn others_are_named() {
        assert_eq!(looks_like(b"!BDN1234"), "an Outlook PST or OST file");
        assert_eq!(
            looks_like(b"Subject: s\n\nx"),
            "a single message without a From_ line"
        );
        assert_eq!(looks_like(b"\x00\x01"), "binary data");
        assert_eq!(looks_like(b"hello world"), "text");
    }
}
