//! What the races of `race.py` run: each job reads one file and prints seconds of the processor, megabytes a second and
//! the peak of its memory.
#![allow(clippy::print_stdout, clippy::print_stderr)]

use std::fs::File;
use std::io::BufReader;
use std::process::ExitCode;
use std::time::Instant;

use tegu_dav::split::{self, Options};
use tegu_dav::vcard::{self, Version};
use tegu_dav::{Limits, slim};

type Result<T, E = Box<dyn std::error::Error>> = std::result::Result<T, E>;

const USAGE: &str = "race-dav {lines|split|memory|cards|weigh|calcard|calcard-cards} FILE";

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    let [job, file] = &words[..] else {
        eprintln!("{USAGE}");
        return ExitCode::from(2);
    };
    match run(job, file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("race-dav: {error}");
            ExitCode::FAILURE
        }
    }
}

fn run(job: &str, file: &str) -> Result<()> {
    let size = std::fs::metadata(file)?.len() as f64 / 1e6;
    let limits = Limits::default();
    let begin = Instant::now();
    let (found, bytes) = match job {
        // Lines checked and regrouped, from a stream.
        "lines" => stream(file, &Options::new(limits).understanding(false))?,
        // Everything understood: dates, zones, series, addresses; changed resources read by calcard too.
        "split" => stream(file, &Options::new(limits))?,
        "memory" => {
            let split = split::calendar(&std::fs::read(file)?, &limits)?;
            (split.items.len(), split.items.iter().filter_map(|item| item.body.as_ref()).map(Vec::len).sum())
        }
        "cards" => {
            let split = vcard::cards(&std::fs::read(file)?, Version::V3, &limits)?;
            (split.items.len(), split.items.iter().filter_map(|item| item.body.as_ref()).map(Vec::len).sum())
        }
        "weigh" => (slim::weigh(BufReader::new(File::open(file)?), &limits)?.resources, 0),
        // The peer parses, and nothing more.
        "calcard" => {
            let text = std::fs::read_to_string(file)?;
            let mut parser = calcard::Parser::new(&text);
            let mut components = 0;
            while let calcard::Entry::ICalendar(calendar) = parser.entry() {
                components += calendar.components.len();
            }
            (components, 0)
        }
        "calcard-cards" => {
            let text = std::fs::read_to_string(file)?;
            let mut parser = calcard::Parser::new(&text);
            let mut cards = 0;
            while let calcard::Entry::VCard(_) = parser.entry() {
                cards += 1;
            }
            (cards, 0)
        }
        _ => return Err(USAGE.into()),
    };
    let (clock, cpu) = (begin.elapsed().as_secs_f64(), processor());
    println!(
        "{job:14} {found:8} found {:7.1} MB out {clock:7.2} s {:7.1} MB/s   cpu {cpu:6.2} s {:7.1} MB/s   peak {}",
        bytes as f64 / 1e6,
        size / clock,
        size / cpu.max(0.01),
        peak()
    );
    Ok(())
}

fn stream(file: &str, options: &Options) -> Result<(usize, usize)> {
    let (mut items, mut bytes) = (0, 0);
    for item in split::stream(BufReader::with_capacity(64 << 10, File::open(file)?), options)? {
        items += 1;
        bytes += item?.body.map_or(0, |body| body.len());
    }
    Ok((items, bytes))
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
    let fields = stat.rsplit(')').next().unwrap_or_default().split_whitespace().skip(11).take(2);
    fields.filter_map(|ticks| ticks.parse::<f64>().ok()).sum::<f64>() / 100.0
}
