//! The movers, and what each must be told for the same work.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use tegu_testkit::Dovecot;

/// Who moves.
#[derive(Clone, Copy, Debug, Eq, PartialEq)]
pub(crate) enum Peer {
    Mbsync,
    /// Reads by IMAP and writes the target's store itself.
    Dsync,
    /// With what its manual says makes it quick.
    Imapsync,
    /// `connections` 0 leaves the choice to the program.
    Tegu {
        connections: u32,
        verify: &'static str,
    },
    /// Plans and carries nothing out.
    TeguPlan,
}

/// From where to where.
#[derive(Clone, Debug)]
pub(crate) struct Route<'a> {
    pub(crate) from: u16,
    pub(crate) from_user: String,
    pub(crate) from_ca: &'a Path,
    pub(crate) to: u16,
    pub(crate) to_ca: &'a Path,
    pub(crate) tls: bool,
    /// Of the target's server.
    pub(crate) to_config: &'a Path,
}

/// What a run took.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Cost {
    pub(crate) seconds: f64,
    pub(crate) cpu_seconds: f64,
    pub(crate) peak_kib: u64,
    pub(crate) status: i32,
}

impl Peer {
    pub(crate) fn name(self) -> String {
        match self {
            Self::Mbsync => "mbsync".into(),
            Self::Dsync => "dsync".into(),
            Self::Imapsync => "imapsync tuned".into(),
            Self::Tegu {
                connections: 0,
                verify,
            } => format!("tegu imap copy, verify {verify}"),
            Self::Tegu { connections, verify } => {
                format!("tegu imap copy, verify {verify}, {connections} connection(s)")
            }
            Self::TeguPlan => "tegu imap copy --dry-run".into(),
        }
    }

    /// Whether the program is there.
    pub(crate) fn is_installed(self) -> bool {
        let on_path = |name: &str| {
            let path = std::env::var_os("PATH").unwrap_or_default();
            std::env::split_paths(&path).any(|dir| dir.join(name).is_file())
        };
        match self {
            Self::Mbsync => on_path("mbsync"),
            Self::Dsync => on_path("doveadm"),
            Self::Imapsync => on_path("imapsync"),
            Self::Tegu { .. } | Self::TeguPlan => program().is_file(),
        }
    }

    /// Moves the mailbox of the route's user to that of `user`. `state` is a folder that a later run for the same user gets
    /// again.
    pub(crate) fn run(self, route: &Route<'_>, user: &str, state: &Path) -> io::Result<Cost> {
        fs::create_dir_all(state)?;
        let cost = state.join("cost");
        let program = self.command(route, user, state)?;
        let mut command = Command::new("/usr/bin/time");
        command.args(["-q", "-o"]).arg(&cost).args(["-f", "%e %U %S %M"]);
        command.arg(program.get_program()).args(program.get_args());
        let out = fs::File::create(state.join("out"))?;
        let status = command
            .stdin(Stdio::null())
            .stdout(out.try_clone()?)
            .stderr(out)
            .status()?;
        let text = fs::read_to_string(cost)?;
        let figures: Vec<f64> = text
            .split_whitespace()
            .filter_map(|word| word.parse().ok())
            .collect();
        let [seconds, user_seconds, system_seconds, peak] = figures[..] else {
            return Err(io::Error::other(format!("{}: {text}", self.name())));
        };
        Ok(Cost {
            seconds,
            cpu_seconds: user_seconds + system_seconds,
            peak_kib: peak as u64,
            status: status.code().unwrap_or(-1),
        })
    }

    fn command(self, route: &Route<'_>, user: &str, state: &Path) -> io::Result<Command> {
        let password = Dovecot::password();
        match self {
            Self::Mbsync => {
                let config = state.join("mbsyncrc");
                let side = |name: &str, port: u16, user: &str, ca: &Path| {
                    let tls = if route.tls {
                        format!(
                            "SSLType IMAPS\nSystemCertificates no\nCertificateFile {}\n",
                            ca.display()
                        )
                    } else {
                        "SSLType None\n".into()
                    };
                    format!(
                        "IMAPAccount {name}\nHost localhost\nPort {port}\nUser {user}\nPass {password}\nAuthMechs LOGIN\n{tls}\n\
                         IMAPStore {name}\nAccount {name}\n\n"
                    )
                };
                let text = [
                    side("from", route.from, &route.from_user, route.from_ca),
                    side("to", route.to, user, route.to_ca),
                    format!(
                        "Channel move\nFar :from:\nNear :to:\nPatterns *\nCreate Near\nSync Pull\nCopyArrivalDate yes\n\
                         SyncState {}/\n",
                        state.display()
                    ),
                ];
                fs::write(&config, text.concat())?;
                let mut command = Command::new("mbsync");
                command.arg("-c").arg(config).arg("move");
                Ok(command)
            }
            Self::Dsync => {
                let mut command = Command::new("doveadm");
                command.arg("-c").arg(route.to_config);
                for setting in [
                    "imapc_host=127.0.0.1".to_owned(),
                    format!("imapc_port={}", route.from),
                    format!("imapc_user={}", route.from_user),
                    format!("imapc_password={password}"),
                    "mail_prefetch_count=20".to_owned(),
                ] {
                    command.args(["-o", &setting]);
                }
                command.args(["backup", "-R", "-u", user, "imapc:"]);
                Ok(command)
            }
            Self::Imapsync => {
                let mut command = Command::new("imapsync");
                let tls = if route.tls { "ssl" } else { "nossl" };
                for (side, port, user) in [("1", route.from, &*route.from_user), ("2", route.to, user)] {
                    command.args([
                        &format!("--host{side}"),
                        "localhost",
                        &format!("--user{side}"),
                        user,
                    ]);
                    command.args([&format!("--port{side}"), &port.to_string()]);
                    command.args([&format!("--password{side}"), password, &format!("--{tls}{side}")]);
                }
                command.args([
                    "--useuid",
                    "--nofoldersizes",
                    "--nofoldersizesatend",
                    "--noid",
                    "--nolog",
                ]);
                command.arg("--tmpdir").arg(state);
                Ok(command)
            }
            Self::Tegu { connections, verify } => {
                let mut command = tegu(route, user, state);
                command.args(["--verify", verify]);
                if connections > 0 {
                    command.args(["--connections", &connections.to_string()]);
                }
                Ok(command)
            }
            Self::TeguPlan => {
                let mut command = tegu(route, user, state);
                command.arg("--dry-run");
                Ok(command)
            }
        }
    }
}

fn tegu(route: &Route<'_>, user: &str, state: &Path) -> Command {
    let scheme = if route.tls { "imaps" } else { "imap" };
    let url = |user: &str, port: u16| format!("{scheme}://{user}@localhost:{port}/");
    let mut command = Command::new(program());
    command.args([
        "imap",
        "copy",
        "--from",
        &url(&route.from_user, route.from),
        "--to",
        &url(user, route.to),
    ]);
    command
        .arg("--ledger")
        .arg(state.join("ledger"))
        .args(["--json", "--insecure-tls"])
        .env("TEGU_FROM_PASSWORD", Dovecot::password())
        .env("TEGU_TO_PASSWORD", Dovecot::password());
    command
}

/// Cargo puts all programs of one profile into one directory.
fn program() -> PathBuf {
    let own = std::env::current_exe().unwrap_or_default();
    std::env::var_os("TEGU").map_or_else(|| own.with_file_name("tegu"), PathBuf::from)
}
