//! The border between the typed values of a group and the engine, which knows services by index.
//!
//! The macro writes a struct of cells, one for each field, and a table of plain functions over it. [`GroupStorage`] puts
//! both behind the object-safe [`ErasedServices`] and [`ErasedGroup`].
//!
//! # Invariants
//!
//! 1. A value is in its cell from the moment it exists until it is taken by a stop, by `assemble`, or dropped.
//! 2. A start owns shared handles of just the fields that it names, and gives them back before its future ends.

mod cells;
#[cfg(feature = "testing")]
mod faults;
mod group_storage;
mod member_cells;
mod replaced;
mod slots;
mod value_cell;

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use crate::model::{BoxError, CallKind};
use crate::service::{Finished, Service, ServiceContext};
use crate::state::{CallOnClone, StopContext};

pub use cells::{CellsOf, Handle, Sendable, Shareable, VisiblySendable, VisiblyShareable};
#[cfg(feature = "testing")]
pub(crate) use faults::{FAULTS, FaultsOf, Step, UsedUp, with_faults};
pub(crate) use group_storage::GroupStorage;
pub(crate) use member_cells::MemberCells;
pub(crate) use replaced::{Replaced, Replacement, clear_value, put_value};
pub use slots::TakenValue;
pub use value_cell::{AnyCell, Lent, OwnedCell, SharedCell, ValueCell, full};

/// A boxed future that the engine can spawn.
pub type BoxFuture<T> = Pin<Box<dyn Future<Output = T> + Send>>;
/// Ends when the value is in its cell.
pub type StartFuture = BoxFuture<Result<(), BoxError>>;
/// Ends when the service has stopped.
pub type StopFuture = BoxFuture<Result<(), BoxError>>;

/// A value that was in a cell, of any type. It is dropped with the inputs.
pub type PreviousValue = Box<dyn Any + Send>;

/// Puts a value of a service into its cell, and returns the one that was given, if its drop runs code. Only code that replaces a service knows the type: a group without replacements
/// carries nothing of it.
pub type PutValue = Box<dyn FnOnce(&dyn Any) -> Option<PreviousValue> + Send>;

/// What the macro writes for one service, except its start.
#[derive(Debug)]
pub struct ServiceDefinition<C> {
    /// See [`ServiceVTable::joined`].
    pub joined: fn(&C, &ServiceContext) -> Option<Finished>,
    /// See [`ServiceVTable::stop`].
    pub stop: fn(&C, StopContext) -> TakenValue<StopFuture>,
}

/// The cells of a group whose type only generated code knows. It can be sent whatever the cells are: that they can be sent
/// is checked once, where a run of the group is made.
#[derive(Clone)]
pub struct ErasedCells(Arc<dyn Any + Send + Sync>);

impl ErasedCells {
    /// Returns the cells.
    ///
    /// # Panics
    ///
    /// If they are of another type. Generated code knows the type of its cells.
    #[must_use]
    pub fn get<C: 'static>(&self) -> &C {
        self.0.downcast_ref().expect("the functions of a group get its own cells")
    }
}

impl fmt::Debug for ErasedCells {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ErasedCells").finish_non_exhaustive()
    }
}

/// The functions of one service over a group's cells.
#[derive(Debug)]
pub struct ServiceVTable<C> {
    /// Runs the start expression and puts its value into the cell.
    pub start: fn(&ErasedCells) -> StartFuture,
    /// Calls `joined` of a started service, and returns its `finished` future, if it has one.
    pub joined: fn(&C, &ServiceContext) -> Option<Finished>,
    /// Takes the value out of its cell, and returns the future of its stop.
    pub stop: fn(&C, StopContext) -> TakenValue<StopFuture>,
}

/// What the macro writes about a group, except its plan.
#[derive(Debug)]
pub struct GroupVTable<C: 'static, A> {
    /// The services, in the order of the fields.
    pub table: &'static [ServiceVTable<C>],
    /// The names of the inputs, which are dropped last.
    pub inputs: &'static [&'static str],
    /// The cells, by index: those of the services, and then those of the inputs.
    pub cell: fn(&C, usize) -> &dyn AnyCell,
    /// Builds the user's struct from full cells.
    pub assemble: fn(&C) -> A,
    /// Moves the fields of the user's struct back into the cells.
    pub disassemble: fn(A, &C),
}

