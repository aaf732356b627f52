//! Addresses that only the old Exchange can deliver to, and who knows the mail addresses behind them.
//!
//! Organisers, attendees and contacts may be named by an X.500 name (`/o=Org/ou=.../cn=...`), by the
//! same with a prefix (`EX:`, `X500:`), or by its disguise as a mail address
//! (`IMCEAEX-_O=ORG_...@domain`). The directory knows which mailbox each of them is; this crate does
//! not know the directory, so the caller brings a [`Lookup`].

use std::collections::HashMap;
use std::fmt;

use crate::Finding;
use crate::error::one_line;

pub use tegu_outcome::directory_name;

/// Who knows which mailbox an X.500 name is.
pub trait Lookup: fmt::Debug + Send + Sync {
    /// The SMTP address of the mailbox with this X.500 name, as [`directory_name`] gives it;
    /// upper and lower case mean the same. `None` where nobody is known by it.
    fn smtp(&self, name: &str) -> Option<String>;
}

/// A table of X.500 names and SMTP addresses.
///
/// ```
/// use tegu_dav::resolve::{Lookup, Table, directory_name};
///
/// let table = Table::new([("/o=Org/ou=First/cn=Recipients/cn=anna", "anna@example.org")]);
/// let name = directory_name("IMCEAEX-_O=ORG_OU=FIRST_CN=RECIPIENTS_CN=ANNA@old.example.org").unwrap();
/// assert_eq!(table.smtp(&name).as_deref(), Some("anna@example.org"));
/// ```
#[derive(Clone, Debug, Default)]
pub struct Table {
    addresses: HashMap<String, String>,
}

impl Table {
    /// A table of pairs: a directory address in any of its forms, and the SMTP address. A later pair
    /// replaces an earlier one.
    pub fn new<N: AsRef<str>, A: Into<String>>(pairs: impl IntoIterator<Item = (N, A)>) -> Self {
        let addresses = pairs.into_iter().map(|(name, address)| {
            let name = name.as_ref();
            let name = directory_name(name).unwrap_or_else(|| name.trim().to_owned());
            (name.to_lowercase(), address.into())
        });
        Self {
            addresses: addresses.collect(),
        }
    }

    /// How many names are known.
    #[must_use]
    pub fn len(&self) -> usize {
        self.addresses.len()
    }

    /// Whether no name is known.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.addresses.is_empty()
    }
}

impl Lookup for Table {
    fn smtp(&self, name: &str) -> Option<String> {
        self.addresses.get(&name.to_lowercase()).cloned()
    }
}

/// The mail address that takes the place of a directory address, if somebody knows one, and what is to be said of it.
pub(crate) fn replacement(address: &str, addresses: Option<&dyn Lookup>) -> (Option<String>, Finding) {
    let found = directory_name(address)
        .and_then(|name| addresses?.smtp(&name))
        .filter(|smtp| smtp.contains('@') && !smtp.contains(|c: char| c.is_control() || c == ' '));
    let shown = one_line(address);
    let finding = match &found {
        Some(smtp) => Finding::AddressResolved {
            from: shown,
            to: one_line(smtp),
        },
        None => Finding::AddressX500 { address: shown },
    };
    (found, finding)
}

/// Whether only the old Exchange can deliver to an address.
pub(crate) fn is_directory_address(address: &str) -> bool {
    let bare = address.trim();
    let bare = strip(bare, "mailto:").unwrap_or(bare);
    strip(bare, "IMCEAEX-").is_some() || strip(bare, "EX:").is_some() || directory_name(bare).is_some()
}

fn strip<'t>(text: &'t str, prefix: &str) -> Option<&'t str> {
    text.get(..prefix.len())
        .filter(|head| head.eq_ignore_ascii_case(prefix))
        .and_then(|_| text.get(prefix.len()..))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_forms_are_one_name() {
        let name = "/O=ORG/OU=EXCHANGE (FYDIBOHF23SPDLT)/CN=RECIPIENTS/CN=anna";
        for form in [
            name.to_owned(),
            format!("EX:{name}"),
            format!("X500:{name}"),
            format!("mailto:{name}"),
            "IMCEAEX-_O=ORG_OU=EXCHANGE+20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=anna@a.b".to_owned(),
            "MAILTO:imceaex-_O=ORG_OU=EXCHANGE%2B20+28FYDIBOHF23SPDLT+29_CN=RECIPIENTS_CN=anna@a.b"
                .to_owned(),
        ] {
            assert_eq!(directory_name(&form).as_deref(), Some(name), "{form}");
            assert!(is_directory_address(&form));
        }
        for other in ["", "a@b", "mailto:o=x@b", "/etc/passwd", "+", "ё"] {
            assert_eq!(directory_name(other), None, "{other}");
            assert!(!is_directory_address(other));
        }
    }
}
