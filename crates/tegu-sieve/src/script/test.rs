//! The tests that a translation needs, each with the extensions behind it.

use super::Argument;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A test.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub struct Test {
    /// The name: `header`.
    pub name: Cow<'static, str>,
    /// The arguments.
    pub arguments: Vec<Argument>,
    /// The tests within, of `not`, `anyof` and `allof`.
    pub tests: Vec<Self>,
    /// The extensions that it needs, apart from those of the tests within.
    pub needs: BTreeSet<Cow<'static, str>>,
}

/// How values are compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Match {
    /// `:is`, without the case of ASCII letters.
    Is,
    /// `:contains`, without the case of ASCII letters.
    Contains,
    /// `:matches` with `*` and `?`.
    Matches,
    /// `:is` by `i;unicode-casemap` (RFC 5051).
    UnicodeIs,
    /// `:contains` by `i;unicode-casemap` (RFC 5051).
    UnicodeContains,
    /// `:regex`, a POSIX extended regular expression.
    Regex,
    /// `:value` with a relation such as `ge` (RFC 5231).
    Value(&'static str),
    /// `:count "eq"` as numbers (RFC 5231).
    CountEquals,
    /// `:list`, a list that the server keeps (RFC 6134).
    List,
}

impl Match {
    fn write(self, arguments: &mut Vec<Argument>, needs: &mut BTreeSet<Cow<'static, str>>) {
        let comparator = |arguments: &mut Vec<Argument>, name: &str| {
            arguments.extend([Argument::tag("comparator"), Argument::Text(name.to_owned())]);
        };
        let unicode = Cow::Borrowed("comparator-i;unicode-casemap");
        match self {
            Self::Is => arguments.push(Argument::tag("is")),
            Self::Contains => arguments.push(Argument::tag("contains")),
            Self::Matches => arguments.push(Argument::tag("matches")),
            Self::UnicodeIs => {
                comparator(arguments, "i;unicode-casemap");
                arguments.push(Argument::tag("is"));
                needs.insert(unicode);
            }
            Self::UnicodeContains => {
                comparator(arguments, "i;unicode-casemap");
                arguments.push(Argument::tag("contains"));
                needs.insert(unicode);
            }
            Self::Regex => {
                arguments.push(Argument::tag("regex"));
                needs.insert(Cow::Borrowed("regex"));
            }
            Self::List => {
                arguments.push(Argument::tag("list"));
                needs.insert(Cow::Borrowed("extlists"));
            }
            Self::Value(relation) => {
                arguments.extend([Argument::tag("value"), Argument::Text(relation.to_owned())]);
                needs.insert(Cow::Borrowed("relational"));
            }
            Self::CountEquals => {
                arguments.extend([Argument::tag("count"), Argument::Text("eq".to_owned())]);
                comparator(arguments, "i;ascii-numeric");
                needs.insert(Cow::Borrowed("relational"));
                needs.insert(Cow::Borrowed("comparator-i;ascii-numeric"));
            }
        }
    }
}

/// Which part of an address is compared.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum AddressPart {
    /// The whole address.
    All,
    /// What stands behind the `@`.
    Domain,
}

/// What of a MIME header is compared (RFC 5703).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Mime {
    /// The value without parameters, such as `text/plain`.
    ContentType,
    /// A parameter.
    Parameter(&'static str),
    /// The whole value.
    Whole,
}

/// Which text of a body is compared (RFC 5173).
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum BodyText {
    /// The text of all parts that are text, decoded.
    Text,
}

impl Test {
    fn new(name: &'static str, arguments: Vec<Argument>, needs: BTreeSet<Cow<'static, str>>) -> Self {
        Self {
            name: Cow::Borrowed(name),
            arguments,
            tests: Vec::new(),
            needs,
        }
    }

    fn over(name: &'static str, tests: Vec<Self>) -> Self {
        Self {
            tests,
            ..Self::new(name, Vec::new(), BTreeSet::new())
        }
    }

    /// `true`.
    #[must_use]
    pub fn always() -> Self {
        Self::new("true", Vec::new(), BTreeSet::new())
    }

    /// `false`.
    #[must_use]
    pub fn never() -> Self {
        Self::new("false", Vec::new(), BTreeSet::new())
    }

    /// `not`.
    #[must_use]
    pub fn negate(test: Self) -> Self {
        Self::over("not", vec![test])
    }

