//! Texts in which `{mail}`, `{alias}` and `{domain}` stand for parts of an account. Where a text goes decides how the parts are
//! written into it, so each place has a type of its own.

mod login;
mod mailbox;

pub(crate) use login::login;
pub use mailbox::MailboxTemplate;

use crate::{Account, Error, Result, shared::absolute};
use std::{
    fs::File,
    io,
    path::{Path, PathBuf},
};
use tegu_dav::client::Segment;
use tegu_mbox::tree::encode_component;
use tegu_outcome::file::{SourceDir, open_regular};

/// Writes an account's parts into a text, as `encode` has them. What a part holds is not looked at again.
fn fill(template: &str, account: &Account, mut encode: impl FnMut(&mut String, &str)) -> String {
    let domain = account.mail.rsplit_once('@').map_or("", |(_, domain)| domain);
    let parts = [
        ("{mail}", account.mail.as_str()),
        ("{alias}", &account.alias),
        ("{domain}", domain),
    ];
    let mut filled = String::with_capacity(template.len());
    let mut rest = template;
    while let Some(next) = rest.chars().next() {
        match parts.iter().find(|(name, _)| rest.starts_with(name)) {
            Some((name, part)) => {
                encode(&mut filled, part);
                rest = rest.get(name.len()..).unwrap_or_default();
            }
            None => {
                filled.push(next);
                rest = rest.get(next.len_utf8()..).unwrap_or_default();
            }
        }
    }
    filled
}

/// The name of an environment variable: parts are written as they are.
pub(crate) fn plain(template: &str, account: &Account) -> String {
    fill(template, account, String::push_str)
}

/// One name in a path: a part is written so that it adds no level and no pattern.
pub(crate) fn component(template: &str, account: &Account) -> String {
    fill(template, account, |filled, part| {
        filled.push_str(&encode_component(part));
    })
}

/// A URL: a part is one segment of its path at most.
#[derive(Clone, Debug)]
pub(crate) struct UrlTemplate(String);

impl UrlTemplate {
    pub(crate) fn new(template: impl Into<String>) -> Self {
        Self(template.into())
    }

    pub(crate) fn as_str(&self) -> &str {
        &self.0
    }

    /// All but the unreserved characters (RFC 3986, section 2.3) and, behind the host, `@` are written as `%XX`.
    ///
    /// # Errors
    ///
    /// A part that is `.` or `..`, which no encoding keeps from being taken for a step (RFC 3986, section 5.2.4).
    pub(crate) fn fill(&self, account: &Account) -> Result<String> {
        let mut steps = false;
        let url = fill(&self.0, account, |filled, part| {
            steps |= matches!(part, "." | "..");
            let segment = Segment::new(part).to_string();
            // Before the path, what stands in front of an `@` would be a login name.
            let in_path = filled.matches('/').count() > 2;
            filled.push_str(&if in_path {
                segment
            } else {
                segment.replace('@', "%40")
            });
        });
        if steps {
            return Err(Error::config(format_args!(
                "the names of {} make no URL: one of them is . or ..",
                account.mail
            )));
        }
        Ok(url)
    }
}

/// A path to files from outside: a part is one name in it at most. Nothing below the last directory that the template names in full is
/// reached by a link.
#[derive(Clone, Debug)]
pub(crate) struct PathTemplate {
    whole: PathBuf,
    directory: SourceDir,
    /// The rest of the template; empty if it names no part of an account.
    below: String,
}

impl PathTemplate {
    pub(crate) fn new(template: &str, base: &Path) -> Self {
        let base = absolute(base.to_owned());
        let end = template.find('{').map_or(template.len(), |part| {
            template
                .get(..part)
                .and_then(|fixed| fixed.rfind('/'))
                .map_or(0, |slash| slash + 1)
        });
        let (fixed, below) = template.split_at(end);
        Self {
            whole: base.join(template),
            directory: SourceDir::new(base.join(fixed)),
            below: below.to_owned(),
        }
    }

    /// The template as a path, for people.
    pub(crate) fn path(&self) -> &Path {
        &self.whole
    }

