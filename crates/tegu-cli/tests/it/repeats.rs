//! What repeats is told once for each code, and patterns that match nothing are told.

use crate::{TEGU, scene::Scene};
use serde_json::Value;
use std::process::Command;

/// Runs a command on the job; its output, of which each line is one.
fn told(scene: &Scene, words: &[&str]) -> String {
    let output = Command::new(TEGU)
        .args(words)
        .arg("job.toml")
        .current_dir(scene.root.path())
        .output()
        .unwrap();
    let status = output.status.code();
    let (said, told) = (
        String::from_utf8_lossy(&output.stdout).into_owned(),
        String::from_utf8_lossy(&output.stderr).into_owned(),
    );
    assert_eq!(status, Some(3), "{words:?}: {said}{told}");
    said
}

fn lines<'a>(said: &'a str, code: &str) -> Vec<&'a str> {
    said.lines().filter(|line| line.contains(code)).collect()
}

#[test]
fn what_repeats_is_told_once_and_each_with_all() {
    let scene = Scene::new();
    let head = scene.head("job");
    for number in 1..=5 {
        let event = format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nBEGIN:VEVENT\r\nUID:{number}\r\nDTSTAMP:20260101T000000Z\r\n\
             DTSTART;TZID=Nowhere:20260105T100000\r\nSUMMARY:x\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
        );
        scene.write(&format!("calendars/anna/c{number}.ics"), event);
    }
    let mail = "From a@b Mon Jan  1 00:00:00 2024\nSubject: one\n\nx\n\n";
    scene.write("mail/anna/Junk E-mail.mbox", mail);
    let part = |name: &str| {
        format!(
            "[{name}]\nsource = {{ kind = 'files', path = '{name}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    let policy = "[policy]\nexclude_folders = ['Junk Email']\n";
    scene.write(
        "job.toml",
        format!("{head}{}{}{policy}", part("mail"), part("calendars")),
    );
    let code = "DAV-TZ-UNKNOWN";
    for (words, before) in [
        (&["plan"][..], ""),
        (&["run"], "manual: "),
        (&["status"], "manual: "),
        (&["report"], "manual: "),
    ] {
        let said = told(&scene, words);
        let [line] = lines(&said, code)[..] else {
            panic!("{words:?}: {said}")
        };
        assert!(line.starts_with(&format!("       5  {before}{code}: ")), "{line}");
        assert!(
            line.contains("anna@example.test c1; anna@example.test c2; anna@example.test c3")
                && line.ends_with("; and 2 more, which --all tells"),
            "{line}"
        );
        let each = told(&scene, &[words, &["--all"]].concat());
        assert_eq!(lines(&each, code).len(), 5, "{words:?}: {each}");
        let pattern = "POLICY-FOLDER: no folder matches Junk Email: did you mean Junk E-mail?";
        assert_eq!(lines(&said, pattern).len(), 1, "{words:?}: {said}");
    }
    for words in [&["plan", "--json"][..], &["report", "--json"]] {
        let json: Value = serde_json::from_str(&told(&scene, words)).unwrap();
        let exceptions = json["exceptions"].as_array().unwrap();
        let folders = exceptions
            .iter()
            .find(|one| one["code"] == "POLICY-FOLDER")
            .unwrap();
        assert_eq!(
            folders["unmatched"],
            serde_json::json!([{"pattern": "Junk Email", "nearest": "Junk E-mail"}])
        );
    }
}
