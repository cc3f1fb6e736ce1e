//! Groups whose shape is known only while the program runs, for tests of the engine and for benchmarks.

use std::sync::Arc;

use crate::engine::erased::{
    AnyCell, BoxFuture, ErasedGroup, ErasedServices, OwnedCell, PreviousValue, PutValue, StartFuture,
    StopFuture, TakenValue, ValueCell, boxed, joined, stop,
};
pub use crate::model::CallKind;
use crate::model::{BoxError, Plan, ServicePlan};
use crate::process::Runner;
use crate::service::{Finished, Service, ServiceContext};
use crate::state::{CallOnClone, GroupHandle, StopContext};

/// Returns a runner for the group of this plan, whose services are all of one type.
///
/// `make` is called with the handle of the group, and returns the function that starts a service by its index.
pub fn runner<S, F, T>(plan: Plan, make: impl FnOnce(GroupHandle) -> F + Send + 'static) -> Runner<()>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    runner_with_calls(plan, [], |_, _| boxed(async { Ok(()) }), make)
}

/// The same, with the values of the services that are given in the plan, and with the calls that the plan has.
pub fn runner_with_calls<S, F, T>(
    plan: Plan,
    given: impl IntoIterator<Item = (usize, S)>,
    call: impl Fn(usize, CallKind) -> BoxFuture<Result<(), BoxError>> + Send + Sync + 'static,
    make: impl FnOnce(GroupHandle) -> F + Send + 'static,
) -> Runner<()>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    let cells: Arc<[OwnedCell<S>]> = plan.services().iter().map(|_| OwnedCell::empty()).collect();
    given.into_iter().for_each(|(index, value)| cells[index].put(value));
    let services = plan.services();
    let is_given = plan.services().iter().map(ServicePlan::is_given).collect();
    let call: Calls = Arc::new(call);
    Runner::of_parts(plan, move |group| {
        Arc::new(DynamicGroup { cells, start: make(group), is_given, services, call })
    })
}

/// The cells of a group. It does no more than what the macro writes would: a cell for each service, and its start.
struct DynamicGroup<S, F> {
    cells: Arc<[OwnedCell<S>]>,
    start: F,
    /// Whether the value of each service is in its cell from the beginning.
    is_given: Vec<bool>,
    services: &'static [ServicePlan],
    call: Calls,
}

type Calls = Arc<dyn Fn(usize, CallKind) -> BoxFuture<Result<(), BoxError>> + Send + Sync>;

/// What a call works on: a clone of this.
type CallOf = (Calls, usize, CallKind);

impl<S, F, T> ErasedServices for DynamicGroup<S, F>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    fn start(&self, index: usize) -> StartFuture {
        if self.is_given[index] {
            return boxed(async { Ok(()) });
        }
        let (cells, start) = (Arc::clone(&self.cells), (self.start)(index));
        boxed(async move {
            cells[index].put(start.await?);
            Ok(())
        })
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<Finished> {
        let has_call = |kind: &CallKind| self.services[index].call_within(*kind).is_some();
        for kind in CallKind::ALL.into_iter().filter(has_call) {
            let value: CallOf = (Arc::clone(&self.call), index, kind);
            let call = CallOnClone::new(value, CallOf::clone, |(calls, index, kind)| calls(index, kind));
            context.add_call(kind, call);
        }
        joined(&self.cells[index], context)
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        stop(&self.cells[index], context)
    }

    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue> {
        put(self.cells[index].as_any())
    }

    fn is_full(&self, index: usize) -> bool {
        self.cells[index].is_full()
    }

    fn discard(&self, index: usize) {
        self.cells[index].discard();
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        Vec::new()
    }

    fn discard_input(&self, _index: usize) {}
}

impl<S, F, T> ErasedGroup<()> for DynamicGroup<S, F>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    /// The values stay in their cells.
    fn assemble(&self) {}

    fn disassemble(&self, (): ()) {}
}
