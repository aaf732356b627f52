//! What one grant comes to, beside the others on the same folder.

use super::{Entry, Gives, Part, Translator, Who, is_collection};
use crate::{Access, Delegation, FolderKind, Grantee, Permission, Privilege, Rights};
use std::collections::BTreeSet;
use tegu_outcome::{Finding, State};

/// Members whom a finding names.
const NAMED: usize = 10;

/// What a grant comes to.
#[derive(Default)]
pub(super) struct Judged {
    pub(super) parts: Vec<Part>,
    pub(super) senders: Vec<String>,
    pub(super) findings: Vec<Finding>,
    pub(super) ends: Option<State>,
}

/// Who gets a grant on the target, or how it ends without.
type Receivers = Result<(Vec<String>, Option<Finding>), (State, Finding)>;

fn manual(code: &'static str, why: impl Into<String>) -> (State, Finding) {
    (State::Manual, Finding::lossy(code, why))
}

fn excluded(code: &'static str, why: impl Into<String>) -> (State, Finding) {
    (State::Excluded, Finding::info(code, why))
}

impl Translator<'_> {
    pub(super) fn judge(&self, entry: &Entry<'_>, list: &[&Entry<'_>]) -> Judged {
        let mut judged = Judged::default();
        let end = |(state, finding)| Judged {
            findings: vec![finding],
            ends: Some(state),
            ..Judged::default()
        };
        if entry.who == Who::Gone {
            return end(excluded(
                "RIGHTS-GRANTEE-GONE",
                format!("{} does not exist any more", entry.grant.to),
            ));
        }
        if entry.grant.access == Access::SendAs {
            return self.send_as(entry, list).unwrap_or_else(end);
        }
        if let Access::Delegate(delegation) = &entry.grant.access {
            return delegate(entry, delegation);
        }
        if let Some(why) = self.unsayable(entry) {
            return end(why);
        }
        let receivers = match self.receivers(entry, list) {
            Ok((receivers, finding)) => {
                judged.findings.extend(finding);
                receivers
            }
            Err(why) => return end(why),
        };
        let mut gives = match allowed(entry, list) {
            Ok(gives) => gives,
            Err(why) => return end(why),
        };
        judged.findings.extend(losses(entry));
        let sayable = Rights::of("lrswipkxtea");
        let strange = gives.rights.without(sayable);
        if !strange.is_empty() {
            let why = format!("{strange} are rights of the old server alone");
            judged.findings.push(Finding::lossy("RIGHTS-OWN-LETTERS", why));
        }
        gives.rights = gives.rights.without(strange);
        let refused =
            |finding: &Finding| finding.severity == tegu_outcome::Severity::Lossy && !(self.accepts)(finding);
        if gives.is_empty() || judged.findings.iter().any(refused) {
            judged.ends = Some(State::Manual);
            if judged.findings.is_empty() {
                let why = "other entries take away all that this one gives";
                judged.findings.push(Finding::lossy("RIGHTS-DENIED", why));
            }
            return judged;
        }
        judged.parts = receivers
            .into_iter()
            .map(|identifier| Part {
                folder: entry.grant.access.folder().cloned(),
                identifier,
                rights: gives.rights,
                privileges: gives.privileges,
            })
            .collect();
        judged
    }

    /// Who gets a grant.
    fn receivers(&self, entry: &Entry<'_>, list: &[&Entry<'_>]) -> Receivers {
        let to = &entry.grant.to;
        let wider = |of: &Entry<'_>| {
            let why = format!(
                "{} has less than {to} on this folder, which the old server respects; on the new one rights add up",
                of.grant.to
            );
            manual("RIGHTS-WIDER", why)
        };
        // Exchange alone lets an entry of one's own hide the others.
        let hides = matches!(entry.grant.access, Access::Folder(..));
        let less = |other: &&&Entry<'_>| hides && !entry.gives.without(other.gives).is_empty();
        let own = || {
            let others = list.iter().filter(|other| !other.grant.denied);
            others.filter(|other| {
                !matches!(
                    other.who,
                    Who::Owner | Who::Everybody | Who::Anonymous | Who::Gone
                )
            })
        };
        match entry.who {
            Who::Account(_, identifier) => Ok((vec![identifier.to_owned()], None)),
            Who::Everybody => {
                let Some(identifier) = self.everybody else {
                    let why = "everybody has it, and the configuration does not say what everybody is called on the new server";
                    return Err(manual("RIGHTS-EVERYBODY", why));
                };
                match own().find(less) {
                    Some(of) => Err(wider(of)),
                    None => Ok((vec![identifier.to_owned()], None)),
                }
            }
            Who::Group(group) => {
                let members = self.people.members(group);
                let may_be_in = |other: &&&Entry<'_>| match (other.who, &members) {
                    (Who::Account(at, _) | Who::Later(at), Some(members)) => members.contains(&at),
                    (Who::Group(_), _) => false,
                    _ => true,
                };
                if let Some(template) = self.group {
                    if let Some(of) = own().filter(may_be_in).find(less) {
                        return Err(wider(of));
                    }
                    let name = self
                        .people
                        .person(group)
                        .and_then(|person| person.group.as_deref());
                    let identifier = template.replace("{name}", name.unwrap_or_default());
                    return Ok((vec![identifier], None));
                }
                let members = members.ok_or_else(|| unknown_members(to))?;
                let nobody = own().filter(|other| other.who == Who::Nobody);
                if let Some(of) = nobody.into_iter().find(less) {
                    return Err(wider(of));
                }
                let with_own: BTreeSet<usize> = own()
                    .filter(|_| hides)
                    .filter_map(|other| match other.who {
                        Who::Account(at, _) | Who::Later(at) => Some(at),
                        _ => None,
                    })
                    .collect();
                self.expand(to.to_string(), &members, &with_own)
            }
            Who::Later(_) => Err(excluded("RIGHTS-LATER", format!("{to} does not move yet"))),
            Who::Anonymous => Err(manual(
                "RIGHTS-ANONYMOUS",
                "whoever does not sign in has it; the new server asks everybody to",
            )),
            Who::Nobody | Who::Owner | Who::Gone => Err(manual(
                "RIGHTS-GRANTEE-UNKNOWN",
                format!("{to} is nobody, or several, in the directory"),
            )),
        }
    }

    /// Who may send as the owner by a grant, and is on the target. A denial takes precedence over every grant.
    fn send_as(&self, entry: &Entry<'_>, list: &[&Entry<'_>]) -> Result<Judged, (State, Finding)> {
        let mut denied = BTreeSet::new();
        let denials = list.iter().filter(|other| other.grant.denied);
        for denial in denials.filter(|other| other.grant.access == Access::SendAs) {
            match denial.who {
                Who::Account(at, _) | Who::Later(at) => drop(denied.insert(at)),
                Who::Group(group) => {
                    let members = self.people.members(group);
                    denied.extend(members.ok_or_else(|| is_denied(denial))?);
                }
                Who::Everybody | Who::Nobody => return Err(is_denied(denial)),
                Who::Owner | Who::Anonymous | Who::Gone => {}
            }
        }
        let (state, finding) = sending();
        let mut findings = vec![finding];
        let senders = match entry.who {
            Who::Account(at, _) if denied.contains(&at) => return Err(is_denied(entry)),
            Who::Account(at, _) => vec![at],
            Who::Group(group) => {
                let to = &entry.grant.to;
                let members = self.people.members(group).ok_or_else(|| unknown_members(to))?;
                let (_, finding) = self.expand(to.to_string(), &members, &denied)?;
                findings.extend(finding);
                let meant = members.difference(&denied).copied();
                let there = meant.filter(|at| self.people.identifier(*at).is_some());
                there
                    .filter(|at| Some(*at) != self.people.find(self.owner))
                    .collect()
            }
            _ => return Err(self.receivers(entry, list).err().unwrap_or_else(sending)),
        };
        Ok(Judged {
            senders: senders
                .into_iter()
                .map(|at| self.people.mail(at).to_owned())
                .collect(),
            findings,
            ends: Some(state),
            ..Judged::default()
        })
    }

    /// Why nothing on the target can say it, if nothing can.
    fn unsayable(&self, entry: &Entry<'_>) -> Option<(State, Finding)> {
        let kind = entry.grant.access.folder().map(|folder| folder.kind);
        Some(match (&entry.grant.access, kind) {
            (Access::Unknown(_, why) | Access::UnknownDelegate(why), _) => {
                manual("RIGHTS-UNREADABLE", why.clone())
            }
            (Access::SendAs | Access::SendOnBehalf, _) => sending(),
            (Access::Folder(..), Some(kind)) if is_collection(kind) && !self.offered.is_empty() => {
                return None;
            }
            (_, Some(kind)) if is_collection(kind) => manual(
                "RIGHTS-COLLECTION",
                "calendars and address books are shared by their owner on the new server",
            ),
            (_, Some(FolderKind::Other)) => manual("RIGHTS-FOLDER-KIND", "the new server has no such folder"),
            _ => return None,
        })
    }

    /// The members of a group that the target does not know, without those who have an entry of their own.
    fn expand(&self, group: String, members: &BTreeSet<usize>, with_own: &BTreeSet<usize>) -> Receivers {
        let owner = self.people.find(self.owner);
        let meant: Vec<usize> = members
            .difference(with_own)
            .copied()
            .filter(|at| Some(*at) != owner)
            .collect();
        let there = |at: &usize| self.people.identifier(*at).map(ToOwned::to_owned);
        let receivers: Vec<String> = meant.iter().filter_map(there).collect();
        if receivers.is_empty() {
            let why = format!("no member of {group} moves yet, or each has an entry of his own");
            return Err(excluded("RIGHTS-LATER", why));
        }
        let named: Vec<&str> = meant.iter().take(NAMED).map(|at| self.people.mail(*at)).collect();
        let more = if meant.len() > NAMED { ", …" } else { "" };
        let why = format!(
            "{group} is no group on the new server: {} of its {} members have it there ({}{more}), and who joins later does not",
            receivers.len(),
            members.len(),
            named.join(", ")
        );
        Ok((receivers, Some(Finding::lossy("RIGHTS-GROUP-MEMBERS", why))))
    }
}

