//! The parts of a content line: group, name, parameters, value; all borrowed, nothing decoded.

use std::borrow::Cow;

/// One content line taken apart.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Content<'a> {
    /// The group of a vCard property (`item1.`), without the dot.
    pub group: Option<&'a str>,
    /// The name as written.
    pub name: &'a str,
    /// In order.
    pub params: Vec<Param<'a>>,
    /// The value as written, escapes included.
    pub value: &'a str,
}

/// One parameter as written.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Param<'a> {
    /// The name; empty for a vCard 2.1 parameter without one (`TEL;WORK`).
    pub name: &'a str,
    /// Everything after `=`, quotes and commas included.
    pub raw: &'a str,
}

impl<'a> Param<'a> {
    /// The values between the commas, without their quotes.
    pub fn values(&self) -> impl Iterator<Item = &'a str> {
        split_unquoted(self.raw, b',').map(unquote)
    }

    pub(crate) fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }
}

impl<'a> Content<'a> {
    /// Takes a line apart; `None` if it is no content line.
    ///
    /// ```
    /// let line = tegu_dav::content::Content::parse("DTSTART;TZID=\"A:B\":20260105T100000").unwrap();
    /// assert_eq!((line.name, line.value), ("DTSTART", "20260105T100000"));
    /// assert_eq!(line.param("tzid"), Some("A:B"));
    /// ```
    #[must_use]
    pub fn parse(text: &'a str) -> Option<Self> {
        let head = find_unquoted(text, b':')?;
        let (head, value) = (text.get(..head)?, text.get(head + 1..)?);
        let mut parts = split_unquoted(head, b';');
        let name = parts.next()?;
        let (group, name) = match name.rsplit_once('.') {
            Some((group, name)) if is_token(group) => (Some(group), name),
            Some(_) => return None,
            None => (None, name),
        };
        // RFC 5545 section 3.2: a quote opens or closes a whole value and stands nowhere else.
        let quoted = |value: &str| unquote(value).contains('"');
        if !is_token(name) {
            return None;
        }
        let mut params = Vec::new();
        for part in parts {
            let raw = find_unquoted(part, b'=')
                .and_then(|at| part.get(at + 1..))
                .unwrap_or(part);
            if raw.contains('"') && split_unquoted(raw, b',').any(quoted) {
                return None;
            }
            params.push(match find_unquoted(part, b'=') {
                Some(at) if is_token(part.get(..at)?) => Param {
                    name: part.get(..at)?,
                    raw: part.get(at + 1..)?,
                },
                Some(_) => return None,
                None => Param { name: "", raw: part },
            });
        }
        // What begins or ends a component names it, and says nothing else.
        let frame = name.eq_ignore_ascii_case("BEGIN") || name.eq_ignore_ascii_case("END");
        if frame && !(group.is_none() && params.is_empty() && is_token(value.trim())) {
            return None;
        }
        Some(Self {
            group,
            name,
            params,
            value,
        })
    }

    /// Whether the name is this one, in any case.
    #[must_use]
    pub fn is(&self, name: &str) -> bool {
        self.name.eq_ignore_ascii_case(name)
    }

    /// The first value of the first parameter of this name.
    #[must_use]
    pub fn param(&self, name: &str) -> Option<&'a str> {
        self.params
            .iter()
            .find(|param| param.is(name))
            .and_then(|param| param.values().next())
    }

    /// Puts the line together again.
    #[cfg(test)]
    pub(crate) fn to_line(&self) -> String {
        let mut out = String::with_capacity(self.value.len() + 64);
        if let Some(group) = self.group {
            out.push_str(group);
            out.push('.');
        }
        out.push_str(self.name);
        for param in &self.params {
            out.push(';');
            if !param.name.is_empty() {
                out.push_str(param.name);
                out.push('=');
            }
            out.push_str(param.raw);
        }
        out.push(':');
        out.push_str(self.value);
        out
    }
}

/// A name in upper case, which it mostly is.
pub(crate) fn upper(name: &str) -> Cow<'_, str> {
    if name.bytes().any(|b| b.is_ascii_lowercase()) {
        Cow::Owned(name.to_ascii_uppercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// A parameter value with the quotes that it needs; characters that no parameter can hold are
/// encoded as RFC 6868 says.
pub(crate) fn quote(value: &str) -> Cow<'_, str> {
    if !value.contains([':', ';', ',', '"', '\n', '^']) {
        return Cow::Borrowed(value);
    }
    let inner = value.replace('^', "^^").replace('\n', "^n").replace('"', "^'");
    Cow::Owned(format!("\"{inner}\""))
}

fn unquote(value: &str) -> &str {
    let inner = value.strip_prefix('"').and_then(|rest| rest.strip_suffix('"'));
    inner.unwrap_or(value)
}

fn is_token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
}

fn find_unquoted(text: &str, wanted: u8) -> Option<usize> {
    let first = memchr::memchr(wanted, text.as_bytes())?;
    // Mostly there is no quote before it.
    if memchr::memchr(b'"', text.as_bytes().get(..first)?).is_none() {
        return Some(first);
    }
    let mut quoted = false;
    text.bytes().position(|byte| {
        quoted ^= byte == b'"';
        !quoted && byte == wanted
    })
}

fn split_unquoted(text: &str, separator: u8) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    std::iter::from_fn(move || {
        let current = rest?;
        match find_unquoted(current, separator) {
            Some(at) => {
                rest = current.get(at + 1..);
                current.get(..at)
            }
            None => {
                rest = None;
                Some(current)
            }
        }
    })
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn parts() {
        let line = Content::parse("item1.TEL;TYPE=WORK,\"a,b\";PREF:+7:1").unwrap();
        assert_eq!(line.group, Some("item1"));
        assert_eq!(line.value, "+7:1");
        assert_eq!(line.params[0].values().collect::<Vec<_>>(), ["WORK", "a,b"]);
        assert_eq!(line.params[1].name, "");
        assert_eq!(line.to_line(), "item1.TEL;TYPE=WORK,\"a,b\";PREF:+7:1");
    }

    #[test]
    fn no_content_lines() {
        for text in [
            "",
            "no colon",
            ":x",
            "A B:x",
            "A;B C=1:x",
            ".A:x",
            "A;B=\\\"c\\\":x",
            "A;B=\"c:x",
        ] {
            assert_eq!(Content::parse(text), None, "{text}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_parses_is_put_together_the_same(text in "[A-Za-z.;:=,\" -]{0,40}") {
            if let Some(line) = Content::parse(&text) {
                prop_assert_eq!(line.to_line(), text);
            }
        }
    }
}
