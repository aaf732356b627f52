//! What people see while a job runs, after it was stopped or killed, and from the commands that help them.

use crate::{TEGU, scene::Scene, torn::start};
use serde_json::Value;
use std::{
    path::PathBuf,
    process::{Command, Output},
    thread,
    time::{Duration, Instant},
};

fn tegu(scene: &Scene, arguments: &[&str]) -> Output {
    Command::new(TEGU)
        .args(arguments)
        .current_dir(scene.root.path())
        .output()
        .unwrap()
}

fn text(octets: &[u8]) -> String {
    String::from_utf8(octets.to_vec()).unwrap()
}

const FILES: &str = "kind = 'files', path = 'mail/{alias}'";
/// A server that is not there.
const UNREACHABLE: &str = "kind = 'imap', url = 'imap://127.0.0.1:1', security = 'insecure', user = 'anna', password = { file = 'password' }";

/// A job that takes some seconds.
pub(crate) fn long_job(messages: usize) -> (Scene, PathBuf) {
    let scene = Scene::new();
    let mail: String = (0..messages)
        .map(|number| {
            format!("From a@example.test Mon Jan  1 00:00:00 2024\nSubject: {number}\nFrom: a@example.test\n\ntext\n\n")
        })
        .collect();
    scene.write("mail/anna/Inbox.mbox", mail);
    let config = format!(
        "{}[mail]\nsource = {{ {FILES} }}\ntarget = {{ kind = 'bundle' }}\n[limits]\nattempts = 1\n",
        scene.head("out")
    );
    scene.write("job.toml", config);
    let path = scene.path("job.toml");
    (scene, path)
}

fn status(scene: &Scene) -> (Option<i32>, Value) {
    let output = tegu(scene, &["status", "job.toml", "--json"]);
    (
        output.status.code(),
        serde_json::from_slice(&output.stdout).unwrap_or_default(),
    )
}

fn moved(status: &Value) -> u64 {
    status["standing"]["progress"]["entities"]["mail"]["moved"]
        .as_u64()
        .unwrap_or_default()
}

/// During a run, after Ctrl-C, after a kill, and after the run that comes through.
#[test]
fn status_tells_the_truth_whenever_it_is_asked() {
    let (scene, config) = long_job(30_000);
    for signal in ["INT", "KILL"] {
        let mut child = start(&["run"], &config);
        let begun = Instant::now();
        let running = loop {
            let (code, status) = status(&scene);
            if moved(&status) > 0
                && status["standing"]["running"] == true
                && status["standing"]["process"] == child.id()
            {
                assert_eq!(code, Some(5), "{status}");
                break status;
            }
            assert!(
                child.try_wait().unwrap().is_none(),
                "it came through too soon: {status}"
            );
            assert!(begun.elapsed() < Duration::from_secs(60), "{status}");
            thread::sleep(Duration::from_millis(50));
        };
        assert_eq!(running["standing"]["process"], child.id());
        let said = text(&tegu(&scene, &["status", "job.toml"]).stdout);
        assert!(
            said.starts_with(&format!("test: running as process {} on ", child.id())),
            "{said}"
        );
        let sent = Command::new("kill")
            .args([&format!("-{signal}"), &child.id().to_string()])
            .status()
            .unwrap();
        assert!(sent.success());
        child.wait().unwrap();
        let (code, after) = status(&scene);
        assert_eq!(code, Some(4), "{after}");
        assert!(
            moved(&after) >= moved(&running) && moved(&after) < 30_000,
            "{after}"
        );
        let said = text(&tegu(&scene, &["status", "job.toml"]).stdout);
        let expected = if signal == "INT" {
            "test: stopped at "
        } else {
            "test: killed: it ran as process "
        };
        assert!(said.starts_with(expected), "{said}");
        assert!(said.contains(&format!("{:>10}", moved(&after))), "{said}");
    }
    let output = start(&["run"], &config).wait_with_output().unwrap();
    assert!(output.status.success(), "{output:?}");
    let (code, done) = status(&scene);
    assert_eq!(
        (code, &done["standing"]["ended"], &done["standing"]["running"]),
        (Some(0), &true.into(), &false.into())
    );
    let entities = &done["standing"]["progress"]["entities"]["mail"];
    assert_eq!(
        entities["moved"].as_u64().unwrap() + entities["present"].as_u64().unwrap(),
        30_000,
        "{done}"
    );
    let said = text(&tegu(&scene, &["status", "job.toml"]).stdout);
    assert!(said.starts_with("test: ran as process "), "{said}");
}

