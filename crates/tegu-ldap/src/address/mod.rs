//! Mail addresses as a directory holds them: plain (`mail`) and prefixed (`proxyAddresses`).

mod imcea;
mod proxy;

pub use imcea::Imcea;
pub use proxy::ProxyAddress;

use std::fmt;
use std::hash::{Hash, Hasher};

use crate::Error;
use crate::error::malformed;
use crate::tailed::Tailed;

/// Why a text is not an address.
#[non_exhaustive]
#[derive(Clone, Copy, Debug, Eq, Hash, PartialEq, serde::Deserialize, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum AddressProblem {
    /// It is empty or blank.
    Empty,
    /// No `@`.
    NoAt,
    /// More than one `@`.
    ManyAts,
    /// The part before `@` is empty or longer than 64 bytes (RFC 5321 section 4.5.3.1.1).
    LocalLength,
    /// The part before `@` begins or ends with a dot or has two in a row.
    LocalDots,
    /// A character that addresses cannot have, such as a space, a bracket or a control character.
    Character,
    /// The domain is empty, has an empty or overlong label, or is longer than 255 bytes.
    Domain,
    /// The domain has only one label.
    OneLabel,
    /// The domain is not a sound internationalised name (RFC 5891).
    Idn,
    /// A proxy address without a `type:` in front.
    NoPrefix,
    /// A proxy address with a mail prefix in front of another.
    TwoPrefixes,
}

impl fmt::Display for AddressProblem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "it is empty",
            Self::NoAt => "it has no @",
            Self::ManyAts => "it has more than one @",
            Self::LocalLength => "the part before @ is empty or longer than 64 bytes",
            Self::LocalDots => "the part before @ has a dot at an end or two in a row",
            Self::Character => "it has a character that an address cannot hold",
            Self::Domain => "the domain has an empty or overlong part",
            Self::OneLabel => "the domain has no dot",
            Self::Idn => "the domain is not a sound internationalised name",
            Self::NoPrefix => "it has no type in front, such as smtp:",
            Self::TwoPrefixes => "it has two types in front",
        })
    }
}

impl std::error::Error for AddressProblem {}

impl From<AddressProblem> for Error {
    fn from(problem: AddressProblem) -> Self {
        malformed(format!("not a mail address: {problem}"))
    }
}

/// A mail address, kept as written and compared the way mail systems do: without regard to ASCII case, and
/// with the domain in its ASCII form, so that `почта.рф` and `xn--80a1acny.xn--p1ai` are the same domain.
///
/// Only ASCII letters fold in the part before `@`: other letters differ by case for a server that minds it,
/// and rules that fold them (as for the Turkish dotless i) could join two people's addresses.
///
/// ```
/// use tegu_ldap::SmtpAddress;
///
/// let a = SmtpAddress::parse("Ann@Почта.РФ")?;
/// assert_eq!(a, SmtpAddress::parse("ann@xn--80a1acny.xn--p1ai")?);
/// assert_eq!(a.as_str(), "Ann@Почта.РФ");
/// assert_eq!(a.to_ascii().as_deref(), Some("Ann@xn--80a1acny.xn--p1ai"));
/// # Ok::<(), tegu_ldap::AddressProblem>(())
/// ```
///
/// A copy shares the text.
#[derive(Clone)]
pub struct SmtpAddress {
    /// The address, and the form that is compared, unless that is the address itself.
    text: Tailed,
}

impl SmtpAddress {
    fn new(text: &str, key: Option<&str>) -> Result<Self, AddressProblem> {
        let text = match key {
            None => text.into(),
            // A longer one is refused for its parts.
            Some(key) => Tailed::new(text, key).ok_or(AddressProblem::LocalLength)?,
        };
        Ok(Self { text })
    }

    /// Reads an address. Blanks, control characters and invisible characters at its ends are removed.
    ///
    /// Quoted local parts, address literals and comments are refused: no directory can store
    /// them so that people can sign in with them.
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let text = trim(text);
        if let Some(has_capitals) = plain(text) {
            let key = has_capitals.then(|| text.to_ascii_lowercase());
            return Self::new(text, key.as_deref());
        }
        Self::careful(text)
    }

    /// Parses any trimmed address.
    fn careful(text: &str) -> Result<Self, AddressProblem> {
        if text.is_empty() {
            return Err(AddressProblem::Empty);
        }
        let (local, domain) = text.rsplit_once('@').ok_or(AddressProblem::NoAt)?;
        if local.contains('@') {
            return Err(AddressProblem::ManyAts);
        }
        if text
            .chars()
            .any(|c| c.is_control() || c.is_whitespace() || is_invisible(c) || "()<>[]:;,\\\"".contains(c))
        {
            return Err(AddressProblem::Character);
        }
        if local.is_empty() || local.len() > 64 {
            return Err(AddressProblem::LocalLength);
        }
        if local.starts_with('.') || local.ends_with('.') || local.contains("..") {
            return Err(AddressProblem::LocalDots);
        }
        let domain_key = domain_key(domain)?;
        let key = format!("{}@{domain_key}", local.to_ascii_lowercase());
        Self::new(text, Some(key.as_str()).filter(|&key| key != text))
    }

    /// Returns the address as it was written.
    #[must_use]
    pub fn as_str(&self) -> &str {
        self.text.text()
    }

    /// Returns the block in which the address is kept.
    pub(crate) fn tailed(&self) -> &Tailed {
        &self.text
    }

    /// Returns the form that is compared: equal addresses have equal keys.
    #[must_use]
    pub fn key(&self) -> &str {
        self.text.tail().unwrap_or_else(|| self.as_str())
    }

    /// Returns the local part as written.
    #[must_use]
    pub fn local(&self) -> &str {
        self.as_str().rsplit_once('@').map_or("", |(local, _)| local)
    }

    /// Returns the domain, as written.
    #[must_use]
    pub fn domain(&self) -> &str {
        self.as_str().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Returns the domain in its ASCII form, in lower case.
    #[must_use]
    pub fn ascii_domain(&self) -> &str {
        self.key().rsplit_once('@').map_or("", |(_, domain)| domain)
    }

    /// Returns whether the address is ASCII as written.
    #[must_use]
    pub fn is_ascii(&self) -> bool {
        self.as_str().is_ascii()
    }

    /// Returns the address in ASCII: the domain converted where that is needed, the part before `@` as written.
    /// `None` when that part is not ASCII: then no ASCII form exists.
    #[must_use]
    pub fn to_ascii(&self) -> Option<String> {
        if self.is_ascii() {
            return Some(self.as_str().to_owned());
        }
        self.local()
            .is_ascii()
            .then(|| format!("{}@{}", self.local(), self.ascii_domain()))
    }
}

