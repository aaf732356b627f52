//! Cyrus IMAP.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::imap;
use crate::server::sink::Sink;
use crate::tls::Certificate;
use std::fs;
use std::io::{self, BufRead as _, BufReader, BufWriter, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use tempfile::TempDir;

/// Where `ci/install-debian` unpacks Cyrus, since its package and Dovecot's exclude each other.
const UNPACKED: &str = "/var/lib/tegu-testkit/cyrus";
const ADMIN_PASSWORD: &str = "adminp";

/// A Cyrus IMAP server of its own. Any user name, with or without a domain, logs in with [`Cyrus::password`] and finds
/// an empty INBOX.
///
/// The separator is `/`, and folders are beside INBOX; other people's are below `Other Users/`. See
/// [`CyrusBuilder::classic_namespace`] for the other way. The administrator `admin` with the password `adminp` has no
/// mailbox of his own, and may act for anybody (SASL PLAIN with an authorisation identity).
///
/// As everywhere by default, it replaces each byte above 127 in the headers of a new message with `X`. The line
/// `munge8bit: no` in [`CyrusBuilder::config`] has it keep what it is given.
#[derive(Debug)]
pub struct Cyrus {
    daemon: Daemon,
    classic: bool,
    certificate: Certificate,
    plain: Port,
    tls: Port,
    http: Option<Port>,
    sieve: Option<Port>,
    sink: Sink,
    dir: TempDir,
}

/// Options for [`Cyrus`].
#[derive(Clone, Debug, Default)]
pub struct CyrusBuilder {
    classic: bool,
    quota_kib: Option<u64>,
    dav: bool,
    sieve: bool,
    lines: String,
}

impl CyrusBuilder {
    /// The namespace of older installations: the separator is `.`, and every folder is below `INBOX.`.
    #[must_use]
    pub fn classic_namespace(mut self) -> Self {
        self.classic = true;
        self
    }

    /// Limits what each user may store, in KiB.
    #[must_use]
    pub fn quota_kib(mut self, kib: u64) -> Self {
        self.quota_kib = Some(kib);
        self
    }

    /// Answers CalDAV and CardDAV too, over HTTP; see [`Cyrus::dav_url`]. WebDAV is on with them: without it Cyrus 3.6 knows nobody in access control
    /// lists of collections. Whoever is to stand in one has to have signed in once.
    #[must_use]
    pub fn dav(mut self) -> Self {
        self.dav = true;
        self
    }

    /// Answers ManageSieve too, and takes mail by LMTP, where each user's active script is run; see [`Cyrus::sieve_port`] and
    /// [`Cyrus::lmtp_socket`].
    #[must_use]
    pub fn sieve(mut self) -> Self {
        self.sieve = true;
        self
    }

    /// Adds a line (or lines) to the end of `imapd.conf`.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Self {
        self.lines.push_str(lines);
        self.lines.push('\n');
        self
    }

    /// Starts the server and waits until it has let a user log in.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start(self) -> Cyrus {
        process::with_fresh_ports(|| self.attempt())
    }

    fn attempt(&self) -> Result<Cyrus, StartError> {
        let install = Install::find();
        // Delivery syncs a disk after each copy.
        let dir = if self.sieve {
            process::memory_dir("cyrus")
        } else {
            process::temp_dir("cyrus")
        };
        let root = dir.path();
        for name in [
            "db", "socket", "proc", "log", "lock", "msg", "quota", "user", "sieve",
        ] {
            fs::create_dir_all(root.join("conf").join(name)).expect("create Cyrus's folders");
        }
        fs::create_dir_all(root.join("spool/stage.")).expect("create the spool");
        let certificate = Certificate::make(root, &[]);
        // Cyrus gives up root before it reads mail or keys. Its packages would make a user `cyrus`; Debian always has `mail`.
        process::run(Command::new("chown").args(["-R", "mail:mail"]).arg(root), b"");
        let (plain, tls) = (Port::reserve(), Port::reserve());
        let sink = Sink::start();
        let config = root.join("imapd.conf");
        fs::write(&config, self.imapd_conf(root, &certificate, sink.port())).expect("write imapd.conf");
        let services = root.join("cyrus.conf");
        let http = self.dav.then(Port::reserve);
        let sieve = self.sieve.then(Port::reserve);
        let text = install.cyrus_conf(
            &config,
            plain.number(),
            tls.number(),
            http.as_ref().map(Port::number),
            sieve.as_ref().map(|port| (port.number(), root)),
        );
        fs::write(&services, text).expect("write cyrus.conf");
        serve_passwords(&root.join("passwords"));
        let mut command = Command::new(install.bin.join("master"));
        command
            .arg("-D")
            .arg("-C")
            .arg(&config)
            .arg("-M")
            .arg(&services)
            .arg("-p")
            .arg(root.join("pid"));
        if let Some(libraries) = &install.libraries {
            command.env("LD_LIBRARY_PATH", libraries);
        }
        let number = plain.number();
        let daemon = Daemon::start("Cyrus", &mut command, root, None, || {
            imap::run(number, "probe", Cyrus::password(), &[]).map(drop)
        })?;
        Ok(Cyrus {
            daemon,
            classic: self.classic,
            certificate,
            plain,
            tls,
            http,
            sieve,
            sink,
            dir,
        })
    }

    fn imapd_conf(&self, root: &Path, certificate: &Certificate, smtp: u16) -> String {
        let modern = if self.classic { "no" } else { "yes" };
        format!(
            "configdirectory: {root}/conf\nproc_path: {root}/conf/proc\nmboxname_lockpath: {root}/conf/lock\n\
             idlesocket: {root}/conf/socket/idle\nlmtpsocket: {root}/conf/socket/lmtp\n\
             notifysocket: {root}/conf/socket/notify\ndefaultpartition: default\npartition-default: {root}/spool\n\
             cyrus_user: mail\ncyrus_group: mail\nservername: localhost\nvirtdomains: userid\ndefaultdomain: localhost\n\
             unixhierarchysep: {modern}\naltnamespace: {modern}\nimapidlepoll: 1\n\
             admins: admin\nproxyservers: admin\nallowplaintext: yes\nautocreate_quota: {quota}\nautocreate_post: yes\n\
             sasl_mech_list: PLAIN LOGIN\nsasl_pwcheck_method: saslauthd\nsasl_saslauthd_path: {root}/passwords\n\
             tls_server_cert: {cert}\ntls_server_key: {key}\ntls_client_ca_file: {ca}\n\
             sieveusehomedir: no\nsievedir: {root}/conf/sieve\nsieve_maxscripts: 5\nsmtp_backend: host\nsmtp_host: 127.0.0.1:{smtp}\n{dav}{lines}",
            // Without a server for changes of calendars nobody is notified.
            dav = if self.dav {
                "httpmodules: caldav carddav webdav\ncaldav_allowscheduling: no\n"
            } else {
                ""
            },
            root = root.display(),
            quota = self.quota_kib.unwrap_or(0),
            cert = certificate.cert.display(),
            key = certificate.key.display(),
            ca = certificate.ca.display(),
            lines = self.lines,
        )
    }
}

