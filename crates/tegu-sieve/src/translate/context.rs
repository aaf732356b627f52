//! What a translation depends on besides the rules: the server, the owner, the folders.

use crate::fold::fold_text;
use crate::rule::Folder;
use base64::{Engine as _, engine::general_purpose::STANDARD_NO_PAD};
use std::collections::{BTreeMap, BTreeSet};

/// How a server wants folder names in scripts that are not ASCII.
#[derive(Clone, Copy, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub enum FolderNames {
    /// In UTF-8, as the standard has it (RFC 5228, section 4.1).
    #[default]
    Utf8,
    /// In the modified UTF-7 of IMAP (RFC 3501, section 5.1.3): Cyrus without `sieve_utf8fileinto`.
    ModifiedUtf7,
    /// Nobody has said. A rule with such a name is for a person, since the server would not tell before mail arrives.
    Unknown,
}

/// What a server offers.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Server {
    /// How it wants folder names that are not ASCII.
    pub folder_names: FolderNames,
    /// The extensions, as `require` names them.
    pub extensions: BTreeSet<String>,
    /// How many `redirect`s may be carried out for one message. Unlimited if `None`.
    pub max_redirects: Option<usize>,
    /// How many actions may be carried out for one message. Unlimited if `None`.
    pub max_actions: Option<usize>,
    /// How large a script may be, in octets. Unlimited if `None`.
    pub max_script_octets: Option<usize>,
}

impl Server {
    /// A server with these extensions, separated by spaces or commas, as ManageSieve lists them.
    ///
    /// The limits are those that Pigeonhole has by default: 4 redirects, 32 actions, 1 MiB.
    #[must_use]
    pub fn new(extensions: &str) -> Self {
        Self {
            extensions: extensions
                .split([' ', ',', '\t', '\n', '\r'])
                .filter(|name| !name.is_empty())
                .map(ToOwned::to_owned)
                .collect(),
            folder_names: FolderNames::Utf8,
            max_redirects: Some(4),
            max_actions: Some(32),
            max_script_octets: Some(1 << 20),
        }
    }

    /// Says how it wants folder names that are not ASCII.
    #[must_use]
    pub fn folder_names(mut self, names: FolderNames) -> Self {
        self.folder_names = names;
        self
    }

    /// A folder name as it stands in a script.
    pub(crate) fn spell(&self, name: String) -> Result<String, String> {
        match self.folder_names {
            _ if name.chars().all(|c| matches!(c, ' '..='%' | '\''..='~')) => Ok(name),
            FolderNames::Utf8 => Ok(name),
            FolderNames::ModifiedUtf7 => Ok(modified_utf7(&name)),
            FolderNames::Unknown => Err(format!(
                "the server may want the folder name {name} in UTF-8 or in modified UTF-7 (Cyrus: `sieve_utf8fileinto`), and does not tell"
            )),
        }
    }

    /// Sets how many `redirect`s may be carried out for one message.
    #[must_use]
    pub fn max_redirects(mut self, limit: usize) -> Self {
        self.max_redirects = Some(limit);
        self
    }

    /// Sets how many actions may be carried out for one message.
    #[must_use]
    pub fn max_actions(mut self, limit: usize) -> Self {
        self.max_actions = Some(limit);
        self
    }

    /// Sets how large a script may be, in octets.
    #[must_use]
    pub fn max_script_octets(mut self, limit: usize) -> Self {
        self.max_script_octets = Some(limit);
        self
    }

    /// Whether the server offers an extension. `envelope` and the like are names as `require` takes them.
    #[must_use]
    pub fn has(&self, extension: &str) -> bool {
        // Every server has these (RFC 5228, section 2.7.3), and few list them.
        matches!(extension, "comparator-i;octet" | "comparator-i;ascii-casemap")
            || self.extensions.contains(extension)
    }
}

