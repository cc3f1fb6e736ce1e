//! What can be the type of a group's field. A cell is asked for by these traits, and not by name, so that a type which
//! cannot be sent has none: rustc tells that at the field, and has nothing to add wherever the cell is used.

use crate::engine::erased::{OwnedCell, SharedCell};

/// The type of a field that no start expression names.
pub trait Sendable {
    /// Where its value is while the group is not whole.
    type Cell;
}

/// The type of a field that some start expression names.
pub trait Shareable {
    /// Where its value is while the group is not whole.
    type Cell;
}

impl<T: Send> Sendable for T {
    type Cell = OwnedCell<T>;
}

impl<T: Send + Sync> Shareable for T {
    type Cell = SharedCell<T>;
}

/// A group's cells with the types of all of them: where one of these does not exist, the whole does not either.
pub trait CellsOf<Each> {
    /// The cells themselves.
    type Cells;
}

impl<C, Each> CellsOf<Each> for C {
    type Cells = C;
}
