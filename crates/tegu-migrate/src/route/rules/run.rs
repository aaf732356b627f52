//! One mailbox onto its server.

use super::{FOLDER, KINDS, RulesRoute, SCRIPT, work::Prepared};
use crate::{
    Entity, Error, Result, State,
    journal::{Intent, Record},
    route::{Route as _, RunContext},
};
use tegu_outcome::file;
use tegu_sieve::{
    managesieve::Client,
    store::{Decision, carry_out, decide, leave_as_file},
};
use tegu_transfer::Piece;

impl RulesRoute {
    pub(super) async fn carry(&self, context: &RunContext<'_>) -> Result<()> {
        context.will_count(1);
        if self.surveyed().moves_mail {
            // Its route says how folders are called.
            context.after(Entity::Mail).await?;
        }
        let journal = Some(context.journal().as_ref());
        let mut prepared = self
            .prepare(context.account(), context.options(), journal)
            .await?;
        context.counted();
        let decision = match prepared.client.take() {
            Some(mut client) => upload(context, &mut client, &prepared)
                .await
                .map_err(Error::at_target)?,
            None => leave_as_file(&prepared.work),
        };
        let proof = decision.stands().then_some(prepared.digest);
        let kept = match proof {
            None => keep_script(context, &prepared)?,
            Some(_) => None,
        };
        for (kind, entity) in KINDS {
            let items = prepared.work.items.iter().zip(&decision.items);
            let pieces: Vec<Piece> = items
                .filter(|(item, _)| item.kind == kind)
                .map(|(item, ended)| {
                    let mut piece = Piece::new(&item.id, &item.original, ended.state);
                    piece.label.clone_from(&item.label);
                    piece.findings.clone_from(&ended.findings);
                    if item.state == State::Moved {
                        (piece.proof, piece.kept) = (proof, kept.clone());
                    }
                    piece
                })
                .collect();
            if !pieces.is_empty() || entity == self.entity() {
                context.pieces(entity, pieces).await?;
            }
        }
        Ok(())
    }
}

/// The script as a file of the job's directory, for whoever puts it on the server by hand.
fn keep_script(context: &RunContext<'_>, prepared: &Prepared) -> Result<Option<String>> {
    if !prepared.work.is_active() {
        return Ok(None);
    }
    let relative = format!("{FOLDER}/{}", prepared.work.file_name(context.account()));
    let text = prepared.work.text.as_bytes();
    file::write(&context.out().join(&relative), |out| out.write_all(text))?;
    Ok(Some(relative))
}

/// Decides and carries out. What is about to be sent is in the journal before it is sent, and that it stands there after it was read back.
async fn upload(context: &RunContext<'_>, client: &mut Client, prepared: &Prepared) -> Result<Decision> {
    let scope = context.scope(vec![SCRIPT.to_owned()]);
    let known = context.records().open(&scope).await?;
    let decision = decide(client, &prepared.work, &prepared.upload, prepared.before(&known)).await?;
    context.ready().await?;
    if decision.sends {
        context.charge(1, prepared.work.text.len() as u64).await?;
        let intent = Intent::new("", vec![(SCRIPT.to_owned(), prepared.digest)]);
        context.records().begin(&scope, &intent).await?;
    }
    let sends = decision.sends;
    let done = carry_out(client, &prepared.work, &prepared.upload, decision).await?;
    let proved = known.records.get(SCRIPT).and_then(|record| record.proof);
    let proof = if done.stands() {
        Some(prepared.digest)
    } else {
        proved
    };
    if known.intent.is_some() || sends || proof != proved {
        let state = if done.stands() {
            State::Moved
        } else {
            State::Manual
        };
        let mut record = Record::new(state);
        record.proof = proof;
        let records = [(SCRIPT.to_owned(), record)];
        context.records().commit(&scope, &records).await?;
    }
    Ok(done)
}
