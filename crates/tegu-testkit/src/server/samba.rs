//! Samba as an Active Directory domain controller.

use crate::ports::{self, Address};
use crate::process::{self, Daemon, StartError};
use crate::server::{exchange, ldap};
use crate::tls::Certificate;
use std::fs::{self, File};
use std::io;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

const BASE: &str = "DC=corp,DC=example,DC=test";
const REALM: &str = "CORP.EXAMPLE.TEST";
const PASSWORD: &str = "Str0ng-Adm1n!";

/// An Active Directory domain `corp.example.test` of its own, with one domain controller, `dc1`.
///
/// Its schema has the attributes of Exchange; see [`SambaAdBuilder::without_exchange_schema`]. As in a real one, a
/// simple bind without TLS is refused (`strongerAuthRequired`), so [`SambaAd::ldap_url`] is good for StartTLS and for the
/// anonymous root entry. Unlike a real one, it limits neither the size of a page nor the values of an attribute.
///
/// Samba's ports are fixed, so each server has a loopback address of its own, and this one needs root. The first start on
/// a machine makes the domain, about 15 s, and keeps a copy for all later ones in the folder of temporary files.
#[derive(Debug)]
pub struct SambaAd {
    daemon: Daemon,
    address: Address,
    certificate: Certificate,
    dir: TempDir,
}

/// Options for [`SambaAd`].
#[derive(Clone, Debug)]
pub struct SambaAdBuilder {
    exchange: bool,
    entries: String,
}

impl SambaAdBuilder {
    /// Leaves the schema as Samba ships it. It knows `proxyAddresses` and `legacyExchangeDN`, and almost nothing else of
    /// Exchange: that is what a target looks like.
    #[must_use]
    pub fn without_exchange_schema(mut self) -> Self {
        self.exchange = false;
        self
    }

    /// Loads an LDIF of entries below the base before the server starts. Samba takes some 20 ms for each, so the loaded
    /// domain is kept for later runs, like the empty one.
    #[must_use]
    pub fn load(mut self, ldif: impl Into<String>) -> Self {
        self.entries = ldif.into();
        self
    }

    /// Starts the server and waits until its administrator can search.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(self) -> SambaAd {
        process::with_fresh_ports(|| self.attempt())
    }

    fn attempt(&self) -> Result<SambaAd, StartError> {
        let samba = process::program("samba", "samba-ad-dc");
        let template = template(self.exchange, &self.entries);
        let dir = process::temp_dir("samba");
        let root = dir.path().join("samba");
        copy(&template, &root);
        let address = Address::reserve(389);
        let certificate = Certificate::make(dir.path(), &[address.text()]);
        let config = root.join("etc/smb.conf");
        fs::write(&config, render(&root, address.text(), &certificate)).expect("write smb.conf");
        let mut command = Command::new(samba);
        // `single`: one process, instead of one per service.
        command
            .args(["-F", "-M", "single", "--debug-stdout", "-s"])
            .arg(&config);
        let url = format!("ldaps://{}", address.text());
        let daemon = Daemon::start("samba", &mut command, dir.path(), None, || {
            let login = login(&url, &certificate);
            login
                .try_search("", "base", "(objectClass=*)", &["defaultNamingContext"])
                .map(drop)
                .map_err(io::Error::other)
        })?;
        Ok(SambaAd {
            daemon,
            address,
            certificate,
            dir,
        })
    }
}

fn login<'a>(url: &'a str, certificate: &'a Certificate) -> ldap::Login<'a> {
    ldap::Login {
        url,
        bind_dn: "Administrator@corp.example.test",
        password: PASSWORD,
        ca: Some(&certificate.ca),
    }
}

fn render(root: &Path, address: &str, certificate: &Certificate) -> String {
    format!(
        "[global]\nnetbios name = DC1\nrealm = {REALM}\nworkgroup = CORP\n\
         server role = active directory domain controller\ninterfaces = {address}/8\nbind interfaces only = yes\n\
         server services = ldap, cldap, kdc, rpc\nbinddns dir = {root}/bind-dns\ncache directory = {root}/cache\n\
         lock directory = {root}\nstate directory = {root}/state\nprivate dir = {root}/private\npid directory = {root}\n\
         ncalrpc dir = {root}/ncalrpc\nlog file = {root}/log.%m\nlog level = 1\n\
         tls enabled = yes\ntls keyfile = {key}\ntls certfile = {cert}\ntls cafile = {ca}\n\
         ldap server require strong auth = allow_sasl_over_tls\ndsdb:schema update allowed = yes\n\
         idmap_ldb:use rfc2307 = yes\nvfs objects = dfs_samba4\n\
         [sysvol]\npath = {root}/state/sysvol\nread only = no\n",
        root = root.display(),
        key = certificate.key.display(),
        cert = certificate.cert.display(),
        ca = certificate.ca.display(),
    )
}

