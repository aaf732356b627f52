//! Checks of addresses.

use super::issue::Issue;
use super::options::CheckOptions;
use super::report::Report;
use crate::account::{Addresses, Held, ValueProblem};
use crate::address::{SmtpAddress, is_unseen};
use crate::profile::{AddressAttribute, Profile};

/// `mail` against the address that Exchange sends from.
pub(super) fn mail(addresses: &Addresses, report: &mut Report<'_>) {
    match (addresses.mail(), addresses.primary()) {
        // A value that is no address, or not even text, has its own finding and hides nothing.
        ([], primary) => report.push(Issue::MailMissing {
            proposal: primary.cloned(),
        }),
        ([mail], Some(primary)) if mail != primary => {
            report.push(Issue::MailDiffers {
                mail: mail.clone(),
                primary: primary.clone(),
            });
        }
        ([_], _) => {}
        (several, _) => report.push(Issue::MailSeveral {
            values: several.to_vec(),
        }),
    }
}

pub(super) fn domains(addresses: &Addresses, options: &CheckOptions, report: &mut Report<'_>) {
    let main = addresses.main();
    if let Some(main) = main.filter(|a| !options.accepts(a)) {
        report.push(Issue::MainForeign {
            address: main.clone(),
        });
    }
    for address in addresses
        .all()
        .filter(|&a| Some(a) != main && !options.accepts(a))
    {
        report.push(Issue::AliasForeign {
            address: address.clone(),
        });
    }
}

pub(super) fn storage(
    addresses: &Addresses,
    held: &Held,
    options: &CheckOptions,
    has_mail: bool,
    report: &mut Report<'_>,
) {
    let Some(profile) = &options.profile else { return };
    let main = addresses.main();
    if let Some(main) = main.filter(|_| has_mail) {
        fits(profile.mail(), main, report);
        class(profile.mail(), held, report);
        unguarded(profile, addresses, held, report);
    }
    let mut further = addresses.all().filter(|&a| Some(a) != main).peekable();
    match profile.aliases() {
        Some(place) => {
            if further.peek().is_some() {
                class(place, held, report);
            }
            further.for_each(|address| fits(place, address, report));
        }
        None if further.peek().is_none() => {}
        None => {
            report.push(Issue::AliasesWithoutPlace {
                addresses: further.cloned().collect(),
            });
        }
    }
}

/// Reports an address that the directory or its tools refuse.
fn fits(place: &AddressAttribute, address: &SmtpAddress, report: &mut Report<'_>) {
    match place.encode(address) {
        None => report.push(Issue::AddressUnstorable {
            attribute: place.attribute().into(),
            address: address.clone(),
        }),
        Some(value) if place.tools_refuse().is_some_and(|rule| rule.refuses(&value)) => {
            report.push(Issue::ToolsRefuse {
                attribute: place.attribute().into(),
                address: address.clone(),
            });
        }
        Some(_) => {}
    }
}

/// Reports an address that a plan sets without a condition: one that is gone when somebody else set one.
fn unguarded(profile: &Profile, addresses: &Addresses, held: &Held, report: &mut Report<'_>) {
    let place = profile.mail();
    if profile.has_guard() || held.values(place.known(), addresses).next().is_some() {
        return;
    }
    if let Some(address) = addresses.primary().filter(|a| place.encode(a).is_some()) {
        report.push(Issue::MailUnguarded {
            address: address.clone(),
        });
    }
}

/// Reports an entry that cannot have the attribute and cannot be made to.
fn class(place: &AddressAttribute, held: &Held, report: &mut Report<'_>) {
    let allowed = place.carried_by();
    // An export without object classes says nothing about them.
    let unknown = held.classes().next().is_none() || allowed.is_empty() || place.object_class().is_some();
    if !unknown && !allowed.iter().any(|class| held.is_a(class)) {
        report.push(Issue::ClassMissing {
            attribute: place.attribute().into(),
            classes: allowed.to_vec(),
        });
    }
}

pub(super) fn values(addresses: &Addresses, report: &mut Report<'_>) {
    for problem in addresses.problems() {
        report.push(match problem {
            ValueProblem::Malformed {
                attribute,
                value,
                reason,
            } => Issue::AddressMalformed {
                attribute: attribute.clone(),
                value: value.clone(),
                reason: *reason,
                proposal: mend(value).map(Box::new),
            },
            ValueProblem::NotUtf8 { attribute, value } => Issue::NotUtf8 {
                attribute: attribute.clone(),
                value: value.clone(),
            },
            ValueProblem::NotExported { attribute, value } => Issue::NotExported {
                attribute: attribute.clone(),
                value: value.clone(),
            },
            ValueProblem::Blanks { attribute, value } => Issue::ValueCharacter {
                attribute: attribute.clone(),
                value: value.clone(),
                proposal: Some(value.chars().filter(|&c| !is_unseen(c)).collect()),
            },
            ValueProblem::SecondPrimary { value } => Issue::PrimarySeveral { value: value.clone() },
        });
    }
    if !addresses.other().is_empty() {
        report.push(Issue::OtherAddresses {
            values: addresses.other().to_vec(),
        });
    }
}

/// Returns the address that a malformed value was probably meant to be: spaces inside cut, a doubled prefix removed.
fn mend(value: &str) -> Option<SmtpAddress> {
    let mut rest: String = value.chars().filter(|&c| !is_unseen(c)).collect();
    while rest.get(..5).is_some_and(|p| p.eq_ignore_ascii_case("smtp:")) {
        rest.drain(..5);
    }
    SmtpAddress::parse(rest.trim_matches(['<', '>', ';', ',', '.'])).ok()
}
