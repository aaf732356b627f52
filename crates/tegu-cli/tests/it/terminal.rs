//! No name and no text from outside is obeyed by a terminal, whatever command prints it.

use crate::{TEGU, scene::Scene};
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::{fs, process::Command};

/// Clears a screen, sets a title, rings, changes colours, goes back in the line and turns the text around.
const OBEYED: &str = "hostile\u{1b}[2J\u{1b}]0;x\u{7}\u{9b}31m\r\u{202e}\u{2067}\u{200f}\u{85}";

/// Runs the program; nothing that it prints may be obeyed.
fn walk(scene: &Scene, words: &[&str]) -> String {
    let output = Command::new(TEGU)
        .args(words)
        .current_dir(scene.root.path())
        .output()
        .unwrap();
    assert!(
        output.status.code().is_some_and(|status| status <= 5),
        "{words:?}"
    );
    let mut all = String::new();
    for stream in [output.stdout, output.stderr] {
        let text = String::from_utf8(stream).unwrap();
        let obeyed = text.lines().find(|line| line.contains(tegu_outcome::is_hidden));
        assert_eq!(obeyed, None, "{words:?}");
        all.push_str(&text);
    }
    all
}

/// As [`walk`], and the name must be shown: a command that is silent proves nothing.
fn shows(scene: &Scene, words: &[&str]) {
    let text = walk(scene, words);
    assert!(text.contains("hostile"), "{words:?}: {text}");
}

/// Two accounts whose every name is hostile, and a job that moves them.
fn organisation(scene: &Scene) {
    let encoded = STANDARD.encode(OBEYED);
    scene.write(
        "directory.ldif",
        format!(
            "dn:: {}\nobjectClass: user\ndisplayName:: {encoded}\nmailNickname: anna\nmail: anna@example.test\n\
             proxyAddresses: SMTP:anna@example.test\nproxyAddresses:: {}\nmsExchRecipientTypeDetails: 1\n\
             userAccountControl: 512\n\ndn: CN=Boris,DC=example,DC=test\nobjectClass: user\ndisplayName:: {encoded}\n\
             mailNickname:: {encoded}\nmail: boris@example.test\nproxyAddresses: SMTP:boris@example.test\n\
             msExchRecipientTypeDetails: 1\nuserAccountControl: 512\n",
            STANDARD.encode(format!("CN={OBEYED},DC=example,DC=test")),
            STANDARD.encode(format!("smtp:{OBEYED}@example.test")),
        ),
    );
    let mail = format!(
        "From a@b Mon Jan  1 00:00:00 2024\nSubject: {OBEYED}\nMessage-ID: <{OBEYED}@x>\nFrom: {OBEYED} <a@b>\n\nx\0\n\n\
         From a@b Mon Jan  1 00:00:00 2024\nSubject: two\n\ny\n\n"
    );
    scene.write(&format!("mail/anna/{OBEYED}.mbox"), mail);
    fs::create_dir(scene.path(&format!("mail/anna/{OBEYED}.folder"))).unwrap();
    std::os::unix::fs::symlink("/etc/passwd", scene.path(&format!("mail/anna/{OBEYED}.link"))).unwrap();
    let event = |uid: &str, start: &str| {
        format!(
            "BEGIN:VEVENT\r\nUID:{uid}\r\nDTSTAMP:20260101T000000Z\r\nDTSTART{start}\r\nSUMMARY:{OBEYED}\r\nEND:VEVENT\r\n"
        )
    };
    let zone = format!(";TZID=\"{}\":20260105T100000", OBEYED.replace('\r', ""));
    let hostile = OBEYED.replace('\r', "");
    scene.write(
        &format!("calendars/anna/{OBEYED}.ics"),
        format!(
            "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:x\r\nX-WR-CALNAME:{hostile}\r\n{}{}END:VCALENDAR\r\n",
            event(&hostile, ":20260105T100000Z").replace(OBEYED, &hostile),
            event("zone", &zone).replace(OBEYED, &hostile),
        ),
    );
    scene.write(
        &format!("calendars/anna/{OBEYED}-torn.ics"),
        format!("BEGIN:VCALENDAR\r\n{OBEYED}"),
    );
    let encoded_name = OBEYED.chars().fold(String::new(), |mut text, c| {
        text.push_str(&format!("\\u{:04X}", u32::from(c)));
        text
    });
    let route = |path: &str| {
        format!("source = {{ kind = 'files', path = '{path}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n")
    };
    scene.write(
        &format!("{OBEYED}.toml"),
        format!(
            "name = \"{encoded_name}\"\nout = 'out'\n[directory]\nldif = 'directory.ldif'\ndomains = ['example.test']\n\
             [mail]\n{}[calendars]\n{}[[waves]]\nname = \"{encoded_name}\"\naccounts = ['anna@example.test']\n",
            route("mail"),
            route("calendars")
        ),
    );
}

