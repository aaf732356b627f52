//! URLs in which parts of an account stand.

use tegu_store::Account;

use crate::client::Segment;
use crate::error::{Error, Result};

/// A URL in which `{mail}`, `{alias}` and `{domain}` stand for parts of an account: a part is one segment of its path at most.
#[derive(Clone, Debug)]
pub struct UrlTemplate(String);

impl UrlTemplate {
    /// Takes a template.
    pub fn new(template: impl Into<String>) -> Self {
        Self(template.into())
    }

    /// Returns the template.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the URL of an account. All but the unreserved characters (RFC 3986, section 2.3) and, behind the host, `@` are written as `%XX`.
    ///
    /// # Errors
    ///
    /// Kind [`Config`](tegu_outcome::ErrorKind::Config) for a part that is `.` or `..`, which no encoding keeps from being taken for a step (RFC 3986, section 5.2.4).
    pub fn fill(&self, account: &Account) -> Result<String> {
        let mut steps = false;
        let url = account.fill(&self.0, |filled, part| {
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

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_address_is_no_path_of_a_url() {
        let url = |template: &str, mail: &str| UrlTemplate::new(template).fill(&Account::new(mail));
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

    proptest! {
        /// Whatever a directory holds, it adds no segment, no query and no fragment to a URL.
        #[test]
        fn a_part_stays_in_its_place(alias in ".{0,20}", domain in ".{0,20}") {
            let mut account = Account::new(format!("{alias}@{domain}"));
            account.alias = alias;
            if let Ok(url) = UrlTemplate::new("https://h.test/a/{alias}/{mail}/{domain}/b").fill(&account) {
                let path = url.strip_prefix("https://h.test").unwrap();
                prop_assert_eq!(path.matches('/').count(), 5);
                prop_assert!(!path.contains(['?', '#', '\\']) && path.is_ascii());
                prop_assert!(path.split('/').all(|segment| segment != "." && segment != ".."));
            }
        }
    }
}
