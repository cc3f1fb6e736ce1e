//! All connections of one server, each of which can be cut from outside.
//!
//! # Invariants
//!
//! 1. A connection is in the registry until its IO and all of its handlers are gone.
//! 2. It is put there and checked against the force under one lock: none slips past [`Gate::cut_all`].

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::Wake;

use axum::http::Extensions;
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::conn::{Conn, Spared};
use super::ends::{ByEnds, Ends};
use super::lock;
use super::socket::{GateIo, Slot};
use super::tally::Tally;
use crate::membership::{Live, Numbers};
use crate::report::Cut;
use crate::stopping::Hold;

/// All connections of one server.
pub(super) struct Gate {
    pub(super) tally: Arc<Tally>,
    /// Requests of connections that are not known: while there are any, no connection is quiet.
    stray: Arc<Conn>,
    /// Requests of connections that are gone.
    gone: Arc<Conn>,
    registry: Mutex<Registry>,
}

#[derive(Default)]
struct Registry {
    forced: bool,
    next: u64,
    open: HashMap<u64, Open>,
    by_ends: ByEnds,
    /// Those whose IO is gone and whose handlers live on.
    closed: Vec<Arc<Conn>>,
}

#[derive(Clone)]
struct Open {
    conn: Arc<Conn>,
    socket: Arc<dyn Socket>,
    ends: Option<Ends>,
}

/// A socket that can be closed from outside.
pub(super) trait Socket: Send + Sync {
    /// Closes it, unless a poll is in it right now, which then closes it itself.
    fn close(&self);
}

/// The place of an IO in the registry; leaves it when dropped.
#[derive(Debug)]
pub(super) struct Pass {
    gate: Arc<Gate>,
    pub(super) conn: Arc<Conn>,
    id: u64,
}

impl Gate {
    pub(super) fn new(tally: Tally) -> Arc<Self> {
        let tally = Arc::new(tally);
        let stray = Conn::detached(Arc::clone(&tally));
        let gone = Conn::gone(Arc::clone(&tally));
        Arc::new(Self { tally, stray, gone, registry: Mutex::default() })
    }

    /// Lets a connection in. `info` travels with it; `extensions` are what its handlers may ask for, where we tell them.
    pub(super) fn admit<T, I>(
        self: &Arc<Self>,
        io: T,
        ends: Option<Ends>,
        info: I,
        extensions: Extensions,
    ) -> GateIo<T, I>
    where
        T: AsyncWrite + Send + 'static,
    {
        let vectored = io.is_write_vectored();
        let (conn, slot) = (Conn::new(Arc::clone(&self.tally), extensions), Arc::new(Slot::new(io)));
        let open = Open { conn: Arc::clone(&conn), socket: Arc::clone(&slot) as Arc<dyn Socket>, ends };
        let (id, forced) = lock(&self.registry).enter(open.clone());
        if forced {
            open.cut(None);
        }
        GateIo::new(slot, Pass { gate: Arc::clone(self), conn, id }, vectored, info)
    }

    /// The connection between these ends.
    #[cfg(feature = "tonic")]
    pub(super) fn find(&self, ends: Option<Ends>) -> Arc<Conn> {
        let Some(ends) = ends else { return Arc::clone(&self.stray) };
        let registry = lock(&self.registry);
        Arc::clone(registry.by_ends.get(&ends).unwrap_or(&self.gone))
    }

    /// How many connections have somebody who serves them: a WebSocket has not.
    #[cfg(all(test, feature = "axum"))]
    pub(super) fn served(&self) -> usize {
        lock(&self.registry).conns().iter().filter(|conn| conn.server.has_task()).count()
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> usize {
        lock(&self.registry).open.len()
    }

    /// Whether no connection is open and no handler alive.
    pub(super) fn is_empty(&self) -> bool {
        let mut holds = Vec::new();
        let known = {
            let mut registry = lock(&self.registry);
            registry.prune(&mut holds);
            !registry.open.is_empty() || !registry.closed.is_empty()
        };
        !known && self.stray.is_over(&mut holds) && self.gone.is_over(&mut holds)
    }

    /// Tells all connections, now and from now on, to end when they have nothing to do.
    pub(super) fn tell_all(&self) {
        self.tally.tell();
        let conns = lock(&self.registry).conns();
        for conn in conns {
            conn.server.wake_by_ref();
        }
    }

    /// Forgets what has ended.
    pub(super) fn settle_all(&self) {
        let conns = lock(&self.registry).conns();
        for conn in conns.iter().chain([&self.stray, &self.gone]) {
            conn.settle();
        }
    }

    /// Cuts all connections, now and from now on.
    pub(super) fn cut_all(&self, hold: Option<&Hold>) {
        let (open, closed) = {
            let mut registry = lock(&self.registry);
            registry.forced = true;
            (registry.open(), registry.closed.clone())
        };
        for conn in closed.iter().chain([&self.stray, &self.gone]) {
            conn.cut(hold);
        }
        for open in open {
            open.cut(hold);
        }
    }

    /// Cuts connections that have carried no request since `since`.
    pub(super) fn cut_quiet(&self, since: Instant, spared: Spared) {
        if self.stray.in_flight().0 > 0 {
            return;
        }
        let open = lock(&self.registry).open();
        for open in open.iter().filter(|open| open.conn.cut_if_quiet(since, spared)) {
            open.socket.close();
        }
    }

    /// Handlers and upgraded connections that are alive, and the oldest of them.
    pub(super) fn in_flight(&self) -> (usize, Option<Cut>) {
        // Looked at outside of the lock: what a look lets go may come back here.
        let known = lock(&self.registry).conns();
        let all = known.iter().chain([&self.stray, &self.gone]).map(|conn| conn.in_flight());
        all.fold((0, None), |(sum, oldest), (count, other)| (sum + count, older(oldest, other)))
    }
}

fn older(one: Option<Cut>, other: Option<Cut>) -> Option<Cut> {
    one.into_iter().chain(other).max_by_key(|cut| cut.age)
}

impl Open {
    fn cut(&self, hold: Option<&Hold>) {
        self.conn.cut(hold);
        self.socket.close();
    }
}

impl Registry {
    /// Gives the connection's id, and whether it has to be cut at once.
    fn enter(&mut self, open: Open) -> (u64, bool) {
        let id = self.next;
        self.next += 1;
        if let Some(ends) = open.ends {
            self.by_ends.insert(ends, Arc::clone(&open.conn));
        }
        self.open.insert(id, open);
        (id, self.forced)
    }

    /// To be cut outside of the lock: a woken task, or a socket that is dropped, may come back here.
    fn open(&self) -> Vec<Open> {
        self.open.values().cloned().collect()
    }

    fn conns(&self) -> Vec<Arc<Conn>> {
        self.open.values().map(|open| &open.conn).chain(&self.closed).cloned().collect()
    }

    /// What it gives is to be dropped outside of the lock.
    #[must_use]
    fn leave(&mut self, id: u64) -> Vec<Hold> {
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

impl Drop for Pass {
    fn drop(&mut self) {
        let holds = lock(&self.gate.registry).leave(self.id);
        self.gate.tally.changed();
        drop(holds);
    }
}

impl Live for Gate {
    fn numbers(&self) -> Numbers {
        let (requests, oldest) = self.in_flight();
        Numbers {
            connections: self.connections(),
            requests,
            oldest: oldest.map(|cut| (cut.what, cut.age)),
            finished: self.tally.finished(),
            cut: self.tally.cut(),
        }
    }
}

impl fmt::Debug for Gate {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Gate").field("numbers", &self.numbers()).finish_non_exhaustive()
    }
}
