//! The state of the members of a collection: a group without edges, in the place of one service.

use std::collections::HashMap;
use std::sync::Arc;

use super::GroupState;
use crate::model::{Plan, ServiceName, ServicePlan, ServiceState, SharedError};

impl GroupState {
    /// Returns the state of the members of a service of `outer`.
    ///
    /// `positions` has the index of each value in the order in which the collection iterates. If these members are those that
    /// `started` has started, they take over what is known of their starts.
    pub(crate) fn of_members(
        plan: Plan,
        positions: Vec<usize>,
        outer: &Arc<Self>,
        started: Option<&Self>,
    ) -> Self {
        let links = outer.links();
        let mut members =
            Self::new(plan, Some(links)).at_positions(positions).emitting_to(outer.events.clone());
        let Some(started) = started else { return members };
        let names = started.plan.services().iter().map(ServicePlan::name);
        let records =
            started.state().services.iter().map(|service| service.start.clone()).collect::<Vec<_>>();
        let mut records: HashMap<_, _> = names.zip(records).collect();
        for (plan, service) in members.plan.services().iter().zip(&mut members.state().services) {
            service.start = records.remove(plan.name()).unwrap_or_default();
        }
        members.begun = started.begun;
        members
    }

    /// Sets the index of each value in the order in which the collection iterates.
    pub(crate) fn at_positions(mut self, positions: Vec<usize>) -> Self {
        self.positions = positions;
        self
    }

    /// Returns the index of each value in the order in which the collection iterates.
    pub(crate) fn positions(&self) -> &[usize] {
        &self.positions
    }

    /// Records that a member runs, or is absent.
    pub(crate) fn set_attached(&self, index: usize) {
        let mut state = self.state();
        let service = &mut state.services[index];
        service.state = service.started();
        service.start.has_started = true;
    }

    /// Returns whether no member is there.
    pub(crate) fn are_members_absent(&self) -> bool {
        self.state().services.iter().all(|service| service.is_absent)
    }

    /// Returns whether all members have ended by themselves, or are absent. `ended` counts those that are known to have.
    pub(crate) fn have_members_ended(&self, ended: &mut usize) -> bool {
        use ServiceState::{Absent, Done, Failed};
        let state = self.state();
        let rest = state.services[*ended..].iter();
        *ended += rest.take_while(|service| matches!(service.state, Absent | Done | Failed)).count();
        *ended == state.services.len()
    }

    /// Returns the first member that has failed, and its error.
    pub(crate) fn failed_member(&self) -> Option<(ServiceName, SharedError)> {
        let state = self.state();
        let mut services = self.plan.services().iter().zip(&state.services);
        services.find_map(|(plan, service)| Some((plan.name().into(), service.failure.clone()?)))
    }
}
