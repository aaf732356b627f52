//! Child processes: found, started, watched, stopped by process id.

use crate::family::{Process, descendants, signal};
use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

/// How long a server may take until it answers. Generous: the machine may run several tests and a compiler.
const READY: Duration = Duration::from_secs(60);
/// How long a server may take to end after SIGTERM before it is killed.
const STOP: Duration = Duration::from_secs(10);
/// The same when nothing of it is kept.
const DROP: Duration = Duration::from_millis(100);
/// How much of a log a panic message shows, bytes.
const LOG_TAIL: usize = 6_000;

/// Finds a program on the usual path of a Debian machine, or panics with the name of its package.
pub(crate) fn program(name: &str, package: &str) -> PathBuf {
    find(name).unwrap_or_else(|| {
        panic!("`{name}` is not installed: it is in the Debian package `{package}`; as root, run `ci/install-debian`")
    })
}

/// Finds a program; the system's folders come first, because a developer's shims may shadow what the packages installed.
pub(crate) fn find(name: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    ["/usr/sbin", "/usr/bin", "/sbin", "/bin"]
        .into_iter()
        .map(PathBuf::from)
        .chain(std::env::split_paths(&path))
        .map(|dir| dir.join(name))
        .find(|file| file.is_file())
}

/// Runs a command to its end with `input`, and returns its standard output; panics with its output when it fails.
pub(crate) fn run(command: &mut Command, input: &[u8]) -> Vec<u8> {
    match try_run(command, input) {
        Ok(output) => output,
        Err(message) => panic!("{message}"),
    }
}

/// As [`run`], but the failure is returned as text.
pub(crate) fn try_run(command: &mut Command, input: &[u8]) -> Result<Vec<u8>, String> {
    let what = format!("{:?}", command.get_program());
    command
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    let mut child = command.spawn().map_err(|e| format!("start {what}: {e}"))?;
    let mut stdin = child.stdin.take().unwrap();
    let input = input.to_vec();
    // The child may write before it has read everything, so both go on at once. It may also end early: no error here.
    let writer = thread::spawn(move || stdin.write_all(&input));
    let output = child.wait_with_output().map_err(|e| format!("run {what}: {e}"))?;
    let _ = writer.join();
    if output.status.success() {
        return Ok(output.stdout);
    }
    Err(format!(
        "{what} failed with {}\n{}{}",
        output.status,
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    ))
}

/// A running server.
#[derive(Debug)]
pub(crate) struct Daemon {
    name: &'static str,
    child: Child,
    /// Until the server is stopped.
    watchdog: Option<Child>,
    logs: Vec<PathBuf>,
}

/// Why a server did not come up.
#[derive(Debug)]
pub(crate) enum StartError {
    /// Its address was taken by somebody else: worth another port.
    AddressInUse,
    /// Anything else, with the log.
    Failed(String),
}

impl Daemon {
    /// Starts `command` in the foreground with its output in `dir/output`, and waits until `probe` succeeds.
    ///
    /// `log` is a further file that the server logs to.
    pub(crate) fn start(
        name: &'static str,
        command: &mut Command,
        dir: &Path,
        log: Option<PathBuf>,
        mut probe: impl FnMut() -> io::Result<()>,
    ) -> Result<Self, StartError> {
        let output = dir.join("output");
        let file = File::create(&output).expect("create the file for a server's output");
        let child = command
            .current_dir(dir)
            // A server may signal its whole process group, and the test is not to be in it.
            .process_group(0)
            .stdin(Stdio::null())
            .stdout(file.try_clone().expect("share a server's output file"))
            .stderr(file)
            .spawn()
            .unwrap_or_else(|e| panic!("start {name}: {e}"));
        let watchdog = Some(watch(child.id(), &[dir]));
        let mut daemon = Self {
            name,
            child,
            watchdog,
            logs: log.into_iter().chain([output]).collect(),
        };
        match daemon.wait_ready(&mut probe) {
            Ok(()) => Ok(daemon),
            Err(e) => Err(e),
        }
    }

