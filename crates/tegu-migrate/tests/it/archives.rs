//! Mail archives that a converter made, or that leave open what they are.

use crate::{
    imap::route,
    scene::{Scene, counts, problems},
};
use std::fs;
use tegu_migrate::{Entity, Report};

const FROM: &str = "From a@b Mon Jan  1 00:00:00 2024\n";

fn codes(report: &Report) -> Vec<String> {
    let mut codes: Vec<_> = report
        .worklist
        .iter()
        .flat_map(|work| &work.findings)
        .map(|finding| finding.code.to_string())
        .collect();
    codes.sort();
    codes.dedup();
    codes
}

#[tokio::test]
async fn converted_mail_is_never_exact() {
    let scene = Scene::new();
    let head = scene.head("job");
    let original = "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <1@x>\nFrom: a@b\nTo: c@d\n\
                    Date: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: s\n\nbody\n\n";
    let rebuilt = "Received: from a by b; Mon, 1 Jan 2024 00:00:00 +0000\nMessage-ID: <2@x>\nFrom: a@b\nTo: c@d\n\
                   Date: Mon, 1 Jan 2024 00:00:00 +0000\nSubject: s\nMIME-Version: 1.0\nContent-Type: multipart/mixed;\n\
                   \tboundary=\"--boundary-LibPST-iamunique-1_-_-\"\n\n\n----boundary-LibPST-iamunique-1_-_-\n\
                   Content-Type: text/plain; charset=\"utf-8\"\n\nbody\n\n----boundary-LibPST-iamunique-1_-_---\n\n";
    let from_exchange = rebuilt.replace("From: a@b", "From: \"A\" </O=CORP/CN=A>");
    scene.write(
        "mail/anna/Top/Inbox/mbox",
        format!("{FROM}{original}From \"a@b\" Mon Jan  1 00:00:00 2024\n{rebuilt}From \"A\" Mon Jan  1 00:00:00 2024\n{from_exchange}"),
    );
    let source = "{ kind = 'files', path = 'mail/{alias}' }";
    let config = route(&head, source, "{ kind = 'bundle' }");
    let report = scene.run(&config).await.unwrap();
    assert!(report.complete, "{:?}", problems(&report));
    let mail = counts(&report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.manual),
        (3, 1, 2),
        "the original alone is exact"
    );
    assert_eq!(
        codes(&report),
        ["MAIL-CONVERTED", "PST-MIME-REBUILT", "PST-SENDER-X500"]
    );

    let accept = |codes: &str| format!("{config}[policy]\naccept = [{codes}]\n");
    let mail = counts(
        &scene.run(&accept("'MAIL-CONVERTED'")).await.unwrap(),
        Entity::Mail,
    );
    assert_eq!(
        (mail.moved, mail.manual),
        (2, 1),
        "what else was lost is another decision"
    );
    let report = scene
        .run(&accept("'MAIL-CONVERTED', 'PST-SENDER-X500'"))
        .await
        .unwrap();
    assert_eq!(counts(&report, Entity::Mail).moved, 3);

    // Where the operator says so, mail without marks is converted too.
    let declared = config
        .replace("'job'", "'other'")
        .replace("{alias}' }", "{alias}', converted = true }");
    assert_eq!(
        counts(&scene.run(&declared).await.unwrap(), Entity::Mail).manual,
        3
    );
}

#[tokio::test]
async fn what_a_file_leaves_open_is_for_a_person_until_it_is_said() {
    let scene = Scene::new();
    let head = scene.head("job");
    scene.write(
        "mail/anna/Open.mbox",
        format!("{FROM}Subject: a\n\n>From whom\n\n{FROM}Subject: b\n\nclear\n\n"),
    );
    scene.write(
        "mail/anna/Certain.mbox",
        format!("{FROM}Subject: c\n\n>From whom\n>>From you\n\n"),
    );
    scene.write(
        "mail/anna/spool",
        "From MAILER-DAEMON Mon Jan  1 00:00:00 2024\nFrom: Mail System Internal Data <MAILER-DAEMON@h>\n\
         Subject: DON'T DELETE THIS MESSAGE -- FOLDER INTERNAL DATA\nX-IMAP: 1700000000 0000000002\nStatus: RO\n\nstate\n\n",
    );
    scene.write("mail/anna/Termine/calendar", "BEGIN:VCALENDAR\n");
    let source = "{ kind = 'files', path = 'mail/{alias}' }";
    let config = route(&head, source, "{ kind = 'bundle' }");
    let report = scene.run(&config).await.unwrap();
    let mail = counts(&report, Entity::Mail);
    assert_eq!(
        (mail.source, mail.moved, mail.manual, mail.excluded),
        (5, 2, 2, 1)
    );
    assert_eq!(codes(&report), ["MAIL-FILE-NOT-MAIL", "MBOX-QUOTING-AMBIGUOUS"]);
    let certain = scene.path("job/mail/anna@example.test/Certain.mbox");
    assert!(
        fs::read_to_string(certain)
            .unwrap()
            .ends_with("\n>From whom\n>>From you\n\n")
    );

    let said = config.replace("{alias}' }", "{alias}', variant = 'mboxrd' }");
    assert_eq!(counts(&scene.run(&said).await.unwrap(), Entity::Mail).moved, 3);
    let wrong = said.replace("mboxrd", "maildir");
    assert!(
        scene
            .run(&wrong)
            .await
            .unwrap_err()
            .to_string()
            .contains("mail.source.variant")
    );
}
