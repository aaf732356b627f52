//! What a target can hold of a message, and what it gives back otherwise than it was sent.

use crate::{
    Finding, Policy, State,
    message::{Content, Keywords, Message},
    sources::SourceCapabilities,
    targets::{Stored, TargetCapabilities, TargetFolder},
};
use std::collections::BTreeSet;

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

pub(super) fn no_proof() -> Finding {
    let why = "the target does not give back what it holds, so nothing would prove that a message arrived";
    Finding::lossy("MAIL-NO-PROOF", why)
}

/// Why a message waits that was not refused itself.
pub(super) const WAITS: &str = "a message before it has no room, and the folder keeps its order";

/// The finding for a message for which there is no room on the target now.
pub(super) fn over_quota(why: &str) -> Finding {
    Finding::lossy(
        "MAIL-TARGET-OVER-QUOTA",
        format!("the target has no room for the message: {why}"),
    )
}

/// The finding for a message whose listed size exceeds what the target takes.
fn too_large(size: u64, max: u64) -> Finding {
    let message = format!("the message has about {size} octets; the target takes {max}");
    Finding::lossy("MAIL-TOO-LARGE", message)
}

/// What the target has no room for of what the source tells. Which messages have it is known when they are read.
pub(super) fn lost_between(source: SourceCapabilities, target: &TargetCapabilities) -> Vec<Finding> {
    let mut lost = Vec::new();
    if source.dates && !target.dates {
        let why = "the target has no room for when messages arrived";
        lost.push(Finding::lossy("MAIL-DATE", why));
    }
    if source.flags && !target.flags {
        let why = "the target has no room for flags, such as that a message was read";
        lost.push(Finding::info("MAIL-FLAGS", why));
    }
    if source.keywords && target.keywords == Keywords::Only(BTreeSet::new()) {
        let why = "the target has no room for keywords";
        lost.push(Finding::info("MAIL-KEYWORD", why));
    }
    lost
}

/// What a plan that reads no message says of one: it is decided by what both sides list.
pub(super) fn forecast(
    policy: &Policy,
    size: u64,
    lost: &[Finding],
    target: &TargetFolder,
) -> (State, Vec<Finding>) {
    let max = target.capabilities.max_size;
    let too_large = max.filter(|max| size > *max).map(|max| too_large(size, max));
    let findings = lost.iter().cloned().chain(too_large).collect::<Vec<_>>();
    let stopped = policy.stops(&findings);
    (if stopped { State::Manual } else { State::Moved }, findings)
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

    fn look(capabilities: &TargetCapabilities, policy: &str, size: u64) -> (State, Vec<String>) {
        let policy: Policy = toml::from_str(policy).unwrap();
        let lost = lost_between(SourceCapabilities::everything(), capabilities);
        let target = TargetFolder::new("INBOX", 0, capabilities.clone());
        let (state, findings) = forecast(&policy, size, &lost, &target);
        let codes = findings.into_iter().map(|finding| finding.code.into_owned());
        (state, codes.collect())
    }

    #[test]
    fn a_forecast_asks_what_both_sides_can() {
        let mut target = TargetCapabilities::everything();
        assert_eq!(look(&target, "", 900), (State::Moved, vec![]));
        target.max_size = Some(700);
        assert_eq!(
            look(&target, "", 900),
            (State::Manual, vec!["MAIL-TOO-LARGE".to_owned()])
        );
        assert_eq!(look(&target, "", 700).0, State::Moved);
        (target.dates, target.flags) = (false, false);
        target.keywords = Keywords::Only(BTreeSet::new());
        let (state, codes) = look(&target, "", 1);
        assert_eq!(state, State::Manual);
        assert_eq!(codes, ["MAIL-DATE", "MAIL-FLAGS", "MAIL-KEYWORD"]);
        assert_eq!(look(&target, "accept = ['MAIL-DATE']", 1).0, State::Moved);
    }
}
