//! Who may open whose calendars and address books: a rights file for Radicale, and a table for people who run another server.

use std::{collections::BTreeMap, fmt::Write};
use tegu_outcome::{csv_row, percent_decode};

/// Who may read or write which calendars and address books besides their owners.
///
/// ```
/// let mut shares = tegu_routing::Shares::default();
/// shares.allow("https://dav.example.test/anna/work/", "boris", false);
/// assert!(shares.radicale().contains("\nuser: boris\ncollection: anna/work\npermissions: r\n"));
/// ```
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Shares {
    /// By URL and login: whether he writes.
    all: BTreeMap<(String, String), bool>,
}

impl Shares {
    /// The rights file for Radicale.
    pub const RADICALE: &str = "radicale-rights";
    /// The file with the table.
    pub const TABLE: &str = "shared-collections.csv";

    /// Lets who signs in by `login` read the collection at `url`, and write it too if he `writes`.
    pub fn allow(&mut self, url: impl Into<String>, login: impl Into<String>, writes: bool) {
        let known = self.all.entry((url.into(), login.into())).or_default();
        *known |= writes;
    }

    /// The file for `[rights] type = from_file` of Radicale. It is complete: owners do with their collections what they like, and the first section
    /// that fits counts.
    ///
    /// Whoever writes may also rename and delete the whole collection, since Radicale knows no difference.
    #[must_use]
    pub fn radicale(&self) -> String {
        let mut sheet = format!(
            "# made by tegu; the sheet of the next run replaces it\n\
             # Who may open whose calendars and address books on Radicale. In its configuration:\n\
             #   [rights]\n\
             #   type = from_file\n\
             #   file = /etc/radicale/{name}\n\
             # Radicale reads it anew by itself. A client opens a collection of somebody else by its URL; {table} has them.\n\
             # To undo it, set type = owner_only again.\n",
            name = Self::RADICALE,
            table = Self::TABLE
        );
        let shared = self.all.iter().filter_map(|((url, login), writes)| {
            let place = place(url)?;
            let section = section(
                &pattern(login)?,
                &pattern(&place)?,
                if *writes { "rw" } else { "r" },
            );
            Some(section)
        });
        let owners = [
            section(".+", "", "R"),
            section(".+", "{user}", "RW"),
            section(".+", "{user}/[^/]+", "rw"),
        ];
        for (number, section) in shared.chain(owners).enumerate() {
            // Writing to a String does not fail.
            let _ = write!(sheet, "\n[{}]\n{section}", number + 1);
        }
        sheet
    }

    /// Whether [`radicale`](Self::radicale) has a section for a login and a URL. Neither a line break nor an empty name can stand there.
    #[must_use]
    pub fn in_radicale(&self, url: &str, login: &str) -> bool {
        let known = self.all.contains_key(&(url.to_owned(), login.to_owned()));
        known && pattern(login).is_some() && place(url).and_then(|place| pattern(&place)).is_some()
    }

    /// The same for a spreadsheet or another server, as CSV: each collection, each login, what it may do, and whether Radicale's file has it.
    #[must_use]
    pub fn table(&self) -> String {
        let mut table = format!("\u{feff}{}", csv_row(&["url", "login", "access", "radicale"]));
        for ((url, login), writes) in &self.all {
            let access = if *writes { "read and write" } else { "read" };
            let radicale = if self.in_radicale(url, login) { "yes" } else { "no" };
            table.push_str(&csv_row(&[url, login, access, radicale]));
        }
        table
    }

    /// Both as files: names and contents.
    #[must_use]
    pub fn sheets(&self) -> Vec<(String, Vec<u8>)> {
        let sheets = [(Self::RADICALE, self.radicale()), (Self::TABLE, self.table())];
        sheets
            .map(|(name, text)| (name.to_owned(), text.into_bytes()))
            .into()
    }
}

fn section(user: &str, collection: &str, permissions: &str) -> String {
    format!("user: {user}\ncollection: {collection}\npermissions: {permissions}\n")
}

