//! Login names that name both the delegate who logs in and the mailbox that is opened.

use crate::{Error, Result};
use tegu_net::{Credentials, Secret};

/// Who logs in for whom, in the form that the server knows.
///
/// ```
/// use tegu_imap::session::{DelegatedLogin, ExchangeSeparator};
///
/// let user = |login: DelegatedLogin| login.user_name().unwrap();
/// assert_eq!(user(DelegatedLogin::exchange_alias("corp", "admin", "anna")), "corp/admin/anna");
/// assert_eq!(user(DelegatedLogin::exchange_upn("admin@corp.local", "anna@corp.local")), "admin@corp.local/anna@corp.local");
/// let backslash = DelegatedLogin::exchange_upn("admin@corp.local", "anna").separated_by(ExchangeSeparator::Backslash);
/// assert_eq!(user(backslash), "admin@corp.local\\anna");
/// assert_eq!(user(DelegatedLogin::dovecot_master("anna", "admin")), "anna*admin");
/// assert!(DelegatedLogin::exchange_alias("corp", "admin/x", "anna").user_name().is_err());
/// ```
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
#[doc(alias = "impersonation")]
#[doc(alias = "master user")]
pub enum DelegatedLogin {
    /// Exchange: a delegate by domain and alias (`domain/delegate/mailbox`, [MS-OXIMAP4] 2.2.2).
    ///
    /// The delegate needs a mailbox of its own and FullAccess to the other, and must not be an administrator of the
    /// domain or organisation, to whom Exchange denies it. Aliases are `mailNickname`, not the Windows account name.
    ExchangeAlias {
        /// The delegate's domain.
        domain: String,
        /// The delegate's e-mail alias.
        delegate: String,
        /// The mailbox to open: its e-mail alias or user principal name.
        mailbox: String,
        /// What separates the three.
        separator: ExchangeSeparator,
    },
    /// Exchange: a delegate by user principal name (`delegate@domain/mailbox`).
    ExchangeUpn {
        /// The delegate's user principal name.
        delegate: String,
        /// The mailbox to open: its e-mail alias or user principal name.
        mailbox: String,
        /// What separates the two.
        separator: ExchangeSeparator,
    },
    /// Dovecot: a master user (`user*master`).
    DovecotMaster {
        /// Whose mailbox is opened.
        user: String,
        /// The master user, whose password it is.
        master: String,
        /// The server's `auth_master_user_separator`, mostly `*`.
        separator: char,
    },
}

/// What separates the names in Exchange's forms.
#[derive(Clone, Copy, Debug, Default, Eq, Hash, PartialEq)]
#[non_exhaustive]
pub enum ExchangeSeparator {
    /// `/`, as the specification has it.
    #[default]
    Slash,
    /// `\`, which some installations want.
    Backslash,
}

impl DelegatedLogin {
    /// `domain/delegate/mailbox`
    pub fn exchange_alias(
        domain: impl Into<String>,
        delegate: impl Into<String>,
        mailbox: impl Into<String>,
    ) -> Self {
        Self::ExchangeAlias {
            domain: domain.into(),
            delegate: delegate.into(),
            mailbox: mailbox.into(),
            separator: ExchangeSeparator::Slash,
        }
    }

    /// `delegate@domain/mailbox`
    pub fn exchange_upn(delegate: impl Into<String>, mailbox: impl Into<String>) -> Self {
        Self::ExchangeUpn {
            delegate: delegate.into(),
            mailbox: mailbox.into(),
            separator: ExchangeSeparator::Slash,
        }
    }

    /// `user*master`
    pub fn dovecot_master(user: impl Into<String>, master: impl Into<String>) -> Self {
        Self::DovecotMaster {
            user: user.into(),
            master: master.into(),
            separator: '*',
        }
    }

    /// Sets the separator of Exchange's forms. Dovecot's form has its own and does not change.
    #[must_use]
    pub fn separated_by(mut self, with: ExchangeSeparator) -> Self {
        match &mut self {
            Self::ExchangeAlias { separator, .. } | Self::ExchangeUpn { separator, .. } => *separator = with,
            Self::DovecotMaster { .. } => {}
        }
        self
    }

    /// Returns the same delegate for another mailbox.
    ///
    /// ```
    /// use tegu_imap::session::DelegatedLogin;
    ///
    /// let mover = DelegatedLogin::exchange_alias("corp", "mover", "anna");
    /// assert_eq!(mover.mailbox("boris").user_name()?, "corp/mover/boris");
    /// # Ok::<(), tegu_imap::Error>(())
    /// ```
    #[must_use]
    pub fn mailbox(mut self, name: impl Into<String>) -> Self {
        let (Self::ExchangeAlias { mailbox, .. }
        | Self::ExchangeUpn { mailbox, .. }
        | Self::DovecotMaster { user: mailbox, .. }) = &mut self;
        *mailbox = name.into();
        self
    }

    /// Returns the user name to log in with.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](crate::ErrorKind::Config) if a part is empty or contains a character that would change the meaning.
    pub fn user_name(&self) -> Result<String> {
        match self {
            Self::ExchangeAlias {
                domain,
                delegate,
                mailbox,
                separator,
            } => {
                // Either of these in the delegate's name would make it another form.
                exchange_part("the domain", domain, &['@'])?;
                exchange_part("the delegate's alias", delegate, &['@'])?;
                exchange_part("the mailbox", mailbox, &[])?;
                let separator = separator.as_str();
                Ok([domain.as_str(), delegate, mailbox].join(separator))
            }
            Self::ExchangeUpn {
                delegate,
                mailbox,
                separator,
            } => {
                exchange_part("the delegate's user principal name", delegate, &[])?;
                exchange_part("the mailbox", mailbox, &[])?;
                let upn = delegate.rsplit_once('@');
                if !upn.is_some_and(|(user, domain)| !user.is_empty() && !domain.is_empty()) {
                    return Err(broken("the delegate's user principal name", "is no user@domain"));
                }
                Ok([delegate.as_str(), mailbox].join(separator.as_str()))
            }
            Self::DovecotMaster {
                user,
                master,
                separator,
            } => {
                for (what, name) in [("the user", user), ("the master user", master)] {
                    part(what, name, |c| c == *separator || c.is_control())?;
                }
                if separator.is_control() {
                    return Err(broken("the separator", "is a control character"));
                }
                Ok(format!("{user}{separator}{master}"))
            }
        }
    }
}

