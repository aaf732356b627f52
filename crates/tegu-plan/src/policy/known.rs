//! Names in a policy that stand for nothing, with the nearest that is known.

use super::{glob, met::Met};
use crate::{Error, Policy, Result};
use std::collections::BTreeSet;
use tegu_report::{Unmatched, known_codes};
use tegu_routing::pattern::{literal, matches_address};

/// How alike two names are at least, from 0 to 1, so that one may be meant for the other.
const ALIKE: f64 = 0.8;
/// How many names are compared with one that is not known.
const COMPARED: usize = 10_000;

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
pub(super) fn check_accounts<'a>(
    policy: &Policy,
    mails: impl Iterator<Item = &'a str> + Clone,
) -> Result<()> {
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
            if mails.clone().any(|mail| matches_address(pattern, mail)) {
                continue;
            }
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

/// Patterns of folders that match none of those that were found. Where none was found, nothing is known of patterns.
pub(super) fn unmatched<'a>(
    patterns: impl Iterator<Item = &'a String>,
    found: &[Met<'_>],
    concerns: impl Fn(&Met<'_>) -> bool,
) -> Vec<Unmatched> {
    let found = found.iter().filter(|met| concerns(met));
    let names: BTreeSet<&str> = found.map(|met| met.container).collect();
    let fits = |pattern: &str| names.iter().any(|name| fits_name(pattern, name));
    let patterns = patterns.filter(|pattern| !names.is_empty() && !fits(pattern));
    let told = patterns.map(|pattern| {
        let deeper = format!("**/{pattern}");
        let nearest = if fits(&deeper) {
            Some(deeper)
        } else {
            nearest(pattern, names.iter().copied()).map(literal)
        };
        Unmatched::new(pattern, nearest)
    });
    told.collect()
}

/// Whether a pattern matches a folder of this name, whichever way the server parts its levels. Where they are parted by dots, all folders
/// may be below the inbox, which does not count.
fn fits_name(pattern: &str, name: &str) -> bool {
    let below_inbox = name.strip_prefix("INBOX.").unwrap_or(name);
    let parted = [
        (name, Some('/')),
        (name, Some('.')),
        (below_inbox, Some('.')),
        (name, None),
    ];
    parted.into_iter().any(|(name, delimiter)| {
        let path: Vec<String> = match delimiter {
            Some(delimiter) => name.split(delimiter).map(str::to_owned).collect(),
            None => vec![name.to_owned()],
        };
        glob::fits_path(pattern, &path)
    })
}

fn hint<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> String {
    nearest(wanted, known).map_or_else(String::new, |near| format!(": did you mean {near}?"))
}

/// The name that was probably meant.
fn nearest<'a>(wanted: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wanted = wanted.to_lowercase();
    known
        .take(COMPARED)
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
    use crate::Entity;

    #[test]
    fn codes_that_nothing_is_found_under_are_refused() {
        let accepting = |code: &str| Policy::default().accept([code]).check_codes();
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
        let policy = |pattern: &str| {
            let mut policy = Policy::default();
            policy.accounts.insert(pattern.to_owned());
            policy.check_accounts(["anna@example.test"].into_iter())
        };
        policy("ANNA@example.test").unwrap();
        policy("*").unwrap();
        assert_eq!(
            policy("ana@example.test").unwrap_err().to_string(),
            "`policy.accounts` names ana@example.test, which no account of the directory matches: did you mean anna@example.test?"
        );
        assert!(policy("*@other.test").is_err());
    }

    #[test]
    fn folders_that_nobody_has_are_told_with_the_nearest() {
        let policy: Policy = toml::from_str(
            "folders = ['INBOX', 'Архив', 'Archive']\nexclude_folders = ['Junk Email', 'Spam', 'Sent/20*', 'Nowhere']\n\
             [[exclude]]\naccounts = ['boris@*']\nfolders = ['archive']\n[[exclude]]\nfolders = ['Holidays']\nentities = ['calendars']\n",
        )
        .unwrap();
        let mail = |account, name| Met::new(account, Entity::Mail, name, vec![]);
        let found = [
            mail("anna@x.test", "INBOX"),
            mail("anna@x.test", "INBOX/Spam"),
            mail("anna@x.test", "Junk E-mail"),
            mail("anna@x.test", "INBOX.Archive.2010"),
            mail("boris@x.test", "Archives"),
            mail("boris@x.test", "Sent.2014"),
            Met::new("boris@x.test", Entity::Calendars, "Holiday", vec![]),
        ];
        let told: Vec<String> = policy
            .exceptions(vec![], &found)
            .iter()
            .flat_map(|exception| {
                exception
                    .unmatched
                    .iter()
                    .map(|one| format!("{}: {one}", exception.code))
            })
            .collect();
        assert_eq!(
            told,
            [
                "POLICY-FOLDER: no folder matches Архив",
                "POLICY-FOLDER: no folder matches Junk Email: did you mean Junk E-mail?",
                "POLICY-FOLDER: no folder matches Nowhere",
                "POLICY-FOLDER: no folder matches Spam: did you mean **/Spam?",
                "POLICY-EXCLUDE-1: no folder matches archive: did you mean Archives?",
                "POLICY-EXCLUDE-2: no folder matches Holidays: did you mean Holiday?",
            ]
        );
        // Where nothing was found, nothing is known of patterns.
        assert!(
            policy
                .exceptions(vec![], &[])
                .iter()
                .all(|exception| exception.unmatched.is_empty())
        );
    }
}
