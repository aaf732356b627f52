//! Whose items move.

use serde::{Deserialize, Serialize};
use tegu_dav::client::Segment;

/// An account that takes part in a job, as the facade knows it.
///
/// tegu-ldap's account holds the whole directory object; this is what sources and targets need to find its items.
#[derive(Clone, Debug, Deserialize, Eq, PartialEq, Serialize)]
#[non_exhaustive]
pub struct Account {
    /// Stable identity: the directory's objectGUID or entryUUID where there is one, else its DN.
    pub id: String,
    /// Primary address, which is also the login name on the target.
    pub mail: String,
    /// Exchange's `mailNickname`, or the local part of the address.
    pub alias: String,
    /// Name for people.
    pub display_name: String,
}

impl Account {
    /// An account that did not come from a directory.
    ///
    /// ```
    /// let account = tegu_migrate::Account::new("anna@example.test");
    /// assert_eq!(account.alias, "anna");
    /// ```
    pub fn new(mail: impl Into<String>) -> Self {
        let mail = mail.into();
        let alias = mail.split('@').next().unwrap_or_default().to_owned();
        Self {
            id: mail.to_lowercase(),
            alias,
            display_name: mail.clone(),
            mail,
        }
    }

    /// Replaces `{mail}`, `{alias}` and `{domain}` in a template of a user name, as they are.
    pub fn fill(&self, template: &str) -> String {
        self.fill_with(template, str::to_owned)
    }

    /// Like [`fill`](Self::fill), for a file's path: an address from outside cannot climb out of its folder.
    pub fn fill_path(&self, template: &str) -> String {
        self.fill_with(template, tegu_mbox::tree::encode_component)
    }

    /// Like [`fill`](Self::fill), for a URL: each value stays within one segment of the path, whatever an address holds.
    pub fn fill_url(&self, template: &str) -> String {
        self.fill_with(template, |value| Segment::new(value).to_string())
    }

    /// Replaces each placeholder once: what a value holds is not replaced again.
    fn fill_with(&self, template: &str, write: impl Fn(&str) -> String) -> String {
        let domain = self.mail.rsplit_once('@').map_or("", |(_, domain)| domain);
        let values = [
            ("{mail}", self.mail.as_str()),
            ("{alias}", &self.alias),
            ("{domain}", domain),
        ];
        let mut out = String::with_capacity(template.len());
        let mut rest = template;
        while let Some(at) = rest.find('{') {
            let (before, tail) = rest.split_at(at);
            out.push_str(before);
            let found = values
                .iter()
                .find_map(|(name, value)| Some((value, tail.strip_prefix(name)?)));
            rest = match found {
                Some((value, after)) => {
                    out.push_str(&write(value));
                    after
                }
                None => {
                    out.push('{');
                    tail.get(1..).unwrap_or_default()
                }
            };
        }
        out + rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_stays_in_its_segment_and_is_not_replaced_again() {
        let mut account = Account::new("boss%40x.test/?#@x.test");
        account.alias = "{domain}/..".into();
        let url = account.fill_url("https://{domain}/dav/{mail}/{alias}/{other}");
        assert_eq!(
            url,
            "https://x.test/dav/boss%2540x.test%2F%3F%23@x.test/%7Bdomain%7D%2F../{other}"
        );
        assert_eq!(
            account.fill("{alias} {{mail}"),
            "{domain}/.. {boss%40x.test/?#@x.test"
        );
    }

    #[test]
    fn an_address_cannot_climb_out() {
        let account = Account::new("../../etc/passwd@example.test");
        assert!(!account.fill_path("mail/{mail}").contains("../"));
        assert!(!account.fill_path("mail/{alias}").contains("../"));
    }
}
