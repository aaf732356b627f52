//! A mail source of one's own: an archive that holds each account's messages as files `ADDRESS/NAME.eml`. Another
//! protocol is added the same way.
//!
//! `mail_source ARCHIVE OUT ann@corp.example` moves one account's mail from ARCHIVE into a bundle in OUT.

use std::{fs, io, path::PathBuf};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Error, ErrorKind, Migration, Result,
    message::{Flags, Listed, Message, Spool},
    sources::{MailFolder, MailReader, MailSource, Read, SourceCapabilities},
    targets::Bundle,
};

#[derive(Debug)]
pub(crate) struct Archive(pub(crate) PathBuf);

impl MailSource for Archive {
    fn describe(&self) -> String {
        format!("archive {}", self.0.display())
    }

    fn capabilities(&self) -> SourceCapabilities {
        let mut tells = SourceCapabilities::everything();
        (tells.flags, tells.keywords, tells.dates) = (false, false, false);
        tells
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn MailReader>>> {
        let mailbox = Box::new(Self(self.0.join(&account.mail)));
        Box::pin(async { Ok(mailbox as Box<dyn MailReader>) })
    }
}

impl MailReader for Archive {
    fn folders(&mut self) -> BoxFuture<'_, Result<Vec<MailFolder>>> {
        Box::pin(async { Ok(vec![MailFolder::named(vec!["Archive".to_owned()])]) })
    }

    fn list<'a>(&'a mut self, folder: &'a MailFolder) -> BoxFuture<'a, Result<Vec<Listed>>> {
        Box::pin(async {
            if folder.path != ["Archive"] {
                return Err(Error::new(ErrorKind::NotFound, "no such folder").at_source());
            }
            let files = fs::read_dir(&self.0).and_then(Iterator::collect::<io::Result<Vec<_>>>);
            let files = files.map_err(|error| Error::io("list", self.0.display(), error).at_source())?;
            let names = files
                .iter()
                .map(|file| file.file_name().to_string_lossy().into_owned());
            Ok(names.map(|name| Listed::new(name, 0, 0)).collect())
        })
    }

    fn read<'a>(
        &'a mut self,
        _: &'a MailFolder,
        listed: &'a [Listed],
        spool: &'a Spool,
    ) -> BoxFuture<'a, Result<Vec<Read>>> {
        let read = |listed: &Listed| {
            let octets = fs::read(self.0.join(&listed.id));
            let octets = octets.map_err(|error| Error::io("read", &listed.id, error).at_source())?;
            // The spool decides whether the octets stay in memory.
            let message = Message::new(Flags::default(), None, spool.take(octets.into())?);
            Ok(Read::Message(message, Vec::new()))
        };
        let read = listed.iter().map(read).collect();
        Box::pin(async { read })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [archive, out, address] = words.as_slice() else {
        return Err(Error::config("usage: mail_source ARCHIVE OUT ADDRESS"));
    };
    let migration = Migration::builder("out of the archive", out, vec![Account::new(address)])
        .mail(Archive(archive.into()), Bundle::new(out));
    migration.build().run(&CancellationToken::new()).await.map(drop)
}
