//! Kills and faults, one after the other, and what is left of the mail: nothing lost, nothing twice, each message in the
//! state of an undisturbed run.
//!
//! ```text
//! soak [KILLS [SEED]]     1,000 and 1 unless told otherwise
//! ```
//!
//! A *life* is a mailbox that is copied to an empty one while the copier is disturbed several times. Afterwards it runs to
//! its end, what is late arrives, one more pass looks, and both sides are compared. Four lives run at a time, each on servers
//! of its own in memory. Delays are shorter than in life, and so are the copier's waits. The exit status is 1 if anything
//! was wrong.
#![allow(clippy::print_stdout, clippy::unwrap_used)]

mod copy;
mod life;
mod mail;

use std::collections::BTreeMap;
use std::process::ExitCode;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use life::{Lane, Verdict};
use mail::Random;

/// Lives at the same time.
const AT_ONCE: u64 = 4;

/// Lives with one mixture of faults and target.
#[derive(Debug, Default)]
struct Row {
    lives: u64,
    faults: u64,
    removed: u64,
    named: u64,
    sum: Verdict,
}

fn main() -> ExitCode {
    let words: Vec<String> = std::env::args().skip(1).collect();
    if words.first().is_some_and(|word| word == "copy") {
        return copy::main(&words[1..]);
    }
    let mut numbers = words.iter().map(|word| word.parse::<u64>().unwrap());
    let mut next = |default| numbers.next().unwrap_or(default);
    let (wanted, seed) = (next(1000), next(1));
    let (done, rows) = (AtomicU64::new(0), Mutex::new(BTreeMap::<String, Row>::new()));
    let start = Instant::now();
    std::thread::scope(|scope| {
        for number in 0..AT_ONCE {
            let (done, rows) = (&done, &rows);
            scope.spawn(move || {
                let mut random = Random::new(seed * AT_ONCE + number);
                let mut lane = Lane::start(number);
                while done.load(Ordering::SeqCst) < wanted {
                    let life = lane.live(&mut random);
                    done.fetch_add(life.faults, Ordering::SeqCst);
                    let mut rows = rows.lock().unwrap_or_else(PoisonError::into_inner);
                    let row = rows.entry(life.name).or_default();
                    row.lives += 1;
                    row.faults += life.faults;
                    row.removed += life.removed;
                    row.named += life.named;
                    row.sum.add(&life.verdict);
                }
            });
        }
    });
    let rows = rows.into_inner().unwrap_or_else(PoisonError::into_inner);
    println!(
        "| fault, target | lives | faults | late copies removed | named for a person | lost | twice | wrong state | out of order |"
    );
    println!("|---|---|---|---|---|---|---|---|---|");
    let mut all = Row::default();
    for (name, row) in &rows {
        print(name, row);
        all.lives += row.lives;
        all.faults += row.faults;
        all.removed += row.removed;
        all.named += row.named;
        all.sum.add(&row.sum);
    }
    print("all", &all);
    println!("{:.0} s, seed {seed}", start.elapsed().as_secs_f64());
    if all.sum.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    }
}

fn print(name: &str, row: &Row) {
    let sum = &row.sum;
    println!(
        "| {name} | {} | {} | {} | {} | {} | {} | {} | {} |",
        row.lives, row.faults, row.removed, row.named, sum.lost, sum.twice, sum.wrong_state, sum.out_of_order
    );
}
