//! A mailbox on each side, in memory.

use std::{
    collections::BTreeMap,
    io::Read as _,
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
};
use tegu_transfer::{
    Account, BoxFuture, Result, digest,
    message::{Flags, Listed, Message, Spool},
    sources::{MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    targets::{Access, Appended, MailTarget, MailWriter, Mark, Stored, TargetCapabilities, TargetFolder},
};

/// Folders and the octets of their messages.
pub(crate) type Folders = BTreeMap<String, Vec<Vec<u8>>>;

#[derive(Clone, Debug)]
pub(crate) struct Source(pub(crate) Folders);

impl MailSource for Source {
    fn describe(&self) -> String {
        "the old mailbox".into()
    }

    fn capabilities(&self) -> SourceCapabilities {
        SourceCapabilities::everything()
    }

    fn open<'a>(&'a self, _: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn MailReader>) })
    }
}

impl MailReader for Source {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        let names = self.0.keys().map(|name| MailFolder::named(vec![name.clone()]));
        let folders = names.collect();
        Box::pin(async { Ok(folders) })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        let messages = self.0[&folder.display()].iter().zip(0..);
        let listed = messages.map(|(octets, n)| Listed::new(format!("uid {n}"), octets.len() as u64, n));
        let listed = listed.collect();
        Box::pin(async { Ok(listed) })
    }

    fn read<'a>(
        &'a mut self,
        folder: &'a MailFolder,
        messages: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        Box::pin(async move {
            let held = &self.0[&folder.display()];
            let read = messages.iter().map(|listed| {
                let body = spool.take(held[listed.locator as usize].clone().into())?;
                Ok(Read::Message(
                    Message::new(Flags::default(), None, body),
                    Vec::new(),
                ))
            });
            read.collect()
        })
    }
}

/// A mailbox that holds NUL octets only if it is told to, and can be made to hang when it has stored a batch.
#[derive(Clone, Debug, Default)]
pub(crate) struct Target {
    pub(crate) folders: Arc<Mutex<Folders>>,
    pub(crate) hangs: Arc<AtomicBool>,
}

impl Target {
    pub(crate) fn holds(&self) -> Folders {
        self.folders.lock().unwrap().clone()
    }

    fn folder(&self, name: &str) -> TargetFolder {
        match self.holds().get(name) {
            Some(stored) => TargetFolder::new(name, stored.len() as u64, self.capabilities()),
            None => TargetFolder::missing(name, self.capabilities()),
        }
    }
}

impl MailTarget for Target {
    fn describe(&self) -> String {
        "the new mailbox".into()
    }

    fn capabilities(&self) -> TargetCapabilities {
        let mut can = TargetCapabilities::everything();
        can.nul = false;
        can
    }

    fn open<'a>(&'a self, _: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        Box::pin(async { Ok(Box::new(self.clone()) as Box<dyn MailWriter>) })
    }
}

impl MailWriter for Target {
    fn look<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        let found = self.folder(&folder.display());
        Box::pin(async { Ok(found) })
    }

    fn prepare<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<TargetFolder>> {
        self.folders.lock().unwrap().entry(folder.display()).or_default();
        self.look(folder)
    }

    fn reopen<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<TargetFolder>>> {
        let found = Some(self.folder(name)).filter(|folder| folder.exists);
        Box::pin(async { Ok(found) })
    }

    fn stored<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        since: Option<&'a Mark>,
    ) -> BoxFuture<'a, Result<Vec<Stored>>> {
        let first = since.map_or(0, |mark| mark.as_str().parse().unwrap());
        let held = self.holds().remove(&folder.name).unwrap_or_default();
        let stored = held.iter().skip(first);
        let stored = stored.map(|octets| Stored::new(digest::of_message(octets), Flags::default(), None));
        let stored = stored.collect();
        Box::pin(async { Ok(stored) })
    }

    fn mark<'a>(&'a mut self, folder: &'a TargetFolder) -> BoxFuture<'a, Result<Mark>> {
        let end = self.folder(&folder.name).messages;
        Box::pin(async move { Ok(Mark::new(end.to_string())) })
    }

    fn append<'a>(
        &'a mut self,
        folder: &'a TargetFolder,
        messages: &'a [Message],
    ) -> BoxFuture<'a, Result<Vec<Appended>>> {
        Box::pin(async move {
            for message in messages {
                let mut octets = Vec::new();
                message.body.reader().read_to_end(&mut octets).unwrap();
                let mut folders = self.folders.lock().unwrap();
                folders.entry(folder.name.clone()).or_default().push(octets);
            }
            if self.hangs.load(Ordering::SeqCst) {
                std::future::pending::<()>().await;
            }
            Ok(vec![Appended::Stored; messages.len()])
        })
    }
}
