//! Groups whose shape is known only while the program runs, for tests of the engine and for benchmarks.

use std::sync::Arc;

use crate::engine::erased::{
    AnyCell, BoxFuture, ErasedGroup, ErasedServices, OwnedCell, StartFuture, StopFuture, TakenValue,
    ValueCell, boxed, joined, stop,
};
use crate::model::{BoxError, Plan};
use crate::process::Runner;
use crate::service::{Service, ServiceContext, ServiceExit};
use crate::state::{GroupHandle, StopContext};

/// Returns a runner for the group of this plan, whose services are all of one type.
///
/// `make` is called with the handle of the group, and returns the function that starts a service by its index.
pub fn runner<S, F, T>(plan: Plan, make: impl FnOnce(GroupHandle) -> F + Send + 'static) -> Runner<()>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    let cells = plan.services().iter().map(|_| OwnedCell::empty()).collect();
    Runner::of_parts(plan, move |group| Arc::new(DynamicGroup { cells, start: make(group) }))
}

/// The cells of a group. It does no more than what the macro writes would: a cell for each service, and its start.
struct DynamicGroup<S, F> {
    cells: Arc<[OwnedCell<S>]>,
    start: F,
}

impl<S, F, T> ErasedServices for DynamicGroup<S, F>
where
    S: Service + Sync,
    F: Fn(usize) -> T + Send + Sync + 'static,
    T: Future<Output = Result<S, BoxError>> + Send + 'static,
{
    fn start(&self, index: usize) -> StartFuture {
        let (cells, start) = (Arc::clone(&self.cells), (self.start)(index));
        boxed(async move {
            cells[index].put(start.await?);
            Ok(())
        })
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<BoxFuture<ServiceExit>> {
        joined(&self.cells[index], context)
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        stop(&self.cells[index], context)
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
