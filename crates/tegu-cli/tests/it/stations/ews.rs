//! `tegu ews` against the stand-in for Exchange.

use crate::TEGU;
use serde_json::Value;
use std::{
    collections::BTreeMap,
    fs,
    path::Path,
    process::{Command, Stdio},
    time::Duration,
};
use tegu_testkit::exchange_ews::{
    Damage, End, Event, ExchangeEws, Fault, Folder, Mail, Mailbox, Pattern, contact, organisation, task,
};

fn command(exchange: &ExchangeEws, words: &[&str]) -> Command {
    let mut command = Command::new(TEGU);
    command
        .arg("ews")
        .args(words)
        .args(["--url", exchange.url(), "--user", exchange.user(), "--json"])
        .env("TEGU_EWS_PASSWORD", exchange.password());
    if let Some(ca) = exchange.ca() {
        command.arg("--ca").arg(ca);
    }
    command
}

fn told(command: &mut Command, status: i32) -> Value {
    let ran = command.output().unwrap();
    assert_eq!(
        ran.status.code(),
        Some(status),
        "{} {}",
        String::from_utf8_lossy(&ran.stderr),
        String::from_utf8_lossy(&ran.stdout)
    );
    serde_json::from_slice(&ran.stdout).unwrap()
}

/// All files below a directory with their contents.
fn files(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let (mut all, mut todo) = (BTreeMap::new(), vec![root.to_owned()]);
    while let Some(directory) = todo.pop() {
        for entry in fs::read_dir(directory).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                todo.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                all.insert(name, fs::read(path).unwrap());
            }
        }
    }
    all
}

fn sums(told: &Value) {
    for (kind, counts) in told["kinds"].as_object().unwrap() {
        let count = |name: &str| counts[name].as_u64().unwrap();
        assert_eq!(
            count("source"),
            count("moved") + count("present") + count("manual") + count("failed") + count("excluded"),
            "{kind}"
        );
    }
}

#[test]
fn a_mailbox_comes_out_as_files() {
    let mailbox = Mailbox::russian("anna@corp.example", "Анна")
        .item(
            "inbox",
            Mail::new("one", "2024-05-01T06:00:00Z")
                .octets("Subject: one\r\n\r\nbody\r\n")
                .flagged()
                .item(),
        )
        .item(
            "calendar",
            Event::new("Встреча", "2024-05-01T06:00:00Z", "2024-05-01T07:00:00Z")
                .repeats(Pattern::Daily(1), End::After(3))
                .item(),
        )
        .item(
            "calendar",
            Event::new("Ещё", "2024-05-02T06:00:00Z", "2024-05-02T07:00:00Z").item(),
        )
        .item("contacts", contact("Пётр", "Безухов"))
        .item("tasks", task("Ждать", "WaitingOnOthers", 0));
    let exchange = ExchangeEws::builder().mailbox(mailbox).tls().start();
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("anna");
    let words = [
        "export",
        "--impersonate",
        "anna@corp.example",
        "--to",
        to.to_str().unwrap(),
    ];
    let report = told(&mut command(&exchange, &words), 3);
    sums(&report);
    assert_eq!(report["kinds"]["mail"]["moved"], 1);
    assert_eq!(report["kinds"]["calendars"]["moved"], 2);
    assert_eq!(report["kinds"]["contacts"]["moved"], 1);
    assert_eq!(report["kinds"]["tasks"]["manual"], 1);
    let all = files(&to);
    let text = |name: &str| {
        String::from_utf8(
            all.get(name)
                .unwrap_or_else(|| panic!("{name}: {:?}", all.keys()))
                .clone(),
        )
        .unwrap()
    };
    assert!(
        text("mail/Входящие.mbox").ends_with("\nSubject: one\r\n\r\nbody\r\n\n"),
        "{:?}",
        text("mail/Входящие.mbox")
    );
    assert!(text("mail/Входящие.mbox.jsonl").contains("\\\\Flagged"));
    let calendar = text("calendars/Календарь.ics");
    assert_eq!(calendar.matches("BEGIN:VTIMEZONE").count(), 1, "{calendar}");
    assert_eq!(calendar.matches("BEGIN:VEVENT").count(), 2);
    assert!(text("contacts/Контакты.vcf").contains("FN:Пётр Безухов"));
    let settings: Value = serde_json::from_str(&text("settings.json")).unwrap();
    assert_eq!(settings["out_of_office"]["state"], "Disabled");
    assert!(
        all.keys()
            .any(|name| name.starts_with("manual/tasks/") && name.ends_with(".ics"))
    );
    // Again: the same, and mail is not read again.
    let before = exchange.requests();
    assert_eq!(told(&mut command(&exchange, &words), 3)["kinds"], report["kinds"]);
    assert!(exchange.requests() > before);
    assert_eq!(files(&to), all);
    // A loss that is accepted.
    let other = scratch.path().join("other");
    let words = [
        "export",
        "--impersonate",
        "anna@corp.example",
        "--kinds",
        "tasks",
        "--accept",
        "EWS-TASK-STATUS",
        "--to",
        other.to_str().unwrap(),
    ];
    let report = told(&mut command(&exchange, &words), 0);
    assert_eq!(report["kinds"].as_object().unwrap().len(), 1);
    assert_eq!(report["kinds"]["tasks"]["moved"], 1);
    // Another mailbox does not go into the same directory.
    let words = [
        "export",
        "--impersonate",
        "boris@corp.example",
        "--to",
        to.to_str().unwrap(),
    ];
    let ran = command(&exchange, &words).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(String::from_utf8_lossy(&ran.stderr).contains("another mailbox"));
}