/// Returns whether a character is not seen at the end of a text: blanks, control characters, and those that take no space.
pub(crate) fn is_unseen(c: char) -> bool {
    c.is_whitespace() || c.is_control() || is_invisible(c)
}

/// Removes what is not seen at the ends of a text.
pub(crate) fn trim(text: &str) -> &str {
    text.trim_matches(is_unseen)
}

/// Returns whether a character takes no space: zero-width spaces and joiners, soft hyphens, marks of direction. Typed text has
/// none; copied text often does.
pub(crate) fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{34f}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}')
}

/// Returns whether the text is an address of the plainest sort, as nearly all are, and if so whether it has capitals: one pass
/// over the bytes. `None` says nothing about it.
fn plain(text: &str) -> Option<bool> {
    let mut capitals = false;
    let (mut at, mut label, mut dots) = (0, 0, 0);
    let mut before = b'.';
    for (i, b) in text.bytes().enumerate() {
        match b {
            b'a'..=b'z' | b'0'..=b'9' => {}
            b'A'..=b'Z' => capitals = true,
            b'_' | b'+' | b'\'' | b'=' | b'!' | b'#' | b'$' | b'%' | b'&' | b'*' | b'/' if at == 0 => {}
            // `xn--` and its like are looked at by those who know them.
            b'-' if at == 0 || (before != b'-' && label != 0) => {}
            b'.' if label != 0 && before != b'-' => {
                dots += usize::from(at != 0);
                label = 0;
                before = b;
                continue;
            }
            b'@' if at == 0 && label != 0 && i <= 64 => {
                (at, label, before) = (i, 0, b'.');
                continue;
            }
            _ => return None,
        }
        label += 1;
        before = b;
        if at != 0 && label > 63 {
            return None;
        }
    }
    let sound = at != 0 && dots != 0 && label != 0 && before != b'-' && text.len() - at <= 255;
    sound.then_some(capitals)
}

/// Returns a domain in the form in which it is compared: ASCII (A-labels), lower case, without a final dot.
///
/// # Errors
///
/// What is wrong with it.
pub fn domain_key(domain: &str) -> Result<String, AddressProblem> {
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let key = if domain.is_ascii() && !domain.to_ascii_lowercase().contains("xn--") {
        domain.to_ascii_lowercase()
    } else {
        idna::domain_to_ascii(domain).map_err(|_| AddressProblem::Idn)?
    };
    if key.is_empty() || key.len() > 255 || key.split('.').any(|label| label.is_empty() || label.len() > 63) {
        return Err(AddressProblem::Domain);
    }
    let sound = key.split('.').all(|label| {
        label
            .bytes()
            .all(|b| b.is_ascii_alphanumeric() || b == b'-' || b == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    });
    if !sound {
        return Err(AddressProblem::Character);
    }
    if !key.contains('.') {
        return Err(AddressProblem::OneLabel);
    }
    Ok(key)
}

impl PartialEq for SmtpAddress {
    fn eq(&self, other: &Self) -> bool {
        self.key() == other.key()
    }
}

impl Eq for SmtpAddress {}

impl Hash for SmtpAddress {
    fn hash<H: Hasher>(&self, state: &mut H) {
        self.key().hash(state);
    }
}

impl PartialOrd for SmtpAddress {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for SmtpAddress {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.key().cmp(other.key())
    }
}

impl fmt::Debug for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.as_str().fmt(f)
    }
}

impl fmt::Display for SmtpAddress {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl std::str::FromStr for SmtpAddress {
    type Err = AddressProblem;

    fn from_str(text: &str) -> Result<Self, AddressProblem> {
        Self::parse(text)
    }
}

impl serde::Serialize for SmtpAddress {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

impl<'de> serde::Deserialize<'de> for SmtpAddress {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Box::<str>::deserialize(deserializer)?;
        Self::parse(&text).map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests;
