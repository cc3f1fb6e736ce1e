//! The types that a field of a group can have.
//!
//! Generated code names a cell by these traits and not by its type. A type that cannot be sent has no cell: rustc reports
//! that at the field, and adds no errors where the cell is used.

use super::full;
use super::value_cell::{OwnedCell, SharedCell};
use crate::state::GroupHandle;

/// The type of a field that no start expression names.
pub trait Sendable {
    /// Where its value is before the group has started and while it stops.
    type Cell;
    /// Returns a cell for a service that has not started.
    fn empty() -> Self::Cell;
}

/// The type of a field that some start expression names.
pub trait Shareable {
    /// Where its value is before the group has started and while it stops.
    type Cell;
    /// Returns a cell for a service that has not started.
    fn empty() -> Self::Cell;
}

impl<T: Send + 'static> Sendable for T {
    type Cell = OwnedCell<T>;

    fn empty() -> Self::Cell {
        OwnedCell::empty()
    }
}

impl<T: Send + Sync + 'static> Shareable for T {
    type Cell = SharedCell<T>;

    fn empty() -> Self::Cell {
        SharedCell::empty()
    }
}

/// [`Sendable`], for a type whose tokens show a part that may not be sent.
pub trait VisiblySendable {
    /// See [`Sendable::Cell`].
    type Cell;
    /// See [`Sendable::empty`].
    fn empty() -> Self::Cell;
}

/// [`Shareable`], for a type whose tokens show a part that may not be shared.
pub trait VisiblyShareable {
    /// See [`Shareable::Cell`].
    type Cell;
    /// See [`Shareable::empty`].
    fn empty() -> Self::Cell;
}

/// [`Send`], with the fix for a type that is not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be sent between threads, but the fields of a group are",
    label = "cannot be sent between threads",
    note = "write `dyn Trait + Send` in place of `dyn Trait`, `Arc` in place of `Rc`, and `Mutex` in place of a `RefCell` in an `Arc`"
)]
pub trait CanBeSent: Send {}

/// [`Send`] and [`Sync`], with the fix for a type that is not.
#[diagnostic::on_unimplemented(
    message = "`{Self}` cannot be shared between threads, but a field that a start expression names is",
    label = "cannot be shared between threads",
    note = "write `dyn Trait + Send + Sync` in place of `dyn Trait`, `Arc` in place of `Rc`, and `Mutex` in place of `RefCell` or `Cell`",
    note = "an input that one start takes, such as a `Receiver`, is a field of type `Take<..>`"
)]
pub trait CanBeShared: Send + Sync {}

// rustc would otherwise report each part of the type that cannot be sent, once for `Send` and once for `Sync`.
#[diagnostic::do_not_recommend]
impl<T: Send> CanBeSent for T {}

#[diagnostic::do_not_recommend]
impl<T: Send + Sync> CanBeShared for T {}

#[diagnostic::do_not_recommend]
impl<T: CanBeSent + 'static> VisiblySendable for T {
    type Cell = OwnedCell<T>;

    fn empty() -> Self::Cell {
        OwnedCell::empty()
    }
}

#[diagnostic::do_not_recommend]
impl<T: CanBeShared + 'static> VisiblyShareable for T {
    type Cell = SharedCell<T>;

    fn empty() -> Self::Cell {
        SharedCell::empty()
    }
}

/// The type of the field with `#[group]`.
pub trait Handle {
    /// See [`Shareable::Cell`].
    type Cell;
    /// Returns the cell with the handle.
    fn of(handle: GroupHandle) -> Self::Cell;
}

/// [`GroupHandle`] alone.
#[diagnostic::on_unimplemented(
    message = "found `#[group]` on a field of type `{Self}`, expected `GroupHandle`",
    label = "expected `GroupHandle`",
    note = "clones of a `GroupHandle` are handles of the same group, so that it needs no `Arc`; remove `#[group]` if the field is something else"
)]
pub trait IsHandle: Send + Sync + Sized + 'static {
    /// The handle as a value of the field's type.
    fn of(handle: GroupHandle) -> Self;
}

impl IsHandle for GroupHandle {
    fn of(handle: GroupHandle) -> Self {
        handle
    }
}

#[diagnostic::do_not_recommend]
impl<T: IsHandle> Handle for T {
    type Cell = SharedCell<T>;

    fn of(handle: GroupHandle) -> Self::Cell {
        full(SharedCell::empty(), T::of(handle))
    }
}

/// The cells of a group, given that each of them exists: a missing one makes the whole missing.
pub trait CellsOf<Each> {
    /// The cells themselves.
    type Cells;
}

impl<C, Each> CellsOf<Each> for C {
    type Cells = C;
}