/// A second process is told which one is at work.
#[test]
fn a_second_process_is_told_of_the_first() {
    let (scene, config) = long_job(30_000);
    let mut first = start(&["run"], &config);
    let begun = Instant::now();
    while moved(&status(&scene).1) == 0 {
        assert!(begun.elapsed() < Duration::from_secs(60));
        thread::sleep(Duration::from_millis(50));
    }
    let second = start(&["run"], &config).wait_with_output().unwrap();
    let said = text(&second.stderr);
    assert_eq!(second.status.code(), Some(1), "{said}");
    assert!(
        said.contains(&format!("another process ({} on ", first.id()))
            && said.contains("works on this job: wait for it, or stop it"),
        "{said}"
    );
    first.kill().unwrap();
    first.wait().unwrap();
}

#[test]
fn messages_say_what_happened_to_what_and_what_to_do() {
    let (scene, _) = long_job(3);
    assert!(tegu(&scene, &["run", "job.toml"]).status.success());
    let config = std::fs::read_to_string(scene.path("job.toml")).unwrap();
    std::fs::copy(scene.path("directory.ldif"), scene.path("other.ldif")).unwrap();
    let change = |from: &str, to: &str| {
        let changed = config.replace(from, to);
        assert_ne!(changed, config);
        scene.write("changed.toml", changed);
    };
    for (from, to, says) in [
        (
            "'directory.ldif'",
            "'other.ldif'",
            &[
                "was started with directory ",
                "directory.ldif, this configuration says ",
                "other.ldif: restore it or choose a new `out`",
            ][..],
        ),
        (
            "[mail]\n",
            "[policy]\naccept = ['MAIL-KEYWRD']\n[mail]\n",
            &["unknown code MAIL-KEYWRD in `policy.accept`: did you mean MAIL-KEYWORD?"],
        ),
        (
            "[mail]\n",
            "[policy]\naccounts = ['ana@example.test']\n[mail]\n",
            &[
                "`policy.accounts` names ana@example.test",
                "did you mean anna@example.test?",
            ],
        ),
    ] {
        change(from, to);
        let output = tegu(&scene, &["run", "changed.toml"]);
        let said = text(&output.stderr);
        assert_eq!(
            (output.status.code(), said.lines().count()),
            (Some(1), 1),
            "{said}"
        );
        for says in says {
            assert!(said.contains(says), "{said}");
        }
    }
    let says = "no command or configuration file named frobnicate; see `tegu --help`";
    for (words, code) in [(&["frobnicate"][..], 2), (&["run", "frobnicate"], 1)] {
        let output = tegu(&scene, words);
        let said = text(&output.stderr);
        assert_eq!(output.status.code(), Some(code), "{said}");
        assert!(said.contains(says), "{said}");
    }
    let verified = tegu(&scene, &["verify", "job.toml"]);
    assert_eq!(
        text(&verified.stdout),
        "the journal lists 3 items: 3 verified, 0 missing or changed\n"
    );
    let bundle = crate::scene::tree(&scene.path("out/mail"));
    let mbox = bundle.keys().find(|name| name.ends_with(".mbox")).unwrap();
    let mbox = scene.path("out/mail").join(mbox);
    let found = std::fs::read_to_string(&mbox).unwrap();
    std::fs::write(&mbox, found.replacen("text", "tixt", 1)).unwrap();
    let verified = tegu(&scene, &["verify", "job.toml"]);
    let said = text(&verified.stdout);
    assert!(
        said.ends_with("the journal lists 3 items: 2 verified, 1 missing or changed\n"),
        "{said}"
    );
}

