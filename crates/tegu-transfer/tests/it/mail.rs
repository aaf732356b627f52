//! Messages, from any source to any target.

use crate::{
    job::Pass,
    mailboxes::{Folders, Source, Target},
};
use std::{
    sync::{Arc, atomic::Ordering},
    time::Duration,
};
use tegu_transfer::{CancellationToken, Entity, ErrorKind, MailRoute, PlanContext, Route as _, State, label};

fn message(subject: &str, body: &str) -> Vec<u8> {
    format!("From: anna@example.test\r\nSubject: {subject}\r\n\r\n{body}\r\n").into_bytes()
}

fn mailbox() -> Folders {
    let inbox = vec![
        message("one", "first"),
        message("two", "second"),
        message("one", "first"),
    ];
    [
        ("Inbox".to_owned(), inbox),
        ("Sent".to_owned(), vec![message("three", "third")]),
    ]
    .into()
}

#[tokio::test]
async fn a_run_does_what_its_plan_says_and_a_proof_finds_it() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let route = MailRoute::new(Source(mailbox()), target.clone());
    let pass = Pass::new(Entity::Mail);
    let planned = route
        .plan(&PlanContext::new(&pass.job.account, &pass.options))
        .await
        .unwrap();
    let planned = planned
        .containers
        .iter()
        .map(|row| (row.name.clone(), row.amounts.moves.items));
    assert_eq!(
        planned.collect::<Vec<_>>(),
        [("Inbox".to_owned(), 3), ("Sent".to_owned(), 1)]
    );
    assert_eq!(target.holds(), Folders::new(), "a plan changes nothing");

    let totals = pass.run(&route, scratch.path()).await;
    assert!(totals.counted && totals.worklist.is_empty());
    let moved = totals
        .containers
        .iter()
        .map(|row| (row.name.as_str(), row.counts.source, row.counts.moved));
    assert_eq!(moved.collect::<Vec<_>>(), [("Inbox", 3, 3), ("Sent", 1, 1)]);
    assert_eq!(target.holds(), mailbox());

    // Another pass finds all of it there.
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(totals.containers.iter().map(|row| row.moved_now).sum::<u64>(), 0);
    assert_eq!(target.holds(), mailbox());

    assert_eq!(pass.prove(&route).await.proved, 4);
    target.folders.lock().unwrap().get_mut("Sent").unwrap()[0] = message("three", "changed");
    let proof = pass.prove(&route).await;
    let flaws = proof
        .flaws
        .iter()
        .map(|flaw| (flaw.container.as_str(), flaw.item.as_str(), &*flaw.finding.code));
    assert_eq!(flaws.collect::<Vec<_>>(), [("Sent", "uid 0", "VERIFY-MISSING")]);
    assert_eq!((proof.expected, proof.proved), (4, 3));
}

#[tokio::test]
async fn work_that_is_dropped_half_way_is_resumed_and_nothing_is_there_twice() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let route = MailRoute::new(Source(mailbox()), target.clone());
    let pass = Pass::new(Entity::Mail);
    target.hangs.store(true, Ordering::SeqCst);
    let gate = Arc::new(pass.gate().await);
    let killed = pass.work(&route, &gate, scratch.path());
    tokio::time::timeout(Duration::from_millis(200), killed)
        .await
        .unwrap_err();
    assert_eq!(
        target.holds()["Inbox"].len(),
        3,
        "stored, and the journal does not know it"
    );
    let released = tegu_transfer::journal::Outcome::Released;
    pass.journal.finish(gate.lease(), &released).await.unwrap();

    target.hangs.store(false, Ordering::SeqCst);
    let totals = pass.run(&route, scratch.path()).await;
    assert_eq!(
        totals.containers.iter().map(|row| row.counts.moved).sum::<u64>(),
        4
    );
    assert_eq!(target.holds(), mailbox());
}

#[tokio::test]
async fn what_would_lose_something_is_kept_for_a_person() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let lossy = message("zero", "a\0b");
    let folders: Folders = [("Inbox".to_owned(), vec![lossy.clone(), message("two", "second")])].into();
    let route = MailRoute::new(Source(folders), target.clone());
    let totals = Pass::new(Entity::Mail).run(&route, scratch.path()).await;
    let [left] = &totals.worklist[..] else {
        panic!("{totals:?}")
    };
    assert_eq!((left.state, &*left.findings[0].code), (State::Manual, "MAIL-NUL"));
    assert_eq!(left.label, label::of_message(&lossy));
    let kept = scratch.path().join(left.original.as_deref().unwrap());
    assert!(kept.starts_with(scratch.path().join("worklist")));
    assert_eq!(std::fs::read(kept).unwrap(), lossy);
    assert_eq!(target.holds()["Inbox"], [message("two", "second")]);
}

#[tokio::test]
async fn a_cancelled_run_sends_nothing() {
    let (scratch, target) = (tempfile::tempdir().unwrap(), Target::default());
    let route = MailRoute::new(Source(mailbox()), target.clone());
    let (pass, cancel) = (Pass::new(Entity::Mail), CancellationToken::new());
    let gate = Arc::new(pass.gate().await.cancel(cancel.clone()));
    cancel.cancel();
    let error = pass.work(&route, &gate, scratch.path()).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::Cancelled);
    assert_eq!(target.holds(), Folders::new());
}