fn sending() -> (State, Finding) {
    let why = "who may send as somebody else is set up by the administrator of the new server";
    manual("RIGHTS-SEND", why)
}

/// What becomes of a delegate. It is for a person whether he moves or not: the owner's meeting requests come to the new server once the owner does.
fn delegate(entry: &Entry<'_>, delegation: &Delegation) -> Judged {
    let to = &entry.grant.to;
    let mut findings = Vec::new();
    if entry.who == Who::Nobody {
        let why = format!("{to} is nobody, or several, in the directory");
        findings.push(Finding::lossy("RIGHTS-GRANTEE-UNKNOWN", why));
    }
    if delegation.on_behalf {
        findings.push(sending().1);
    }
    if delegation.gets_meetings() {
        let only = match delegation.delivery.as_deref() {
            Some("DelegatesOnly") => ", and the owner does not",
            Some("DelegatesAndSendInformationToMe") => ", and the owner gets them for information",
            _ => "",
        };
        let why = format!(
            "{to} gets the owner's meeting requests{only}; the new server sends them to the owner alone"
        );
        findings.push(Finding::lossy("RIGHTS-MEETINGS", why));
    }
    Judged {
        findings,
        ends: Some(State::Manual),
        ..Judged::default()
    }
}

fn unknown_members(group: &Grantee) -> (State, Finding) {
    let why = format!("{group} is a group, and the directory does not say who belongs to it");
    manual("RIGHTS-GROUP-UNKNOWN", why)
}

