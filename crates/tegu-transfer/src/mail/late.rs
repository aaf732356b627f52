//! The end of a run: messages that were sent again may still arrive twice.

use super::{
    doubt::now,
    effects::Effects,
    walk::{Doubtful, FolderWalk},
};
use crate::{
    Account, ErrorKind, Result,
    sources::{MailReader, SourceCapabilities},
    targets::{MailWriter, TargetCapabilities},
};
use std::time::{Duration, Instant};

/// Waits for late copies as long as the limits say since their messages were sent, and removes them. What is left in doubt then is
/// told; later passes look again.
pub(super) async fn wait(
    effects: &mut Effects<'_>,
    account: &Account,
    reader: &mut dyn MailReader,
    writer: &mut dyn MailWriter,
    can: &(SourceCapabilities, TargetCapabilities),
    doubtful: &[Doubtful],
) -> Result<()> {
    let (started, lateness) = (Instant::now(), effects.lateness());
    let mut open = Vec::with_capacity(doubtful.len());
    for one in doubtful {
        let scope = effects.scope(account, &one.folder);
        open.push((one, effects.known(&scope).await?));
    }
    loop {
        let (mut wait, mut pause) = (Duration::ZERO, Duration::ZERO);
        for (one, opened) in &mut open {
            effects.ready().await?;
            let mut walk = FolderWalk::new(effects, account, &one.folder, can.clone());
            walk.doubts = std::mem::take(&mut opened.doubts);
            let looked = walk
                .look_again(reader, writer, &one.target, &mut opened.records, None)
                .await;
            opened.doubts = std::mem::take(&mut walk.doubts);
            match looked {
                Err(error) if stops(error.kind()) => return Err(error),
                Err(error) => {
                    tracing::warn!(folder = one.folder.display(), %error, "could not look for late copies");
                }
                Ok(()) => {
                    let last = opened.doubts.items.iter().map(|doubt| doubt.at).max();
                    let since = Duration::from_secs(now().saturating_sub(last.unwrap_or_default()));
                    wait = wait.max(lateness.saturating_sub(since));
                    pause = pause.max(effects.quiet(&one.target));
                }
            }
        }
        if wait.is_zero() || started.elapsed() >= lateness {
            break;
        }
        tokio::time::sleep(wait.min(pause)).await;
    }
    for (one, opened) in open {
        let scope = effects.scope(account, &one.folder);
        effects.notice(&scope, "MAIL-IN-DOUBT", opened.doubts.items.len() as u64);
    }
    Ok(())
}

/// Whether an error ends the run.
fn stops(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::Journal | ErrorKind::Io | ErrorKind::LeaseLost | ErrorKind::Cancelled
    )
}
