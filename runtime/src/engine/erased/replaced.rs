//! A group in which values, or other starts, stand in place of the starts that the user wrote.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use super::{
    BoxFuture, ErasedServices, OwnedCell, PutValue, SharedCell, StartFuture, StopFuture, TakenValue,
    ValueCell, boxed,
};
use crate::model::BoxError;
use crate::service::{ServiceContext, ServiceExit};
use crate::state::StopContext;
use crate::sync::lock;

/// A start whose value is of any type.
type AnyStart = BoxFuture<Result<PutValue, BoxError>>;

/// Returns how a value is put into its cell.
///
/// The result panics for the cell of another type. A key has the type of its field.
pub(crate) fn put_value<S: Send + 'static>(value: S) -> PutValue {
    Box::new(|cell| {
        if let Some(cell) = cell.downcast_ref::<OwnedCell<S>>() {
            cell.put(value);
        } else {
            let cell = cell.downcast_ref::<SharedCell<S>>().expect("a key has the type of its field");
            cell.put(value);
        }
    })
}

/// What stands in place of a start.
pub(crate) enum Replacement {
    Value(PutValue),
    Start(AnyStart),
}

/// A group with replacements. Everything except their starts is that of the group.
pub(crate) struct Replaced {
    group: Arc<dyn ErasedServices>,
    /// The starts that have not begun; `None` where the value is in its cell already.
    starts: Mutex<BTreeMap<usize, Option<AnyStart>>>,
}

impl Replaced {
    pub(crate) fn erased(
        group: Arc<dyn ErasedServices>,
        replacements: BTreeMap<usize, Replacement>,
    ) -> Arc<dyn ErasedServices> {
        let starts = replacements.into_iter().map(|(index, replacement)| match replacement {
            Replacement::Value(value) => {
                group.put(index, value);
                (index, None)
            }
            Replacement::Start(start) => (index, Some(start)),
        });
        Arc::new(Self { starts: Mutex::new(starts.collect()), group })
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
                    group.put(index, start.await?);
                    Ok(())
                })
            }
        }
    }

    fn joined(&self, index: usize, context: &ServiceContext) -> Option<BoxFuture<ServiceExit>> {
        self.group.joined(index, context)
    }

    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture> {
        self.group.stop(index, context)
    }

    fn put(&self, index: usize, put: PutValue) {
        self.group.put(index, put);
    }

    fn is_full(&self, index: usize) -> bool {
        self.group.is_full(index)
    }

    fn discard(&self, index: usize) {
        self.group.discard(index);
    }

    fn inputs(&self) -> Vec<(usize, &'static str)> {
        self.group.inputs()
    }

    fn discard_input(&self, index: usize) {
        self.group.discard_input(index);
    }
}