#[test]
fn a_scan_says_what_is_there() {
    let exchange = ExchangeEws::builder().mailboxes(organisation(1, 2)).start();
    let address = exchange.mailboxes()[0].clone();
    let scan = told(&mut command(&exchange, &["scan", "--impersonate", &address]), 0);
    let folders = scan["folders"].as_array().unwrap();
    let inbox = folders.iter().find(|folder| folder["role"] == "inbox").unwrap();
    assert_eq!(
        inbox["items"].as_u64(),
        Some(exchange.ids(&address, "inbox").len() as u64)
    );
    assert_eq!(inbox["kind"], "mail");
    assert!(scan["settings"]["rules"]["rules"].is_array());
    let ran = command(&exchange, &["scan", "--impersonate", "nobody@corp.example"])
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(
        String::from_utf8_lossy(&ran.stderr).contains("Get-Recipient"),
        "{}",
        String::from_utf8_lossy(&ran.stderr)
    );
    let ran = command(&exchange, &["scan"])
        .env("TEGU_EWS_PASSWORD", "wrong")
        .output()
        .unwrap();
    assert_eq!(ran.status.code(), Some(1));
    assert!(!String::from_utf8_lossy(&ran.stderr).contains("wrong"));
}

#[test]
fn autodiscover_finds_the_server_where_the_password_may_go() {
    let exchange = ExchangeEws::builder().mailboxes(organisation(4, 1)).tls().start();
    let address = &exchange.mailboxes()[0];
    let point = format!(
        "https://localhost:{}/autodiscover/autodiscover.svc",
        exchange.port()
    );
    let scan = |more: &[&str]| {
        let mut command = Command::new(TEGU);
        command
            .args([
                "ews",
                "scan",
                "--json",
                "--autodiscover",
                "--user",
                exchange.user(),
            ])
            .args(["--impersonate", address, "--connection-point", &point, "--ca"])
            .arg(exchange.ca().unwrap())
            .args(more)
            .env("TEGU_EWS_PASSWORD", exchange.password());
        command
    };
    let scanned = told(&mut scan(&["--allow-domain", "localhost"]), 0);
    assert_eq!(scanned["mailbox"].as_str(), Some(&**address));
    let ran = scan(&[]).output().unwrap();
    assert_eq!(ran.status.code(), Some(1));
    let said = String::from_utf8_lossy(&ran.stderr);
    assert!(
        said.contains(&point) && said.contains("autodiscover.corp.example"),
        "{said}"
    );
    let ran = scan(&["--url", exchange.url()]).output().unwrap();
    assert_eq!(ran.status.code(), Some(2));
}

