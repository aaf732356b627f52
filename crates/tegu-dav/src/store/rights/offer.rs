//! What a server's privileges mean, and which of them give what is wanted.

use crate::client::acl::{PrivilegeName, SupportedPrivilege};
use crate::xml::{CALDAV, DAV};
use std::collections::HashMap;
use tegu_rights::{Privilege, Privileges};

/// Cyrus' own privileges, finer than those of the RFC: whoever may add or remove resources may not delete the collection.
const CYRUS: &str = "http://cyrusimap.org/ns/";

/// The privileges of a server, in the order in which it lists them.
#[derive(Debug, Default)]
pub(super) struct Offer {
    /// Each with all that it contains.
    known: HashMap<PrivilegeName, Privileges>,
    /// Those that may stand in a list.
    usable: Vec<(PrivilegeName, Privileges)>,
}

impl Offer {
    pub(super) fn of(supported: &[SupportedPrivilege]) -> Self {
        let mut offer = Self::default();
        for one in supported {
            offer.add(one);
        }
        // Fewer names say the same; a stable order keeps the server's.
        offer
            .usable
            .sort_by_key(|(_, means)| std::cmp::Reverse(means.iter().count()));
        offer
    }

    fn add(&mut self, one: &SupportedPrivilege) -> Privileges {
        let parts = one.parts.iter().map(|part| self.add(part));
        let parts = parts.fold(Privileges::NONE, |all, part| all | part);
        let means = meaning(&one.name, parts, one.parts.is_empty());
        self.known.insert(one.name.clone(), means);
        if !one.is_abstract && !means.is_empty() {
            self.usable.push((one.name.clone(), means));
        }
        means
    }

    /// The sets that can be given apart.
    pub(super) fn units(&self) -> Vec<Privileges> {
        let sets = self.usable.iter().map(|(_, means)| *means);
        sets.filter(|means| !means.contains(Privilege::Other)).collect()
    }

    /// What these privileges mean together.
    pub(super) fn meaning(&self, names: &[PrivilegeName]) -> Privileges {
        let each = names.iter().map(|name| {
            let known = self.known.get(name).copied();
            known.unwrap_or_else(|| meaning(name, Privileges::NONE, true))
        });
        each.fold(Privileges::NONE, |all, means| all | means)
    }

    /// Privileges that give exactly this. `None` if there are none.
    pub(super) fn names(&self, wanted: Privileges) -> Option<Vec<PrivilegeName>> {
        let (mut names, mut given) = (Vec::new(), Privileges::NONE);
        for (name, means) in &self.usable {
            let more = means.contains(Privilege::Other) || !means.without(wanted).is_empty();
            if !more && !means.without(given).is_empty() {
                names.push(name.clone());
                given = given | *means;
            }
        }
        (given == wanted).then_some(names)
    }
}

