//! OpenLDAP's slapd.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::{exchange, ldap};
use crate::tls::Certificate;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// An OpenLDAP server of its own, with a base entry and nothing below it but, without
/// [`exchange_schema`](SlapdBuilder::exchange_schema), `ou=people` and `ou=groups`.
///
/// Schemas: core, cosine, inetorgperson, nis and misc. Anonymous searches return at most 500 entries; the bind DN of
/// [`Slapd::bind_dn`] has no limit. Overlay: syncprov.
#[derive(Debug)]
pub struct Slapd {
    daemon: Daemon,
    certificate: Certificate,
    plain: Port,
    tls: Port,
    exchange: bool,
    dir: TempDir,
}

/// Options for [`Slapd`].
#[derive(Clone, Debug, Default)]
pub struct SlapdBuilder {
    exchange: bool,
    lines: String,
    entries: String,
}

impl SlapdBuilder {
    /// Adds the classes and attributes of Active Directory with Exchange, and loosens what OpenLDAP is stricter about
    /// (people without `sn`, `mail` in UTF-8), so that an LDIF from there loads.
    ///
    /// The base is then `dc=corp,dc=example,dc=test`, as in [`SambaAd`](crate::SambaAd), and has the class `domainDNS`.
    #[must_use]
    pub fn exchange_schema(mut self) -> Self {
        self.exchange = true;
        self
    }

    /// Adds a line (or lines) of `slapd.conf` to the database's section.
    #[must_use]
    pub fn config(mut self, lines: &str) -> Self {
        self.lines.push_str(lines);
        self.lines.push('\n');
        self
    }

    /// Loads an LDIF of entries below the base with `slapadd` before the server starts: twenty thousand take two seconds.
    #[must_use]
    pub fn load(mut self, ldif: impl Into<String>) -> Self {
        self.entries = ldif.into();
        self
    }

    /// Starts the server, waits until it lets its administrator search, and adds the base entry.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(self) -> Slapd {
        let slapd = process::with_fresh_ports(|| self.attempt());
        if self.entries.is_empty() {
            slapd.load_ldif(self.top());
        }
        slapd
    }

    /// The entries that every server has.
    fn top(&self) -> &'static str {
        if self.exchange {
            "dn: dc=corp,dc=example,dc=test\nobjectClass: top\nobjectClass: domain\nobjectClass: domainDNS\ndc: corp\n"
        } else {
            "dn: dc=example,dc=test\nobjectClass: dcObject\nobjectClass: organization\ndc: example\no: Example\n\n\
             dn: ou=people,dc=example,dc=test\nobjectClass: organizationalUnit\nou: people\n\n\
             dn: ou=groups,dc=example,dc=test\nobjectClass: organizationalUnit\nou: groups\n"
        }
    }

    fn attempt(&self) -> Result<Slapd, StartError> {
        let slapd = process::program("slapd", "slapd");
        let dir = process::temp_dir("slapd");
        let certificate = Certificate::make(dir.path(), &[]);
        let (plain, tls) = (Port::reserve(), Port::reserve());
        fs::create_dir(dir.path().join("db")).expect("create the database folder");
        let config = dir.path().join("slapd.conf");
        fs::write(&config, self.render(dir.path(), &certificate)).expect("write slapd.conf");
        if !self.entries.is_empty() {
            let tool = process::program("slapadd", "slapd");
            let ldif = format!("{}\n{}", self.top(), self.entries);
            process::run(
                Command::new(tool).arg("-q").arg("-f").arg(&config),
                ldif.as_bytes(),
            );
        }
        let urls = format!(
            "ldap://127.0.0.1:{} ldaps://127.0.0.1:{}",
            plain.number(),
            tls.number()
        );
        let mut command = Command::new(slapd);
        command.arg("-f").arg(&config).args(["-h", &urls, "-d", "none"]);
        let number = plain.number();
        let bind_dn = format!("cn=admin,{}", base(self.exchange));
        let daemon = Daemon::start("slapd", &mut command, dir.path(), None, || {
            let login = ldap::Login {
                url: &format!("ldap://127.0.0.1:{number}"),
                bind_dn: &bind_dn,
                password: "secret",
                ca: None,
            };
            login
                .try_search("", "base", "(objectClass=*)", &["namingContexts"])
                .map(drop)
                .map_err(std::io::Error::other)
        })?;
        Ok(Slapd {
            daemon,
            certificate,
            plain,
            tls,
            exchange: self.exchange,
            dir,
        })
    }

    fn render(&self, dir: &Path, certificate: &Certificate) -> String {
        let mut core = "/etc/ldap/schema/core.schema".to_owned();
        let mut own = String::new();
        if self.exchange {
            let text = fs::read_to_string(&core).expect("read OpenLDAP's core.schema");
            let (loosened, exchange) = (dir.join("core.schema"), dir.join("exchange.schema"));
            fs::write(&loosened, exchange::loosened_core(&text)).expect("write core.schema");
            fs::write(&exchange, exchange::openldap_schema()).expect("write exchange.schema");
            core = loosened.display().to_string();
            own = format!("include {}\n", exchange.display());
        }
        let standard: String = ["cosine", "inetorgperson", "nis", "misc"]
            .map(|name| format!("include /etc/ldap/schema/{name}.schema\n"))
            .concat();
        let base = base(self.exchange);
        format!(
            "include {core}\n{standard}{own}pidfile {dir}/slapd.pid\nmodulepath /usr/lib/ldap\nmoduleload back_mdb\n\
             moduleload syncprov\nTLSCertificateFile {cert}\nTLSCertificateKeyFile {key}\nTLSCACertificateFile {ca}\nTLSVerifyClient allow\n\
             sizelimit size.soft=500 size.hard=unlimited size.prtotal=unlimited\n\
             database mdb\nsuffix {base}\nrootdn cn=admin,{base}\nrootpw secret\ndirectory {dir}/db\n\
             maxsize 1073741824\ndbnosync\nindex objectClass,uid,mail eq\noverlay syncprov\n{lines}",
            dir = dir.display(),
            cert = certificate.cert.display(),
            key = certificate.key.display(),
            ca = certificate.ca.display(),
            lines = self.lines,
        )
    }
}

