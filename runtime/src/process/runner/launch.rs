//! How a runner starts its group, whole or in part.

use std::collections::BTreeMap;
use std::sync::{Arc, PoisonError};

use super::{OnReady, Parts, Runner};
use crate::engine::erased::{BoxFuture, ErasedGroup, ErasedServices, Replaced, Replacement, boxed};
use crate::engine::{
    self, Completions, GroupCore, Running, Selection, StartContext, StartError, StartErrorKind,
};
use crate::model::{Panicked, Plan, StopCause, StopReport, budget_exceeded};
use crate::state::{GroupHandle, GroupState};
use crate::text::catch_panic;
use crate::text::events::{EventSink, event};

/// The values of a group that is going to start.
pub(super) struct Made<A> {
    /// The group with its struct.
    pub(super) whole: Arc<dyn ErasedGroup<A>>,
    pub(super) on_ready: Option<OnReady<A>>,
    pub(super) core: GroupCore,
}

impl<A: 'static> Runner<A> {
    /// Makes the values, with the replacements in their places.
    pub(super) fn make(self, group: Arc<GroupState>) -> Made<A> {
        let Parts { make, on_ready, replacements } =
            self.parts.into_inner().unwrap_or_else(PoisonError::into_inner);
        let whole = make(GroupHandle::new(Arc::clone(&group)));
        let core = with_replacements(Arc::clone(&whole) as _, replacements, self.selection, group);
        Made { whole, on_ready, core }
    }

    /// Starts the whole group.
    pub(super) async fn launch(
        self,
        group: Arc<GroupState>,
        outer: Option<StartContext>,
    ) -> Result<Running<A>, StartError> {
        let Made { whole, on_ready, core } = self.make(group);
        let group = Arc::clone(&core.group);
        let (core, completions) = start(core, outer).await?;
        let running = Running::new(whole, core, completions);
        let call = on_ready.map(|on_ready| Box::new(|| catch_panic(|| on_ready(&running))) as _);
        report_ready(&group, call);
        Ok(running)
    }
}

impl<A: 'static> Made<A> {
    /// Returns the group without its type, and the call of `on_ready`. The struct is there only for that call: the values
    /// of a whole run stay in their cells.
    pub(super) fn erased(self) -> (GroupCore, Option<ErasedOnReady>) {
        let Self { whole, on_ready, core } = self;
        let on_ready = on_ready.map(|on_ready| -> ErasedOnReady {
            Box::new(move || {
                let app = whole.assemble();
                let called = catch_panic(|| on_ready(&app));
                whole.disassemble(app);
                called
            })
        });
        (core, on_ready)
    }
}

/// The call of `on_ready`, which returns the text of a panic.
pub(super) type ErasedOnReady = Box<dyn FnOnce() -> Result<(), String> + Send>;

// What follows does not depend on the type of the group, so that it is compiled once and not for each group.
//
// What awaits the engine returns a box: the body of an `async fn` is compiled in each crate that polls it. A program with a
// group of 10 services had 89,900 lines of LLVM IR without the boxes, and has 57,900 with them.

pub(super) fn group_state(
    plan: &Plan,
    selection: &Selection,
    outer: Option<&StartContext>,
    events: EventSink,
) -> Arc<GroupState> {
    let links = outer.map(|outer| outer.links.clone());
    let group = Arc::new(GroupState::new(plan.clone(), links).emitting_to(events));
    for index in selection.left_out() {
        group.set_left_out(index);
    }
    for index in (0..plan.services().len()).filter(|index| selection.is_replaced(*index)) {
        group.set_replaced(index);
    }
    let is_given = |index: &usize| plan.services()[*index].is_given();
    for index in selection.given().filter(is_given) {
        group.set_given(index);
    }
    if let Some(outer) = outer {
        outer.set_nested(&group);
    }
    group
}

/// Starts the group and stops it when that is requested. The values stay in their cells.
pub(super) fn run(
    core: GroupCore,
    on_ready: Option<ErasedOnReady>,
) -> BoxFuture<Result<StopReport, StartError>> {
    boxed(async move { Ok(start_in_cells(core, on_ready).await?.stopped().await) })
}

/// Starts a group, or a part of one, whose values stay in their cells.
pub(super) async fn start_in_cells(
    core: GroupCore,
    on_ready: Option<ErasedOnReady>,
) -> Result<Running<()>, StartError> {
    let group = Arc::clone(&core.group);
    let (core, completions) = start(core, None).await?;
    let running = Running::in_cells(core, completions);
    report_ready(&group, on_ready.map(|on_ready| on_ready as _));
    Ok(running)
}

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
    selection: Selection,
    group: Arc<GroupState>,
) -> GroupCore {
    let services = if replacements.is_empty() {
        services
    } else {
        Replaced::erased(services, replacements, &group.plan)
    };
    GroupCore { group, services, selection: Arc::new(selection) }
}

/// Starts the services. A run that is refused before its first start drops what it holds: given values in stop order, and
/// the inputs last.
fn start(
    core: GroupCore,
    outer: Option<StartContext>,
) -> BoxFuture<Result<(GroupCore, Completions), StartError>> {
    boxed(async move {
        if let Err(error) = check_before_the_start(&core.group.plan, &core.selection) {
            engine::drop_in_order(&core);
            return Err(error);
        }
        let group = Arc::clone(&core.group);
        #[cfg(feature = "testing")]
        let core = GroupCore { services: engine::erased::with_faults(core.services, &group), ..core };
        let (name, left_out) = (group.plan.name(), core.selection.left_out().count());
        let count = group.plan.services().len() - left_out;
        event!(group.events, info, group = name, services = count, "starting");
        let completions = engine::start(core.clone(), outer).await.map_err(|failure| {
            group.set_roll_back(failure.report.clone());
            StartError::new(&group, failure)
        })?;
        Ok((core, completions))
    })
}

/// After the change of phase: code that observes this event finds the group ready.
///
/// Then calls the function, if there is one. A panic in it stops the group; unwinding through the run would drop the
/// services without a stop.
fn report_ready(group: &GroupState, on_ready: Option<Box<dyn FnOnce() -> Result<(), String> + '_>>) {
    let name = group.plan.name();
    event!(group.events, info, group = name, "ready");
    let Some(on_ready) = on_ready else { return };
    if let Err(panic) = on_ready() {
        group.request_stop(StopCause::OnReadyPanicked(Panicked::new(panic.clone())));
        event!(group.events, error, group = name, panic, "`on_ready` panicked");
    }
}
