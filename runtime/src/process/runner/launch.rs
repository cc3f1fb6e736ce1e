//! How a runner starts its group, whole or in part.

use std::sync::{Arc, PoisonError};

use super::{OnReady, Parts, Runner};
use crate::engine::erased::{ErasedGroup, ErasedServices, Replaced};
use crate::engine::{
    self, Completions, GroupCore, Running, Selection, StartContext, StartError, StartErrorKind,
};
use crate::model::{Panicked, StopCause, budget_exceeded};
use crate::state::{GroupHandle, GroupState};
use crate::text::catch_panic;
use crate::text::events::{EventSink, event};

/// A group whose services have started, before its struct is built.
struct Started<A> {
    values: Arc<dyn ErasedGroup<A>>,
    selection: Arc<Selection>,
    completions: Completions,
    on_ready: Option<OnReady<A>>,
}

impl<A: 'static> Runner<A> {
    pub(super) fn group_state(&self, outer: Option<&StartContext>, events: EventSink) -> Arc<GroupState> {
        let links = outer.map(|outer| outer.links.clone());
        let group = Arc::new(GroupState::new(self.plan.clone(), links).emitting_to(events));
        for index in self.selection.left_out() {
            group.set_left_out(index);
        }
        for index in (0..self.plan.services().len()).filter(|index| self.selection.is_replaced(*index)) {
            group.set_replaced(index);
        }
        if let Some(outer) = outer {
            outer.set_nested(&group);
        }
        group
    }

    /// Starts the whole group.
    pub(super) async fn launch(
        self,
        group: Arc<GroupState>,
        outer: Option<StartContext>,
    ) -> Result<Running<A>, StartError> {
        let Started { values, selection, completions, on_ready } = self.start_services(&group, outer).await?;
        let running = Running::new(values, Arc::clone(&group), selection, completions);
        // After the change of phase: code that observes this event finds the group ready.
        let name = group.plan.name();
        event!(group.events, info, group = name, "ready");
        call_on_ready(on_ready, &running, &group);
        Ok(running)
    }

    /// Starts a part of the group. There is no struct: the values stay in their cells.
    pub(super) async fn launch_part(self, group: Arc<GroupState>) -> Result<Running<()>, StartError> {
        let Started { values, selection, completions, .. } = self.start_services(&group, None).await?;
        let running = Running::part(values, Arc::clone(&group), selection, completions);
        let name = group.plan.name();
        event!(group.events, info, group = name, "ready");
        Ok(running)
    }

    async fn start_services(
        self,
        group: &Arc<GroupState>,
        outer: Option<StartContext>,
    ) -> Result<Started<A>, StartError> {
        if let Some(exceeded) = budget_exceeded(&self.plan) {
            return Err(StartError::before_the_start(&self.plan, StartErrorKind::BudgetExceeded(exceeded)));
        }
        if let Some(index) = self.selection.replaced_and_left_out() {
            let name = self.plan.services()[index].name();
            return Err(StartError::before_the_start(
                &self.plan,
                StartErrorKind::ReplacedAndLeftOut(name.into()),
            ));
        }
        let (name, left_out) = (self.plan.name(), self.selection.left_out().count());
        let services = self.plan.services().len() - left_out;
        event!(group.events, info, group = name, services, "starting");
        let parts = self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let Parts { make, on_ready, replacements } = parts;
        let values = make(GroupHandle::new(Arc::clone(group)));
        let values = if replacements.is_empty() { values } else { Replaced::erased(values, replacements) };
        let services = Arc::clone(&values) as Arc<dyn ErasedServices>;
        let selection = Arc::new(self.selection);
        let core = GroupCore { group: Arc::clone(group), services, selection: Arc::clone(&selection) };
        match engine::start(core, outer).await {
            Ok(completions) => Ok(Started { values, selection, completions, on_ready }),
            Err(failure) => {
                group.set_roll_back(failure.report.clone());
                Err(StartError::new(group, failure))
            }
        }
    }
}

/// Calls the function, if there is one. A panic in it stops the group; unwinding through the run would drop the services
/// without a stop.
fn call_on_ready<A>(on_ready: Option<OnReady<A>>, app: &A, group: &GroupState) {
    let Some(on_ready) = on_ready else { return };
    if let Err(panic) = catch_panic(|| on_ready(app)) {
        group.request(StopCause::OnReadyPanicked(Panicked::new(panic.clone())));
        let name = group.plan.name();
        event!(group.events, error, group = name, panic, "`on_ready` panicked");
    }
}
