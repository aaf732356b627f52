//! Texts in which `{mail}`, `{alias}` and `{domain}` stand for parts of an account. Where a text goes decides how the parts are
//! written into it, so each place has a type of its own.

use crate::{Account, Error, Result};
pub use tegu_dav::store::UrlTemplate;
pub use tegu_imap::store::MailboxTemplate;
pub use tegu_mbox::store::{PathPattern, PathTemplate};

/// The name of an environment variable: parts are written as they are.
pub(crate) fn plain(template: &str, account: &Account) -> String {
    account.fill(template, String::push_str)
}

/// What stands between the parts of a login name: `DOMAIN\name`, `DOMAIN/mover/name`, `name*master`, `host!name`, `name%domain`.
const SEPARATORS: [char; 7] = ['/', '\\', '*', '%', '!', ':', '@'];

/// A login name. A part holds none of the separators that the template itself has: `DOMAIN/mover/{alias}` never signs in to what
/// `x/boss` means. An address may hold its own `@`.
///
/// # Errors
///
/// A part that holds such a separator or a control character.
pub(crate) fn login(template: &str, account: &Account) -> Result<String> {
    let fixed = template
        .replace("{mail}", "")
        .replace("{alias}", "")
        .replace("{domain}", "");
    let splits = |part: &str, c: char| {
        c.is_control() || SEPARATORS.contains(&c) && fixed.contains(c) && !(c == '@' && part == account.mail)
    };
    let mut wrong = false;
    let name = account.fill(template, |filled, part| {
        wrong |= part.contains(|c| splits(part, c));
        filled.push_str(part);
    });
    if wrong {
        return Err(Error::config(format_args!(
            "the names of {} make no login name {template}: one holds a separator or a control character",
            account.mail
        )));
    }
    Ok(name)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn named(template: &str, alias: &str) -> Result<String> {
        let mut account = Account::new("anna@example.test");
        account.alias = alias.to_owned();
        login(template, &account)
    }

    #[test]
    fn a_part_adds_no_part() {
        for (template, alias, name) in [
            ("{mail}", "a", "anna@example.test"),
            ("DOMAIN/mover/{alias}", "anna.x", "DOMAIN/mover/anna.x"),
            (
                "DOMAIN/mover@example.test/{mail}",
                "a",
                "DOMAIN/mover@example.test/anna@example.test",
            ),
            ("{alias}", "a/b*c", "a/b*c"),
        ] {
            assert_eq!(named(template, alias).unwrap(), name);
        }
        for (template, alias) in [
            ("DOMAIN/mover/{alias}", "x/boss"),
            ("DOMAIN\\{alias}", "x\\boss"),
            ("{alias}*master", "boss*other"),
            ("{alias}@{domain}", "boss@evil.test"),
            ("{alias}", "a\0b"),
            ("{alias}", "a\r\nb"),
        ] {
            assert!(named(template, alias).is_err(), "{template} {alias:?}");
        }
    }

    proptest! {
        #[test]
        fn as_many_parts_as_the_template_has(alias in "[a-z/\\\\*%!@\\x00]{0,8}", separator in "[/\\\\*%!]") {
            let template = format!("D{separator}{{alias}}{separator}x");
            if let Ok(name) = named(&template, &alias) {
                prop_assert_eq!(name.split(separator.as_str()).collect::<Vec<_>>(), ["D", alias.as_str(), "x"]);
            }
        }
    }
}
