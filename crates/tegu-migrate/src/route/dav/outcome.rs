//! From what tegu-dav tells of an import to the job's report.

use crate::{
    Event, Finding, Result, State, digest,
    journal::{ContainerKey, Record},
    report::Deletion,
    route::RunContext,
};
use tegu_dav::{
    ItemKind,
    import::{self, Import, Outcome, Source},
};
use tegu_transfer::{Originals, Readings, label};
use tokio::sync::mpsc;

/// An event that outlives the call of the observer.
enum ImportEvent {
    Started(String, u64),
    Finished(Box<Outcome>),
    Retrying(String),
    Gone(import::Deletion),
}

/// Runs an import, and passes on what happens while it happens.
pub(super) async fn run(
    context: &RunContext<'_>,
    scope: &ContainerKey,
    import: Import,
    source: &mut dyn Source,
) -> Result<(import::Report, Readings)> {
    let (sender, mut events) = mpsc::unbounded_channel();
    let import = import.observer(move |event| {
        let event = match event {
            import::Event::Started { document, items } => {
                ImportEvent::Started((*document).to_owned(), *items)
            }
            import::Event::Finished { outcome } => ImportEvent::Finished(Box::new((*outcome).clone())),
            import::Event::Retrying { error, .. } => ImportEvent::Retrying(error.to_string()),
            import::Event::Gone { deletion } => ImportEvent::Gone((*deletion).clone()),
            _ => return,
        };
        // The receiver lives as long as the run.
        let _ = sender.send(event);
    });
    let mut first_error = None;
    let mut readings = Readings::default();
    let mut pass_on = |event| {
        note(&mut readings, &event);
        match record(context, scope, event) {
            Ok(()) => {}
            Err(error) => {
                first_error.get_or_insert(error);
            }
        }
    };
    let ran = {
        let run = import.run_from(source);
        tokio::pin!(run);
        loop {
            tokio::select! {
                ran = &mut run => break ran,
                Some(event) = events.recv() => pass_on(event),
            }
        }
    };
    drop(import);
    while let Ok(event) = events.try_recv() {
        pass_on(event);
    }
    let report = ran?;
    first_error.map_or(Ok((report, readings)), Err)
}

/// Notes what came of a document.
fn note(readings: &mut Readings, event: &ImportEvent) {
    match event {
        ImportEvent::Started(document, items) => readings.read(document, *items),
        ImportEvent::Finished(outcome) if outcome.state == State::Failed => {
            readings.failed(&outcome.document);
        }
        _ => {}
    }
}

fn record(context: &RunContext<'_>, scope: &ContainerKey, event: ImportEvent) -> Result<()> {
    let collection = scope.display();
    let account = context.account().mail.clone();
    match event {
        ImportEvent::Started(document, items) => {
            context.document(scope, &document, items);
        }
        ImportEvent::Finished(outcome) => finished(context, scope, *outcome)?,
        ImportEvent::Retrying(error) => context.send(Event::FolderRetrying {
            account,
            container: collection,
            error,
        }),
        ImportEvent::Gone(gone) => {
            let finding = Finding::from(&gone.finding);
            context.deleted(
                scope,
                Deletion::new(&format!("{}/{}", gone.document, gone.uid), finding),
            );
        }
    }
    Ok(())
}

fn finished(context: &RunContext<'_>, scope: &ContainerKey, outcome: Outcome) -> Result<()> {
    // A document that could not be read was not announced. It may hold any number of items, so it does not pass for counted.
    if outcome
        .findings
        .iter()
        .any(|finding| matches!(finding, tegu_dav::Finding::Unread { .. }))
    {
        context.unread(scope, &outcome.document);
    }
    // What an earlier pass moved is present to this one.
    let state = match outcome.state {
        State::Present if outcome.ours => State::Moved,
        state => state,
    };
    let mut record = Record::new(state);
    record.bytes = outcome.octets;
    record.attempts = outcome.attempts.max(1);
    record.findings = outcome.reasons().collect();
    record.label = label::printable(&outcome.summary);
    if let Some(original) = outcome.original.as_deref().filter(|_| state == State::Manual) {
        let kept = context
            .originals()
            .keep(digest::of(original), extension(outcome.kind), original)?;
        record.original = Some(kept);
    }
    if let Some(digest) = &outcome.kept {
        record.original = kept(context.originals(), digest, outcome.kind);
    }
    let id = format!("{}\0{}", outcome.document, outcome.uid);
    let now = outcome.state == State::Moved;
    context.ended(scope, &id, &record, now);
    Ok(())
}

/// Where an original of this digest, as tegu-dav's ledger writes it, was kept by an earlier run.
pub(super) fn kept(originals: &Originals, digest: &str, kind: ItemKind) -> Option<String> {
    originals.kept(digest, extension(kind))
}

/// How the original is written.
fn extension(kind: ItemKind) -> &'static str {
    match kind {
        ItemKind::Event | ItemKind::Todo | ItemKind::Journal => "ics",
        ItemKind::Contact => "vcf",
        _ => "bin",
    }
}
