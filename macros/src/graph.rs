//! Who starts after whom, as numbers: no tokens, no names, so that properties can be tested on it alone.
//!
//! # Invariants
//!
//! 1. At most one edge for each pair, the one with the strongest reason.
//! 2. No edge from a node to itself.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet, BinaryHeap, VecDeque};

#[cfg(test)]
mod tests;

/// Where an edge comes from, the strongest reason first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum EdgeKind {
    Use,
    After,
    First,
    Last,
}

/// At one end of the order.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    First,
    Last,
}

/// What each node needs: an edge goes from the one that starts later to the one that starts earlier.
#[derive(Clone, Debug, Default)]
pub(crate) struct Graph {
    needs: Vec<BTreeMap<usize, EdgeKind>>,
}

impl Graph {
    pub(crate) fn new(size: usize) -> Self {
        Self { needs: vec![BTreeMap::new(); size] }
    }

    pub(crate) fn add(&mut self, from: usize, to: usize, why: EdgeKind) {
        if let (true, Some(needs)) = (from != to, self.needs.get_mut(from)) {
            let kept = needs.entry(to).or_insert(why);
            *kept = why.min(*kept);
        }
    }

    /// What a node needs, in order.
    pub(crate) fn needs(&self, from: usize) -> impl Iterator<Item = (usize, EdgeKind)> {
        self.needs.get(from).into_iter().flatten().map(|(&to, &why)| (to, why))
    }

    fn nodes(&self) -> std::ops::Range<usize> {
        0..self.needs.len()
    }

    /// A shortest way of at least one edge to a node that is a goal, both ends included.
    pub(crate) fn way(&self, from: usize, goal: impl Fn(usize) -> bool) -> Option<Vec<usize>> {
        let mut came_from = BTreeMap::new();
        let mut queue = VecDeque::from([from]);
        while let Some(at) = queue.pop_front() {
            for (next, _) in self.needs(at) {
                if goal(next) {
                    return Some(way_back(&came_from, from, at, next));
                }
                if next != from && !came_from.contains_key(&next) {
                    came_from.insert(next, at);
                    queue.push_back(next);
                }
            }
        }
        None
    }

    /// For each group of nodes that all need each other, a shortest cycle, its first node only once.
    pub(crate) fn cycles(&self) -> Vec<Vec<usize>> {
        let mut left = self.unsorted();
        let mut cycles = Vec::new();
        while let Some(node) = left.pop_first() {
            let reached = self.reached(node);
            let mut knot: Vec<usize> = left
                .iter()
                .copied()
                .filter(|other| reached.contains(other) && self.reached(*other).contains(&node))
                .collect();
            knot.push(node);
            left.retain(|other| !knot.contains(other));
            let round = knot.iter().filter_map(|&from| self.way(from, |to| to == from));
            if let Some(mut shortest) = round.min_by_key(|round| (round.len(), round.clone())) {
                shortest.pop();
                cycles.push(shortest);
            }
        }
        cycles
    }

    /// The same graph without the edges inside groups of nodes that all need each other.
    pub(crate) fn without_cycles(&self) -> Self {
        let left = self.unsorted();
        let mut graph = self.clone();
        for (from, needs) in graph.needs.iter_mut().enumerate() {
            needs.retain(|to, _| {
                !(left.contains(&from) && left.contains(to) && self.reached(*to).contains(&from))
            });
        }
        graph
    }

    fn reached(&self, from: usize) -> BTreeSet<usize> {
        let mut reached = BTreeSet::new();
        let mut stack = vec![from];
        while let Some(at) = stack.pop() {
            stack.extend(self.needs(at).map(|(next, _)| next).filter(|next| reached.insert(*next)));
        }
        reached
    }

    /// What no order can place: the nodes of cycles, and those that need them.
    fn unsorted(&self) -> BTreeSet<usize> {
        let sorted: BTreeSet<usize> = self.order(&[]).into_iter().collect();
        self.nodes().filter(|node| !sorted.contains(node)).collect()
    }

    /// Each node behind all that it needs and all that it `stops_before`, otherwise in the order of the numbers.
    pub(crate) fn order(&self, stops_before: &[Vec<usize>]) -> Vec<usize> {
        let behind = |node: usize| {
            let later = stops_before.get(node).into_iter().flatten().copied();
            self.needs(node).map(|(to, _)| to).chain(later).collect::<BTreeSet<_>>()
        };
        let mut waits: Vec<BTreeSet<usize>> = self.nodes().map(behind).collect();
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

    /// Adds every edge that `first` and `last` stand for.
    pub(crate) fn with_all_places(mut self, places: &[Option<Place>]) -> Self {
        for (from, later) in places.iter().enumerate() {
            for (to, earlier) in places.iter().enumerate() {
                if *earlier == Some(Place::First) && *later != Some(Place::First) {
                    self.add(from, to, EdgeKind::First);
                }
                if *later == Some(Place::Last) && *earlier != Some(Place::Last) {
                    self.add(from, to, EdgeKind::Last);
                }
            }
        }
        self
    }

    /// Adds the edges that `first` and `last` stand for, but those that follow from others.
    pub(crate) fn with_places(mut self, places: &[Option<Place>]) -> Self {
        let those = |wanted: &dyn Fn(Option<Place>) -> bool| -> BTreeSet<usize> {
            places.iter().enumerate().filter(|(_, place)| wanted(**place)).map(|(node, _)| node).collect()
        };
        let first = those(&|place| place == Some(Place::First));
        let last = those(&|place| place == Some(Place::Last));
        let middle = those(&|place| place.is_none());
        let behind_first = if middle.is_empty() { &last } else { &middle };
        self.join(behind_first, &first, EdgeKind::First);
        self.join(&last, &middle.union(&first).copied().collect(), EdgeKind::Last);
        self
    }

    /// Makes all of `later` start after all of `earlier`: its own beginnings after the ends of the other.
    fn join(&mut self, later: &BTreeSet<usize>, earlier: &BTreeSet<usize>, why: EdgeKind) {
        let needed: BTreeSet<usize> =
            earlier.iter().flat_map(|&node| self.needs(node)).map(|(to, _)| to).collect();
        let begins = later.iter().filter(|&&node| self.needs(node).all(|(to, _)| !later.contains(&to)));
        for from in begins.copied().collect::<Vec<_>>() {
            for to in earlier.difference(&needed) {
                self.add(from, *to, why);
            }
        }
    }
}

fn way_back(came_from: &BTreeMap<usize, usize>, from: usize, last: usize, goal: usize) -> Vec<usize> {
    let mut way = vec![goal, last];
    let mut at = last;
    while at != from {
        let Some(&before) = came_from.get(&at) else { break };
        way.push(before);
        at = before;
    }
    way.reverse();
    way
}