#[test]
fn an_archive_is_written_where_that_is_asked_for() {
    let mail = |name: &str| {
        let octets = format!("Subject: {name}\r\n\r\nbody\r\n");
        Mail::new(name, "2024-05-01T06:00:00Z").octets(octets).item()
    };
    let mailbox = Mailbox::russian("anna@corp.example", "Анна")
        .item("inbox", mail("new"))
        .archive(Folder::new("Старое").item(mail("old")));
    let exchange = ExchangeEws::builder().mailbox(mailbox).start();
    for (more, count) in [(&[][..], 1), (&["--archive", "Архив"], 2)] {
        let scratch = tempfile::tempdir().unwrap();
        let to = scratch.path().to_str().unwrap();
        let mut words = vec!["export", "--impersonate", "anna@corp.example", "--to", to];
        words.extend(["--kinds", "mail"]);
        words.extend(more);
        let told = told(&mut command(&exchange, &words), 0);
        sums(&told);
        assert_eq!(told["kinds"]["mail"]["moved"].as_u64(), Some(count));
        let old = files(scratch.path())
            .into_iter()
            .find(|(_, octets)| String::from_utf8_lossy(octets).contains("Subject: old"));
        assert_eq!(
            old.map(|(name, _)| name.contains("Архив")),
            (count == 2).then_some(true)
        );
    }
}

#[test]
fn an_export_that_is_killed_ends_as_a_whole_one() {
    let mailbox = (0..300).fold(
        Mailbox::russian("anna@corp.example", "Анна"),
        |mailbox, number| {
            let octets = format!("Subject: {number}\r\n\r\n{}\r\n", "x".repeat(20_000));
            mailbox.item(
                "inbox",
                Mail::new(&format!("m{number}"), "2024-05-01T06:00:00Z")
                    .octets(octets)
                    .item(),
            )
        },
    );
    let exchange = ExchangeEws::builder()
        .mailbox(mailbox)
        .latency(Duration::from_millis(10))
        .start();
    let scratch = tempfile::tempdir().unwrap();
    let run = |to: &Path| {
        let to = to.to_str().unwrap();
        let words = [
            "export",
            "--impersonate",
            "anna@corp.example",
            "--kinds",
            "mail",
            "--to",
            to,
        ];
        command(&exchange, &words)
    };
    let whole = scratch.path().join("whole");
    let report = told(&mut run(&whole), 0);
    let killed = scratch.path().join("killed");
    for wait in [40, 80, 120, 160, 200, 260, 320] {
        let mut child = run(&killed)
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        std::thread::sleep(Duration::from_millis(wait));
        let _ = child.kill();
        let _ = child.wait();
    }
    assert_eq!(told(&mut run(&killed), 0)["kinds"], report["kinds"]);
    let subjects = |root: &Path| {
        let text = String::from_utf8(fs::read(root.join("mail/Входящие.mbox")).unwrap()).unwrap();
        let mut subjects: Vec<String> = text
            .lines()
            .filter(|line| line.starts_with("Subject: "))
            .map(str::to_owned)
            .collect();
        subjects.sort();
        subjects
    };
    assert_eq!(subjects(&killed).len(), 300);
    assert_eq!(subjects(&killed), subjects(&whole));
}

#[test]
fn a_password_file_that_others_read_is_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let file = scratch.path().join("password");
    fs::write(&file, "secret\n").unwrap();
    fs::set_permissions(&file, std::os::unix::fs::PermissionsExt::from_mode(0o644)).unwrap();
    let ran = Command::new(TEGU)
        .args(["ews", "scan", "--url", "https://127.0.0.1:1/", "--user", "anna"])
        .arg("--password-file")
        .arg(&file)
        .output()
        .unwrap();
    let told = String::from_utf8(ran.stderr).unwrap();
    assert_eq!(ran.status.code(), Some(1), "{told}");
    assert!(
        told.contains("others can read it (mode 644): chmod 600"),
        "{told}"
    );
}

#[test]
fn public_folders_are_counted_and_named() {
    let orders = Folder::new("Приказы").class("IPF.Note");
    let letter = |subject: &str| Mail::new(subject, "2024-05-01T06:00:00Z").item();
    let exchange = ExchangeEws::builder()
        .mailbox(Mailbox::russian("anna@corp.example", "Анна"))
        .public_folder(orders.items([letter("а"), letter("б")]))
        .tls()
        .start();
    let words = ["scan", "--impersonate", "anna@corp.example"];
    let seen = told(&mut command(&exchange, &words), 0);
    let [folder] = &seen["public"].as_array().unwrap()[..] else {
        panic!("{seen:#}")
    };
    assert_eq!(
        (&folder["path"][0], &folder["items"]),
        (&"Приказы".into(), &2.into())
    );
    let findings = seen["findings"].as_array().unwrap();
    let found = findings
        .iter()
        .find(|finding| finding["code"] == "EWS-PUBLIC-FOLDERS");
    let message = found.unwrap()["message"].as_str().unwrap();
    assert!(message.starts_with("1 public folders with 2 items"), "{message}");
}

