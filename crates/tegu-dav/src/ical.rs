//! The tree of components in a calendar file, over its lines.

use std::ops::Range;

use crate::line::Line;
use crate::{Limits, Result};

/// One component: a range of lines and the components inside.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub struct Component {
    /// Upper case: `VEVENT`.
    pub name: String,
    /// The lines from `BEGIN` to `END`, both included, as indices.
    pub lines: Range<usize>,
    /// In order.
    pub children: Vec<Self>,
    /// Whether it ended with an `END` of its own name.
    pub closed: bool,
    /// Line indices of `END`s inside that belong to nothing.
    pub stray: Vec<usize>,
}

impl Component {
    /// Indices of the component's own property lines, without `BEGIN`, `END`, strays and the children.
    pub fn own_lines(&self) -> impl Iterator<Item = usize> {
        let end = self.lines.end.saturating_sub(usize::from(self.closed));
        let mut next = self.lines.start + 1;
        let mut children = self.children.iter();
        let mut child = children.next();
        std::iter::from_fn(move || {
            while let Some(inside) = child {
                if next != inside.lines.start {
                    break;
                }
                next = inside.lines.end;
                child = children.next();
            }
            let at = next;
            next += 1;
            (at < end).then_some(at)
        })
        .filter(|at| self.stray.binary_search(at).is_err())
    }
}

impl Component {
    /// So many lines that begin no component at all.
    pub(crate) fn nothing(lines: usize) -> Self {
        Self {
            name: String::new(),
            lines: 0..lines,
            children: Vec::new(),
            closed: false,
            stray: Vec::new(),
        }
    }
}

/// A file as components.
#[derive(Clone, Debug, Default)]
#[non_exhaustive]
pub struct Tree {
    /// Components that lie in no other.
    pub roots: Vec<Component>,
    /// Indices of lines outside of every component.
    pub stray: Vec<usize>,
}

/// Pairs `BEGIN` with `END`. A component that is not closed ends where its parent ends.
///
/// # Errors
///
/// [`ErrorKind::Limit`](crate::ErrorKind::Limit) where components nest deeper than
/// [`Limits::max_depth`].
pub fn tree(lines: &[Line<'_>], limits: &Limits) -> Result<Tree> {
    let mut tree = Tree::default();
    let mut open: Vec<Component> = Vec::new();
    for (index, line) in lines.iter().enumerate() {
        if let Some(name) = keyword(&line.text, "BEGIN") {
            if open.len() >= limits.max_depth {
                return Err(crate::line::limit(
                    format_args!("the component on line {}", line.number),
                    "max_depth",
                ));
            }
            open.push(Component {
                name: name.to_ascii_uppercase(),
                lines: index..index + 1,
                children: Vec::new(),
                closed: false,
                stray: Vec::new(),
            });
        } else if let Some(name) = keyword(&line.text, "END") {
            match open.iter().rposition(|c| c.name.eq_ignore_ascii_case(name)) {
                Some(depth) => {
                    while open.len() > depth + 1 {
                        close(&mut open, &mut tree, index, false);
                    }
                    close(&mut open, &mut tree, index + 1, true);
                }
                None => match open.last_mut() {
                    Some(component) => component.stray.push(index),
                    None => tree.stray.push(index),
                },
            }
        } else if open.is_empty() {
            tree.stray.push(index);
        }
    }
    while !open.is_empty() {
        close(&mut open, &mut tree, lines.len(), false);
    }
    Ok(tree)
}

fn close(open: &mut Vec<Component>, tree: &mut Tree, end: usize, closed: bool) {
    if let Some(mut component) = open.pop() {
        component.lines.end = end;
        component.closed = closed;
        match open.last_mut() {
            Some(parent) => parent.children.push(component),
            None => tree.roots.push(component),
        }
    }
}

/// The component name of a `BEGIN:` or `END:` line.
pub(crate) fn keyword<'t>(text: &'t str, word: &str) -> Option<&'t str> {
    let head = text.get(..word.len())?;
    // The walk over a file trims the same bytes; any other space would hide an end from one of the two.
    let space = |c: char| c.is_ascii_whitespace();
    let rest = text.get(word.len()..)?.trim_start_matches(space);
    let rest = rest.strip_prefix(':')?.trim_matches(space);
    let token = !rest.is_empty() && rest.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    (head.eq_ignore_ascii_case(word) && token).then_some(rest)
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used)]
    use super::*;

    fn read(source: &str) -> Tree {
        let lines = crate::line::read(source.as_bytes(), &Limits::default()).unwrap();
        tree(&lines.lines, &Limits::default()).unwrap()
    }

    #[test]
    fn own_lines_leave_children_out() {
        let tree = read("BEGIN:A\nX:1\nBEGIN:B\nY:1\nEND:B\nBEGIN:C\nEND:C\nX:2\nEND:A\nJ:1\n");
        assert_eq!(tree.roots[0].own_lines().collect::<Vec<_>>(), [1, 7]);
        assert_eq!(tree.stray, [9]);
        assert_eq!(tree.roots[0].children.len(), 2);
    }

    #[test]
    fn what_is_not_closed_ends_with_its_parent() {
        let tree = read("BEGIN:A\nBEGIN:B\nY:1\nEND:A\n");
        assert!(!tree.roots[0].children[0].closed);
        assert!(tree.roots[0].closed);
        assert_eq!(tree.roots[0].own_lines().count(), 0);
        let tree = read("BEGIN:A\nEND:B\nX:1");
        assert_eq!(tree.roots[0].stray, [1]);
        assert!(!tree.roots[0].closed);
        assert_eq!(tree.roots[0].lines, 0..3);
    }

    #[test]
    fn nesting_is_bounded() {
        let source = "BEGIN:A\n".repeat(100_000);
        let lines = crate::line::read(source.as_bytes(), &Limits::default()).unwrap();
        assert!(tree(&lines.lines, &Limits::default()).is_err());
    }
}
