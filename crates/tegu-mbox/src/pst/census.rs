//! Counts the items of a PST in a separate process.

use std::fs::{self, OpenOptions};
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use tegu_outcome::file::{open_private, open_regular};
use tempfile::TempDir;

use super::reconcile::Census;
use crate::tree::decode_component;
use crate::{Error, ErrorKind, Result};

/// How a [`census`] is taken.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct CensusOptions {
    /// The program `tegu-pst-census`, which this crate builds with the feature `pst-census`.
    pub program: PathBuf,
    /// How long it may take; after that it is killed. Default: ten minutes.
    pub time_limit: Duration,
    /// Where the copy of the PST is put. Default: the system's directory for temporary files.
    pub scratch: PathBuf,
    /// The most bytes of output that are read. Default: 64 MiB.
    pub max_output: u64,
}

impl CensusOptions {
    /// Makes options with `program`, and defaults for the rest.
    pub fn new(program: impl Into<PathBuf>) -> Self {
        Self {
            program: program.into(),
            time_limit: Duration::from_secs(600),
            scratch: std::env::temp_dir(),
            max_output: 64 << 20,
        }
    }
}

const WHAT: &str = "count the items of";

/// Counts the items of a PST by folder and class.
///
/// The library that reads PST may hang on a damaged file, and opens files for writing where it can. So it runs in a
/// separate process with a time limit, on a read-only copy; `pst` itself is only copied. OST files are refused.
///
/// # Errors
///
/// [`Io`](ErrorKind::Io) if the file cannot be copied or the program cannot be started; [`Malformed`](ErrorKind::Malformed)
/// if the program fails or its list is incomplete, with its message; [`Limit`](ErrorKind::Limit) if a limit is reached.
pub fn census(pst: &Path, options: &CensusOptions) -> Result<Census> {
    let copy = Copy::of(pst, &options.scratch)?;
    let mut child = Running(
        Command::new(&options.program)
            .arg(&copy.file)
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .map_err(|error| Error::io("start", options.program.display(), error))?,
    );
    let limit =
        |name: &str| Error::new(ErrorKind::Limit, format!("limit {name} reached")).doing(WHAT, pst.display());
    let output = listen(child.0.stdout.take(), options.max_output + 1);
    let complaints = listen(child.0.stderr.take(), 4096);
    let until = Instant::now() + options.time_limit;
    let status = loop {
        match child.0.try_wait() {
            Ok(Some(status)) => break status,
            Ok(None) if Instant::now() < until => thread::sleep(Duration::from_millis(20)),
            Ok(None) => {
                return Err(limit("time_limit"));
            }
            Err(error) => return Err(Error::io(WHAT, pst.display(), error)),
        }
    };
    let (output, complaints) = (text(output), text(complaints));
    if output.len() as u64 > options.max_output {
        return Err(limit("max_output"));
    }
    match parse(&output) {
        Some(census) if status.success() => Ok(census),
        _ => {
            let first = complaints.lines().next().unwrap_or("the list has no end");
            Err(Error::new(ErrorKind::Malformed, first).doing(WHAT, pst.display()))
        }
    }
}

type Listener = Option<thread::JoinHandle<Vec<u8>>>;

fn listen(from: Option<impl Read + Send + 'static>, limit: u64) -> Listener {
    from.map(|from| {
        thread::spawn(move || {
            let mut bytes = Vec::new();
            // What was said until then is all that there is.
            let _ = from.take(limit).read_to_end(&mut bytes);
            bytes
        })
    })
}

fn text(listener: Listener) -> String {
    let bytes = listener
        .and_then(|listener| listener.join().ok())
        .unwrap_or_default();
    String::from_utf8_lossy(&bytes).into_owned()
}

/// Reads the program's lines: `count`, path, class, number; `problem`, sentence; and `end`.
fn parse(output: &str) -> Option<Census> {
    let mut census = Census::default();
    let mut ended = false;
    for line in output.lines() {
        match line.split('\t').collect::<Vec<_>>().as_slice() {
            ["count", path, class, count] => {
                let path = path.split('/').map(decode_component).collect();
                census.add(path, class, count.parse().ok()?);
            }
            ["problem", sentence] => census.problems.push((*sentence).to_owned()),
            ["end"] => ended = true,
            _ => return None,
        }
    }
    ended.then_some(census)
}

/// A process that is killed when this is dropped.
struct Running(Child);

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only when it has ended by itself.
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

/// A copy that may only be read, in a directory that only its owner can open.
struct Copy {
    file: PathBuf,
    /// Removed with what is in it.
    _directory: TempDir,
}

impl Copy {
    fn of(pst: &Path, scratch: &Path) -> Result<Self> {
        let directory = tempfile::Builder::new().prefix("tegu-pst-").tempdir_in(scratch);
        let directory =
            directory.map_err(|error| Error::io("create a directory in", scratch.display(), error))?;
        let file = directory.path().join("copy.pst");
        let fail = |error| Error::io("copy", pst.display(), error);
        let mut copy = open_private(&file, OpenOptions::new().write(true).create_new(true)).map_err(fail)?;
        io::copy(&mut open_regular(pst).map_err(fail)?, &mut copy).map_err(fail)?;
        let mut permissions = fs::metadata(&file).map_err(fail)?.permissions();
        permissions.set_readonly(true);
        fs::set_permissions(&file, permissions).map_err(fail)?;
        Ok(Self {
            file,
            _directory: directory,
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_without_its_end_is_none() {
        let line = "count\tInbox/a%2Fb\tIPM.Note\t2\n";
        assert_eq!(parse(line), None);
        let census = parse(&format!("{line}end\n")).unwrap_or_default();
        assert_eq!(
            census.folders.keys().next().map(|path| path.join(">")).as_deref(),
            Some("Inbox>a/b")
        );
        assert_eq!(parse("count\tx\ty\tz\nend\n"), None);
    }
}
