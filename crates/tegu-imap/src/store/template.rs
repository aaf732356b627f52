//! Names of mailboxes in which parts of an account stand.

use crate::{Error, MailboxName, Result};
use tegu_store::Account;

/// The name of a mailbox on an IMAP server, such as `Shared/{alias}`, for servers on which one login opens the mailboxes of many.
///
/// `{mail}`, `{alias}` and `{domain}` stand for parts of an account. IMAP has no way to write a part that holds the hierarchy delimiter
/// (RFC 9051, section 5.1), a wildcard or a control character, so such an account has no mailbox here, and never another's.
///
/// ```
/// use tegu_imap::store::MailboxTemplate;
/// use tegu_store::Account;
///
/// let template = MailboxTemplate::new("Shared/{alias}/Archive", Some('/'));
/// let mut account = Account::new("anna@example.org");
/// assert_eq!(template.fill(&account)?.as_str(), "Shared/anna/Archive");
/// account.alias = "anna/../boss".into();
/// assert!(template.fill(&account).is_err());
/// # Ok::<(), tegu_imap::Error>(())
/// ```
#[derive(Clone, Debug)]
pub struct MailboxTemplate {
    template: String,
    delimiter: Option<char>,
}

impl MailboxTemplate {
    /// Takes a template, and the server's hierarchy delimiter, which stands between the levels of the template.
    pub fn new(template: impl Into<String>, delimiter: Option<char>) -> Self {
        Self {
            template: template.into(),
            delimiter,
        }
    }

    /// Returns the name of an account's mailbox.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) if a part of the account makes no level of a name, or would begin a namespace (`#`,
    /// `~`) or be the login's own `INBOX`.
    pub fn fill(&self, account: &Account) -> Result<MailboxName> {
        let mut wrong = None;
        let filled = account.fill(&self.template, |filled, part| {
            if !self.is_level(part, filled.is_empty()) {
                wrong.get_or_insert_with(|| part.to_owned());
            }
            filled.push_str(part);
        });
        let first = self
            .delimiter
            .and_then(|delimiter| filled.split(delimiter).next())
            .unwrap_or(&filled);
        if wrong.is_none() && first.eq_ignore_ascii_case("INBOX") && !self.template.starts_with(first) {
            wrong = Some(first.to_owned());
        }
        match wrong {
            Some(part) => Err(Error::config(format_args!(
                "no mailbox of {}: {part:?} cannot stand in the name {}",
                account.mail, self.template
            ))),
            None => MailboxName::new(&filled),
        }
    }

    /// Whether a part of an account may stand in a level, first in the name or not.
    fn is_level(&self, part: &str, first: bool) -> bool {
        let splits =
            |c: char| c.is_control() || matches!(c, '%' | '*' | '/' | '\\') || Some(c) == self.delimiter;
        let namespace = first && part.starts_with(['#', '~']);
        !(namespace || part.is_empty() || part.contains(splits) || matches!(part, "." | ".."))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(alias: &str) -> Account {
        let mut account = Account::new("x@example.test");
        account.alias = alias.to_owned();
        account
    }

    #[test]
    fn what_is_no_level_has_no_mailbox() {
        let slash = MailboxTemplate::new("Shared/{alias}", Some('/'));
        let dot = MailboxTemplate::new("user.{alias}", Some('.'));
        for alias in [
            "", "a/b", "/", "a%", "*", "a\0b", "a\rb", "a\u{9b}b", ".", "..", "a\\b",
        ] {
            assert!(slash.fill(&account(alias)).is_err(), "{alias:?}");
            assert!(dot.fill(&account(alias)).is_err(), "{alias:?}");
        }
        assert!(dot.fill(&account("anna.boss")).is_err());
        assert!(slash.fill(&account("anna.boss")).is_ok());
        let bare = MailboxTemplate::new("{alias}", Some('/'));
        for alias in ["#news", "~boss", "INBOX", "inbox"] {
            assert!(bare.fill(&account(alias)).is_err(), "{alias}");
            assert!(slash.fill(&account(alias)).is_ok(), "{alias}");
        }
        let inbox = MailboxTemplate::new("INBOX/{alias}", Some('/'));
        assert_eq!(inbox.fill(&account("a")).unwrap().as_str(), "INBOX/a");
    }

    proptest! {
        /// Whatever a directory holds, the name has the template's levels, and the part is one of them: so no two accounts share
        /// a mailbox, and none has one that the template does not mean.
        #[test]
        fn a_part_never_names_the_mailbox_of_another(
            one in "([a-z./%*#~\\x00\\r\\u{9b}\\u{202e}&я]|INBOX|/|\\.){0,8}", two in "[a-zA./%*&я]{0,6}", delimiter in "[./\\\\]",
        ) {
            let delimiter = delimiter.chars().next().unwrap();
            let template = MailboxTemplate::new(format!("Shared{delimiter}{{alias}}{delimiter}Old"), Some(delimiter));
            let (first, second) = (template.fill(&account(&one)), template.fill(&account(&two)));
            if let Ok(name) = &first {
                let levels = name.as_str().split(delimiter).collect::<Vec<_>>();
                prop_assert_eq!(&levels, &["Shared", one.as_str(), "Old"]);
                prop_assert!(!name.raw().iter().any(|octet| matches!(octet, b'%' | b'*' | 0..0x20 | 0x7f)));
                if let Ok(other) = &second {
                    prop_assert_eq!(name == other, one == two);
                }
            }
        }
    }
}
