//! Reads the addresses of an entry from all attributes that can have some.

use super::view::View;
use std::collections::HashSet;

use crate::account::{Addresses, FEW, Gathered, ValueProblem};
use crate::address::{AddressProblem, ProxyAddress, SmtpAddress, is_unseen, trim};
use crate::entry::Known;

/// Returns what PowerShell writes for a list that it does not write out.
fn is_type_name(value: &str) -> bool {
    ["Microsoft.Exchange.", "System.", "Deserialized."]
        .iter()
        .any(|start| value.starts_with(start))
        && !value.contains(['@', ':', ' '])
}

/// Addresses that are being read.
#[derive(Default)]
pub(super) struct Draft {
    found: Gathered,
    x500: Vec<Box<str>>,
}

impl Draft {
    pub(super) fn problem(&mut self, problem: ValueProblem) {
        self.found.problems.push(problem);
    }

    /// Returns the addresses, and the old Exchange addresses.
    pub(super) fn finish(mut self) -> (Addresses, Vec<Box<str>>) {
        let found = &mut self.found;
        distinct(&mut found.mail, None);
        distinct(&mut found.aliases, found.primary.as_ref());
        distinct_x500(&mut self.x500);
        (self.found.into(), self.x500)
    }
}

pub(super) fn read(view: &View<'_>) -> Draft {
    let mut out = Draft::default();
    each(view, Known::Mail, &mut out, |out, value| {
        out.found.mail.push(SmtpAddress::parse(value)?);
        Ok(())
    });
    each(view, Known::ProxyAddresses, &mut out, |out, value| {
        match ProxyAddress::parse(value)? {
            ProxyAddress::Primary(address) => match &out.found.primary {
                None => out.found.primary = Some(address),
                Some(_) => {
                    out.problem(ValueProblem::SecondPrimary { value: value.into() });
                    out.found.aliases.push(address);
                }
            },
            ProxyAddress::Alias(address) => out.found.aliases.push(address),
            ProxyAddress::X500(value) => out.x500.push(value),
            ProxyAddress::Other { kind, value } => out.found.other.push(format!("{kind}:{value}").into()),
        }
        Ok(())
    });
    each(view, Known::LegacyExchangeDn, &mut out, |out, value| {
        out.x500.push(value.into());
        Ok(())
    });
    each(view, Known::TargetAddress, &mut out, |out, value| {
        match ProxyAddress::parse(value) {
            Ok(ProxyAddress::Primary(address) | ProxyAddress::Alias(address)) => {
                out.found.target = Some(address);
            }
            Ok(_) => out.found.other.push(value.into()),
            // Some tools write the address alone.
            Err(AddressProblem::NoPrefix) => out.found.target = Some(SmtpAddress::parse(value)?),
            Err(problem) => return Err(problem),
        }
        Ok(())
    });
    for attribute in [
        Known::MailAlternateAddress,
        Known::MailLocalAddress,
        Known::Rfc822MailAlias,
    ] {
        each(view, attribute, &mut out, |out, value| {
            out.found.aliases.push(SmtpAddress::parse(value)?);
            Ok(())
        });
    }
    out
}

/// Leaves each address once, without the primary one.
fn distinct(aliases: &mut Vec<SmtpAddress>, primary: Option<&SmtpAddress>) {
    if aliases.len() > FEW {
        let mut seen = HashSet::new();
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

/// Leaves each name once, without regard to case.
fn distinct_x500(names: &mut Vec<Box<str>>) {
    match names.as_slice() {
        [] | [_] => {}
        [a, b] if !a.eq_ignore_ascii_case(b) => {}
        _ => {
            let mut seen = HashSet::new();
            names.retain(|name| seen.insert(name.to_ascii_lowercase()));
        }
    }
}

/// Returns whether a value that was accepted is a mail address. X.500 names may have spaces.
fn is_mail(attribute: Known, value: &str) -> bool {
    let kind = trim(value).get(..5);
    match attribute {
        Known::ProxyAddresses | Known::TargetAddress => kind.is_some_and(|k| k.eq_ignore_ascii_case("smtp:")),
        Known::LegacyExchangeDn => false,
        _ => true,
    }
}

/// Hands each value that is text to `take`, and notes what is not text or is refused.
fn each(
    view: &View<'_>,
    attribute: Known,
    out: &mut Draft,
    mut take: impl FnMut(&mut Draft, &str) -> Result<(), AddressProblem>,
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
                Ok(()) if !value.contains(is_unseen) || !is_mail(attribute, value) => continue,
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
        out.problem(problem);
    }
}
