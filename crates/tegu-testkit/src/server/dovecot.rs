//! Dovecot: IMAP.

use crate::family;
use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::imap;
use crate::tls::Certificate;
use base64::{
    Engine as _,
    engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD},
};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{SystemTime, UNIX_EPOCH};
use tempfile::TempDir;

/// What the tokens of [`Dovecot::token`] are signed with.
const TOKEN_KEY: &str = "a key for nothing but tests, of 32 octets or more";

/// A Dovecot of its own. Any user name logs in with [`Dovecot::password`] and has an empty mailbox at first.
///
/// The separator is `/`; Drafts, Sent, Trash, Junk and Archive carry their special use once they are created. The
/// master user `admin` with the password `adminp` opens anybody's mailbox as `user*admin`.
#[derive(Debug)]
pub struct Dovecot {
    // Fields drop in this order: the process before its files and ports.
    daemon: Daemon,
    config: PathBuf,
    certificate: Certificate,
    plain: Port,
    tls: Port,
    sieve: Option<Port>,
    store: TempDir,
    dir: TempDir,
}

/// Sessions that stand still; see [`Dovecot::stop_sessions`].
#[derive(Debug)]
pub struct StoppedSessions(Vec<family::Process>);

impl StoppedSessions {
    /// Lets them go on. Returns how many live.
    pub fn resume(&self) -> usize {
        self.0.iter().for_each(|process| process.signal("CONT"));
        self.0.iter().filter(|process| process.lives()).count()
    }
}

impl Drop for StoppedSessions {
    fn drop(&mut self) {
        self.resume();
    }
}

/// Options for [`Dovecot`]; see [`Dovecot::builder`].
#[derive(Clone, Debug, Default)]
pub struct DovecotBuilder {
    lines: String,
    quota_bytes: Option<u64>,
    fsync: bool,
    acl: bool,
    store: Option<PathBuf>,
    compress: bool,
    oauth: bool,
    client_certificates: bool,
    sieve: bool,
}

