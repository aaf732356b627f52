//! Uploads an address book, and proves each card by reading it back. Run it again, and it goes on.
//!
//! `PASSWORD=… upload_contacts people.vcf https://dav.example.org/ anna people anna.ledger`

use std::{path::Path, sync::Arc};
use tegu_dav::{
    Limits, Result,
    client::{Client, Credentials, Endpoint, Kind},
    import::{Import, Report, State},
    ledger::FileLedger,
    vcard,
};

/// Fills the address book of this name, which is made if it does not exist.
pub(crate) async fn upload(client: Client, cards: &[u8], name: &str, ledger: &Path) -> Result<Report> {
    let cards = vcard::cards(cards, vcard::Version::V3, &Limits::default())?;
    Import::named(client, Kind::Contacts, name, name)
        .ledger(Arc::new(FileLedger::open(ledger)?))
        .run(cards.items)
        .await
}

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [file, url, user, name, ledger] = arguments.as_slice() else {
        return Err("give a file, a server, a user, a name, and a file for the ledger".into());
    };
    let credentials = Credentials::password(user.as_str(), std::env::var("PASSWORD")?);
    let client = Client::connect(&Endpoint::new(url)?, &credentials).await?;
    let report = upload(client, &std::fs::read(file)?, name, Path::new(ledger)).await?;
    for state in State::ALL {
        println!("{:8} {}", state.name(), report.count(state));
    }
    for item in report.manual() {
        println!("left for a person: {}", tegu_outcome::printable(&item.summary));
    }
    Ok(())
}
