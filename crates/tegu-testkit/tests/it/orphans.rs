use super::dovecot::alive;
use std::io::{BufRead as _, BufReader};
use std::process::{Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};
use tegu_testkit::{Cyrus, Dovecot, Radicale, SambaAd, Slapd, Xandikos, skip_servers};

/// Not a test by itself: what the test below runs as a process of its own, and kills.
#[test]
#[ignore = "it waits to be killed"]
#[allow(clippy::print_stdout)]
fn serves_until_killed() {
    let (dovecot, cyrus, slapd) = (Dovecot::start(), Cyrus::start(), Slapd::start());
    let (samba, radicale, xandikos) = (SambaAd::start(), Radicale::start(), Xandikos::start());
    let pids = [
        dovecot.pid(),
        cyrus.pid(),
        slapd.pid(),
        samba.pid(),
        radicale.pid(),
        xandikos.pid(),
    ];
    println!("\npids {pids:?} {}", slapd.dir().display());
    thread::sleep(Duration::from_secs(120));
}

#[test]
fn servers_end_with_a_killed_test() {
    if skip_servers() {
        return;
    }
    let mut child = Command::new(std::env::current_exe().unwrap())
        .args([
            "--exact",
            "it::orphans::serves_until_killed",
            "--ignored",
            "--nocapture",
        ])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let line = BufReader::new(child.stdout.take().unwrap())
        .lines()
        .map_while(Result::ok)
        .find(|line| line.starts_with("pids "))
        .expect("the servers start");
    let (pids, dir) = line.trim_start_matches("pids [").split_once("] ").unwrap();
    let pids: Vec<u32> = pids.split(", ").map(|pid| pid.parse().unwrap()).collect();
    assert!(pids.len() == 6 && pids.iter().all(|pid| alive(*pid)), "{line}");
    child.kill().unwrap();
    child.wait().unwrap();
    let deadline = Instant::now() + Duration::from_secs(20);
    while pids.iter().any(|pid| runs(*pid)) || std::path::Path::new(dir).exists() {
        let left: Vec<_> = pids.iter().filter(|pid| runs(**pid)).collect();
        assert!(
            Instant::now() < deadline,
            "left after the kill: {left:?} of {line}"
        );
        thread::sleep(Duration::from_millis(50));
    }
}

/// Alive, and not merely waiting for a parent to take note of its end.
fn runs(pid: u32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(") ")
        .is_some_and(|(_, rest)| !rest.starts_with('Z'))
}
