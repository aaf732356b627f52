//! Many processes that share a journal in PostgreSQL: one is killed, one sleeps past its leases, one is cut off from the
//! database. The result is that of one worker.

use crate::{TEGU, crowd, scene::Scene};
use std::{
    fs,
    process::{Child, Command, ExitStatus, Stdio},
    thread,
    time::{Duration, Instant},
};
use tegu_testkit::{
    Dovecot, Postgres,
    proxy::{Fault, Proxy},
};

const ACCOUNTS: usize = 20;
const MESSAGES: usize = 60;

/// A worker in a process of its own.
struct Process(Child);

impl Process {
    /// Starts one; `database` is the port at which it finds the database, and it may move so many messages a second.
    fn start(scene: &Scene, name: &str, database: u16, ends: &str) -> Self {
        let head = crowd::head(name);
        let url = format!("postgres://tegu@127.0.0.1:{database}/tegu?sslmode=disable");
        let config = format!(
            "{head}[mail]\n{ends}[limits]\naccounts = 2\nbackoff_ms = 50\nlease_seconds = 2\n\
             [journal]\npostgres = '{url}'\npassword = {{ file = 'database-password' }}\nworker = '{name}'\n"
        );
        scene.write(&format!("{name}.toml"), config);
        let log = fs::File::create(scene.path(&format!("{name}.log"))).unwrap();
        let child = Command::new(TEGU)
            .arg("run")
            .arg(scene.path(&format!("{name}.toml")))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(log)
            .spawn()
            .unwrap();
        Self(child)
    }

    fn signal(&self, name: &str) {
        let id = self.0.id().to_string();
        assert!(
            Command::new("kill")
                .arg(format!("-{name}"))
                .arg(id)
                .status()
                .unwrap()
                .success()
        );
    }

    /// Waits for its end.
    fn end(&mut self, what: &str) -> ExitStatus {
        let deadline = Instant::now() + Duration::from_secs(120);
        loop {
            if let Some(status) = self.0.try_wait().unwrap() {
                return status;
            }
            assert!(Instant::now() < deadline, "{what} does not end");
            thread::sleep(Duration::from_millis(20));
        }
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn wait_for(what: &str, mut is_so: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(60);
    while !is_so() {
        assert!(Instant::now() < deadline, "{what} does not come");
        thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn one_killed_one_asleep_one_cut_off() {
    if tegu_testkit::skip_servers() {
        return;
    }
    let (source, target, database) = (Dovecot::start(), Dovecot::start(), Postgres::start());
    crowd::fill(source.port(), ACCOUNTS, MESSAGES, 50_000);
    let scene = Scene::new();
    crowd::write(&scene, ACCOUNTS);
    scene.write("database-password", format!("{}\n", Postgres::password()));
    let ends = format!(
        "source = {}\ntarget = {}\n",
        crowd::end(source.port(), "messages_per_second = 40"),
        crowd::end(target.port(), "")
    );
    let line = Proxy::start(([127, 0, 0, 1], database.port()).into(), Fault::None);
    let mut killed = Process::start(&scene, "killed", database.port(), &ends);
    let mut asleep = Process::start(&scene, "asleep", database.port(), &ends);
    let mut cut_off = Process::start(&scene, "cut-off", line.port(), &ends);

    let count = |condition: &str| -> usize {
        let sql = format!("SELECT count(*) FROM tegu.jobs WHERE {condition}");
        database.sql("tegu", &sql).trim().parse().unwrap()
    };
    wait_for("the schema", || {
        database.sql("tegu", "SELECT to_regclass('tegu.jobs') IS NOT NULL") == "t\n"
    });
    let holds = |worker: &str| count(&format!("state = 'leased' AND worker LIKE '{worker}/%'"));
    let log = |name: &str| fs::read_to_string(scene.path(&format!("{name}.log"))).unwrap();
    let three = ["killed", "asleep", "cut-off"];
    wait_for("work of all three", || {
        // Whoever ends now has failed.
        let logs = three.map(log);
        assert!(logs.iter().all(|log| !log.contains("error")), "{logs:?}");
        three.iter().all(|worker| holds(worker) > 0)
    });
    thread::sleep(Duration::from_millis(300));
    killed.signal("KILL");
    thread::sleep(Duration::from_millis(150));
    asleep.signal("STOP");
    thread::sleep(Duration::from_millis(150));
    line.set(Fault::BlackHole);
    assert!(
        count("state = 'done'") < ACCOUNTS,
        "all was done before anything went wrong"
    );
    killed.end("the killed process");

    // A fourth takes over what the others held, each where it stood.
    let mut fourth = Process::start(&scene, "fourth", database.port(), &ends);
    wait_for("the take-over", || {
        count("epoch > 1 AND worker LIKE 'fourth/%'") >= 3
    });
    asleep.signal("CONT");
    thread::sleep(Duration::from_millis(500));
    line.set(Fault::None);
    line.cut_all();
    for (name, process) in [
        ("fourth", &mut fourth),
        ("asleep", &mut asleep),
        ("cut-off", &mut cut_off),
    ] {
        let status = process.end(name);
        assert_eq!(status.code(), Some(0), "{name}: {}", log(name));
    }

    crowd::assert_same(source.port(), target.port(), ACCOUNTS);
    assert_eq!(count("state = 'done'"), ACCOUNTS);
    for name in ["fourth", "asleep", "cut-off"] {
        let report = fs::read(scene.path(&format!("{name}/report.json"))).unwrap();
        let report: serde_json::Value = serde_json::from_slice(&report).unwrap();
        let rows = report["entities"].as_array().unwrap();
        let mail = rows.iter().find(|row| row["entity"] == "mail").unwrap();
        let all = (ACCOUNTS * MESSAGES) as u64;
        assert_eq!(mail["source"].as_u64(), Some(all), "{name}");
        assert_eq!(mail["moved"].as_u64(), Some(all), "{name}: as of one worker");
        assert_eq!(report["complete"], true, "{name}");
        assert_eq!(report["accounts"].as_array().unwrap().len(), ACCOUNTS);
    }
    let verified = Command::new(TEGU)
        .arg("verify")
        .arg(scene.path("fourth.toml"))
        .output()
        .unwrap();
    let told = String::from_utf8(verified.stdout).unwrap();
    assert!(
        verified.status.success() && told.contains(&format!("{} verified", ACCOUNTS * MESSAGES)),
        "{told}"
    );
}
