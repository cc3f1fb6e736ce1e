//! What happened in a stop.

use std::error::Error;
use std::fmt;
use std::time::Duration;

/// What a service adds to the report of its stop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum Detail {
    /// A sentence.
    Note(String),
    /// What a server answered and cut while it drained.
    Drained(Drained),
    /// The report of a group that is a service of this one.
    Group(Box<StopReport>),
}

/// What a server answered and cut while it drained.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Drained {
    /// Requests that were answered since the drain began.
    pub finished: u64,
    /// Requests that had to be cut; where there is one, the service counts as forced.
    pub cut: u64,
    /// The oldest of those that were cut.
    pub cuts: Vec<Cut>,
    /// Handlers that no library can end, still running.
    pub left: u64,
}

/// A request that had to be cut.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Cut {
    /// What it was: `GET /orders/7`.
    pub what: String,
    /// How old it was.
    pub age: Duration,
}

impl From<String> for Detail {
    fn from(note: String) -> Self {
        Self::Note(note)
    }
}

impl From<&str> for Detail {
    fn from(note: &str) -> Self {
        Self::Note(note.to_owned())
    }
}

impl From<Drained> for Detail {
    fn from(drained: Drained) -> Self {
        Self::Drained(drained)
    }
}

/// What happened in a stop.
#[derive(Debug, Clone)]
pub struct StopReport {}

/// An error with all its sources, on one line.
pub(crate) struct Chain<'a>(pub(crate) &'a (dyn Error + 'a));

impl fmt::Display for Chain<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)?;
        let mut source = self.0.source();
        while let Some(error) = source {
            write!(f, ": {error}")?;
            source = error.source();
        }
        Ok(())
    }
}
