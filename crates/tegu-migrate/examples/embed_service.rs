//! A migration inside a service: whoever connects is told what happens, a line of JSON each, and may stop it.
//!
//! `embed_service CONFIG.toml` says where it listens, and runs the job when somebody connects:
//!
//! ```console
//! $ nc 127.0.0.1 PORT
//! {"event":"container-started","entity":"mail","account":"a.ivanova@romashka.test","container":"Входящие","items":9}
//! stop
//! {"event":"finished","error":"the run was cancelled; start it again to go on"}
//! ```

#![allow(clippy::print_stdout, reason = "a program that talks to a person")]

use tegu_migrate::{CancellationToken, Config, Error, Event, Events, Result};
use tokio::{
    io::{self, AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{
        TcpListener,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
};

#[tokio::main]
async fn main() -> Result<()> {
    let config = std::env::args_os().nth(1);
    let config = config.ok_or_else(|| Error::config("usage: embed_service CONFIG.toml"))?;
    let migration = Config::from_file(config)?.into_migration()?;
    let (address, listener) = listen()
        .await
        .map_err(|error| Error::io("listen", "127.0.0.1", error))?;
    println!("listening on {address}");
    let (stream, _) = listener
        .accept()
        .await
        .map_err(|error| Error::io("accept", address, error))?;
    let (commands, listener) = stream.into_split();

    let cancel = CancellationToken::new();
    let told = tokio::spawn(tell(migration.events(), listener));
    tokio::spawn(obey(commands, cancel.clone()));
    let report = migration.run(&cancel).await;
    // The stream of events ends also after an error.
    let _ = told.await;
    let report = report?;
    println!(
        "complete: {}; adds up: {}",
        report.is_complete(),
        report.balances()
    );
    Ok(())
}

async fn listen() -> io::Result<(std::net::SocketAddr, TcpListener)> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    Ok((listener.local_addr()?, listener))
}

/// A listener that is slow misses events and is told how many; one that goes away does not hold up the migration either.
async fn tell(mut events: Events, mut listener: OwnedWriteHalf) -> io::Result<()> {
    while let Some(event) = events.next().await {
        let line = serde_json::to_string(&event)? + "\n";
        listener.write_all(line.as_bytes()).await?;
        if matches!(event, Event::Finished { .. }) {
            break;
        }
    }
    Ok(())
}

/// After `stop` the run ends behind the current message or batch. The next run goes on from there.
async fn obey(commands: OwnedReadHalf, cancel: CancellationToken) -> io::Result<()> {
    let mut commands = BufReader::new(commands).lines();
    while let Some(command) = commands.next_line().await? {
        if command == "stop" {
            cancel.cancel();
        }
    }
    Ok(())
}
