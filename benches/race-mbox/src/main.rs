//! One lane of the race: reads FILE in one way and says how many messages it found, in how many seconds.
//!
//! `race-mbox LANE FILE [OUT]`; `race-mbox make FILE BYTES [unquoted]` makes the file. `race.py` runs all lanes in turn.

mod hostile;
mod lane;
mod make;

use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    let outcome = match arguments.as_slice() {
        ["make", file, bytes, rest @ ..] => bytes
            .parse()
            .map_err(Into::into)
            .and_then(|bytes| make::write(Path::new(file), bytes, rest == ["unquoted"])),
        ["lanes"] => {
            lane::LANES.iter().for_each(|(name, _)| println!("{name}"));
            return ExitCode::SUCCESS;
        }
        [name, file, rest @ ..] => match lane::LANES.iter().find(|(lane, _)| lane == name) {
            Some((_, run)) => {
                let start = Instant::now();
                let out = rest.first().map(Path::new);
                run(Path::new(file), out).inspect(|_| println!("seconds {}", start.elapsed().as_secs_f64()))
            }
            None => Err(format!("no lane {name}").into()),
        },
        _ => Err(
            "usage: race-mbox LANE FILE [OUT] | race-mbox lanes | race-mbox make FILE BYTES [unquoted]"
                .into(),
        ),
    };
    match outcome {
        Ok(count) => {
            println!("messages {count}");
            ExitCode::SUCCESS
        }
        Err(error) => {
            eprintln!("error: {error}");
            ExitCode::from(1)
        }
    }
}