    /// The directory, and the account's path below it.
    pub(crate) fn fill(&self, account: &Account) -> (&SourceDir, PathBuf) {
        (&self.directory, component(&self.below, account).into())
    }

    /// Opens the account's file. Links are followed only to a file that the template names in full.
    pub(crate) fn open(&self, account: &Account) -> io::Result<File> {
        let (directory, below) = self.fill(account);
        if below.as_os_str().is_empty() {
            open_regular(directory.path())
        } else {
            directory.open(&below)
        }
    }

    /// The account's path, for people and to compare.
    pub(crate) fn place(&self, account: &Account) -> PathBuf {
        let (directory, below) = self.fill(account);
        if below.as_os_str().is_empty() {
            directory.path().to_owned()
        } else {
            directory.path().join(below)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn account(mail: &str) -> Account {
        Account::new(mail)
    }

    #[test]
    fn an_address_is_no_path_of_a_url() {
        let url = |template: &str, mail: &str| UrlTemplate::new(template).fill(&account(mail));
        assert_eq!(
            url("https://dav.test/{mail}/", "boss%40x.test/?@x.test").unwrap(),
            "https://dav.test/boss%2540x.test%2F%3F@x.test/"
        );
        assert_eq!(
            url("https://dav.test/dav/{mail}/", "anna@x.test").unwrap(),
            "https://dav.test/dav/anna@x.test/"
        );
        assert_eq!(
            url("https://{domain}/", "anna@x.test").unwrap(),
            "https://x.test/"
        );
        for wrong in ["..@x.test", ".@x.test"] {
            assert!(url("https://dav.test/{alias}/", wrong).is_err());
        }
        // A host is never taken for a login name, nor a path for a host.
        assert_eq!(
            url("https://{mail}/", "a@evil.test").unwrap(),
            "https://a%40evil.test/"
        );
        assert_eq!(
            url("https://{domain}/", "a@evil.test/x").unwrap(),
            "https://evil.test%2Fx/"
        );
    }

    #[test]
    fn what_a_part_holds_is_not_filled_in_again() {
        let mut strange = account("{alias}@x.test");
        strange.alias = "{mail}".into();
        assert_eq!(
            plain("{mail} {alias} {other} {", &strange),
            "{alias}@x.test {mail} {other} {"
        );
    }

    #[test]
    fn the_directory_ends_where_the_account_begins() {
        let split = |template: &str| {
            let path = PathTemplate::new(template, Path::new("/base"));
            let (directory, below) = path.fill(&account("anna@x.test"));
            (directory.path().to_owned(), below)
        };
        assert_eq!(split("mail/{alias}/x"), ("/base/mail/".into(), "anna/x".into()));
        assert_eq!(split("{alias}"), ("/base/".into(), "anna".into()));
        assert_eq!(split("a/b-{alias}.txt"), ("/base/a/".into(), "b-anna.txt".into()));
        assert_eq!(split("/run/secret"), ("/run/secret".into(), "".into()));
    }

    proptest! {
        /// Whatever a directory holds, it adds no segment, no query and no fragment to a URL, and no level to a path.
        #[test]
        fn a_part_stays_in_its_place(alias in ".{0,20}", domain in ".{0,20}") {
            let mut account = account(&format!("{alias}@{domain}"));
            account.alias = alias;
            if let Ok(url) = UrlTemplate::new("https://h.test/a/{alias}/{mail}/{domain}/b").fill(&account) {
                let path = url.strip_prefix("https://h.test").unwrap();
                prop_assert_eq!(path.matches('/').count(), 5);
                prop_assert!(!path.contains(['?', '#', '\\']) && path.is_ascii());
                prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
            }
            let template = PathTemplate::new("mail/{alias}/x-{mail}", Path::new("/base"));
            let (_, below) = template.fill(&account);
            let names = below.components().collect::<Vec<_>>();
            prop_assert!(names.len() <= 2 && names.iter().all(|name| matches!(name, std::path::Component::Normal(_))));
        }
    }
}
