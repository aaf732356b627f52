//! The text of a filter -> the filter.

use super::{Filter, MAX_DEPTH};
use crate::entry::AttributeName;
use crate::error::{malformed, over_limit};
use crate::{Error, Result};

/// How many comparisons a filter may have.
const MAX_PARTS: usize = 10_000;

pub(super) fn filter(text: &str) -> Result<Filter> {
    let mut parser = Parser {
        text,
        at: 0,
        parts: 0,
    };
    parser.spaces();
    if !parser.rest().starts_with('(') {
        // Tools allow the outermost brackets to be left out.
        return parser.item(text.trim());
    }
    let out = parser.one(0)?;
    parser.spaces();
    if !parser.rest().is_empty() {
        return Err(parser.fault("there is text after its end"));
    }
    Ok(out)
}

struct Parser<'a> {
    text: &'a str,
    at: usize,
    parts: usize,
}

impl<'a> Parser<'a> {
    fn rest(&self) -> &'a str {
        self.text.get(self.at..).unwrap_or_default()
    }

    fn spaces(&mut self) {
        self.at = self.text.len() - self.rest().trim_start().len();
    }

    fn fault(&self, what: &str) -> Error {
        malformed(format!("the filter, at byte {}: {what}", self.at))
    }

    fn take(&mut self, c: char) -> Result<()> {
        if !self.rest().starts_with(c) {
            return Err(self.fault(&format!("`{c}` is missing")));
        }
        self.at += c.len_utf8();
        Ok(())
    }

    /// One filter in brackets.
    fn one(&mut self, depth: usize) -> Result<Filter> {
        if depth >= MAX_DEPTH {
            return Err(over_limit(format!(
                "the filter is nested deeper than {MAX_DEPTH}"
            )));
        }
        self.parts += 1;
        if self.parts > MAX_PARTS {
            return Err(over_limit(format!("the filter has more than {MAX_PARTS} parts")));
        }
        self.take('(')?;
        let out = match self.rest().chars().next() {
            Some('&') => Filter::And(self.several(depth)?),
            Some('|') => Filter::Or(self.several(depth)?),
            Some('!') => {
                self.at += 1;
                self.spaces();
                let one = self.one(depth + 1)?;
                self.spaces();
                Filter::Not(Box::new(one))
            }
            _ => {
                let rest = self.rest();
                let end = rest.find(['(', ')']).unwrap_or(rest.len());
                let item = self.item(rest.get(..end).unwrap_or_default())?;
                self.at += end;
                item
            }
        };
        self.take(')')?;
        Ok(out)
    }

    fn several(&mut self, depth: usize) -> Result<Vec<Filter>> {
        self.at += 1;
        let mut out = Vec::new();
        loop {
            self.spaces();
            if !self.rest().starts_with('(') {
                return Ok(out);
            }
            out.push(self.one(depth + 1)?);
        }
    }

    /// A comparison without brackets.
    fn item(&self, text: &str) -> Result<Filter> {
        let (left, right) = text
            .split_once('=')
            .ok_or_else(|| self.fault("a comparison has no `=`"))?;
        let name = |text: &str| AttributeName::new(text.trim());
        if let Some(left) = left.strip_suffix('>') {
            return Ok(Filter::GreaterOrEqual(name(left)?, self.value(right)?));
        }
        if let Some(left) = left.strip_suffix('<') {
            return Ok(Filter::LessOrEqual(name(left)?, self.value(right)?));
        }
        if let Some(left) = left.strip_suffix('~') {
            return Ok(Filter::Approx(name(left)?, self.value(right)?));
        }
        if let Some(left) = left.strip_suffix(':') {
            return self.extensible(left, right);
        }
        let name = name(left)?;
        // Several stars in a row ask for no more than one.
        if right.starts_with('*') && right.bytes().all(|b| b == b'*') {
            return Ok(Filter::Present(name));
        }
        let mut parts: Vec<&str> = right.split('*').collect();
        if parts.len() == 1 {
            return Ok(Filter::Equal(name, self.value(right)?));
        }
        let last = parts.pop().unwrap_or_default();
        let (initial, any) = parts.split_first().map_or(("", &[][..]), |(i, a)| (*i, a));
        let end = |part: &str| (!part.is_empty()).then(|| self.value(part)).transpose();
        let any = any.iter().filter(|p| !p.is_empty()).map(|p| self.value(p));
        Ok(Filter::Substrings {
            name,
            initial: end(initial)?,
            any: any.collect::<Result<_>>()?,
            last: end(last)?,
        })
    }

    /// `name[:dn][:rule]:=value`, `[:dn]:rule:=value`.
    fn extensible(&self, left: &str, right: &str) -> Result<Filter> {
        let mut words = left.split(':');
        let name = words.next().filter(|n| !n.trim().is_empty());
        let name = name.map(|n| AttributeName::new(n.trim())).transpose()?;
        let (mut dn, mut rule) = (false, None);
        for word in words {
            let is_rule = !word.is_empty()
                && word
                    .bytes()
                    .all(|b| b.is_ascii_alphanumeric() || b == b'.' || b == b'-');
            match word {
                word if word.eq_ignore_ascii_case("dn") && !dn && rule.is_none() => dn = true,
                word if is_rule && rule.is_none() => rule = Some(word.into()),
                _ => return Err(self.fault("a matching rule is malformed")),
            }
        }
        if name.is_none() && rule.is_none() {
            return Err(self.fault("a comparison names neither an attribute nor a rule"));
        }
        Ok(Filter::Extensible {
            name,
            rule,
            dn,
            value: self.value(right)?,
        })
    }

    /// A value with its escapes resolved.
    fn value(&self, text: &str) -> Result<Vec<u8>> {
        let mut out = Vec::with_capacity(text.len());
        let mut bytes = text.bytes();
        while let Some(b) = bytes.next() {
            match b {
                b'\\' => {
                    let digit = |b: Option<u8>| char::from(b?).to_digit(16);
                    let pair = digit(bytes.next()).zip(digit(bytes.next()));
                    let byte = pair.and_then(|(high, low)| u8::try_from(high * 16 + low).ok());
                    out.push(byte.ok_or_else(|| self.fault("a backslash needs two hexadecimal digits"))?);
                }
                b'*' | b'(' | b')' | 0 => {
                    return Err(self.fault("a value holds a character that must be escaped"));
                }
                b => out.push(b),
            }
        }
        Ok(out)
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;

    #[test]
    fn what_exchange_and_people_write() {
        for (text, shown) in [
            ("cn=a", "(cn=a)"),
            ("(cn=)", "(cn=)"),
            ("(&)", "(&)"),
            ("( cn =a)", "(cn=a)"),
            ("(cn=*a**b*)", "(cn=*a*b*)"),
            ("o=** ", "(o=*)"),
            (r"(cn=a\2ab)", r"(cn=a\2ab)"),
            (
                "(&(&(!cn=x)))",
                "", // Exchange writes this short form nowhere; it is an error.
            ),
            (
                "(& (mailNickname=*) (|(objectClass=user)(x>=1)(y<=2)(z~=3)) )",
                "(&(mailNickname=*)(|(objectClass=user)(x>=1)(y<=2)(z~=3)))",
            ),
            (
                "(userAccountControl:1.2.840.113556.1.4.803:=2)",
                "(userAccountControl:1.2.840.113556.1.4.803:=2)",
            ),
            ("(ou:dn:=Staff)", "(ou:dn:=Staff)"),
            ("(:dn:2.4.6.8.10:=x)", "(:dn:2.4.6.8.10:=x)"),
        ] {
            match filter(text) {
                Ok(parsed) => assert_eq!(parsed.to_string(), shown, "{text}"),
                Err(error) => assert!(shown.is_empty(), "{text}: {error}"),
            }
        }
    }

    #[test]
    fn faults_are_named_and_depth_is_bounded() {
        for text in [
            "",
            "(",
            "(cn=a",
            "(cn)",
            "(cn=a))",
            r"(cn=\zz)",
            "(=a)",
            "(:=a)",
            "(!)",
            "((cn=a))",
        ] {
            assert_eq!(filter(text).unwrap_err().kind(), ErrorKind::Malformed, "{text}");
        }
        let deep = format!("{}(cn=a){}", "(!".repeat(100_000), ")".repeat(100_000));
        assert_eq!(filter(&deep).unwrap_err().kind(), ErrorKind::Limit);
        assert_eq!(filter("(userPassword=x)").unwrap_err().kind(), ErrorKind::Config);
    }

    #[test]
    fn in_ber() {
        let bytes = |text: &str| {
            let mut out = Vec::new();
            filter(text).unwrap().encode(&mut out);
            out
        };
        assert_eq!(bytes("(cn=*)"), b"\x87\x02cn");
        assert_eq!(bytes("(!(cn=a))"), b"\xa2\x09\xa3\x07\x04\x02cn\x04\x01a");
        assert_eq!(bytes("(cn=a*b)"), b"\xa4\x0c\x04\x02cn\x30\x06\x80\x01a\x82\x01b");
        assert_eq!(
            bytes("(cn:dn:1.2:=a)"),
            b"\xa9\x0f\x81\x031.2\x82\x02cn\x83\x01a\x84\x01\xff"
        );
    }

    proptest! {
        #[test]
        fn a_value_stays_a_value(value in prop::collection::vec(any::<u8>(), 0..40)) {
            let wanted = Filter::equal(AttributeName::new("cn").unwrap(), &value);
            prop_assert_eq!(filter(&wanted.to_string()).unwrap(), wanted);
        }

        #[test]
        fn what_is_parsed_reads_back(text in "[(&|!) a=*:\\\\2<>~.dn]{0,40}") {
            if let Ok(parsed) = filter(&text) {
                prop_assert_eq!(filter(&parsed.to_string()).unwrap(), parsed);
            }
        }
    }
}
