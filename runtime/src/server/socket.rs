//! The IO of a connection, which fails from the moment that the connection is cut.
//!
//! # Invariants
//!
//! 1. Read, write, flush and shutdown are all points where a cut is seen. Each registers its waker first and looks
//!    after, so that no cut is missed. Flush does so too, though a socket's flush never waits: hyper's HTTP/1 does not
//!    poll the read side while a body is unwanted or a request is pipelined, and flush is all that it then calls.
//! 2. The socket is closed when the connection is cut, even if nobody polls the IO again: a WebSocket in the hands of
//!    a handler that hangs.
//! 3. The socket knows a [`Bell`] as its waker, which knows the task. A socket as the kernel has it is not looked at again
//!    before the bell has rung; others may have data inside them that they do not ring for.

use std::any::TypeId;
use std::fmt;
use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, TryLockError};
use std::task::{Context, Poll, Wake, ready};

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
#[cfg(unix)]
use tokio::net::UnixStream;

use super::bell::{Bell, Listening};
use super::gate::Pass;
use super::lock;
use super::registry::Socket;

/// Up to so many bytes, to copy them is cheaper than to give the kernel several pieces.
const JOINED: usize = 1024;

/// The IO of a connection.
pub(super) struct GateIo<T, I = ()> {
    slot: Arc<Slot<T>>,
    pass: Pass,
    /// One for each direction, since a WebSocket can be split between two tasks.
    listening: [Listening; 2],
    vectored: bool,
    /// It is a socket as the kernel has it.
    plain: bool,
    /// A small answer in one piece.
    joined: Vec<u8>,
    #[cfg_attr(not(feature = "tonic"), expect(dead_code, reason = "HTTP has none"))]
    info: I,
}

/// Where a socket is until it is closed, and who is told of that.
pub(super) struct Slot<T> {
    io: Mutex<Option<T>>,
    bells: [Arc<Bell>; 2],
}

#[derive(Clone, Copy)]
enum Side {
    Reader,
    Writer,
}

impl<T> Slot<T> {
    pub(super) fn new(io: T) -> Self {
        Self { io: Mutex::new(Some(io)), bells: [Arc::default(), Arc::default()] }
    }
}

impl<T: Send> Socket for Slot<T> {
    fn close(&self) {
        let io = match self.io.try_lock() {
            Ok(mut io) => io.take(),
            Err(TryLockError::Poisoned(io)) => io.into_inner().take(),
            Err(TryLockError::WouldBlock) => return,
        };
        drop(io);
        for bell in &self.bells {
            bell.wake_by_ref();
        }
    }
}

impl<T: 'static, I> GateIo<T, I> {
    pub(super) fn new(slot: Arc<Slot<T>>, pass: Pass, vectored: bool, info: I) -> Self {
        let listening = slot.bells.each_ref().map(Listening::to);
        Self { slot, pass, listening, vectored, plain: is_plain::<T>(), joined: Vec::new(), info }
    }
}

impl<T, I> GateIo<T, I> {
    pub(super) fn pass(&self) -> &Pass {
        &self.pass
    }

    #[cfg(feature = "tonic")]
    pub(super) fn info(&self) -> &I {
        &self.info
    }
}

impl<T: Send + Unpin, I> GateIo<T, I> {
    #[inline]
    fn guarded<R>(
        &mut self,
        cx: &mut Context<'_>,
        side: Side,
        poll: impl FnOnce(Pin<&mut T>, &mut Context<'_>) -> Poll<io::Result<R>>,
    ) -> Poll<io::Result<R>> {
        let listening = &mut self.listening[side as usize];
        listening.attend(cx.waker());
        let polled = match &mut *lock(&self.slot.io) {
            Some(io) => listening.poll(|cx| poll(Pin::new(io), cx)),
            None => aborted(),
        };
        // A cut that came meanwhile could not close the socket.
        if self.pass.conn.is_cut() {
            self.slot.close();
            return aborted();
        }
        polled
    }

    /// Whether there is nothing to read for this task, which hears when that changes.
    #[inline]
    fn is_idle(&mut self, cx: &mut Context<'_>) -> bool {
        let listening = &mut self.listening[Side::Reader as usize];
        listening.attend(cx.waker());
        self.plain && listening.is_idle() && !self.pass.conn.is_cut()
    }
}

impl<T: AsyncRead + Send + Unpin, I> GateIo<T, I> {
    /// Reads to the end.
    fn poll_left(&mut self, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
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

/// Whether it is a socket as the kernel has it, of which nothing waits for a flush.
fn is_plain<T: 'static>() -> bool {
    let is = |other| TypeId::of::<T>() == other;
    #[cfg(unix)]
    let unix = is(TypeId::of::<UnixStream>());
    #[cfg(not(unix))]
    let unix = false;
    unix || is(TypeId::of::<TcpStream>())
}

fn aborted<R>() -> Poll<io::Result<R>> {
    Poll::Ready(Err(io::ErrorKind::ConnectionAborted.into()))
}

/// Nothing in it is pinned.
impl<T, I> Unpin for GateIo<T, I> {}

impl<T: AsyncRead + Send + Unpin, I> AsyncRead for GateIo<T, I> {
    fn poll_read(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &mut ReadBuf<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if this.is_idle(cx) {
            return Poll::Pending;
        }
        let filled = buf.filled().len();
        let read = this.guarded(cx, Side::Reader, |io, cx| io.poll_read(cx, buf));
        if buf.filled().len() > filled {
            this.pass.conn.hear();
        }
        read
    }
}

impl<T: AsyncRead + AsyncWrite + Send + Unpin, I> AsyncWrite for GateIo<T, I> {
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        self.get_mut().guarded(cx, Side::Writer, |io, cx| io.poll_write(cx, buf))
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bufs: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let this = self.get_mut();
        if bufs.iter().map(|buf| buf.len()).sum::<usize>() > JOINED {
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
        self.vectored
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        this.listening[Side::Writer as usize].attend(cx.waker());
        // The kernel has everything that was written to a plain one.
        if !this.plain || this.pass.conn.is_cut() {
            ready!(this.guarded(cx, Side::Writer, AsyncWrite::poll_flush))?;
        }
        this.pass.conn.flushed();
        Poll::Ready(Ok(()))
    }

    /// While the server drains, a connection that has said goodbye waits for its peer to leave. What is still on its
    /// way would else meet a closed socket, which answers with a reset; and a reset takes from the peer what it has not
    /// read, be it the last answer or the word that its request was not taken.
    fn poll_shutdown(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let this = self.get_mut();
        if !this.pass.conn.is_shut() {
            ready!(this.guarded(cx, Side::Writer, AsyncWrite::poll_shutdown))?;
            this.pass.conn.shut();
        }
        if this.pass.conn.tally().is_draining() { this.poll_left(cx) } else { Poll::Ready(Ok(())) }
    }
}

/// The socket goes before the place in the registry: what is not there is closed.
impl<T, I> Drop for GateIo<T, I> {
    fn drop(&mut self) {
        let io = lock(&self.slot.io).take();
        drop(io);
    }
}

impl<T, I> fmt::Debug for GateIo<T, I> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("GateIo").field("conn", &self.pass.conn).finish_non_exhaustive()
    }
}
