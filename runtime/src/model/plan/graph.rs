//! The edges of a plan in the opposite direction. Built once for each run, linear in the size of the plan.

use super::{EdgeKind, Plan};

/// For each service, those that stop before it.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Where the entries of each service begin in `predecessors`; one entry more than there are services.
    begins: Vec<usize>,
    /// The services that stop before a service, with the kind of edge; `None` for an edge of `stop_order` alone.
    predecessors: Vec<(usize, Option<EdgeKind>)>,
}

impl Graph {
    pub(crate) fn new(plan: &Plan) -> Self {
        let mut begins = vec![0; plan.services().len() + 1];
        each_edge(plan, |_, after, _| begins[after + 1] += 1);
        for index in 1..begins.len() {
            begins[index] += begins[index - 1];
        }
        let mut next = begins.clone();
        let mut predecessors = vec![(0, None); begins.last().copied().unwrap_or(0)];
        each_edge(plan, |index, after, kind| {
            predecessors[next[after]] = (index, kind);
            next[after] += 1;
        });
        Self { begins, predecessors }
    }

    /// Returns the services that end before this one is told to stop.
    pub(crate) fn predecessors(&self, index: usize) -> &[(usize, Option<EdgeKind>)] {
        &self.predecessors[self.begins[index]..self.begins[index + 1]]
    }

    /// Returns the services that start after this one.
    pub(crate) fn dependents(&self, index: usize) -> impl Iterator<Item = usize> {
        self.predecessors(index).iter().filter(|(_, why)| why.is_some()).map(|(dependent, _)| *dependent)
    }

    /// Returns, for each service, the predecessors that no other predecessor waits for. For pictures: it takes a bit for
    /// each pair of services.
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
                    // A second edge to the same service, from `stop_order` for example, finds it implied.
                    implied[ahead / 64] |= bit;
                    direct[index].push(ahead);
                }
            }
            above[index] = implied;
        }
        direct
    }

    /// Returns a service that uses this one, a service that uses the former, and so on.
    pub(crate) fn needed_by(&self, index: usize) -> Vec<usize> {
        let user = |of| {
            self.predecessors(of).iter().find(|(_, why)| *why == Some(EdgeKind::Use)).map(|(user, _)| *user)
        };
        std::iter::successors(user(index), |&above| user(above)).collect()
    }
}

/// Returns the services that are told to stop only when this one has ended.
pub(crate) fn stops_after(plan: &Plan, index: usize) -> impl Iterator<Item = usize> + use<> {
    plan.services()[index].stops_before_indices()
}

fn each_edge(plan: &Plan, mut edge: impl FnMut(usize, usize, Option<EdgeKind>)) {
    for (index, service) in plan.services().iter().enumerate() {
        service
            .dependencies()
            .iter()
            .for_each(|needed| edge(index, needed.service.index(), Some(needed.kind)));
        service.stops_before().for_each(|after| edge(index, after.index(), None));
    }
}
