//! One mailbox: what is missing in its lists is given, read back and compared.

use super::{
    RightsRoute,
    decide::{self, Fate, List},
    entity_of,
    prepare::{Prepared, untold},
    side::{Listed, Side},
};
use crate::{
    Digest, Entity, Error, ErrorKind, Finding, Piece, Result, Route as _, RunContext, State,
    journal::{ContainerKey, ContainerRecords, Intent, Record},
};
use std::collections::BTreeMap;
use tegu_rights::{AccessSet, EntryKey, FolderKind, Grant};

/// What was done on a side, and is not written down yet.
struct Carried {
    pieces: Vec<(Entity, Vec<Piece>)>,
    scope: ContainerKey,
    records: Vec<(String, Record)>,
    /// Whether an earlier run left its intent open.
    was_open: bool,
}

impl RightsRoute {
    pub(super) async fn carry(&self, context: &RunContext<'_>) -> Result<()> {
        context.will_count(1);
        let surveyed = self.surveyed();
        let others = self.collections.iter().map(Side::moved_by);
        // Folders have to be there, and the route that moves them says how they are called.
        for entity in [self.mail.moved_by()].into_iter().chain(others) {
            if surveyed.moving.contains(&entity) {
                context.after(entity).await?;
            }
        }
        let grants = self.grants(context.account()).await?;
        let mut sides = vec![self.carry_side(context, &self.mail, &grants).await?];
        for side in &self.collections {
            sides.push(self.carry_side(context, side, &grants).await?);
        }
        context.counted();
        for (entity, pieces) in sides.iter_mut().flat_map(|side| std::mem::take(&mut side.pieces)) {
            if !pieces.is_empty() || entity == self.entity() {
                context.pieces(entity, pieces).await?;
            }
        }
        // Intents stay open until how each item ended is written down: a run that resumes takes what stands for its own.
        for side in sides {
            if !side.records.is_empty() || side.was_open {
                context.records().commit(&side.scope, &side.records).await?;
            }
        }
        Ok(())
    }

    async fn carry_side<R: Listed>(
        &self,
        context: &RunContext<'_>,
        side: &Side<R>,
        grants: &[Grant],
    ) -> Result<Carried> {
        let journal = Some(context.journal().as_ref());
        let mut prepared = self
            .prepare(side, (context.account(), grants), context.options(), journal)
            .await?;
        self.note_shares(context, side, &prepared.shares).await?;
        if side.kind == FolderKind::Mail {
            self.note_delegates(context, &prepared.work.items).await?;
        }
        let scope = context.scope(vec![side.log().to_owned()]);
        let known = context.records().open(&scope).await?;
        let (fates, records) = give(context, &mut prepared, &scope, &known).await?;
        let pieces = self.kinds(side).into_iter().map(|kind| {
            let items = prepared.work.items.iter().zip(&prepared.entries.items);
            let pieces = items.filter(|(item, _)| item.kind == kind).map(|(item, placed)| {
                let (state, findings) = decide::item(item, placed, &fates);
                let mut piece = Piece::new(&item.id, &item.original, state);
                piece.label.clone_from(&item.label);
                piece.findings = findings;
                if let (State::Moved | State::Present, Ok(keys)) = (state, placed) {
                    piece.proof = Some(decide::item_proof(&prepared.entries, keys));
                }
                piece
            });
            (entity_of(kind), pieces.collect())
        });
        Ok(Carried {
            pieces: pieces.collect(),
            scope,
            records,
            was_open: known.intent.is_some(),
        })
    }
}

/// Decides and carries out. What is about to be given is in the journal before it is. Returns what becomes of each entry, and what is to be
/// written down of those that this run gave or took away.
async fn give<R: AccessSet>(
    context: &RunContext<'_>,
    prepared: &mut Prepared<R>,
    scope: &ContainerKey,
    known: &ContainerRecords,
) -> Result<(BTreeMap<EntryKey, Fate>, Vec<(String, Record)>)> {
    let lists = prepared.look(known).await?;
    let wanted = prepared.entries.wanted.clone();
    let mut fates = decide::entries(&wanted, &lists, known);
    let giving: BTreeMap<&EntryKey, R> = wanted
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
            let taken = prepared.target.set(&key.folder, &key.identifier, R::default());
            taken.await.map_err(Error::at_target)?;
            records.push((key.to_string(), Record::new(State::Excluded)));
        }
    }
    Ok((fates, records))
}

/// What was read back. An entry that says something else is taken back, since it may say more.
async fn compare<R: AccessSet>(
    prepared: &mut Prepared<R>,
    told: &BTreeMap<String, List<R>>,
    key: &EntryKey,
    wanted: R,
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
            .set(&key.folder, &key.identifier, R::default())
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
