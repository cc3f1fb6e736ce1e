//! The table of all connections of one server, and the registration that keeps a connection in it.
//!
//! # Invariants
//!
//! 1. A connection is in the table until its IO is gone, and after that while a request of it is in flight.
//! 2. A connection is entered and compared with the force under one lock: none is missed by [`ConnectionTable::force`].
//! 3. No connection is cut, closed or dropped under the lock: a task that is woken, or a service that is dropped, may
//!    come back here.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, Weak};

use futures_util::task::AtomicWaker;

use super::key::ConnectionKey;
use crate::requests::conn::ConnShared;
use crate::sync::lock;

/// The number of closed connections up to which none is looked for that has ended.
const FEW: usize = 64;

/// The connections of one server.
#[derive(Default)]
pub(crate) struct ConnectionTable {
    entries: Mutex<Entries>,
}

#[derive(Default)]
struct Entries {
    is_forced: bool,
    next: u64,
    open: HashMap<u64, OpenConnection>,
    by_key: HashMap<ConnectionKey, Arc<ConnShared>, foldhash::fast::RandomState>,
    closed: ClosedConnections,
}

/// A connection whose IO exists.
#[derive(Clone)]
pub(crate) struct OpenConnection {
    pub(crate) conn: Arc<ConnShared>,
    pub(crate) socket: Arc<dyn Socket>,
    /// Wakes the task that serves the connection, if it is one of ours.
    pub(crate) serve_task: Arc<AtomicWaker>,
    pub(crate) key: Option<ConnectionKey>,
}

/// Connections without an IO that had requests in flight when it went.
#[derive(Default)]
struct ClosedConnections {
    conns: Vec<Weak<ConnShared>>,
    /// The number at which those that have ended are removed: twice what was left the last time, so that one removal
    /// takes constant time on average.
    limit: usize,
}

/// A socket that can be closed from outside.
pub(crate) trait Socket: Send + Sync {
    /// Closes it. If a poll is in it right now, that poll closes it.
    fn close(&self);
}

/// Keeps a connection among those that are open while it exists.
pub(crate) struct Registration {
    table: Arc<ConnectionTable>,
    open: OpenConnection,
    id: u64,
}

impl ConnectionTable {
    /// Enters a connection, which is cut at once if all were cut before.
    pub(crate) fn register(self: &Arc<Self>, open: OpenConnection) -> Registration {
        let mut entries = lock(&self.entries);
        let id = entries.next;
        entries.next += 1;
        if let Some(key) = open.key {
            entries.by_key.insert(key, Arc::clone(&open.conn));
        }
        entries.open.insert(id, open.clone());
        let is_forced = entries.is_forced;
        drop(entries);
        if is_forced {
            open.conn.cut(None);
            open.socket.close();
        }
        Registration { table: Arc::clone(self), open, id }
    }

    /// Has connections that are entered from now on cut at once.
    pub(crate) fn force(&self) {
        lock(&self.entries).is_forced = true;
    }

    /// Returns the connections whose IO exists.
    pub(crate) fn open(&self) -> Vec<OpenConnection> {
        lock(&self.entries).open.values().cloned().collect()
    }

    /// Returns all connections, those included whose IO is gone.
    pub(crate) fn conns(&self) -> Vec<Arc<ConnShared>> {
        let entries = lock(&self.entries);
        let closed = entries.closed.conns.iter().filter_map(Weak::upgrade);
        entries.open.values().map(|open| Arc::clone(&open.conn)).chain(closed).collect()
    }

    /// Returns the number of connections whose IO exists.
    pub(crate) fn count(&self) -> usize {
        lock(&self.entries).open.len()
    }

    /// Returns the open connection with this key.
    #[cfg(feature = "grpc")]
    pub(crate) fn get(&self, key: &ConnectionKey) -> Option<Arc<ConnShared>> {
        lock(&self.entries).by_key.get(key).cloned()
    }

    fn remove(&self, id: u64, is_over: bool) {
        let mut entries = lock(&self.entries);
        let Some(open) = entries.open.remove(&id) else { return };
        if let Some(key) = open.key
            && entries.by_key.get(&key).is_some_and(|conn| Arc::ptr_eq(conn, &open.conn))
        {
            entries.by_key.remove(&key);
        }
        if !is_over {
            entries.closed.push(&open.conn);
        }
        drop(entries);
        // Outside of the lock.
        drop(open);
    }
}

impl ClosedConnections {
    fn push(&mut self, conn: &Arc<ConnShared>) {
        if self.conns.len() >= self.limit.max(FEW) {
            // A request in flight keeps its connection.
            self.conns.retain(|conn| conn.strong_count() > 0);
            self.limit = self.conns.len() * 2;
        }
        self.conns.push(Arc::downgrade(conn));
    }
}

impl Registration {
    pub(crate) fn conn(&self) -> &Arc<ConnShared> {
        &self.open.conn
    }

    pub(crate) fn serve_task(&self) -> &Arc<AtomicWaker> {
        &self.open.serve_task
    }
}

impl Drop for Registration {
    fn drop(&mut self) {
        // Before it leaves the table: its requests are orphans by then, and the server is not over in between.
        let is_over = self.open.conn.close();
        self.table.remove(self.id, is_over);
        self.open.conn.state().notify_change();
    }
}
