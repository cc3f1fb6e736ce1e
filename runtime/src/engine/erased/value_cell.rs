//! The slots for the values of a group.
//!
//! A value is in its cell from the moment it exists until it is taken by a stop, by `assemble`, or dropped.

use std::any::Any;
use std::sync::{Arc, Mutex};

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

/// A slot for the value of one field.
pub trait ValueCell<T> {
    /// Stores the value.
    fn put(&self, value: T);
    /// Takes the value out, unless a start borrows it.
    fn take(&self) -> TakenValue<T>;
    /// Calls `read` with the value, if there is one.
    fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R>;
}

/// What the engine does with a cell without knowing its type.
pub trait AnyCell {
    /// Returns the cell, for a value that is put in place of that of a start.
    fn as_any(&self) -> &dyn Any;
    /// Returns whether there is a value.
    fn is_full(&self) -> bool;
    /// Drops the value. One that a start borrows is dropped when the start returns.
    fn discard(&self);
    /// Returns whether the drop of a value runs any code.
    fn needs_drop(&self) -> bool;
}

/// The cell of a field that no start expression names.
#[derive(Debug)]
pub struct OwnedCell<T>(Mutex<Option<T>>);

/// The cell of a field that some start expression names.
#[derive(Debug)]
pub struct SharedCell<T>(Mutex<Option<Arc<T>>>);

impl<T> OwnedCell<T> {
    /// A cell for a service that has not started.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    /// A cell with an input.
    #[must_use]
    pub const fn full(value: T) -> Self {
        Self(Mutex::new(Some(value)))
    }
}

impl<T> SharedCell<T> {
    /// A cell for a service that has not started.
    #[must_use]
    pub const fn empty() -> Self {
        Self(Mutex::new(None))
    }

    /// A cell with an input.
    #[must_use]
    pub fn full(value: T) -> Self {
        Self(Mutex::new(Some(Arc::new(value))))
    }

    /// Returns a handle for a start that names the field.
    ///
    /// # Panics
    ///
    /// If the field has not started. The engine starts a service only after all fields that it names.
    #[must_use]
    pub fn share(&self) -> Arc<T> {
        lock(&self.0).clone().expect("a start runs only after all fields that it names have started")
    }
}

impl<T> ValueCell<T> for OwnedCell<T> {
    fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    fn take(&self) -> TakenValue<T> {
        lock(&self.0).take().map_or(TakenValue::Empty, TakenValue::Value)
    }

    fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        lock(&self.0).as_ref().map(read)
    }
}

impl<T> ValueCell<T> for SharedCell<T> {
    fn put(&self, value: T) {
        *lock(&self.0) = Some(Arc::new(value));
    }

    fn take(&self) -> TakenValue<T> {
        let value = lock(&self.0).take();
        match value.map(Arc::into_inner) {
            Some(Some(value)) => TakenValue::Value(value),
            Some(None) => TakenValue::Lent,
            None => TakenValue::Empty,
        }
    }

    fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        let value = lock(&self.0).clone();
        value.as_deref().map(read)
    }
}

impl<T: 'static> AnyCell for OwnedCell<T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }

    fn needs_drop(&self) -> bool {
        std::mem::needs_drop::<T>()
    }
}

impl<T: 'static> AnyCell for SharedCell<T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }

    fn needs_drop(&self) -> bool {
        std::mem::needs_drop::<T>()
    }
}
