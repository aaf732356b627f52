//! microsocks: a SOCKS5 proxy (RFC 1928).

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use std::io::{self, Read as _, Write as _};
use std::net::TcpStream;
use std::process::Command;
use tempfile::TempDir;

/// A SOCKS5 proxy that connects to whatever it is asked for.
#[derive(Debug)]
pub struct Microsocks {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

impl Microsocks {
    /// Starts a proxy that anyone may use.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::run(&[])
    }

    /// Starts a proxy that asks for a user name and a password (RFC 1929).
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start_with_password(user: &str, password: &str) -> Self {
        Self::run(&["-u", user, "-P", password])
    }

    fn run(arguments: &[&str]) -> Self {
        process::with_fresh_ports(|| Self::attempt(arguments))
    }

    fn attempt(arguments: &[&str]) -> Result<Self, StartError> {
        let dir = process::memory_dir("microsocks");
        let port = Port::reserve();
        let number = port.number();
        let mut command = Command::new(process::program("microsocks", "microsocks"));
        command
            .args(["-i", "127.0.0.1", "-p", &number.to_string()])
            .args(arguments);
        let daemon = Daemon::start("microsocks", &mut command, dir.path(), None, || greet(number))?;
        Ok(Self {
            daemon,
            port,
            _dir: dir,
        })
    }

    /// The proxy's URL: `socks5://127.0.0.1:PORT`.
    pub fn url(&self) -> String {
        format!("socks5://127.0.0.1:{}", self.port.number())
    }

    /// What the proxy logged so far: a line for each connection that it made.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

/// Fails unless a SOCKS5 server answers a greeting.
fn greet(port: u16) -> io::Result<()> {
    let mut stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.write_all(&[5, 1, 0])?;
    let mut answer = [0; 2];
    stream.read_exact(&mut answer)?;
    if answer[0] == 5 {
        Ok(())
    } else {
        Err(io::Error::other("another protocol than SOCKS5"))
    }
}
