//! Patterns for accounts and folders.
//!
//! `*` stands for any characters, `?` for one; `\` takes the meaning from the character after it. In a folder's path neither
//! crosses a `/`, and `**` as a whole level stands for any number of levels. A pattern without these is an exact name.

/// Whether a text fits a pattern, compared without case.
pub(super) fn fits(pattern: &str, text: &str) -> bool {
    level(&pattern.to_lowercase(), &text.to_lowercase())
}

/// Whether a folder, or one that it lies in, fits a pattern; case counts, as it does on servers.
pub(super) fn fits_path(pattern: &str, path: &[String]) -> bool {
    let pattern: Vec<&str> = pattern.split('/').collect();
    (1..=path.len()).any(|depth| path.get(..depth).is_some_and(|path| levels(&pattern, path)))
}

/// Row by row as for a distance of texts, so that `**` costs no more than levels times levels.
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
                .map(|(name, fit)| *fit && level(part, name)),
        );
        fits = next;
    }
    fits.last().copied().unwrap_or_default()
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Token {
    Any,
    One,
    Char(char),
}

/// One level: on a mismatch only the last `*` takes one character more, so that no pattern takes long.
fn level(pattern: &str, text: &str) -> bool {
    let pattern = tokens(pattern);
    let text: Vec<char> = text.chars().collect();
    let (mut at, mut pos, mut star) = (0, 0, None);
    while let Some(&c) = text.get(pos) {
        match pattern.get(at) {
            Some(Token::Any) => {
                star = Some((at + 1, pos));
                at += 1;
            }
            Some(token) if *token == Token::One || *token == Token::Char(c) => {
                at += 1;
                pos += 1;
            }
            _ => match &mut star {
                Some((after, from)) => {
                    *from += 1;
                    (at, pos) = (*after, *from);
                }
                None => return false,
            },
        }
    }
    pattern
        .get(at..)
        .is_none_or(|rest| rest.iter().all(|token| *token == Token::Any))
}

fn tokens(pattern: &str) -> Vec<Token> {
    let mut tokens = Vec::new();
    let mut chars = pattern.chars();
    while let Some(c) = chars.next() {
        tokens.push(match c {
            '*' => Token::Any,
            '?' => Token::One,
            '\\' => Token::Char(chars.next().unwrap_or('\\')),
            c => Token::Char(c),
        });
    }
    tokens
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses() {
        for (pattern, text, expected) in [
            ("anna@example.test", "Anna@Example.TEST", true),
            ("*@it.example.test", "boris@it.example.test", true),
            ("*@it.example.test", "boris@example.test", false),
            ("?.petrov@*", "b.petrov@example.test", true),
            ("?.petrov@*", "bb.petrov@example.test", false),
            ("a\\*b@x", "a*b@x", true),
            ("a\\*b@x", "aab@x", false),
            ("*", "", true),
            ("", "a", false),
            ("*иван*", "АННА.ИВАНОВА@x", true),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern} {text}");
        }
    }

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
        let pattern = "*a".repeat(2_000);
        assert!(!fits(&pattern, &"a".repeat(1_999)));
        assert!(fits(&pattern, &"a".repeat(2_000)));
        let deep = vec!["a".to_owned(); 200];
        assert!(!fits_path(&"**/a/".repeat(300), &deep));
    }
}
