//! What stands there, and what therefore has to be done.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use bytes::Bytes;

use super::Import;
use super::report::{altered, compare};
use crate::client::Kind;
use crate::error::one_line;
use crate::ledger::{self, Record};
use crate::{Finding, Item, ItemKind, Result};

/// What is to be done with an item.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum Action {
    /// Send it: the server has nothing of this UID.
    Put,
    /// Send it in place of what an earlier run put there: the source has changed.
    Replace {
        /// Where it stands.
        href: String,
        /// Its entity tag.
        etag: String,
    },
    /// Nothing: it stands there.
    Present {
        /// Where it stands.
        href: String,
    },
    /// Nothing: a person decides, for these reasons (and the item's own).
    Manual(Vec<Finding>),
    /// Nothing: it was left out, for this reason.
    Excluded(Finding),
}

/// What is to be done, item by item.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Plan {
    /// In the order of the items.
    pub actions: Vec<Action>,
    /// UIDs that earlier runs brought and the source no longer has.
    pub gone: Vec<String>,
}

/// Whether items are all that a source has.
#[derive(Clone, Debug)]
pub(super) enum Scope {
    Whole,
    /// Only changes; what is gone is told by its place at the source.
    Changes(Vec<String>),
}

/// What stands in the collection.
#[derive(Debug, Default)]
pub(super) struct Survey {
    pub(super) record: Record,
    /// Entity tags by path.
    pub(super) listed: BTreeMap<String, Option<String>>,
    /// What the ledger does not explain, by UID.
    pub(super) others: HashMap<String, Other>,
}

#[derive(Debug)]
pub(super) struct Other {
    pub(super) href: String,
    pub(super) body: Bytes,
}

impl Import {
    pub(super) async fn survey(&self, items: &[(Item, Option<String>)]) -> Result<Survey> {
        let record = self.ledger.read(&self.key()).await?;
        let listed: BTreeMap<String, Option<String>> = self
            .client
            .list(&self.collection)
            .await?
            .into_iter()
            .map(|resource| (resource.href, resource.etag))
            .collect();
        let explained: BTreeSet<&str> = record.known.values().map(|known| known.href.as_str()).collect();
        let unexplained: Vec<String> = listed
            .keys()
            .filter(|href| !explained.contains(href.as_str()))
            .cloned()
            .collect();
        // Names tell nothing of UIDs, so what is not known has to be read; unless all that is asked for is known.
        let all_known = items.iter().all(|(item, _)| record.known.contains_key(&item.uid));
        let mut others = HashMap::new();
        if !unexplained.is_empty() && !all_known {
            for fetched in self.client.get_many(&self.collection, &unexplained).await? {
                for uid in uids(&fetched.body) {
                    others.entry(uid).or_insert_with(|| Other {
                        href: fetched.href.clone(),
                        body: fetched.body.clone(),
                    });
                }
            }
        }
        Ok(Survey {
            record,
            listed,
            others,
        })
    }

    pub(super) fn decide(&self, items: &[(Item, Option<String>)], survey: &Survey, scope: Scope) -> Plan {
        let mut seen: BTreeSet<&str> = BTreeSet::new();
        let actions = items
            .iter()
            .map(|(item, _)| {
                let twice = !seen.insert(item.uid.as_str()) && item.body.is_some();
                let findings = self.obstacles(item, twice);
                match &item.body {
                    Some(body) if findings.is_none() => self.action(item, body, survey),
                    _ => Action::Manual(findings.unwrap_or_default()),
                }
            })
            .collect();
        let known = survey.record.known.iter();
        let gone = match scope {
            Scope::Whole => known
                .filter(|(uid, _)| !seen.contains(uid.as_str()))
                .map(|(uid, _)| uid.clone())
                .collect(),
            Scope::Changes(removed) => {
                let removed: BTreeSet<String> = removed.into_iter().collect();
                known
                    .filter(|(uid, known)| {
                        !seen.contains(uid.as_str())
                            && known
                                .source
                                .as_ref()
                                .is_some_and(|source| removed.contains(source))
                    })
                    .map(|(uid, _)| uid.clone())
                    .collect()
            }
        };
        Plan { actions, gone }
    }

    /// Why an item cannot go by itself; `None` if it can.
    fn obstacles(&self, item: &Item, twice: bool) -> Option<Vec<Finding>> {
        let kept = item
            .lossy()
            .any(|finding| !self.accepted.iter().any(|code| code == finding.code()));
        let Some(body) = &item.body else {
            return Some(Vec::new());
        };
        let mut findings = Vec::new();
        if twice {
            findings.push(Finding::UidDuplicate {
                uid: one_line(&item.uid),
            });
        }
        let component = match item.kind {
            ItemKind::Event => "VEVENT",
            ItemKind::Todo => "VTODO",
            ItemKind::Journal => "VJOURNAL",
            _ => "",
        };
        let taken = &self.collection.components;
        if !component.is_empty() && !taken.is_empty() && !taken.iter().any(|name| name == component) {
            findings.push(Finding::TargetComponent {
                name: component.into(),
            });
        }
        if self
            .collection
            .max_resource_size
            .is_some_and(|most| body.len() as u64 > most)
        {
            findings.push(Finding::TargetTooLarge { bytes: body.len() });
        }
        let checked = match self.collection.kind {
            Kind::Calendars => crate::strict::calendar(body),
            Kind::Contacts => crate::strict::card(body),
        };
        if let Err(violation) = checked {
            findings.push(Finding::CheckFailed {
                reason: violation.to_string(),
            });
        }
        (kept || !findings.is_empty()).then_some(findings)
    }

    fn action(&self, item: &Item, body: &[u8], survey: &Survey) -> Action {
        let digest = ledger::digest(body);
        if let Some(known) = survey.record.known.get(&item.uid) {
            let Some(etag) = survey.listed.get(&known.href) else {
                return Action::Excluded(Finding::TargetDeleted {
                    uid: one_line(&item.uid),
                });
            };
            if known.digest == digest {
                return Action::Present {
                    href: known.href.clone(),
                };
            }
            return match (etag, &known.etag) {
                (Some(now), Some(then)) if now == then => Action::Replace {
                    href: known.href.clone(),
                    etag: now.clone(),
                },
                _ => Action::Manual(vec![Finding::TargetChanged {
                    uid: one_line(&item.uid),
                }]),
            };
        }
        let Some(other) = survey.others.get(&item.uid) else {
            return Action::Put;
        };
        match compare(self.collection.kind, body, &other.body) {
            Ok(()) => Action::Present {
                href: other.href.clone(),
            },
            // What a run that was killed sent, and the server changed.
            Err(differences) if survey.record.open.get(&item.uid) == Some(&digest) => {
                Action::Manual(altered(&differences))
            }
            Err(differences) => Action::Manual(vec![Finding::TargetDiffers {
                uid: one_line(&item.uid),
                difference: one_line(&differences.first().map_or(String::new(), ToString::to_string)),
            }]),
        }
    }
}

/// The UIDs that a resource holds; mostly one.
pub(super) fn uids(body: &[u8]) -> Vec<String> {
    let mut out: Vec<String> = Vec::new();
    let Ok(lines) = crate::line::read(body, &crate::Limits::default()) else {
        return out;
    };
    for line in &lines.lines {
        let uid = crate::content::Content::parse(&line.text).filter(|content| content.is("UID"));
        if let Some(uid) = uid.map(|content| content.value.trim().to_owned())
            && !out.contains(&uid)
        {
            out.push(uid);
        }
    }
    out
}
