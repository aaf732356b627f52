//! What a target can hold of a message, and what it gives back otherwise than it was sent.

use crate::{
    Finding,
    message::Message,
    target::{Carries, Stored},
};

/// What the target cannot hold of a message.
pub(super) fn obstacles(message: &Message, carries: &Carries) -> Vec<Finding> {
    let mut findings = Vec::new();
    let body = &message.body;
    if !carries.nul && body.contains(&0) {
        findings.push(Finding::lossy(
            "MAIL-NUL",
            "the message holds NUL octets, which IMAP cannot carry, whatever is accepted",
        ));
    }
    if !carries.mixed_line_ends && mixed_line_ends(body) {
        findings.push(Finding::lossy(
            "MAIL-MIXED-LINE-ENDS",
            "some lines end in CRLF and some in LF; the target would level them",
        ));
    }
    if !carries.unended_last_line && body.last().is_some_and(|byte| *byte != b'\n') {
        findings.push(Finding::lossy(
            "MAIL-UNENDED-LAST-LINE",
            "the last line has no end; an mbox file would add one",
        ));
    }
    if body.is_empty() {
        findings.push(Finding::lossy("MAIL-EMPTY", "the message has no octets at all"));
    }
    if let Some(max) = carries.max_size.filter(|max| body.len() as u64 > *max) {
        let message = format!("the message has {} octets; the target takes {max}", body.len());
        findings.push(Finding::lossy("MAIL-TOO-LARGE", message));
    }
    for keyword in message
        .flags
        .keywords
        .iter()
        .filter(|keyword| !carries.keywords.hold(keyword))
    {
        findings.push(Finding::lossy(
            "MAIL-KEYWORD",
            format!("the target has no room for the keyword {keyword}"),
        ));
    }
    findings
}

fn mixed_line_ends(body: &[u8]) -> bool {
    let (mut crlf, mut lf, mut before) = (false, false, 0);
    for byte in body {
        if *byte == b'\n' {
            if before == b'\r' { crlf = true } else { lf = true }
        }
        before = *byte;
    }
    crlf && lf
}

/// What a target gives back otherwise than it was sent.
pub(super) fn differences(sent: &Message, stored: &Stored) -> Option<Finding> {
    if !sent.flags.same_as(&stored.flags) {
        return Some(Finding::lossy(
            "MAIL-FLAGS-DIFFER",
            "the message stands on the target with other flags",
        ));
    }
    let differs = sent.date.is_some_and(|sent| {
        stored
            .date
            .is_none_or(|stored| stored.unix_seconds != sent.unix_seconds)
    });
    differs.then(|| {
        Finding::lossy(
            "MAIL-DATE-DIFFERS",
            "the message stands on the target with another arrival date",
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{
        Digest,
        message::{Flags, InternalDate, Keywords},
    };

    fn codes(body: &[u8], carries: &Carries) -> Vec<String> {
        let flags = Flags::from_names(["\\Seen", "Важно"]);
        let found = obstacles(&Message::new(flags, None, body.to_vec()), carries);
        found
            .into_iter()
            .map(|finding| finding.code.into_owned())
            .collect()
    }

    #[test]
    fn each_obstacle_has_its_code() {
        let all = Carries::everything();
        assert!(codes(b"a\0\r\nb\nc", &all).is_empty());
        let mut imap = Carries::everything();
        (imap.nul, imap.mixed_line_ends, imap.unended_last_line) = (false, false, false);
        imap.max_size = Some(4);
        imap.keywords = Keywords::Atoms;
        let expected = [
            "MAIL-NUL",
            "MAIL-MIXED-LINE-ENDS",
            "MAIL-UNENDED-LAST-LINE",
            "MAIL-TOO-LARGE",
            "MAIL-KEYWORD",
        ];
        assert_eq!(codes(b"a\0\r\nb\nc", &imap), expected);
        assert_eq!(codes(b"", &all), ["MAIL-EMPTY"]);
    }

    #[test]
    fn lines_that_all_end_alike_are_not_mixed() {
        assert!(!mixed_line_ends(b"a\nb\n") && !mixed_line_ends(b"a\r\nb\r\n") && !mixed_line_ends(b"\r\r"));
        assert!(mixed_line_ends(b"\na\r\n"));
    }

    #[test]
    fn flags_and_dates_are_compared() {
        let sent = Message::new(
            Flags::from_names(["\\Seen", "Work"]),
            Some(InternalDate::new(5, 180)),
            "x",
        );
        let stored = |names: &[&str], date| {
            Stored::new(Digest::of(b"x"), Flags::from_names(names.iter().copied()), date)
        };
        let at = |seconds| Some(InternalDate::new(seconds, 0));
        assert_eq!(
            differences(&sent, &stored(&["work", "\\SEEN"], at(5))),
            None,
            "letter case and zone do not count"
        );
        let code = |stored| differences(&sent, &stored).map(|finding| finding.code.into_owned());
        assert_eq!(
            code(stored(&["\\Seen"], at(5))).as_deref(),
            Some("MAIL-FLAGS-DIFFER")
        );
        assert_eq!(
            code(stored(&["\\Seen", "Work"], at(6))).as_deref(),
            Some("MAIL-DATE-DIFFERS")
        );
        assert_eq!(
            code(stored(&["\\Seen", "Work"], None)).as_deref(),
            Some("MAIL-DATE-DIFFERS")
        );
    }
}
