//! Tests that sign in with Kerberos tickets. The system's library finds tickets by variables of the environment, so such a test runs in
//! a process of its own.

use std::process::Command;

/// Tells the test in the process what it works on.
const FACTS: &str = "TEGU_TEST_TICKETS";

/// Runs one test of this binary in a process whose environment names the tickets, and hands it `facts`, such as servers: one line each.
/// Panics with what the test said if it fails, or if there is no such test.
pub fn in_a_process(test: &str, facts: &[String], tickets: &[(&str, String)]) {
    let output = Command::new(std::env::current_exe().unwrap())
        .args([test, "--exact", "--nocapture"])
        .env(FACTS, facts.join("\n"))
        .envs(tickets.iter().cloned())
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        output.status.success() && said.contains("1 passed"),
        "{said}{told}"
    );
}

/// What [`in_a_process`] hands over; `None` in a test that was started by itself.
#[must_use]
pub fn facts() -> Option<Vec<String>> {
    let facts = std::env::var(FACTS).ok()?;
    Some(facts.lines().map(str::to_owned).collect())
}
