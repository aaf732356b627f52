//! Xandikos: CalDAV and CardDAV on git.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// A Xandikos of its own, without authentication.
///
/// It has one user, whose principal is `{url}user/`, with a calendar `{url}user/calendars/calendar/` and an address
/// book `{url}user/contacts/addressbook/`, both empty.
#[derive(Debug)]
pub struct Xandikos {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

impl Xandikos {
    /// Starts the server and waits until it answers a PROPFIND.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        process::with_fresh_ports(Self::attempt)
    }

    fn attempt() -> Result<Self, StartError> {
        let dir = process::temp_dir("xandikos");
        let port = Port::reserve();
        let store = dir.path().join("store");
        fs::create_dir(&store).expect("create the store");
        let number = port.number();
        let mut command = Command::new(process::program("xandikos", "xandikos"));
        command
            .arg("-d")
            .arg(&store)
            .args(["--defaults", "-l", "127.0.0.1", "-p", &number.to_string()]);
        // It writes commits, and git would look for an author in the home directory.
        command.env("HOME", dir.path());
        let daemon = Daemon::start("Xandikos", &mut command, dir.path(), None, || {
            http::expect(number, "PROPFIND", "/user/calendars/calendar/", None, &[207])
        })?;
        Ok(Self {
            daemon,
            port,
            _dir: dir,
        })
    }

    /// The root, with a slash at the end: `http://127.0.0.1:PORT/`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}/", self.port.number())
    }

    /// The port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
