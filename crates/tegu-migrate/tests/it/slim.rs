//! Calendars that are made smaller on their way.

use crate::calendars::{Calendars, ends, standing};
use std::fs;
use tegu_migrate::{CancellationToken, Config, Entity, dav::client::Kind, plan::PlanOptions};
use tegu_testkit::Radicale;

const OLD: &str = "BEGIN:VEVENT\r\nUID:old\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20100105T100000Z\r\n\
                   DTEND:20100105T110000Z\r\nSUMMARY:old\r\nEND:VEVENT\r\n";
const NEW: &str = "BEGIN:VEVENT\r\nUID:new\r\nDTSTAMP:20260101T000000Z\r\nDTSTART:20300105T100000Z\r\n\
                   DTEND:20300105T110000Z\r\nSUMMARY:new\r\nEND:VEVENT\r\n";

#[tokio::test]
async fn old_events_are_archived_and_attachments_become_links() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let server = Radicale::builder().users(["anna"]).start();
    let mut job = Calendars::new(&server.url()).await;
    job.config
        .push_str("[slim]\narchive_before = '2020-01-01'\nattachments = 'https://files.example.test/c'\n");
    // 96 octets in base64.
    let picture = "QUJD".repeat(32);
    let attached = NEW.replace("UID:new", "UID:attached").replace(
        "SUMMARY",
        &format!("ATTACH;FMTTYPE=image/png;ENCODING=BASE64;VALUE=BINARY:{picture}\r\nSUMMARY"),
    );
    job.scene.write(
        "calendars/anna/Work.ics",
        format!("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\n{OLD}{NEW}{attached}END:VCALENDAR\r\n"),
    );

    let migration = Config::from_toml(&job.config, job.scene.path(""))
        .unwrap()
        .into_migration()
        .unwrap();
    let plan = migration
        .plan(&PlanOptions::default(), &CancellationToken::new())
        .await
        .unwrap();
    let planned = plan.entity(Entity::Calendars).unwrap().amounts;
    assert_eq!((planned.moves.items, planned.excluded.items), (2, 1));
    let out = job.scene.path("job");
    assert!(!out.exists(), "planning writes nothing");

    for pass in 1..=2 {
        let report = job.run().await;
        assert_eq!(ends(&report, Entity::Calendars), [2, 0, 0, 1], "pass {pass}");
        assert_eq!(job.uids().await, ["attached", "new"]);
    }
    let owner = fs::read_dir(out.join("archive"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap()
        .path();
    let archive = fs::read_to_string(owner.join("Work.ics")).unwrap();
    assert!(archive.contains("UID:old") && !archive.contains("UID:new"));

    let kept = fs::read_dir(out.join("attachments"))
        .unwrap()
        .next()
        .unwrap()
        .unwrap();
    assert_eq!(fs::read(kept.path()).unwrap(), "ABC".repeat(32).into_bytes());
    let found = standing(&job.client, Kind::Calendars).await;
    let event = String::from_utf8(found["attached"].body.to_vec()).unwrap();
    let link = format!(
        "https://files.example.test/c/{}",
        kept.file_name().to_string_lossy()
    );
    assert!(event.replace("\r\n ", "").contains(&link), "{event}");
    assert!(!event.contains(&picture));
}
