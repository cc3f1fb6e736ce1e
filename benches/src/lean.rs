//! A group that is made while the program runs, and does no more than what the macro writes would.

use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use service_group::__private0::{
    AnyCell, BoxFuture, ErasedGroup, ErasedServices, OwnedCell, Runner, ServiceContext, StartFuture,
    StopFuture, TakenValue, ValueCell, boxed, joined, stop,
};
use service_group::{BoxError, Plan, Service, ServiceExit, StopContext};
use tokio::time::sleep;

/// A service whose stop takes so long.
#[derive(Debug, Clone, Copy)]
pub struct Timed(pub Duration);

impl Service for Timed {
    async fn stop(self, _stopping: StopContext) -> Result<(), BoxError> {
        // A sleep of nothing still waits for the next tick of the clock.
        if !self.0.is_zero() {
            sleep(self.0).await;
        }
        Ok(())
    }
}

/// The cells of a group whose services are all of one type, and how each is started.
pub struct Lean<S, F> {
    cells: Vec<OwnedCell<S>>,
    make: F,
}

impl<S: Service + Sync, F: Fn(usize) -> S + Send + Sync + 'static> Lean<S, F> {
    /// A runner for the group of this plan.
    pub fn runner(plan: Plan, make: F) -> Runner<Arc<Self>> {
        let cells = plan.services().iter().map(|_| OwnedCell::empty()).collect();
        let group = Arc::new(Self { cells, make });
        Runner::of_parts(plan, move |_| Arc::new(Held(group)))
    }
}

impl<S, F> fmt::Debug for Lean<S, F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Lean").field("services", &self.cells.len()).finish_non_exhaustive()
    }
}

struct Held<S, F>(Arc<Lean<S, F>>);

impl<S: Service + Sync, F: Fn(usize) -> S + Send + Sync + 'static> ErasedServices for Held<S, F> {
    fn start(&self, index: usize) -> StartFuture {
        let group = Arc::clone(&self.0);
        boxed(async move {
            group.cells[index].put((group.make)(index));
            Ok(())
        })
    }

    fn joined(&self, index: usize, membership: &ServiceContext) -> Option<BoxFuture<ServiceExit>> {
        joined(&self.0.cells[index], membership)
    }

    fn stop(&self, index: usize, stopping: StopContext) -> TakenValue<StopFuture> {
        stop(&self.0.cells[index], stopping)
    }

    fn is_full(&self, index: usize) -> bool {
        self.0.cells[index].is_full()
    }

    fn discard(&self, index: usize) {
        self.0.cells[index].discard();
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        Vec::new()
    }

    fn discard_input(&self, _index: usize) {}
}

impl<S: Service + Sync, F: Fn(usize) -> S + Send + Sync + 'static> ErasedGroup<Arc<Lean<S, F>>>
    for Held<S, F>
{
    /// The values stay in their cells.
    fn assemble(&self) -> Arc<Lean<S, F>> {
        Arc::clone(&self.0)
    }

    fn disassemble(&self, _group: Arc<Lean<S, F>>) {}
}
