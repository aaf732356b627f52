//! A source of contacts of one's own: a table of a customer database, `account;number;name;address` in each line.
//!
//! `item_source TABLE OUT ann@corp.example` moves one account's contacts into a bundle in OUT. Calendars come the same way.

use std::{fs, path::PathBuf};
use tegu_migrate::{
    Account, BoxFuture, CancellationToken, Error, ErrorKind, Migration, Result,
    sources::{Collection, Document, Format, ItemReader, ItemSource, ItemSourceCapabilities, ReadDocument},
    targets::Bundle,
};

/// The table.
#[derive(Debug)]
pub(crate) struct Customers(pub(crate) PathBuf);

/// The lines of one account, as number, name and address.
struct Contacts(Vec<[String; 3]>);

impl ItemSource for Customers {
    fn describe(&self) -> String {
        format!("customers in {}", self.0.display())
    }

    fn capabilities(&self) -> ItemSourceCapabilities {
        ItemSourceCapabilities::everything()
    }

    fn open<'a>(&'a self, account: &'a Account) -> BoxFuture<'a, Result<Box<dyn ItemReader>>> {
        Box::pin(async {
            let table = fs::read_to_string(&self.0);
            let table = table.map_err(|error| Error::io("read", self.0.display(), error).at_source())?;
            let lines = table
                .lines()
                .filter_map(|line| line.strip_prefix(&account.mail)?.strip_prefix(';'));
            let contact = |line: &str| {
                let mut fields = line
                    .splitn(3, ';')
                    .map(|field| field.replace('\\', r"\\").replace(',', r"\,"));
                std::array::from_fn(|_| fields.next().unwrap_or_default())
            };
            Ok(Box::new(Contacts(lines.map(contact).collect())) as Box<dyn ItemReader>)
        })
    }
}

impl ItemReader for Contacts {
    fn collections(&mut self) -> BoxFuture<'_, Result<Vec<Collection>>> {
        let cards = self
            .0
            .iter()
            .map(|[number, ..]| Document::new(number, Format::Card));
        let book = Collection::new("Customers", cards.collect());
        Box::pin(async { Ok(vec![book]) })
    }

    fn read<'a>(&'a mut self, _: &'a Collection, card: &'a Document) -> BoxFuture<'a, Result<ReadDocument>> {
        Box::pin(async {
            let found = self.0.iter().find(|[number, ..]| *number == card.id);
            let [number, name, address] =
                found.ok_or_else(|| Error::new(ErrorKind::NotFound, "no such customer").at_source())?;
            Ok(ReadDocument::new(format!(
                "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:customer-{number}\r\nFN:{name}\r\nN:{name};;;;\r\nEMAIL:{address}\r\nEND:VCARD\r\n"
            )))
        })
    }
}

#[tokio::main]
async fn main() -> Result<()> {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [table, out, address] = words.as_slice() else {
        return Err(Error::config("usage: item_source TABLE OUT ADDRESS"));
    };
    let migration = Migration::builder("customers", out, vec![Account::new(address)])
        .contacts(Customers(table.into()), Bundle::contacts(out));
    migration.build().run(&CancellationToken::new()).await.map(drop)
}
