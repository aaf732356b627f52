//! What the libraries log, and where it goes.

use crate::say;
use clap::ValueEnum;
use std::{
    fs::File,
    io::{self, Write},
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
};
use tegu_migrate::{Error, Result};
use tegu_outcome::{file, printable, printable_json};
use tracing::Level;
use tracing_subscriber::{
    filter::Targets,
    fmt::{self, MakeWriter},
    layer::SubscriberExt as _,
    util::SubscriberInitExt as _,
};

#[derive(clap::Args)]
#[command(next_help_heading = "Messages")]
#[group(skip)]
pub(crate) struct Arguments {
    /// The form of what is logged, and of errors
    #[arg(long, global = true, value_enum, default_value_t = Format::Text, value_name = "FORMAT")]
    log_format: Format,
    /// Log into this file (mode 0600, appended to) instead of standard error
    #[arg(long, global = true, value_name = "FILE")]
    log_file: Option<PathBuf>,
    /// Log more: -v what is done, -vv how, -vvv every command
    #[arg(short, long, global = true, action = clap::ArgAction::Count)]
    verbose: u8,
    /// Print results and errors only
    #[arg(short, long, global = true, conflicts_with = "verbose")]
    quiet: bool,
}

#[derive(Clone, Copy, Debug, Eq, PartialEq, ValueEnum)]
pub(crate) enum Format {
    /// Lines for people
    Text,
    /// One JSON object a line
    Json,
}

impl Arguments {
    /// Begins to log. Without `-v` and a file nothing is.
    pub(crate) fn start(&self) -> Result<()> {
        if self.quiet {
            say::be_quiet();
        }
        let level = match (self.verbose, &self.log_file) {
            (0, None) => return Ok(()),
            (0 | 1, _) => Level::INFO,
            (2, _) => Level::DEBUG,
            _ => Level::TRACE,
        };
        let out = match &self.log_file {
            Some(path) => Out::File(Arc::new(Mutex::new(open(path)?))),
            None => Out::Terminal,
        };
        let json = self.log_format == Format::Json;
        let lines = fmt::layer().with_ansi(false).with_writer(Lines { out, json });
        // What other crates tell of themselves is of no use here, and is not held to our rule on secrets.
        let ours = tracing_subscriber::registry().with(Targets::new().with_target("tegu", level));
        if json {
            ours.with(lines.json()).init();
        } else {
            ours.with(lines).init();
        }
        Ok(())
    }

    /// Tells why the program ends.
    pub(crate) fn error(&self, error: &Error) {
        match self.log_format {
            Format::Text => note!("error: {error}"),
            Format::Json => say::json_note(&serde_json::json!({
                "level": "ERROR", "message": error.to_string(), "kind": format!("{:?}", error.kind()),
                "blame": error.blame().name(), "retryable": error.is_retryable(),
            })),
        }
    }
}

fn open(path: &Path) -> Result<File> {
    file::open_private(path, File::options().append(true).create(true))
        .map_err(|error| Error::io("open the log", path.display(), error))
}

#[derive(Clone)]
enum Out {
    Terminal,
    File(Arc<Mutex<File>>),
}

/// Writes lines in which nothing is obeyed by a terminal.
#[derive(Clone)]
struct Lines {
    out: Out,
    json: bool,
}

impl<'a> MakeWriter<'a> for Lines {
    type Writer = Line;

    fn make_writer(&'a self) -> Line {
        Line {
            text: Vec::new(),
            lines: self.clone(),
        }
    }
}

/// One event, written when it is complete.
struct Line {
    text: Vec<u8>,
    lines: Lines,
}

impl Write for Line {
    fn write(&mut self, octets: &[u8]) -> io::Result<usize> {
        self.text.extend_from_slice(octets);
        Ok(octets.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        let text = String::from_utf8_lossy(&self.text);
        let text = text.trim_end_matches('\n');
        let text = if self.lines.json {
            printable_json(text)
        } else {
            printable(text)
        };
        match &self.lines.out {
            Out::Terminal => say::note(text),
            // A full disk does not stop a migration.
            Out::File(file) => {
                let mut file = file.lock().unwrap_or_else(PoisonError::into_inner);
                let _ = writeln!(file, "{text}");
            }
        }
    }
}
