//! The values of the members of a collection.

use super::{
    AnyCell, ErasedServices, OwnedCell, PreviousValue, PutValue, StartFuture, StopFuture, TakenValue,
};
use crate::service::{Finished, Service, ServiceContext};
use crate::state::StopContext;

/// The members of a collection, by index.
pub(crate) struct MemberCells<S>(pub(crate) Vec<OwnedCell<S>>);

impl<S: Service> MemberCells<S> {
    pub(crate) fn empty(count: usize) -> Self {
        Self((0..count).map(|_| OwnedCell::empty()).collect())
    }
}

impl<S: Service> ErasedServices for MemberCells<S> {
    fn start(&self, _: usize) -> StartFuture {
        unreachable!("members start in the start expression of their field")
    }

    /// They are attached with their collection.
    fn joined(&self, _: usize, _: &ServiceContext) -> Option<Finished> {
        None
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        super::stop(&self.0[index], context)
    }

    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue> {
        put(self.0[index].as_any())
    }

    fn is_full(&self, index: usize) -> bool {
        self.0[index].is_full()
    }

    fn discard(&self, index: usize) {
        self.0[index].discard();
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        Vec::new()
    }

    fn discard_input(&self, _: usize) {}
}