    /// `anyof`; one test alone stands for itself, none is `false`.
    #[must_use]
    pub fn any(mut tests: Vec<Self>) -> Self {
        match tests.len() {
            0 => Self::never(),
            1 => tests.remove(0),
            _ => Self::over("anyof", tests),
        }
    }

    /// `allof`; one test alone stands for itself, none is `true`.
    #[must_use]
    pub fn all(mut tests: Vec<Self>) -> Self {
        match tests.len() {
            0 => Self::always(),
            1 => tests.remove(0),
            _ => Self::over("allof", tests),
        }
    }

    /// `header`.
    #[must_use]
    pub fn header<S: Into<String>>(
        matching: Match,
        names: &[&str],
        keys: impl IntoIterator<Item = S>,
    ) -> Self {
        let (mut arguments, mut needs) = (Vec::new(), BTreeSet::new());
        matching.write(&mut arguments, &mut needs);
        arguments.extend([Argument::texts(names.iter().copied()), Argument::texts(keys)]);
        Self::new("header", arguments, needs)
    }

    /// `header :mime`, of the message or of any of its parts.
    #[must_use]
    pub fn mime(matching: Match, any_child: bool, what: Mime, name: &str, key: &str) -> Self {
        let mut arguments = vec![Argument::tag("mime")];
        let mut needs = BTreeSet::from([Cow::Borrowed("mime")]);
        if any_child {
            arguments.push(Argument::tag("anychild"));
        }
        match what {
            Mime::ContentType => arguments.push(Argument::tag("contenttype")),
            Mime::Parameter(parameter) => {
                arguments.extend([Argument::tag("param"), Argument::Text(parameter.to_owned())]);
            }
            Mime::Whole => {}
        }
        matching.write(&mut arguments, &mut needs);
        arguments.extend([Argument::Text(name.to_owned()), Argument::Text(key.to_owned())]);
        Self::new("header", arguments, needs)
    }

    /// `address`.
    #[must_use]
    pub fn address<S: Into<String>>(
        matching: Match,
        part: AddressPart,
        headers: &[&str],
        keys: impl IntoIterator<Item = S>,
    ) -> Self {
        let mut arguments = vec![Argument::tag(match part {
            AddressPart::All => "all",
            AddressPart::Domain => "domain",
        })];
        let mut needs = BTreeSet::new();
        matching.write(&mut arguments, &mut needs);
        arguments.extend([Argument::texts(headers.iter().copied()), Argument::texts(keys)]);
        Self::new("address", arguments, needs)
    }

    /// `body`.
    #[must_use]
    pub fn body<S: Into<String>>(matching: Match, text: BodyText, keys: impl IntoIterator<Item = S>) -> Self {
        let mut arguments = vec![Argument::tag(match text {
            BodyText::Text => "text",
        })];
        let mut needs = BTreeSet::from([Cow::Borrowed("body")]);
        matching.write(&mut arguments, &mut needs);
        arguments.push(Argument::texts(keys));
        Self::new("body", arguments, needs)
    }

    /// `size :over` or `size :under`, in octets; both are strict.
    #[must_use]
    pub fn size(over: bool, octets: u64) -> Self {
        let tag = if over { "over" } else { "under" };
        Self::new(
            "size",
            vec![Argument::tag(tag), Argument::Number(octets)],
            BTreeSet::new(),
        )
    }

    /// `currentdate` (RFC 5260) in UTC: a part of the present date, such as `date` or `time`.
    #[must_use]
    pub fn current_date(matching: Match, part: &str, key: &str) -> Self {
        let mut arguments = vec![Argument::tag("zone"), Argument::Text("+0000".to_owned())];
        let mut needs = BTreeSet::from([Cow::Borrowed("date")]);
        matching.write(&mut arguments, &mut needs);
        arguments.extend([Argument::Text(part.to_owned()), Argument::Text(key.to_owned())]);
        Self::new("currentdate", arguments, needs)
    }

    pub(super) fn collect<'c>(&'c self, all: &mut BTreeSet<&'c str>) {
        all.extend(self.needs.iter().map(|name| &**name));
        self.tests.iter().for_each(|test| test.collect(all));
    }

    /// The extensions that the test needs, those within included.
    #[must_use]
    pub fn extensions(&self) -> BTreeSet<&str> {
        let mut all = BTreeSet::new();
        self.collect(&mut all);
        all
    }
}
