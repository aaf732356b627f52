//! Runs that give rights, killed at any instant: they end as a clean one does.

use crate::{scene::Scene, torn};
use std::time::Duration;
use tegu_imap::{MailboxName, Session};
use tegu_migrate::{Counts, Entity, Report};
use tegu_net::{Credentials, Endpoint};
use tegu_testkit::Dovecot;

const OWNERS: usize = 16;
const FOLDERS: [&str; 4] = ["INBOX", "Проекты", "Проекты/2024", "Счета"];

/// An account of the directory.
pub(crate) fn account(alias: &str) -> String {
    format!(
        "dn: CN={alias},DC=corp,DC=example\nobjectClass: user\ndisplayName: {alias}\nmailNickname: {alias}\nmail: {alias}@corp.example\n\
         proxyAddresses: SMTP:{alias}@corp.example\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
    )
}

/// A job in which each owner shares folders with the next two.
fn job(scene: &Scene, name: &str, dovecot: &Dovecot) -> String {
    let (mut ldif, mut rows) = (String::new(), Vec::new());
    for number in 0..OWNERS {
        let alias = format!("u{number}");
        ldif.push_str(&account(&alias));
        for (folder, role) in FOLDERS.iter().zip(["Reviewer", "Editor", "Owner", "Contributor"]) {
            for next in 1..3 {
                rows.push(format!(
                    r#"{{"Mailbox":"{alias}","FolderPath":"/{folder}","User":"u{}","AccessRights":["{role}"]}}"#,
                    (number + next) % OWNERS
                ));
            }
        }
    }
    scene.write("directory.ldif", ldif);
    scene.write("password", format!("{}\n", Dovecot::password()));
    scene.write("folders.json", format!("[{}]", rows.join(",")));
    format!(
        "name = '{name}'\nout = '{name}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['corp.example']\n[rights]\n\
         source = {{ kind = 'exports', files = ['folders.json'] }}\n\
         target = {{ kind = 'imap', url = 'imap://127.0.0.1:{}', security = 'insecure', user = '{{alias}}', password = {{ file = 'password' }} }}\n",
        dovecot.port()
    )
}

async fn session(dovecot: &Dovecot, user: &str) -> Session {
    let endpoint =
        Endpoint::dangerously_without_tls(&format!("imap://127.0.0.1:{}", dovecot.port())).unwrap();
    let credentials = Credentials::password(user, Dovecot::password().to_owned());
    Session::connect(&endpoint, &credentials).await.unwrap()
}

async fn create(dovecot: &Dovecot) {
    for number in 0..OWNERS {
        let mut session = session(dovecot, &format!("u{number}")).await;
        for folder in &FOLDERS[1..] {
            session.create(&MailboxName::new(folder).unwrap()).await.unwrap();
        }
    }
}

/// The lists of all folders.
async fn lists(dovecot: &Dovecot) -> Vec<String> {
    let mut all = Vec::new();
    for number in 0..OWNERS {
        let user = format!("u{number}");
        let mut session = session(dovecot, &user).await;
        for folder in FOLDERS {
            for entry in session.get_acl(&MailboxName::new(folder).unwrap()).await.unwrap() {
                all.push(format!("{user} {folder} {}={}", entry.identifier, entry.rights));
            }
        }
    }
    all.sort();
    all
}

fn ends(scene: &Scene, name: &str) -> Counts {
    let report = Report::read_from(&scene.path(name)).unwrap().unwrap();
    assert!(report.complete && report.balances(), "{:#?}", report.worklist);
    report.entity(Entity::SharedFolders).unwrap().counts
}

#[tokio::test]
async fn killed_runs_that_give_rights_end_like_a_clean_one() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let scene = Scene::new();
    let [clean, torn] = [(); 2].map(|()| Dovecot::builder().acl().start());
    for (name, dovecot) in [("clean", &clean), ("torn", &torn)] {
        create(dovecot).await;
        scene.write(&format!("{name}.toml"), job(&scene, name, dovecot));
    }
    let told = |stderr: &[u8]| String::from_utf8_lossy(stderr).into_owned();
    let ended = torn::start(&["run"], &scene.path("clean.toml"))
        .wait_with_output()
        .unwrap();
    assert!(ended.status.success(), "{}", told(&ended.stderr));
    let ended = torn::kill(&scene.path("torn.toml"), 16, 13, Duration::from_millis(1200));
    assert!(ended.status.success(), "{}", told(&ended.stderr));

    assert_eq!(lists(&clean).await, lists(&torn).await);
    let counts = ends(&scene, "clean");
    assert_eq!(counts, ends(&scene, "torn"));
    assert_eq!(counts.moved, (OWNERS * FOLDERS.len() * 2) as u64);
}
