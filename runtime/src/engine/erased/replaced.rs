//! A group in which values, or other starts, stand in place of the starts that the user wrote, or of values that the caller
//! gave.

use std::any::Any;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{
    BoxFuture, ErasedServices, OwnedCell, PreviousValue, PutValue, SharedCell, StartFuture, StopFuture,
    TakenValue, ValueCell, boxed,
};
use crate::model::{BoxError, Plan};
use crate::service::{Finished, ServiceContext};
use crate::state::StopContext;
use crate::sync::lock;

/// A start whose value is of any type.
type AnyStart = BoxFuture<Result<PutValue, BoxError>>;

/// Returns how a value is put into its cell.
///
/// The result panics for the cell of another type. A key has the type of its field.
pub(crate) fn put_value<S: Send + 'static>(value: S) -> PutValue {
    Box::new(|cell| {
        let previous = take_previous::<S>(cell);
        match cell.downcast_ref::<OwnedCell<S>>() {
            Some(cell) => cell.put(value),
            None => shared_cell(cell).put(value),
        }
        previous
    })
}

/// Returns how a cell is emptied whose service has another start.
pub(crate) fn clear_value<S: Send + 'static>() -> PutValue {
    Box::new(|cell| take_previous::<S>(cell))
}

/// Takes the value that was given, unless nothing is left to do for its drop.
fn take_previous<S: Send + 'static>(cell: &dyn Any) -> Option<PreviousValue> {
    let taken = match cell.downcast_ref::<OwnedCell<S>>() {
        Some(cell) => cell.take(),
        None => shared_cell::<S>(cell).take(),
    };
    match taken {
        TakenValue::Value(previous) if std::mem::needs_drop::<S>() => Some(Box::new(previous)),
        // Nothing has started, so that no start borrows the value.
        TakenValue::Value(_) | TakenValue::Lent | TakenValue::Empty => None,
    }
}

fn shared_cell<S: 'static>(cell: &dyn Any) -> &SharedCell<S> {
    cell.downcast_ref().expect("a key has the type of its field")
}

/// What stands in place of a start, or of a given value.
pub(crate) enum Replacement {
    Value(PutValue),
    Start {
        /// Takes the value that was given.
        clear: PutValue,
        start: AnyStart,
    },
}

/// A group with replacements. Everything except their starts is that of the group.
pub(crate) struct Replaced {
    group: Arc<dyn ErasedServices>,
    /// The starts that have not begun; `None` where the value is in its cell already.
    starts: Mutex<BTreeMap<usize, Option<AnyStart>>>,
    /// The given values that were replaced, each with the name of its service: dropped as inputs, after those of the group.
    previous: Vec<(&'static str, Mutex<Option<PreviousValue>>)>,
    /// The index of the first of them among the inputs.
    first_previous: usize,
}

impl Replaced {
    pub(crate) fn erased(
        group: Arc<dyn ErasedServices>,
        replacements: BTreeMap<usize, Replacement>,
        plan: &Plan,
    ) -> Arc<dyn ErasedServices> {
        let (mut starts, mut previous) = (BTreeMap::new(), Vec::new());
        for (index, replacement) in replacements {
            let (put, start) = match replacement {
                Replacement::Value(put) => (put, None),
                Replacement::Start { clear, start } => (clear, Some(start)),
            };
            if let Some(value) = group.put(index, put) {
                previous.push((plan.services()[index].name(), Mutex::new(Some(value))));
            }
            starts.insert(index, start);
        }
        let first_previous = group.inputs().last().map_or(0, |(last, _)| last + 1);
        Arc::new(Self { starts: Mutex::new(starts), group, previous, first_previous })
    }
}

impl ErasedServices for Replaced {
    fn start(&self, index: usize) -> StartFuture {
        let replacement = lock(&self.starts).remove(&index);
        match replacement {
            None => self.group.start(index),
            Some(None) => boxed(async { Ok(()) }),
            Some(Some(start)) => {
                let group = Arc::clone(&self.group);
                boxed(async move {
                    // The cell was emptied before the first start.
                    let _ = group.put(index, start.await?);
                    Ok(())
                })
            }
        }
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<Finished> {
        self.group.joined(index, context)
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        self.group.stop(index, context)
    }

    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue> {
        self.group.put(index, put)
    }

    fn is_full(&self, index: usize) -> bool {
        self.group.is_full(index)
    }

    fn discard(&self, index: usize) {
        self.group.discard(index);
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        let previous = self.previous.iter().enumerate();
        let previous = previous.map(|(at, (name, _))| (self.first_previous + at, *name));
        self.group.inputs().into_iter().chain(previous).collect()
    }

    fn discard_input(&self, index: usize) {
        match index.checked_sub(self.first_previous).and_then(|at| self.previous.get(at)) {
            Some((_, previous)) => {
                let value = lock(previous).take();
                drop(value);
            }
            None => self.group.discard_input(index),
        }
    }
}