/// The folder of a domain that was made once and never started. Made now if there is none yet.
fn template(exchange: bool, entries: &str) -> PathBuf {
    let mut command = Command::new(process::program("samba", "samba-ad-dc"));
    let version =
        String::from_utf8(process::run(command.arg("--version"), b"")).expect("read Samba's version");
    let version = version
        .trim()
        .replace(|c: char| !c.is_ascii_alphanumeric() && c != '.', "-");
    let schema = exchange::samba_schema(BASE);
    let kind = if exchange {
        format!("exchange-{:016x}", fnv(schema.concat().as_bytes()))
    } else {
        "plain".into()
    };
    let kind = if entries.is_empty() {
        kind
    } else {
        format!("{kind}-{:016x}", fnv(entries.as_bytes()))
    };
    let cache = ports::shared_dir().join("samba");
    fs::create_dir_all(&cache).expect("create the folder of Samba domains");
    let made = cache.join(format!("{version}-{kind}"));
    // Held to the end: a second test waits for the first one's domain instead of making its own.
    let lock = File::create(cache.join(format!("{version}-{kind}.lock"))).expect("create a lock");
    lock.lock().expect("wait for another test to make a Samba domain");
    if made.exists() {
        return made;
    }
    let work = tempfile::Builder::new()
        .prefix("making-")
        .tempdir_in(&cache)
        .expect("create a temporary directory");
    let root = work.path().join("samba");
    if !entries.is_empty() {
        copy(&template(exchange, ""), &root);
        offline(&root, &[("ldbadd", entries)]);
    } else if exchange {
        copy(&template(false, ""), &root);
        let [attributes, classes, uses] = &schema;
        offline(
            &root,
            &[("ldbadd", attributes), ("ldbadd", classes), ("ldbmodify", uses)],
        );
    } else {
        provision(&root);
    }
    fs::rename(&root, &made).expect("put a Samba domain in its place");
    made
}

fn provision(root: &Path) {
    let tool = process::program("samba-tool", "samba-common-bin");
    let mut command = Command::new(tool);
    command
        .args([
            "domain",
            "provision",
            "--domain=CORP",
            "--server-role=dc",
            "--dns-backend=NONE",
        ])
        .args([
            "--backend-store=mdb",
            "--host-ip=127.0.0.1",
            "--host-name=dc1",
            "--use-rfc2307",
        ])
        .args([
            "--option=interfaces=lo",
            "--option=bind interfaces only=yes",
            "--option=vfs objects=dfs_samba4",
        ])
        .arg(format!("--realm={REALM}"))
        .arg(format!("--adminpass={PASSWORD}"))
        .arg(format!("--targetdir={}", root.display()));
    process::run(&mut command, b"");
}

/// Changes a domain that does not run, with Samba's own tools.
fn offline(root: &Path, changes: &[(&str, &str)]) {
    let modules = fs::read_dir("/usr/lib")
        .expect("read /usr/lib")
        .flatten()
        .map(|entry| entry.path().join("samba/ldb"))
        .find(|path| path.is_dir())
        .expect("Samba's modules are in the Debian package `samba-dsdb-modules`; as root, run `ci/install-debian`");
    for (tool, ldif) in changes {
        let mut command = Command::new(process::program(tool, "ldb-tools"));
        command
            .env("LDB_MODULES_PATH", &modules)
            .arg("-H")
            .arg(root.join("private/sam.ldb"))
            .arg("--option=dsdb:schema update allowed=true");
        process::run(&mut command, ldif.as_bytes());
    }
}

fn copy(from: &Path, to: &Path) {
    process::run(
        Command::new("cp")
            .args(["-a", "--sparse=always"])
            .args([from, to]),
        b"",
    );
}