/// RFC 3501, section 5.1.3.
fn modified_utf7(name: &str) -> String {
    let mut out = String::new();
    let mut other: Vec<u8> = Vec::new();
    let flush = |other: &mut Vec<u8>, out: &mut String| {
        if !other.is_empty() {
            let encoded = STANDARD_NO_PAD.encode(std::mem::take(other));
            out.push_str(&format!("&{}-", encoded.replace('/', ",")));
        }
    };
    for c in name.chars() {
        if matches!(c, ' '..='~') {
            flush(&mut other, &mut out);
            out.push(c);
            out.push_str(if c == '&' { "-" } else { "" });
        } else {
            other.extend(
                c.encode_utf16(&mut [0; 2])
                    .iter()
                    .flat_map(|unit| unit.to_be_bytes()),
            );
        }
    }
    flush(&mut other, &mut out);
    out
}

/// Whose mailbox it is.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
#[non_exhaustive]
pub struct Owner {
    /// All SMTP addresses of the mailbox, the primary one first.
    pub addresses: Vec<String>,
    /// The domains whose senders count as colleagues.
    pub domains: Vec<String>,
}

impl Owner {
    /// An owner with these addresses; their domains are those of the organisation.
    pub fn new<S: Into<String>>(addresses: impl IntoIterator<Item = S>) -> Self {
        let addresses: Vec<String> = addresses.into_iter().map(Into::into).collect();
        let mut domains: Vec<String> = Vec::new();
        for address in &addresses {
            if let Some((_, domain)) = address.rsplit_once('@') {
                let domain = domain.to_ascii_lowercase();
                if !domains.contains(&domain) {
                    domains.push(domain);
                }
            }
        }
        Self { addresses, domains }
    }

    /// Sets the domains whose senders count as colleagues.
    #[must_use]
    pub fn domains<S: Into<String>>(mut self, domains: impl IntoIterator<Item = S>) -> Self {
        self.domains = domains.into_iter().map(Into::into).collect();
        self
    }

    pub(crate) fn is(&self, address: &str) -> bool {
        self.addresses.iter().any(|own| own.eq_ignore_ascii_case(address))
    }
}

/// How folders are called on the target.
#[derive(Clone, Debug, Eq, PartialEq)]
pub struct Folders {
    delimiter: char,
    trash: String,
    inbox: Vec<String>,
    /// From the folded path to the name on the target. `None`: paths stay as they are.
    map: Option<BTreeMap<Vec<String>, String>>,
}

impl Default for Folders {
    /// Paths stay as they are, with `/` between their levels; deleted messages go into `Trash`.
    fn default() -> Self {
        Self {
            delimiter: '/',
            trash: "Trash".to_owned(),
            inbox: vec![fold_text("Inbox"), fold_text("Входящие")],
            map: None,
        }
    }
}

impl Folders {
    /// Paths stay as they are, with this character between their levels.
    #[must_use]
    pub fn delimiter(mut self, delimiter: char) -> Self {
        self.delimiter = delimiter;
        self
    }

    /// Names the folder of deleted messages on the target. `Trash` by default.
    #[must_use]
    pub fn trash(mut self, name: impl Into<String>) -> Self {
        self.trash = name.into();
        self
    }

    /// Says how a folder of the source is called on the target, in UTF-8. With the first call only mapped folders are known, and a rule that
    /// names another is for a person.
    #[must_use]
    pub fn map<S: AsRef<str>>(
        mut self,
        path: impl IntoIterator<Item = S>,
        target: impl Into<String>,
    ) -> Self {
        let path = path.into_iter().map(|level| fold_text(level.as_ref())).collect();
        self.map.get_or_insert_default().insert(path, target.into());
        self
    }

    pub(crate) fn trash_name(&self) -> &str {
        &self.trash
    }