fn is_denied(entry: &Entry<'_>) -> (State, Finding) {
    let why = format!(
        "{} is denied it, which takes precedence on the old server",
        entry.grant.to
    );
    manual("RIGHTS-DENIED", why)
}

/// The rights that denials leave.
fn allowed(entry: &Entry<'_>, list: &[&Entry<'_>]) -> Result<Gives, (State, Finding)> {
    let mut gives = entry.gives;
    let what = std::mem::discriminant(&entry.grant.access);
    let denials = list.iter().filter(|other| {
        let same = std::mem::discriminant(&other.grant.access) == what;
        same && other.grant.denied && other.who != Who::Gone
    });
    for denial in denials {
        match (entry.who, denial.who) {
            (Who::Account(at, _), Who::Account(other, _)) if at == other => {
                gives = gives.without(denial.gives);
            }
            (Who::Account(..), Who::Account(..) | Who::Later(_) | Who::Owner | Who::Anonymous) => {}
            _ => {
                return Err(is_denied(denial));
            }
        }
    }
    Ok(gives)
}

/// What cannot be said of it.
fn losses(entry: &Entry<'_>) -> Vec<Finding> {
    use Permission::*;
    let kind = entry.grant.access.folder().map(|folder| folder.kind);
    let shares = kind.is_some_and(is_collection);
    let times = if shares {
        "is about times without the rest, or with subject and place alone, as far as the new server cannot say that"
    } else {
        "is about a calendar's times, which no right says"
    };
    let mut found = Vec::new();
    for (code, some, why) in [
        (
            "RIGHTS-OWN-ITEMS",
            &[EditOwnedItems, DeleteOwnedItems][..],
            "is about one's own items alone, which no right says",
        ),
        ("RIGHTS-FREE-BUSY", &[AvailabilityOnly, LimitedDetails], times),
        (
            "RIGHTS-VISIBLE",
            &[FolderVisible, ReadItems],
            "is about seeing that the folder is there without reading it, or the other way about; on the new server that is one",
        ),
        (
            "RIGHTS-SUBFOLDERS",
            &[CreateSubfolders],
            "is about folders below, which calendars and address books do not have on the new server",
        ),
        (
            "RIGHTS-COARSE",
            &[CreateItems, EditAllItems, DeleteAllItems, FolderOwner],
            "cannot be given on the new server without more than that",
        ),
    ] {
        let lost = some.iter().filter(|permission| entry.lost.contains(**permission));
        let names: Vec<String> = lost.map(|permission| format!("{permission:?}")).collect();
        if !names.is_empty() {
            found.push(Finding::lossy(code, format!("{} {why}", names.join(", "))));
        }
    }
    // The owner lets this very account see them; a group's entry may be hidden from a member by his own.
    let saw_private = entry.grant.sees_private && matches!(entry.who, Who::Account(..));
    if entry.gives.privileges.contains(Privilege::Read) && !saw_private {
        let why = "whoever reads it there sees private items like all others";
        found.push(Finding::lossy("RIGHTS-PRIVATE", why));
    }
    if entry.grant.access == Access::FullAccess {
        let why = "full access is given on the mail folders that are there now, and not on calendars and address books";
        found.push(Finding::lossy("RIGHTS-FULL-ACCESS", why));
    }
    found
}