/// Where the programs are.
struct Install {
    bin: PathBuf,
    /// Set when they are not where their package puts them.
    libraries: Option<PathBuf>,
}

impl Install {
    fn find() -> Self {
        let installed = PathBuf::from("/usr/lib/cyrus/bin");
        if installed.join("master").is_file() {
            return Self {
                bin: installed,
                libraries: None,
            };
        }
        let unpacked = Path::new(UNPACKED);
        let libraries = fs::read_dir(unpacked.join("usr/lib"))
            .into_iter()
            .flatten()
            .flatten()
            .map(|entry| entry.path())
            .find(|path| path.join("libcyrus.so.0").exists());
        assert!(
            libraries.is_some(),
            "Cyrus is neither installed nor unpacked in {UNPACKED}: it is in the Debian packages `cyrus-imapd`, \
             `cyrus-common` and `cyrus-caldav`; as root, run `ci/install-debian`"
        );
        Self {
            bin: unpacked.join("usr/lib/cyrus/bin"),
            libraries,
        }
    }

    fn cyrus_conf(
        &self,
        config: &Path,
        plain: u16,
        tls: u16,
        http: Option<u16>,
        sieve: Option<(u16, &Path)>,
    ) -> String {
        let (bin, config) = (self.bin.display(), config.display());
        let http = http.map_or(String::new(), |port| {
            format!("  http cmd=\"{bin}/httpd -C {config}\" listen=\"127.0.0.1:{port}\" proto=\"tcp4\" prefork=0\n")
        });
        let sieve = sieve.map_or(String::new(), |(port, root)| {
            format!(
                "  sieve cmd=\"{bin}/timsieved -C {config}\" listen=\"127.0.0.1:{port}\" proto=\"tcp4\" prefork=0\n\
                 \x20 lmtp cmd=\"{bin}/lmtpd -a -C {config}\" listen=\"{root}/conf/socket/lmtp\" prefork=0\n",
                root = root.display()
            )
        });
        format!(
            "START {{\n  recover cmd=\"{bin}/ctl_cyrusdb -C {config} -r\"\n}}\nSERVICES {{\n\
             \x20 imap cmd=\"{bin}/imapd -U 30 -C {config}\" listen=\"127.0.0.1:{plain}\" proto=\"tcp4\" prefork=0\n\
             \x20 imaps cmd=\"{bin}/imapd -s -U 30 -C {config}\" listen=\"127.0.0.1:{tls}\" proto=\"tcp4\" prefork=0\n\
             {http}{sieve}}}\nEVENTS {{\n}}\n"
        )
    }
}

/// Answers Cyrus's questions for passwords, in place of `saslauthd`, which knows the machine's users only.
///
/// The thread waits for the next question until the test process ends.
fn serve_passwords(socket: &Path) {
    let listener = UnixListener::bind(socket).expect("listen for questions about passwords");
    fs::set_permissions(socket, fs::Permissions::from_mode(0o777)).expect("let Cyrus ask about passwords");
    thread::spawn(move || {
        for mut question in listener.incoming().flatten() {
            let _ = check_password(&mut question);
        }
    });
}

