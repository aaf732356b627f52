//! 389 Directory Server.

use crate::ports::Port;
use crate::process::{self, Daemon, StartError};
use crate::server::{exchange, ldap};
use std::fs;
use std::io;
use std::path::Path;
use std::process::Command;
use tempfile::TempDir;

const BASE: &str = "dc=example,dc=test";
const BIND_DN: &str = "cn=Directory Manager";
const PASSWORD: &str = "secret";

/// What Debian's package brings: the configuration of a new instance, and files that each instance has.
const TEMPLATE: &str = "/usr/share/dirsrv/data/template-dse.ldif";
const COLLATIONS: &str = "/etc/dirsrv/config/slapd-collations.conf";
const CERTIFICATES: &str = "/etc/dirsrv/config/certmap.conf";
const USER_SCHEMA: &str = "/etc/dirsrv/schema/99user.ldif";

/// A 389 Directory Server of its own, with a base entry, `ou=people` and `ou=groups`, and the schemas that it ships.
///
/// It has no TLS. The server gives up root for the user that its package makes, so this one needs root.
#[derive(Debug)]
pub struct Ds389 {
    daemon: Daemon,
    port: Port,
    _dir: TempDir,
}

/// Options for [`Ds389`].
#[derive(Clone, Debug, Default)]
pub struct Ds389Builder {
    exchange: bool,
}

impl Ds389Builder {
    /// Adds the attributes of Active Directory with Exchange, and an auxiliary class `exchangeRecipient` that allows them.
    #[must_use]
    pub fn exchange_schema(mut self) -> Self {
        self.exchange = true;
        self
    }

    /// Starts the server, waits until it lets its administrator search, and adds the first entries.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start(self) -> Ds389 {
        let server = process::with_fresh_ports(|| self.attempt());
        server.load_ldif(&format!(
            "dn: {BASE}\nobjectClass: domain\ndc: example\n\n\
             dn: ou=people,{BASE}\nobjectClass: organizationalUnit\nou: people\n\n\
             dn: ou=groups,{BASE}\nobjectClass: organizationalUnit\nou: groups\n"
        ));
        server
    }

    fn attempt(&self) -> Result<Ds389, StartError> {
        let program = process::program("ns-slapd", "389-ds-base");
        // It syncs a disk after every change.
        let dir = process::memory_dir("ds389");
        let root = dir.path();
        let port = Port::reserve();
        // The server names a semaphore of the whole machine after this folder.
        let config = root.join(format!("slapd-{}", port.number()));
        let folders = ["run", "log", "db", "other"].map(|name| root.join(name));
        for folder in folders.into_iter().chain([config.join("schema")]) {
            fs::create_dir_all(folder).expect("create 389-DS's folders");
        }
        for file in [COLLATIONS, CERTIFICATES] {
            let name = Path::new(file).file_name().expect("a file has a name");
            fs::copy(file, config.join(name)).expect("copy 389-DS's configuration");
        }
        fs::write(
            config.join("dse.ldif"),
            configuration(root, &config, port.number()),
        )
        .expect("write dse.ldif");
        fs::copy(USER_SCHEMA, config.join("schema/99user.ldif")).expect("copy 389-DS's schema");
        if self.exchange {
            fs::write(config.join("schema/98exchange.ldif"), exchange::ds389_schema())
                .expect("write a schema");
        }
        process::run(Command::new("chown").args(["-R", "dirsrv:dirsrv"]).arg(root), b"");
        let mut command = Command::new(program);
        // With a level, it stays in the foreground.
        command
            .arg("-D")
            .arg(&config)
            .arg("-i")
            .arg(root.join("run/pid"))
            .args(["-d", "0"]);
        let url = format!("ldap://127.0.0.1:{}", port.number());
        let daemon = Daemon::start(
            "ns-slapd",
            &mut command,
            root,
            Some(root.join("log/errors")),
            || {
                login(&url)
                    .try_search("", "base", "(objectClass=*)", &["namingContexts"])
                    .map(drop)
                    .map_err(io::Error::other)
            },
        )?;
        Ok(Ds389 {
            daemon,
            port,
            _dir: dir,
        })
    }
}

