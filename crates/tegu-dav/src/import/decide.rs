//! What to do with an item. Pure: `plan` and `run` call the same function with the same view of both sides.

use tegu_outcome::{Finding as Reason, State};

use super::outcome::{altered, compare, differs};
use crate::client::{Collection, Fetched, Kind};
use crate::error::one_line;
use crate::ledger::{Ending, Evidence, Known, digest};
use crate::{Finding, Item, ItemKind};

/// What to do with an item.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(super) enum Action {
    /// Send it: the server has nothing of this UID.
    Create,
    /// Send it in place of what an earlier run put there: the source has changed.
    Replace {
        /// The path on the server.
        href: String,
        /// The entity tag that the resource must still have.
        etag: String,
    },
    /// Send nothing: the item ends so.
    End(Ending),
}

/// An earlier item of this run with the same UID.
#[derive(Clone, Copy, Debug)]
pub(super) enum Twin<'a> {
    None,
    /// It is not on the server.
    Absent,
    /// The server has this, or will have it.
    There(&'a Fetched),
}

/// All that a decision depends on, besides the item.
#[derive(Debug)]
pub(super) struct View<'a> {
    pub(super) kind: Kind,
    /// `None` if it does not exist yet.
    pub(super) collection: Option<&'a Collection>,
    /// Why nothing can go to the collection.
    pub(super) closed: Option<(Ending, &'a Finding)>,
    /// The caller's filter.
    pub(super) excluded: Option<Reason>,
    pub(super) known: Option<&'a Known>,
    /// The entity tag in the listing, if the resource that the ledger knows is listed.
    pub(super) listed: Option<Option<&'a str>>,
    /// What the server has under this UID, if it was read.
    pub(super) standing: Option<&'a Fetched>,
    pub(super) twin: Twin<'a>,
    /// Another item of the source stands for the same resource.
    pub(super) shared: bool,
    /// A resource of another UID has the item's name.
    pub(super) name_taken: bool,
    /// Whether refusals of earlier runs are tried again.
    pub(super) retry_manual: bool,
}

/// What was decided.
#[derive(Clone, Debug)]
pub(super) struct Decision {
    pub(super) action: Action,
    /// What the server has of it.
    pub(super) standing: Option<Fetched>,
    /// Whether an earlier run put it there.
    pub(super) ours: bool,
    pub(super) findings: Vec<Finding>,
    pub(super) excluded: Option<Reason>,
}

impl Decision {
    fn new(action: Action) -> Self {
        Self {
            action,
            standing: None,
            ours: false,
            findings: Vec::new(),
            excluded: None,
        }
    }

    fn manual(finding: Finding) -> Self {
        Self::end(Ending::Manual, finding)
    }

    fn end(ending: Ending, finding: Finding) -> Self {
        let mut decision = Self::new(Action::End(ending));
        decision.findings.push(finding);
        decision
    }

    fn there(ending: Ending, standing: &Fetched, ours: bool) -> Self {
        let mut decision = Self::new(Action::End(ending));
        decision.standing = Some(standing.clone());
        decision.ours = ours;
        decision
    }
}

/// Codes of refusals by the server, which the same octets would meet again.
const REFUSALS: [&str; 2] = ["DAV-TARGET-REFUSED", "DAV-TARGET-SIZE"];

pub(super) fn decide(item: &Item, view: View<'_>, accepts: impl Fn(&Finding) -> bool) -> Decision {
    let uid = || one_line(&item.uid);
    if let Some((ending, finding)) = view.closed {
        return Decision::end(ending, finding.clone());
    }
    if let Some(reason) = view.excluded {
        let mut decision = Decision::new(Action::End(Ending::Excluded));
        decision.excluded = Some(reason);
        return decision;
    }
    if item
        .findings
        .iter()
        .any(|finding| matches!(finding, Finding::Archived { .. }))
    {
        return Decision::new(Action::End(Ending::Excluded));
    }
    let Some(body) = &item.body else {
        return Decision::new(Action::End(Ending::Manual));
    };
    if let Some(findings) = obstacles(item, body, &view, &accepts) {
        let mut decision = Decision::new(Action::End(Ending::Manual));
        decision.findings = findings;
        return decision;
    }
    match view.twin {
        Twin::None => {}
        Twin::Absent => return Decision::manual(Finding::UidDuplicate { uid: uid() }),
        Twin::There(standing) => {
            return match compare(view.kind, body, &standing.body) {
                Ok(same) => Decision::there(Ending::Present(same), standing, false),
                Err(_) => Decision::manual(Finding::UidDuplicate { uid: uid() }),
            };
        }
    }
    let ours = digest(body);
    if let Some(known) = view.known
        && let Some(href) = &known.href
    {
        return of_known(item, body, &ours, (known, href), &view, accepts);
    }
    let intended = view
        .known
        .is_some_and(|known| known.intent.as_deref() == Some(&ours));
    if let Some(standing) = view.standing {
        return match compare(view.kind, body, &standing.body) {
            // A run that was killed sent it, and could not say so.
            Ok(same) if intended => Decision::there(Ending::Moved(same), standing, true),
            Ok(same) => Decision::there(Ending::Present(same), standing, false),
            Err(differences) if intended => settle(&differences, standing, true, accepts),
            Err(differences) => Decision::manual(differs(&item.uid, &differences)),
        };
    }
    if view.name_taken {
        return Decision::manual(Finding::TargetDiffers {
            uid: uid(),
            difference: "another item has its name".into(),
        });
    }
    if let Some(known) = view.known
        && !view.retry_manual
        && known.state() == State::Manual
        && known.digest == ours
        && let Some(code) = known.codes.iter().find(|code| REFUSALS.contains(&code.as_str()))
    {
        return Decision::manual(match code.as_str() {
            "DAV-TARGET-SIZE" => Finding::TargetTooLarge { bytes: body.len() },
            _ => Finding::TargetRefused {
                message: "in an earlier run, and it has not changed since".into(),
            },
        });
    }
    Decision::new(Action::Create)
}

