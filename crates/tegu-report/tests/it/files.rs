//! Reports that are written, and read back.

use jiff::Timestamp;
use serde_json::{Value, json};
use std::{fs, path::Path};
use tegu_report::{AccountReport, ContainerReport, Entity, Problem, Report, State};

fn report(accounts: Vec<AccountReport>) -> Report {
    Report::builder("job", Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH)
        .accounts(accounts)
        .build()
}

fn anna() -> AccountReport {
    let mut inbox = ContainerReport::new(Entity::Mail, "INBOX");
    inbox.counts.expect(2);
    inbox.counts.add_many(State::Moved, 2);
    let mut anna = AccountReport::new("anna@example.test", "Anna");
    anna.containers.push(inbox);
    anna
}

fn boris() -> AccountReport {
    let mut boris = AccountReport::new("boris@example.test", "Boris");
    boris.problems.push(Problem::new(Entity::Mail, "refused"));
    boris.uncounted.push(Entity::Mail);
    boris
}

#[test]
fn what_is_not_counted_does_not_balance() {
    let whole = report(vec![anna()]);
    assert!(whole.balances() && whole.is_complete());
    let part = report(vec![anna(), boris()]);
    assert!(!part.balances() && !part.is_complete());
    let mail = part.entity(Entity::Mail).unwrap();
    assert_eq!((mail.counts.source, mail.uncounted), (2, 1));
    assert!(mail.counts.balances() && !mail.balances());
    assert!(part.entity(Entity::Calendars).unwrap().balances());
    let summary = part.summary();
    assert_eq!(
        (summary.balances, summary.complete, summary.uncounted),
        (false, false, 1)
    );
}

#[test]
fn a_report_is_read_as_it_was_written() {
    let scratch = tempfile::tempdir().unwrap();
    let job = scratch.path().join("job");
    assert!(Report::read_from(&job).unwrap().is_none());
    let written = report(vec![anna(), boris()]);
    written.write_to(&job).unwrap();
    let read = Report::read_from(&job).unwrap().unwrap();
    let json = |report: &Report| serde_json::to_value(report).unwrap();
    assert_eq!(json(&read), json(&written));
    let names = fs::read_dir(&job).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name()).collect();
    names.sort();
    assert_eq!(names, ["report.html", "report.json", "worklist.csv"]);
}

#[cfg(unix)]
#[test]
fn files_are_private() {
    use std::os::unix::fs::PermissionsExt;

    let scratch = tempfile::tempdir().unwrap();
    let job = scratch.path().join("job");
    report(vec![anna()]).write_to(&job).unwrap();
    let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&job), 0o700);
    for name in ["report.html", "report.json", "worklist.csv"] {
        assert_eq!(mode(&job.join(name)), 0o600, "{name}");
    }
}

#[test]
fn version_2_is_read() {
    let mut old = serde_json::to_value(report(vec![anna(), boris()])).unwrap();
    old["version"] = json!(2);
    for account in old["accounts"].as_array_mut().unwrap() {
        account.as_object_mut().unwrap().remove("uncounted");
    }
    for row in old["entities"].as_array_mut().unwrap() {
        row.as_object_mut().unwrap().remove("uncounted");
    }
    let read = Report::from_json(old.to_string().as_bytes()).unwrap();
    assert!(!read.balances());
    assert_eq!(
        read.uncounted()
            .map(|(account, entity)| (account.account.as_str(), entity))
            .collect::<Vec<_>>(),
        [("boris@example.test", Entity::Mail)]
    );
}

#[test]
fn sums_that_do_not_follow_from_the_accounts_are_not_believed() {
    let mut forged = serde_json::to_value(report(vec![boris()])).unwrap();
    forged["entities"] = json!([]);
    let read = Report::from_json(forged.to_string().as_bytes()).unwrap();
    assert!(!read.entity(Entity::Mail).unwrap().balances());
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut json = serde_json::to_value(report(vec![anna()])).unwrap();
        change(&mut json);
        Report::from_json(json.to_string().as_bytes())
            .unwrap_err()
            .to_string()
    };
    assert!(refused(&|json| json["version"] = json!(4)).contains("version 4"));
    let large = refused(&|json| json["accounts"][0]["containers"][0]["moved"] = json!(u64::MAX));
    assert!(large.contains("more items"), "{large}");
}
