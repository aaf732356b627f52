//! Passwords and tokens: named by the configuration, never in it.

use crate::{
    Account, Error, Result,
    template::{PathTemplate, plain},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use std::{
    collections::BTreeMap,
    fs::File,
    io::{self, Read as _},
    path::{Path, PathBuf},
};
use tegu_outcome::file::{check_private, open_regular};

/// Where a password, a token or another secret is found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecretRef {
    /// In an environment variable.
    Env(String),
    /// In a file, whose last line end does not count. One that others can read is refused.
    File(PathBuf),
}

impl SecretRef {
    /// Reads the password of an account; `{mail}`, `{alias}` and `{domain}` in the name are filled in.
    ///
    /// # Errors
    ///
    /// Names the variable or the file, never what it holds.
    pub fn resolve(&self, account: &Account, base: &Path) -> Result<SecretString> {
        self.read("password", account, base)
    }

    /// Reads `what`, which is the word for it in errors.
    pub(crate) fn read(&self, what: &str, account: &Account, base: &Path) -> Result<SecretString> {
        match self {
            Self::Env(template) => {
                let name = plain(template, account);
                let wrong = |why: &str| {
                    Err(Error::config(format!(
                        "the environment variable {name} is {why}; put the {what} there"
                    )))
                };
                match std::env::var(&name) {
                    Ok(value) if !value.is_empty() => Ok(value.into()),
                    Ok(_) => wrong("empty"),
                    Err(_) => wrong("not set"),
                }
            }
            Self::File(template) => {
                let template = PathTemplate::new(&template.to_string_lossy(), base);
                let path = template.place(account);
                let wrong = |why: String| Error::config(format!("the {what} file {}{why}", path.display()));
                let text = template.open(account).and_then(|file| private_text(file, &path));
                let text = text.map_err(|error| wrong(format!(": {error}")))?;
                let secret = text.strip_suffix('\n').unwrap_or(&text);
                let secret = secret.strip_suffix('\r').unwrap_or(secret);
                if secret.is_empty() {
                    return Err(wrong(" is empty".into()));
                }
                Ok(secret.to_owned().into())
            }
        }
    }
}

/// Reads a private key that the operator named.
pub(super) fn read_private(path: PathBuf) -> io::Result<String> {
    private_text(open_regular(&path)?, &path)
}

fn private_text(mut file: File, path: &Path) -> io::Result<String> {
    check_private(&file, path)?;
    let mut text = String::new();
    file.read_to_string(&mut text)?;
    Ok(text)
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const HOW: &str =
            "a password or token is written as { env = \"NAME\" } or { file = \"PATH\" }, never as text";
        // Read as a table of anything, so that no message can quote a password that was written here by mistake.
        let toml::Value::Table(table) = toml::Value::deserialize(deserializer)? else {
            return Err(de::Error::custom(HOW));
        };
        let table: BTreeMap<String, toml::Value> = table.into_iter().collect();
        let mut entries = table.into_iter();
        match (entries.next(), entries.next()) {
            (Some((key, toml::Value::String(name))), None) if key == "env" => Ok(Self::Env(name)),
            (Some((key, toml::Value::String(path))), None) if key == "file" => Ok(Self::File(path.into())),
            _ => Err(de::Error::custom(HOW)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use secrecy::ExposeSecret;

    #[derive(Debug, Deserialize)]
    struct Holder {
        password: SecretRef,
    }

    #[test]
    fn a_password_written_as_text_is_refused_and_not_repeated() {
        for config in [
            "password = \"hunter2\"",
            "password = { env = 'A', file = 'B' }",
            "password = { enw = 'hunter2' }",
        ] {
            let error = toml::from_str::<Holder>(config).unwrap_err();
            assert!(error.message().contains("never as text"), "{error}");
            assert!(!error.message().contains("hunter2"));
        }
    }

    #[test]
    fn a_file_may_be_named_by_the_account() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("anna.txt");
        tegu_outcome::file::write(&path, |file| file.write_all(b"s3cret\r\n")).unwrap();
        let holder: Holder = toml::from_str("password = { file = '{alias}.txt' }").unwrap();
        let secret = holder
            .password
            .resolve(&Account::new("anna@example.test"), directory.path())
            .unwrap();
        assert_eq!(secret.expose_secret(), "s3cret");
        let error = holder
            .password
            .resolve(&Account::new("boris@example.test"), directory.path())
            .unwrap_err();
        assert!(error.to_string().contains("boris.txt"), "{error}");
    }

    #[cfg(unix)]
    #[test]
    fn a_password_that_others_can_read_is_refused() {
        use std::os::unix::fs::{PermissionsExt as _, symlink};
        let directory = tempfile::tempdir().unwrap();
        let (path, link) = (directory.path().join("anna"), directory.path().join("boris"));
        std::fs::write(&path, "s3cret").unwrap();
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o640)).unwrap();
        let resolve = |template: &str, mail: &str| {
            let found = SecretRef::File(template.into()).resolve(&Account::new(mail), directory.path());
            found.map(drop).map_err(|error| error.to_string())
        };
        let error = resolve("{alias}", "anna@example.test").unwrap_err();
        assert!(
            error.contains(&format!("chmod 600 '{}'", path.display())) && !error.contains("s3cret"),
            "{error}"
        );
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o600)).unwrap();
        resolve("{alias}", "anna@example.test").unwrap();
        // The operator may name a link, an account may not.
        symlink(&path, &link).unwrap();
        resolve("boris", "anna@example.test").unwrap();
        let error = resolve("{alias}", "boris@example.test").unwrap_err();
        assert!(error.contains("links are not followed"), "{error}");
        let pipe = directory.path().join("clara");
        assert!(
            std::process::Command::new("mkfifo")
                .arg(&pipe)
                .status()
                .unwrap()
                .success()
        );
        assert!(resolve("{alias}", "clara@example.test").is_err());
        assert!(resolve("clara", "clara@example.test").is_err());
    }
}