/// What could not be examined is unknown, and not zero.
#[test]
fn a_plan_that_failed_says_unknown() {
    let (scene, config) = long_job(3);
    let text_of = std::fs::read_to_string(&config).unwrap();
    scene.write("job.toml", text_of.replace(FILES, UNREACHABLE));
    let planned = tegu(&scene, &["plan", "job.toml"]);
    let said = text(&planned.stdout);
    assert_eq!(planned.status.code(), Some(4), "{said}{}", text(&planned.stderr));
    let row = said
        .lines()
        .find(|line| line.starts_with("mail "))
        .unwrap_or_default();
    assert!(row.matches("unknown").count() >= 5, "{said}");
    assert!(
        said.contains("unknown: 1 accounts could not be examined"),
        "{said}"
    );
}

#[test]
fn a_check_opens_everything_and_changes_nothing() {
    let (scene, config) = long_job(3);
    let good = tegu(&scene, &["check", "job.toml"]);
    let said = text(&good.stdout);
    assert!(good.status.success(), "{said}{}", text(&good.stderr));
    assert!(
        said.contains("1 of 1 accounts tried; 0 of them cannot be moved"),
        "{said}"
    );
    assert!(!scene.path("out").exists());
    let text_of = std::fs::read_to_string(&config).unwrap();
    scene.write("job.toml", text_of.replace(FILES, UNREACHABLE));
    let bad = tegu(&scene, &["check", "job.toml", "--all", "--json"]);
    let told: Value = serde_json::from_slice(&bad.stdout).unwrap_or_default();
    assert_eq!(bad.status.code(), Some(4), "{}", text(&bad.stderr));
    assert_eq!((&told["holds"], &told["tried"]), (&false.into(), &1.into()));
    assert!(
        told["problems"][0]["remedy"]
            .as_str()
            .unwrap()
            .contains("firewall"),
        "{told}"
    );
}

#[test]
fn completions_manuals_and_logs() {
    let (scene, _) = long_job(3);
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = tegu(&scene, &["completions", shell]);
        assert!(script.status.success(), "{shell}");
        assert!(text(&script.stdout).contains("propagate-deletions"), "{shell}");
    }
    let bash = tegu(&scene, &["completions", "bash"]).stdout;
    scene.write("tegu.bash", bash);
    let sound = Command::new("bash")
        .arg("-n")
        .arg(scene.path("tegu.bash"))
        .status()
        .unwrap();
    assert!(sound.success());
    assert!(tegu(&scene, &["man", "--out", "man"]).status.success());
    for page in [
        "tegu.1",
        "tegu-run.1",
        "tegu-imap-copy.1",
        "tegu-mbox-verify.1",
        "tegu-ldap-plan.1",
        "tegu-dav-import.1",
    ] {
        let roff = std::fs::read_to_string(scene.path("man").join(page)).unwrap();
        assert!(roff.contains(".SH SYNOPSIS") && roff.contains("xample"), "{page}");
    }

    let run = tegu(
        &scene,
        &[
            "run",
            "job.toml",
            "--log-file",
            "log",
            "--log-format",
            "json",
            "-vv",
            "--json",
        ],
    );
    assert!(run.status.success(), "{}", text(&run.stderr));
    for line in std::fs::read_to_string(scene.path("log")).unwrap().lines() {
        serde_json::from_str::<Value>(line).unwrap();
    }
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let mode = std::fs::metadata(scene.path("log")).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
    }
    let failed = tegu(&scene, &["run", "nowhere.toml", "--log-format", "json"]);
    let told: Value = serde_json::from_slice(&failed.stderr).unwrap();
    assert_eq!(
        (&told["level"], &told["kind"]),
        (&"ERROR".into(), &"Config".into())
    );
    let quiet = tegu(&scene, &["run", "job.toml", "--quiet", "--json"]);
    assert!(quiet.stderr.is_empty(), "{}", text(&quiet.stderr));
}