impl DelegatedLogin {
    /// Returns credentials of this user name and a password.
    ///
    /// # Errors
    ///
    /// As [`user_name`](Self::user_name).
    pub fn credentials(&self, password: impl Into<Secret>) -> Result<Credentials> {
        Ok(Credentials::password(self.user_name()?, password))
    }
}

impl ExchangeSeparator {
    fn as_str(self) -> &'static str {
        match self {
            Self::Slash => "/",
            Self::Backslash => "\\",
        }
    }
}

/// [MS-OXIMAP4] allows visible ASCII only; both characters separate names, whichever is used.
fn exchange_part(what: &str, name: &str, refused: &[char]) -> Result<()> {
    part(what, name, |c| {
        !c.is_ascii_graphic() || matches!(c, '/' | '\\') || refused.contains(&c)
    })
}

fn part(what: &str, name: &str, refused: impl Fn(char) -> bool) -> Result<()> {
    if name.is_empty() {
        return Err(broken(what, "is empty"));
    }
    match name.chars().find(|c| refused(*c)) {
        Some(c) => Err(broken(what, &format!("cannot hold {c:?}"))),
        None => Ok(()),
    }
}

fn broken(what: &str, why: &str) -> Error {
    Error::config(format!("{what} {why}")).doing("log in for another user", "")
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::ErrorKind;
    use proptest::prelude::*;

    #[test]
    fn all_forms_of_the_specification_with_either_separator() {
        for (login, slash, backslash) in [
            (
                DelegatedLogin::exchange_alias("corp", "admin", "anna"),
                "corp/admin/anna",
                r"corp\admin\anna",
            ),
            (
                DelegatedLogin::exchange_alias("corp.local", "admin", "anna@corp.local"),
                "corp.local/admin/anna@corp.local",
                r"corp.local\admin\anna@corp.local",
            ),
            (
                DelegatedLogin::exchange_upn("admin@corp.local", "anna"),
                "admin@corp.local/anna",
                r"admin@corp.local\anna",
            ),
            (
                DelegatedLogin::exchange_upn("admin@corp.local", "anna@corp.local"),
                "admin@corp.local/anna@corp.local",
                r"admin@corp.local\anna@corp.local",
            ),
        ] {
            assert_eq!(login.user_name().unwrap(), slash);
            let login = login.separated_by(ExchangeSeparator::Backslash);
            assert_eq!(login.user_name().unwrap(), backslash);
        }
    }

    #[test]
    fn parts_that_would_break_the_form_are_refused() {
        let alias = DelegatedLogin::exchange_alias;
        for login in [
            alias("", "admin", "anna"),
            alias("corp", "", "anna"),
            alias("corp", "admin", ""),
            alias("corp/x", "admin", "anna"),
            alias(r"corp\x", "admin", "anna"),
            alias("corp", "admin/x", "anna"),
            alias("corp", "admin", "anna/x"),
            alias("corp", "admin", r"anna\x"),
            alias("corp", "admin@x", "anna"),
            alias("c@rp", "admin", "anna"),
            alias("corp", "ad min", "anna"),
            alias("corp", "admin", "anna\r\nA LOGOUT"),
            alias("corp", "админ", "anna"),
            DelegatedLogin::exchange_upn("admin", "anna"),
            DelegatedLogin::exchange_upn("@corp", "anna"),
            DelegatedLogin::exchange_upn("admin@", "anna"),
            DelegatedLogin::exchange_upn("admin@corp/x", "anna"),
            DelegatedLogin::exchange_upn("admin@corp", "an\0na"),
            DelegatedLogin::dovecot_master("anna*x", "admin"),
            DelegatedLogin::dovecot_master("anna", "*admin"),
            DelegatedLogin::dovecot_master("", "admin"),
            DelegatedLogin::dovecot_master("anna", "admin\n"),
            DelegatedLogin::DovecotMaster {
                user: "anna".into(),
                master: "admin".into(),
                separator: '\n',
            },
        ] {
            let error = login.user_name().unwrap_err();
            assert_eq!(error.kind(), ErrorKind::Config, "{login:?}");
        }
    }

    proptest! {
        /// Whatever is let through comes apart again into the very parts.
        #[test]
        fn parts_come_back(user in "[ab@*/\\\\ \r]{0,4}", other in "[ab@*/\\\\\n]{0,4}") {
            if let Ok(name) = DelegatedLogin::dovecot_master(&user, &other).user_name() {
                prop_assert_eq!(name.split('*').collect::<Vec<_>>(), [&user, &other]);
            }
            let alias = DelegatedLogin::exchange_alias("corp", &user, &other);
            for (login, separator) in [(alias.clone(), '/'), (alias.separated_by(ExchangeSeparator::Backslash), '\\')] {
                if let Ok(name) = login.user_name() {
                    prop_assert_eq!(name.split(separator).collect::<Vec<_>>(), ["corp", &user, &other]);
                }
            }
        }
    }
}
