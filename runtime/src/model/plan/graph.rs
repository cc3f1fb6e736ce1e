//! The edges of a plan in reverse: for each service, the services ahead of it in the stop.

use std::collections::{BTreeMap, BTreeSet};

use super::{EdgeKind, Plan};

/// The reversed edges of a plan. Built once a run, in time linear in services plus edges.
#[derive(Debug)]
pub(crate) struct Graph {
    /// For each service, the start of its slice of `ahead`; one entry more than there are services.
    starts: Vec<usize>,
    /// The services that stop before a service, with the kind of the edge. `None` is an edge of `stop_order`.
    ahead: Vec<(usize, Option<EdgeKind>)>,
    /// The services that name a service in their `start_after`. Few services have any.
    starting_after: BTreeMap<usize, Vec<usize>>,
    /// The services that are given, whose edges order the stop alone.
    given: BTreeSet<usize>,
}

impl Graph {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut starts = vec![0; plan.services().len() + 1];
        for_each_edge(plan, |_, later, _| starts[later + 1] += 1);
        for index in 1..starts.len() {
            starts[index] += starts[index - 1];
        }
        let mut next = starts.clone();
        let mut ahead = vec![(0, None); starts.last().copied().unwrap_or(0)];
        for_each_edge(plan, |index, later, kind| {
            ahead[next[later]] = (index, kind);
            next[later] += 1;
        });
        let mut starting_after: BTreeMap<_, Vec<_>> = BTreeMap::new();
        for (index, service) in plan.services().iter().enumerate() {
            service.starts_after().for_each(|earlier| {
                starting_after.entry(earlier.index()).or_default().push(index);
            });
        }
        let services = plan.services().iter().enumerate();
        let given = services.filter(|(_, service)| service.is_given()).map(|(index, _)| index).collect();
        Self { starts, ahead, starting_after, given }
    }

    /// Returns the services that have to end before the stop of this one is requested.
    pub(crate) fn predecessors(&self, index: usize) -> &[(usize, Option<EdgeKind>)] {
        &self.ahead[self.starts[index]..self.starts[index + 1]]
    }

    /// Returns the services that start when this one has started, as far as it is concerned.
    pub(crate) fn followers(&self, index: usize) -> impl Iterator<Item = usize> {
        let only_in_start = self.starting_after.get(&index).into_iter().flatten().copied();
        self.dependents(index).filter(|dependent| !self.given.contains(dependent)).chain(only_in_start)
    }

    /// Returns the services that stop before this one because of a dependency, and start after it unless they are given.
    pub(crate) fn dependents(&self, index: usize) -> impl Iterator<Item = usize> {
        self.predecessors(index).iter().filter(|(_, kind)| kind.is_some()).map(|(dependent, _)| *dependent)
    }

    /// Returns for each service those of `ahead` that no path over other services implies: the transitive reduction.
    ///
    /// Only pictures use it, since it takes a bit of memory for each pair of services.
    pub(crate) fn direct(&self, plan: &Plan) -> Vec<Vec<usize>> {
        let words = plan.services().len().div_ceil(64);
        let mut above = vec![vec![0_u64; words]; plan.services().len()];
        let mut direct = vec![Vec::new(); plan.services().len()];
        for &index in plan.order().iter().rev() {
            let mut implied = vec![0; words];
            for &(ahead, _) in self.predecessors(index) {
                implied.iter_mut().zip(&above[ahead]).for_each(|(bits, more)| *bits |= more);
            }
            for &(ahead, _) in self.predecessors(index) {
                let bit = 1 << (ahead % 64);
                if implied[ahead / 64] & bit == 0 {
                    // A second edge to the same service, for example by `stop_order`, is now implied by the first.
                    implied[ahead / 64] |= bit;
                    direct[index].push(ahead);
                }
            }
            above[index] = implied;
        }
        direct
    }

    /// Returns one chain of users: a service that uses this one, a service that uses that one, and so on.
    pub(crate) fn needed_by(&self, index: usize) -> Vec<usize> {
        let user = |of| {
            self.predecessors(of).iter().find(|(_, kind)| *kind == Some(EdgeKind::Use)).map(|(user, _)| *user)
        };
        std::iter::successors(user(index), |&above| user(above)).collect()
    }
}

/// Calls `edge` with the service that stops first, the one that stops later, and the kind of the edge.
fn for_each_edge(plan: &Plan, mut edge: impl FnMut(usize, usize, Option<EdgeKind>)) {
    for (index, service) in plan.services().iter().enumerate() {
        for dependency in service.dependencies() {
            edge(index, dependency.service.index(), Some(dependency.kind));
        }
        service.stops_before().for_each(|later| edge(index, later.index(), None));
    }
}
