//! Patterns of addresses and names.
//!
//! `*` stands for any characters and `?` for one. `\` takes the meaning from the character after it. A pattern without these is
//! an exact name.

/// Returns whether an address fits a pattern. Upper and lower case are the same.
///
/// ```
/// use tegu_routing::pattern;
///
/// assert!(pattern::matches_address("*@it.example.test", "Boris@IT.example.test"));
/// assert!(!pattern::matches_address("*@it.example.test", "boris@example.test"));
/// ```
#[must_use]
pub fn matches_address(pattern: &str, address: &str) -> bool {
    matches(&pattern.to_lowercase(), &address.to_lowercase())
}

/// Returns whether a name fits a pattern. Case counts.
///
/// The time grows at most with the product of both lengths.
#[must_use]
pub fn matches(pattern: &str, name: &str) -> bool {
    let pattern = tokens(pattern);
    let name: Vec<char> = name.chars().collect();
    // On a mismatch only the last `*` takes one character more, so that no pattern takes long.
    let (mut at, mut pos, mut star) = (0, 0, None);
    while let Some(&c) = name.get(pos) {
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

/// Returns the pattern that matches `name` and nothing else.
#[must_use]
pub fn literal(name: &str) -> String {
    let special = |c: char| matches!(c, '*' | '?' | '\\');
    name.chars()
        .flat_map(|c| special(c).then_some('\\').into_iter().chain([c]))
        .collect()
}

/// Returns whether a pattern matches everything: `*`.
pub(crate) fn matches_all(pattern: &str) -> bool {
    !pattern.is_empty() && pattern.chars().all(|c| c == '*')
}

#[derive(Clone, Copy, Eq, PartialEq)]
enum Token {
    Any,
    One,
    Char(char),
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
            assert_eq!(matches_address(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_literal_matches_itself_alone() {
        let pattern = literal("*?\\@example.test");
        assert!(matches_address(&pattern, "*?\\@example.test"));
        assert!(!matches_address(&pattern, "boris@example.test"));
    }

    #[test]
    fn a_hostile_pattern_ends_soon() {
        let pattern = "*a".repeat(2_000);
        assert!(!matches(&pattern, &"a".repeat(1_999)));
        assert!(matches(&pattern, &"a".repeat(2_000)));
    }
}
