//! Lists the folders of a mailbox with the number of their messages. Nothing on the server changes.
//!
//! `PASSWORD=… list_folders imaps://mail.example.org anna`

use tegu_imap::{Credentials, Endpoint, Result, Session, Uid};

/// Name, messages and octets of each folder.
pub(crate) async fn folders(
    endpoint: &Endpoint,
    credentials: &Credentials,
) -> Result<Vec<(String, usize, u64)>> {
    let mut session = Session::connect(endpoint, credentials).await?;
    let mut folders = Vec::new();
    for mailbox in session.list().await?.iter().filter(|mailbox| mailbox.selectable) {
        session.examine(&mailbox.name).await?;
        let snapshot = session.snapshot(Uid::MIN).await?;
        let octets = snapshot.entries.iter().map(|entry| entry.size).sum();
        folders.push((mailbox.name.to_string(), snapshot.entries.len(), octets));
    }
    session.logout().await?;
    Ok(folders)
}

#[tokio::main]
#[allow(clippy::print_stdout)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [url, user] = arguments.as_slice() else {
        return Err("give a server and a user".into());
    };
    let credentials = Credentials::password(user.as_str(), std::env::var("PASSWORD")?);
    for (name, messages, octets) in folders(&Endpoint::new(url)?, &credentials).await? {
        println!("{messages:8} messages {octets:12} octets  {name}");
    }
    Ok(())
}
