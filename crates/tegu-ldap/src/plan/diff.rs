//! The changes to one object.

use std::borrow::Cow;
use std::collections::HashSet;

use super::{Doubts, EntryChange, HeldBack, Plan, Step};
use crate::account::Common;
use crate::address::{ProxyAddress, SmtpAddress};
use crate::entry::{AttributeName, Known};
use crate::ldif::ModificationOp;
use crate::profile::{AddressAttribute, Form, Profile};
use crate::tailed::Tailed;

const DUPLICATE: &str = "LDAP-ADDRESS-DUPLICATE";

/// An attribute of the target, and the class that a plan adds for it. All changes share the text of the class.
struct Place<'a> {
    attribute: &'a AddressAttribute,
    known: Known,
    class: Option<Tailed>,
}

impl<'a> Place<'a> {
    /// Returns `None` for an attribute whose values a plan does not know; reading a profile refuses it.
    fn of(attribute: &'a AddressAttribute) -> Option<Self> {
        Some(Self {
            attribute,
            known: attribute.known()?,
            class: attribute.object_class().map(Into::into),
        })
    }

    fn name(&self) -> &'a str {
        self.attribute.attribute()
    }
}

/// Where a profile keeps addresses.
pub(super) struct Target<'a> {
    mail: Option<Place<'a>>,
    aliases: Option<Place<'a>>,
    assertions: bool,
    guard: bool,
}

impl<'a> Target<'a> {
    pub(super) fn of(profile: &'a Profile) -> Self {
        Self {
            mail: Place::of(profile.mail()),
            aliases: profile.aliases().and_then(Place::of),
            assertions: profile.has_assertions(),
            guard: profile.has_guard(),
        }
    }
}

/// Plans the changes to one object.
pub(super) fn object(object: &Common, target: &Target<'_>, doubts: &Doubts<'_>, plan: &mut Plan) {
    let mut diff = Diff {
        object,
        doubts,
        steps: Vec::new(),
        held_back: &mut plan.held_back,
        classes: Vec::new(),
        fills: None,
    };
    if let Some(place) = &target.mail {
        diff.mail(place);
    }
    if let Some(place) = &target.aliases {
        diff.aliases(place);
    }
    let Diff { steps, fills, .. } = diff;
    if steps.is_empty() {
        return;
    }
    plan.changes.push(EntryChange {
        named: object.named.clone(),
        steps: steps.into(),
        only_if_absent: fills.filter(|_| target.assertions),
        unguarded: fills.filter(|_| !target.guard),
    });
}

struct Diff<'a> {
    object: &'a Common,
    doubts: &'a Doubts<'a>,
    steps: Vec<Step>,
    held_back: &'a mut Vec<HeldBack>,
    /// The classes that the steps add.
    classes: Vec<Tailed>,
    /// The attribute that was empty and gets a value.
    fills: Option<Known>,
}

