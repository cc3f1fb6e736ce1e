//! Which connections there are, under the lock of their gate.

use std::collections::HashMap;
use std::sync::Arc;

use super::conn::Conn;
use super::ends::{ByEnds, Ends};
use crate::state::Hold;

/// The connections of one server.
#[derive(Default)]
pub(super) struct Registry {
    forced: bool,
    next: u64,
    open: HashMap<u64, Open>,
    by_ends: ByEnds,
    /// Those whose IO is gone and whose handlers live on.
    closed: Vec<Arc<Conn>>,
}

/// A connection whose IO is there.
#[derive(Clone)]
pub(super) struct Open {
    pub(super) conn: Arc<Conn>,
    pub(super) socket: Arc<dyn Socket>,
    pub(super) ends: Option<Ends>,
}

/// A socket that can be closed from outside.
pub(super) trait Socket: Send + Sync {
    /// Closes it, unless a poll is in it right now, which then closes it itself.
    fn close(&self);
}

impl Open {
    pub(super) fn cut(&self, hold: Option<&Hold>) {
        self.conn.cut(hold);
        self.socket.close();
    }
}

impl Registry {
    /// Gives the connection's id, and whether it has to be cut at once.
    pub(super) fn enter(&mut self, open: Open) -> (u64, bool) {
        let id = self.next;
        self.next += 1;
        if let Some(ends) = open.ends {
            self.by_ends.insert(ends, Arc::clone(&open.conn));
        }
        self.open.insert(id, open);
        (id, self.forced)
    }

    /// From now on those that come are to be cut at once. Gives those that are here and, second, those without an IO.
    pub(super) fn force(&mut self) -> (Vec<Open>, Vec<Arc<Conn>>) {
        self.forced = true;
        (self.open(), self.closed.clone())
    }

    /// To be cut outside of the lock: a woken task, or a socket that is dropped, may come back here.
    pub(super) fn open(&self) -> Vec<Open> {
        self.open.values().cloned().collect()
    }

    /// How many connections have an IO.
    pub(super) fn count(&self) -> usize {
        self.open.len()
    }

    /// The one between these ends.
    #[cfg(feature = "tonic")]
    pub(super) fn between(&self, ends: &Ends) -> Option<&Arc<Conn>> {
        self.by_ends.get(ends)
    }

    /// Whether there is nothing left of any. What it adds to `holds` is to be dropped outside of the lock.
    pub(super) fn is_empty(&mut self, holds: &mut Vec<Hold>) -> bool {
        self.prune(holds);
        self.open.is_empty() && self.closed.is_empty()
    }

    pub(super) fn conns(&self) -> Vec<Arc<Conn>> {
        self.open.values().map(|open| &open.conn).chain(&self.closed).cloned().collect()
    }

    /// What it gives is to be dropped outside of the lock.
    #[must_use]
    pub(super) fn leave(&mut self, id: u64) -> Vec<Hold> {
        let Some(open) = self.open.remove(&id) else { return Vec::new() };
        if let Some(ends) = open.ends
            && self.by_ends.get(&ends).is_some_and(|conn| Arc::ptr_eq(conn, &open.conn))
        {
            self.by_ends.remove(&ends);
        }
        let mut holds = open.conn.closed();
        self.closed.push(open.conn);
        self.prune(&mut holds);
        holds
    }

    /// Forgets those of which nothing is left.
    fn prune(&mut self, holds: &mut Vec<Hold>) {
        self.closed.retain(|conn| !conn.is_over(holds));
    }
}
