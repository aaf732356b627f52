//! A folder to work in, and jobs that run in it.

use std::{
    collections::BTreeMap,
    fs,
    path::{Path, PathBuf},
};
use tegu_migrate::{CancellationToken, Config, Counts, Entity, Error, Report};

pub(crate) struct Scene {
    pub(crate) root: tempfile::TempDir,
}

impl Scene {
    pub(crate) fn new() -> Self {
        Self {
            root: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.root.path().join(relative)
    }

    pub(crate) fn write(&self, relative: &str, content: impl AsRef<[u8]>) {
        let path = self.path(relative);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        // Passwords are among them.
        fs::set_permissions(path, std::os::unix::fs::PermissionsExt::from_mode(0o600)).unwrap();
    }

    /// A directory with one account, `anna@example.test`, and the head of a job whose `out` is `out`.
    pub(crate) fn head(&self, out: &str) -> String {
        self.write(
            "directory.ldif",
            "dn: CN=Anna,DC=example,DC=test\nobjectClass: user\ndisplayName: Anna\nmailNickname: anna\n\
             mail: anna@example.test\nproxyAddresses: SMTP:anna@example.test\nmsExchRecipientTypeDetails: 1\n\
             userAccountControl: 512\n",
        );
        self.write("password", "secret\n");
        format!(
            "name = 'test'\nout = '{out}'\n[directory]\nldif = 'directory.ldif'\ndomains = ['example.test']\n"
        )
    }

    pub(crate) async fn run(&self, config: &str) -> Result<Report, Error> {
        let migration = Config::from_toml(config, self.root.path().to_owned())?.into_migration()?;
        let report = migration.run(&CancellationToken::new()).await?;
        let entities = report.entities.iter().all(|row| row.counts.balances());
        let containers = report.containers().all(|row| row.counts.balances());
        assert!(
            entities && containers,
            "the sums must add up: {:#?}",
            report.entities
        );
        assert_eq!(report.balances(), report.uncounted().next().is_none());
        Ok(report)
    }
}

pub(crate) fn counts(report: &Report, entity: Entity) -> Counts {
    report.entity(entity).unwrap().counts
}

pub(crate) fn problems(report: &Report) -> Vec<String> {
    report
        .accounts
        .iter()
        .flat_map(|account| &account.problems)
        .map(|problem| problem.error.clone())
        .collect()
}

/// Every file below a folder with its content.
pub(crate) fn tree(root: &Path) -> BTreeMap<String, Vec<u8>> {
    let mut files = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(root).unwrap().to_string_lossy().into_owned();
                files.insert(name, fs::read(&path).unwrap());
            }
        }
    }
    files
}
