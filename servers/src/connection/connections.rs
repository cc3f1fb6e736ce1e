//! All connections of one server: entering, counting and cutting them.

use std::fmt;
use std::sync::Arc;

use axum::http::Extensions;
use futures_util::task::AtomicWaker;
use service_group::{CutRequest, Hold, ServerStats, StatsSource};
use tokio::io::AsyncWrite;
use tokio::time::Instant;

use super::io::CuttableIo;
use super::key::ConnectionKey;
use super::shared_io::SharedIo;
use super::socket_kind::SocketKind;
use super::table::{ConnectionTable, OpenConnection, Socket};
use crate::requests::conn::{ConnShared, IdlePolicy};
use crate::state::ServerState;

/// The number of connections that are cut before other tasks get a turn.
const BATCH: usize = 64;

/// All connections of one server.
pub(crate) struct Connections {
    pub(crate) state: Arc<ServerState>,
    table: Arc<ConnectionTable>,
    /// Requests of connections that are not known: while there are any, no connection counts as quiet.
    #[cfg(feature = "grpc")]
    unknown: Arc<ConnShared>,
    /// Requests of connections that are closed.
    #[cfg(feature = "grpc")]
    closed: Arc<ConnShared>,
}

impl Connections {
    pub(crate) fn new(state: ServerState) -> Arc<Self> {
        let state = Arc::new(state);
        Arc::new(Self {
            #[cfg(feature = "grpc")]
            unknown: ConnShared::unknown(Arc::clone(&state)),
            #[cfg(feature = "grpc")]
            closed: ConnShared::closed(Arc::clone(&state)),
            table: Arc::default(),
            state,
        })
    }

    /// Enters a connection, whose handlers find these extensions in their requests.
    pub(crate) fn admit<T>(&self, io: T, extensions: Extensions) -> CuttableIo<T>
    where
        T: AsyncWrite + Send + 'static,
    {
        self.enter(io, extensions, (), None)
    }

    /// Enters a connection that tonic serves: its requests are found by their key, and `info` is what tonic asks for.
    #[cfg(feature = "grpc")]
    pub(crate) fn admit_incoming<T, I>(
        &self,
        io: T,
        key: Option<ConnectionKey>,
        info: I,
        extensions: Extensions,
    ) -> CuttableIo<T, I>
    where
        T: AsyncWrite + Send + 'static,
    {
        self.enter(io, extensions, info, key)
    }

    fn enter<T, I>(
        &self,
        io: T,
        extensions: Extensions,
        info: I,
        key: Option<ConnectionKey>,
    ) -> CuttableIo<T, I>
    where
        T: AsyncWrite + Send + 'static,
    {
        let kind = SocketKind::of(&io);
        let (conn, io) = (ConnShared::new(Arc::clone(&self.state), extensions), Arc::new(SharedIo::new(io)));
        let open = OpenConnection {
            conn,
            socket: Arc::clone(&io) as Arc<dyn Socket>,
            serve_task: Arc::new(AtomicWaker::new()),
            key,
        };
        CuttableIo::new(io, kind, self.table.register(open), info)
    }

    /// Returns the connection of a request.
    #[cfg(feature = "grpc")]
    pub(crate) fn find(&self, key: Option<ConnectionKey>) -> Arc<ConnShared> {
        let Some(key) = key else { return Arc::clone(&self.unknown) };
        self.table.get(&key).unwrap_or_else(|| Arc::clone(&self.closed))
    }

    /// The number of connections that a task serves: a WebSocket has none. A goodbye at the same time could miss a waker.
    #[cfg(all(test, feature = "http"))]
    pub(crate) fn served(&self) -> usize {
        let is_served = |open: &OpenConnection| {
            let waker = open.serve_task.take();
            waker.inspect(|waker| open.serve_task.register(waker)).is_some()
        };
        self.table.open().into_iter().filter(is_served).count()
    }

    /// The number of open connections.
    pub(crate) fn count(&self) -> usize {
        self.table.count()
    }

    /// Returns whether no connection is open and no request is in flight.
    pub(crate) fn is_empty(&self) -> bool {
        // In this order: the requests of a connection are orphans before it leaves the table.
        self.table.count() == 0 && !self.state.has_orphans()
    }

    /// Asks all connections, now and from now on, to end as soon as they carry no request.
    pub(crate) fn say_goodbye(&self) {
        self.state.begin_goodbye();
        for open in self.table.open() {
            open.serve_task.wake();
        }
    }

    /// Cuts all connections, now and from now on. Their sockets are not closed yet: see [`close_all`](Self::close_all).
    pub(crate) fn cut_all(&self, hold: Option<&Hold>) {
        self.table.force();
        for conn in self.all() {
            conn.cut(hold);
        }
    }

    /// Closes the sockets of all connections, a batch at a time: a close takes about 10 us of system time, in which the
    /// handlers that were cut could end.
    pub(crate) async fn close_all(&self) {
        for batch in self.table.open().chunks(BATCH) {
            for open in batch {
                open.socket.close();
            }
            tokio::task::yield_now().await;
        }
    }

    /// Closes the sockets of all connections at once.
    pub(crate) fn close_all_now(&self) {
        for open in self.table.open() {
            open.socket.close();
        }
    }

    /// Cuts connections that have carried no request since then.
    pub(crate) fn cut_quiet(&self, since: Instant, policy: IdlePolicy) {
        #[cfg(feature = "grpc")]
        if self.unknown.requests() > 0 {
            return;
        }
        for open in self.table.open() {
            if open.conn.cut_if_quiet(since, policy) {
                open.socket.close();
            }
        }
    }

    /// The number of requests in flight, upgraded connections included.
    pub(crate) fn requests(&self) -> usize {
        self.all().map(|conn| conn.requests()).sum()
    }

    /// All connections, outside of the lock of the table.
    fn all(&self) -> impl Iterator<Item = Arc<ConnShared>> + use<> {
        let conns = self.table.conns();
        #[cfg(feature = "grpc")]
        let conns = conns.into_iter().chain([Arc::clone(&self.unknown), Arc::clone(&self.closed)]);
        conns.into_iter()
    }
}

impl StatsSource for Connections {
    fn stats(&self) -> ServerStats {
        let (mut requests, mut oldest): (_, Option<CutRequest>) = (0, None);
        for conn in self.all() {
            requests += conn.requests();
            oldest = oldest.into_iter().chain(conn.oldest()).max_by_key(|request| request.age);
        }
        let mut stats = ServerStats::default();
        stats.connections = self.count();
        stats.requests = requests;
        stats.oldest = oldest.map(|request| (request.what, request.age));
        stats.finished = self.state.finished();
        stats.cut = self.state.cut();
        stats
    }
}

impl fmt::Debug for Connections {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Connections").field("stats", &self.stats()).finish_non_exhaustive()
    }
}

#[cfg(all(test, feature = "grpc"))]
mod tests {
    use std::net::SocketAddr;

    use super::*;

    #[test]
    fn a_key_finds_the_connection_that_has_it_now() {
        let connections = Connections::new(ServerState::default());
        let addr = |port| SocketAddr::from(([127, 0, 0, 1], port));
        let key = Some(ConnectionKey::Tcp(addr(1), addr(2)));
        let open = || connections.admit_incoming(tokio::io::duplex(1).0, key, (), Extensions::new());
        let first = open();
        assert!(Arc::ptr_eq(&connections.find(key), first.registration().conn()));
        let next = open();
        drop(first);
        assert!(Arc::ptr_eq(&connections.find(key), next.registration().conn()));
        drop(next);
        assert!(Arc::ptr_eq(&connections.find(key), &connections.closed));
    }
}
