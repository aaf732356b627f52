//! A database that refuses what one job writes: that job fails, and all others end as they would have.

use crate::{TEGU, scene::Scene};
use std::{fs, process::Command};
use tegu_testkit::Postgres;

const ACCOUNTS: [&str; 4] = ["anna", "boris", "clara", "dora"];

/// Gives everybody one more message.
fn deliver(scene: &Scene, number: usize) {
    for account in ACCOUNTS {
        let message = format!("From a@b Mon Jan  1 00:00:00 2024\nSubject: {account} {number}\n\nx\n\n");
        scene.write(&format!("mail/{account}/{number}.mbox"), message);
    }
}

/// How many messages the target holds of an account.
fn moved(scene: &Scene, account: &str) -> usize {
    let folder = scene.path(&format!("out/mail/{account}@example.test"));
    fs::read_dir(&folder)
        .unwrap_or_else(|error| panic!("{}: {error}", folder.display()))
        .filter(|entry| {
            let name = entry.as_ref().unwrap().file_name();
            name.to_string_lossy().ends_with(".mbox")
        })
        .count()
}

/// Has a trigger refuse what `condition` says.
fn refuse(database: &Postgres, table: &str, condition: &str) {
    database.sql(
        "tegu",
        &format!(
            "DROP TRIGGER IF EXISTS refuse ON tegu.pages; DROP TRIGGER IF EXISTS refuse ON tegu.jobs;
             CREATE OR REPLACE FUNCTION tegu.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
             BEGIN IF {condition} THEN RAISE EXCEPTION 'nothing of this account'; END IF; RETURN NEW; END $$;
             CREATE TRIGGER refuse BEFORE INSERT OR UPDATE ON tegu.{table} FOR EACH ROW EXECUTE FUNCTION tegu.refuse()"
        ),
    );
}

#[test]
fn one_job_fails_and_all_others_end() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let database = Postgres::start();
    let scene = Scene::new();
    scene.write("database-password", format!("{}\n", Postgres::password()));
    let entries = ACCOUNTS.map(|account| {
        format!(
            "dn: CN={account},DC=example,DC=test\nobjectClass: user\nmailNickname: {account}\nmail: {account}@example.test\n\
             proxyAddresses: SMTP:{account}@example.test\nmsExchRecipientTypeDetails: 1\nuserAccountControl: 512\n\n"
        )
    });
    scene.write("directory.ldif", entries.concat());
    scene.write(
        "job.toml",
        format!(
            "name = 'test'\nout = 'out'\n[directory]\nldif = 'directory.ldif'\ndomains = ['example.test']\n\
             [mail]\nsource = {{ kind = 'files', path = 'mail/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n\
             [limits]\naccounts = 2\nlease_seconds = 2\n\
             [journal]\npostgres = 'postgres://tegu@127.0.0.1:{}/tegu?sslmode=disable'\n\
             password = {{ file = 'database-password' }}\n",
            database.port()
        ),
    );
    let run = || {
        let output = Command::new(TEGU)
            .arg("run")
            .arg(scene.path("job.toml"))
            .output()
            .unwrap();
        let told = String::from_utf8([output.stdout, output.stderr].concat()).unwrap();
        (output.status.code(), told)
    };
    let states = || {
        database.sql(
            "tegu",
            "SELECT string_agg(state || ' ' || lower(substring(account FROM 4 FOR 1)), ',' ORDER BY account) FROM tegu.jobs",
        )
    };
    deliver(&scene, 1);
    assert_eq!(run().0, Some(0));

    let boris = "(SELECT account FROM tegu.logs WHERE id = NEW.log) ILIKE '%boris%'";
    let job = "NEW.account ILIKE '%boris%'";
    for (number, table, condition) in [
        (2, "pages", boris.to_owned()),
        (3, "jobs", format!("{job} AND NEW.state = 'done'")),
    ] {
        refuse(&database, table, &condition);
        deliver(&scene, number);
        let (status, told) = run();
        assert_eq!(status, Some(4), "{told}");
        assert!(told.contains("nothing of this account"), "{told}");
        assert_eq!(states(), "done a,failed b,done c,done d\n", "{told}");
        for account in ["anna", "clara", "dora"] {
            assert_eq!(moved(&scene, account), number, "{account}: {told}");
        }
    }

    // Not even that the job failed can be kept: the run says so once all others are through.
    refuse(
        &database,
        "jobs",
        &format!("{job} AND NEW.state <> 'leased' AND OLD.state = 'leased'"),
    );
    deliver(&scene, 4);
    let (status, told) = run();
    assert_eq!(status, Some(1), "{told}");
    assert!(
        told.contains("boris") && told.contains("nothing of this account"),
        "{told}"
    );
    assert_eq!(states(), "done a,leased b,done c,done d\n", "{told}");
    for account in ["anna", "clara", "dora"] {
        assert_eq!(moved(&scene, account), 4, "{account}: {told}");
    }

    // Nothing is lost once the database takes everything again.
    refuse(&database, "jobs", "false");
    std::thread::sleep(std::time::Duration::from_secs(2));
    let (status, told) = run();
    assert_eq!(status, Some(0), "{told}");
    assert_eq!(moved(&scene, "boris"), 4, "{told}");
}