/// Fowler, Noll and Vo's hash, 1a, 64 bits.
fn fnv(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

impl SambaAd {
    /// Starts a domain with the attributes of Exchange in its schema.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options: with or without the attributes of Exchange.
    pub fn builder() -> SambaAdBuilder {
        SambaAdBuilder {
            exchange: true,
            entries: String::new(),
        }
    }

    /// The loopback address of this server, such as `127.64.1.2`; the certificate is for it and `localhost`.
    pub fn host(&self) -> &str {
        self.address.text()
    }

    /// 389; StartTLS is offered, and needed before a simple bind.
    pub fn port(&self) -> u16 {
        389
    }

    /// 636, with TLS from the first byte.
    pub fn tls_port(&self) -> u16 {
        636
    }

    /// `ldap://ADDRESS`
    pub fn ldap_url(&self) -> String {
        format!("ldap://{}", self.address.text())
    }

    /// `ldaps://ADDRESS`
    pub fn ldaps_url(&self) -> String {
        format!("ldaps://{}", self.address.text())
    }

    /// The domain's naming context.
    pub fn base_dn(&self) -> &str {
        BASE
    }

    /// The domain's administrator.
    pub fn bind_dn(&self) -> String {
        format!("CN=Administrator,CN=Users,{BASE}")
    }

    /// The administrator's password.
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// The certificate of the authority that signed the server's, PEM.
    pub fn ca_pem(&self) -> &Path {
        &self.certificate.ca
    }

    /// The keys of a principal, such as `HTTP/dc1.corp.example.test`, as a keytab. Its name must be among the service principal names of an
    /// account.
    ///
    /// # Panics
    ///
    /// When there is no such principal.
    pub fn keytab(&self, principal: &str) -> Vec<u8> {
        let file = self.dir.path().join("exported.keytab");
        let _ = fs::remove_file(&file);
        let mut command = Command::new(process::program("samba-tool", "samba-common-bin"));
        command
            .args(["domain", "exportkeytab"])
            .arg(&file)
            .arg(format!("--principal={principal}"))
            .arg("-s")
            .arg(self.dir.path().join("samba/etc/smb.conf"));
        process::run(&mut command, b"");
        fs::read(&file).expect("read a keytab")
    }

    /// Gives the domain controller service principal names, such as `HTTP/localhost`.
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn serve(&self, services: &[&str]) {
        let names: String = services
            .iter()
            .map(|name| format!("servicePrincipalName: {name}\n"))
            .collect();
        self.ldapmodify(&format!(
            "dn: CN=DC1,OU=Domain Controllers,{BASE}\nchangetype: modify\nadd: servicePrincipalName\n{names}"
        ));
    }

    /// Gets a ticket for the administrator, and returns the environment in which a program finds it, for services of the domain and on
    /// `localhost`.
    ///
    /// # Panics
    ///
    /// When `kinit` fails.
    pub fn tickets(&self) -> [(&'static str, String); 2] {
        let (config, cache) = (self.dir.path().join("krb5.conf"), self.dir.path().join("tickets"));
        let text = format!(
            "[libdefaults]\ndefault_realm = {REALM}\ndns_lookup_realm = false\ndns_lookup_kdc = false\n\
             dns_canonicalize_hostname = false\nrdns = false\nudp_preference_limit = 1\n\
             [realms]\n{REALM} = {{\n  kdc = {}\n}}\n[domain_realm]\n.corp.example.test = {REALM}\nlocalhost = {REALM}\n",
            self.host()
        );
        fs::write(&config, text).expect("write krb5.conf");
        let environment = [
            ("KRB5_CONFIG", config.display().to_string()),
            ("KRB5CCNAME", format!("FILE:{}", cache.display())),
        ];
        let mut kinit = Command::new(process::program("kinit", "krb5-user"));
        let line = format!("{PASSWORD}\n");
        process::run(
            kinit.arg("Administrator").envs(environment.clone()),
            line.as_bytes(),
        );
        environment
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

    /// Adds the entries of an LDIF, with `ldapadd`: about 50 ms each.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn load_ldif(&self, ldif: &str) {
        login(&self.ldaps_url(), &self.certificate).modify(true, ldif);
    }

    /// Applies the changes of an LDIF, with `ldapmodify`.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn ldapmodify(&self, ldif: &str) {
        login(&self.ldaps_url(), &self.certificate).modify(false, ldif);
    }

    /// As [`ldapmodify`](Self::ldapmodify), but a refusal is returned: what `ldapmodify` said.
    pub fn try_ldapmodify(&self, ldif: &str) -> Result<(), String> {
        login(&self.ldaps_url(), &self.certificate).try_modify(false, ldif)
    }

    /// Searches the domain with `ldapsearch`, and returns its LDIF (unfolded, without comments; referrals included).
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn search(&self, filter: &str, attributes: &[&str]) -> String {
        login(&self.ldaps_url(), &self.certificate).search(BASE, "sub", filter, attributes)
    }
}
