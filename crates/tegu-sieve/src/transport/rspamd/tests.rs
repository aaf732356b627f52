#![allow(clippy::unwrap_used)]
use super::*;

/// Whether an expression holds, where `R1` stands for whether rule 1 matches.
fn holds(expression: &str, matches: &[bool]) -> bool {
    let (mut depth, mut start, mut all) = (0, 0, true);
    let mut term = |text: &str| {
        let text = text.trim();
        let (not, text) = text.strip_prefix('!').map_or((false, text), |rest| (true, rest));
        let value = match text.strip_prefix('(') {
            Some(inner) => holds(inner.strip_suffix(')').unwrap(), matches),
            None => matches[text.strip_prefix('R').unwrap().parse::<usize>().unwrap()],
        };
        all &= value != not;
    };
    for (at, c) in expression.char_indices() {
        match c {
            '(' => depth += 1,
            ')' => depth -= 1,
            '&' if depth == 0 => {
                term(&expression[start..at]);
                start = at + 1;
            }
            _ => {}
        }
    }
    term(&expression[start..]);
    all
}

/// Which rule acts in the end, as Exchange runs them: one after the other. A later prefix does not show.
fn acts(kinds: &[usize], matches: &[bool]) -> Option<usize> {
    let mut prefix = None;
    for (at, kind) in kinds.iter().enumerate().filter(|(at, _)| matches[*at]) {
        match kind {
            0 => return Some(at),
            1 => return prefix,
            _ => prefix = prefix.or(Some(at)),
        }
        if *kind == 3 {
            return prefix;
        }
    }
    prefix
}

/// Rules that decide, that stop the others, that write a prefix, and that do both: in every order, with every message.
#[test]
fn one_rule_acts_at_most_and_the_right_one() {
    for number in 0..1024_usize {
        let kinds: Vec<usize> = (0..5).map(|at| number >> (2 * at) & 3).collect();
        let mut all: Vec<Ready> = kinds
            .iter()
            .enumerate()
            .map(|(at, kind)| Ready {
                notes: Notes::default(),
                blocks: String::new(),
                matches: format!("R{at}"),
                action: match kind {
                    0 => Some(Action::Discard),
                    1 => None,
                    _ => Some(Action::Subject("x".into())),
                },
                stops: kind % 2 == 1,
            })
            .collect();
        let expressions = expressions(&mut all);
        for bits in 0..32_usize {
            let matches: Vec<bool> = (0..5).map(|at| bits >> at & 1 == 1).collect();
            let acting: Vec<usize> = (0..5)
                .filter(|at| all[*at].action.is_some() && holds(&expressions[*at], &matches))
                .collect();
            let expected: Vec<usize> = acts(&kinds, &matches).into_iter().collect();
            assert_eq!(acting, expected, "{kinds:?} {matches:?} {expressions:#?}");
        }
    }
}

#[test]
fn rules_that_are_too_many_are_left_to_a_person() {
    let ready = |at: usize| Ready {
        notes: Notes::default(),
        blocks: String::new(),
        matches: format!("TEGU_RULE_{at}_1 & TEGU_RULE_{at}_2"),
        action: Some(if at.is_multiple_of(2) {
            Action::Discard
        } else {
            Action::Subject("x".into())
        }),
        stops: false,
    };
    let mut all: Vec<Ready> = (1..5000).map(ready).collect();
    let expressions = expressions(&mut all);
    let longest = expressions.iter().map(String::len).max().unwrap();
    assert!(longest < EXPRESSION + 200, "{longest}");
    assert!(!all[1].notes.manual);
    assert!(all[4000].notes.manual, "{:?}", all[4000].notes);
}

#[test]
fn texts_that_rspamd_would_fill_in_are_refused() {
    for (text, literal) in [
        ("costs 5 $ each, or $5", true),
        ("$", true),
        ("$CONFDIR", false),
        ("${from}", false),
        ("$$", false),
        ("a\nb", false),
        (" ", false),
    ] {
        assert_eq!(is_literal(text), literal, "{text:?}");
    }
}
