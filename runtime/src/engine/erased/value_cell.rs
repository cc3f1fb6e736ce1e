//! The cells for the values of a group.
//!
//! A value is in its cell from the moment it exists until it is taken by a stop, by `assemble`, or dropped.
//!
//! The cells know the types of their values, and the slots inside them do not: what locks, lends and drops is compiled once,
//! and not for each service. Locks and `Arc`s of each type were 650 lines of LLVM IR a service, a quarter of a group.

use std::any::Any;

use super::slots::{self, OwnedSlot, OwnedValue, SharedSlot, SharedValue, TakenValue, value_of};

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
///
/// It is made where the type is known to be `Send`, and so remembers how a value is erased: rustc reports a type that is not
/// `Send` there, and not once more where the cell is used.
#[derive(Debug)]
pub struct OwnedCell<T> {
    slot: OwnedSlot,
    erase: fn(T) -> OwnedValue,
}

/// The cell of a field that some start expression names. See [`OwnedCell`].
#[derive(Debug)]
pub struct SharedCell<T> {
    slot: SharedSlot,
    erase: fn(T) -> SharedValue,
}

/// The value of a field of any type, lent to a start that names it.
#[derive(Debug)]
pub struct Lent(SharedValue);

impl Lent {
    /// Returns the value, which has the type of the parameter of the start.
    #[must_use]
    pub fn get<T: 'static>(&self) -> &T {
        value_of(&**self.0)
    }
}

impl<T: Send + 'static> OwnedCell<T> {
    /// A cell for a service that has not started.
    #[must_use]
    pub const fn empty() -> Self {
        Self { slot: OwnedSlot::empty(), erase: slots::owned }
    }
}

impl<T: Send + Sync + 'static> SharedCell<T> {
    /// A cell for a service that has not started.
    #[must_use]
    pub const fn empty() -> Self {
        Self { slot: SharedSlot::empty(), erase: slots::shared }
    }
}

/// Returns the cell with an input in it.
pub fn full<T, C: ValueCell<T>>(cell: C, value: T) -> C {
    cell.put(value);
    cell
}

impl<T> SharedCell<T> {
    /// Lends the value to a start that names the field.
    ///
    /// # Panics
    ///
    /// If the field has not started. The engine starts a service only after all fields that it names.
    #[must_use]
    pub fn lend(&self) -> Lent {
        Lent(self.slot.share().expect("a start runs only after all fields that it names have started"))
    }
}

impl<T: 'static> ValueCell<T> for OwnedCell<T> {
    fn put(&self, value: T) {
        self.slot.put((self.erase)(value));
    }

    fn take(&self) -> TakenValue<T> {
        slots::taken(self.slot.take())
    }

    fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        Some(read(value_of(self.slot.lock().as_deref()?)))
    }
}

impl<T: 'static> ValueCell<T> for SharedCell<T> {
    fn put(&self, value: T) {
        self.slot.put((self.erase)(value));
    }

    fn take(&self) -> TakenValue<T> {
        slots::taken(self.slot.take())
    }

    fn with<R>(&self, read: impl FnOnce(&T) -> R) -> Option<R> {
        Some(read(value_of(&**self.slot.share()?)))
    }
}

impl<T: 'static> AnyCell for OwnedCell<T> {
    fn as_any(&self) -> &dyn Any {
        self
    }

    fn is_full(&self) -> bool {
        self.slot.is_full()
    }

    fn discard(&self) {
        self.slot.discard();
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
        self.slot.is_full()
    }

    fn discard(&self) {
        self.slot.discard();
    }

    fn needs_drop(&self) -> bool {
        std::mem::needs_drop::<T>()
    }
}
