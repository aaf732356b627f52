//! Circles in a graph.

/// Edges from each node, one list behind the other.
#[derive(Debug, Default)]
pub(super) struct Edges {
    /// Where the edges of each node end.
    ends: Vec<usize>,
    targets: Vec<u32>,
}

impl Edges {
    /// Adds a node and its edges.
    pub(super) fn node(&mut self, targets: impl IntoIterator<Item = u32>) {
        self.targets.extend(targets);
        self.ends.push(self.targets.len());
    }

    fn len(&self) -> usize {
        self.ends.len()
    }

    fn of(&self, node: usize) -> &[u32] {
        let end = |at: usize| self.ends.get(at).copied().unwrap_or(0);
        let start = node.checked_sub(1).map_or(0, end);
        self.targets.get(start..end(node)).unwrap_or_default()
    }
}

/// The strongly connected components with more than one node, and the nodes that lead to themselves (Tarjan's algorithm, with a
/// stack of its own instead of recursion).
pub(super) fn circles(next: &Edges) -> Vec<Vec<usize>> {
    const NEW: usize = usize::MAX;
    let mut order = vec![NEW; next.len()];
    let mut low = vec![0; next.len()];
    let mut open = vec![false; next.len()];
    let (mut count, mut stack, mut out) = (0, Vec::new(), Vec::new());
    for root in 0..next.len() {
        if order.get(root) != Some(&NEW) {
            continue;
        }
        let mut path = vec![(root, 0)];
        while let Some((node, at)) = path.last_mut() {
            let node = *node;
            let edges = next.of(node);
            let (Some(seen), Some(lowest), Some(is_open)) =
                (order.get_mut(node), low.get_mut(node), open.get_mut(node))
            else {
                break;
            };
            if *seen == NEW {
                (*seen, *lowest, *is_open) = (count, count, true);
                count += 1;
                stack.push(node);
            }
            if let Some(&to) = edges.get(*at) {
                let to = to as usize;
                *at += 1;
                match order.get(to) {
                    Some(&NEW) => path.push((to, 0)),
                    Some(&number) if open.get(to) == Some(&true) => {
                        if let Some(lowest) = low.get_mut(node) {
                            *lowest = number.min(*lowest);
                        }
                    }
                    _ => {}
                }
                continue;
            }
            let (number, lowest) = (*seen, *lowest);
            path.pop();
            if let Some(above) = path.last().and_then(|&(above, _)| low.get_mut(above)) {
                *above = lowest.min(*above);
            }
            if number == lowest {
                let from = stack.iter().rposition(|&n| n == node).unwrap_or(0);
                let circle = stack.split_off(from);
                for &n in &circle {
                    if let Some(is_open) = open.get_mut(n) {
                        *is_open = false;
                    }
                }
                if circle.len() > 1 || edges.iter().any(|&to| to as usize == node) {
                    out.push(circle);
                }
            }
        }
    }
    out
}
