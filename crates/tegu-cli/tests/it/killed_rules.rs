//! Runs that upload scripts, killed at any instant: they end as a clean one does.

use crate::{scene::Scene, torn};
use std::{collections::BTreeMap, fmt::Write as _, time::Duration};
use tegu_migrate::{Counts, Entity, Report};
use tegu_net::{Credentials, Endpoint};
use tegu_sieve::managesieve::{Client, ScriptName};
use tegu_testkit::Dovecot;

const OWNERS: usize = 24;

/// A job that moves rules and replies of all owners to this server, and switches the scripts on.
fn job(scene: &Scene, name: &str, dovecot: &Dovecot) -> String {
    let (mut ldif, mut rules, mut replies, mut mailboxes) =
        (String::new(), Vec::new(), Vec::new(), Vec::new());
    for number in 0..OWNERS {
        let (alias, next) = (format!("u{number}"), (number + 1) % OWNERS);
        write!(
            ldif,
            "dn: CN={alias},DC=corp,DC=example\nobjectClass: user\ndisplayName: {alias}\nmailNickname: {alias}\nmail: {alias}@corp.example\n\
             proxyAddresses: SMTP:{alias}@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
        .unwrap();
        mailboxes.push(format!(
            r#"{{"PrimarySmtpAddress":"{alias}@corp.example","Alias":"{alias}"}}"#
        ));
        rules.push(format!(
            r#"{{"Mailbox":"{alias}","Name":"Счета","Priority":1,"Enabled":true,"SubjectContainsWords":["счёт {number}"],"MoveToFolder":"x:\\Inbox\\Счета"}}"#
        ));
        rules.push(format!(
            r#"{{"Mailbox":"{alias}","Name":"Next","Priority":2,"Enabled":true,"From":["\"x\" [SMTP:u{next}@corp.example]"],"MarkAsRead":true}}"#
        ));
        replies.push(format!(
            r#"{{"Mailbox":"{alias}","AutoReplyState":"Scheduled","StartTime":"2026-07-01T00:00:00Z","EndTime":"2026-07-15T00:00:00Z","InternalMessage":"away {number}"}}"#
        ));
    }
    scene.write("directory.ldif", ldif);
    scene.write("password", format!("{}\n", Dovecot::password()));
    for (file, rows) in [("rules", rules), ("replies", replies), ("mailboxes", mailboxes)] {
        scene.write(&format!("{file}.json"), format!("[{}]", rows.join(",")));
    }
    format!(
        "name = '{name}'\nout = '{name}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n\
         [policy]\naccept = ['SIEVE-MARK-LATER']\n\
         [rules]\nactivate = true\nsource = {{ kind = 'exports', rules = 'rules.json', replies = 'replies.json', mailboxes = 'mailboxes.json' }}\n\
         target = {{ kind = 'sieve', url = 'sieve://localhost:{}', ca = '{}', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        dovecot.sieve_port(),
        dovecot.ca_pem().display()
    )
}

/// The scripts of all owners: name, whether it runs, text.
async fn scripts(dovecot: &Dovecot) -> BTreeMap<String, Vec<(String, bool, String)>> {
    let url = format!("sieve://127.0.0.1:{}", dovecot.sieve_port());
    let endpoint = Endpoint::dangerously_without_tls(&url).unwrap();
    let mut all = BTreeMap::new();
    for number in 0..OWNERS {
        let user = format!("u{number}");
        let credentials = Credentials::password(&*user, Dovecot::password().to_owned());
        let mut client = Client::connect(&endpoint, &credentials).await.unwrap();
        let mut own = Vec::new();
        for one in client.list().await.unwrap() {
            let text = client.get(&ScriptName::new(&*one.name).unwrap()).await.unwrap();
            own.push((one.name, one.active, text));
        }
        all.insert(user, own);
    }
    all
}

fn ends(scene: &Scene, name: &str) -> Vec<Counts> {
    let report = Report::read_from(&scene.path(name)).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:#?}", report.worklist);
    let kinds = [Entity::InboxRules, Entity::OutOfOffice];
    kinds.map(|kind| report.entity(kind).unwrap().counts).to_vec()
}

#[tokio::test]
async fn killed_uploads_of_scripts_end_like_a_clean_run() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let [clean, torn] = [(); 2].map(|()| Dovecot::builder().sieve().start());
    scene.write("clean.toml", job(&scene, "clean", &clean));
    scene.write("torn.toml", job(&scene, "torn", &torn));
    let ended = torn::start(&["run"], &scene.path("clean.toml"))
        .wait_with_output()
        .unwrap();
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );
    let ended = torn::kill(&scene.path("torn.toml"), 16, 12, Duration::from_millis(1500));
    assert!(
        ended.status.success(),
        "{}",
        String::from_utf8_lossy(&ended.stderr)
    );

    let (one, other) = (scripts(&clean).await, scripts(&torn).await);
    assert_eq!(one, other);
    assert!(one.values().all(|own| own.len() == 1 && own[0].1), "{one:?}");
    let counts = ends(&scene, "clean");
    assert_eq!(counts, ends(&scene, "torn"));
    assert_eq!(counts[0].moved, 2 * OWNERS as u64);
    assert_eq!(counts[1].moved, OWNERS as u64);
}
