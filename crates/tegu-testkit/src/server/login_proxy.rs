//! Proxies that send each login to one of several IMAP servers: Dovecot, and nginx with its mail module.

use crate::imap;
use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// A Dovecot that holds no mail: a `passwd-file` says which server each login is sent to, and everybody else is sent to another one.
#[derive(Debug)]
pub struct DovecotProxy {
    _daemon: Daemon,
    port: Port,
    dir: TempDir,
}

impl DovecotProxy {
    /// Starts it with a `passwd-file` and the fields of a static passdb for whom the file does not name. `user` logs in by `password` as the
    /// sign that it is there.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(passwd: &str, otherwise: &str, (user, password): (&str, &str)) -> Self {
        process::with_fresh_ports(|| Self::attempt(passwd, otherwise, (user, password)))
    }

    fn attempt(passwd: &str, otherwise: &str, (user, password): (&str, &str)) -> Result<Self, StartError> {
        let dir = process::temp_dir("dovecot-proxy");
        let port = Port::reserve();
        let (path, number) = (dir.path().display(), port.number());
        let config = format!(
            "base_dir = {path}/run\nstate_dir = {path}/state\nlog_path = {path}/log\nprotocols = imap\nlisten = 127.0.0.1\nssl = no\n\
             disable_plaintext_auth = no\nauth_mechanisms = plain login\nauth_username_format = %Lu\nlogin_trusted_networks = 127.0.0.0/8\n\
             passdb {{\n  driver = passwd-file\n  args = username_format=%Lu {path}/passwd\n}}\n\
             passdb {{\n  driver = static\n  args = {otherwise}\n}}\n\
             userdb {{\n  driver = static\n  args = uid=mail gid=mail home=/nonexistent\n}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = {number}\n  }}\n  inet_listener imaps {{\n    port = 0\n  }}\n}}\n\
             service stats {{\n  chroot =\n}}\n"
        );
        fs::write(dir.path().join("passwd"), passwd).expect("write a passwd-file");
        let file = dir.path().join("dovecot.conf");
        fs::write(&file, config).expect("write dovecot.conf");
        let mut command = Command::new(process::program("dovecot", "dovecot-imapd"));
        command.arg("-F").arg("-c").arg(&file);
        let log = Some(dir.path().join("log"));
        let mut daemon = Daemon::start("Dovecot", &mut command, dir.path(), log, || {
            imap::Client::login(number, user, password).map(drop)
        })?;
        daemon.remove_with_it(&[dir.path()]);
        Ok(Self {
            _daemon: daemon,
            port,
            dir,
        })
    }

    /// The port that clients use, without TLS.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Replaces the `passwd-file`, as an administrator does: in one step.
    pub fn replace(&self, passwd: &str) {
        replace(&self.dir.path().join("passwd"), passwd);
    }
}

/// An nginx whose mail module asks a map which server each login is sent to.
#[derive(Debug)]
pub struct NginxMail {
    daemon: Daemon,
    port: Port,
    _answers: Port,
    dir: TempDir,
}

impl NginxMail {
    /// Starts it with the lines of a map from login to `address:port`, and where everybody else goes. `user` logs in by `password` as the sign
    /// that it is there.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(map: &str, otherwise: &str, (user, password): (&str, &str)) -> Self {
        process::with_fresh_ports(|| Self::attempt(map, otherwise, (user, password)))
    }

    fn attempt(map: &str, otherwise: &str, (user, password): (&str, &str)) -> Result<Self, StartError> {
        const MODULE: &str = "/usr/lib/nginx/modules/ngx_mail_module.so";
        assert!(
            Path::new(MODULE).exists(),
            "{MODULE} is missing: install the Debian package libnginx-mod-mail"
        );
        let dir = process::memory_dir("nginx-mail");
        let (port, answers) = (Port::reserve(), Port::reserve());
        let (path, number, asks) = (dir.path().display(), port.number(), answers.number());
        fs::write(dir.path().join("map"), map).expect("write a map");
        let mut config = format!(
            "load_module {MODULE};\ndaemon off;\nuser root;\nworker_processes 1;\npid {path}/pid;\nerror_log stderr;\n\
             events {{ worker_connections 256; }}\nhttp {{\naccess_log off;\n"
        );
        for part in ["client_body", "proxy", "fastcgi", "uwsgi", "scgi"] {
            let _ = writeln!(config, "{part}_temp_path {path}/{part};");
        }
        let _ = write!(
            config,
            "map $http_auth_user $mailbox {{ default {otherwise}; include {path}/map; }}\n\
             map $mailbox $mailbox_host {{ ~^\\[?(?<end_host>[^\\]]+)\\]?:[0-9]+$ $end_host; }}\n\
             map $mailbox $mailbox_port {{ ~:(?<end_port>[0-9]+)$ $end_port; }}\n\
             server {{\nlisten 127.0.0.1:{asks};\nlocation / {{\nadd_header Auth-Status OK;\nadd_header Auth-Server $mailbox_host;\n\
             add_header Auth-Port $mailbox_port;\nreturn 204;\n}}\n}}\n}}\n\
             mail {{\nauth_http 127.0.0.1:{asks}/;\nserver {{\nlisten 127.0.0.1:{number};\nprotocol imap;\n}}\n}}\n"
        );
        let file = dir.path().join("config");
        fs::write(&file, config).expect("write nginx's configuration");
        let mut command = Command::new(process::program("nginx", "nginx-light"));
        command.args(["-e", "stderr", "-c"]).arg(&file);
        let daemon = Daemon::start("nginx", &mut command, dir.path(), None, || {
            imap::Client::login(number, user, password).map(drop)
        })?;
        Ok(Self {
            daemon,
            port,
            _answers: answers,
            dir,
        })
    }

    /// The port that clients use, without TLS.
    pub fn port(&self) -> u16 {
        self.port.number()
    }

    /// Replaces the map and has nginx read it, as an administrator does. Old workers may take logins for a moment more.
    pub fn replace(&self, map: &str) {
        replace(&self.dir.path().join("map"), map);
        let pid = self.daemon.pid().to_string();
        process::run(Command::new("kill").args(["-HUP", &pid]), b"");
    }
}

fn replace(file: &Path, content: &str) {
    let new = file.with_extension("new");
    fs::write(&new, content).expect("write a sheet");
    fs::rename(&new, file).expect("put a sheet in its place");
}
