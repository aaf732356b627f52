//! Whose items move.

/// An account whose mail, calendars and contacts move.
///
/// tegu-ldap's account holds the whole directory object; this is what sources and targets need to find its items.
#[derive(Clone, Debug, Eq, PartialEq)]
#[cfg_attr(feature = "serde", derive(serde::Deserialize, serde::Serialize))]
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
    /// let account = tegu_store::Account::new("anna@example.test");
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

    /// Writes parts of the account into a text, in which `{mail}`, `{alias}` and `{domain}` stand for them, as `encode` has them. What
    /// a part holds is not looked at again.
    ///
    /// A part comes from a directory, and may hold anything: where the text goes decides how it must be encoded.
    ///
    /// ```
    /// let account = tegu_store::Account::new("anna@example.test");
    /// let greeting = account.fill("{alias} of {domain}", |text, part| text.push_str(&part.to_uppercase()));
    /// assert_eq!(greeting, "ANNA of EXAMPLE.TEST");
    /// ```
    #[must_use]
    pub fn fill(&self, template: &str, mut encode: impl FnMut(&mut String, &str)) -> String {
        let domain = self.mail.rsplit_once('@').map_or("", |(_, domain)| domain);
        let parts = [
            ("{mail}", self.mail.as_str()),
            ("{alias}", &self.alias),
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
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_part_holds_is_not_filled_in_again() {
        let mut strange = Account::new("{alias}@x.test");
        strange.alias = "{mail}".into();
        assert_eq!(
            strange.fill("{mail} {alias} {other} {", String::push_str),
            "{alias}@x.test {mail} {other} {"
        );
    }
}
