//! One mailbox: what is missing in its lists is given, read back and compared.

use super::{
    KINDS, LISTS, RightsRoute,
    decide::{self, Fate, List},
    prepare::{Prepared, untold},
};
use crate::{
    Digest, Entity, Error, ErrorKind, Finding, Piece, Result, Route as _, RunContext, State,
    journal::{ContainerKey, ContainerRecords, Intent, Record},
};
use std::collections::BTreeMap;
use tegu_rights::{EntryKey, Rights};

impl RightsRoute {
    pub(super) async fn carry(&self, context: &RunContext<'_>) -> Result<()> {
        context.will_count(1);
        if self.surveyed().moves_mail {
            // Folders have to be there, and its route says how they are called.
            context.after(Entity::Mail).await?;
        }
        let journal = Some(context.journal().as_ref());
        let mut prepared = self
            .prepare(context.account(), context.options(), journal)
            .await?;
        context.counted();
        let scope = context.scope(vec![LISTS.to_owned()]);
        let known = context.records().open(&scope).await?;
        let (fates, records) = give(context, &mut prepared, &scope, &known).await?;
        for (kind, entity) in KINDS {
            let items = prepared.work.items.iter().zip(&prepared.entries.items);
            let pieces: Vec<Piece> = items
                .filter(|(item, _)| item.kind == kind)
                .map(|(item, placed)| {
                    let (state, findings) = decide::item(item, placed, &fates);
                    let mut piece = Piece::new(&item.id, &item.original, state);
                    piece.label.clone_from(&item.label);
                    piece.findings = findings;
                    if let (State::Moved | State::Present, Ok(keys)) = (state, placed) {
                        piece.proof = Some(decide::item_proof(&prepared.entries, keys));
                    }
                    piece
                })
                .collect();
            if !pieces.is_empty() || entity == self.entity() {
                context.pieces(entity, pieces).await?;
            }
        }
        // The intent stays open until how each item ended is written down: a run that resumes takes what stands for its own.
        if !records.is_empty() || known.intent.is_some() {
            context.records().commit(&scope, &records).await?;
        }
        Ok(())
    }
}

/// Decides and carries out. What is about to be given is in the journal before it is. Returns what becomes of each entry, and what is to be
/// written down of those that this run gave or took away.
async fn give(
    context: &RunContext<'_>,
    prepared: &mut Prepared,
    scope: &ContainerKey,
    known: &ContainerRecords,
) -> Result<(BTreeMap<EntryKey, Fate>, Vec<(String, Record)>)> {
    let lists = prepared.look(known).await?;
    let wanted = prepared.entries.wanted.clone();
    let mut fates = decide::entries(&wanted, &lists, known);
    let giving: BTreeMap<&EntryKey, Rights> = wanted
        .iter()
        .filter(|(key, _)| fates.get(key) == Some(&Fate::Give))
        .map(|(key, rights)| (key, *rights))
        .collect();
    context.ready().await?;
    if !giving.is_empty() {
        let mut items: Vec<(String, Digest)> = giving
            .iter()
            .map(|(key, rights)| (key.to_string(), decide::proof_of(*rights)))
            .collect();
        // What a killed run was about to give is not forgotten before it is written down.
        items.extend(known.intent.iter().flat_map(|intent| intent.items.clone()));
        context.records().begin(scope, &Intent::new("", items)).await?;
        for (key, rights) in &giving {
            context.charge(1, 0).await?;
            if let Err(error) = prepared.target.set(&key.folder, &key.identifier, *rights).await {
                let why = untold(&key.folder, error)?;
                fates.insert((*key).clone(), Fate::Left(State::Manual, why));
            }
        }
        let told = prepared.lists(giving.keys().copied()).await?;
        for (key, rights) in &giving {
            if fates.get(*key) == Some(&Fate::Give) {
                let fate = compare(prepared, &told, key, *rights).await?;
                fates.insert((*key).clone(), fate);
            }
        }
    }
    let mut records = Vec::new();
    for (key, _) in fates.iter().filter(|(_, fate)| **fate == Fate::Given) {
        let mut record = Record::new(State::Moved);
        record.proof = wanted.get(key).copied().map(decide::proof_of);
        records.push((key.to_string(), record));
    }
    if context.deletions() {
        for key in prepared.stale(&lists, known) {
            context.charge(1, 0).await?;
            let taken = prepared.target.set(&key.folder, &key.identifier, Rights::NONE);
            taken.await.map_err(Error::at_target)?;
            records.push((key.to_string(), Record::new(State::Excluded)));
        }
    }
    Ok((fates, records))
}

/// What was read back. An entry that says something else is taken back, since it may say more.
async fn compare(
    prepared: &mut Prepared,
    told: &BTreeMap<String, List>,
    key: &EntryKey,
    wanted: Rights,
) -> Result<Fate> {
    let standing = match told.get(&key.folder) {
        Some(List::Told(list)) => decide::standing(list, key),
        Some(List::Untold(why)) => return Ok(Fate::Left(State::Manual, why.clone())),
        _ => None,
    };
    if standing == Some(wanted) {
        return Ok(Fate::Given);
    }
    if standing.is_some() {
        let taken = prepared
            .target
            .set(&key.folder, &key.identifier, Rights::NONE)
            .await;
        if let Err(error) = taken
            && error.kind() != ErrorKind::Refused
        {
            return Err(error.at_target());
        }
    }
    let why = format!(
        "{} was given {wanted} on {}, and the list says {}",
        key.identifier,
        key.folder,
        standing.map_or_else(|| "nothing".to_owned(), |rights| rights.to_string())
    );
    Ok(Fate::Left(State::Manual, Finding::lossy("RIGHTS-ALTERED", why)))
}
