//! Rows and values of an export, whatever its format.

use jiff::Timestamp;

/// A value.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Value {
    /// Nothing.
    Null,
    /// True or false.
    Bool(bool),
    /// Text, a number, a date: as it stands.
    Text(String),
    /// Values in their order.
    List(Vec<Self>),
    /// An object: what its `ToString` gave, and its properties.
    Object {
        /// What `ToString` gave; empty if nothing tells.
        text: String,
        /// Names and values of the properties.
        fields: Vec<(String, Self)>,
    },
}

impl Value {
    /// Whether the value says nothing: null, false, empty.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        match self {
            Self::Null | Self::Bool(false) => true,
            Self::Bool(true) => false,
            Self::Text(text) => text.trim().is_empty() || text.eq_ignore_ascii_case("false"),
            Self::List(all) => all.iter().all(Self::is_empty),
            Self::Object { text, fields } => {
                text.trim().is_empty() && fields.iter().all(|(_, value)| value.is_empty())
            }
        }
    }

    /// The value as text: of an object what it shows.
    #[must_use]
    pub fn text(&self) -> Option<&str> {
        match self {
            Self::Text(text) => Some(text),
            Self::Object { text, .. } if !text.is_empty() => Some(text),
            Self::Object { fields, .. } => {
                let field = |name: &str| fields.iter().find(|(key, _)| key.eq_ignore_ascii_case(name));
                // Enumerations of JSON are `{"value": 1, "Value": "High"}`.
                field("Value")
                    .or_else(|| field("Name"))
                    .and_then(|(_, value)| match value {
                        Self::Text(text) => Some(text.as_str()),
                        _ => None,
                    })
            }
            _ => None,
        }
    }

    /// A property of an object, whatever its case.
    #[must_use]
    pub fn field(&self, name: &str) -> Option<&Self> {
        match self {
            Self::Object { fields, .. } => fields
                .iter()
                .find(|(key, _)| key.eq_ignore_ascii_case(name))
                .map(|(_, value)| value),
            _ => None,
        }
    }

    /// True or false.
    #[must_use]
    pub fn boolean(&self) -> Option<bool> {
        match self {
            Self::Bool(value) => Some(*value),
            Self::Text(text) if text.eq_ignore_ascii_case("true") => Some(true),
            Self::Text(text) if text.eq_ignore_ascii_case("false") => Some(false),
            _ => None,
        }
    }

    /// A whole number.
    #[must_use]
    pub fn number(&self) -> Option<i64> {
        self.text()?.trim().parse().ok()
    }

    /// The values of a list, or the one value.
    #[must_use]
    pub fn values(&self) -> &[Self] {
        match self {
            Self::List(all) => all,
            Self::Null => &[],
            one => std::slice::from_ref(one),
        }
    }

    /// All texts, or nothing if one of them is not text or stands for a list that the export did not keep.
    #[must_use]
    pub fn texts(&self) -> Option<Vec<String>> {
        self.values()
            .iter()
            .map(|value| value.text().filter(|text| !is_lost(text)).map(ToOwned::to_owned))
            .collect()
    }

    /// An instant with its offset: RFC 3339, or JSON of older shells (`/Date(1700000000000)/`).
    #[must_use]
    pub fn instant(&self) -> Option<Timestamp> {
        if let Some(inner) = self.field("value") {
            return inner.instant();
        }
        let text = self.text()?.trim();
        if let Some(number) = text
            .strip_prefix("/Date(")
            .and_then(|rest| rest.strip_suffix(")/"))
        {
            return Timestamp::from_millisecond(number.parse().ok()?).ok();
        }
        text.parse().ok()
    }

    /// A size in octets: a number, or `10 KB (10,240 bytes)`.
    #[must_use]
    pub fn octets(&self) -> Option<u64> {
        let text = self.text()?.trim();
        if let Ok(number) = text.parse() {
            return Some(number);
        }
        let inner = text.rsplit_once('(')?.1;
        let number = inner.strip_suffix(" bytes)")?;
        // The thousands separator depends on the language of the machine.
        let digits: String = number.chars().filter(char::is_ascii_digit).collect();
        number
            .chars()
            .all(|c| c.is_ascii_digit() || ",.' \u{a0}\u{202f}\u{2019}".contains(c))
            .then_some(digits)?
            .parse()
            .ok()
    }
}

/// What a shell writes in place of a list that it does not keep.
fn is_lost(text: &str) -> bool {
    let text = text.trim();
    text.ends_with("[]") && text.starts_with("System.")
        || text.starts_with("Microsoft.Exchange.Data.") && (text.ends_with("[]") || text.contains('`'))
        || text.starts_with("System.Collections.")
        || (text.starts_with('{') && (text.ends_with("...}") || text.ends_with("…}")))
}

/// One object of an export.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Row {
    /// Where it stands, for messages: `line 17`, `object 3`.
    pub place: String,
    /// Names and values of the properties.
    pub fields: Vec<(String, Value)>,
    /// Whether lists are flattened, so that a comma may separate values or stand in one.
    pub flat: bool,
}

impl Row {
    /// A property, whatever its case.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&Value> {
        self.fields
            .iter()
            .find(|(key, _)| key.eq_ignore_ascii_case(name))
            .map(|(_, value)| value)
    }

    /// The text of a property, if there is any.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.get(name)?.text().filter(|text| !text.trim().is_empty())
    }
}
