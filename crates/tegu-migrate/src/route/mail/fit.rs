//! What a target can hold of a message, and what it gives back otherwise than it was sent.

use crate::{
    Finding,
    message::{Content, Message},
    targets::{Stored, TargetCapabilities},
};

/// What the target cannot hold of a message.
pub(super) fn obstacles(message: &Message, content: &Content, target: &TargetCapabilities) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut lossy = |code: &'static str, message: String| findings.push(Finding::lossy(code, message));
    if !target.nul && content.nul {
        lossy(
            "MAIL-NUL",
            "the message holds NUL octets, which IMAP cannot carry, whatever is accepted".into(),
        );
    }
    if !target.mixed_line_ends && content.mixed_line_ends {
        let why = "some lines end in CRLF and some in LF; the target would level them";
        lossy("MAIL-MIXED-LINE-ENDS", why.into());
    }
    if !target.unended_last_line && content.unended_last_line {
        let why = "the last line has no end; an mbox file would add one";
        lossy("MAIL-UNENDED-LAST-LINE", why.into());
    }
    let octets = message.body.len();
    if octets == 0 {
        lossy("MAIL-EMPTY", "the message has no octets at all".into());
    }
    if let Some(max) = target.max_size.filter(|max| octets > *max) {
        lossy(
            "MAIL-TOO-LARGE",
            format!("the message has {octets} octets; the target takes {max}"),
        );
    }
    if !target.flags && message.flags.any() {
        lossy(
            "MAIL-FLAGS",
            "the target has no room for the message's flags".into(),
        );
    }
    if !target.dates && message.date.is_some() {
        lossy(
            "MAIL-DATE",
            "the target has no room for when the message arrived".into(),
        );
    }
    let keywords = message.flags.keywords.iter();
    for keyword in keywords.filter(|keyword| !target.keywords.hold(keyword)) {
        lossy(
            "MAIL-KEYWORD",
            format!("the target has no room for the keyword {keyword}"),
        );
    }
    findings
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
        digest,
        message::{Flags, InternalDate, Keywords},
    };

    fn codes(body: &'static [u8], target: &TargetCapabilities) -> Vec<String> {
        let flags = Flags::from_names(["\\Seen", "Важно"]);
        let message = Message::new(flags, Some(InternalDate::new(5, 0)), body.to_vec());
        let found = obstacles(&message, &message.body.content().unwrap(), target);
        found
            .into_iter()
            .map(|finding| finding.code.into_owned())
            .collect()
    }

    #[test]
    fn each_obstacle_has_its_code() {
        let all = TargetCapabilities::everything();
        assert!(codes(b"a\0\r\nb\nc", &all).is_empty());
        let mut little = TargetCapabilities::everything();
        (little.nul, little.mixed_line_ends, little.unended_last_line) = (false, false, false);
        (little.flags, little.dates) = (false, false);
        little.max_size = Some(4);
        little.keywords = Keywords::Atoms;
        let expected = [
            "MAIL-NUL",
            "MAIL-MIXED-LINE-ENDS",
            "MAIL-UNENDED-LAST-LINE",
            "MAIL-TOO-LARGE",
            "MAIL-FLAGS",
            "MAIL-DATE",
            "MAIL-KEYWORD",
        ];
        assert_eq!(codes(b"a\0\r\nb\nc", &little), expected);
        assert_eq!(codes(b"", &all), ["MAIL-EMPTY"]);
    }

    #[test]
    fn flags_and_dates_are_compared() {
        let sent = Message::new(
            Flags::from_names(["\\Seen", "Work"]),
            Some(InternalDate::new(5, 180)),
            "x",
        );
        let stored = |names: &[&str], date| {
            Stored::new(digest::of(b"x"), Flags::from_names(names.iter().copied()), date)
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
