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
}
