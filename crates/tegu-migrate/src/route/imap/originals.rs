//! The originals of messages that tegu-imap left to a person.

use crate::{
    Finding, ImapServer, Result, State,
    journal::{ContainerKey, Record},
    route::RunContext,
};
use std::collections::HashMap;
use tegu_imap::{MailboxName, Session, Uid, UidSet, session::Part, transfer::FolderReport, wire::Body};
use tegu_transfer::{Original, label};

/// Larger messages go to the disk while they come.
const HELD: u64 = 1 << 20;

/// Fetches what is to be kept, over a connection that is made when the first is.
pub(super) struct ManualOriginals<'a> {
    context: &'a RunContext<'a>,
    server: &'a ImapServer,
    session: Option<Session>,
}

impl<'a> ManualOriginals<'a> {
    pub(super) fn new(context: &'a RunContext<'a>, server: &'a ImapServer) -> Self {
        Self {
            context,
            server,
            session: None,
        }
    }

    /// What is kept of a folder's messages; those that an earlier pass kept are not fetched again.
    pub(super) async fn of(
        &mut self,
        scope: &ContainerKey,
        folder: &FolderReport,
    ) -> Result<HashMap<Uid, Record>> {
        let manual = folder.items.iter().filter(|item| item.state == State::Manual);
        let manual = manual.map(|item| (item.uid, item)).collect::<HashMap<_, _>>();
        if manual.is_empty() {
            return Ok(HashMap::new());
        }
        let context = self.context;
        let (session, generation) = self.open(&folder.source).await?;
        let id = |uid: Uid| format!("{generation}:{}", uid.get());
        let mut known = context.records().open(scope).await?.records;
        let mut kept = HashMap::new();
        let mut wanted = UidSet::new();
        for uid in manual.keys() {
            match known.remove(&id(*uid)) {
                Some(record) => {
                    kept.insert(*uid, record);
                }
                None => {
                    wanted.insert(*uid);
                }
            }
        }
        let mut fresh = fetch(context, session, &wanted).await?;
        let mut records = Vec::with_capacity(wanted.len() as usize);
        for uid in wanted.iter() {
            // One that the source does not give out has no original.
            let mut record = fresh.remove(&uid).unwrap_or_else(|| Record::new(State::Manual));
            if let Some(item) = manual.get(&uid) {
                record.findings = vec![Finding::lossy(item.code.clone(), item.text.clone())];
                record.on_target = item.code.starts_with("IMAP-PROOF");
            }
            records.push((id(uid), record.clone()));
            kept.insert(uid, record);
        }
        if !records.is_empty() {
            context.records().commit(scope, &records).await?;
        }
        Ok(kept)
    }

    /// Opens the folder for reading, and tells the generation of its UIDs.
    async fn open(&mut self, name: &MailboxName) -> Result<(&mut Session, u32)> {
        let session = match self.session.take() {
            Some(session) => session,
            None => self.server.connect(self.context.account()).await?,
        };
        let session = self.session.insert(session);
        let selected = session.examine(name).await?;
        Ok((session, selected.uid_validity.get()))
    }

    pub(super) async fn close(self) {
        if let Some(session) = self.session {
            // What is kept is kept; a server that does not say goodbye changes nothing.
            let _ = session.logout().await;
        }
    }
}

async fn fetch(
    context: &RunContext<'_>,
    session: &mut Session,
    wanted: &UidSet,
) -> Result<HashMap<Uid, Record>> {
    let mut kept = HashMap::new();
    if wanted.is_empty() {
        return Ok(kept);
    }
    let mut large = None;
    let mut parts = session.fetch_parts(wanted, HELD).await?;
    while let Some(part) = parts.next().await? {
        match part {
            Part::Whole(fetched) => {
                if let Body::Whole(body) = fetched.body {
                    context.charge(0, body.len() as u64).await?;
                    let mut file = context.originals().begin()?;
                    file.write(&body)?;
                    kept.insert(fetched.uid, settle(file.finish()?));
                }
            }
            Part::Begin(head) => large = Some((head.uid, context.originals().begin()?)),
            Part::Octets(octets) => {
                context.charge(0, octets.len() as u64).await?;
                if let Some((_, file)) = &mut large {
                    file.write(&octets)?;
                }
            }
            Part::End(_) => {
                if let Some((uid, file)) = large.take() {
                    kept.insert(uid, settle(file.finish()?));
                }
            }
            _ => {}
        }
    }
    Ok(kept)
}

fn settle(original: Original) -> Record {
    let mut record = Record::new(State::Manual);
    record.bytes = original.octets;
    record.digest = Some(original.digest);
    record.label = label::of_message(&original.head);
    record.original = Some(original.path);
    record
}
