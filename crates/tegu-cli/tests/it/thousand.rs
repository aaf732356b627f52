//! A thousand accounts are one call, and take little more memory than two hundred.

use crate::{TEGU, crowd, scene::Scene};
use std::{
    fs,
    path::Path,
    process::{Command, Stdio},
    thread,
    time::Duration,
};
use tegu_migrate::{Report, State};

const FOLDERS: [&str; 3] = ["INBOX", "Sent Items", "Archive/2023"];
/// Messages in each folder.
const MESSAGES: usize = 2;

fn letter(alias: &str, folder: &str, number: usize) -> String {
    format!(
        "From: {alias}@example.test\nSubject: {number} in {folder}\nMessage-ID: <{number}.{}@{alias}.test>\n\
         Date: Mon, 1 Jan 2024 00:00:0{number} +0000\n\nDear {alias},\nthis is number {number} of {folder}.\n",
        folder.len()
    )
}

fn event(alias: &str) -> String {
    format!(
        "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//a//b//EN\r\nBEGIN:VEVENT\r\nUID:{alias}-1\r\nDTSTAMP:20240101T000000Z\r\n\
         DTSTART:20240101T090000Z\r\nDTEND:20240101T100000Z\r\nSUMMARY:Day of {alias}\r\nEND:VEVENT\r\nEND:VCALENDAR\r\n"
    )
}

fn card(alias: &str) -> String {
    format!(
        "BEGIN:VCARD\r\nVERSION:3.0\r\nUID:{alias}-2\r\nN:{alias};Friend;;;\r\nFN:Friend {alias}\r\nEND:VCARD\r\n"
    )
}

/// So many people with their mail, a calendar and an address book.
fn people(accounts: usize) -> Scene {
    // Flushes cost nothing in memory, and there are many.
    let memory = Path::new("/dev/shm");
    let scene = if memory.is_dir() {
        Scene {
            root: tempfile::tempdir_in(memory).unwrap(),
        }
    } else {
        Scene::new()
    };
    crowd::write(&scene, accounts);
    for alias in (0..accounts).map(crowd::alias) {
        for folder in FOLDERS {
            let mbox = (0..MESSAGES).map(|number| {
                format!(
                    "From a@b Mon Jan  1 00:00:00 2024\n{}\n",
                    letter(&alias, folder, number)
                )
            });
            scene.write(&format!("mail/{alias}/{folder}.mbox"), mbox.collect::<String>());
        }
        scene.write(&format!("calendars/{alias}/Work.ics"), event(&alias));
        scene.write(&format!("contacts/{alias}/Friends.vcf"), card(&alias));
    }
    let part = |name: &str| {
        format!(
            "[{name}]\nsource = {{ kind = 'files', path = '{name}/{{alias}}' }}\ntarget = {{ kind = 'bundle' }}\n"
        )
    };
    let parts = ["mail", "calendars", "contacts"].map(part).concat();
    scene.write("job.toml", crowd::head("job") + &parts);
    scene
}

/// Runs the job in a process of its own; tells the most memory that it had, in KiB.
fn run(scene: &Scene) -> u64 {
    let log = fs::File::create(scene.path("log")).unwrap();
    let mut child = Command::new(TEGU)
        .arg("run")
        .arg(scene.path("job.toml"))
        .stdout(Stdio::null())
        .stderr(log)
        .spawn()
        .unwrap();
    let status = format!("/proc/{}/status", child.id());
    let mut peak = 0;
    let ended = loop {
        if let Some(ended) = child.try_wait().unwrap() {
            break ended;
        }
        let told = fs::read_to_string(&status).unwrap_or_default();
        let line = told.lines().find_map(|line| line.strip_prefix("VmHWM:"));
        let number = line.and_then(|line| line.trim().strip_suffix(" kB")?.trim().parse().ok());
        peak = number.unwrap_or(peak);
        thread::sleep(Duration::from_millis(5));
    };
    assert!(
        ended.success(),
        "{}",
        fs::read_to_string(scene.path("log")).unwrap()
    );
    peak
}

fn check(scene: &Scene, accounts: usize) {
    let report = Report::read_from(&scene.path("job")).unwrap().unwrap();
    assert!(report.complete && report.balances());
    assert_eq!(report.accounts.len(), accounts);
    assert!(report.worklist.is_empty(), "{:#?}", report.worklist);
    let each = FOLDERS.len() * MESSAGES + 2 + 1;
    // What the directory holds stays where it is.
    assert_eq!(
        (report.total(State::Moved), report.total(State::Present)),
        ((accounts * (each - 1)) as u64, accounts as u64)
    );
    for (account, alias) in report.accounts.iter().zip((0..accounts).map(crowd::alias)) {
        assert_eq!(account.account, format!("{alias}@example.test"));
        let moved = account.containers.iter().map(|row| row.counts.moved);
        assert_eq!(moved.collect::<Vec<_>>(), [2, 2, 2, 1, 1], "{alias}");
        let home = |part: &str, name: &str| scene.path(&format!("job/{part}/{alias}@example.test/{name}"));
        for folder in FOLDERS {
            let path = tegu_migrate::mbox::tree::file_path(
                &home("mail", ""),
                &folder.split('/').map(str::to_owned).collect::<Vec<_>>(),
            );
            let found =
                fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
            let messages = found.split("From - ").skip(1);
            let messages = messages.map(|message| message.split_once('\n').unwrap().1.trim_end());
            let expected = (0..MESSAGES).map(|number| letter(&alias, folder, number));
            assert_eq!(
                messages.collect::<Vec<_>>(),
                expected
                    .collect::<Vec<_>>()
                    .iter()
                    .map(|letter| letter.trim_end())
                    .collect::<Vec<_>>(),
                "{alias} {folder}"
            );
        }
        for (part, sign) in [
            ("calendars", format!("SUMMARY:Day of {alias}\r\n")),
            ("contacts", format!("FN:Friend {alias}\r\n")),
        ] {
            let files = crate::scene::tree(&home(part, ""));
            assert_eq!(files.len(), 1, "{alias} {part} {:?}", files.keys());
            let text = String::from_utf8(files.into_values().next().unwrap()).unwrap();
            assert!(text.contains(&sign), "{text}");
        }
    }
}

#[test]
fn a_thousand_accounts_in_one_call() {
    let mut peaks = [0; 2];
    for (peak, accounts) in peaks.iter_mut().zip([200, 1000]) {
        let scene = people(accounts);
        *peak = run(&scene);
        check(&scene, accounts);
    }
    let [few, many] = peaks;
    println!("peak memory: {few} KiB for 200 accounts, {many} KiB for 1000");
    assert!(few > 0 && many < few + 16 * 1024, "{few} KiB, {many} KiB");
}
