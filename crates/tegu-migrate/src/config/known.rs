//! Names in a configuration that stand for nothing: refused, with the nearest that is known.

use crate::{Account, Error, Policy, Result, report::known_codes};
use std::collections::BTreeSet;
use tegu_routing::pattern::{literal, matches_address};

/// How alike two names are at least, from 0 to 1, so that one may be meant for the other.
const ALIKE: f64 = 0.8;

/// Refuses codes that nothing is found under. A code of a family that is not ours is an integrator's own.
pub(super) fn check_codes(policy: &Policy) -> Result<()> {
    check("policy.accept", &policy.accept)?;
    for rule in &policy.relax {
        check("policy.relax.accept", &rule.accept)?;
    }
    Ok(())
}

fn check(key: &str, codes: &BTreeSet<String>) -> Result<()> {
    for code in codes {
        let family = code.split_once('-').map(|(family, _)| family);
        let ours = |known: &str| known.split_once('-').map(|(family, _)| family) == family;
        let known = known_codes().any(|known| known == code);
        if !known && (family.is_none() || known_codes().any(ours) || nearest(code, known_codes()).is_some()) {
            let hint = hint(code, known_codes());
            return Err(Error::config(format_args!(
                "unknown code {code} in `{key}`{hint}"
            )));
        }
    }
    Ok(())
}

/// Refuses patterns of accounts that no account of the directory matches.
pub(crate) fn check_accounts(policy: &Policy, accounts: &[Account]) -> Result<()> {
    let named = [
        ("policy.accounts", &policy.accounts),
        ("policy.exclude_accounts", &policy.exclude_accounts),
    ];
    let relaxed = policy
        .relax
        .iter()
        .map(|rule| ("policy.relax.accounts", &rule.accounts));
    let excluded = policy
        .exclude
        .iter()
        .map(|rule| ("policy.exclude.accounts", &rule.accounts));
    for (key, patterns) in named.into_iter().chain(relaxed).chain(excluded) {
        for pattern in patterns {
            if accounts
                .iter()
                .any(|account| matches_address(pattern, &account.mail))
            {
                continue;
            }
            let mails = accounts.iter().map(|account| account.mail.as_str());
            let hint = if literal(pattern) == *pattern {
                hint(pattern, mails)
            } else {
                String::new()
            };
            return Err(Error::config(format_args!(
                "`{key}` names {pattern}, which no account of the directory matches{hint}"
            )));
        }
    }
    Ok(())
}

fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(wanted, known).map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

/// The name that was probably meant.
fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .map(|known| {
            (
                strsim::normalized_damerau_levenshtein(&wanted, &known.to_lowercase()),
                known,
            )
        })
        .filter(|(alike, _)| *alike >= ALIKE)
        .max_by(|(one, _), (other, _)| one.total_cmp(other))
        .map(|(_, known)| known)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn accepting(code: &str) -> Result<()> {
        check_codes(&Policy::default().accept([code]))
    }

    #[test]
    fn codes_that_nothing_is_found_under_are_refused() {
        accepting("MAIL-KEYWORD").unwrap();
        // An integrator's own.
        accepting("ARCHIVE-TOO-OLD").unwrap();
        for (code, says) in [
            (
                "MAIL-KEYWRD",
                "unknown code MAIL-KEYWRD in `policy.accept`: did you mean MAIL-KEYWORD?",
            ),
            (
                "mail-keyword",
                "unknown code mail-keyword in `policy.accept`: did you mean MAIL-KEYWORD?",
            ),
            ("frobnicate", "unknown code frobnicate in `policy.accept`"),
        ] {
            assert_eq!(accepting(code).unwrap_err().to_string(), says);
        }
    }

    #[test]
    fn accounts_that_nobody_has_are_refused() {
        let accounts = [Account::new("anna@example.test")];
        let policy = |pattern: &str| {
            let mut policy = Policy::default();
            policy.accounts.insert(pattern.to_owned());
            check_accounts(&policy, &accounts)
        };
        policy("ANNA@example.test").unwrap();
        policy("*").unwrap();
        assert_eq!(
            policy("ana@example.test").unwrap_err().to_string(),
            "`policy.accounts` names ana@example.test, which no account of the directory matches: did you mean anna@example.test?"
        );
        assert!(policy("*@other.test").is_err());
    }
}
