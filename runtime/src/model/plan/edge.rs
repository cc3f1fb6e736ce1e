//! The edges of the graph, and what they come from.

use std::fmt;

use super::ServiceId;

/// An edge of the graph: one service starts after another, and stops before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Edge {
    /// The service that starts first.
    pub service: ServiceId,
    /// What the edge comes from.
    pub kind: EdgeKind,
}

/// What an [`Edge`] comes from.
///
/// It displays as the word of the attribute: `use`, `after`, `first`, `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// The start expression names the other service.
    Use,
    /// The field has `after(other)`.
    After,
    /// The other field is `first`.
    First,
    /// This field is `last`.
    Last,
}

impl fmt::Display for EdgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Use => "use",
            Self::After => "after",
            Self::First => "first",
            Self::Last => "last",
        })
    }
}
