//! `mail_target EXPORT OUT ann@corp.example` moves one account's mail from mbox files in EXPORT to a target of one's own: a store
//! that holds messages as files `ADDRESS/FOLDER/NUMBER.eml`.

use std::{fs, io, path::PathBuf};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Error, Migration, Policy, Result, digest,
    mbox::tree::encode_component,
    message::{Flags, Keywords, Message},
    outcome::file,
    sources::{MailFiles, MailFolder},
    targets::{
        Access, Appended, MailTarget, MailWriter, Numbered, NumberedMailbox, Stored, TargetCapabilities,
    },
};

#[derive(Debug)]
pub(crate) struct Store(pub(crate) PathBuf);

impl MailTarget for Store {
    fn describe(&self) -> String {
        format!("store {}", self.0.display())
    }

    fn capabilities(&self) -> TargetCapabilities {
        let mut can = TargetCapabilities::everything();
        (can.flags, can.keywords, can.dates) = (false, Keywords::Only([].into()), false);
        can
    }

    fn open<'a>(&'a self, account: &'a Account, _: Access) -> BoxFuture<'a, Result<Box<dyn MailWriter>>> {
        let mailbox = Numbered::new(Self(self.0.join(&account.mail)), self.capabilities());
        Box::pin(async { Ok(Box::new(mailbox) as Box<dyn MailWriter>) })
    }
}

impl NumberedMailbox for Store {
    fn name(&self, folder: &MailFolder) -> String {
        encode_component(&folder.path.join("\0"))
    }

    fn numbers<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<Option<Vec<u64>>>> {
        let folder = self.0.join(name);
        let there = |number: &u64| folder.join(format!("{number}.eml")).exists();
        let numbers = folder.exists().then(|| (0..).take_while(there).collect());
        Box::pin(async { Ok(numbers) })
    }

    fn make<'a>(&'a mut self, name: &'a str) -> BoxFuture<'a, Result<()>> {
        let made = file::create_dir(&self.0.join(name)).map_err(|error| Error::io("make", name, error));
        Box::pin(async { made })
    }

    fn get<'a>(&'a mut self, name: &'a str, number: u64) -> BoxFuture<'a, Result<Stored>> {
        let octets = fs::read(self.0.join(format!("{name}/{number}.eml")));
        let octets = octets.map_err(|error| Error::io("read", name, error));
        Box::pin(async { Ok(Stored::new(digest::of_message(&octets?), Flags::default(), None)) })
    }

    fn put<'a>(&'a mut self, name: &'a str, message: &'a Message) -> BoxFuture<'a, Result<Appended>> {
        Box::pin(async move {
            let next = self.numbers(name).await?.map_or(0, |numbers| numbers.len());
            let place = self.0.join(format!("{name}/{next}.eml"));
            // Whole or not at all: into another file first, which is then renamed.
            file::write(&place, |out| io::copy(&mut message.body.reader(), out).map(drop))?;
            Ok(Appended::Stored)
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let [_, export, out, address] = &std::env::args().collect::<Vec<_>>()[..] else {
        return Err(Error::config("usage: mail_target EXPORT OUT ADDRESS"));
    };
    let store = Store(format!("{out}/store").into());
    let migration = Migration::builder("into the store", out, vec![Account::new(address)])
        .mail(MailFiles::new("{alias}", export), store)
        .policy(Policy::default().accept(["MAIL-FLAGS", "MAIL-KEYWORD", "MAIL-DATE"]));
    migration.build().run(&CancellationToken::new()).await.map(drop)
}
