//! Lists what one mailbox of Exchange holds: each folder, its items by kind, and what could not be read. Nothing changes there.
//!
//! `PASSWORD=… list_mailbox https://mail.example.org/EWS/Exchange.asmx 'EXAMPLE\migration' anna@example.org`

use std::collections::BTreeMap;
use tegu_ews::{Credentials, Endpoint, Ews, Kind, Mailbox, Result};

/// What a folder holds.
#[derive(Debug, Default)]
pub(crate) struct Row {
    pub(crate) path: String,
    /// Items by the names of their kinds.
    pub(crate) items: BTreeMap<String, u64>,
    /// Items that the server did not give out, and why.
    pub(crate) problems: Vec<String>,
}

/// Reads all items of a mailbox.
pub(crate) async fn list(mailbox: &Mailbox) -> Result<Vec<Row>> {
    let mut rows = Vec::new();
    for place in mailbox.inventory().await?.folders {
        let mut row = Row {
            path: place.path.join("/"),
            ..Row::default()
        };
        let mut items = mailbox.items(&place);
        while let Some(batch) = items.next().await? {
            for read in batch {
                match read.item {
                    Ok(item) => *row.items.entry(name(item.kind)).or_default() += 1,
                    Err(problem) => row.problems.push(problem.to_string()),
                }
            }
        }
        rows.push(row);
    }
    Ok(rows)
}

fn name(kind: Kind) -> String {
    format!("{kind:?}").to_lowercase()
}

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, user, address] = arguments.as_slice() else {
        return Err("give a server, a user and a mailbox".into());
    };
    let credentials = Credentials::password(user.as_str(), std::env::var("PASSWORD")?);
    let exchange = Ews::connect(&Endpoint::new(url)?, &credentials).await?;
    for row in list(&exchange.impersonate(address.as_str())).await? {
        println!("{}: {:?}", row.path, row.items);
        for problem in row.problems {
            println!("    not read: {problem}");
        }
    }
    Ok(())
}
