//! A migration inside a service: events go to whoever listens on a socket, a line of JSON each, and a listener may stop it.
//!
//! ```text
//! embed_service CONFIG.toml     says where it listens, and runs the job when somebody listens
//! ```
//!
//! ```console
//! $ nc 127.0.0.1 PORT
//! {"event":"container","account":"a.ivanova@romashka.test","entity":"mail","container":"Входящие","items":9}
//! stop
//! {"event":"ended","error":"the run was cancelled; start it again to go on"}
//! ```
//!
//! A listener that is slow misses events and is told how many; it never holds up the migration.

#![allow(clippy::print_stdout, reason = "a program that talks to a person")]

use serde_json::{Value, json};
use std::{io, path::PathBuf, sync::Arc};
use tegu_migrate::{CancellationToken, Config, Error, ErrorKind, Migration, Report, Result, State};
use tokio::{
    io::{AsyncBufReadExt, AsyncWriteExt, BufReader},
    net::{TcpListener, TcpStream},
    sync::watch,
    task::JoinSet,
};

/// What the service keeps of a migration.
struct Job {
    migration: Migration,
    cancel: CancellationToken,
    /// How it ended, when it has.
    ended: watch::Sender<Option<Value>>,
}

#[tokio::main]
async fn main() -> Result<()> {
    let config = std::env::args_os()
        .nth(1)
        .map(PathBuf::from)
        .ok_or_else(|| Error::new(ErrorKind::Config, "usage: embed_service CONFIG.toml"))?;
    let job = Arc::new(Job {
        migration: Config::from_file(&config)?.into_migration()?,
        cancel: CancellationToken::new(),
        ended: watch::Sender::new(None),
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(io_error)?;
    println!("listening on {}", listener.local_addr().map_err(io_error)?);

    let mut listeners = JoinSet::new();
    // Here the service waits for its first listener, so that nothing is missed; another would begin by itself.
    let (first, _) = listener.accept().await.map_err(io_error)?;
    listeners.spawn(serve(job.clone(), first));
    let running = tokio::spawn(run(job.clone()));
    let mut ended = job.ended.subscribe();
    loop {
        tokio::select! {
            accepted = listener.accept() => {
                let (stream, _) = accepted.map_err(io_error)?;
                listeners.spawn(serve(job.clone(), stream));
            }
            _ = outcome(&mut ended) => break,
        }
    }
    while listeners.join_next().await.is_some() {}
    let died = |error| Error::new(ErrorKind::Io, format!("the migration died: {error}"));
    running.await.map_err(died)
}

async fn run(job: Arc<Job>) {
    let outcome = match job.migration.run(&job.cancel).await {
        Ok(report) => sums(&report),
        Err(error) => json!({"event": "ended", "error": error.to_string()}),
    };
    job.ended.send_replace(Some(outcome));
}

fn sums(report: &Report) -> Value {
    let states = State::ALL.map(|state| (state.name().to_owned(), report.total(state).into()));
    let states = states.into_iter().collect::<serde_json::Map<_, _>>();
    json!({"event": "ended", "complete": report.is_complete(), "balances": report.balances(), "items": states})
}

/// Tells one listener what happens, until the end.
async fn serve(job: Arc<Job>, stream: TcpStream) {
    let mut events = job.migration.events();
    let mut ended = job.ended.subscribe();
    let (reader, mut writer) = stream.into_split();
    let mut commands = BufReader::new(reader).lines();
    let mut listening = true;
    loop {
        let told = tokio::select! {
            biased;
            command = commands.next_line(), if listening => {
                match command {
                    Ok(Some(command)) if command == "stop" => job.cancel.cancel(),
                    Ok(Some(_)) => {}
                    // Who says no more may listen on.
                    _ => listening = false,
                }
                continue;
            }
            Some(event) = events.next() => serde_json::to_value(event).ok(),
            last = outcome(&mut ended) => {
                let _ = send(&mut writer, &last).await;
                return;
            }
        };
        if let Some(told) = told
            && send(&mut writer, &told).await.is_err()
        {
            return;
        }
    }
}

/// How the migration ended, when it has.
async fn outcome(ended: &mut watch::Receiver<Option<Value>>) -> Value {
    let last = ended.wait_for(Option::is_some).await;
    last.ok().and_then(|last| last.clone()).unwrap_or_default()
}

async fn send(writer: &mut (impl AsyncWriteExt + Unpin), value: &Value) -> io::Result<()> {
    writer.write_all(format!("{value}\n").as_bytes()).await
}

fn io_error(error: io::Error) -> Error {
    Error::new(ErrorKind::Io, error.to_string())
}