/// A message of which the server makes no MIME content is written where that is accepted, as the facade moves it.
#[test]
fn mail_without_mime_is_rebuilt() {
    let letter = Mail::new("Смета", "2024-05-01T06:00:00Z")
        .from("Иван", "ivan@corp.example")
        .text("Вот она.");
    let mailbox =
        Mailbox::russian("anna@corp.example", "Анна").item("inbox", letter.item().damaged(Damage::NoMime));
    let exchange = ExchangeEws::builder().mailbox(mailbox).tls().start();
    let scratch = tempfile::tempdir().unwrap();
    let to = scratch.path().join("anna");
    let words = [
        "export",
        "--impersonate",
        "anna@corp.example",
        "--kinds",
        "mail",
        "--to",
        to.to_str().unwrap(),
    ];
    let text = |name: &str| {
        let all = files(&to);
        let found = all.iter().find(|(found, _)| found.ends_with(name));
        String::from_utf8(found.unwrap_or_else(|| panic!("{:?}", all.keys())).1.clone()).unwrap()
    };
    let report = told(&mut command(&exchange, &words), 3);
    sums(&report);
    assert_eq!(
        (
            &report["kinds"]["mail"]["manual"],
            &report["codes"]["EWS-MAIL-REBUILT"]
        ),
        (&1.into(), &1.into())
    );
    let kept = text(".eml");
    assert!(
        kept.contains("ivan@corp.example") && text(".json").contains("EWS-MAIL-REBUILT"),
        "{kept}"
    );

    let accepted = [&words[..], &["--accept", "EWS-MAIL-REBUILT"]].concat();
    let report = told(&mut command(&exchange, &accepted), 0);
    sums(&report);
    assert_eq!(report["kinds"]["mail"]["moved"], 1);
    let mbox = text("mail/Входящие.mbox");
    assert!(
        mbox.contains(&kept.replace("\r\n", "\n")) || mbox.contains(&kept),
        "{mbox}\n{kept}"
    );
}

/// Each is one line that names the cause, and the PowerShell line or the setting that mends it.
#[test]
fn what_is_wrong_is_said_in_one_line_with_what_mends_it() {
    let anna = || Mailbox::russian("anna@corp.example", "Анна");
    let builder = || ExchangeEws::builder().mailbox(anna());
    let strict = || builder().without_basic().tls().extended_protection();
    for (exchange, words) in [
        (builder().account("migration", "right"), ["(401)", "Get-ADUser"]),
        (
            builder().without_impersonation(),
            [
                "role",
                "New-ManagementRoleAssignment -Role ApplicationImpersonation",
            ],
        ),
        (
            ExchangeEws::builder().mailbox(Mailbox::russian("ivan@corp.example", "Иван")),
            ["no mailbox", "Get-Recipient"],
        ),
        (
            ExchangeEws::builder().mailbox(anna().disabled()),
            ["may not open", "Set-CASMailbox -EwsEnabled $true"],
        ),
        (
            builder().fault(Fault::LoginPage),
            ["login page", "https://HOST/EWS/Exchange.asmx"],
        ),
        (
            strict().behind_a_proxy(),
            [
                "a proxy that ends TLS",
                "ExtendedProtectionTokenChecking of Get-WebServicesVirtualDirectory",
            ],
        ),
        (builder().tls(), ["certificate", "`ca`"]),
    ] {
        let exchange = exchange.start();
        let mut command = Command::new(TEGU);
        command.args([
            "ews",
            "scan",
            "--json",
            "--url",
            exchange.url(),
            "--user",
            exchange.user(),
        ]);
        command.args(["--impersonate", "anna@corp.example"]);
        let password = if words[1] == "Get-ADUser" {
            "wr0ng"
        } else {
            exchange.password()
        };
        command.env("TEGU_EWS_PASSWORD", password);
        if let Some(ca) = exchange.ca().filter(|_| words[1] != "`ca`") {
            command.arg("--ca").arg(ca);
        }
        let ran = command.output().unwrap();
        let said = String::from_utf8_lossy(&ran.stderr);
        assert_eq!(
            (ran.status.code(), said.trim_end().lines().count()),
            (Some(1), 1),
            "{said}"
        );
        for word in words {
            assert!(said.contains(word), "{word}: {said}");
        }
        assert!(!said.contains(password), "{said}");
    }
}
