//! All connections of one server, each of which can be cut from outside.
//!
//! # Invariants
//!
//! 1. A connection is in the registry until its IO and all of its handlers are gone.
//! 2. It is put there and checked against the force under one lock: none slips past [`Gate::cut_all`].

use std::fmt;
use std::sync::{Arc, Mutex};
use std::task::Wake;

use axum::http::Extensions;
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::conn::{Conn, Spared};
use super::ends::Ends;
use super::lock;
use super::registry::{Open, Registry, Socket};
use super::socket::{GateIo, Slot};
use super::tally::Tally;
use crate::model::CutRequest;
use crate::model::{ServerStats, StatsSource};
use crate::state::Hold;

/// All connections of one server.
pub(super) struct Gate {
    pub(super) tally: Arc<Tally>,
    /// Requests of connections that are not known: while there are any, no connection is quiet.
    stray: Arc<Conn>,
    /// Requests of connections that are gone.
    gone: Arc<Conn>,
    registry: Mutex<Registry>,
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
        Arc::clone(registry.between(&ends).unwrap_or(&self.gone))
    }

    /// How many connections have somebody who serves them: a WebSocket has not.
    #[cfg(all(test, feature = "axum"))]
    pub(super) fn served(&self) -> usize {
        lock(&self.registry).conns().iter().filter(|conn| conn.server.has_task()).count()
    }

    /// How many connections are open.
    pub(super) fn connections(&self) -> usize {
        lock(&self.registry).count()
    }

    /// Whether no connection is open and no handler alive.
    pub(super) fn is_empty(&self) -> bool {
        let mut holds = Vec::new();
        // Apart, since what is dropped below must not be dropped under this lock.
        let none_known = lock(&self.registry).is_empty(&mut holds);
        none_known && self.stray.is_over(&mut holds) && self.gone.is_over(&mut holds)
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
        let (open, closed) = lock(&self.registry).force();
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
    pub(super) fn in_flight(&self) -> (usize, Option<CutRequest>) {
        // Looked at outside of the lock: what a look lets go may come back here.
        let known = lock(&self.registry).conns();
        let all = known.iter().chain([&self.stray, &self.gone]).map(|conn| conn.in_flight());
        all.fold((0, None), |(sum, oldest), (count, other)| (sum + count, older(oldest, other)))
    }
}

fn older(one: Option<CutRequest>, other: Option<CutRequest>) -> Option<CutRequest> {
    one.into_iter().chain(other).max_by_key(|cut| cut.age)
}

impl Drop for Pass {
    fn drop(&mut self) {
        let holds = lock(&self.gate.registry).leave(self.id);
        self.gate.tally.changed();
        drop(holds);
    }
}

impl StatsSource for Gate {
    fn stats(&self) -> ServerStats {
        let (requests, oldest) = self.in_flight();
        ServerStats {
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
        f.debug_struct("Gate").field("numbers", &self.stats()).finish_non_exhaustive()
    }
}
