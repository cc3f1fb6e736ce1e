//! The dependency graph of services as numbers: cycles, paths and orders. It knows neither tokens nor names, so that its
//! properties are tested on random graphs.
//!
//! # Invariants
//!
//! 1. At most one edge for each pair, the one with the strongest kind.
//! 2. No edge from a node to itself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

#[cfg(test)]
mod tests;

/// The origin of an edge, the strongest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EdgeKind {
    Use,
    After,
    First,
    Last,
    /// Orders the start alone.
    StartAfter,
}

/// The end of the order at which `first` and `last` put a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Position {
    First,
    Last,
}

/// The needs of each node: an edge goes from the node that starts later to the node that starts earlier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    needs: Vec<BTreeMap<usize, EdgeKind>>,
}

impl Graph {
    pub(crate) fn new(size: usize) -> Self {
        Self { needs: vec![BTreeMap::new(); size] }
    }

    pub(crate) fn add(&mut self, from: usize, to: usize, kind: EdgeKind) {
        if let (true, Some(needs)) = (from != to, self.needs.get_mut(from)) {
            let kept = needs.entry(to).or_insert(kind);
            *kept = kind.min(*kept);
        }
    }

    /// The needs of a node, in the order of the numbers.
    pub(crate) fn needs(&self, from: usize) -> impl Iterator<Item = (usize, EdgeKind)> {
        self.needs.get(from).into_iter().flatten().map(|(&to, &kind)| (to, kind))
    }

    fn nodes(&self) -> std::ops::Range<usize> {
        0..self.needs.len()
    }