    fn wait_ready(&mut self, probe: &mut dyn FnMut() -> io::Result<()>) -> Result<(), StartError> {
        let deadline = Instant::now() + READY;
        let mut pause = Duration::from_millis(10);
        loop {
            if let Some(status) = self.child.try_wait().expect("look at a server's process") {
                let log = self.log_tail();
                let lower = log.to_lowercase();
                if lower.contains("address already in use") || lower.contains("eaddrinuse") {
                    return Err(StartError::AddressInUse);
                }
                return Err(StartError::Failed(format!(
                    "{} ended with {status} instead of starting\n{log}",
                    self.name
                )));
            }
            // A probe answered by a process that took our port would be a lie; the check above runs first each time,
            // and ports are reserved.
            let last = match probe() {
                Ok(()) => return Ok(()),
                Err(e) => e,
            };
            if Instant::now() > deadline {
                let log = self.log_tail();
                let waited = READY.as_secs();
                return Err(StartError::Failed(format!(
                    "{} does not answer after {waited} s ({last})\n{log}",
                    self.name
                )));
            }
            thread::sleep(pause);
            pause = (pause * 3 / 2).min(Duration::from_millis(250));
        }
    }

    pub(crate) fn pid(&self) -> u32 {
        self.child.id()
    }

    /// Has these folders removed, in place of the one that it was started in, when this process dies.
    pub(crate) fn remove_with_it(&mut self, dirs: &[&Path]) {
        let guard = watch(self.pid(), dirs);
        self.release_watchdog();
        self.watchdog = Some(guard);
    }

    /// The whole of the server's logs so far.
    pub(crate) fn log(&self) -> String {
        let text = |path| String::from_utf8_lossy(&fs::read(path).unwrap_or_default()).into_owned();
        self.logs.iter().map(text).collect()
    }

    fn log_tail(&self) -> String {
        let log = self.log();
        let start = log.len().saturating_sub(LOG_TAIL);
        let start = (start..=log.len())
            .find(|&i| log.is_char_boundary(i))
            .unwrap_or(0);
        format!("--- log of {} ---\n{}---", self.name, &log[start..])
    }

    /// Ends the server and every process that it started in good order: SIGTERM, and SIGKILL for what remains.
    pub(crate) fn stop(&mut self) -> ExitStatus {
        self.end(STOP)
    }

    /// Kills the server at once, as a crash would: it gets no chance to write anything.
    pub(crate) fn crash(&mut self) -> ExitStatus {
        let family = descendants(self.pid());
        let _ = self.child.kill();
        self.bury(family, Duration::ZERO)
    }

    fn end(&mut self, patience: Duration) -> ExitStatus {
        if let Ok(Some(status)) = self.child.try_wait() {
            self.release_watchdog();
            return status;
        }
        let mut family = descendants(self.pid());
        signal("TERM", self.pid());
        let deadline = Instant::now() + patience;
        while matches!(self.child.try_wait(), Ok(None)) {
            if Instant::now() > deadline {
                // What it has started in the meantime would no longer be found as its own.
                family.extend(descendants(self.pid()));
                let _ = self.child.kill();
                break;
            }
            thread::sleep(Duration::from_millis(5));
        }
        self.bury(family, patience)
    }

    /// Waits for the server, which is ending, and for its family, which then gets `patience` and is killed.
    fn bury(&mut self, family: Vec<Process>, patience: Duration) -> ExitStatus {
        let status = self.child.wait().expect("wait for a server's process");
        let deadline = Instant::now() + patience;
        while family.iter().any(Process::lives) && Instant::now() < deadline {
            thread::sleep(Duration::from_millis(5));
        }
        for process in family {
            process.kill();
        }
        self.release_watchdog();
        status
    }

