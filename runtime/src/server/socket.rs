//! The IO of a connection, which fails from the moment that the connection is cut.
//!
//! # Invariants
//!
//! 1. Read, write, flush and shutdown are all points where a cut is seen. Each registers its waker first and looks
//!    after, so that no cut is missed. Flush does so too, though a socket's flush never waits: hyper's HTTP/1 does not
//!    poll the read side while a body is unwanted or a request is pipelined, and flush is all that it then calls.
//! 2. The socket is closed when the connection is cut, even if nobody polls the IO again: a WebSocket in the hands of
//!    a handler that hangs.
//! 3. A waker stays registered until the socket is closed, so that a poll by the same task finds its own.

use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, TryLockError};
use std::task::{Context, Poll, Waker, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use super::gate::{Pass, Socket};
use super::lock;

/// Up to so many bytes, to copy them is cheaper than to give the kernel several pieces.
const JOINED: usize = 1024;

/// The IO of a connection.
pub(super) struct GateIo<T, I = ()> {
    slot: Arc<Slot<T>>,
    pass: Pass,
    vectored: bool,
    /// A small answer in one piece.
    joined: Vec<u8>,
    #[cfg_attr(not(feature = "tonic"), expect(dead_code, reason = "HTTP has none"))]
    info: I,
}

/// Where a socket is until it is closed, and who waits for it.
pub(super) struct Slot<T>(Mutex<Waited<T>>);

struct Waited<T> {
    io: Option<T>,
    /// One for each direction, since a WebSocket can be split between two tasks.
    wakers: [Option<Waker>; 2],
}

#[derive(Clone, Copy)]
enum Side {
    Reader,
    Writer,
}

impl<T> Slot<T> {
    pub(super) fn new(io: T) -> Self {
        Self(Mutex::new(Waited { io: Some(io), wakers: [None, None] }))
    }
}

impl<T> Waited<T> {
    /// Gives the waker that was there before, to be dropped outside of the lock.
    fn register(&mut self, side: Side, waker: &Waker) -> Option<Waker> {
        let place = &mut self.wakers[side as usize];
        match place {
            Some(own) if own.will_wake(waker) => None,
            _ => place.replace(waker.clone()),
        }
    }

    fn take(&mut self) -> (Option<T>, [Option<Waker>; 2]) {
        (self.io.take(), std::mem::take(&mut self.wakers))
    }
}

impl<T: Send> Socket for Slot<T> {
    fn close(&self) {
        let (io, wakers) = match self.0.try_lock() {
            Ok(mut waited) => waited.take(),
            Err(TryLockError::Poisoned(waited)) => waited.into_inner().take(),
            Err(TryLockError::WouldBlock) => return,
        };
        drop(io);
        wakers.into_iter().flatten().for_each(Waker::wake);
    }
}

impl<T, I> GateIo<T, I> {
    pub(super) fn new(slot: Arc<Slot<T>>, pass: Pass, vectored: bool, info: I) -> Self {
        Self { slot, pass, vectored, joined: Vec::new(), info }
    }

    #[cfg(feature = "axum")]
    pub(super) fn pass(&self) -> &Pass {
        &self.pass
    }

    #[cfg(feature = "tonic")]
    pub(super) fn info(&self) -> &I {
        &self.info
    }
}

impl<T: Send + Unpin, I> GateIo<T, I> {
    fn guarded<R>(
        &self,
        cx: &mut Context<'_>,
        side: Side,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        let conn = &self.pass.conn;
        let mut waited = lock(&self.slot.0);
        let stale = waited.register(side, cx.waker());
        let polled = match &mut waited.io {
            Some(io) => poll(Pin::new(io), cx),
            None => aborted(),
        };
        drop(waited);
        drop(stale);
        // A cut that came meanwhile could not close the socket.
        if conn.is_cut() {
            self.slot.close();
            return aborted();
        }
        polled
    }
}

impl<T: AsyncRead + Send + Unpin, I> GateIo<T, I> {
    /// Reads to the end.
    fn poll_left(&self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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

fn aborted<R>() -> Poll<io::Result<R>> {
    Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
}

/// Nothing in it is pinned.
impl<T, I> Unpin for GateIo<T, I> {}

impl<T: AsyncRead + Send + Unpin, I> AsyncRead for GateIo<T, I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let filled = buf.filled().len();
        let read = self.guarded(cx, Side::Reader, |io, cx| io.poll_read(cx, buf));
        if buf.filled().len() > filled {
            self.pass.conn.hear();
        }
        read
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin, I> AsyncWrite for GateIo<T, I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.guarded(cx, Side::Writer, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        if bufs.iter().map(|buf| buf.len()).sum::<usize>() > JOINED {
            return self.guarded(cx, Side::Writer, |io, cx| io.poll_write_vectored(cx, bufs));
        }
        let this = self.get_mut();
        this.joined.clear();
        for buf in bufs {
            this.joined.extend_from_slice(buf);
        }
        this.guarded(cx, Side::Writer, |io, cx| io.poll_write(cx, &this.joined))
    }

    fn is_write_vectored(&self) -> bool {
        self.vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = self.guarded(cx, Side::Writer, AsyncWrite::poll_flush);
        if let Poll::Ready(Ok(())) = flushed {
            self.pass.conn.flushed();
        }
        flushed
    }

    /// While the server drains, a connection that has said goodbye waits for its peer to leave. What is still on its
    /// way would else meet a closed socket, which answers with a reset; and a reset takes from the peer what it has not
    /// read, be it the last answer or the word that its request was not taken.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if !self.pass.conn.is_shut() {
            ready!(self.guarded(cx, Side::Writer, AsyncWrite::poll_shutdown))?;
            self.pass.conn.shut();
        }
        if self.pass.conn.tally.is_draining() { self.poll_left(cx) } else { Poll::Ready(Ok(())) }
    }
}

/// The socket goes before the place in the registry: what is not there is closed.
impl<T, I> Drop for GateIo<T, I> {
    fn drop(&mut self) {
        let taken = lock(&self.slot.0).take();
        drop(taken);
    }
}

impl<T, I> fmt::Debug for GateIo<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateIo").field("conn", &self.pass.conn).finish_non_exhaustive()
    }
}