fn base(exchange: bool) -> &'static str {
    if exchange {
        "dc=corp,dc=example,dc=test"
    } else {
        "dc=example,dc=test"
    }
}

impl Slapd {
    /// Starts a server without options.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options: the schema of Active Directory with Exchange, further configuration.
    pub fn builder() -> SlapdBuilder {
        SlapdBuilder::default()
    }

    /// The SHA-256 digest of the server's own certificate, as clients pin it.
    pub fn certificate_sha256(&self) -> [u8; 32] {
        self.certificate.sha256()
    }

    /// A certificate for a user, who signs in with it by SASL EXTERNAL, and its key; PEM.
    pub fn client_pem(&self, user: &str) -> (PathBuf, PathBuf) {
        self.certificate.make_client(user)
    }

    /// `127.0.0.1`; the certificate is also for `localhost`.
    pub fn host(&self) -> &str {
        "127.0.0.1"
    }

    /// The port without TLS; StartTLS is offered.
    pub fn port(&self) -> u16 {
        self.plain.number()
    }

    /// The port with TLS from the first byte.
    pub fn tls_port(&self) -> u16 {
        self.tls.number()
    }

    /// `ldap://127.0.0.1:PORT`
    pub fn ldap_url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.plain.number())
    }

    /// `ldaps://127.0.0.1:PORT`
    pub fn ldaps_url(&self) -> String {
        format!("ldaps://127.0.0.1:{}", self.tls.number())
    }

    /// The naming context.
    pub fn base_dn(&self) -> &str {
        base(self.exchange)
    }

    /// The administrator, who may read and write everything.
    pub fn bind_dn(&self) -> String {
        format!("cn=admin,{}", base(self.exchange))
    }

    /// The administrator's password.
    pub fn password(&self) -> &str {
        "secret"
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_pem(&self) -> &Path {
        &self.certificate.ca
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// The server's folder, for files that a test wants to go when the server does.
    pub fn dir(&self) -> &Path {
        self.dir.path()
    }

    /// Adds the entries of an LDIF, with `ldapadd`.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn load_ldif(&self, ldif: &str) {
        self.with_login(|login| login.modify(true, ldif));
    }

    /// Applies the changes of an LDIF, with `ldapmodify`.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn ldapmodify(&self, ldif: &str) {
        self.with_login(|login| login.modify(false, ldif));
    }

    /// As [`ldapmodify`](Self::ldapmodify), but a refusal is returned: what `ldapmodify` said.
    pub fn try_ldapmodify(&self, ldif: &str) -> Result<(), String> {
        self.with_login(|login| login.try_modify(false, ldif))
    }

    /// Searches the whole tree with `ldapsearch`, and returns its LDIF (unfolded, without comments).
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn search(&self, filter: &str, attributes: &[&str]) -> String {
        self.with_login(|login| login.search(self.base_dn(), "sub", filter, attributes))
    }

    fn with_login<T>(&self, f: impl FnOnce(ldap::Login<'_>) -> T) -> T {
        f(ldap::Login {
            url: &self.ldap_url(),
            bind_dn: &self.bind_dn(),
            password: self.password(),
            ca: None,
        })
    }
}