impl Diff<'_> {
    fn step(&mut self, op: ModificationOp, attribute: Known, value: Tailed) {
        self.steps.push(Step { op, attribute, value });
    }

    fn hold(&mut self, place: &Place<'_>, value: Option<&str>, code: &'static str) {
        self.held_back.push(HeldBack {
            dn: self.object.named.dn().clone(),
            attribute: place.name().into(),
            value: value.map(Into::into),
            code,
        });
    }

    fn doubt(&self, address: &SmtpAddress) -> Option<&'static str> {
        let key = (self.object.named.dn().as_str(), address.key());
        self.doubts.codes.get(&key).copied()
    }

    /// `mail` becomes the primary address. Without one, what `mail` holds is what it should hold, but for what is not seen at its
    /// ends.
    fn mail(&mut self, place: &Place<'_>) {
        let object = self.object;
        let addresses = &object.addresses;
        let values: Vec<Cow<'_, [u8]>> = object.held(Some(place.known)).collect();
        let wanted = match (addresses.primary(), addresses.mail(), &values[..]) {
            (Some(primary), ..) => primary,
            (None, [mail], [_]) => mail,
            _ => return,
        };
        // A value with blanks at its ends is another one for a server that compares what people type.
        let holds = |v: &Cow<'_, [u8]>| {
            let text = std::str::from_utf8(v).unwrap_or_default();
            SmtpAddress::parse(text).is_ok_and(|a| a == *wanted && a.as_str() == text)
        };
        if values.iter().any(holds) {
            return;
        }
        let hold = Some(wanted.as_str());
        if let Some(code) = self.doubt(wanted) {
            return self.hold(place, hold, code);
        }
        let Some(value) = place.attribute.encode_shared(wanted) else {
            return self.hold(place, hold, "LDAP-ADDRESS-UNSTORABLE");
        };
        match &values[..] {
            [] => {
                if !self.class(place) {
                    return self.hold(place, hold, "LDAP-CLASS-MISSING");
                }
                self.fills = Some(place.known);
            }
            [old] => match std::str::from_utf8(old) {
                // In a directory that stores the other spelling of the domain, this is the value.
                Ok(old) if old == value.text() => return,
                Ok(old) => {
                    // Giving up an address that somebody else claims too would decide who owns it.
                    let doubt = SmtpAddress::parse(old).ok().and_then(|a| self.doubt(&a));
                    if let Some(code) = doubt.filter(|&code| code == DUPLICATE) {
                        return self.hold(place, Some(value.text()), code);
                    }
                    self.step(ModificationOp::Delete, place.known, old.into());
                }
                Err(_) => return self.hold(place, Some(value.text()), "LDAP-NOT-UTF8"),
            },
            // Which of several values may go is for a person to say.
            _ => return self.hold(place, Some(value.text()), "LDAP-MAIL-SEVERAL"),
        }
        self.step(ModificationOp::Add, place.known, value);
    }

    /// Further addresses go where the profile keeps them. None is ever removed; one with blanks at its ends gives way to the same
    /// without.
    fn aliases(&mut self, place: &Place<'_>) {
        let object = self.object;
        let addresses = &object.addresses;
        let mut present: HashSet<SmtpAddress> = HashSet::new();
        let mut unclean = Vec::new();
        for value in object.held(Some(place.known)) {
            let Some((address, clean)) = std::str::from_utf8(&value).ok().and_then(|v| read(place, v)) else {
                continue;
            };
            match clean {
                Some(clean) => unclean.push((value, address, clean)),
                None => drop(present.insert(address)),
            }
        }
        for (value, address, clean) in unclean {
            let code = self.doubt(&address);
            if let (None, Ok(old), false) = (code, std::str::from_utf8(&value), present.contains(&address)) {
                self.step(ModificationOp::Delete, place.known, old.into());
                self.step(ModificationOp::Add, place.known, clean.as_str().into());
            } else if let Some(code) = code {
                self.hold(place, Some(&clean), code);
            }
            present.insert(address);
        }
        let main = addresses.main();
        for address in addresses.all().filter(|&a| Some(a) != main) {
            if present.contains(address) {
                continue;
            }
            let shown = Some(address.as_str());
            match (self.doubt(address), place.attribute.encode_shared(address)) {
                (Some(code), _) => self.hold(place, shown, code),
                (None, None) => self.hold(place, shown, "LDAP-ADDRESS-UNSTORABLE"),
                (None, Some(_)) if !self.class(place) => self.hold(place, shown, "LDAP-CLASS-MISSING"),
                (None, Some(value)) => self.step(ModificationOp::Add, place.known, value),
            }
        }
    }

    /// Adds an object class that allows the attribute, if the entry needs one. Returns `false` if no class can be added.
    fn class(&mut self, place: &Place<'_>) -> bool {
        let held = &self.object.held;
        if place.attribute.carried_by().iter().any(|c| held.is_a(c)) {
            return true;
        }
        let Some(class) = &place.class else {
            return place.attribute.carried_by().is_empty();
        };
        let planned = self
            .classes
            .iter()
            .any(|c| c.text().eq_ignore_ascii_case(class.text()));
        if !planned && !held.is_a(class.text()) {
            self.classes.push(class.clone());
            self.step(ModificationOp::Add, Known::ObjectClass, class.clone());
        }
        true
    }
}

/// Reads a value of the attribute for further addresses: the address, and the value without what is not seen at its ends, if it
/// has that.
fn read(place: &Place<'_>, value: &str) -> Option<(SmtpAddress, Option<String>)> {
    let (kind, address) = match place.attribute.form() {
        Form::Plain => ("", SmtpAddress::parse(value).ok()?),
        Form::Proxy => match ProxyAddress::parse(value).ok()? {
            ProxyAddress::Primary(address) => ("SMTP:", address),
            ProxyAddress::Alias(address) => ("smtp:", address),
            _ => return None,
        },
    };
    let bare = match kind {
        "" => value,
        kind => value.get(kind.len()..).unwrap_or_default(),
    };
    if bare == address.as_str() {
        return Some((address, None));
    }
    let clean = format!("{kind}{}", address.as_str());
    Some((address, Some(clean)))
}

impl Step {
    /// Returns the name of the attribute, for LDIF.
    pub(super) fn name(&self) -> AttributeName {
        self.attribute.into()
    }
}

#[cfg(test)]
mod tests;
