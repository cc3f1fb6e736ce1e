//! The types that a field of a group can have.
//!
//! Generated code names a cell by these traits and not by its type. A type that cannot be sent has no cell: rustc reports
//! that at the field, and adds no errors where the cell is used.

use super::{OwnedCell, SharedCell};

/// The type of a field that no start expression names.
pub trait Sendable {
    /// Where its value is before the group has started and while it stops.
    type Cell;
}

/// The type of a field that some start expression names.
pub trait Shareable {
    /// Where its value is before the group has started and while it stops.
    type Cell;
}

impl<T: Send> Sendable for T {
    type Cell = OwnedCell<T>;
}

impl<T: Send + Sync> Shareable for T {
    type Cell = SharedCell<T>;
}

/// The cells of a group, given that each of them exists: a missing one makes the whole missing.
pub trait CellsOf<Each> {
    /// The cells themselves.
    type Cells;
}

impl<C, Each> CellsOf<Each> for C {
    type Cells = C;
}
