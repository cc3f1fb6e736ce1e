//! How a runner starts its group, whole or in part.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::{OnReady, Parts, Runner};
use crate::engine::erased::{BoxFuture, ErasedServices, Replaced, Replacement, boxed};
use crate::engine::{
    self, Completions, GroupCore, Running, Selection, StartContext, StartError, StartErrorKind,
};
use crate::model::{Panicked, Plan, StopCause, budget_exceeded};
use crate::state::{GroupHandle, GroupState};
use crate::text::catch_panic;
use crate::text::events::{EventSink, event};

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
        let is_given = |index: &usize| self.plan.services()[*index].is_given();
        for index in self.selection.given().filter(is_given) {
            group.set_given(index);
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
        if let Err(error) = check_before_the_start(&self.plan, &self.selection) {
            self.discard(&group);
            return Err(error);
        }
        let Parts { make, on_ready, replacements } =
            self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let whole = make(GroupHandle::new(Arc::clone(&group)));
        let services = with_replacements(Arc::clone(&whole) as _, replacements, &group);
        #[cfg(feature = "testing")]
        let services = engine::erased::with_faults(services, &group);
        let selection = Arc::new(self.selection);
        let completions = start_services(Arc::clone(&services), &selection, &group, outer).await?;
        let running = Running::new(whole, services, Arc::clone(&group), selection, completions);
        report_ready(&group);
        call_on_ready(on_ready, &running, &group);
        Ok(running)
    }

    /// Starts a part of the group. There is no struct: the values stay in their cells.
    pub(super) async fn launch_part(self, group: Arc<GroupState>) -> Result<Running<()>, StartError> {
        if let Err(error) = check_before_the_start(&self.plan, &self.selection) {
            self.discard(&group);
            return Err(error);
        }
        let Parts { make, replacements, .. } =
            self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let services = with_replacements(make(GroupHandle::new(Arc::clone(&group))), replacements, &group);
        let selection = Arc::new(self.selection);
        let completions = start_services(Arc::clone(&services), &selection, &group, None).await?;
        let running = Running::part(services, Arc::clone(&group), selection, completions);
        report_ready(&group);
        Ok(running)
    }

    /// Drops what a run holds that is refused before its first start: given values in stop order, and the inputs last. Their
    /// drop is foreign code, whose panic must not reach the caller of the run.
    pub(super) fn discard(self, group: &Arc<GroupState>) {
        let Parts { make, replacements, .. } =
            self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let services = with_replacements(make(GroupHandle::new(Arc::clone(group))), replacements, group);
        let selection = Arc::new(self.selection);
        engine::drop_in_order(&GroupCore { group: Arc::clone(group), services, selection });
    }
}

// What follows does not depend on the type of the group, so that it is compiled once and not for each group.
//
// What awaits the engine returns a box: the body of an `async fn` is compiled in each crate that polls it. A program with a
// group of 10 services had 89,900 lines of LLVM IR without the boxes, and has 57,900 with them.

fn check_before_the_start(plan: &Plan, selection: &Selection) -> Result<(), StartError> {
    let left_out = selection.replaced_and_left_out().map(|index| {
        let name = plan.services()[index].name();
        StartErrorKind::ReplacedAndLeftOut(name.into())
    });
    let kind = budget_exceeded(plan).map(StartErrorKind::BudgetExceeded).or(left_out);
    kind.map_or(Ok(()), |kind| Err(StartError::before_the_start(plan.name(), kind)))
}

fn with_replacements(
    services: Arc<dyn ErasedServices>,
    replacements: BTreeMap<usize, Replacement>,
    group: &GroupState,
) -> Arc<dyn ErasedServices> {
    if replacements.is_empty() { services } else { Replaced::erased(services, replacements, &group.plan) }
}

fn start_services(
    services: Arc<dyn ErasedServices>,
    selection: &Arc<Selection>,
    group: &Arc<GroupState>,
    outer: Option<StartContext>,
) -> BoxFuture<Result<Completions, StartError>> {
    let (group, selection) = (Arc::clone(group), Arc::clone(selection));
    boxed(async move {
        let (name, left_out) = (group.plan.name(), selection.left_out().count());
        let count = group.plan.services().len() - left_out;
        event!(group.events, info, group = name, services = count, "starting");
        let core = GroupCore { group: Arc::clone(&group), services, selection };
        engine::start(core, outer).await.map_err(|failure| {
            group.set_roll_back(failure.report.clone());
            StartError::new(&group, failure)
        })
    })
}

/// After the change of phase: code that observes this event finds the group ready.
fn report_ready(group: &GroupState) {
    let name = group.plan.name();
    event!(group.events, info, group = name, "ready");
}

/// Calls the function, if there is one. A panic in it stops the group; unwinding through the run would drop the services
/// without a stop.
fn call_on_ready<A>(on_ready: Option<OnReady<A>>, app: &A, group: &GroupState) {
    let Some(on_ready) = on_ready else { return };
    if let Err(panic) = catch_panic(|| on_ready(app)) {
        group.request_stop(StopCause::OnReadyPanicked(Panicked::new(panic.clone())));
        let name = group.plan.name();
        event!(group.events, error, group = name, panic, "`on_ready` panicked");
    }
}
