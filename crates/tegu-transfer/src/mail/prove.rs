//! Messages that were moved, proved again by what the target gives back.

use crate::{
    Digest, Entity, Finding, Proof, ProveContext, Result,
    job::job_key,
    journal::{ContainerKey, RECORDS, Records},
    targets::{Access, MailTarget},
};
use std::collections::HashMap;

pub(super) async fn prove(target: &dyn MailTarget, context: &ProveContext<'_>) -> Result<Proof> {
    let place = (Entity::Mail, context.account().mail.as_str());
    let key = job_key(Entity::Mail, context.account().id.clone());
    let logs = context.journal().logs(&key).await?;
    let mut proof = Proof::default();
    let mut writer = None;
    for log in logs.iter().filter(|log| log.kind == RECORDS) {
        let scope = ContainerKey::of_log(&key, log);
        let opened = Records::read(context.journal(), &scope).await?;
        let mut expected: Vec<(&String, Digest)> = opened
            .records
            .iter()
            .filter(|(_, record)| record.stands_on_target() && !record.on_target)
            .filter_map(|(id, record)| Some((id, record.proof.or(record.digest)?)))
            .collect();
        if expected.is_empty() {
            continue;
        }
        expected.sort();
        proof.expected += expected.len() as u64;
        let container = scope.display();
        let open = match &mut writer {
            Some(open) => open,
            closed => closed.insert(target.open(context.account(), Access::Read).await?),
        };
        let folder = match &opened.target {
            Some(name) => open.reopen(name).await?,
            None => None,
        };
        let Some(folder) = folder else {
            for (id, _) in expected {
                let gone = Finding::lossy(
                    "VERIFY-CONTAINER-GONE",
                    "its folder is not on the target any more",
                );
                proof.flaw(place, &container, id, gone);
            }
            continue;
        };
        // Equal messages count as often as they are there.
        let mut stored_there: HashMap<Digest, u64> = HashMap::new();
        for stored in open.stored(&folder, None).await? {
            *stored_there.entry(stored.digest).or_default() += 1;
        }
        for (id, digest) in expected {
            match stored_there.get_mut(&digest).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    proof.proved += 1;
                }
                None => {
                    let missing = format!(
                        "the target holds no message of digest {} any more",
                        digest.short()
                    );
                    proof.flaw(place, &container, id, Finding::lossy("VERIFY-MISSING", missing));
                }
            }
        }
    }
    Ok(proof)
}