/// What a privilege means by itself and by its parts.
fn meaning(name: &PrivilegeName, parts: Privileges, is_leaf: bool) -> Privileges {
    use Privilege::*;
    let of = Privileges::of;
    match (name.namespace.as_str(), name.name.as_str()) {
        (DAV, "read") => of(&[Read]) | parts,
        (CALDAV, "read-free-busy") => of(&[ReadFreeBusy]),
        (DAV, "write-content") => of(&[WriteContent]),
        (DAV, "write-properties") if is_leaf => of(&[WriteProperties]),
        (DAV, "bind") if is_leaf => of(&[Bind]),
        (DAV, "unbind") if is_leaf => of(&[Unbind]),
        (DAV, "write") if is_leaf => of(&[WriteContent, WriteProperties, Bind, Unbind]),
        (CYRUS, "add-resource") => of(&[Bind]),
        // Without it nobody changes a resource there.
        (CYRUS, "write-properties-resource") => of(&[WriteItemProperties]),
        (CYRUS, "write-properties-collection") => of(&[WriteProperties]),
        (CYRUS, "remove-resource") => of(&[Unbind]),
        (DAV, "write-acl") => of(&[WriteAcl]),
        // They are about lists and locks, and a person who may change the list may share.
        (DAV, "read-acl" | "read-current-user-privilege-set" | "unlock" | "share") => Privileges::NONE,
        _ if is_leaf => of(&[Other]),
        _ => parts,
    }
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use Privilege::*;

    fn leaf(name: &str) -> SupportedPrivilege {
        with(name, [])
    }

    fn with(name: &str, parts: impl IntoIterator<Item = SupportedPrivilege>) -> SupportedPrivilege {
        let (namespace, name) = match name.split_once(' ') {
            Some(("C", name)) => (CALDAV, name),
            Some((_, name)) => (CYRUS, name),
            None => (DAV, name),
        };
        let (name, is_abstract) = match name.strip_suffix('*') {
            Some(name) => (name, true),
            None => (name, false),
        };
        SupportedPrivilege::new(
            PrivilegeName::new(namespace, name),
            is_abstract,
            parts.into_iter().collect(),
        )
    }

    /// As Cyrus 3.6 lists them.
    fn cyrus() -> Offer {
        Offer::of(&[with(
            "all",
            [
                with(
                    "read",
                    [leaf("read-current-user-privilege-set*"), leaf("C read-free-busy")],
                ),
                with(
                    "write",
                    [
                        leaf("write-content"),
                        with(
                            "write-properties",
                            [
                                leaf("Y write-properties-collection"),
                                leaf("Y write-properties-resource"),
                            ],
                        ),
                        with("bind", [leaf("Y make-collection"), leaf("Y add-resource")]),
                        with("unbind", [leaf("Y remove-collection"), leaf("Y remove-resource")]),
                    ],
                ),
                with(
                    "Y admin",
                    [
                        leaf("read-acl*"),
                        leaf("write-acl*"),
                        leaf("unlock*"),
                        leaf("share*"),
                    ],
                ),
            ],
        )])
    }

    fn said(offer: &Offer, wanted: &[Privilege]) -> Option<String> {
        let names = offer.names(Privileges::of(wanted))?;
        Some(
            names
                .iter()
                .map(|name| name.name.as_str())
                .collect::<Vec<_>>()
                .join(" "),
        )
    }

    #[test]
    fn an_editor_cannot_delete_the_calendar() {
        let offer = cyrus();
        for (wanted, names) in [
            (&[Read, ReadFreeBusy][..], Some("read")),
            (&[ReadFreeBusy], Some("read-free-busy")),
            (&[Read], None),
            (
                &[
                    Read,
                    ReadFreeBusy,
                    WriteContent,
                    WriteItemProperties,
                    Bind,
                    Unbind,
                ],
                Some("read write-content write-properties-resource add-resource remove-resource"),
            ),
            (
                &[WriteProperties, WriteAcl],
                Some("write-properties-collection admin"),
            ),
            (&[], Some("")),
            (&[Other], None),
        ] {
            assert_eq!(said(&offer, wanted).as_deref(), names, "{wanted:?}");
        }
        assert!(!offer.units().iter().any(|unit| unit.contains(Other)));
        let means = |names: &[&str]| {
            let names = names.iter().map(|name| PrivilegeName::new(DAV, *name));
            offer.meaning(&names.collect::<Vec<_>>())
        };
        assert_eq!(
            means(&["read", "write-content"]),
            Privileges::of(&[Read, ReadFreeBusy, WriteContent])
        );
        for more in ["all", "write", "bind", "unbind", "never-heard-of"] {
            assert!(means(&[more]).contains(Other), "{more}");
        }
    }

    #[test]
    fn a_server_with_the_privileges_of_the_rfc_alone() {
        let offer = Offer::of(&[with(
            "all",
            [
                leaf("read"),
                with(
                    "write",
                    [
                        leaf("write-content"),
                        leaf("write-properties"),
                        leaf("bind"),
                        leaf("unbind"),
                    ],
                ),
                leaf("read-acl"),
                leaf("write-acl"),
            ],
        )]);
        assert_eq!(said(&offer, &[Read, Bind]).as_deref(), Some("read bind"));
        let all = [WriteContent, WriteProperties, Bind, Unbind];
        assert_eq!(said(&offer, &all).as_deref(), Some("write"));
        assert_eq!(said(&offer, &[ReadFreeBusy]), None);
        assert_eq!(said(&Offer::default(), &[Read]), None);
    }
}
