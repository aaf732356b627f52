//! Messages: those of tegu-imap's ledger by tegu-imap, others by what the target gives back.

use super::Case;
use crate::{
    Digest, Finding, Result,
    journal::{ContainerKey, RECORDS, Records},
    ledger::{self, ImapLedger},
};
use std::collections::HashMap;
use tegu_imap::{State, transfer::Transfer};

pub(super) async fn look(case: &mut Case<'_>) -> Result<()> {
    let Some((_, target)) = &case.shared.mail else {
        return Ok(());
    };
    let key = ledger::job_key(case.entity, case.account.id.clone());
    let logs = case.journal.logs(&key).await?;
    if let Some(server) = target
        .imap()
        .filter(|_| logs.iter().any(|log| log.kind == ledger::IMAP))
    {
        let ledger = ImapLedger::read_only(case.journal.clone(), key.clone());
        let report = Transfer::prove(&server.side(case.account)?, &ledger).await?;
        for folder in report.folders {
            prove(case, folder);
        }
    }
    let mut writer = None;
    for log in logs.iter().filter(|log| log.kind == RECORDS) {
        let scope = ContainerKey::of_log(&key, log);
        let opened = Records::read(case.journal.as_ref(), &scope).await?;
        let mut standing: Vec<(&String, Digest)> = opened
            .records
            .iter()
            .filter(|(_, record)| record.stands_on_target() && !record.on_target)
            .filter_map(|(id, record)| Some((id, record.proof.or(record.digest)?)))
            .collect();
        if standing.is_empty() {
            continue;
        }
        standing.sort();
        case.found.standing += standing.len() as u64;
        let container = scope.display();
        let open = match &mut writer {
            Some(open) => open,
            closed => closed.insert(target.open(case.account).await?),
        };
        let folder = match &opened.target {
            Some(name) => open.reopen(name).await?,
            None => None,
        };
        let Some(folder) = folder else {
            for (id, _) in standing {
                let gone = "its folder is not on the target any more".to_owned();
                case.flaw(&container, id, "VERIFY-CONTAINER-GONE", gone);
            }
            continue;
        };
        // Equal messages count as often as they are there.
        let mut stock: HashMap<Digest, u64> = HashMap::new();
        for stored in open.stored(&folder, None).await? {
            *stock.entry(stored.digest).or_default() += 1;
        }
        for (id, digest) in standing {
            match stock.get_mut(&digest).filter(|left| **left > 0) {
                Some(left) => {
                    *left -= 1;
                    case.found.proved += 1;
                }
                None => {
                    let missing = format!(
                        "the target holds no message of digest {} any more",
                        digest.short()
                    );
                    case.flaw(&container, id, "VERIFY-MISSING", missing);
                }
            }
        }
    }
    Ok(())
}

/// What tegu-imap says of a folder.
fn prove(case: &mut Case<'_>, folder: tegu_imap::transfer::FolderReport) {
    let container = folder.source.as_str();
    let flawed = folder
        .items
        .iter()
        .filter(|item| item.code.starts_with("IMAP-PROOF"));
    let failed = folder.tally.get(State::Failed).messages;
    let flaws = flawed.clone().count() as u64;
    case.found.proved += folder.verified;
    case.found.standing += folder.verified + flaws;
    for item in flawed {
        case.found.flaws.push(super::Flaw {
            entity: case.entity,
            account: case.account.mail.clone(),
            container: container.to_owned(),
            item: item.uid.to_string(),
            finding: Finding::lossy(item.code.clone(), item.text.clone()),
        });
    }
    if let Some(error) = folder.error {
        case.found.standing += failed;
        case.flaw(
            container,
            "",
            "VERIFY-CONTAINER-GONE",
            format!("{failed} messages: {error}"),
        );
    }
}