    fn release_watchdog(&mut self) {
        if let Some(mut watchdog) = self.watchdog.take() {
            if let Some(mut pipe) = watchdog.stdin.take() {
                let _ = pipe.write_all(b"stopped\n");
            }
            let _ = watchdog.wait();
        }
    }
}

impl Drop for Daemon {
    fn drop(&mut self) {
        // Its files go with it, so there is nothing to write in good order.
        self.end(DROP);
    }
}

/// Starts a process that ends the server `pid` and removes `dirs` when this process dies, however it dies.
///
/// It reads from a pipe whose other end is here. A line means that the server has been stopped already; an end without a
/// line means that nobody is left to stop it. A zombie counts as ended: who inherits it may never take note. A process group of its own keeps it safe from a signal to the test's.
fn watch(pid: u32, dirs: &[&Path]) -> Child {
    const SCRIPT: &str = "read -r line && exit 0
        kill -TERM $1
        for i in 1 2 3 4 5 6 7 8 9 10; do grep -qs '^State:.[^Z]' /proc/$1/status || break; sleep 0.5; done
        kill -KILL $1
        shift
        rm -rf \"$@\"";
    Command::new("/bin/sh")
        .args(["-c", SCRIPT, "watch", &pid.to_string()])
        .args(dirs)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .expect("start a server's watchdog")
}

/// Calls `attempt` again, with fresh ports, when somebody else took the address in between.
pub(crate) fn with_fresh_ports<T>(mut attempt: impl FnMut() -> Result<T, StartError>) -> T {
    for _ in 0..5 {
        match attempt() {
            Ok(server) => return server,
            Err(StartError::AddressInUse) => {}
            Err(StartError::Failed(message)) => panic!("{message}"),
        }
    }
    panic!("five times in a row, another program took the port that a test server was to listen on");
}

/// A temporary directory that a server running as another user can enter.
pub(crate) fn temp_dir(name: &str) -> tempfile::TempDir {
    temp_dir_in(name, &std::env::temp_dir())
}

/// As [`temp_dir`], in memory where the system offers that: for servers that sync a disk after every change.
pub(crate) fn memory_dir(name: &str) -> tempfile::TempDir {
    let memory = Path::new("/dev/shm");
    let disk = std::env::temp_dir();
    temp_dir_in(name, if memory.is_dir() { memory } else { &disk })
}

pub(crate) fn temp_dir_in(name: &str, parent: &Path) -> tempfile::TempDir {
    use std::os::unix::fs::PermissionsExt as _;
    let dir = tempfile::Builder::new()
        .prefix(&format!("tegu-{name}-"))
        .tempdir_in(parent)
        .expect("create a temporary directory for a server");
    fs::set_permissions(dir.path(), fs::Permissions::from_mode(0o755)).expect("open a temporary directory");
    dir
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "Debian package `some-package`; as root, run `ci/install-debian`")]
    fn a_missing_program_names_its_package() {
        program("tegu-has-no-such-program", "some-package");
    }

    #[test]
    fn the_whole_family_ends() {
        let dir = temp_dir("family");
        let marker = dir.path().join("ready");
        // A child that ignores SIGTERM, below a parent that does not wait for it.
        let script = format!(
            "(trap '' TERM; sleep 100) & echo $! >{0}.new; mv {0}.new {0}; wait",
            marker.display()
        );
        let ready = marker.clone();
        let mut command = Command::new("/bin/sh");
        command.args(["-c", &script]);
        let mut daemon = Daemon::start("family", &mut command, dir.path(), None, || {
            fs::metadata(&ready).map(drop)
        })
        .unwrap();
        let child: u32 = fs::read_to_string(&marker).unwrap().trim().parse().unwrap();
        let child = Process::now(child).unwrap();
        daemon.end(Duration::from_millis(200));
        let deadline = Instant::now() + Duration::from_secs(5);
        while child.lives() {
            assert!(Instant::now() < deadline);
            thread::sleep(Duration::from_millis(5));
        }
    }
}
