//! Values of `proxyAddresses`.

use super::{AddressProblem, SmtpAddress, trim};

/// One value of `proxyAddresses`: a type and an address.
#[non_exhaustive]
#[derive(Clone, Debug, Eq, Hash, PartialEq)]
pub enum ProxyAddress {
    /// `SMTP:` in capitals: the one address that the account sends from.
    Primary(SmtpAddress),
    /// `smtp:`: a further address that the account receives at.
    Alias(SmtpAddress),
    /// `X500:`: an old Exchange address, which replies to old mail still carry.
    X500(Box<str>),
    /// Any other type (`sip`, `eum`, `x400` ...): no mail address.
    Other {
        /// The type, in lower case.
        kind: Box<str>,
        /// What follows the colon.
        value: Box<str>,
    },
}

impl ProxyAddress {
    /// Reads one value.
    ///
    /// ```
    /// use tegu_ldap::address::ProxyAddress;
    ///
    /// assert!(matches!(ProxyAddress::parse("SMTP:ann@example.org"), Ok(ProxyAddress::Primary(_))));
    /// assert!(matches!(ProxyAddress::parse("smtp:ann@example.org"), Ok(ProxyAddress::Alias(_))));
    /// assert!(matches!(ProxyAddress::parse("x500:/o=Example/cn=ann"), Ok(ProxyAddress::X500(_))));
    /// assert!(ProxyAddress::parse("ann@example.org").is_err());
    /// ```
    ///
    /// # Errors
    ///
    /// What is wrong with it.
    pub fn parse(text: &str) -> Result<Self, AddressProblem> {
        let text = trim(text);
        if text.is_empty() {
            return Err(AddressProblem::Empty);
        }
        let (kind, value) = text.split_once(':').ok_or(AddressProblem::NoPrefix)?;
        let kind_is_sound = !kind.is_empty() && kind.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
        if !kind_is_sound {
            return Err(AddressProblem::NoPrefix);
        }
        if kind.eq_ignore_ascii_case("smtp") {
            if value.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("smtp:")) {
                return Err(AddressProblem::TwoPrefixes);
            }
            let address = SmtpAddress::parse(value)?;
            return Ok(if kind == "SMTP" {
                Self::Primary(address)
            } else {
                Self::Alias(address)
            });
        }
        if value.trim().is_empty() {
            return Err(AddressProblem::Empty);
        }
        if kind.eq_ignore_ascii_case("x500") {
            return Ok(Self::X500(value.trim().into()));
        }
        Ok(Self::Other {
            kind: kind.to_ascii_lowercase().into(),
            value: value.trim().into(),
        })
    }
}
