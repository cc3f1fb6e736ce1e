//! The values of a group, with the faults of a case around their starts and stops.
//!
//! A fault stands where the engine calls a service. Everything else is the group's own: the code of the user does not change,
//! and the services without a fault do their work.

use std::panic::resume_unwind;
use std::sync::Arc;

use super::fault::Path;
use super::fault_kind::FaultKind;
use super::guarded::Guarded;
use super::script::{Event, Script};
use super::steps::{faulty_stop, watched_start};
use crate::engine::erased::{
    ErasedServices, FAULTS, FaultsOf, PreviousValue, PutValue, StartFuture, Step, StopFuture, TakenValue,
    UsedUp, boxed,
};
use crate::model::BoxError;
use crate::service::{Finished, ServiceContext, ServiceExit};
use crate::state::{GroupState, StopContext};
use crate::text::catch_panic;

/// The faults of one group: the outermost one, or one that is nested at `path`.
pub(super) struct FaultsAt {
    pub(super) script: Arc<Script>,
    pub(super) path: Path,
}

impl FaultsOf for FaultsAt {
    fn around(&self, group: &Arc<GroupState>, services: Arc<dyn ErasedServices>) -> Arc<dyn ErasedServices> {
        if self.path.is_empty() {
            self.script.set_root(group);
        }
        let (script, path) = (Arc::clone(&self.script), self.path.clone());
        let faulty = Faulty { group: Arc::clone(group), services, script, path };
        for index in (0..group.plan.services().len()).filter(|&index| faulty.is_full(index)) {
            faulty.script.record(&faulty.path_of(index), Event::Started);
        }
        Arc::new(faulty)
    }
}

/// A group with faults.
struct Faulty {
    group: Arc<GroupState>,
    services: Arc<dyn ErasedServices>,
    script: Arc<Script>,
    path: Path,
}

impl Faulty {
    fn path_of(&self, index: usize) -> Path {
        self.path.iter().copied().chain([index]).collect()
    }

    fn is_group(&self, index: usize) -> bool {
        self.group.plan.services()[index].nested().is_some()
    }

    /// Returns whether the fault waits for a force that does not come: the engine forces the services in a group, and in a
    /// collection, and not the whole.
    fn is_not_forced(&self, index: usize, fault: FaultKind) -> bool {
        fault == FaultKind::StopWaitsForForce && self.group.nested_at(index).is_some()
    }

    /// Returns the start that the group has for the service, in which a nested group finds its faults.
    fn start_of(&self, index: usize, path: &Path) -> StartFuture {
        let start = self.services.start(index);
        if !self.is_group(index) {
            return start;
        }
        let faults = FaultsAt { script: Arc::clone(&self.script), path: path.clone() };
        boxed(FAULTS.scope(Arc::new(faults), start))
    }
}

impl ErasedServices for Faulty {
    fn start(&self, index: usize) -> StartFuture {
        let (path, script) = (self.path_of(index), Arc::clone(&self.script));
        if self.services.is_full(index) {
            // The value was given, or is in place of the start: nothing starts that could go wrong.
            return self.services.start(index);
        }
        let fault = script.fault(&path);
        if fault.is_some_and(|fault| fault.is_in_start() || fault.requests_stop()) {
            script.struck_at(&path);
        }
        match fault {
            Some(FaultKind::StartFails) => {
                return boxed(async { Err(BoxError::from("the start fails by a fault of the test")) });
            }
            // It does not call the panic hook: nothing is printed.
            Some(FaultKind::StartPanics) => {
                return boxed(async { resume_unwind(Box::new("the start panics by a fault of the test")) });
            }
            Some(FaultKind::StartHangs) => return boxed(std::future::pending()),
            Some(FaultKind::StopBeforeStart) => {
                script.request_stop();
                // The engine cancels the start before it begins. A group is asked to roll back instead.
                if !self.is_group(index) {
                    return boxed(std::future::pending());
                }
            }
            _ => {}
        }
        let start = self.start_of(index, &path);
        let start = Guarded::new(start, &script, &path, None);
        let (is_group, group) = (self.is_group(index), Arc::clone(&self.group));
        let rolls_back = move || is_group || group.nested_at(index).is_some();
        boxed(watched_start(start, script, path, fault, is_group, rolls_back))
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<Finished> {
        let finished = self.services.joined(index, context);
        let (path, script) = (self.path_of(index), Arc::clone(&self.script));
        for address in self.group.addresses(index) {
            script.record_address(&path, address);
        }
        let finished = finished?;
        let Some(fault) =
            script.fault(&path).filter(|fault| fault.is_while_running() && !self.group.is_absent(index))
        else {
            return Some(finished);
        };
        script.arm(&path);
        let finished = finished.awaited().unwrap_or_else(|| boxed(std::future::pending()));
        Some(Finished::of(async move {
            tokio::select! {
                biased;
                exit = finished => exit,
                () = script.strike().cancelled() => {
                    script.struck_at(&path);
                    match fault {
                        FaultKind::Fails => ServiceExit::Failed("it fails by a fault of the test".into()),
                        _ => ServiceExit::Done,
                    }
                }
            }
        }))
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        let (path, script) = (self.path_of(index), Arc::clone(&self.script));
        let fault = script.fault(&path).filter(|fault| !self.is_not_forced(index, *fault));
        self.services.stop(index, context.clone()).map(|stop| {
            script.record(&path, Event::StopCalled);
            let stop = Guarded::new(stop, &script, &path, Some(Event::StopEnded));
            let serial = script.mode().serial.clone().filter(|_| !self.is_group(index));
            let stop = faulty_stop(stop, fault, script, path.clone(), context);
            match serial {
                Some(serial) => boxed(async move { serial.step(&path, stop).await }),
                None => stop,
            }
        })
    }

    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue> {
        self.services.put(index, put)
    }

    fn is_full(&self, index: usize) -> bool {
        self.services.is_full(index)
    }

    fn discard(&self, index: usize) {
        if let Err(panic) = catch_panic(|| self.services.discard(index)) {
            self.script.record(&self.path_of(index), Event::DropPanicked(panic.clone()));
            resume_unwind(Box::new(panic));
        }
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        self.services.inputs()
    }

    fn discard_input(&self, index: usize) {
        self.services.discard_input(index);
    }

    fn used_up(&self, index: usize, step: Step) -> UsedUp {
        let path = self.path_of(index);
        let has_value = self.services.is_full(index) && !self.group.is_absent(index);
        let fault = self.script.fault(&path).filter(|fault| !self.is_not_forced(index, *fault));
        let used_up = match (fault, step) {
            (Some(FaultKind::StartHangs), Step::Start) if !has_value => UsedUp::All,
            // The start of a group is not cancelled before its window has passed.
            (Some(FaultKind::StartHangs), Step::Stop) if !has_value && self.is_group(index) => {
                return UsedUp::All;
            }
            (Some(FaultKind::StartFails), Step::Pause) => UsedUp::All,
            (Some(FaultKind::StopHangs), Step::Stop) if has_value => UsedUp::All,
            (Some(FaultKind::StopWaitsForForce), Step::Stop) if has_value => UsedUp::UntilForced,
            _ => return UsedUp::Nothing,
        };
        // The engine may give the service up before it is called.
        self.script.struck_at(&path);
        used_up
    }
}
