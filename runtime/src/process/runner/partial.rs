//! A run of a part of a group: one role of a binary with several.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::Arc;

use super::launch::start_in_cells;
use super::{Outcome, Runner};
use crate::engine::{self, GroupCore, StartError, StartErrorKind};
use crate::model::{EdgeKind, Plan, ServiceState, StopCause, StopReport};
use crate::state::GroupState;
use crate::text::{quoted, stderr};

/// A run of some services of a group, and of those that they use: [`Runner::only`].
///
/// It has no `start`, since there is no whole group to hand out. [`Runner::on_ready`] has no effect on it, for the same
/// reason.
#[must_use = "a runner does nothing until `run`"]
pub struct PartialRunner<A> {
    runner: Runner<A>,
    named: BTreeSet<usize>,
    /// What is wrong with the services that were named.
    error: Option<StartErrorKind>,
}

impl<A> PartialRunner<A> {
    pub(super) fn new(mut runner: Runner<A>, named: BTreeSet<usize>, error: Option<StartErrorKind>) -> Self {
        let plan = &runner.plan;
        let mut included = BTreeSet::new();
        let mut added: Vec<usize> = named.iter().copied().collect();
        while let Some(index) = added.pop() {
            if included.insert(index) {
                let edges = plan.services()[index].dependencies().iter();
                let used = edges.filter(|edge| edge.kind == EdgeKind::Use);
                added.extend(used.map(|edge| edge.service.index()));
            }
        }
        // A value that the caller gives exists, and is stopped also where nothing uses it.
        let is_given = |index: usize| plan.services()[index].is_given() && runner.selection.is_given(index);
        let left_out: Vec<_> = (0..plan.services().len())
            .filter(|&index| !included.contains(&index) && !is_given(index))
            .collect();
        runner.selection.leave_out(left_out);
        Self { runner, named, error }
    }

    /// Starts the services, waits until all that were named are done, or for a signal or another cause, and stops them. It is
    /// [`Runner::run`] in all other respects.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime with timers.
    pub async fn run(self) -> Outcome
    where
        A: 'static,
    {
        let Self { runner, named, error } = self;
        let run = runner.begin_run();
        let plan = runner.plan.clone();
        let result = if let Some(error) = error {
            engine::drop_in_order(&runner.make(run.group()).core);
            Err(StartError::before_the_start(plan.name(), error))
        } else {
            print_left_out(&runner);
            run_part(runner.make(run.group()).core, named).await
        };
        run.end(result).await
    }
}

async fn run_part(core: GroupCore, named: BTreeSet<usize>) -> Result<StopReport, StartError> {
    let group = Arc::clone(&core.group);
    let running = start_in_cells(core, None).await?;
    tokio::select! {
        biased;
        _ = running.stop_requested() => {}
        () = all_done(&group, &named) => {
            group.request_stop(StopCause::Completed);
        }
    }
    Ok(running.stopped().await)
}

/// Waits until the services are done or absent, or have failed and may.
async fn all_done(group: &GroupState, services: &BTreeSet<usize>) {
    let mut changes = group.subscribe();
    let has_ended = |&index: &usize| {
        use ServiceState::{Absent, Done, Failed};
        matches!(group.service_state(index), Done | Failed | Absent)
    };
    while !services.iter().all(has_ended) {
        // The sender is part of the group, so that there is no error.
        let _ = changes.changed().await;
    }
}

fn print_left_out<A>(runner: &Runner<A>) {
    let left_out: Vec<_> = runner.selection.left_out().collect();
    if left_out.is_empty() {
        return;
    }
    let runs = (0..runner.plan.services().len()).filter(|index| !left_out.contains(index));
    let (runs, left_out) = (names(&runner.plan, runs), names(&runner.plan, left_out.iter().copied()));
    let name = runner.plan.name();
    stderr::print_detached(format!("service-group: `{name}` runs {runs}; left out: {left_out}"));
}

fn names(plan: &Plan, services: impl Iterator<Item = usize>) -> String {
    match quoted(services.map(|index| plan.services()[index].name()), ", ") {
        names if names.is_empty() => "nothing".to_owned(),
        names => names,
    }
}

impl<A> fmt::Debug for PartialRunner<A> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("PartialRunner").field("runner", &self.runner).finish_non_exhaustive()
    }
}
