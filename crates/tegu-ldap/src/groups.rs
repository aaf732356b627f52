//! Expands nested groups, within limits.

use std::collections::{HashMap, HashSet};

use crate::account::{Account, Group, Recipient};
use crate::dn::Dn;
use crate::error::over_limit;
use crate::exchange::Directory;
use crate::{Error, Result};

/// The limits of an expansion.
#[non_exhaustive]
#[derive(Clone, Debug)]
pub struct ExpandLimits {
    /// Levels of groups within groups. Default 64.
    pub depth: usize,
    /// Members in all, and groups in all. Default 1,000,000.
    pub members: usize,
}

impl Default for ExpandLimits {
    fn default() -> Self {
        Self {
            depth: 64,
            members: 1_000_000,
        }
    }
}

/// The members of a group, with those of all groups inside it.
#[non_exhaustive]
#[derive(Clone, Debug, Default)]
pub struct Expansion<'a> {
    /// Accounts and contacts, each once, in the order in which they were found.
    pub members: Vec<Recipient<'a>>,
    /// DNs of objects that were not read: deleted objects, objects of another domain (`CN=ForeignSecurityPrincipals`), computers.
    pub unknown: Vec<&'a Dn>,
    /// Groups that contain themselves, directly or through others. Their members are counted once.
    pub cycles: Vec<&'a Dn>,
    /// Groups inside that are dynamic, or of which only some members were read.
    pub incomplete: Vec<&'a Dn>,
}

/// The group memberships of a directory.
///
/// ```
/// use tegu_ldap::groups::{ExpandLimits, Membership};
/// use tegu_ldap::{Directory, ldif};
///
/// let text = "dn: CN=a,DC=x\nobjectClass: user\n\n\
///             dn: CN=g,DC=x\nobjectClass: group\nmember: CN=h,DC=x\n\n\
///             dn: CN=h,DC=x\nobjectClass: group\nmember: CN=a,DC=x\nmember: CN=g,DC=x\n";
/// let directory = Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default())?);
/// let membership = Membership::of(&directory);
/// let everybody = membership.expand(&directory.groups()[0], &ExpandLimits::default())?;
/// assert_eq!(everybody.members.len(), 1);
/// assert_eq!(everybody.cycles[0].as_str(), "CN=g,DC=x");
/// # Ok::<(), tegu_ldap::Error>(())
/// ```
#[derive(Debug)]
pub struct Membership<'a> {
    by_dn: HashMap<String, Recipient<'a>>,
    /// Accounts by the group to which they belong without being named by it.
    by_primary_group: HashMap<u32, Vec<&'a Account>>,
}

impl<'a> Membership<'a> {
    /// Indexes a directory.
    #[must_use]
    pub fn of(directory: &'a Directory) -> Self {
        let mut by_primary_group: HashMap<u32, Vec<&Account>> = HashMap::new();
        for account in directory.accounts() {
            if let Some(group) = account.primary_group() {
                by_primary_group.entry(group).or_default().push(account);
            }
        }
        Self {
            by_dn: directory.recipients().map(|r| (r.dn().key(), r)).collect(),
            by_primary_group,
        }
    }

