//! One mailbox: what is granted, and what its lists say. The same for plan and run.

use super::{RightsRoute, decide, decide::List};
use crate::{
    Account, Error, ErrorKind, Finding, Policy, Result, RouteOptions, State,
    journal::{ContainerRecords, Journal},
};
use std::collections::{BTreeMap, BTreeSet};
use tegu_rights::{Entries, EntryKey, Folders, Translator, Work, store::AccessLists};

/// What is known of a mailbox before anything is decided.
pub(super) struct Prepared {
    pub(super) work: Work,
    pub(super) entries: Entries,
    pub(super) target: Box<dyn AccessLists>,
    /// The names of folders that the target holds.
    names: BTreeSet<String>,
}

impl RightsRoute {
    /// Reads what is granted on an account's mailbox, and finds out where its folders are.
    pub(super) async fn prepare(
        &self,
        account: &Account,
        options: &RouteOptions,
        journal: Option<&dyn Journal>,
    ) -> Result<Prepared> {
        let surveyed = self.surveyed();
        let grants = self
            .source
            .read(account, &surveyed.people)
            .await
            .map_err(Error::at_source)?;
        let accepts = |finding: &Finding| options.policy.accepts(finding);
        let translator = Translator::new(&surveyed.people, &account.mail)
            .everybody(self.identifiers.everybody.as_deref())
            .group(self.identifiers.group.as_deref())
            .accepting(&accepts);
        let mut work = Work::new(&translator, &grants);
        leave_out(&mut work, &options.policy);
        for item in &mut work.items {
            surveyed.name_sheet(&account.mail, item);
        }
        let mut target = self.target.open(account).await.map_err(Error::at_target)?;
        let folders = target.folders().await.map_err(Error::at_target)?;
        let names = folders.iter().map(|folder| folder.name.clone()).collect();
        let moved = match journal.filter(|_| surveyed.moves_mail) {
            Some(journal) => (self.moved)(journal, &account.id).await?,
            None => Vec::new(),
        };
        Ok(Prepared {
            entries: work.entries(&Folders::new(folders, moved)),
            work,
            target,
            names,
        })
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

impl Prepared {
    /// The lists of the folders that these entries are on.
    pub(super) async fn lists<'a>(
        &mut self,
        keys: impl Iterator<Item = &'a EntryKey>,
    ) -> Result<BTreeMap<String, List>> {
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
    pub(super) async fn look(&mut self, known: &ContainerRecords) -> Result<BTreeMap<String, List>> {
        let earlier = known.records.iter().filter(|(_, record)| record.proof.is_some());
        let earlier = earlier.filter_map(|(id, _)| EntryKey::parse(id));
        let keys: Vec<EntryKey> = self.entries.wanted.keys().cloned().chain(earlier).collect();
        self.lists(keys.iter()).await
    }

    /// Entries that earlier runs gave, that still stand so, and that the source does not grant any more.
    pub(super) fn stale(&self, lists: &BTreeMap<String, List>, known: &ContainerRecords) -> Vec<EntryKey> {
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
            "the target has no access control lists (RFC 4314)",
        )),
        ErrorKind::Refused | ErrorKind::NotFound => {
            Ok(Finding::lossy("RIGHTS-REFUSED", format!("{folder}: {error}")))
        }
        _ => Err(error.at_target()),
    }
}