/// A collection as Radicale calls it: the owner, and the collection's own name. Whatever prefix its URLs have is the business of what stands in
/// front of it.
fn place(url: &str) -> Option<String> {
    let path = url.trim_end_matches('/');
    let (rest, name) = path.rsplit_once('/')?;
    let (_, owner) = rest.rsplit_once('/')?;
    let [owner, name] = [decoded(owner)?, decoded(name)?];
    // Such a name would be another path.
    let plain = |part: &str| !part.is_empty() && !part.contains('/') && part != "." && part != "..";
    (plain(&owner) && plain(&name)).then(|| format!("{owner}/{name}"))
}

/// A segment of a URL without its percent-encoding.
fn decoded(segment: &str) -> Option<String> {
    String::from_utf8(percent_decode(segment)?).ok()
}

/// A text as Radicale's file names exactly it: a regular expression of Python, in a format string, in a value of its configuration parser. `None` for
/// one that cannot stand on one line.
fn pattern(text: &str) -> Option<String> {
    let breaks = |c: char| c.is_control() || matches!(c, '\u{2028}' | '\u{2029}' | '\u{85}');
    if text.is_empty() || text.contains(breaks) {
        return None;
    }
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            // The parser fills in what stands after one percent sign, and the format string what stands in one pair of braces.
            '%' => out.push_str("%%"),
            '{' => out.push_str("\\{{"),
            '}' => out.push_str("\\}}"),
            // Blanks at the ends of a value are cut off.
            c if c.is_whitespace() => {
                let _ = write!(out, "\\u{:04x}", u32::from(c));
            }
            c if c.is_ascii_punctuation() && !"@_/<>\"'`,;:=!~".contains(c) => {
                out.push('\\');
                out.push(c);
            }
            c => out.push(c),
        }
    }
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn special_characters_mean_themselves() {
        for (text, expected) in [
            ("boris", Some("boris")),
            ("a.b+c@x.example", Some("a\\.b\\+c@x\\.example")),
            ("50%{user}", Some("50%%\\{{user\\}}")),
            (" a\u{a0}b", Some("\\u0020a\\u00a0b")),
            ("(.*)|^$[x]\\", Some("\\(\\.\\*\\)\\|\\^\\$\\[x\\]\\\\")),
            ("борис", Some("борис")),
            ("#;x", Some("\\#;x")),
            ("a\nb", None),
            ("", None),
        ] {
            assert_eq!(pattern(text).as_deref(), expected, "{text:?}");
        }
    }

    #[test]
    fn a_collection_is_called_by_its_owner_and_its_name() {
        for (url, expected) in [
            ("https://dav.example.test/anna/work/", Some("anna/work")),
            (
                "https://dav.example.test/radicale/anna@x.example/a%20b/",
                Some("anna@x.example/a b"),
            ),
            ("https://dav.example.test/anna/%2e%2e/", None),
            ("https://dav.example.test/anna/a%2Fb/", None),
            ("https://dav.example.test/anna/%ff/", None),
            ("https://dav.example.test/anna/%4", None),
            ("https://dav.example.test/anna/%+1", None),
            ("work", None),
        ] {
            assert_eq!(place(url).as_deref(), expected, "{url}");
        }
    }

    #[test]
    fn owners_come_last_and_writing_is_more_than_reading() {
        let mut shares = Shares::default();
        let url = "http://x/anna/work/";
        shares.allow(url, "boris", true);
        shares.allow(url, "boris", false);
        shares.allow(url, "a\nb", false);
        let sheet = shares.radicale();
        let sections: Vec<&str> = sheet.split("\n\n").skip(1).collect();
        assert_eq!(sections.len(), 4, "{sheet}");
        assert_eq!(
            sections[0],
            "[1]\nuser: boris\ncollection: anna/work\npermissions: rw"
        );
        assert!(sheet.ends_with("\n[4]\nuser: .+\ncollection: {user}/[^/]+\npermissions: rw\n"));
        assert_eq!(
            shares.table().lines().skip(1).collect::<Vec<_>>(),
            [
                "\"http://x/anna/work/\",\"a",
                "b\",\"read\",\"no\"",
                "\"http://x/anna/work/\",\"boris\",\"read and write\",\"yes\""
            ]
        );
    }
}