/// For [`ServiceVTable::start`]. Called at the user's expression, so that rustc reports a future that is not `Send` there.
pub fn boxed<T>(future: impl Future<Output = T> + Send + 'static) -> BoxFuture<T> {
    Box::pin(future)
}

/// For [`ServiceVTable::start`]: puts the value of a start into its cell.
///
/// # Errors
///
/// That of the start.
pub fn started<T>(cell: &impl ValueCell<T>, result: Result<T, BoxError>) -> Result<(), BoxError> {
    cell.put(result?);
    Ok(())
}

/// For [`ServiceVTable::start`] of a field that the caller gives: its value is in the cell.
#[must_use]
pub fn given(_: &ErasedCells) -> StartFuture {
    boxed(async { Ok(()) })
}

/// For [`ServiceVTable::joined`] of a field whose type is a service.
pub fn joined<S: Service>(cell: &impl ValueCell<S>, context: &ServiceContext) -> Option<Finished> {
    cell.with(|service| service.attach(context))
}

/// For [`ServiceVTable::joined`] of a field with `stop =`.
#[must_use]
pub fn joined_noop<C>(_: &C, _: &ServiceContext) -> Option<Finished> {
    None
}

/// For [`ServiceVTable::joined`] of a field with a call on a clone, such as `check`.
pub fn call_on_clone<T: Send + 'static>(
    kind: CallKind,
    cell: &impl ValueCell<T>,
    context: &ServiceContext,
    clone: fn(&T) -> T,
    run: fn(T) -> BoxFuture<Result<(), BoxError>>,
) {
    cell.with(|value| context.add_call(kind, CallOnClone::new(clone(value), clone, run)));
}

/// For [`ServiceVTable::stop`] of a field whose type is a service.
pub fn stop<S: Service>(cell: &impl ValueCell<S>, context: StopContext) -> TakenValue<StopFuture> {
    cell.take().map(|service| boxed(service.stop(context)))
}

/// For [`GroupVTable::cell`].
///
/// # Panics
///
/// Always. The engine knows services and inputs by the indices of their cells.
#[cold]
pub fn no_cell() -> ! {
    unreachable!("each service and each input has a cell")
}

/// For [`GroupVTable::assemble`].
///
/// # Panics
///
/// If the cell is empty or borrowed. The engine calls it only after all starts have returned.
#[must_use]
pub fn take<T>(cell: &impl ValueCell<T>) -> T {
    match cell.take() {
        TakenValue::Value(value) => value,
        TakenValue::Lent | TakenValue::Empty => {
            unreachable!("a group is assembled when all of it has started")
        }
    }
}

/// The values of a group, by index of the service.
pub trait ErasedServices: Send + Sync {
    /// See [`ServiceVTable::start`].
    fn start(&self, index: usize) -> StartFuture;
    /// See [`ServiceVTable::joined`].
    fn joined(&self, index: usize, context: &ServiceContext) -> Option<Finished>;
    /// See [`ServiceVTable::stop`].
    fn stop(&self, index: usize, context: StopContext) -> TakenValue<StopFuture>;
    /// Puts a value in place of that of a start, and returns the one that was given.
    fn put(&self, index: usize, put: PutValue) -> Option<PreviousValue>;
    /// Returns whether there is a value.
    fn is_full(&self, index: usize) -> bool;
    /// Drops the value without stopping it.
    fn discard(&self, index: usize);
    /// Returns the names of the inputs whose drop runs code, with their indices. The others are dropped with the cells.
    fn inputs(&self) -> Vec<(usize, &'static str)>;
    /// Drops an input.
    fn discard_input(&self, index: usize);
    /// Returns how much of the window of this step a fault uses up at once.
    #[cfg(feature = "testing")]
    #[doc(hidden)]
    fn used_up(&self, _index: usize, _step: Step) -> UsedUp {
        UsedUp::Nothing
    }
}

/// The values of a group as a whole.
pub trait ErasedGroup<A>: ErasedServices {
    /// Builds the user's struct when all services have started.
    fn assemble(&self) -> A;
    /// Takes the user's struct apart, before its services are stopped.
    fn disassemble(&self, group: A);
}
