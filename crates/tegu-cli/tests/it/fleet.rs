//! Two hundred accounts of fifty messages.

use crate::{crowd, scene::Scene};
use std::{fs, process::Command};
use tegu_migrate::{CancellationToken, Config, Entity};
use tegu_testkit::{Dovecot, imap::Client};

const ACCOUNTS: usize = 200;
const MESSAGES: usize = 50;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_hundred_accounts() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let memory = std::path::Path::new("/dev/shm");
    let store = if memory.is_dir() {
        memory.to_owned()
    } else {
        std::env::temp_dir()
    };
    let (source, target) = (
        Dovecot::builder().store_in(&store).start(),
        Dovecot::builder().store_in(&store).start(),
    );
    crowd::fill(source.port(), ACCOUNTS, MESSAGES, 8_000);
    let scene = Scene::new();
    crowd::write(&scene, ACCOUNTS);
    let head = crowd::head("job");
    let config = format!(
        "{head}[mail]\nsource = {}\ntarget = {}\n[limits]\nconnections = 1\n",
        crowd::end(source.port(), ""),
        crowd::end(target.port(), "")
    );
    let migration = || {
        Config::from_toml(&config, scene.root.path().to_owned())
            .unwrap()
            .into_migration()
            .unwrap()
    };
    let cancel = CancellationToken::new();

    // First it is cancelled on the way: it ends at a safe point, and the next run goes on.
    let first = migration();
    let mut events = first.events();
    let stop = CancellationToken::new();
    let stopper = stop.clone();
    let listener = tokio::spawn(async move {
        let mut finished = 0;
        while let Some(event) = events.next().await {
            finished += u32::from(matches!(event, tegu_migrate::Event::JobFinished { .. }));
            if finished == 20 {
                stopper.cancel();
            }
        }
        finished
    });
    let error = first.run(&stop).await.unwrap_err();
    assert_eq!(error.kind(), tegu_migrate::ErrorKind::Cancelled);
    drop(first);
    let finished = listener.await.unwrap();
    assert!((20..60).contains(&finished), "{finished}");

    let second = migration();
    let report = second.run(&cancel).await.unwrap();
    drop(second);
    assert!(report.complete && report.balances());
    let mail = report.entity(Entity::Mail).unwrap().counts;
    let all = (ACCOUNTS * MESSAGES) as u64;
    assert_eq!(
        (mail.source, mail.moved, mail.manual, mail.failed),
        (all, all, 0, 0)
    );
    crowd::assert_same(source.port(), target.port(), ACCOUNTS);
    let size = fs::metadata(scene.path("job/journal.redb")).unwrap().len();
    println!("the journal of {all} messages in {ACCOUNTS} accounts: {size} octets");

    // What changes on the source is followed.
    let mut client = Client::login(source.port(), &crowd::alias(7), Dovecot::password()).unwrap();
    client
        .append(
            "INBOX",
            "\\Seen",
            Some(" 1-Jan-2024 03:00:00 +0300"),
            b"Subject: late\r\n\r\nx\r\n",
        )
        .unwrap();
    client.select("INBOX").unwrap();
    client.command("STORE 1 +FLAGS (\\Flagged Later)").unwrap();
    let mut passes = 0;
    let schedule = tegu_migrate::Schedule::every(std::time::Duration::from_millis(10)).passes(2);
    let following = migration();
    following
        .follow(schedule, &cancel, |report| {
            let row = report.entity(Entity::Mail).unwrap();
            assert_eq!((row.counts.source, row.counts.moved), (all + 1, all + 1));
            assert_eq!(row.moved_now, u64::from(passes == 0), "pass {passes}");
            passes += 1;
        })
        .await
        .unwrap();
    assert_eq!(passes, 2);
    drop(following);
    crowd::assert_same(source.port(), target.port(), 10);

    // The target alone proves it again, and tells what somebody took away.
    drop(source);
    let verification = migration().verify(&cancel).await.unwrap();
    assert!(
        verification.holds(),
        "{:?} {:?}",
        verification.flaws,
        verification.problems
    );
    assert_eq!((verification.expected, verification.proved), (all + 1, all + 1));
    let mut client = Client::login(target.port(), &crowd::alias(3), Dovecot::password()).unwrap();
    let folders = client.folders().unwrap();
    let (mut taken, mut gone) = (0, None);
    for folder in &folders {
        let held = client.messages(folder).unwrap().len();
        if folder == "INBOX" && held > 1 {
            client.select(folder).unwrap();
            client.command("STORE 1 +FLAGS (\\Deleted)").unwrap();
            client.command("EXPUNGE").unwrap();
            taken = held - client.messages(folder).unwrap().len();
        } else if gone.is_none()
            && held > 0
            && !folders.iter().any(|name| name.starts_with(&format!("{folder}/")))
        {
            // A server hangs up on who has the folder open that is deleted.
            client.select("INBOX").unwrap();
            client
                .command(&format!("DELETE {}", tegu_testkit::imap::wire_name(folder)))
                .unwrap();
            gone = Some(held);
        }
    }
    assert!(taken > 0);
    let verification = migration().verify(&cancel).await.unwrap();
    let codes = verification
        .flaws
        .iter()
        .map(|flaw| flaw.finding.code.as_ref())
        .collect::<Vec<_>>();
    assert_eq!(
        codes.iter().filter(|code| **code == "IMAP-PROOF-MISSING").count(),
        taken,
        "{codes:?}"
    );
    assert_eq!(
        codes
            .iter()
            .filter(|code| **code == "VERIFY-CONTAINER-GONE")
            .count(),
        1,
        "{codes:?}"
    );
    let missing = (taken + gone.unwrap()) as u64;
    assert_eq!(
        (verification.expected, verification.proved),
        (all + 1, all + 1 - missing)
    );
    assert!(!verification.holds());

    // And the journal tells each message.
    scene.write("job.toml", &config);
    let exported = Command::new(crate::TEGU)
        .arg("export")
        .arg(scene.path("job.toml"))
        .output()
        .unwrap();
    let lines = String::from_utf8(exported.stdout).unwrap();
    let values = lines
        .lines()
        .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
        .collect::<Vec<_>>();
    let of = |kind: &str| values.iter().filter(|value| value["type"] == kind).count();
    assert_eq!(
        (of("export"), of("job"), of("message")),
        (1, ACCOUNTS, ACCOUNTS * MESSAGES + 1)
    );
}
