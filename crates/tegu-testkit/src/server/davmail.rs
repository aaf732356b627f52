//! DavMail: IMAP, CalDAV and CardDAV in front of Exchange Web Services.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::http;
use std::fs;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

/// Where Debian keeps it.
const JAR: &str = "/usr/share/davmail/davmail.jar";

/// A DavMail in front of a server of Exchange Web Services, without TLS. Users log in with what that server takes.
#[derive(Debug)]
pub struct DavMail {
    daemon: Daemon,
    imap: Port,
    dav: Port,
    _dir: TempDir,
}

impl DavMail {
    /// Starts it in front of a URL, and waits until it listens.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn before(url: &str) -> Self {
        process::with_fresh_ports(|| Self::attempt(url))
    }

    fn attempt(url: &str) -> Result<Self, StartError> {
        assert!(
            Path::new(JAR).is_file(),
            "DavMail is not installed: it is in the Debian package `davmail-server`; as root, run `ci/install-debian`"
        );
        let dir = process::memory_dir("davmail");
        let (imap, dav) = (Port::reserve(), Port::reserve());
        let path = dir.path().display();
        // An empty port is one that is not listened at. Events of any age are shown.
        let settings = format!(
            "davmail.server=true\ndavmail.mode=EWS\ndavmail.url={url}\ndavmail.imapPort={}\ndavmail.caldavPort={}\n\
             davmail.ldapPort=\ndavmail.popPort=\ndavmail.smtpPort=\ndavmail.allowRemote=false\n\
             davmail.bindAddress=127.0.0.1\ndavmail.disableUpdateCheck=true\ndavmail.enableKeepAlive=false\n\
             davmail.folderSizeLimit=0\ndavmail.caldavPastDelay=0\ndavmail.logFilePath={path}/davmail.log\n\
             davmail.oauth.tokenFilePath={path}/tokens\nlog4j.rootLogger=WARN\nlog4j.logger.davmail=INFO\n",
            imap.number(),
            dav.number(),
        );
        let file = dir.path().join("davmail.properties");
        fs::write(&file, settings).expect("write DavMail's settings");
        let mut command = Command::new(process::program("java", "davmail-server"));
        command
            .args(["-Xmx192m", "-Djava.awt.headless=true", "-jar", JAR, "-server"])
            .arg(&file);
        let log = dir.path().join("davmail.log");
        let number = dav.number();
        let daemon = Daemon::start("DavMail", &mut command, dir.path(), Some(log), || {
            http::expect(number, "OPTIONS", "/", None, &[200, 401])
        })?;
        Ok(Self {
            daemon,
            imap,
            dav,
            _dir: dir,
        })
    }

    /// The port of IMAP on `127.0.0.1`.
    pub fn imap_port(&self) -> u16 {
        self.imap.number()
    }

    /// The port of CalDAV and CardDAV on `127.0.0.1`: `/users/ADDRESS/calendar/` and `/users/ADDRESS/contacts/`.
    pub fn dav_port(&self) -> u16 {
        self.dav.number()
    }

    /// Its log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }
}
