//! Sieve engines: what a script does with messages, without a server.

use crate::process;
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Flags of a copy, in lower case.
pub type Flags = BTreeSet<String>;

/// What a script does with one message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Filtered {
    /// The folders that get a copy, INBOX among them, with the copy's flags.
    pub folders: BTreeMap<String, Flags>,
    /// To whom the message is sent on.
    pub redirects: BTreeSet<String>,
    /// How many replies are sent.
    pub replies: usize,
    /// Whether the message is refused.
    pub refused: bool,
}

impl Filtered {
    /// A message that nothing has touched: it is in INBOX, without flags.
    pub fn kept() -> Self {
        Self {
            folders: BTreeMap::from([("INBOX".to_owned(), Flags::new())]),
            ..Self::default()
        }
    }
}

/// Pigeonhole, the engine of Dovecot.
#[derive(Debug)]
pub struct Pigeonhole {
    dir: TempDir,
    config: PathBuf,
    root: bool,
}

/// The extensions that Pigeonhole offers as Debian configures it, as ManageSieve lists them.
pub const PIGEONHOLE_EXTENSIONS: &str = "fileinto reject envelope encoded-character vacation subaddress comparator-i;ascii-numeric relational regex imap4flags copy include body \
     variables enotify environment mailbox date index ihave duplicate mime foreverypart extracttext";

impl Pigeonhole {
    /// Makes a folder with a configuration. `lines` go into its block `plugin`.
    pub fn new(lines: &str) -> Self {
        let dir = process::memory_dir("pigeonhole");
        let data = fs::metadata(dir.path()).expect("look at a folder of our own");
        let root = dir.path().display();
        let text = format!(
            "base_dir = {root}/run\nstate_dir = {root}/run\nlog_path = /dev/stderr\nmail_location = maildir:{root}/mail\nssl = no\n\
             first_valid_uid = 1\nfirst_valid_gid = 1\nimport_environment = TZ LD_PRELOAD FAKETIME\n\
             service stats {{\n  chroot =\n}}\nplugin {{\n{lines}\n}}\n"
        );
        let config = dir.path().join("dovecot.conf");
        fs::write(&config, text).expect("write the configuration");
        Self {
            dir,
            config,
            root: data.uid() == 0,
        }
    }

    /// Compiles a script by `sievec`.
    ///
    /// # Errors
    ///
    /// What the compiler says.
    pub fn compile(&self, script: &str) -> Result<(), String> {
        let file = self.dir.path().join("checked.sieve");
        fs::write(&file, script).expect("write a script");
        let mut command = self.command("sievec", None);
        command.arg(&file).arg(self.dir.path().join("checked.svbin"));
        process::try_run(&mut command, b"").map(drop)
    }

    /// Runs a script over messages by `sieve-filter`, all in one process, and returns what it would do with each.
    ///
    /// `now` stops the clock at an instant in UTC: `2026-03-01 12:00:00`.
    ///
    /// # Panics
    ///
    /// If the script does not compile or a message cannot be filtered.
    pub fn filter(&self, script: &str, messages: &[Vec<u8>], now: Option<&str>) -> Vec<Filtered> {
        let mail = self.dir.path().join("mail");
        let _ = fs::remove_dir_all(&mail);
        for name in ["cur", "new", "tmp"] {
            fs::create_dir_all(mail.join(name)).expect("create a maildir");
        }
        for (at, message) in messages.iter().enumerate() {
            fs::write(mail.join(format!("new/{:010}.test", at + 1)), message).expect("write a message");
        }
        let file = self.dir.path().join("run.sieve");
        fs::write(&file, script).expect("write a script");
        let run = || {
            let mut command = self.command("sieve-filter", now);
            command.args(["-v", "-C"]).arg(&file).arg("INBOX");
            process::try_run(&mut command, b"")
        };
        // The semaphore has the process id in its name, and one of another user may be left over.
        let left_over =
            |output: &Result<_, String>| output.as_ref().is_err_and(|error| error.contains("libfaketime"));
        let mut output = run();
        for _ in 0..5 {
            if left_over(&output) {
                output = run();
            }
        }
        let output = output.unwrap_or_else(|error| panic!("{error}\n{script}"));
        let output = String::from_utf8_lossy(&output);
        let all: Vec<Filtered> = output
            .split(">> Filtering message:\n")
            .skip(1)
            .map(read)
            .collect();
        assert_eq!(
            all.len(),
            messages.len(),
            "every message is filtered:\n{output}\n{script}"
        );
        all
    }

    /// The programs give up root, so what they use must not belong to it.
    fn own(&self) {
        if self.root {
            process::run(
                Command::new("chown")
                    .args(["-R", "mail:mail"])
                    .arg(self.dir.path()),
                b"",
            );
        }
    }

    /// A program that has given up root before it starts: libfaketime makes a semaphore at once, and only its owner can use it.
    fn command(&self, name: &str, now: Option<&str>) -> Command {
        self.own();
        let mut command = Command::new(process::program(name, "dovecot-sieve"));
        if self.root {
            let data = fs::metadata(self.dir.path()).expect("look at a folder of our own");
            command.uid(data.uid()).gid(data.gid());
        }
        command.current_dir(self.dir.path()).arg("-c").arg(&self.config);
        command
            .env("HOME", self.dir.path())
            .env("USER", "mail")
            .env("TZ", "UTC")
            .env("LC_ALL", "C.UTF-8");
        if let Some(now) = now {
            process::program("faketime", "faketime");
            command
                .env("LD_PRELOAD", "/usr/$LIB/faketime/libfaketime.so.1")
                .env("FAKETIME", now);
        }
        command
    }
}

/// Reads what `sieve-filter` prints of one message.
fn read(text: &str) -> Filtered {
    let mut out = Filtered::default();
    let mut folder: Option<String> = None;
    let mut reply = false;
    for line in text.lines() {
        if reply {
            reply = line != "END MESSAGE";
            continue;
        }
        let line = line.trim_start();
        if line == "START MESSAGE" {
            reply = true;
        } else if let Some(name) = line.strip_prefix("* store message in folder: ") {
            out.folders.entry(name.to_owned()).or_default();
            folder = Some(name.to_owned());
        } else if let Some(flags) = line.strip_prefix("+ add IMAP flags: ") {
            let flags = flags.split_whitespace().map(str::to_lowercase);
            let copy = folder.as_ref().and_then(|name| out.folders.get_mut(name));
            copy.expect("flags belong to a copy").extend(flags);
        } else if let Some(address) = line.strip_prefix("* redirect message to: <") {
            out.redirects.insert(address.trim_end_matches('>').to_lowercase());
        } else if line.starts_with("* send vacation message") {
            out.replies += 1;
        } else if line.starts_with("* reject message") {
            out.refused = true;
        }
    }
    out
}
