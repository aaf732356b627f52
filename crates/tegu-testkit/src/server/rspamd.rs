//! Rspamd: what it does with a message, by settings of `multimap` and `force_actions`.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// An Rspamd with two modules alone, `multimap` and `force_actions`, so that nothing else decides. It asks nobody on the network.
#[derive(Debug)]
pub struct Rspamd {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

/// What is to become of a message.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Decision {
    /// The action by its name, such as `no action` and `reject`.
    pub action: String,
    /// What the sender's server is told.
    pub message: String,
    /// The new subject; empty if it stays.
    pub subject: String,
}

impl Rspamd {
    /// Starts a server. The settings stand in the blocks `multimap`, `force_actions` and `actions`, as files of those names in Debian's `local.d`.
    ///
    /// # Panics
    ///
    /// When it does not start, or refuses a part of the settings; the message holds its log.
    pub fn start(multimap: &str, force_actions: &str, actions: &str) -> Self {
        let started = process::with_fresh_ports(|| Self::attempt(multimap, force_actions, actions));
        let log = started.daemon.log();
        // A map that is no good takes its symbol with it, on which an expression then depends.
        let refused = log.lines().find(|line| {
            line.contains(" failed: ") || line.contains("cannot find dependency on symbol TEGU_")
        });
        assert_eq!(refused, None, "{log}");
        started
    }

    fn attempt(multimap: &str, force_actions: &str, actions: &str) -> Result<Self, StartError> {
        let dir = process::memory_dir("rspamd");
        let port = Port::reserve();
        let number = port.number();
        let root = dir.path().display();
        for (name, text) in [
            ("multimap.conf", multimap),
            ("force_actions.conf", force_actions),
            ("actions.conf", actions),
            // Which names are domains at the top. The list that comes with it takes many seconds to compile.
            ("tlds", "example\n"),
        ] {
            fs::write(dir.path().join(name), text).expect("write Rspamd's configuration");
        }
        let config = format!(
            "lua = \"$RULESDIR/rspamd.lua\";\noptions {{\n  pidfile = \"{root}/pid\";\n  filters = \"\";\n  disable_hyperscan = true;\n  url_tld = \"{root}/tlds\";\n\
             dns {{ nameserver = [\"127.0.0.1:9\"]; timeout = 0.1s; retransmits = 1; }}\n}}\n\
             logging {{ type = \"console\"; level = \"info\"; }}\n\
             actions {{\n  reject = 15;\n  add_header = 6;\n  greylist = 4;\n  .include \"{root}/actions.conf\"\n}}\n\
             worker \"normal\" {{ bind_socket = \"127.0.0.1:{number}\"; count = 1; }}\n\
             modules {{ path = \"${{PLUGINSDIR}}/multimap.lua\"; path = \"${{PLUGINSDIR}}/force_actions.lua\"; }}\n\
             multimap {{ .include \"{root}/multimap.conf\" }}\nforce_actions {{ .include \"{root}/force_actions.conf\" }}\n"
        );
        let file = dir.path().join("rspamd.conf");
        fs::write(&file, config).expect("write Rspamd's configuration");
        let mut command = Command::new(process::program("rspamd", "rspamd"));
        // In the foreground, and as whoever runs the test.
        command.args(["-f", "-i", "-c"]).arg(&file);
        for folder in ["RUNDIR", "DBDIR", "LOGDIR"] {
            command.arg(format!("--var={folder}={root}"));
        }
        let daemon = Daemon::start("Rspamd", &mut command, dir.path(), None, || {
            http::expect(number, "GET", "/ping", None, &[200])
        })?;
        Ok(Self {
            daemon,
            port,
            _dir: dir,
        })
    }

    /// Asks what is to become of a message of this envelope.
    ///
    /// # Panics
    ///
    /// When it does not answer.
    pub fn check(&self, from: &str, recipients: &[&str], address: &str, message: &str) -> Decision {
        let mut command = Command::new(process::program("rspamc", "rspamd"));
        command
            .arg("--json")
            .arg(format!("--connect=127.0.0.1:{}", self.port.number()))
            .args([format!("--from={from}"), format!("--ip={address}")]);
        for recipient in recipients {
            command.arg(format!("--rcpt={recipient}"));
        }
        let answer = process::run(&mut command, message.as_bytes());
        let answer: serde_json::Value = serde_json::from_slice(&answer).expect("an answer in JSON");
        let text = |value: Option<&serde_json::Value>| {
            value
                .and_then(|value| value.as_str())
                .unwrap_or_default()
                .to_owned()
        };
        Decision {
            action: text(answer.get("action")),
            message: text(answer.pointer("/messages/smtp_message")),
            subject: text(answer.get("subject")),
        }
    }
}
