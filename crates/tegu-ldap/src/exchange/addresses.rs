//! The addresses of one entry, from all attributes that hold any.

use crate::account::{Addresses, ValueProblem};
use crate::address::{AddressProblem, ProxyAddress, SmtpAddress};
use crate::entry::Entry;

pub(super) fn read(entry: &Entry) -> Addresses {
    let mut out = Addresses::default();
    each(entry, "mail", &mut out, |out, value| {
        let address = SmtpAddress::parse(value)?;
        if !out.mail.contains(&address) {
            out.mail.push(address);
        }
        Ok(())
    });
    let mut aliases = Vec::new();
    each(entry, "proxyAddresses", &mut out, |out, value| {
        match ProxyAddress::parse(value)? {
            ProxyAddress::Primary(address) => match &out.primary {
                None => out.primary = Some(address),
                Some(_) => {
                    out.problems
                        .push(ValueProblem::SecondPrimary { value: value.into() });
                    aliases.push(address);
                }
            },
            ProxyAddress::Alias(address) => aliases.push(address),
            ProxyAddress::X500(value) => push_x500(out, &value),
            ProxyAddress::Other { kind, value } => out.other.push(format!("{kind}:{value}").into()),
        }
        Ok(())
    });
    each(entry, "legacyExchangeDN", &mut out, |out, value| {
        push_x500(out, value);
        Ok(())
    });
    each(entry, "targetAddress", &mut out, |out, value| {
        match ProxyAddress::parse(value) {
            Ok(ProxyAddress::Primary(address) | ProxyAddress::Alias(address)) => out.target = Some(address),
            Ok(_) => out.other.push(value.into()),
            // Some tools write the address alone.
            Err(AddressProblem::NoPrefix) => out.target = Some(SmtpAddress::parse(value)?),
            Err(problem) => return Err(problem),
        }
        Ok(())
    });
    for attribute in ["mailAlternateAddress", "mailLocalAddress", "rfc822MailAlias"] {
        each(entry, attribute, &mut out, |_, value| {
            aliases.push(SmtpAddress::parse(value)?);
            Ok(())
        });
    }
    for alias in aliases {
        if out.primary.as_ref() != Some(&alias) && !out.aliases.contains(&alias) {
            out.aliases.push(alias);
        }
    }
    out
}

fn push_x500(out: &mut Addresses, value: &str) {
    if !out.x500.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        out.x500.push(value.into());
    }
}

/// Hands each value that is text to `take`, and notes what is not text or is refused.
fn each(
    entry: &Entry,
    attribute: &str,
    out: &mut Addresses,
    mut take: impl FnMut(&mut Addresses, &str) -> Result<(), AddressProblem>,
) {
    for value in entry.get(attribute) {
        let problem = match std::str::from_utf8(value) {
            Err(_) => ValueProblem::NotUtf8 {
                attribute: attribute.into(),
                value: String::from_utf8_lossy(value).into(),
            },
            Ok(value) => match take(out, value) {
                Ok(()) => continue,
                Err(reason) => ValueProblem::Malformed {
                    attribute: attribute.into(),
                    value: value.into(),
                    reason,
                },
            },
        };
        out.problems.push(problem);
    }
}
