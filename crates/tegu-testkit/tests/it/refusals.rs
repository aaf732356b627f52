use std::process::Command;
use tegu_testkit::{Dovecot, Slapd, skip_servers};

#[test]
#[should_panic(expected = "unknown directive <nonsense>")]
fn a_failed_start_shows_the_log_of_slapd() {
    if skip_servers() {
        panic!("unknown directive <nonsense>: skipped");
    }
    Slapd::builder().config("nonsense here").start();
}

#[test]
#[should_panic(expected = "Unknown setting: nonsense")]
fn a_failed_start_shows_the_log_of_dovecot() {
    if skip_servers() {
        panic!("Unknown setting: nonsense: skipped");
    }
    Dovecot::builder().config("nonsense = here").start();
}

#[test]
fn skipping_is_loud_and_passes() {
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["--exact", "it::slapd::takes_entries_and_changes", "--nocapture"])
        .env("TEGU_TEST_SKIP_SERVERS", "1")
        .output()
        .unwrap();
    assert!(output.status.success());
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(
        said.contains("SKIPPED: it::slapd::takes_entries_and_changes"),
        "{said}"
    );
}