/// The protocol: user, password, service and realm, each with a length of two bytes; the answer likewise.
fn check_password(question: &mut UnixStream) -> io::Result<()> {
    let mut field = || {
        let mut length = [0; 2];
        question.read_exact(&mut length)?;
        let mut text = vec![0; usize::from(u16::from_be_bytes(length))];
        question.read_exact(&mut text)?;
        Ok::<_, io::Error>(text)
    };
    let (user, password, _service, _realm) = (field()?, field()?, field()?, field()?);
    let expected = if user == b"admin" {
        ADMIN_PASSWORD
    } else {
        Cyrus::password()
    };
    question.write_all(if password == expected.as_bytes() {
        b"\0\x02OK"
    } else {
        b"\0\x02NO"
    })
}

impl Cyrus {
    /// Starts a server without options.
    ///
    /// # Panics
    ///
    /// When it does not start.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options: namespace, quota, further configuration.
    pub fn builder() -> CyrusBuilder {
        CyrusBuilder::default()
    }

    /// `127.0.0.1`; the certificate is also for `localhost`.
    pub fn host(&self) -> &str {
        "127.0.0.1"
    }

    /// The port without TLS (STARTTLS is offered, and not demanded).
    pub fn port(&self) -> u16 {
        self.plain.number()
    }

    /// The port with TLS from the first byte.
    pub fn tls_port(&self) -> u16 {
        self.tls.number()
    }

    /// The URL of CalDAV and CardDAV. A user needs a mailbox ([`add_user`](Self::add_user)) before it answers him.
    ///
    /// # Panics
    ///
    /// When the server was started without [`CyrusBuilder::dav`].
    pub fn dav_url(&self) -> String {
        format!("http://127.0.0.1:{}/dav/", self.dav_port())
    }

    /// The port of CalDAV and CardDAV.
    ///
    /// # Panics
    ///
    /// As [`dav_url`](Self::dav_url).
    pub fn dav_port(&self) -> u16 {
        self.http.as_ref().expect("a server with CalDAV").number()
    }

    /// The port of ManageSieve.
    ///
    /// # Panics
    ///
    /// When the server was started without [`CyrusBuilder::sieve`].
    pub fn sieve_port(&self) -> u16 {
        self.sieve.as_ref().expect("a server with ManageSieve").number()
    }

    /// The socket that takes mail by LMTP, from whoever asks.
    pub fn lmtp_socket(&self) -> PathBuf {
        self.dir.path().join("conf/socket/lmtp")
    }

    /// Delivers messages by LMTP, each to all users at once, over one connection.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn deliver(&self, messages: &[Vec<u8>], users: &[String]) {
        let stream = UnixStream::connect(self.lmtp_socket()).expect("connect to LMTP");
        let mut answers = BufReader::new(stream.try_clone().expect("share the connection")).lines();
        let mut stream = BufWriter::new(stream);
        let mut expect = |code: &str, what: &str| loop {
            let line = answers.next().expect("an answer").expect("an answer of text");
            assert!(line.starts_with(code), "{what}: {line}");
            if line.as_bytes().get(3) != Some(&b'-') {
                break;
            }
        };
        let mut send = |octets: &[u8]| {
            stream
                .write_all(octets)
                .and_then(|()| stream.flush())
                .expect("send");
        };
        expect("220", "greeting");
        send(b"LHLO test\r\n");
        expect("250", "LHLO");
        for message in messages {
            send(b"MAIL FROM:<sender@outside.example>\r\n");
            expect("250", "MAIL");
            for user in users {
                send(format!("RCPT TO:<{user}@localhost>\r\n").as_bytes());
                expect("250", "RCPT");
            }
            send(b"DATA\r\n");
            expect("354", "DATA");
            let mut stuffed = Vec::with_capacity(message.len() + 64);
            for line in message.split_inclusive(|byte| *byte == b'\n') {
                if line.starts_with(b".") {
                    stuffed.push(b'.');
                }
                stuffed.extend_from_slice(line);
            }
            stuffed.extend_from_slice(b".\r\n");
            send(&stuffed);
            for user in users {
                expect("250", user);
            }
        }
        send(b"QUIT\r\n");
    }

    /// What scripts have sent on or answered so far: to whom, and the message.
    pub fn sent(&self) -> Vec<(Vec<String>, String)> {
        self.sink.sent()
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_pem(&self) -> &Path {
        &self.certificate.ca
    }

    /// The password of every user but the administrator.
    pub fn password() -> &'static str {
        "secret"
    }

    /// The process id of the master process.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// What the server wrote to its standard output and error so far. The rest of its log goes to the system's.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// The server's folder, for files that a test wants to go when the server does.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Makes a user's INBOX before he has ever logged in, such as for a shared mailbox that others are given access to.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn add_user(&self, name: &str) {
        let separator = if self.classic { '.' } else { '/' };
        let create = format!("CREATE \"user{separator}{name}\"");
        imap::run(self.port(), "admin", ADMIN_PASSWORD, &[&create]).expect("create a user");
    }
}
