//! The way in: a listener that is dropped the moment that the drain begins.
//!
//! Connections that wait in its backlog at that moment are still let in: their clients may have written already.
//! Afterwards there comes neither another one nor the end, which a serve loop would take for its own.

use std::fmt;

use super::draining::Draining;
use super::tally::Presence;

/// A listener, until the drain begins.
pub(super) struct Door<L> {
    open: Option<(L, Presence)>,
    pub(super) draining: Draining,
}

impl<L> Door<L> {
    pub(super) fn new(listener: L, presence: Presence, draining: Draining) -> Self {
        Self { open: Some((listener, presence)), draining }
    }

    pub(super) fn listener(&mut self) -> Option<&mut L> {
        self.open.as_mut().map(|(listener, _)| listener)
    }

    pub(super) fn shut(&mut self) {
        self.open = None;
    }
}

impl<L> fmt::Debug for Door<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Door").field("open", &self.open.is_some()).finish_non_exhaustive()
    }
}
