//! Copies a mailbox from one IMAP server to another. Run it again, and it goes on: after a crash, or with what is new.
//!
//! `OLD=… NEW=… copy_mailbox imaps://old.example.org anna imaps://new.example.org anna@example.org anna.ledger`

use std::sync::Arc;
use tegu_imap::{
    Credentials, Endpoint, Result, State,
    ledger::FileLedger,
    transfer::{Report, Side, Transfer, Verify},
};

/// Copies what is not there yet, and proves each message by the digest of what the target returns.
pub(crate) async fn copy(from: Side, to: Side, ledger: &str) -> Result<Report> {
    Transfer::new(from, to)
        .verify(Verify::Digest)
        .run(Arc::new(FileLedger::open(ledger)?))
        .await
}

/// One line for each state: the sums add up to what the source holds.
pub(crate) fn summary(report: &Report) -> String {
    let mut lines = String::new();
    for state in State::ALL {
        let count = report.tally.get(state);
        lines += &format!(
            "{:8} {:8} messages {:12} octets\n",
            state.name(),
            count.messages,
            count.octets
        );
    }
    for folder in &report.folders {
        for item in &folder.items {
            lines += &format!("{}: {} {}: {}\n", folder.source, item.state, item.code, item.text);
        }
    }
    lines
}

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [from, old_user, to, new_user, ledger] = arguments.as_slice() else {
        return Err(
            "give the old server, its user, the new server, its user, and a file for the ledger".into(),
        );
    };
    let side = |url: &str, user: &str, variable: &str| -> Result<Side, Box<dyn std::error::Error>> {
        let password = std::env::var(variable)?;
        Ok(Side::new(
            Endpoint::new(url)?,
            Credentials::password(user, password),
        ))
    };
    let report = copy(side(from, old_user, "OLD")?, side(to, new_user, "NEW")?, ledger).await?;
    print!("{}", summary(&report));
    Ok(())
}
