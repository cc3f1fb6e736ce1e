//! Where a group's typed values meet the engine, which knows services by their index only.
//!
//! The macro writes a struct of cells, one for each field, and a table of plain functions over it. [`GroupStorage`] puts
//! both behind the object-safe [`ErasedServices`] and [`ErasedGroup`].
//!
//! # Invariants
//!
//! 1. A value is in its cell from the moment it exists until it is taken by a stop, by `assemble`, or dropped.
//! 2. A start owns shared handles of just the fields that it names, and gives them back before its future ends.

mod cells;

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex};

use crate::model::BoxError;
use crate::service::ServiceContext;
use crate::service::{Service, ServiceExit};
use crate::state::StopContext;
use crate::sync::lock;

pub use cells::{CellsOf, Sendable, Shareable};

/// A boxed future that the engine can spawn.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Ends when the value is in its cell.
pub type StartFuture = BoxFuture<Result<(), BoxError>>;
/// Ends when the service has stopped.
pub type StopFuture = BoxFuture<Result<(), BoxError>>;

/// What was in a cell.
#[derive(Debug)]
pub enum TakenValue<T> {
    /// The value.
    Value(T),
    /// The value is lent to a start that has not given it back.
    Lent,
    /// Nothing: it was never started, or is gone already.
    Empty,
}

impl<T> TakenValue<T> {
    /// Turns the value into something else.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> TakenValue<U> {
        match self {
            Self::Value(value) => TakenValue::Value(f(value)),
            Self::Lent => TakenValue::Lent,
            Self::Empty => TakenValue::Empty,
        }
    }
}

/// A place for the value of one field.
pub trait ValueCell<T> {
    /// Puts the value into its place.
    fn put(&self, value: T);
    /// Takes it out, if nobody borrows it.
    fn take(&self) -> TakenValue<T>;
    /// Looks at it.
    fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R>;
}

/// What the engine does with a cell without knowing its type.
pub trait AnyCell {
    /// Whether there is a value.
    fn is_full(&self) -> bool;
    /// Drops the value; one that is lent is dropped when it is given back.
    fn discard(&self);
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

    /// A handle for a start that names the field.
    ///
    /// # Panics
    ///
    /// When the field has not started: the engine starts a service when all that it names has.
    #[must_use]
    pub fn share(&self) -> Arc<T> {
        lock(&self.0).clone().expect("a start runs only when all fields that it names have started")
    }
}

impl<T> ValueCell<T> for OwnedCell<T> {
    fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    fn take(&self) -> TakenValue<T> {
        lock(&self.0).take().map_or(TakenValue::Empty, TakenValue::Value)
    }

    fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        lock(&self.0).as_ref().map(look)
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

    fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let value = lock(&self.0).clone();
        value.as_deref().map(look)
    }
}

impl<T> AnyCell for OwnedCell<T> {
    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }
}

impl<T> AnyCell for SharedCell<T> {
    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }
}

/// The functions of one service over a group's cells.
#[derive(Debug)]
pub struct ServiceVTable<C> {
    /// Runs the start expression and puts its value into the cell.
    pub start: fn(&Arc<C>) -> StartFuture,
    /// Tells a started service where it is, and gives the future of its own end, if it has one.
    pub joined: fn(&C, &ServiceContext) -> Option<BoxFuture<ServiceExit>>,
    /// Takes the value out of its cell, to be stopped.
    pub stop: fn(&C, StopContext) -> TakenValue<StopFuture>,
    /// The cell.
    pub cell: fn(&C) -> &dyn AnyCell,
}

/// All that the macro knows about a group but its plan.
#[derive(Debug)]
pub struct GroupVTable<C: 'static, A> {
    /// The services, in the order of the fields.
    pub table: &'static [ServiceVTable<C>],
    /// The cells of what is no service: dropped last, in the order of the fields.
    pub inputs: fn(&C) -> Vec<&dyn AnyCell>,
    /// Makes the user's struct of full cells.
    pub assemble: fn(&C) -> A,
    /// Puts the user's struct back into the cells.
    pub disassemble: fn(A, &C),
}

