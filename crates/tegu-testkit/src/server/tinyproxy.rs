//! Tinyproxy: an HTTP proxy.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// An HTTP proxy that connects to whatever CONNECT (RFC 9110, section 9.3.6) asks for.
#[derive(Debug)]
pub struct Tinyproxy {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

impl Tinyproxy {
    /// Starts a proxy that anyone may use.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::run("")
    }

    /// Starts a proxy that asks for a user name and a password, by HTTP Basic (RFC 7617).
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start_with_password(user: &str, password: &str) -> Self {
        Self::run(&format!("BasicAuth {user} {password}\n"))
    }

    fn run(settings: &str) -> Self {
        process::with_fresh_ports(|| Self::attempt(settings))
    }

    fn attempt(settings: &str) -> Result<Self, StartError> {
        let dir = process::memory_dir("tinyproxy");
        let port = Port::reserve();
        let number = port.number();
        let config = format!(
            "Port {number}\nListen 127.0.0.1\nTimeout 60\nMaxClients 20\nAllow 127.0.0.1\n{settings}"
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write Tinyproxy's configuration");
        let mut command = Command::new(process::program("tinyproxy", "tinyproxy"));
        command.args(["-d", "-c"]).arg(&file);
        let daemon = Daemon::start("Tinyproxy", &mut command, dir.path(), None, || {
            // It tries to serve the root itself, or asks for a password first.
            http::expect(number, "GET", "/", None, &[400, 404, 407, 500])
        })?;
        Ok(Self {
            daemon,
            port,
            _dir: dir,
        })
    }

    /// The proxy's URL: `http://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("http://127.0.0.1:{}", self.port.number())
    }

    /// What the proxy logged so far, with a line for each request.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
