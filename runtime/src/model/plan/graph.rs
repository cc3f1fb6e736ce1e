//! A plan's edges the other way round. Built once a run, linear in its size.

use super::{EdgeKind, Plan};

/// For each service, those that stop before it.
#[derive(Debug)]
pub(crate) struct Graph {
    /// Where each service's run in `ahead` begins; one entry more than there are services.
    begins: Vec<usize>,
    /// The services that stop before a service, with the reason, or none where only `stop_order` says so.
    ahead: Vec<(usize, Option<EdgeKind>)>,
}

impl Graph {
    pub(crate) fn of(plan: &Plan) -> Self {
        let mut begins = vec![0; plan.services().len() + 1];
        each_edge(plan, |_, behind, _| begins[behind + 1] += 1);
        for index in 1..begins.len() {
            begins[index] += begins[index - 1];
        }
        let mut next = begins.clone();
        let mut ahead = vec![(0, None); begins.last().copied().unwrap_or(0)];
        each_edge(plan, |index, behind, why| {
            ahead[next[behind]] = (index, why);
            next[behind] += 1;
        });
        Self { begins, ahead }
    }

    /// The services that end before this one is asked to stop.
    pub(crate) fn ahead(&self, index: usize) -> &[(usize, Option<EdgeKind>)] {
        &self.ahead[self.begins[index]..self.begins[index + 1]]
    }

    /// The services that start after this one.
    pub(crate) fn dependents(&self, index: usize) -> impl Iterator<Item = usize> {
        self.ahead(index).iter().filter(|(_, why)| why.is_some()).map(|(dependent, _)| *dependent)
    }

    /// For each service, those of `ahead` that it waits for directly: not those that are waited for on the way to
    /// another of them. For pictures: it costs a bit for each pair of services.
    pub(crate) fn direct(&self, plan: &Plan) -> Vec<Vec<usize>> {
        let words = plan.services().len().div_ceil(64);
        let mut above = vec![vec![0_u64; words]; plan.services().len()];
        let mut direct = vec![Vec::new(); plan.services().len()];
        for &index in plan.order().iter().rev() {
            let mut implied = vec![0; words];
            for &(ahead, _) in self.ahead(index) {
                implied.iter_mut().zip(&above[ahead]).for_each(|(bits, more)| *bits |= more);
            }
            for &(ahead, _) in self.ahead(index) {
                let bit = 1 << (ahead % 64);
                if implied[ahead / 64] & bit == 0 {
                    // A second edge to the same service, by `stop_order` say, finds it implied.
                    implied[ahead / 64] |= bit;
                    direct[index].push(ahead);
                }
            }
            above[index] = implied;
        }
        direct
    }

    /// Who uses this service, who uses that, and so on: one way up to a service that nobody uses.
    pub(crate) fn needed_by(&self, index: usize) -> Vec<usize> {
        let user =
            |of| self.ahead(of).iter().find(|(_, why)| *why == Some(EdgeKind::Use)).map(|(user, _)| *user);
        std::iter::successors(user(index), |&above| user(above)).collect()
    }
}

/// The services that are asked to stop only when this one has ended.
pub(crate) fn behind(plan: &Plan, index: usize) -> impl Iterator<Item = usize> + use<> {
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