    /// A shortest path of at least one edge to a node that is a goal, both ends included. Breadth-first search.
    pub(crate) fn path(&self, from: usize, goal: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let mut came_from = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for (next, _) in self.needs(at) {
                if goal(next) {
                    return Some(path_back(&came_from, from, at, next));
                }
                if next != from && !came_from.contains_key(&next) {
                    came_from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// Cycles that share no edge, the shortest first, each with its first node only once. Without their edges the graph has
    /// no cycle.
    pub(crate) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut left = self.clone();
        let mut cycles = Vec::new();
        while let Some(cycle) = left.shortest_cycle() {
            for (from, to) in cycle.iter().zip(cycle.iter().cycle().skip(1)) {
                left.needs.get_mut(*from).into_iter().for_each(|needs| {
                    needs.remove(to);
                });
            }
            cycles.push(cycle);
        }
        cycles
    }

    fn shortest_cycle(&self) -> Option<Vec<usize>> {
        let nodes = self.unorderable().into_iter();
        let cycles = nodes.filter_map(|from| self.path(from, |to| to == from));
        let mut shortest = cycles.min_by_key(|cycle| (cycle.len(), cycle.clone()))?;
        shortest.pop();
        Some(shortest)
    }

    /// The same graph without the edges inside strongly connected components.
    pub(crate) fn without_cycles(&self) -> Self {
        let unorderable = self.unorderable();
        let mut graph = self.clone();
        for (from, needs) in graph.needs.iter_mut().enumerate() {
            needs.retain(|to, _| {
                !(unorderable.contains(&from)
                    && unorderable.contains(to)
                    && self.reached(*to).contains(&from))
            });
        }
        graph
    }

    /// The same graph in which these nodes need nothing.
    pub(crate) fn without_needs_of(&self, nodes: &BTreeSet<usize>) -> Self {
        let mut graph = self.clone();
        for node in nodes {
            graph.needs.get_mut(*node).into_iter().for_each(BTreeMap::clear);
        }
        graph
    }

    /// All nodes that a node needs, directly or through others.
    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut stack = vec![from];
        while let Some(at) = stack.pop() {
            stack.extend(self.needs(at).map(|(next, _)| next).filter(|next| reached.insert(*next)));
        }
        reached
    }

    /// The nodes that no order can contain: those of cycles, and those that need them.
    fn unorderable(&self) -> BTreeSet<usize> {
        let ordered: BTreeSet<usize> = self.order(&[]).into_iter().collect();
        self.nodes().filter(|node| !ordered.contains(node)).collect()
    }

    /// Topological order: each node after all that it needs and all that it `stops_before`, otherwise in the order of the
    /// numbers. Nodes of cycles, and nodes that need them, are left out.
    pub(crate) fn order(&self, stops_before: &[Vec<usize>]) -> Vec<usize> {
        let predecessors = |node: usize| {
            let stops_later = stops_before.get(node).into_iter().flatten().copied();
            self.needs(node).map(|(to, _)| to).chain(stops_later).collect::<BTreeSet<_>>()
        };
        let mut waits: Vec<BTreeSet<usize>> = self.nodes().map(predecessors).collect();
        let mut followers = vec![Vec::new(); waits.len()];
        for (node, waits) in waits.iter().enumerate() {
            for &earlier in waits {
                followers.get_mut(earlier).into_iter().for_each(|all: &mut Vec<usize>| all.push(node));
            }
        }
        let mut ready: BinaryHeap<_> = waits
            .iter()
            .enumerate()
            .filter(|(_, waits)| waits.is_empty())
            .map(|(node, _)| Reverse(node))
            .collect();
        let mut order = Vec::with_capacity(waits.len());
        while let Some(Reverse(node)) = ready.pop() {
            order.push(node);
            for &follower in followers.get(node).into_iter().flatten() {
                let Some(waits) = waits.get_mut(follower) else { continue };
                waits.remove(&node);
                if waits.is_empty() {
                    ready.push(Reverse(follower));
                }
            }
        }
        order
    }

    /// Adds every edge that `first` and `last` stand for: for error messages, where the direct edge explains most.
    pub(crate) fn with_all_position_edges(mut self, positions: &[Option<Position>]) -> Self {
        for (from, later) in positions.iter().enumerate() {
            for (to, earlier) in positions.iter().enumerate() {
                if *earlier == Some(Position::First) && *later != Some(Position::First) {
                    self.add(from, to, EdgeKind::First);
                }
                if *later == Some(Position::Last) && *earlier != Some(Position::Last) {
                    self.add(from, to, EdgeKind::Last);
                }
            }
        }
        self
    }

    /// Adds the edges that `first` and `last` stand for, except those that follow from others: for the plan, which would
    /// otherwise grow with the square of the services.
    pub(crate) fn with_position_edges(mut self, positions: &[Option<Position>]) -> Self {
        let nodes_where = |wanted: &dyn Fn(Option<Position>) -> bool| -> BTreeSet<usize> {
            positions
                .iter()
                .enumerate()
                .filter(|(_, position)| wanted(**position))
                .map(|(node, _)| node)
                .collect()
        };
        let first = nodes_where(&|position| position == Some(Position::First));
        let last = nodes_where(&|position| position == Some(Position::Last));
        let middle = nodes_where(&|position| position.is_none());
        let after_first = if middle.is_empty() { &last } else { &middle };
        self.join(after_first, &first, EdgeKind::First);
        self.join(&last, &middle.union(&first).copied().collect(), EdgeKind::Last);
        self
    }

    /// Makes all of `later` start after all of `earlier`. Edges from the sources of `later` to the sinks of `earlier` are
    /// enough; the others follow from them.
    fn join(&mut self, later: &BTreeSet<usize>, earlier: &BTreeSet<usize>, kind: EdgeKind) {
        let needed: BTreeSet<usize> =
            earlier.iter().flat_map(|&node| self.needs(node)).map(|(to, _)| to).collect();
        let sources = later.iter().filter(|&&node| self.needs(node).all(|(to, _)| !later.contains(&to)));
        for from in sources.copied().collect::<Vec<_>>() {
            for to in earlier.difference(&needed) {
                self.add(from, *to, kind);
            }
        }
    }
}

/// The path from `from` to `goal` by way of `last`, from the predecessors that a search recorded.
fn path_back(came_from: &BTreeMap<usize, usize>, from: usize, last: usize, goal: usize) -> Vec<usize> {
    let mut path = vec![goal, last];
    let mut at = last;
    while at != from {
        let Some(&before) = came_from.get(&at) else { break };
        path.push(before);
        at = before;
    }
    path.reverse();
    path
}
