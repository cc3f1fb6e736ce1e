//! Where a group's typed values meet the engine, which knows services by their index only.
//!
//! The macro writes a struct of cells, one for each field, and a table of plain functions over it. [`Assembly`] puts
//! both behind the object-safe [`Parts`] and [`Whole`].
//!
//! # Invariants
//!
//! 1. A value is in its cell from the moment it exists until it is taken by a stop, by `assemble`, or dropped.
//! 2. A start owns shared handles of just the fields that it names, and gives them back before its future ends.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};

use crate::membership::Membership;
use crate::service::{BoxError, Ended, Service};
use crate::stopping::Stopping;

/// A boxed future that the engine can spawn.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Ends when the value is in its cell.
pub type StartFuture = BoxFuture<Result<(), BoxError>>;
/// Ends when the service has stopped.
pub type StopFuture = BoxFuture<Result<(), BoxError>>;

/// What was in a cell.
#[derive(Debug)]
pub enum Taken<T> {
    /// The value.
    Value(T),
    /// The value is lent to a start that has not given it back.
    Lent,
    /// Nothing: it was never started, or is gone already.
    Empty,
}

impl<T> Taken<T> {
    /// Turns the value into something else.
    pub fn map<U>(self, f: impl FnOnce(T) -> U) -> Taken<U> {
        match self {
            Self::Value(value) => Taken::Value(f(value)),
            Self::Lent => Taken::Lent,
            Self::Empty => Taken::Empty,
        }
    }
}

/// A place for the value of one field.
pub trait Cell<T> {
    /// Puts the value into its place.
    fn put(&self, value: T);
    /// Takes it out, if nobody borrows it.
    fn take(&self) -> Taken<T>;
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
pub struct Owned<T>(Mutex<Option<T>>);

/// The cell of a field that some start expression names.
#[derive(Debug)]
pub struct Shared<T>(Mutex<Option<Arc<T>>>);

impl<T> Owned<T> {
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

impl<T> Shared<T> {
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

impl<T> Cell<T> for Owned<T> {
    fn put(&self, value: T) {
        *lock(&self.0) = Some(value);
    }

    fn take(&self) -> Taken<T> {
        lock(&self.0).take().map_or(Taken::Empty, Taken::Value)
    }

    fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        lock(&self.0).as_ref().map(look)
    }
}

impl<T> Cell<T> for Shared<T> {
    fn put(&self, value: T) {
        *lock(&self.0) = Some(Arc::new(value));
    }

    fn take(&self) -> Taken<T> {
        let value = lock(&self.0).take();
        match value.map(Arc::into_inner) {
            Some(Some(value)) => Taken::Value(value),
            Some(None) => Taken::Lent,
            None => Taken::Empty,
        }
    }

    fn with<R>(&self, look: impl FnOnce(&T) -> R) -> Option<R> {
        let value = lock(&self.0).clone();
        value.as_deref().map(look)
    }
}

impl<T> AnyCell for Owned<T> {
    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }
}

impl<T> AnyCell for Shared<T> {
    fn is_full(&self) -> bool {
        lock(&self.0).is_some()
    }

    fn discard(&self) {
        let value = lock(&self.0).take();
        drop(value);
    }
}

/// A panic in a user's `finished` may poison a cell; the value in it is whole, since nobody writes through it.
fn lock<T>(cell: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    cell.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The functions of one service over a group's cells.
#[derive(Debug)]
pub struct Entry<C> {
    /// Runs the start expression and puts its value into the cell.
    pub start: fn(&Arc<C>) -> StartFuture,
    /// Tells a started service where it is, and gives the future of its own end, if it has one.
    pub joined: fn(&C, &Membership) -> Option<BoxFuture<Ended>>,
    /// Takes the value out of its cell, to be stopped.
    pub stop: fn(&C, Stopping) -> Taken<StopFuture>,
    /// The cell.
    pub cell: fn(&C) -> &dyn AnyCell,
}

/// All that the macro knows about a group but its plan.
#[derive(Debug)]
pub struct Wiring<C: 'static, A> {
    /// The services, in the order of the fields.
    pub table: &'static [Entry<C>],
    /// The cells of what is no service: dropped last, in the order of the fields.
    pub inputs: fn(&C) -> Vec<&dyn AnyCell>,
    /// Makes the user's struct of full cells.
    pub assemble: fn(&C) -> A,
    /// Puts the user's struct back into the cells.
    pub scatter: fn(A, &C),
}

/// For [`Entry::start`]: boxes at the user's expression, so that `not Send` is told there.
pub fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    Box::pin(future)
}

/// For [`Entry::joined`] of a field whose type is a service.
pub fn joined<S: Service>(cell: &impl Cell<S>, membership: &Membership) -> Option<BoxFuture<Ended>> {
    cell.with(|service| {
        service.joined(membership);
        boxed(service.finished())
    })
}

/// For [`Entry::joined`] of a field with `stop =`.
#[must_use]
pub fn joins_silently<C>(_: &C, _: &Membership) -> Option<BoxFuture<Ended>> {
    None
}

/// For [`Entry::stop`] of a field whose type is a service.
pub fn stop<S: Service>(cell: &impl Cell<S>, stopping: Stopping) -> Taken<StopFuture> {
    cell.take().map(|service| boxed(async move { service.stop(stopping).await }))
}

/// For [`Wiring::assemble`].
///
/// # Panics
///
/// When the cell is not full and free, which the engine makes sure of.
#[must_use]
pub fn take<T>(cell: &impl Cell<T>) -> T {
    match cell.take() {
        Taken::Value(value) => value,
        Taken::Lent | Taken::Empty => unreachable!("a group is assembled when all of it has started"),
    }
}

/// A group's values, by index.
pub trait Parts: Send + Sync {
    /// See [`Entry::start`].
    fn start(&self, index: usize) -> StartFuture;
    /// See [`Entry::joined`].
    fn joined(&self, index: usize, membership: &Membership) -> Option<BoxFuture<Ended>>;
    /// See [`Entry::stop`].
    fn stop(&self, index: usize, stopping: Stopping) -> Taken<StopFuture>;
    /// Whether there is a value.
    fn is_full(&self, index: usize) -> bool;
    /// Drops the value without stopping it.
    fn discard(&self, index: usize);
    /// Drops what is no service.
    fn discard_inputs(&self);
}

/// A group's values, all at once.
pub trait Whole<A>: Parts {
    /// Makes the user's struct when all services have started.
    fn assemble(&self) -> A;
    /// Takes the user's struct apart again, to be stopped.
    fn scatter(&self, group: A);
}

/// The cells of one group with its functions.
pub(crate) struct Assembly<C: 'static, A: 'static> {
    pub(crate) cells: Arc<C>,
    pub(crate) wiring: &'static Wiring<C, A>,
}

impl<C: Send + Sync + 'static, A> Parts for Assembly<C, A> {
    fn start(&self, index: usize) -> StartFuture {
        (self.wiring.table[index].start)(&self.cells)
    }

    fn joined(&self, index: usize, membership: &Membership) -> Option<BoxFuture<Ended>> {
        (self.wiring.table[index].joined)(&self.cells, membership)
    }

    fn stop(&self, index: usize, stopping: Stopping) -> Taken<StopFuture> {
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

impl<C: Send + Sync + 'static, A> Whole<A> for Assembly<C, A> {
    fn assemble(&self) -> A {
        (self.wiring.assemble)(&self.cells)
    }

    fn scatter(&self, group: A) {
        (self.wiring.scatter)(group, &self.cells);
    }
}
