//! The IO of a connection, which fails from the moment that the connection is cut.
//!
//! # Invariants
//!
//! 1. Read, write, flush and shutdown all see a cut: each registers its waker before it reads `is_cut`, which it does
//!    last. Flush does so too, though the flush of a TCP socket never waits: hyper's HTTP/1 does not poll the read side
//!    while a body is unwanted or a request is pipelined, and then calls flush alone.
//! 2. A socket of tokio that had nothing to read is not asked again until it has woken a task, or a new task polls it. Each
//!    poll hands it a waker that notes the wake. Any other IO is asked each time: it may rely on that, as under axum.
//! 3. The socket is closed when the connection is cut, even if no task polls the IO again: a handler that hangs may own
//!    it as a WebSocket.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::preface::Preface;
use super::shared_io::SharedIo;
#[cfg(feature = "grpc")]
use super::shutdown_pong::ShutdownPong;
use super::socket_kind::SocketKind;
use super::table::{Registration, Socket};
use super::waker::{PollingTask, Woken};
use crate::sync::lock;

/// Up to this many bytes, a copy costs less than a write of several pieces. Together with `tasks` below and the flag
/// `has_unflushed` of the connection it is worth 4 % of the requests over HTTP/1: 0.977 of plain axum in place of 0.935.
/// That is time of the kernel and of locks: in instructions (callgrind), the copy costs 0.6 %, and `tasks` saves 0.5 %.
const COPY_LIMIT: usize = 1024;

/// The IO of a connection.
pub(crate) struct CuttableIo<T, I = ()> {
    io: Arc<SharedIo<T>>,
    kind: SocketKind,
    registration: Registration,
    /// The tasks that are registered in `io`. A close takes them, after which no poll waits.
    tasks: [Option<PollingTask>; 2],
    woken: Woken,
    /// A small answer in one piece.
    joined: Vec<u8>,
    /// Whether the socket was polled since its last flush. hyper flushes for each stream that it accepts over HTTP/2. To skip
    /// these flushes is worth 0.5 % of the throughput with 16 requests at a time.
    needs_flush: bool,
    /// Whether the socket had nothing more to read. Over HTTP/2, hyper reads again for each stream that it accepts, and for
    /// each answer that is ready. To skip these reads is worth 1.4 % of the throughput with 16 requests at a time, and 1 %
    /// with one.
    is_empty: bool,
    preface: Preface,
    #[cfg(feature = "grpc")]
    pong: ShutdownPong,
    #[cfg_attr(not(feature = "grpc"), expect(dead_code, reason = "HTTP has none"))]
    info: I,
}

#[derive(Clone, Copy)]
enum Side {
    Reader,
    Writer,
}

impl<T, I> CuttableIo<T, I> {
    pub(super) fn new(io: Arc<SharedIo<T>>, kind: SocketKind, registration: Registration, info: I) -> Self {
        Self {
            io,
            kind,
            registration,
            tasks: [None, None],
            woken: Woken::default(),
            joined: Vec::new(),
            needs_flush: false,
            is_empty: false,
            preface: Preface::default(),
            #[cfg(feature = "grpc")]
            pong: ShutdownPong::default(),
            info,
        }
    }

    pub(crate) fn registration(&self) -> &Registration {
        &self.registration
    }

    #[cfg(test)]
    pub(crate) fn socket(&self) -> &SharedIo<T> {
        &self.io
    }

    /// The same, as if its socket were one of tokio.
    #[cfg(test)]
    pub(crate) fn of_tokio(mut self) -> Self {
        self.kind.is_of_tokio = true;
        self
    }

    #[cfg(feature = "grpc")]
    pub(crate) fn info(&self) -> &I {
        &self.info
    }

    /// Notes what the peer has sent.
    #[inline]
    fn received(&mut self, bytes: &[u8]) {
        let conn = self.registration.conn();
        if self.preface.ends_in(bytes) {
            conn.set_http2();
        }
        conn.received();
        #[cfg(feature = "grpc")]
        if conn.state().goodbye_at_with_outer_layers().is_some() && self.pong.ends_in(bytes) {
            conn.set_answered_goodbye();
        }
    }
}

impl<T: Send + Unpin, I> CuttableIo<T, I> {
    #[inline]
    fn register(&mut self, cx: &Context<'_>, side: Side) {
        if self.tasks[side as usize].as_ref().is_none_or(|task| !task.is(cx.waker())) {
            self.register_new(cx, side);
        }
    }

    #[cold]
    fn register_new(&mut self, cx: &Context<'_>, side: Side) {
        self.io.wakers[side as usize].register(cx.waker());
        self.tasks[side as usize] = Some(PollingTask::new(cx.waker(), &self.woken));
    }