impl DovecotBuilder {
    /// Adds a line (or lines) to the end of the configuration.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Self {
        self.lines.push_str(lines);
        self.lines.push('\n');
        self
    }

    /// Limits what each user may store, in bytes, and announces QUOTA.
    #[must_use]
    pub fn quota(mut self, bytes: u64) -> Self {
        self.quota_bytes = Some(bytes);
        self
    }

    /// Makes the server flush mail to the disk as it does in production. Off by default: tests are faster without.
    #[must_use]
    pub fn fsync(mut self) -> Self {
        self.fsync = true;
        self
    }

    /// Announces ACL (RFC 4314), with rights kept in a file per mailbox.
    #[must_use]
    pub fn acl(mut self) -> Self {
        self.acl = true;
        self
    }

    /// Keeps the mail in a new folder within `parent`, such as on a file system in memory, and not beside everything else.
    #[must_use]
    pub fn store_in(mut self, parent: &Path) -> Self {
        self.store = Some(parent.to_owned());
        self
    }

    /// Announces COMPRESS=DEFLATE (RFC 4978).
    #[must_use]
    pub fn compress(mut self) -> Self {
        self.compress = true;
        self
    }

    /// Lets users log in by the bearer tokens of [`Dovecot::token`] too: OAUTHBEARER and XOAUTH2.
    #[must_use]
    pub fn oauth(mut self) -> Self {
        self.oauth = true;
        self
    }

    /// Answers ManageSieve too; see [`Dovecot::sieve_port`]. Scripts are kept in `sieve` in the user's folder of [`Dovecot::mail_dir`].
    #[must_use]
    pub fn sieve(mut self) -> Self {
        self.sieve = true;
        self
    }

    /// Asks clients for a certificate, and lets the holder of one from [`Dovecot::client_pem`] log in by SASL EXTERNAL.
    #[must_use]
    pub fn client_certificates(mut self) -> Self {
        self.client_certificates = true;
        self
    }

    /// Lets users log in with tickets for `imap/localhost` and `sieve/localhost`, whose keys are in this keytab; see [`Kerberos`](crate::Kerberos).
    #[must_use]
    pub fn tickets(self, keytab: &Path) -> Self {
        let keytab = keytab.display();
        self.config(&format!(
            "auth_mechanisms = plain login gssapi\nauth_krb5_keytab = {keytab}\nauth_gssapi_hostname = \"$ALL\"\n\
             auth_username_format = %n"
        ))
    }

    /// Starts the server and waits until it has greeted and let a user log in.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(self) -> Dovecot {
        process::with_fresh_ports(|| self.attempt())
    }

    fn attempt(&self) -> Result<Dovecot, StartError> {
        let dir = process::temp_dir("dovecot");
        let certificate = Certificate::make(dir.path(), &[]);
        let (plain, tls) = (Port::reserve(), Port::reserve());
        let store = process::temp_dir_in("dovecot-mail", self.store.as_deref().unwrap_or(dir.path()));
        // Mail must not belong to root; Debian always has the user `mail`.
        process::run(Command::new("chown").arg("mail:mail").arg(store.path()), b"");
        fs::write(dir.path().join("masters"), "admin:{PLAIN}adminp\n").expect("write the master users");
        if self.oauth {
            let keys = dir.path().join("keys/default/HS256");
            fs::create_dir_all(&keys).expect("create a folder for keys");
            fs::write(keys.join("default"), STANDARD.encode(TOKEN_KEY.as_bytes())).expect("write a key");
            let text = format!(
                "introspection_mode = local\nlocal_validation_key_dict = fs:posix:prefix={}/keys/\n\
                 username_attribute = sub\n",
                dir.path().display()
            );
            fs::write(dir.path().join("oauth2"), text).expect("write the settings of oauth2");
        }
        let config = dir.path().join("dovecot.conf");
        let sieve = self.sieve.then(Port::reserve);
        let mut text = self.render(
            dir.path(),
            store.path(),
            &certificate,
            plain.number(),
            tls.number(),
        );
        if let Some(port) = &sieve {
            process::program("sievec", "dovecot-sieve");
            let _ = write!(
                text,
                "protocols = imap sieve\nservice managesieve-login {{\n  inet_listener sieve {{\n    port = {}\n  }}\n}}\n\
                 plugin {{\n  sieve = file:~/sieve;active=~/active.sieve\n}}\n",
                port.number()
            );
        }
        fs::write(&config, text).expect("write dovecot.conf");
        let daemon = launch(&config, dir.path(), store.path(), plain.number())?;
        Ok(Dovecot {
            daemon,
            config,
            certificate,
            plain,
            tls,
            sieve,
            store,
            dir,
        })
    }

    fn render(&self, dir: &Path, store: &Path, certificate: &Certificate, plain: u16, tls: u16) -> String {
        let (dir, store) = (dir.display(), store.display());
        let (cert, key) = (certificate.cert.display(), certificate.key.display());
        let fsync = if self.fsync { "optimized" } else { "never" };
        let mut plugins = String::new();
        let mut imap_plugins = String::new();
        let mut settings = String::new();
        if let Some(bytes) = self.quota_bytes {
            plugins.push_str(" quota");
            imap_plugins.push_str(" imap_quota");
            let _ = write!(
                settings,
                "  quota = count:User quota\n  quota_vsizes = yes\n  quota_grace = 0\n  quota_rule = *:bytes={bytes}\n"
            );
        }
        if self.acl {
            plugins.push_str(" acl");
            imap_plugins.push_str(" imap_acl");
            // The master user acts with the rights of the user whose mailbox it is.
            settings.push_str("  acl = vfile\n  acl_user = %u\n");
        }
        if self.compress {
            imap_plugins.push_str(" imap_zlib");
        }
        let (mut mechanisms, mut logins) = (String::new(), String::new());
        if self.oauth {
            mechanisms.push_str(" oauthbearer xoauth2");
            let _ = write!(
                logins,
                "auth_failure_delay = 0\nservice anvil {{\n  unix_listener anvil-auth-penalty {{\n    mode = 0\n  }}\n}}\n\
                 passdb {{\n  driver = oauth2\n  mechanisms = oauthbearer xoauth2\n  args = {dir}/oauth2\n}}\n"
            );
        }
        if self.client_certificates {
            mechanisms.push_str(" external");
            let _ = write!(
                logins,
                "ssl_ca = <{}\nssl_require_crl = no\nssl_verify_client_cert = yes\nauth_ssl_username_from_cert = yes\n\
                 passdb {{\n  driver = static\n  mechanisms = external\n  args = nopassword\n}}\n",
                certificate.ca.display()
            );
        }
        let special: String = ["Drafts", "Sent", "Trash", "Junk", "Archive"]
            .map(|name| format!("  mailbox {name} {{\n    special_use = \\{name}\n  }}\n"))
            .concat();
        format!(
            "base_dir = {dir}/run\nstate_dir = {dir}/state\nlog_path = {dir}/log\nprotocols = imap\nlisten = 127.0.0.1\n\
             ssl = yes\nssl_cert = <{cert}\nssl_key = <{key}\n\
             disable_plaintext_auth = no\nauth_mechanisms = plain login{mechanisms}\nauth_master_user_separator = *\n\
             {logins}passdb {{\n  driver = passwd-file\n  args = {dir}/masters\n  master = yes\n  pass = yes\n}}\n\
             passdb {{\n  driver = static\n  args = password={password}\n}}\n\
             userdb {{\n  driver = static\n  args = uid=mail gid=mail home={store}/%u\n}}\n\
             mail_location = sdbox:~/store\nmail_fsync = {fsync}\nfirst_valid_uid = 1\nfirst_valid_gid = 1\n\
             mail_max_userip_connections = 200\nmail_plugins ={plugins}\n\
             namespace inbox {{\n  inbox = yes\n  separator = /\n{special}}}\n\
             service imap-login {{\n  inet_listener imap {{\n    port = {plain}\n  }}\n\
             \x20 inet_listener imaps {{\n    port = {tls}\n    ssl = yes\n  }}\n  service_count = 0\n}}\n\
             service imap {{\n  process_limit = 200\n}}\nservice stats {{\n  chroot =\n}}\n\
             protocol imap {{\n  mail_plugins ={plugins}{imap_plugins}\n}}\nplugin {{\n{settings}}}\n{lines}",
            password = Dovecot::password(),
            lines = self.lines,
        )
    }
}

