//! When a message arrived, for IMAP's INTERNALDATE.

use mail_parser::{DateTime, HeaderName, HeaderValue, MessageParser};

use crate::Envelope;
use crate::header::MAX_BLOCK;

/// When a message arrived, and what says so.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct InternalDate {
    /// Seconds since 1970 (UTC).
    pub seconds: i64,
    /// Where this was found.
    pub from: DateSource,
}

/// What an [`InternalDate`] was taken from, the best first.
#[derive(Clone, Copy, Debug, Eq, Hash, Ord, PartialEq, PartialOrd)]
#[non_exhaustive]
pub enum DateSource {
    /// The `From_` line: what the program that wrote the file knew of the delivery.
    Envelope,
    /// The topmost `Received` header that holds a date: the last server that handed the message on.
    Received,
    /// The `Date` header: when the sender says it was written.
    Date,
}

/// The best date that an envelope and a message hold, or `None`.
///
/// Each candidate must be a moment that exists, after 1970 began and before the year 10000; otherwise the next one is
/// asked: the envelope, the topmost `Received`, then `Date`.
///
/// ```
/// use tegu_mbox::Envelope;
/// use tegu_mbox::date::{DateSource, internal_date};
///
/// let message = b"Date: Mon, 1 Jan 2024 03:00:00 +0300\n\n";
/// let date = internal_date(&Envelope::default(), message).unwrap();
/// assert_eq!((date.seconds, date.from), (1_704_067_200, DateSource::Date));
/// ```
pub fn internal_date(envelope: &Envelope, message: &[u8]) -> Option<InternalDate> {
    if let Some(seconds) = envelope.date().filter(|&seconds| seconds > 0) {
        return Some(InternalDate {
            seconds,
            from: DateSource::Envelope,
        });
    }
    // Headers longer than this hold no date that could be relied on; the parser is spared the body.
    let head = message.get(..message.len().min(MAX_BLOCK)).unwrap_or_default();
    let parsed = MessageParser::new()
        .header_received(HeaderName::Received)
        .header_date(HeaderName::Date)
        .parse_headers(head)?;
    let received = parsed
        .headers()
        .iter()
        .filter(|header| header.name == HeaderName::Received);
    let received = received.filter_map(|header| match &header.value {
        HeaderValue::Received(received) => received.date.as_ref().and_then(usable),
        _ => None,
    });
    if let Some(seconds) = received.into_iter().next() {
        return Some(InternalDate {
            seconds,
            from: DateSource::Received,
        });
    }
    let seconds = parsed.date().and_then(usable)?;
    Some(InternalDate {
        seconds,
        from: DateSource::Date,
    })
}

fn usable(date: &DateTime) -> Option<i64> {
    // The parser gives values for dates that do not exist; asking is the caller's part.
    let seconds = date.is_valid().then(|| date.to_timestamp())?;
    (1..=253_402_300_799).contains(&seconds).then_some(seconds)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(message: &str) -> Option<(i64, DateSource)> {
        internal_date(&Envelope::default(), message.as_bytes()).map(|date| (date.seconds, date.from))
    }

    #[test]
    fn the_best_source_that_holds_a_date() {
        let message = "Received: from a by b; Tue, 2 Jan 2024 00:00:00 +0000\n\
                       Received: from c by a; Mon, 1 Jan 2024 12:00:00 +0000\n\
                       Date: Mon, 1 Jan 2024 00:00:00 +0000\n\nbody\n";
        assert_eq!(of(message), Some((1_704_153_600, DateSource::Received)));
        let envelope = Envelope::new("a@b", Some(1_704_240_000));
        let date = internal_date(&envelope, message.as_bytes());
        assert_eq!(
            date,
            Some(InternalDate {
                seconds: 1_704_240_000,
                from: DateSource::Envelope
            })
        );
    }

    #[test]
    fn a_date_that_does_not_exist_is_passed_over() {
        let message = "Received: from a by b; Tue, 32 Jan 2024 25:00:00 +0000\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n\n";
        assert_eq!(of(message), Some((1_704_067_200, DateSource::Date)));
        assert_eq!(of("Date: Mon, 32 Jan 2024 25:00:00 +0000\n\n"), None);
        assert_eq!(of("Date: Thu, 1 Jan 1970 00:00:00 +0000\n\n"), None);
    }

    #[test]
    fn no_headers_no_date() {
        assert_eq!(of(""), None);
        assert_eq!(of("no header at all"), None);
        assert_eq!(of("\nDate: Mon, 1 Jan 2024 00:00:00 +0000\n"), None);
    }
}
