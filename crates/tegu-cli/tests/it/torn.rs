//! Runs of the program that are killed until one comes through.

use crate::TEGU;
use std::{
    path::Path,
    process::{Child, Command, Output, Stdio},
    thread,
    time::Duration,
};

/// Starts `tegu WORDS CONFIG`.
pub(crate) fn start(words: &[&str], config: &Path) -> Child {
    Command::new(TEGU)
        .args(words)
        .arg(config)
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap()
}

/// Kills runs ever later, so that each phase is hit, until one comes through: the first after `first` milliseconds, each one `step`
/// later than the one before, and all up to `spread` later by chance. Returns how many were killed, and what the last one said.
pub(crate) fn until_it_comes_through(
    config: &Path,
    mut seed: u64,
    [first, step, spread]: [u64; 3],
) -> (u64, Output) {
    let mut kills = 0;
    loop {
        let mut child = start(&["run"], config);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        thread::sleep(Duration::from_millis(
            first + kills * step + (seed >> 33) % spread,
        ));
        if child.try_wait().unwrap().is_some() {
            return (kills, child.wait_with_output().unwrap());
        }
        child.kill().unwrap();
        child.wait().unwrap();
        kills += 1;
    }
}

/// Kills runs so often, each after less than `longest` by chance, and returns what a whole one says then. A run that comes through before
/// it is killed counts for nothing, and the ones behind it get half the time.
pub(crate) fn kill(config: &Path, mut seed: u64, kills: u32, mut longest: Duration) -> Output {
    let mut killed = 0;
    while killed < kills {
        let mut child = start(&["run"], config);
        seed = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
        thread::sleep(longest * (seed >> 44) as u32 / (1 << 20));
        if child.try_wait().unwrap().is_some() {
            longest /= 2;
        } else {
            child.kill().unwrap();
            killed += 1;
        }
        child.wait().unwrap();
    }
    start(&["run"], config).wait_with_output().unwrap()
}
