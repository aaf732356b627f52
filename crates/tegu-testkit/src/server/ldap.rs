//! The command line tools of OpenLDAP, as an administrator of a test directory uses them.

use crate::process;
use std::path::Path;
use std::process::Command;

/// Whom the tools bind as, and where.
pub(crate) struct Login<'a> {
    pub(crate) url: &'a str,
    pub(crate) bind_dn: &'a str,
    pub(crate) password: &'a str,
    /// The authority to trust, for an `ldaps` URL.
    pub(crate) ca: Option<&'a Path>,
}

impl Login<'_> {
    fn command(&self, tool: &str) -> Command {
        let mut command = Command::new(process::program(tool, "ldap-utils"));
        command.args(["-x", "-H", self.url, "-D", self.bind_dn, "-w", self.password]);
        if let Some(ca) = self.ca {
            command.env("LDAPTLS_CACERT", ca);
        }
        command
    }

    pub(crate) fn modify(&self, add: bool, ldif: &str) {
        if let Err(message) = self.try_modify(add, ldif) {
            panic!("{message}");
        }
    }

    pub(crate) fn try_modify(&self, add: bool, ldif: &str) -> Result<(), String> {
        let mut command = self.command(if add { "ldapadd" } else { "ldapmodify" });
        process::try_run(&mut command, ldif.as_bytes()).map(drop)
    }

    pub(crate) fn search(&self, base: &str, scope: &str, filter: &str, attributes: &[&str]) -> String {
        self.try_search(base, scope, filter, attributes)
            .unwrap_or_else(|message| panic!("{message}"))
    }

    pub(crate) fn try_search(
        &self,
        base: &str,
        scope: &str,
        filter: &str,
        attributes: &[&str],
    ) -> Result<String, String> {
        let mut command = self.command("ldapsearch");
        command
            .args(["-LLL", "-o", "ldif-wrap=no", "-b", base, "-s", scope, filter])
            .args(attributes);
        process::try_run(&mut command, b"").map(|output| String::from_utf8_lossy(&output).into_owned())
    }
}
