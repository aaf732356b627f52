//! The stand-in for Exchange Web Services, for people and other clients.
//!
//! Prints one line of JSON when it listens, and serves until it is stopped. The certificate of the authority stays in a temporary folder.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::process::ExitCode;
use std::time::Duration;
use tegu_testkit::exchange_ews::{ExchangeEws, ExchangeEwsBuilder, Fault, Version, organisation};

const USAGE: &str = "exchange_ews [--port N] [--seed N] [--mailboxes N] [--fault NAME] [--version NAME] [--latency MS] \
                     [--plain] [--extended-protection]";

fn main() -> ExitCode {
    let exchange = match options() {
        Ok(builder) => builder.start(),
        Err(problem) => {
            eprintln!("{problem}\n{USAGE}");
            return ExitCode::from(2);
        }
    };
    println!(
        "{}",
        serde_json::json!({
            "url": exchange.url(),
            "user": exchange.user(),
            "password": exchange.password(),
            "ca": exchange.ca(),
            "mailboxes": exchange.mailboxes(),
        })
    );
    loop {
        std::thread::sleep(Duration::from_secs(3600));
    }
}

fn options() -> Result<ExchangeEwsBuilder, String> {
    let mut builder = ExchangeEws::builder();
    let (mut seed, mut count, mut tls) = (1, 3, true);
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut value = || arguments.next().ok_or(format!("{argument} takes a value"));
        let number = |text: String| text.parse::<u64>().map_err(|_| format!("{text} is not a number"));
        match argument.as_str() {
            "--port" => {
                let port = u16::try_from(number(value()?)?).map_err(|_| "no such port")?;
                builder = builder.port(port);
            }
            "--seed" => seed = number(value()?)?,
            "--mailboxes" => count = number(value()?)? as usize,
            "--latency" => builder = builder.latency(Duration::from_millis(number(value()?)?)),
            "--fault" => {
                let name = value()?;
                let fault = Fault::named(&name).ok_or_else(|| {
                    let names: Vec<&str> = Fault::ALL.iter().map(|fault| fault.name()).collect();
                    format!("no fault is called {name}; there are: {}", names.join(" "))
                })?;
                builder = builder.fault(fault);
            }
            "--version" => {
                let name = value()?;
                let version = Version::ALL.into_iter().find(|version| version.name() == name);
                builder = builder.version(version.ok_or(format!("no version is called {name}"))?);
            }
            "--plain" => tls = false,
            "--extended-protection" => builder = builder.extended_protection(),
            _ => return Err(format!("{argument} is unknown")),
        }
    }
    let builder = if tls { builder.tls() } else { builder };
    let mailboxes = organisation(seed, count);
    let addresses = mailboxes.iter().map(|mailbox| mailbox.address().to_owned());
    let members: Vec<String> = addresses.collect();
    let members: Vec<&str> = members.iter().map(String::as_str).collect();
    let rooms = members.get(..1).unwrap_or_default();
    Ok(builder
        .mailboxes(mailboxes)
        .group("all@corp.example", "Все сотрудники", &members)
        .room_list("rooms@corp.example", "Переговорные", rooms))
}
