//! Passwords and tokens: named by the configuration, never in it.

use super::command;
use crate::{
    Account, Error, Result,
    template::{PathTemplate, plain},
};
use secrecy::SecretString;
use serde::{Deserialize, Deserializer, de};
use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};
use tegu_outcome::file::private_text;

/// Where a password, a token or another secret is found.
#[derive(Clone, Debug, Eq, PartialEq)]
#[non_exhaustive]
pub enum SecretRef {
    /// In an environment variable.
    Env(String),
    /// In a file, whose last line end does not count. One that others can read is refused.
    File(PathBuf),
    /// What a program prints; its last line end does not count. These are the program and its arguments, without a shell. A program
    /// with `/` in its name is looked for where relative paths start, any other in `PATH`. It is run at each sign-in, and once more if the server
    /// refuses what it printed; it has 30 seconds, and may print 64 KiB.
    Command(Vec<String>),
}

impl SecretRef {
    /// Reads the password of an account; `{mail}`, `{alias}` and `{domain}` in the name or the arguments are filled in. A command is
    /// waited for.
    ///
    /// # Errors
    ///
    /// Names the variable, the file or the program, never what it holds or prints.
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
                match one_line(&text) {
                    "" => Err(wrong(" is empty".into())),
                    secret => Ok(secret.to_owned().into()),
                }
            }
            Self::Command(words) => {
                let text = command::output(words, account, base).map_err(|error| error.context(what))?;
                match one_line(&text) {
                    "" => Err(Error::config("the program printed nothing").context(what)),
                    secret => Ok(secret.to_owned().into()),
                }
            }
        }
    }
}

/// The text without its last line end.
fn one_line(text: &str) -> &str {
    let text = text.strip_suffix('\n').unwrap_or(text);
    text.strip_suffix('\r').unwrap_or(text)
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        const HOW: &str = "a password or token is written as { env = \"NAME\" }, { file = \"PATH\" } or { command = [\"PROGRAM\", \"ARGUMENT\"] }, never as text";
        // Read as a table of anything, so that no message can quote a password that was written here by mistake.
        let toml::Value::Table(table) = toml::Value::deserialize(deserializer)? else {
            return Err(de::Error::custom(HOW));
        };
        let table: BTreeMap<String, toml::Value> = table.into_iter().collect();
        let mut entries = table.into_iter();
        match (entries.next(), entries.next()) {
            (Some((key, toml::Value::String(name))), None) if key == "env" => Ok(Self::Env(name)),
            (Some((key, toml::Value::String(path))), None) if key == "file" => Ok(Self::File(path.into())),
            (Some((key, toml::Value::Array(words))), None) if key == "command" && !words.is_empty() => {
                let words = words.into_iter().map(|word| match word {
                    toml::Value::String(word) => Ok(word),
                    _ => Err(de::Error::custom(HOW)),
                });
                Ok(Self::Command(words.collect::<Result<_, _>>()?))
            }
            _ => Err(de::Error::custom(HOW)),
        }
    }
}

#[cfg(feature = "schema")]
impl schemars::JsonSchema for SecretRef {
    fn schema_name() -> std::borrow::Cow<'static, str> {
        "SecretRef".into()
    }

    fn json_schema(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
        let one_of = |key: &str, value: serde_json::Value| {
            serde_json::json!({
                "type": "object", "properties": { key: value }, "required": [key], "additionalProperties": false,
            })
        };
        let text = |what: &str| serde_json::json!({ "type": "string", "description": what });
        schemars::json_schema!({
            "description": "Where a password, a token or another secret is found. It is never written here.",
            "oneOf": [
                one_of("env", text("The name of an environment variable.")),
                one_of("file", text("The path of a file that only its owner can read.")),
                one_of("command", serde_json::json!({
                    "type": "array", "items": { "type": "string" }, "minItems": 1,
                    "description": "A program that prints the secret, and its arguments.",
                })),
            ],
        })
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
            "password = { command = 'hunter2' }",
            "password = { command = ['a', 1, 'hunter2'] }",
            "password = { command = [] }",
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