    /// Returns whether the socket had nothing to read, and is going to wake this task.
    #[inline]
    fn is_known_empty(&self, cx: &Context<'_>) -> bool {
        let waits = || self.tasks[Side::Reader as usize].as_ref().is_some_and(|task| task.is(cx.waker()));
        !self.woken.take() && self.is_empty && waits()
    }

    #[inline]
    fn guarded<R>(
        &mut self,
        cx: &Context<'_>,
        side: Side,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        self.register(cx, side);
        // TLS answers some of what it reads, also where it has nothing for the caller.
        self.needs_flush = true;
        let task = self.tasks[side as usize].as_ref().expect("a task that is registered");
        let mut cx = Context::from_waker(task.waker());
        let polled = match &mut *lock(&self.io.io) {
            Some(io) => poll(Pin::new(io), &mut cx),
            None => Poll::Ready(Err(aborted())),
        };
        // A cut during the poll could not close the socket.
        self.check_cut()?;
        polled
    }

    /// Closes the socket of a connection that was cut, and returns the error of it.
    #[inline]
    fn check_cut(&self) -> io::Result<()> {
        if self.registration.conn().is_cut() {
            self.io.close();
            return Err(aborted());
        }
        Ok(())
    }
}

impl<T: AsyncRead + Send + Unpin, I> CuttableIo<T, I> {
    /// Reads to the end, and discards it.
    fn poll_discard(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.is_empty = false;
        let mut bytes = [0; 512];
        loop {
            let mut buf = ReadBuf::new(&mut bytes);
            let read = ready!(self.guarded(cx, Side::Reader, |io, cx| io.poll_read(cx, &mut buf)));
            if read.is_err() || buf.filled().is_empty() {
                return Poll::Ready(Ok(()));
            }
        }
    }
}

fn aborted() -> io::Error {
    io::ErrorKind::ConnectionAborted.into()
}

/// Nothing in it is pinned.
impl<T, I> Unpin for CuttableIo<T, I> {}

impl<T: AsyncRead + Send + Unpin, I> AsyncRead for CuttableIo<T, I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_known_empty(cx) {
            this.check_cut()?;
            return Poll::Pending;
        }
        this.is_empty = false;
        let filled = buf.filled().len();
        let read = this.guarded(cx, Side::Reader, |io, cx| io.poll_read(cx, buf));
        this.is_empty = read.is_pending() && this.kind.is_of_tokio;
        if buf.filled().len() > filled {
            this.received(&buf.filled()[filled..]);
        }
        read
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin, I> AsyncWrite for CuttableIo<T, I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().guarded(cx, Side::Writer, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bufs.iter().map(|buf| buf.len()).sum::<usize>() > COPY_LIMIT {
            return this.guarded(cx, Side::Writer, |io, cx| io.poll_write_vectored(cx, bufs));
        }
        let mut joined = std::mem::take(&mut this.joined);
        joined.clear();
        for buf in bufs {
            joined.extend_from_slice(buf);
        }
        let written = this.guarded(cx, Side::Writer, |io, cx| io.poll_write(cx, &joined));
        this.joined = joined;
        written
    }

    fn is_write_vectored(&self) -> bool {
        self.kind.is_vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.needs_flush {
            ready!(this.guarded(cx, Side::Writer, AsyncWrite::poll_flush))?;
            this.needs_flush = false;
        } else {
            this.register(cx, Side::Writer);
            this.check_cut()?;
        }
        this.registration.conn().flushed();
        Poll::Ready(Ok(()))
    }

    /// While the server drains, a connection that has sent all waits for its peer to leave. Bytes that are still on
    /// their way would otherwise meet a closed socket, which answers with a reset; and a reset discards what the peer
    /// has not read yet: the last answer, or the GOAWAY with the last request that was taken. The tests in
    /// `tests/stops.rs` lose requests without this wait.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.registration.conn().is_shut() {
            ready!(this.guarded(cx, Side::Writer, AsyncWrite::poll_shutdown))?;
            this.registration.conn().shut();
            // A flush as well: where streams have threads of their own, a stream may drop its answer after the last flush.
            this.registration.conn().flushed();
        }
        if this.registration.conn().state().is_draining() {
            this.poll_discard(cx)
        } else {
            Poll::Ready(Ok(()))
        }
    }
}

/// The socket goes before the registration: a connection that is not in the table is closed. The wakers go with it,
/// since a waker keeps the memory of its task.
impl<T, I> Drop for CuttableIo<T, I> {
    fn drop(&mut self) {
        let io = lock(&self.io.io).take();
        drop(io);
        for waker in &self.io.wakers {
            drop(waker.take());
        }
    }
}

impl<T, I> fmt::Debug for CuttableIo<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("CuttableIo").field("conn", self.registration.conn()).finish_non_exhaustive()
    }
}
