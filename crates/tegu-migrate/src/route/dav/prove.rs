//! Items that an import moved, proved again by the ledger and the server.

use super::DavRoute;
use crate::{
    Finding, Result,
    ledger::DavLedger,
    route::{Proof, ProveContext, Route as _},
};
use tegu_dav::ledger::Ledger as _;

pub(super) async fn prove(route: &DavRoute, context: &ProveContext<'_>) -> Result<Proof> {
    let entity = route.entity();
    let place = (entity, context.account().mail.as_str());
    let ledger = DavLedger::read_only(context.shared_journal(), entity, context.account());
    let mut proof = Proof::default();
    let urls = ledger.collections().await?;
    if urls.is_empty() {
        return Ok(proof);
    }
    let client = route.server.connect(context.account()).await?;
    for url in urls {
        let found = route
            .proving(&client, &url, &context.shared_journal(), context.account())
            .prove()
            .await?;
        proof.expected += found.expected;
        proof.proved += found.proved;
        for uid in found.missing.keys() {
            let missing = Finding::lossy("VERIFY-MISSING", "the server does not hold it any more");
            proof.flaw(place, &url, uid, missing);
        }
        for uid in found.changed.keys() {
            let changed = Finding::lossy(
                "VERIFY-CHANGED",
                "it has changed on the server since it was proved",
            );
            proof.flaw(place, &url, uid, changed);
        }
    }
    Ok(proof)
}