/// Decides about an item that an earlier run found or put on the server.
fn of_known(
    item: &Item,
    body: &[u8],
    ours: &str,
    (known, href): (&Known, &str),
    view: &View<'_>,
    accepts: impl Fn(&Finding) -> bool,
) -> Decision {
    let uid = one_line(&item.uid);
    let Some(etag) = view.listed else {
        return Decision::end(Ending::Excluded, Finding::TargetDeleted { uid });
    };
    if let Some(evidence) = known.ending.evidence()
        && known.digest == ours
        && known.intent.is_none()
    {
        let mut decision = Decision::new(Action::End(Ending::Present(evidence.clone())));
        decision.ours = known.ours;
        return decision;
    }
    let replace = |etag: Option<&str>| match etag {
        _ if view.shared => Decision::manual(Finding::UidDuplicate { uid: uid.clone() }),
        Some(etag) => Decision::new(Action::Replace {
            href: href.to_owned(),
            etag: etag.to_owned(),
        }),
        None => Decision::manual(Finding::TargetRefused {
            message: "the server gives no entity tag, without which nothing can be replaced safely".into(),
        }),
    };
    let Some(standing) = view.standing else {
        return match etag {
            Some(etag) if known.etag.as_deref() == Some(etag) => replace(Some(etag)),
            _ => Decision::end(Ending::Excluded, Finding::TargetDeleted { uid }),
        };
    };
    let intended = known.intent.as_deref() == Some(ours);
    match compare(view.kind, body, &standing.body) {
        Ok(same) if intended => {
            let ours = known.ours || known.returned().is_none();
            Decision::there(Ending::Moved(same), standing, ours)
        }
        Ok(same) => Decision::there(Ending::Present(same), standing, known.ours),
        // It was sent as it is, and the server made something else of it.
        Err(differences) if known.digest == ours || intended && known.returned().is_none() => {
            settle(&differences, standing, known.ours, accepts)
        }
        Err(_) if known.returned() == Some(digest(&standing.body).as_str()) => {
            replace(standing.etag.as_deref())
        }
        Err(_) => Decision::manual(Finding::TargetChanged { uid }),
    }
}

/// Decides about a resource to which the server gave another meaning.
pub(super) fn settle(
    differences: &[crate::prove::Difference],
    standing: &Fetched,
    ours: bool,
    accepts: impl Fn(&Finding) -> bool,
) -> Decision {
    let findings = altered(differences);
    let evidence = Evidence::of_accepted(&standing.body, &findings, accepts);
    let ending = evidence.map_or(Ending::Manual, Ending::Moved);
    let mut decision = Decision::there(ending, standing, ours);
    decision.findings = findings;
    decision
}

/// Why an item cannot be sent, besides its own findings. `None` if it can.
fn obstacles(
    item: &Item,
    body: &[u8],
    view: &View<'_>,
    accepts: impl Fn(&Finding) -> bool,
) -> Option<Vec<Finding>> {
    let stopped = item.lossy().any(|finding| !accepts(finding));
    let mut findings = Vec::new();
    let component = match item.kind {
        ItemKind::Event => "VEVENT",
        ItemKind::Todo => "VTODO",
        ItemKind::Journal => "VJOURNAL",
        _ => "",
    };
    if let Some(collection) = view.collection {
        let taken = &collection.components;
        if !component.is_empty() && !taken.is_empty() && !taken.iter().any(|name| name == component) {
            findings.push(Finding::TargetComponent {
                name: component.into(),
            });
        }
        if collection
            .max_resource_size
            .is_some_and(|most| body.len() as u64 > most)
        {
            findings.push(Finding::TargetTooLarge { bytes: body.len() });
        }
    }
    let checked = match view.kind {
        Kind::Calendars => crate::strict::calendar(body),
        Kind::Contacts => crate::strict::card(body),
    };
    if let Err(violation) = checked {
        findings.push(Finding::CheckFailed {
            reason: violation.to_string(),
        });
    }
    (stopped || !findings.is_empty()).then_some(findings)
}
