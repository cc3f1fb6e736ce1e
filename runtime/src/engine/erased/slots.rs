//! What is inside a cell: a value whose type the slot does not know.

use std::any::Any;
use std::sync::{Arc, Mutex, MutexGuard};

use crate::sync::lock;

/// What a cell held.
#[derive(Debug)]
pub enum TakenValue<T> {
    /// The value.
    Value(T),
    /// A start that has not returned still borrows the value.
    Lent,
    /// Nothing: the service was never started, or its value was taken before.
    Empty,
}

impl<T> TakenValue<T> {
    /// Maps the value, if there is one.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> TakenValue<U> {
        match self {
            Self::Value(value) => TakenValue::Value(f(value)),
            Self::Lent => TakenValue::Lent,
            Self::Empty => TakenValue::Empty,
        }
    }
}

/// The value of a cell that lends nothing.
pub(super) type OwnedValue = Box<dyn Any + Send>;
/// The value of a cell that lends it to starts. The box makes it one type, which `Arc::into_inner` can return.
pub(super) type SharedValue = Arc<Box<dyn Any + Send + Sync>>;

#[derive(Debug)]
pub(super) struct OwnedSlot(Mutex<Option<OwnedValue>>);

#[derive(Debug)]
pub(super) struct SharedSlot(Mutex<Option<SharedValue>>);

impl OwnedSlot {
    pub(super) const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn lock(&self) -> MutexGuard<'_, Option<OwnedValue>> {
        lock(&self.0)
    }

    pub(super) fn put(&self, value: OwnedValue) {
        *self.lock() = Some(value);
    }

    pub(super) fn take(&self) -> TakenValue<Box<dyn Any>> {
        self.lock().take().map_or(TakenValue::Empty, |value| TakenValue::Value(value))
    }

    pub(super) fn is_full(&self) -> bool {
        self.lock().is_some()
    }

    /// The value is dropped without the lock.
    pub(super) fn discard(&self) {
        drop(self.take());
    }
}

impl SharedSlot {
    pub(super) const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    pub(super) fn share(&self) -> Option<SharedValue> {
        lock(&self.0).clone()
    }

    pub(super) fn put(&self, value: SharedValue) {
        *lock(&self.0) = Some(value);
    }

    pub(super) fn take(&self) -> TakenValue<Box<dyn Any>> {
        let value = lock(&self.0).take();
        match value.map(Arc::into_inner) {
            Some(Some(value)) => TakenValue::Value(value),
            Some(None) => TakenValue::Lent,
            None => TakenValue::Empty,
        }
    }

    pub(super) fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    /// The value is dropped without the lock.
    pub(super) fn discard(&self) {
        drop(self.take());
    }
}

pub(super) fn owned<T: Send + 'static>(value: T) -> OwnedValue {
    Box::new(value)
}

pub(super) fn shared<T: Send + Sync + 'static>(value: T) -> SharedValue {
    Arc::new(Box::new(value))
}

/// Returns a value that was taken out of the slot of a cell of this type.
pub(super) fn taken<T: 'static>(value: TakenValue<Box<dyn Any>>) -> TakenValue<T> {
    match value {
        TakenValue::Value(value) => match value.downcast() {
            Ok(value) => TakenValue::Value(*value),
            Err(_) => another_type(),
        },
        TakenValue::Lent => TakenValue::Lent,
        TakenValue::Empty => TakenValue::Empty,
    }
}

/// Returns the value in the slot of a cell of this type.
pub(super) fn value_of<T: 'static>(value: &dyn Any) -> &T {
    match value.downcast_ref() {
        Some(value) => value,
        None => another_type(),
    }
}

fn another_type() -> ! {
    unreachable!("only a cell puts a value into its slot")
}
