//! Who may send by which address: a map for Postfix, and a table for people who run another server.

use crate::sheets::is_plain;
use std::{
    collections::{BTreeMap, BTreeSet},
    fmt::Write,
};
use tegu_outcome::csv_row;

/// Which logins may send by which addresses: everybody by his own, and those who may send as somebody else by that one's.
///
/// ```
/// let mut senders = tegu_routing::Senders::default();
/// senders.allow("anna@example.test", "anna");
/// senders.allow("anna@example.test", "boris");
/// assert!(senders.postfix().ends_with("\nanna@example.test anna,boris\n"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Senders {
    /// From each address, in lower case, to its logins.
    logins: BTreeMap<String, BTreeSet<String>>,
}

impl Senders {
    /// The file with the map for Postfix.
    pub const POSTFIX: &str = "sender-login-maps";
    /// The file with the table.
    pub const TABLE: &str = "sender-logins.csv";

    /// Lets who signs in by `login` send by `address`.
    pub fn allow(&mut self, address: impl AsRef<str>, login: impl Into<String>) {
        let logins = self.logins.entry(address.as_ref().to_lowercase()).or_default();
        logins.insert(login.into());
    }

    /// Whether [`postfix`](Self::postfix) lets this login send by this address. What was allowed and cannot stand in a map of Postfix stands in the
    /// [`table`](Self::table) alone.
    #[must_use]
    pub fn in_postfix(&self, address: &str, login: &str) -> bool {
        let known = self.logins.get(&address.to_lowercase());
        is_plain(address) && is_word(login) && known.is_some_and(|logins| logins.contains(login))
    }

    /// The map for `smtpd_sender_login_maps` (postconf(5)): an address, and the logins that may send by it. It is complete: a later one replaces
    /// it.
    #[must_use]
    pub fn postfix(&self) -> String {
        let mut sheet = format!(
            "# made by tegu; the sheet of the next run replaces it\n\
             # Who may send by which address, for the Postfix that people submit their mail to.\n\
             #   in main.cf: smtpd_sender_login_maps = texthash:/etc/postfix/{name}\n\
             #   in master.cf, below submission and submissions: -o smtpd_sender_restrictions=reject_sender_login_mismatch\n\
             # Then postfix reload, and again after each change. Whoever signs in may then send by no other address. To undo it, take out the second line.\n",
            name = Self::POSTFIX
        );
        for (address, logins) in &self.logins {
            let words = logins.iter().map(String::as_str).filter(|login| is_word(login));
            let logins: Vec<&str> = words.collect();
            if is_plain(address) && !logins.is_empty() {
                // Writing to a String does not fail.
                let _ = writeln!(sheet, "{address} {}", logins.join(","));
            }
        }
        sheet
    }

    /// The same for a spreadsheet or another server, as CSV: each address, each of its logins, and whether the map of Postfix has them.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!("\u{feff}{}", csv_row(&["address", "login", "postfix"]));
        for (address, logins) in &self.logins {
            for login in logins {
                let postfix = if self.in_postfix(address, login) {
                    "yes"
                } else {
                    "no"
                };
                table.push_str(&csv_row(&[address, login, postfix]));
            }
        }
        table
    }

    /// Both as files: names and contents.
    #[must_use]
    pub fn sheets(&self) -> Vec<(String, Vec<u8>)> {
        let sheets = [(Self::POSTFIX, self.postfix()), (Self::TABLE, self.table())];
        sheets
            .map(|(name, text)| (name.to_owned(), text.into_bytes()))
            .into()
    }
}

/// Whether a login can stand in a list that blanks and commas separate.
fn is_word(login: &str) -> bool {
    let breaks = |c: char| c == ',' || c.is_whitespace() || c.is_control();
    !login.is_empty() && login.len() <= 320 && !login.contains(breaks)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// A map as Postfix reads it: addresses and their logins.
    fn read(sheet: &str) -> BTreeMap<String, BTreeSet<String>> {
        let lines = sheet.split('\n').filter(|line| !line.starts_with('#'));
        let mut read = BTreeMap::new();
        for line in lines.filter(|line| !line.trim().is_empty()) {
            let blank = |c: char| c.is_ascii_whitespace() || c == '\u{b}';
            assert!(
                !line.starts_with(blank),
                "it goes on with the line before: {line:?}"
            );
            let (address, logins) = line.split_once(blank).unwrap();
            let logins = logins.split(|c: char| blank(c) || c == ',');
            let logins = logins.filter(|login| !login.is_empty()).map(ToOwned::to_owned);
            let twice = read.insert(address.to_owned(), logins.collect::<BTreeSet<_>>());
            assert_eq!(twice, None, "{address}");
        }
        read
    }

    #[test]
    fn a_line_for_each_address() {
        let mut senders = Senders::default();
        for (address, login) in [
            ("Anna@example.test", "anna"),
            ("anna@example.test", "CORP\\boris"),
            ("a@example.test", "anna"),
            ("anna@example.test", "anna"),
        ] {
            senders.allow(address, login);
        }
        let sheet = senders.postfix();
        let lines: Vec<&str> = sheet.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(
            lines,
            ["a@example.test anna", "anna@example.test CORP\\boris,anna"]
        );
        assert!(senders.in_postfix("ANNA@example.test", "anna"));
        assert!(!senders.in_postfix("a@example.test", "CORP\\boris"));
        assert_eq!(
            senders.table(),
            "\u{feff}\"address\",\"login\",\"postfix\"\r\n\"a@example.test\",\"anna\",\"yes\"\r\n\
             \"anna@example.test\",\"CORP\\boris\",\"yes\"\r\n\"anna@example.test\",\"anna\",\"yes\"\r\n"
        );
    }

    #[test]
    fn what_would_give_a_right_to_others_stands_in_the_table_alone() {
        for (address, login) in [
            ("anna@example.test", "anna,vera"),
            ("anna@example.test", "anna vera"),
            ("anna@example.test", "anna\nvera@example.test vera"),
            ("anna@example.test", "anna\u{0}"),
            ("anna@example.test", ""),
            ("anna@example.test\nvera@example.test", "anna"),
            ("@example.test", "anna"),
            ("anna", "anna"),
            ("\"anna\"@example.test", "anna"),
            ("#anna@example.test", "anna"),
        ] {
            let mut senders = Senders::default();
            senders.allow(address, login);
            let sheet = senders.postfix();
            assert!(sheet.lines().all(|line| line.starts_with('#')), "{sheet}");
            assert!(!senders.in_postfix(address, login));
            assert!(senders.table().ends_with(",\"no\"\r\n"), "{address:?} {login:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(
            pairs in proptest::collection::vec(
                (prop_oneof!["[a-zA-Z.#]{1,4}@[xX]\\.test", any::<String>()], prop_oneof!["[a-c,\\\\@]{0,3}", any::<String>()]),
                0..20,
            )
        ) {
            let mut senders = Senders::default();
            let mut expected: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
            for (address, login) in &pairs {
                senders.allow(address, login);
                if senders.in_postfix(address, login) {
                    expected.entry(address.to_lowercase()).or_default().insert(login.clone());
                }
            }
            prop_assert_eq!(read(&senders.postfix()), expected);
        }
    }
}
