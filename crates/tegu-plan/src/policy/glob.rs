//! Patterns of folder paths: each level is a [pattern](tegu_routing::pattern) of names, and the level `**` matches any number of levels.

use tegu_routing::pattern::matches;

/// Returns whether a folder or one of its parents matches a pattern. Case counts, as it does on servers.
pub(super) fn fits_path(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    (1..=path.len()).any(|depth| path.get(..depth).is_some_and(|path| levels(&pattern, path)))
}

/// Matches level by level with one row of states, as for an edit distance, so that `**` costs at most levels times levels.
fn levels(pattern: &[&str], path: &[String]) -> bool {
    let mut fits = vec![false; path.len() + 1];
    if let Some(first) = fits.first_mut() {
        *first = true;
    }
    for part in pattern {
        if *part == "**" {
            let mut seen = false;
            for fit in &mut fits {
                seen |= *fit;
                *fit = seen;
            }
            continue;
        }
        let mut next = vec![false];
        next.extend(
            path.iter()
                .zip(&fits)
                .map(|(name, fit)| *fit && matches(part, name)),
        );
        fits = next;
    }
    fits.last().copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders() {
        for (pattern, path, expected) in [
            ("Archive", "Archive/2010", true),
            ("Archive/20*", "Archive/2010/May", true),
            ("Archive/20*", "Archive", false),
            ("*/Spam", "A/B/Spam", false),
            ("**/Spam", "A/B/Spam", true),
            ("**/Spam", "Spam", true),
            ("A/**/C", "A/C", true),
            ("A/**/C", "A/B/B/C/D", true),
            ("archive", "Archive", false),
        ] {
            let path: Vec<String> = path.split('/').map(str::to_owned).collect();
            assert_eq!(fits_path(pattern, &path), expected, "{pattern} {path:?}");
        }
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let deep = vec!["a".to_owned(); 200];
        assert!(!fits_path(&"**/a/".repeat(300), &deep));
    }
}
