//! One object: what is against what should be.

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
        let holds =
            |v: &&[u8]| std::str::from_utf8(v).is_ok_and(|t| SmtpAddress::parse(t).as_ref() == Ok(wanted));
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

    /// Sees to an object class that allows the attribute, before the attribute. `false`: there is none to be had.
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
mod tests {
    #![allow(clippy::unwrap_used)]
    use crate::check::{self, CheckOptions};
    use crate::ldif::{self, ChangeKind, Limits, ModificationOp, Record};
    use crate::{Directory, Entry, Plan, Profile, plan};
    use proptest::prelude::*;

    fn entries(text: &str) -> Vec<Entry> {
        ldif::read_entries(text.as_bytes(), &Limits::default()).unwrap()
    }

    fn planned(entries: &[Entry], profile: &str) -> Plan {
        let profile = Profile::builtin(profile).unwrap();
        let directory = Directory::from_entries(entries.to_vec());
        let options = CheckOptions::new().with_profile(profile.clone());
        let findings = check::run(&directory, &options);
        plan::plan(&directory, &profile, &findings)
    }

    /// A directory that applies LDIF the way a server does: refusing what does not fit.
    fn apply(entries: &[Entry], ldif: &str) -> Vec<Entry> {
        let mut out = entries.to_vec();
        for record in ldif::Reader::new(ldif.as_bytes(), Limits::default()) {
            let Record::Change(change) = record.unwrap() else {
                panic!("no change")
            };
            let ChangeKind::Modify(steps) = change.kind() else {
                panic!("no modification")
            };
            let entry = out.iter_mut().find(|e| e.dn() == change.dn()).unwrap();
            for step in steps {
                let mut values: Vec<_> = entry.get(step.name().as_str()).map(<[u8]>::to_vec).collect();
                for value in step.values() {
                    match step.op() {
                        ModificationOp::Add => {
                            assert!(!values.contains(value), "value is there");
                            values.push(value.clone());
                        }
                        _ => {
                            let at = values.iter().position(|v| v == value).expect("no such value");
                            values.remove(at);
                        }
                    }
                }
                let mut changed = Entry::new(entry.dn().clone());
                for attribute in entry.attributes().filter(|a| a.name() != step.name()) {
                    changed.push_attribute(attribute);
                }
                for value in values {
                    changed.push(step.name().clone(), value);
                }
                *entry = changed;
            }
        }
        out
    }

    fn sorted(entries: &[Entry]) -> Vec<Vec<(String, Vec<Vec<u8>>)>> {
        let one = |e: &Entry| {
            let mut all: Vec<_> = e
                .attributes()
                .map(|a| {
                    let mut values: Vec<_> = a.values().map(<[u8]>::to_vec).collect();
                    values.sort();
                    (a.name().as_str().to_ascii_lowercase(), values)
                })
                .collect();
            all.sort();
            all
        };
        entries.iter().map(one).collect()
    }

    #[test]
    fn doubtful_addresses_are_held_back() {
        let text = "dn: CN=a\nobjectClass: user\nproxyAddresses: SMTP:x@a.example\n\n\
                    dn: CN=b\nobjectClass: user\nproxyAddresses: SMTP:b@a.example\nmail: x@a.example\n";
        let plan = planned(&entries(text), "tegu");
        // Neither may a take the address nor b give it up before a person has said whose it is.
        assert!(plan.is_empty());
        let codes: Vec<_> = plan
            .held_back()
            .iter()
            .map(|h| (h.dn().as_str(), h.code()))
            .collect();
        assert_eq!(
            codes,
            [
                ("CN=a", "LDAP-ADDRESS-DUPLICATE"),
                ("CN=b", "LDAP-ADDRESS-DUPLICATE")
            ]
        );
    }

    #[test]
    fn several_values_are_left_to_a_person() {
        let text = "dn: CN=a\nobjectClass: user\nproxyAddresses: SMTP:x@a.example\nmail: y@a.example\nmail: z@a.example\n";
        let plan = planned(&entries(text), "openldap");
        assert_eq!(plan.held_back()[0].code(), "LDAP-MAIL-SEVERAL");
        let attributes: Vec<_> = plan
            .changes()
            .iter()
            .flat_map(|c| c.steps())
            .map(|s| s.attribute())
            .collect();
        assert_eq!(
            attributes,
            ["objectClass", "mailLocalAddress", "mailLocalAddress"]
        );
    }

    #[test]
    fn rooms_and_shared_mailboxes_get_their_address_and_contacts_do_not() {
        let text = "dn: CN=a\nobjectClass: user\nmsExchRecipientTypeDetails: 16\nproxyAddresses: SMTP:r@a.example\n\n\
                    dn: CN=b\nobjectClass: contact\ntargetAddress: SMTP:c@b.example\nproxyAddresses: SMTP:c@b.example\n";
        assert_eq!(planned(&entries(text), "tegu").changes().len(), 1);
    }

    fn address() -> impl Strategy<Value = String> {
        "[ab]{1,2}@(a\\.example|пример\\.рф|xn--e1afmkfd\\.xn--p1ai)"
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn applied_twice_changes_nothing_and_undone_is_as_before(
            users in prop::collection::vec(
                (prop::option::of(address()), prop::collection::vec((any::<bool>(), address()), 0..4)),
                1..5,
            ),
            profile in prop::sample::select(Profile::builtin_names().collect::<Vec<_>>()),
        ) {
            let mut text = String::new();
            for (i, (mail, proxies)) in users.iter().enumerate() {
                text += &format!("dn: CN=Имя {i},DC=x\nobjectClass: user\n");
                if let Some(mail) = mail {
                    text += &format!("mail: {mail}\n");
                }
                let mut seen = std::collections::HashSet::new();
                for (primary, address) in proxies.iter().filter(|p| seen.insert(*p)) {
                    text += &format!("proxyAddresses: {}:{address}\n", if *primary { "SMTP" } else { "smtp" });
                }
                text += "\n";
            }
            let before = entries(&text);
            let plan = planned(&before, profile);
            let after = apply(&before, &plan.apply_ldif().unwrap());
            let second = planned(&after, profile);
            prop_assert!(second.is_empty(), "{:?}", second);
            let undone = apply(&after, &plan.undo_ldif().unwrap());
            prop_assert_eq!(sorted(&before), sorted(&undone));
        }
    }
}