#[test]
fn nothing_that_a_job_prints_is_obeyed() {
    let scene = Scene::new();
    organisation(&scene);
    let file = |ending: &str| format!("{OBEYED}{ending}");
    let (job, plan) = (file(".toml"), file(".plan"));
    shows(&scene, &["plan", &job]);
    shows(&scene, &["plan", &job, "--json"]);
    shows(&scene, &["plan", &job, "--items", "--read", "--save", &plan]);
    fs::remove_file(scene.path(&format!("mail/anna/{OBEYED}.link"))).unwrap();
    let more = "From a@b Mon Jan  1 00:00:00 2024\nSubject: three\n\nz\n\n";
    scene.write(&format!("mail/anna/{OBEYED} 2.mbox"), more);
    shows(&scene, &["plan", &job, "--compare", &plan]);
    shows(&scene, &["plan", &job, "--compare", &plan, "--json"]);
    shows(&scene, &["status", &job]);
    walk(&scene, &["work", &job]);
    shows(&scene, &["run", &job, "--plan", &plan]);
    shows(&scene, &["run", &job, "--json"]);
    walk(&scene, &["follow", &job, "--passes", "1", "--every", "1"]);
    walk(&scene, &["work", &job]);
    shows(&scene, &["status", &job]);
    shows(&scene, &["status", &job, "--json"]);
    walk(&scene, &["report", &job]);
    shows(&scene, &["report", &job, "--json"]);
    shows(&scene, &["export", &job]);
    shows(&scene, &["wave", &job]);
    shows(&scene, &["wave", &job, "--json"]);
    walk(&scene, &["verify", &job]);
    for folder in fs::read_dir(scene.path("out/mail")).unwrap() {
        fs::remove_dir_all(folder.unwrap().path()).unwrap();
    }
    shows(&scene, &["verify", &job]);
    shows(&scene, &["verify", &job, "--json"]);
}

#[test]
fn nothing_in_an_error_is_obeyed() {
    let scene = Scene::new();
    organisation(&scene);
    let job = format!("{OBEYED}.toml");
    let job = job.as_str();
    for words in [
        &[OBEYED][..],
        &["run", job, OBEYED],
        &["run", &format!("{OBEYED}.missing")],
        &["run", job, "--plan", &format!("{OBEYED}.missing")],
        &["run", job, "--wave", &format!("{OBEYED}?")],
        &["wave", job, "--wave", &format!("{OBEYED}?"), "--to", "done"],
        &["wave", job, "--wave", "x", "--to", OBEYED],
        &["follow", job, "--every", OBEYED],
        &["init", job],
        &["init", &format!("{OBEYED}-new.toml")],
        &["init", &format!("{OBEYED}-json.toml"), "--json"],
        &["demo", "--out", &format!("{OBEYED}.demo")],
    ] {
        shows(&scene, words);
    }
    for broken in [
        format!("{OBEYED} = 1"),
        format!("name = '{OBEYED}"),
        format!("'{OBEYED}' = 1"),
        "name = \"hostile\\u001b[2J\"\n[mail]\n".to_owned(),
    ] {
        scene.write(job, broken);
        walk(&scene, &["plan", job]);
        walk(&scene, &["status", job]);
    }
    walk(&scene, &["plan", job, "--compare", job]);
}