fn launch(config: &Path, dir: &Path, store: &Path, port: u16) -> Result<Daemon, StartError> {
    let mut command = Command::new(process::program("dovecot", "dovecot-imapd"));
    command.arg("-F").arg("-c").arg(config);
    let mut daemon = Daemon::start("Dovecot", &mut command, dir, Some(dir.join("log")), || {
        imap::run(port, "probe", Dovecot::password(), &[]).map(drop)
    })?;
    daemon.remove_with_it(&[dir, store]);
    Ok(daemon)
}

impl Dovecot {
    /// Starts a server with the defaults of [`Dovecot::builder`].
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options; without any: no quota, no ACL, no fsync.
    pub fn builder() -> DovecotBuilder {
        DovecotBuilder::default()
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

    /// The port of ManageSieve (STARTTLS is offered, and not demanded).
    ///
    /// # Panics
    ///
    /// If the server was started without [`DovecotBuilder::sieve`].
    pub fn sieve_port(&self) -> u16 {
        self.sieve.as_ref().expect("a server with ManageSieve").number()
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_pem(&self) -> &Path {
        &self.certificate.ca
    }

    /// The password of every user.
    pub fn password() -> &'static str {
        "secret"
    }

    /// A bearer token for a user, good for so many seconds from now, or expired so many seconds ago. For servers with
    /// [`DovecotBuilder::oauth`].
    pub fn token(user: &str, seconds: i64) -> String {
        let now = SystemTime::now()
            .duration_since(UNIX_EPOCH)
            .map_or(0, |time| time.as_secs());
        let expires = now.saturating_add_signed(seconds);
        let issued = now.saturating_sub(100_000);
        let part = |json: &str| URL_SAFE_NO_PAD.encode(json.as_bytes());
        let head = part(r#"{"alg":"HS256","typ":"JWT"}"#);
        let claims = part(&format!(
            r#"{{"sub":"{user}","iat":{issued},"nbf":{issued},"exp":{expires}}}"#
        ));
        let signed = format!("{head}.{claims}");
        let mut openssl = Command::new(process::program("openssl", "openssl"));
        openssl.args(["dgst", "-sha256", "-binary", "-hmac", TOKEN_KEY]);
        let signature = process::run(&mut openssl, signed.as_bytes());
        format!("{signed}.{}", URL_SAFE_NO_PAD.encode(&signature))
    }

    /// The SHA-256 digest of the server's own certificate, as clients pin it.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate.sha256()
    }

    /// A certificate for a user of a server with [`DovecotBuilder::client_certificates`], and its key, PEM.
    pub fn client_pem(&self, user: &str) -> (PathBuf, PathBuf) {
        self.certificate.make_client(user)
    }

    /// The process id of the master process.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The folder that holds a folder per user, each with the mail store `store` (format sdbox).
    pub fn mail_dir(&self) -> PathBuf {
        self.store.path().to_owned()
    }

    /// The server's configuration, for programs such as `doveadm` that act on its store.
    pub fn config_file(&self) -> &Path {
        &self.config
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Stops the server in good order and starts it again: same ports, same mail.
    ///
    /// # Panics
    ///
    /// When it does not start again.
    pub fn restart(&mut self) {
        self.daemon.stop();
        self.start_again();
    }

    /// Stops the server in good order; [`Dovecot::start_again`] brings it back.
    pub fn stop(&mut self) {
        self.daemon.stop();
    }

    /// Kills the server and its processes at once, as a power cut would; [`Dovecot::start_again`] brings it back.
    pub fn crash(&mut self) {
        self.daemon.crash();
    }

    /// Makes the processes of all sessions stand still (SIGSTOP), with what they have read; others can log in meanwhile.
    /// They go on when the value is dropped.
    pub fn stop_sessions(&self) -> StoppedSessions {
        let mut sessions = family::descendants(self.daemon.pid());
        sessions.retain(|process| process.name() == "imap");
        sessions.iter().for_each(|process| process.signal("STOP"));
        StoppedSessions(sessions)
    }

    /// Starts the server again after [`Dovecot::stop`] or [`Dovecot::crash`]: same ports, same mail.
    ///
    /// # Panics
    ///
    /// When it does not start, or still runs.
    pub fn start_again(&mut self) {
        match launch(
            &self.config,
            self.dir.path(),
            self.store.path(),
            self.plain.number(),
        ) {
            Ok(daemon) => self.daemon = daemon,
            Err(StartError::AddressInUse) => panic!("another program took Dovecot's port while it was down"),
            Err(StartError::Failed(message)) => panic!("{message}"),
        }
    }
}