/// For [`ServiceVTable::start`]: boxes at the user's expression, so that `not Send` is told there.
pub fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    Box::pin(future)
}

/// For [`ServiceVTable::joined`] of a field whose type is a service.
pub fn joined<S: Service>(
    cell: &impl ValueCell<S>,
    membership: &ServiceContext,
) -> Option<BoxFuture<ServiceExit>> {
    cell.with(|service| {
        service.joined(membership);
        boxed(service.finished())
    })
}

/// For [`ServiceVTable::joined`] of a field with `stop =`.
#[must_use]
pub fn joined_noop<C>(_: &C, _: &ServiceContext) -> Option<BoxFuture<ServiceExit>> {
    None
}

/// For [`ServiceVTable::stop`] of a field whose type is a service.
pub fn stop<S: Service>(cell: &impl ValueCell<S>, stopping: StopContext) -> TakenValue<StopFuture> {
    cell.take().map(|service| boxed(async move { service.stop(stopping).await }))
}

/// For [`GroupVTable::assemble`].
///
/// # Panics
///
/// When the cell is not full and free, which the engine makes sure of.
#[must_use]
pub fn take<T>(cell: &impl ValueCell<T>) -> T {
    match cell.take() {
        TakenValue::Value(value) => value,
        TakenValue::Lent | TakenValue::Empty => {
            unreachable!("a group is assembled when all of it has started")
        }
    }
}

/// A group's values, by index.
pub trait ErasedServices: Send + Sync {
    /// See [`ServiceVTable::start`].
    fn start(&self, index: usize) -> StartFuture;
    /// See [`ServiceVTable::joined`].
    fn joined(&self, index: usize, membership: &ServiceContext) -> Option<BoxFuture<ServiceExit>>;
    /// See [`ServiceVTable::stop`].
    fn stop(&self, index: usize, stopping: StopContext) -> TakenValue<StopFuture>;
    /// Whether there is a value.
    fn is_full(&self, index: usize) -> bool;
    /// Drops the value without stopping it.
    fn discard(&self, index: usize);
    /// Drops what is no service.
    fn discard_inputs(&self);
}

/// A group's values, all at once.
pub trait ErasedGroup<A>: ErasedServices {
    /// Makes the user's struct when all services have started.
    fn assemble(&self) -> A;
    /// Takes the user's struct apart again, to be stopped.
    fn disassemble(&self, group: A);
}

/// The cells of one group with its functions.
pub(crate) struct GroupStorage<C: 'static, A: 'static> {
    pub(crate) cells: Arc<C>,
    pub(crate) wiring: &'static GroupVTable<C, A>,
}

impl<C: Send + Sync + 'static, A> ErasedServices for GroupStorage<C, A> {
    fn start(&self, index: usize) -> StartFuture {
        (self.wiring.table[index].start)(&self.cells)
    }

    fn joined(&self, index: usize, membership: &ServiceContext) -> Option<BoxFuture<ServiceExit>> {
        (self.wiring.table[index].joined)(&self.cells, membership)
    }

    fn stop(&self, index: usize, stopping: StopContext) -> TakenValue<StopFuture> {
        (self.wiring.table[index].stop)(&self.cells, stopping)
    }

    fn is_full(&self, index: usize) -> bool {
        (self.wiring.table[index].cell)(&self.cells).is_full()
    }

    fn discard(&self, index: usize) {
        (self.wiring.table[index].cell)(&self.cells).discard();
    }

    fn discard_inputs(&self) {
        for cell in (self.wiring.inputs)(&self.cells) {
            cell.discard();
        }
    }
}

impl<C: Send + Sync + 'static, A> ErasedGroup<A> for GroupStorage<C, A> {
    fn assemble(&self) -> A {
        (self.wiring.assemble)(&self.cells)
    }

    fn disassemble(&self, group: A) {
        (self.wiring.disassemble)(group, &self.cells);
    }
}