    /// Expands a group and all groups inside it. Does not recurse, so depth costs no stack.
    ///
    /// # Errors
    ///
    /// [`ErrorKind::Limit`](crate::ErrorKind::Limit) when a limit is reached.
    pub fn expand(&self, group: &'a Group, limits: &ExpandLimits) -> Result<Expansion<'a>> {
        let mut out = Expansion::default();
        let mut seen = HashSet::new();
        let mut begun = HashSet::from([group.dn().key()]);
        // The groups on the way from the first one to here, and how far each is read.
        let mut path: Vec<(&Group, usize)> = vec![(group, 0)];
        self.enter(group, &mut seen, &mut out);
        while let Some((group, at)) = path.last_mut() {
            let Some(member) = group.members().get(*at) else {
                path.pop();
                continue;
            };
            *at += 1;
            let key = member.key();
            match self.by_dn.get(&key) {
                Some(Recipient::Group(inner)) => {
                    if begun.insert(key.clone()) {
                        if path.len() >= limits.depth {
                            return Err(too_much(
                                path.first(),
                                format!("groups nested deeper than {}", limits.depth),
                            ));
                        }
                        self.enter(inner, &mut seen, &mut out);
                        path.push((inner, 0));
                    } else if path.iter().any(|(g, _)| g.dn().key() == key)
                        && !out.cycles.contains(&inner.dn())
                    {
                        out.cycles.push(inner.dn());
                    }
                }
                Some(who) if seen.insert(key.clone()) => out.members.push(*who),
                Some(_) => {}
                None if seen.insert(key.clone()) => out.unknown.push(member),
                None => {}
            }
            if seen.len() + begun.len() > limits.members {
                return Err(too_much(
                    path.first(),
                    format!("more than {} members", limits.members),
                ));
            }
        }
        Ok(out)
    }

    /// Adds the members that a group does not name.
    fn enter(&self, group: &'a Group, seen: &mut HashSet<String>, out: &mut Expansion<'a>) {
        if !group.has_all_members() || group.filter().is_some() {
            out.incomplete.push(group.dn());
        }
        let rid = group.sid().and_then(|sid| sid.rsplit_once('-')?.1.parse().ok());
        for account in rid
            .and_then(|rid: u32| self.by_primary_group.get(&rid))
            .into_iter()
            .flatten()
        {
            if seen.insert(account.dn().key()) {
                out.members.push(Recipient::Account(account));
            }
        }
    }
}

fn too_much(first: Option<&(&Group, usize)>, what: String) -> Error {
    let name = first.map_or("", |(g, _)| g.dn().as_str());
    over_limit(format!("expanding the group `{name}`: {what}"))
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;
    use crate::{ErrorKind, ldif};

    fn directory(text: &str) -> Directory {
        Directory::from_entries(ldif::read_entries(text.as_bytes(), &ldif::Limits::default()).unwrap())
    }

    fn group(name: &str, members: &[String]) -> String {
        let members: String = members.iter().map(|m| format!("member: CN={m},DC=x\n")).collect();
        format!("dn: CN={name},DC=x\nobjectClass: group\ncn: {name}\n{members}\n")
    }

    fn expand<'a>(directory: &'a Directory, limits: &ExpandLimits) -> Result<(Vec<&'a str>, Expansion<'a>)> {
        let found = Membership::of(directory).expand(&directory.groups()[0], limits)?;
        Ok((found.members.iter().map(|w| w.dn().as_str()).collect(), found))
    }

    #[test]
    fn diamonds_selves_and_names_that_lead_nowhere() {
        let list = |names: &str| names.split(' ').map(str::to_owned).collect::<Vec<_>>();
        let text = group("top", &list("left right top nobody"))
            + &group("left", &list("a bottom"))
            + &group("right", &list("bottom a"))
            + &group("bottom", &list("b left"))
            + "dn: CN=a,DC=x\nobjectClass: user\n\ndn: CN=b,DC=x\nobjectClass: contact\n\n";
        let directory = directory(&text);
        let (members, found) = expand(&directory, &ExpandLimits::default()).unwrap();
        assert_eq!(members, ["CN=a,DC=x", "CN=b,DC=x"]);
        let names = |all: &[&Dn]| all.iter().map(|d| d.as_str().to_owned()).collect::<Vec<_>>();
        assert_eq!(names(&found.unknown), ["CN=nobody,DC=x"]);
        assert_eq!(names(&found.cycles), ["CN=left,DC=x", "CN=top,DC=x"]);
    }

    #[test]
    fn a_long_chain_is_a_limit_and_no_crash() {
        let mut text = String::new();
        for n in 0..20_000 {
            text += &group(&format!("g{n}"), &[format!("g{}", n + 1)]);
        }
        let directory = directory(&text);
        let error = expand(&directory, &ExpandLimits::default()).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::Limit);
        let deep = ExpandLimits {
            depth: 100_000,
            ..ExpandLimits::default()
        };
        assert_eq!(expand(&directory, &deep).unwrap().1.unknown.len(), 1);
        let mut few = deep;
        few.members = 100;
        assert_eq!(expand(&directory, &few).unwrap_err().kind(), ErrorKind::Limit);
    }

    #[test]
    fn a_primary_group_has_members_that_it_does_not_name() {
        // S-1-5-21-1-2-3-513
        let text = "dn: CN=Domain Users,DC=x\nobjectClass: group\nobjectSid:: AQUAAAAAAAUVAAAAAQAAAAIAAAADAAAAAQIAAA==\n\n\
                    dn: CN=a,DC=x\nobjectClass: user\nprimaryGroupID: 513\n\n\
                    dn: CN=b,DC=x\nobjectClass: user\nprimaryGroupID: 514\n";
        let directory = directory(text);
        let (members, _) = expand(&directory, &ExpandLimits::default()).unwrap();
        assert_eq!(members, ["CN=a,DC=x"]);
    }
}
