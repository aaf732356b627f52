//! Our client, and the bare pass.

use crate::{Result, serve};
use std::io::Read as _;
use std::time::Instant;
use tegu_ews::client::Options;
use tegu_ews::xml::Splitter;
use tegu_ews::{Credentials, Endpoint, Ews, Kind, Limits, response};
use tegu_message::Spool;

const PASSWORD: &str = "secret";
/// How often recorded answers are read: the kernel counts processor time in hundredths of a second, and one pass takes few of them.
const PASSES: u32 = 20;

async fn connect(url: &str) -> Result<Ews> {
    let account = Credentials::password("CORP\\mover", PASSWORD.to_owned());
    Ok(Ews::connect_with(&Endpoint::new(url)?, &account, Options::default()).await?)
}

fn runtime() -> Result<tokio::runtime::Runtime> {
    Ok(tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()?)
}

/// Reads everything, and converts what is not mail.
pub(crate) fn read(url: &str, address: &str) -> Result<()> {
    let begin = Instant::now();
    let (mail, events, contacts, octets) = runtime()?.block_on(async {
        let ews = connect(url).await?;
        let mailbox = ews.impersonate(address);
        let (mut mail, mut events, mut contacts, mut octets) = (0, 0, 0, 0);
        for place in mailbox.inventory().await?.folders {
            let mut items = mailbox.items(&place);
            while let Some(batch) = items.next().await? {
                for read in batch {
                    let item = read.item?;
                    if item.kind == Kind::Mail {
                        octets += std::io::copy(&mut item.content()?.reader(), &mut std::io::sink())?;
                        mail += 1;
                        continue;
                    }
                    let kind = item.kind;
                    mailbox
                        .convert(item)
                        .await?
                        .ok_or("an item that is not converted")?;
                    if kind == Kind::Event {
                        events += 1;
                    } else {
                        contacts += 1;
                    }
                }
            }
        }
        Ok::<_, Box<dyn std::error::Error>>((mail, events, contacts, octets))
    })?;
    report(
        &format!("{mail} messages, {events} events, {contacts} contacts, {octets} octets of mail"),
        begin,
    );
    Ok(())
}

/// A pass over mailboxes in which nothing has changed, and the pass before it, which is not measured.
pub(crate) fn quiet(url: &str, mailboxes: usize) -> Result<()> {
    runtime()?.block_on(async {
        let ews = connect(url).await?;
        let mut states = Vec::new();
        for number in 0..mailboxes {
            let mailbox = ews.impersonate(format!("user{number}@corp.example"));
            for place in mailbox.inventory().await?.folders {
                let mut listing = mailbox.listing(&place.folder);
                while listing.next().await?.is_some() {}
                let state = listing.state().ok_or("a folder without a state")?.to_owned();
                states.push((mailbox.clone(), place.folder, state));
            }
        }
        // race.py asks the server for its count of requests here and at the end.
        println!("{} folders", states.len());
        std::io::stdin().read_exact(&mut [0])?;
        let begin = Instant::now();
        let lanes: Vec<_> = states
            .into_iter()
            .map(|(mailbox, folder, state)| {
                tokio::spawn(async move {
                    let mut listing = mailbox.changes(&folder, state);
                    let mut count = 0;
                    while let Some(changes) = listing.next().await? {
                        count += changes.len();
                    }
                    Ok::<usize, tegu_ews::Error>(count)
                })
            })
            .collect();
        let mut count = 0;
        for lane in lanes {
            count += lane.await??;
        }
        report(&format!("{count} changes"), begin);
        Ok(())
    })
}

/// Writes the answers of a pass of our client into a file, one after another.
pub(crate) fn record(file: &str, [messages, events, contacts]: [usize; 3]) -> Result<()> {
    let exchange = serve::builder(messages, events, contacts, 1).record().start();
    read(exchange.url(), "user0@corp.example")?;
    let answers: String = exchange
        .exchanges()
        .into_iter()
        .map(|(_, answer)| answer)
        .collect();
    std::fs::write(file, &answers)?;
    println!("{} octets of answers", answers.len());
    Ok(())
}

/// What begins each of the recorded answers.
const PROLOGUE: &str = "<?xml version=\"1.0\" encoding=\"utf-8\"?>";
/// Octets within which an answer names its operation.
const HEAD: usize = 2 << 10;
/// Octets of an answer that come at once.
const PIECE: usize = 64 << 10;

/// A pass of quick-xml over recorded answers that looks at nothing.
pub(crate) fn bare(file: &str) -> Result<()> {
    pass(file, "events", |document| {
        let mut reader = quick_xml::Reader::from_str(document);
        let mut events = 0;
        while !matches!(reader.read_event()?, quick_xml::events::Event::Eof) {
            events += 1;
        }
        Ok(events)
    })
}

/// Our reader over recorded answers: every part and item of them, and all octets of messages.
pub(crate) fn answers(file: &str) -> Result<()> {
    let limits = Limits::default();
    pass(file, "parts", |document| {
        let spool = Spool::new(std::env::temp_dir());
        let mut splitter = Splitter::new(&spool, &limits);
        for piece in document.as_bytes().chunks(PIECE) {
            splitter.push(piece)?;
        }
        let raw = splitter.finish()?;
        let head = document.get(..HEAD).unwrap_or(document);
        if !head.contains("GetItemResponse") {
            return Ok(response::read(&raw, &limits, |_| Ok(()))?.parts.len());
        }
        let items = response::items(&raw, &limits)?.parts;
        for item in &items {
            if let Ok(item) = item
                && item.kind == Kind::Mail
            {
                let mut content = item.content()?.reader();
                while content.piece()?.is_some() {}
            }
        }
        Ok(items.len())
    })
}

fn pass(file: &str, what: &str, mut each: impl FnMut(&str) -> Result<usize>) -> Result<()> {
    let octets = std::fs::read(file)?;
    let text = std::str::from_utf8(&octets)?;
    let documents: Vec<&str> = text
        .split(PROLOGUE)
        .filter(|document| !document.is_empty())
        .collect();
    let begin = Instant::now();
    let (mut count, at) = (0, processor());
    for _ in 0..PASSES {
        count = 0;
        for document in &documents {
            count += each(document)?;
        }
    }
    let passes = f64::from(PASSES);
    let cpu = (processor() - at) / passes;
    println!(
        "{count} {what}, {:.0} MB: {:.3} s, processor {cpu:.3} s, {:.3} s/GB",
        octets.len() as f64 / 1e6,
        begin.elapsed().as_secs_f64() / passes,
        cpu / (octets.len() as f64 / 1e9),
    );
    Ok(())
}

fn report(what: &str, begin: Instant) {
    println!(
        "{what}: {:.2} s, processor {:.2} s, peak {}",
        begin.elapsed().as_secs_f64(),
        processor(),
        peak()
    );
}

/// Most that the process has held.
fn peak() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    line.unwrap_or("?").trim().to_owned()
}

/// Seconds of the processor that the process has used.
fn processor() -> f64 {
    let stat = std::fs::read_to_string("/proc/self/stat").unwrap_or_default();
    let fields = stat
        .rsplit(')')
        .next()
        .unwrap_or_default()
        .split_whitespace()
        .skip(11)
        .take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
