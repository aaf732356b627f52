//! One response, and the few that the client reads closely.

use super::Held;

/// A response: its lines joined, and its literals in order. Each literal's `{n}` stays in the text.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Response {
    /// The text without line ends; octets that are not UTF-8 are replaced.
    pub text: String,
    /// The octets of each `{n}` in the text.
    pub literals: Vec<Vec<u8>>,
}

impl Response {
    /// The length of the literal that the next line of this response announces at its end. The texts of status responses
    /// announce none.
    pub(super) fn literal(&self, line: &str) -> Option<usize> {
        let status = line.split(' ').nth(1).filter(|_| self.text.is_empty());
        if status.is_some_and(|word| ["OK", "NO", "BAD", "BYE", "PREAUTH"].contains(&word)) {
            return None;
        }
        let (_, length) = line.strip_suffix('}')?.rsplit_once('{')?;
        length.parse().ok()
    }

    /// The mailbox at the end of a LIST response, as it stands on the wire.
    pub(super) fn mailbox(&self) -> Option<String> {
        if let Some(literal) = self.literals.last() {
            return Some(String::from_utf8_lossy(literal).into_owned());
        }
        let (_, rest) = self.text.split_once(") ")?;
        // The delimiter: NIL, or one character in quotes that may itself be escaped.
        let rest = match rest.strip_prefix('"') {
            Some(delimiter) => delimiter.split_once("\" ")?.1,
            None => rest.split_once(' ')?.1,
        };
        match rest
            .trim_end()
            .strip_prefix('"')
            .and_then(|rest| rest.strip_suffix('"'))
        {
            Some(escaped) => Some(unescaped(escaped)),
            None => Some(rest.trim_end().to_owned()),
        }
    }

    /// The message that a FETCH response tells of.
    pub(super) fn held(&self) -> Option<Held> {
        let text = &self.text;
        let after = |name: &str| text.find(name).map(|at| &text[at + name.len()..]);
        let uid = after("UID ")?;
        let uid = uid[..uid.find(|c: char| !c.is_ascii_digit())?].parse().ok()?;
        let flags = after("FLAGS (")?.split_once(')')?.0;
        let date = after("INTERNALDATE \"").and_then(|rest| unix(rest.split_once('"')?.0));
        let body = after("BODY[] ")?;
        let octets: Vec<u8> = if body.starts_with('{') {
            self.literals.first()?.clone()
        } else if let Some(rest) = body.strip_prefix('"') {
            unescaped(
                rest.strip_suffix("\")")
                    .or(rest.split_once("\" ").map(|(text, _)| text))?,
            )
            .into_bytes()
        } else {
            Vec::new()
        };
        Some(held(uid, flags.split_whitespace(), date, &octets))
    }
}

/// A message from its parts.
pub(crate) fn held<'a>(
    uid: u32,
    flags: impl IntoIterator<Item = &'a str>,
    date: Option<i64>,
    octets: &[u8],
) -> Held {
    let flags = flags.into_iter().map(str::to_lowercase);
    Held {
        uid,
        flags: flags.filter(|flag| flag != "\\recent").collect(),
        date,
        octets: octets.len() as u64,
        digest: blake3::hash(octets).into(),
    }
}

fn unescaped(text: &str) -> String {
    let mut out = String::new();
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        out.extend(if letter == '\\' {
            letters.next()
        } else {
            Some(letter)
        });
    }
    out
}

/// The instant of a `date-time`, such as ` 1-Jan-2024 03:00:00 +0300`.
pub(crate) fn unix(text: &str) -> Option<i64> {
    const MONTHS: &str = "JanFebMarAprMayJunJulAugSepOctNovDec";
    let mut words = text.split_whitespace();
    let (date, time, zone) = (words.next()?, words.next()?, words.next()?);
    let mut date = date.split('-');
    let day: i64 = date.next()?.parse().ok()?;
    let month = MONTHS.find(date.next()?)? as i64 / 3 + 1;
    let year: i64 = date.next()?.parse().ok()?;
    let mut second = 0;
    for part in time.split(':') {
        second = second * 60 + part.parse::<i64>().ok()?;
    }
    let (hours, minutes): (i64, i64) = (zone.get(1..3)?.parse().ok()?, zone.get(3..5)?.parse().ok()?);
    let offset = (hours * 60 + minutes) * if zone.starts_with('-') { -60 } else { 60 };
    // Years that begin in March end in February: the leap day comes last.
    let (year, month) = if month <= 2 {
        (year - 1, month + 9)
    } else {
        (year, month - 3)
    };
    let days = 365 * year + year / 4 - year / 100 + year / 400 + (153 * month + 2) / 5 + day - 719_469;
    Some(days * 86_400 + second - offset)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates() {
        for (text, seconds) in [
            (" 1-Jan-1970 00:00:00 +0000", 0),
            ("01-Jan-2024 03:00:00 +0300", 1_704_067_200),
            ("29-Feb-2020 23:59:59 -0530", 1_583_040_599),
        ] {
            assert_eq!(unix(text), Some(seconds), "{text}");
        }
    }

    #[test]
    fn names() {
        for (line, name) in [
            ("* LIST (\\HasNoChildren) \"/\" INBOX", "INBOX"),
            ("* LIST () \"\\\\\" \"a \\\"b\\\"\"", "a \"b\""),
            ("* LIST () NIL \"x y\"", "x y"),
        ] {
            let response = Response {
                text: line.into(),
                literals: vec![],
            };
            assert_eq!(response.mailbox().as_deref(), Some(name));
        }
    }
}
