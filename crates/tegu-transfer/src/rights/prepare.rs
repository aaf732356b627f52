//! One side of one mailbox: what is granted, and what its lists say. The same for plan and run.

use super::{
    RightsRoute, Surveyed, decide,
    decide::List,
    sheet::{self, Share},
    side::{Listed, Side},
};
use crate::{
    Account, Error, ErrorKind, Finding, Policy, Result, RouteOptions, State,
    journal::{ContainerRecords, Journal},
};
use std::collections::{BTreeMap, BTreeSet};
use tegu_rights::{
    AccessSet, Entries, EntryKey, FolderKind, Folders, Grant, Privileges, Translator, Work,
    store::AccessLists,
};

/// What is known of a side of a mailbox before anything is decided.
pub(super) struct Prepared<R: AccessSet> {
    pub(super) work: Work,
    pub(super) entries: Entries<R>,
    pub(super) target: Box<dyn AccessLists<R>>,
    /// What the target has no lists for, and its administrator has to let people do.
    pub(super) shares: Vec<Share>,
    /// The names of folders that the target holds.
    names: BTreeSet<String>,
}

impl RightsRoute {
    /// Reads what is granted on an account's mailbox.
    pub(super) async fn grants(&self, account: &Account) -> Result<Vec<Grant>> {
        let surveyed = self.surveyed();
        let read = self.source.read(account, surveyed.people(FolderKind::Mail));
        read.await.map_err(Error::at_source)
    }

    /// Finds out where an account's folders are, and translates what is granted on them.
    pub(super) async fn prepare<R: Listed>(
        &self,
        side: &Side<R>,
        (account, grants): (&Account, &[Grant]),
        options: &RouteOptions,
        journal: Option<&dyn Journal>,
    ) -> Result<Prepared<R>> {
        let surveyed = self.surveyed();
        let mut target = side.target.open(account).await.map_err(Error::at_target)?;
        let folders = target.folders().await.map_err(Error::at_target)?;
        let offered = R::offered(target.offered().await.map_err(Error::at_target)?);
        let by_sheet = side.kind != FolderKind::Mail && offered.is_empty();
        let offered = if by_sheet {
            Privileges::radicale().to_vec()
        } else {
            offered
        };
        let accepts = |finding: &Finding| options.policy.accepts(finding);
        let translator = Translator::new(surveyed.people(side.kind), &account.mail)
            .everybody(side.identifiers.everybody.as_deref())
            .group(side.identifiers.group.as_deref())
            .offered(&offered)
            .accepting(&accepts);
        let mut work = Work::new(&translator, grants);
        leave_out(&mut work, &options.policy);
        for item in &mut work.items {
            for part in &mut item.parts {
                part.identifier = target.called(&part.identifier);
            }
            surveyed.name_sheet(&account.mail, item);
        }
        let names = folders.iter().map(|folder| folder.name.clone()).collect();
        let moved = match journal.filter(|_| surveyed.moves(side)) {
            Some(journal) => (side.moved)(journal, &account.id).await?,
            None => Vec::new(),
        };
        let mut entries = R::entries(&work, side.kind, &Folders::new(folders, moved));
        let shares = if by_sheet {
            sheet::instead(&mut work, &mut entries, side.items(), surveyed.moves(side))
        } else {
            Vec::new()
        };
        Ok(Prepared {
            entries,
            work,
            target,
            shares,
            names,
        })
    }
}

impl Surveyed {
    /// Whether the job moves the folders of a side.
    pub(super) fn moves<R: AccessSet>(&self, side: &Side<R>) -> bool {
        self.moving.contains(&side.moved_by())
    }
}

/// Folders that the operator left out are not on the target, and nobody has to share them.
fn leave_out(work: &mut Work, policy: &Policy) {
    for item in &mut work.items {
        let folder = item.parts.iter().find_map(|part| part.folder.as_ref());
        if let Some(left_out) = folder.and_then(|folder| policy.excludes(&folder.path, None, None)) {
            item.parts.clear();
            item.findings = vec![left_out];
            item.ends = Some(State::Excluded);
        }
    }
}

impl<R: AccessSet> Prepared<R> {
    /// The lists of the folders that these entries are on.
    pub(super) async fn lists<'a>(
        &mut self,
        keys: impl Iterator<Item = &'a EntryKey>,
    ) -> Result<BTreeMap<String, List<R>>> {
        let folders: BTreeSet<&String> = keys.map(|key| &key.folder).collect();
        let mut lists = BTreeMap::new();
        for folder in folders.into_iter().filter(|folder| self.names.contains(*folder)) {
            let list = match self.target.read(folder).await {
                Ok(list) => List::Told(list),
                Err(error) => List::Untold(untold(folder, error)?),
            };
            lists.insert(folder.clone(), list);
        }
        Ok(lists)
    }

    /// The lists as far as entries of the work, or of earlier runs, are on them.
    pub(super) async fn look(&mut self, known: &ContainerRecords) -> Result<BTreeMap<String, List<R>>> {
        let earlier = known.records.iter().filter(|(_, record)| record.proof.is_some());
        let earlier = earlier.filter_map(|(id, _)| EntryKey::parse(id));
        let keys: Vec<EntryKey> = self.entries.wanted.keys().cloned().chain(earlier).collect();
        self.lists(keys.iter()).await
    }

    /// Entries that earlier runs gave, that still stand so, and that the source does not grant any more.
    pub(super) fn stale(&self, lists: &BTreeMap<String, List<R>>, known: &ContainerRecords) -> Vec<EntryKey> {
        let stands = |key: &EntryKey, proof| match lists.get(&key.folder) {
            Some(List::Told(list)) => decide::standing(list, key).map(decide::proof_of) == Some(proof),
            _ => false,
        };
        let earlier = known.records.iter();
        let earlier = earlier.filter_map(|(id, record)| Some((EntryKey::parse(id)?, record.proof?)));
        earlier
            .filter(|(key, proof)| !self.entries.wanted.contains_key(key) && stands(key, *proof))
            .map(|(key, _)| key)
            .collect()
    }
}

/// What the server says in place of a list, if that is for a person.
pub(super) fn untold(folder: &str, error: Error) -> Result<Finding> {
    match error.kind() {
        ErrorKind::Unsupported => Ok(Finding::lossy(
            "RIGHTS-NO-ACL",
            "the target has no access control lists",
        )),
        ErrorKind::Refused | ErrorKind::NotFound => {
            Ok(Finding::lossy("RIGHTS-REFUSED", format!("{folder}: {error}")))
        }
        _ => Err(error.at_target()),
    }
}