    /// The name on the target, or why there is none.
    pub(crate) fn resolve(&self, folder: &Folder) -> Result<String, String> {
        let found = match (folder, &self.map) {
            (Folder::Path(levels), Some(map)) => {
                let key: Vec<String> = levels.iter().map(|level| fold_text(level)).collect();
                // Exchange shows the Inbox in the owner's language, and IMAP calls it INBOX (RFC 3501, section 5.1).
                let renamed = |name: &String| {
                    let mut key = key.clone();
                    key.first_mut()?.clone_from(name);
                    map.get(&key)
                };
                let is_inbox = key.first().is_some_and(|first| self.inbox.contains(first));
                let found = map
                    .get(&key)
                    .or_else(|| self.inbox.iter().filter(|_| is_inbox).find_map(renamed));
                found
                    .cloned()
                    .ok_or_else(|| format!("the folder {folder} was not moved"))?
            }
            (Folder::Path(levels), None) => self.same(levels)?,
            (Folder::Name(name), Some(map)) => {
                let name = fold_text(name);
                let mut all = map.iter().filter(|(path, _)| path.last() == Some(&name));
                match (all.next(), all.next()) {
                    (Some((_, target)), None) => target.clone(),
                    (None, _) => return Err(format!("the folder {folder} was not moved")),
                    _ => return Err(format!("there are several folders with the name {folder}")),
                }
            }
            (Folder::Name(_), None) => {
                return Err(format!(
                    "the export gives the last name of the folder {folder} only, and there is no map of folders"
                ));
            }
        };
        if found.is_empty() || found.chars().any(char::is_control) {
            return Err(format!(
                "the name of the folder {folder} cannot stand in a script"
            ));
        }
        Ok(found)
    }

    fn same(&self, levels: &[String]) -> Result<String, String> {
        if levels
            .iter()
            .any(|level| level.is_empty() || level.contains(self.delimiter))
        {
            return Err(format!(
                "a level of {} is empty or holds the target's delimiter",
                levels.join("/")
            ));
        }
        let mut levels: Vec<&str> = levels.iter().map(String::as_str).collect();
        if let Some(first) = levels.first_mut()
            && self.inbox.contains(&fold_text(first))
        {
            *first = "INBOX";
        }
        Ok(levels.join(self.delimiter.encode_utf8(&mut [0; 4])))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_in_modified_utf7() {
        for (name, encoded) in [
            ("A & B", "A &- B"),
            ("Проекты", "&BB8EQAQ+BDUEOgRCBEs-"),
            ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
        ] {
            assert_eq!(modified_utf7(name), encoded);
        }
        let server = Server::new("").folder_names(FolderNames::Unknown);
        assert!(server.spell("A&B".into()).is_err() && server.spell("A B".into()).is_ok());
    }

    #[test]
    fn folders_on_the_target() {
        let same = Folders::default().delimiter('.');
        assert_eq!(
            same.resolve(&Folder::path(["входящие", "A"])).as_deref(),
            Ok("INBOX.A")
        );
        assert!(same.resolve(&Folder::path(["A.B"])).is_err());
        assert!(same.resolve(&Folder::Name("A".into())).is_err());
        let mapped = Folders::default()
            .map(["Inbox", "A"], "INBOX/A")
            .map(["B", "A"], "B/A")
            .map(["Проекты"], "Projects");
        assert_eq!(
            mapped.resolve(&Folder::Name("ПРОЕКТЫ".into())).as_deref(),
            Ok("Projects")
        );
        assert_eq!(mapped.resolve(&Folder::path(["b", "a"])).as_deref(), Ok("B/A"));
        assert!(
            mapped
                .resolve(&Folder::Name("A".into()))
                .is_err_and(|why| why.contains("several"))
        );
        assert!(mapped.resolve(&Folder::path(["C"])).is_err());
        // One language in the export, another in the map.
        assert_eq!(
            mapped.resolve(&Folder::path(["Входящие", "a"])).as_deref(),
            Ok("INBOX/A")
        );
        let other = Folders::default().map(["Входящие", "A"], "INBOX/A");
        assert_eq!(
            other.resolve(&Folder::path(["Inbox", "A"])).as_deref(),
            Ok("INBOX/A")
        );
    }
}
