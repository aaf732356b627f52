//! Reads the addresses of an entry from all attributes that can have some.

use super::view::View;
use crate::account::{Addresses, ValueProblem};
use crate::address::{AddressProblem, ProxyAddress, SmtpAddress};
use crate::entry::Known;

/// Returns what PowerShell writes for a list that it does not write out.
fn is_type_name(value: &str) -> bool {
    ["Microsoft.Exchange.", "System.", "Deserialized."]
        .iter()
        .any(|start| value.starts_with(start))
        && !value.contains(['@', ':', ' '])
}

pub(super) fn read(view: &View<'_>) -> Addresses {
    let mut out = Addresses {
        mail: Vec::with_capacity(view.values(Known::Mail).count()),
        ..Addresses::default()
    };
    each(view, Known::Mail, &mut out, |out, value| {
        let address = SmtpAddress::parse(value)?;
        if !out.mail.contains(&address) {
            out.mail.push(address);
        }
        Ok(())
    });
    let mut aliases = Vec::new();
    each(view, Known::ProxyAddresses, &mut out, |out, value| {
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
    each(view, Known::LegacyExchangeDn, &mut out, |out, value| {
        push_x500(out, value);
        Ok(())
    });
    each(view, Known::TargetAddress, &mut out, |out, value| {
        match ProxyAddress::parse(value) {
            Ok(ProxyAddress::Primary(address) | ProxyAddress::Alias(address)) => out.target = Some(address),
            Ok(_) => out.other.push(value.into()),
            // Some tools write the address alone.
            Err(AddressProblem::NoPrefix) => out.target = Some(SmtpAddress::parse(value)?),
            Err(problem) => return Err(problem),
        }
        Ok(())
    });
    for attribute in [
        Known::MailAlternateAddress,
        Known::MailLocalAddress,
        Known::Rfc822MailAlias,
    ] {
        each(view, attribute, &mut out, |_, value| {
            aliases.push(SmtpAddress::parse(value)?);
            Ok(())
        });
    }
    distinct(&mut aliases, out.primary.as_ref());
    aliases.shrink_to_fit();
    out.x500.shrink_to_fit();
    out.aliases = aliases;
    out
}

/// How many addresses are compared one by one.
const FEW: usize = 32;

/// Leaves each address once, without the primary one.
fn distinct(aliases: &mut Vec<SmtpAddress>, primary: Option<&SmtpAddress>) {
    if aliases.len() > FEW {
        let mut seen = std::collections::HashSet::new();
        aliases.retain(|a| Some(a) != primary && seen.insert(a.clone()));
        return;
    }
    let mut kept = 0;
    for at in 0..aliases.len() {
        let (before, rest) = aliases.split_at_mut(at);
        let Some(alias) = rest.first_mut() else { break };
        let known = before.get(..kept).is_some_and(|b| b.contains(alias));
        if Some(&*alias) != primary && !known {
            aliases.swap(kept, at);
            kept += 1;
        }
    }
    aliases.truncate(kept);
}

fn push_x500(out: &mut Addresses, value: &str) {
    if !out.x500.iter().any(|known| known.eq_ignore_ascii_case(value)) {
        out.x500.push(value.into());
    }
}

/// Returns whether a value that was accepted is a mail address. X.500 names may have spaces.
fn is_mail(attribute: Known, value: &str) -> bool {
    let kind = value.trim_start().get(..5);
    match attribute {
        Known::ProxyAddresses | Known::TargetAddress => kind.is_some_and(|k| k.eq_ignore_ascii_case("smtp:")),
        Known::LegacyExchangeDn => false,
        _ => true,
    }
}

fn is_blank(c: char) -> bool {
    c.is_whitespace() || c.is_control()
}

/// Hands each value that is text to `take`, and notes what is not text or is refused.
fn each(
    view: &View<'_>,
    attribute: Known,
    out: &mut Addresses,
    mut take: impl FnMut(&mut Addresses, &str) -> Result<(), AddressProblem>,
) {
    for value in view.values(attribute) {
        let problem = match std::str::from_utf8(value) {
            Err(_) => ValueProblem::NotUtf8 {
                attribute: attribute.as_str().into(),
                value: String::from_utf8_lossy(value).into(),
            },
            Ok(value) if is_type_name(value) => ValueProblem::NotExported {
                attribute: attribute.as_str().into(),
                value: value.into(),
            },
            Ok(value) => match take(out, value) {
                Ok(()) if !value.contains(is_blank) || !is_mail(attribute, value) => continue,
                Ok(()) => ValueProblem::Blanks {
                    attribute: attribute.as_str().into(),
                    value: value.into(),
                },
                Err(reason) => ValueProblem::Malformed {
                    attribute: attribute.as_str().into(),
                    value: value.into(),
                    reason,
                },
            },
        };
        out.problems.push(problem);
    }
}
