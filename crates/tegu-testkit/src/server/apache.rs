//! Apache with mod_auth_gssapi: Negotiate and NTLM in front of a server that believes what it is told of the user.

use crate::Kerberos;
use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::PathBuf;
use std::process::Command;
use tempfile::TempDir;

/// Where Debian keeps Apache's modules.
const MODULES: &str = "/usr/lib/apache2/modules";

/// A keytab, and the users of NTLM: domain, name, password.
type Secrets<'a> = (&'a [u8], &'a [(&'a str, &'a str, &'a str)]);

/// An Apache that wants a Kerberos ticket (RFC 4559) or NTLM, and hands requests on to a port of this machine.
#[derive(Debug)]
pub struct Apache {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

impl Apache {
    /// Starts one in front of a port of `127.0.0.1` that wants a ticket for `HTTP/localhost` with each request, and hands the request on as
    /// `anna`'s.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn before(backend: u16, tickets: &Kerberos) -> Self {
        let access = format!(
            "GssapiCredStore keytab:{}\nRequestHeader set Authorization \"Basic YW5uYTo=\"\n",
            tickets.keytab().display()
        );
        process::with_fresh_ports(|| Self::attempt(backend, &access, None))
    }

    /// Starts one in front of a port of `127.0.0.1` that also takes NTLM, and names the user in the header `X-Remote-User`. `keytab` holds
    /// the key of `HTTP/HOST`; `users` are those of NTLM: domain, name, password. NTLM needs one login for each connection.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn naming_users(backend: u16, keytab: &[u8], users: &[(&str, &str, &str)]) -> Self {
        let access = "GssapiAllowedMech krb5\nGssapiAllowedMech ntlmssp\nGssapiConnectionBound On\n\
                      RequestHeader unset Authorization\nRequestHeader set X-Remote-User expr=%{REMOTE_USER}\n";
        process::with_fresh_ports(|| Self::attempt(backend, access, Some((keytab, users))))
    }

    fn attempt(backend: u16, access: &str, secrets: Option<Secrets<'_>>) -> Result<Self, StartError> {
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
        .map(|name| format!("LoadModule {name}_module {MODULES}/mod_{name}.so\n"))
        .collect();
        let config = format!(
            "ServerRoot {path}\nServerName localhost\nPidFile {path}/pid\nDefaultRuntimeDir {path}\nErrorLog /dev/stderr\n{modules}\
             Listen 127.0.0.1:{number}\nUser nobody\nGroup nogroup\nAllowEncodedSlashes NoDecode\nKeepAliveTimeout 60\n\
             <Location />\nAuthType GSSAPI\nAuthName tegu\nRequire valid-user\n{access}\
             ProxyPass http://127.0.0.1:{backend}/ nocanon\n</Location>\n"
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write Apache's configuration");
        let mut command = Command::new(process::program("apache2", "apache2-bin"));
        command.args(["-D", "FOREGROUND", "-f"]).arg(&file);
        if let Some((keytab, users)) = secrets {
            let list: String = users
                .iter()
                .map(|(domain, name, password)| format!("{domain}:{name}:{password}\n"))
                .collect();
            // The credentials of both mechanisms come from the environment: a store of credentials would be Kerberos' alone.
            command
                .env("KRB5_KTNAME", secret(&dir, "keytab", keytab))
                .env("NTLM_USER_FILE", secret(&dir, "users", list.as_bytes()));
        }
        let daemon = Daemon::start("Apache", &mut command, dir.path(), None, || {
            http::expect(number, "GET", "/", None, &[401])
        })?;
        Ok(Self {
            daemon,
            port,
            _dir: dir,
        })
    }

    /// The root, with a slash at the end: `http://localhost:PORT/`.
    pub fn url(&self) -> String {
        format!("http://localhost:{}/", self.port.number())
    }

    /// The port on `127.0.0.1`.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}

/// A file that Apache's workers, who are not root, can read.
fn secret(dir: &TempDir, name: &str, octets: &[u8]) -> PathBuf {
    let file = dir.path().join(name);
    fs::write(&file, octets).expect("write a secret of Apache's");
    fs::set_permissions(&file, fs::Permissions::from_mode(0o644)).expect("open a secret of Apache's");
    file
}
