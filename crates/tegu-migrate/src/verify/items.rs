//! Calendars and contacts.

use super::Case;
use crate::{
    Result, convert, digest,
    journal::{ContainerKey, RECORDS, Records},
    ledger,
};

/// Resources that are asked for at once.
const BATCH: usize = 100;

pub(super) async fn look(case: &mut Case<'_>) -> Result<()> {
    let Some((_, target)) = case.shared.items(case.entity) else {
        return Ok(());
    };
    let key = ledger::job_key(case.entity, case.account.id.clone());
    let mut writer = None;
    for log in case
        .journal
        .logs(&key)
        .await?
        .iter()
        .filter(|log| log.kind == RECORDS)
    {
        let scope = ContainerKey::of_log(&key, log);
        let opened = Records::read(case.journal.as_ref(), &scope).await?;
        let mut standing = opened
            .records
            .iter()
            .filter(|(_, record)| record.stands_on_target() && !record.on_target)
            .collect::<Vec<_>>();
        if standing.is_empty() {
            continue;
        }
        standing.sort_by_key(|(id, _)| *id);
        case.found.standing += standing.len() as u64;
        let container = scope.display();
        let open = match &mut writer {
            Some(open) => open,
            closed => closed.insert(target.open(case.account).await?),
        };
        let collection = match &opened.target {
            Some(name) if open.reopen(name).await? => name,
            _ => {
                for (id, _) in standing {
                    let gone = "its collection is not on the target any more".to_owned();
                    case.flaw(&container, id, "VERIFY-CONTAINER-GONE", gone);
                }
                continue;
            }
        };
        for batch in standing.chunks(BATCH) {
            let names = batch
                .iter()
                .map(|(id, record)| convert::name_on_target(record, id))
                .collect::<Vec<_>>();
            let found = open.get(collection, &names).await?;
            for ((id, record), found) in batch.iter().zip(found) {
                match (found, record.proof) {
                    (None, _) => {
                        case.flaw(
                            &container,
                            id,
                            "VERIFY-MISSING",
                            "the target does not hold it any more".into(),
                        );
                    }
                    (Some(_), None) => case.found.there += 1,
                    (Some(body), Some(proof)) if digest::of(&body) == proof => case.found.proved += 1,
                    (Some(_), Some(_)) => {
                        let changed = "it has changed on the target since it was proved".to_owned();
                        case.flaw(&container, id, "VERIFY-CHANGED", changed);
                    }
                }
            }
        }
    }
    Ok(())
}
