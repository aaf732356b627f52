//! The changes to one object.

use super::{Doubts, EntryChange, HeldBack, Plan, Step};
use crate::account::{Addresses, Held};
use crate::address::{ProxyAddress, SmtpAddress};
use crate::dn::Dn;
use crate::entry::{AttributeName, Known};
use crate::ldif::ModificationOp;
use crate::profile::{AddressAttribute, Form, Profile};

const DUPLICATE: &str = "LDAP-ADDRESS-DUPLICATE";

pub(super) struct Object<'a> {
    pub(super) dn: &'a Dn,
    pub(super) id: &'a str,
    pub(super) addresses: &'a Addresses,
    pub(super) held: &'a Held,
}

pub(super) fn object(object: &Object<'_>, profile: &Profile, doubts: &Doubts<'_>, plan: &mut Plan) {
    let mut diff = Diff {
        object,
        doubts,
        steps: Vec::new(),
        held_back: Vec::new(),
        only_if_absent: None,
    };
    diff.mail(profile);
    diff.aliases(profile);
    let Diff {
        mut steps,
        held_back,
        only_if_absent,
        ..
    } = diff;
    plan.held_back.extend(held_back);
    if !steps.is_empty() {
        steps.shrink_to_fit();
        plan.changes.push(EntryChange {
            dn: object.dn.clone(),
            id: object.id.into(),
            steps,
            only_if_absent: only_if_absent.filter(|_| profile.has_assertions()),
        });
    }
}

struct Diff<'a> {
    object: &'a Object<'a>,
    doubts: &'a Doubts<'a>,
    steps: Vec<Step>,
    held_back: Vec<HeldBack>,
    only_if_absent: Option<AttributeName>,
}

impl Diff<'_> {
    fn step(&mut self, op: ModificationOp, attribute: &str, value: &str) {
        // The names of a profile are checked when it is read.
        let Ok(attribute) = AttributeName::new(attribute) else {
            return;
        };
        self.steps.push(Step {
            op,
            attribute,
            value: value.into(),
        });
    }

    fn hold(&mut self, attribute: &str, value: Option<&str>, code: &'static str) {
        let (dn, attribute, value) = (self.object.dn.clone(), attribute.into(), value.map(Into::into));
        self.held_back.push(HeldBack {
            dn,
            attribute,
            value,
            code,
        });
    }

    fn doubt(&self, address: &SmtpAddress) -> Option<&'static str> {
        self.doubts
            .codes
            .get(&(self.object.dn.as_str(), address.key()))
            .copied()
    }

    /// `mail` becomes the primary address.
    fn mail(&mut self, profile: &Profile) {
        let place = profile.mail();
        // Without a primary address of Exchange, what `mail` holds is what it should hold.
        let Some(wanted) = &self.object.addresses.primary else {
            return;
        };
        let values: Vec<&[u8]> = self.object.held.known(place.known()).collect();
        // A value with blanks at its ends is another one for a server that compares what people type.
        let holds = |v: &&[u8]| {
            std::str::from_utf8(v)
                .is_ok_and(|t| t.trim() == t && SmtpAddress::parse(t).as_ref() == Ok(wanted))
        };
        if values.iter().any(holds) {
            return;
        }
        let hold = Some(wanted.as_str());
        if let Some(code) = self.doubt(wanted) {
            return self.hold(place.attribute(), hold, code);
        }
        let Some(value) = place.encode(wanted) else {
            return self.hold(place.attribute(), hold, "LDAP-ADDRESS-UNSTORABLE");
        };
        match values[..] {
            [] => {
                if !self.class(place) {
                    return self.hold(place.attribute(), hold, "LDAP-CLASS-MISSING");
                }
                self.only_if_absent = AttributeName::new(place.attribute()).ok();
            }
            [old] => match std::str::from_utf8(old) {
                Ok(old) => {
                    // Giving up an address that somebody else claims too would decide who owns it.
                    let doubt = SmtpAddress::parse(old).ok().and_then(|a| self.doubt(&a));
                    if let Some(code) = doubt.filter(|&code| code == DUPLICATE) {
                        return self.hold(place.attribute(), Some(&value), code);
                    }
                    self.step(ModificationOp::Delete, place.attribute(), old);
                }
                Err(_) => return self.hold(place.attribute(), Some(&value), "LDAP-NOT-UTF8"),
            },
            // Which of several values may go is for a person to say.
            _ => return self.hold(place.attribute(), Some(&value), "LDAP-MAIL-SEVERAL"),
        }
        self.step(ModificationOp::Add, place.attribute(), &value);
    }

    /// Further addresses go where the profile keeps them. None is ever removed.
    fn aliases(&mut self, profile: &Profile) {
        let Some(place) = profile.aliases() else { return };
        let addresses = self.object.addresses;
        let held = self.object.held.known(place.known());
        let mut present: Vec<SmtpAddress> = held
            .filter_map(|v| std::str::from_utf8(v).ok())
            .filter_map(|v| match place.form() {
                Form::Plain => SmtpAddress::parse(v).ok(),
                Form::Proxy => match ProxyAddress::parse(v) {
                    Ok(ProxyAddress::Primary(a) | ProxyAddress::Alias(a)) => Some(a),
                    _ => None,
                },
            })
            .collect();
        let main = addresses.main();
        for address in addresses.all().filter(|&a| Some(a) != main) {
            if present.contains(address) {
                continue;
            }
            match (self.doubt(address), place.encode(address)) {
                (Some(code), _) => self.hold(place.attribute(), Some(address.as_str()), code),
                (None, None) => self.hold(
                    place.attribute(),
                    Some(address.as_str()),
                    "LDAP-ADDRESS-UNSTORABLE",
                ),
                (None, Some(_)) if !self.class(place) => {
                    self.hold(place.attribute(), Some(address.as_str()), "LDAP-CLASS-MISSING");
                }
                (None, Some(value)) => {
                    self.step(ModificationOp::Add, place.attribute(), &value);
                    present.push(address.clone());
                }
            }
        }
    }

    /// Adds an object class that allows the attribute, if the entry needs one. Returns `false` if no class can be added.
    fn class(&mut self, place: &AddressAttribute) -> bool {
        let held = self.object.held;
        let has = |class: &str| {
            held.known(Some(Known::ObjectClass))
                .any(|v| v.eq_ignore_ascii_case(class.as_bytes()))
        };
        if place.carried_by().iter().any(|c| has(c)) {
            return true;
        }
        let Some(class) = place.object_class() else {
            return place.carried_by().is_empty();
        };
        let planned = self
            .steps
            .iter()
            .any(|s| s.attribute() == "objectClass" && s.value().eq_ignore_ascii_case(class));
        if !planned && !has(class) {
            self.step(ModificationOp::Add, "objectClass", class);
        }
        true
    }
}

#[cfg(test)]
mod tests;
