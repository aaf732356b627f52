//! The program `tegu imap copy`, as a person runs it.

#[cfg(target_os = "linux")]
use std::net::IpAddr;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use tegu_testkit::Dovecot;
#[cfg(target_os = "linux")]
use tegu_testkit::cable::Cable;

use crate::TEGU;

/// Nothing here takes this long, unless the copier hangs.
const PATIENCE: Duration = Duration::from_secs(40);

/// Where from, where to, and how.
#[derive(Clone, Debug)]
pub(super) struct Copier {
    pub(super) from: u16,
    pub(super) from_user: String,
    pub(super) to: u16,
    pub(super) to_user: String,
    pub(super) ledger: PathBuf,
    /// The servers, as a URL begins.
    servers: String,
    /// What starts the program.
    starter: Vec<String>,
    pub(super) options: Vec<&'static str>,
}

/// What a run came to.
#[derive(Debug)]
pub(super) struct Outcome {
    pub(super) code: Option<i32>,
    pub(super) json: String,
    #[expect(dead_code, reason = "failed assertions print it")]
    errors: String,
}

impl Copier {
    /// From and to the user `anna` of servers on these ports, with short waits.
    pub(super) fn new(from: u16, to: u16, dir: &Path) -> Self {
        Self {
            from,
            from_user: "anna".into(),
            to,
            to_user: "anna".into(),
            ledger: dir.join("ledger"),
            servers: "imap://{user}@127.0.0.1".into(),
            starter: vec![TEGU.into()],
            options: vec!["--wait", "50", "--late", "0"],
        }
    }

    pub(super) fn with(mut self, options: &[&'static str]) -> Self {
        self.options.extend(options);
        self
    }

    /// Runs at the other end of a cable, and reaches the servers at this one with TLS.
    #[cfg(target_os = "linux")]
    pub(super) fn over(mut self, cable: &Cable, host: IpAddr) -> Self {
        let command = cable.command(TEGU);
        let words = std::iter::once(command.get_program()).chain(command.get_args());
        self.starter = words.map(|word| word.to_string_lossy().into_owned()).collect();
        self.servers = format!("imaps://{{user}}@{host}");
        self
    }

    pub(super) fn start(&self) -> Child {
        let url = |user: &str, port: u16| format!("{}:{port}/", self.servers.replace("{user}", user));
        let (program, arguments) = self.starter.split_first().unwrap();
        Command::new(program)
            .args(arguments)
            .args([
                "imap",
                "copy",
                "--from",
                &url(&self.from_user, self.from),
                "--to",
                &url(&self.to_user, self.to),
            ])
            .arg("--ledger")
            .arg(&self.ledger)
            .arg("--json")
            .args(&self.options)
            .env("TEGU_FROM_PASSWORD", Dovecot::password())
            .env("TEGU_TO_PASSWORD", Dovecot::password())
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap()
    }

    pub(super) fn run(&self) -> Outcome {
        finish(self.start())
    }

    /// Runs it and demands that nothing is left to do but in folders that hold no mail.
    pub(super) fn complete(&self) -> Outcome {
        let outcome = self.run();
        let code = if outcome.not_mail() > 0 { 3 } else { 0 };
        assert_eq!(
            (outcome.code, outcome.count("manual"), outcome.count("failed")),
            (Some(code), outcome.not_mail(), 0),
            "{outcome:?}"
        );
        outcome
    }
}

/// Waits for the end.
pub(super) fn finish(mut child: Child) -> Outcome {
    let start = Instant::now();
    while child.try_wait().unwrap().is_none() {
        if start.elapsed() > PATIENCE {
            let _ = child.kill();
            let output = child.wait_with_output().unwrap();
            panic!(
                "tegu imap copy hangs: {}",
                String::from_utf8_lossy(&output.stderr)
            );
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    let output = child.wait_with_output().unwrap();
    Outcome {
        code: output.status.code(),
        json: String::from_utf8_lossy(&output.stdout).into_owned(),
        errors: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

impl Outcome {
    /// How many messages came to this state.
    pub(super) fn count(&self, state: &str) -> usize {
        let json: String = self.json.split_whitespace().collect();
        let start = format!("\"{state}\":{{\"messages\":");
        let (_, rest) = json
            .split_once(&start)
            .unwrap_or_else(|| panic!("no {state} in {self:?}"));
        let digits: String = rest.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap()
    }

    /// How many items of folders that hold no mail are left to a person.
    pub(super) fn not_mail(&self) -> usize {
        let item = r#""code":"IMAP-FOLDER-NOT-MAIL","state":"manual""#;
        self.json.matches(item).count()
    }

    /// How many messages came to any state.
    pub(super) fn total(&self) -> usize {
        let states = ["moved", "present", "manual", "failed", "excluded"];
        states.iter().map(|state| self.count(state)).sum()
    }
}
