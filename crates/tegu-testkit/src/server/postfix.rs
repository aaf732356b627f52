//! Postfix: submission of mail by people who sign in.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::dovecot::Dovecot;
use base64::{Engine as _, engine::general_purpose::STANDARD};
use std::fs;
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::net::TcpStream;
use std::process::Command;
use std::time::Duration;
use tempfile::TempDir;

/// Where Debian keeps Postfix's daemons.
const DAEMONS: &str = "/usr/lib/postfix/sbin";

/// A Postfix that takes mail from people who sign in: any user name, by [`Dovecot::password`], which it asks a Dovecot about. What it takes goes
/// nowhere. Needs root.
#[derive(Debug)]
pub struct Postfix {
    // Fields drop in this order: the process before what it asks, its files and ports.
    _daemon: Daemon,
    _logins: Dovecot,
    port: Port,
    _sasl: Port,
    _dir: TempDir,
}

impl Postfix {
    /// Starts it with these lines at the end of `main.cf`, and waits until it has greeted.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(settings: &str) -> Self {
        process::with_fresh_ports(|| Self::attempt(settings))
    }

    fn attempt(settings: &str) -> Result<Self, StartError> {
        process::program("postfix", "postfix");
        let (port, sasl) = (Port::reserve(), Port::reserve());
        let listener = format!("address = 127.0.0.1\n    port = {}", sasl.number());
        let logins = Dovecot::builder()
            .config(&format!(
                "service auth {{\n  inet_listener smtp {{\n    {listener}\n  }}\n}}"
            ))
            .start();
        let dir = process::temp_dir("postfix");
        let (path, number) = (dir.path().display(), port.number());
        for name in ["conf", "queue", "data"] {
            fs::create_dir(dir.path().join(name)).expect("create a folder for Postfix");
        }
        process::run(
            Command::new("chown").arg("postfix").arg(dir.path().join("data")),
            b"",
        );
        let main = format!(
            "compatibility_level = 3.6\nqueue_directory = {path}/queue\ndata_directory = {path}/data\ndaemon_directory = {DAEMONS}\n\
             maillog_file = {path}/log\nmaillog_file_prefixes = {path}\ninet_interfaces = 127.0.0.1\ninet_protocols = ipv4\n\
             myhostname = mail.example.test\nmydestination =\nmynetworks =\nalias_maps =\nlocal_recipient_maps =\ndefault_transport = discard\n\
             smtpd_sasl_auth_enable = yes\nsmtpd_sasl_type = dovecot\nsmtpd_sasl_path = inet:127.0.0.1:{sasl}\n\
             smtpd_relay_restrictions = permit_sasl_authenticated, reject\n{settings}\n",
            sasl = sasl.number(),
        );
        let master = format!(
            "127.0.0.1:{number} inet n - n - - smtpd\nrewrite unix - - n - - trivial-rewrite\ncleanup unix n - n - 0 cleanup\n\
             anvil unix - - n - 1 anvil\npostlog unix-dgram n - n - 1 postlogd\n"
        );
        let conf = dir.path().join("conf");
        for (name, text) in [("main.cf", main), ("master.cf", master)] {
            fs::write(conf.join(name), text).expect("configure Postfix");
        }
        // Makes the folders of the queue.
        process::run(
            Command::new("/usr/sbin/postfix")
                .arg("-c")
                .arg(&conf)
                .arg("check"),
            b"",
        );
        let mut command = Command::new(format!("{DAEMONS}/master"));
        command.arg("-d").arg("-c").arg(&conf);
        let log = Some(dir.path().join("log"));
        let mut daemon = Daemon::start("Postfix", &mut command, dir.path(), log, || {
            Dialogue::open(number).map(drop)
        })?;
        daemon.remove_with_it(&[dir.path()]);
        Ok(Self {
            _daemon: daemon,
            _logins: logins,
            port,
            _sasl: sasl,
            _dir: dir,
        })
    }

    /// Signs in as `login` and asks to send a message by the address `from`.
    ///
    /// # Errors
    ///
    /// The reply that refuses it.
    ///
    /// # Panics
    ///
    /// When the server cannot be spoken to, or the login is refused.
    pub fn may_send(&self, login: &str, from: &str) -> Result<(), String> {
        let mut dialogue = Dialogue::open(self.port.number()).expect("speak SMTP");
        let token = STANDARD.encode(format!("\0{login}\0{}", Dovecot::password()));
        let utf8 = if from.is_ascii() { "" } else { " SMTPUTF8" };
        for command in [
            "EHLO client.example.test".to_owned(),
            format!("AUTH PLAIN {token}"),
        ] {
            let reply = dialogue.say(&command).expect("speak SMTP");
            assert!(reply.starts_with('2'), "{login}: {reply}");
        }
        for command in [
            &format!("MAIL FROM:<{from}>{utf8}"),
            "RCPT TO:<somebody@elsewhere.test>",
        ] {
            let reply = dialogue.say(command).expect("speak SMTP");
            if !reply.starts_with('2') {
                return Err(reply);
            }
        }
        Ok(())
    }
}

/// A connection to an SMTP server.
struct Dialogue(BufReader<TcpStream>);

impl Dialogue {
    fn open(port: u16) -> io::Result<Self> {
        let stream = TcpStream::connect(("127.0.0.1", port))?;
        stream.set_read_timeout(Some(Duration::from_secs(60)))?;
        let mut this = Self(BufReader::new(stream));
        let greeting = this.reply()?;
        if !greeting.starts_with("220 ") {
            return Err(io::Error::other(greeting));
        }
        Ok(this)
    }

    fn say(&mut self, command: &str) -> io::Result<String> {
        self.0.get_mut().write_all(format!("{command}\r\n").as_bytes())?;
        self.reply()
    }

    /// The last line of a reply.
    fn reply(&mut self) -> io::Result<String> {
        loop {
            let mut line = String::new();
            if self.0.read_line(&mut line)? == 0 {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            if line.as_bytes().get(3) != Some(&b'-') {
                return Ok(line.trim_end().to_owned());
            }
        }
    }
}
