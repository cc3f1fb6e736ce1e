//! The cells of a group that the macro wrote, with its functions.

use std::any::Any;
use std::sync::Arc;

use super::{
    AnyCell, ErasedCells, ErasedGroup, ErasedServices, GroupVTable, PreviousValue, PutValue, StartFuture,
    StopFuture, TakenValue,
};
use crate::service::{Finished, ServiceContext};
use crate::state::StopContext;

/// The cells of one group with its functions.
pub(crate) struct GroupStorage<C: 'static, A: 'static> {
    pub(crate) cells: Arc<C>,
    pub(crate) vtable: &'static GroupVTable<C, A>,
}

impl<C: Send + Sync + 'static, A> ErasedServices for GroupStorage<C, A> {
    fn start(&self, index: usize) -> StartFuture {
        let cells: Arc<dyn Any + Send + Sync> = Arc::<C>::clone(&self.cells);
        (self.vtable.table[index].start)(&ErasedCells(cells))
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<Finished> {
        (self.vtable.table[index].joined)(&self.cells, context)
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        (self.vtable.table[index].stop)(&self.cells, context)
    }

    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue> {
        put((self.vtable.cell)(&self.cells, index).as_any())
    }

    fn is_full(&self, index: usize) -> bool {
        (self.vtable.cell)(&self.cells, index).is_full()
    }

    fn discard(&self, index: usize) {
        (self.vtable.cell)(&self.cells, index).discard();
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        let first = self.vtable.table.len();
        needing_drop(self.vtable.inputs, &|index| (self.vtable.cell)(&self.cells, first + index))
    }

    fn discard_input(&self, index: usize) {
        (self.vtable.cell)(&self.cells, self.vtable.table.len() + index).discard();
    }
}

/// Apart from [`GroupStorage`], so that it is compiled once and not for each group.
fn needing_drop<'a>(
    inputs: &[&'static str],
    cell: &dyn Fn(usize) -> &'a dyn AnyCell,
) -> Vec<(usize, &'static str)> {
    let inputs = inputs.iter().copied().enumerate();
    inputs.filter(|(index, _)| cell(*index).needs_drop()).collect()
}

impl<C: Send + Sync + 'static, A> ErasedGroup<A> for GroupStorage<C, A> {
    fn assemble(&self) -> A {
        (self.vtable.assemble)(&self.cells)
    }

    fn disassemble(&self, group: A) {
        (self.vtable.disassemble)(group, &self.cells);
    }
}