/// The package's own configuration of a new instance, with a database for [`BASE`].
fn configuration(root: &Path, config: &Path, port: u16) -> String {
    let mut text = fs::read_to_string(TEMPLATE)
        .unwrap_or_else(|e| panic!("read {TEMPLATE}, which the Debian package `389-ds-base` brings: {e}"));
    let folder = |name: &str| root.join(name).display().to_string();
    let values = [
        ("schema_dir", config.join("schema").display().to_string()),
        ("config_dir", config.display().to_string()),
        ("log_dir", folder("log")),
        ("run_dir", folder("run")),
        ("db_dir", folder("db")),
        ("db_home_dir", folder("db")),
        ("db_lib", "bdb".to_owned()),
        ("fqdn", "localhost".to_owned()),
        ("ds_port", port.to_string()),
        ("ds_user", "dirsrv".to_owned()),
        ("ds_suffix", BASE.to_owned()),
        ("rootdn", BIND_DN.to_owned()),
        ("ds_passwd", format!("{{CLEAR}}{PASSWORD}")),
        ("ldapi_enabled", "off".to_owned()),
        ("ldapi_autobind", "off".to_owned()),
        ("ldapi", folder("run/ldapi")),
    ];
    for (name, value) in values {
        text = text.replace(&format!("%{name}%"), &value);
    }
    for name in [
        "lock_dir", "tmp_dir", "cert_dir", "ldif_dir", "bak_dir", "inst_dir",
    ] {
        text = text.replace(&format!("%{name}%"), &folder("other"));
    }
    assert!(!text.contains('%'), "389-DS's template has a new place to fill");
    // The setup of an instance adds the last: `entryUUID` is the identity of an entry.
    // Two blank lines in a row would be an entry without a name, at which the server ends in silence.
    text.truncate(text.trim_end().len());
    text.push_str(&format!(
        "\n\ndn: cn=userRoot,cn=ldbm database,cn=plugins,cn=config\nobjectClass: top\nobjectClass: extensibleObject\n\
         objectClass: nsBackendInstance\ncn: userRoot\nnsslapd-suffix: {BASE}\n\n\
         dn: cn=\"{BASE}\",cn=mapping tree,cn=config\nobjectClass: top\nobjectClass: extensibleObject\n\
         objectClass: nsMappingTree\ncn: {BASE}\nnsslapd-state: backend\nnsslapd-backend: userRoot\n\n\
         dn: cn=entryuuid,cn=plugins,cn=config\nobjectClass: top\nobjectClass: nsSlapdPlugin\ncn: entryuuid\n\
         nsslapd-pluginpath: libentryuuid-plugin\nnsslapd-plugininitfunc: entryuuid_plugin_init\n\
         nsslapd-plugintype: betxnpreoperation\nnsslapd-pluginenabled: on\nnsslapd-pluginid: entryuuid\n\
         nsslapd-pluginversion: none\nnsslapd-pluginvendor: 389 Project\nnsslapd-plugindescription: entryuuid\n"
    ));
    text
}

impl Drop for Ds389 {
    fn drop(&mut self) {
        // A server that is killed leaves its semaphore.
        let _ = fs::remove_file(format!("/dev/shm/sem.slapd-{}.stats", self.port.number()));
    }
}

fn login(url: &str) -> ldap::Login<'_> {
    ldap::Login {
        url,
        bind_dn: BIND_DN,
        password: PASSWORD,
        ca: None,
    }
}

impl Ds389 {
    /// Starts a server without options.
    ///
    /// # Panics
    ///
    /// When it does not start; the message holds its log.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Options: the attributes of Active Directory with Exchange.
    pub fn builder() -> Ds389Builder {
        Ds389Builder::default()
    }

    /// `ldap://127.0.0.1:PORT`
    pub fn ldap_url(&self) -> String {
        format!("ldap://127.0.0.1:{}", self.port.number())
    }

    /// The naming context.
    pub fn base_dn(&self) -> &str {
        BASE
    }

    /// The administrator, who may read and write everything.
    pub fn bind_dn(&self) -> &str {
        BIND_DN
    }

    /// The administrator's password.
    pub fn password(&self) -> &str {
        PASSWORD
    }

    /// The server's process id.
    pub fn pid(&self) -> u32 {
        self.daemon.pid()
    }

    /// The server's log so far.
    pub fn log(&self) -> String {
        self.daemon.log()
    }

    /// Adds the entries of an LDIF, with `ldapadd`.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn load_ldif(&self, ldif: &str) {
        login(&self.ldap_url()).modify(true, ldif);
    }

    /// Applies the changes of an LDIF, with `ldapmodify`.
    ///
    /// # Panics
    ///
    /// When the server refuses one of them.
    pub fn ldapmodify(&self, ldif: &str) {
        login(&self.ldap_url()).modify(false, ldif);
    }

    /// As [`ldapmodify`](Self::ldapmodify), but a refusal is returned: what `ldapmodify` said.
    pub fn try_ldapmodify(&self, ldif: &str) -> Result<(), String> {
        login(&self.ldap_url()).try_modify(false, ldif)
    }

    /// Searches the whole tree with `ldapsearch`, and returns its LDIF (unfolded, without comments).
    ///
    /// # Panics
    ///
    /// When the server refuses.
    pub fn search(&self, filter: &str, attributes: &[&str]) -> String {
        login(&self.ldap_url()).search(BASE, "sub", filter, attributes)
    }
}
