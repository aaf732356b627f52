//! Apache: HTTP Negotiate in front of a server that believes any user name.

use crate::Kerberos;
use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::process::Command;
use tempfile::TempDir;

/// An Apache that wants a Kerberos ticket for `HTTP/localhost` (RFC 4559) with each request, and hands the request on as `anna`'s.
#[derive(Debug)]
pub struct Apache {
    _daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

impl Apache {
    /// Starts it in front of the port of `127.0.0.1`.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn before(backend: u16, tickets: &Kerberos) -> Self {
        process::with_fresh_ports(|| Self::attempt(backend, tickets))
    }

    fn attempt(backend: u16, tickets: &Kerberos) -> Result<Self, StartError> {
        let dir = process::memory_dir("apache");
        let port = Port::reserve();
        let (path, number) = (dir.path().display(), port.number());
        let modules: String = [
            "mpm_event",
            "authn_core",
            "authz_core",
            "authz_user",
            "auth_gssapi",
            "headers",
            "proxy",
            "proxy_http",
        ]
        .iter()
        .map(|name| format!("LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so\n"))
        .collect();
        let config = format!(
            "ServerRoot {path}\nServerName localhost\nPidFile {path}/pid\nDefaultRuntimeDir {path}\nErrorLog /dev/stderr\n{modules}\
             Listen 127.0.0.1:{number}\nUser nobody\nGroup nogroup\nAllowEncodedSlashes NoDecode\n\
             <Location />\nAuthType GSSAPI\nAuthName tegu\nGssapiCredStore keytab:{keytab}\nRequire valid-user\n\
             RequestHeader set Authorization \"Basic YW5uYTo=\"\nProxyPass http://127.0.0.1:{backend}/ nocanon\n</Location>\n",
            keytab = tickets.keytab().display(),
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write Apache's configuration");
        let mut command = Command::new(process::program("apache2", "apache2-bin"));
        command.args(["-D", "FOREGROUND", "-f"]).arg(&file);
        let daemon = Daemon::start("Apache", &mut command, dir.path(), None, || {
            http::expect(number, "GET", "/", None, &[401])
        })?;
        Ok(Self {
            _daemon: daemon,
            port,
            _dir: dir,
        })
    }

    /// The root, with a slash at the end: `http://localhost:PORT/`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/", self.port.number())
    }
}
