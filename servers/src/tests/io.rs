//! The IO of a connection: when it asks its socket, and when not.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll, Waker};

use axum::http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::connections::Connections;
use crate::connection::io::CuttableIo;
use crate::requests::conn::ConnShared;
use crate::state::ServerState;

const HTTP2: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
const HTTP1: &[u8] = b"GET / HTTP/1.1\r\n";

/// How often a socket was asked.
#[derive(Default)]
struct Asked {
    reads: AtomicUsize,
    flushes: AtomicUsize,
}

/// A socket that has these bytes, one piece a read, and takes all that is written.
struct Socket {
    pieces: VecDeque<&'static [u8]>,
    asked: Arc<Asked>,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.asked.reads.fetch_add(1, Ordering::Relaxed);
        match self.pieces.pop_front() {
            None | Some([]) => Poll::Pending,
            Some(piece) => {
                buf.put_slice(piece);
                Poll::Ready(Ok(()))
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(self: Pin<&mut Self>, _: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        Poll::Ready(Ok(bytes.len()))
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        self.asked.flushes.fetch_add(1, Ordering::Relaxed);
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }
}

/// A connection whose socket has these bytes. An empty piece is a read that has to wait.
struct Connection {
    io: CuttableIo<Socket>,
    asked: Arc<Asked>,
}

impl Connection {
    fn with<const PIECES: usize>(pieces: [&'static [u8]; PIECES]) -> Self {
        let asked = Arc::<Asked>::default();
        let socket = Socket { pieces: pieces.into(), asked: Arc::clone(&asked) };
        let io = Connections::new(ServerState::default()).admit(socket, Extensions::new());
        Self { io, asked }
    }

    fn conn(&self) -> &ConnShared {
        self.io.registration().conn()
    }

    /// Reads once. Returns how many bytes came.
    fn read(&mut self) -> Poll<io::Result<usize>> {
        let (mut bytes, mut cx) = ([0; 64], Context::from_waker(Waker::noop()));
        let mut buf = ReadBuf::new(&mut bytes);
        let read = Pin::new(&mut self.io).poll_read(&mut cx, &mut buf);
        read.map_ok(|()| buf.filled().len())
    }

    fn write(&mut self) {
        let mut cx = Context::from_waker(Waker::noop());
        assert!(matches!(Pin::new(&mut self.io).poll_write(&mut cx, b"an answer"), Poll::Ready(Ok(9))));
    }

    fn flush(&mut self) -> Poll<io::Result<()>> {
        Pin::new(&mut self.io).poll_flush(&mut Context::from_waker(Waker::noop()))
    }

    fn reads(&self) -> usize {
        self.asked.reads.load(Ordering::Relaxed)
    }

    fn flushes(&self) -> usize {
        self.asked.flushes.load(Ordering::Relaxed)
    }
}

fn is_some_bytes(read: &Poll<io::Result<usize>>) -> bool {
    matches!(read, Poll::Ready(Ok(1..)))
}

#[test]
fn over_http2_an_empty_socket_is_asked_again_in_the_next_poll() {
    let mut connection = Connection::with([HTTP2, b"", b"a frame", b""]);
    connection.conn().begin_poll();
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(connection.read().is_pending(), "the frame came later");
    assert_eq!(connection.reads(), 2);
    connection.conn().begin_poll();
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert_eq!(connection.reads(), 4);
}

/// A handler may own the IO, as a WebSocket, and poll it at any time.
#[test]
fn over_http1_it_is_asked_each_time() {
    let mut connection = Connection::with([HTTP1, b"", b"\r\n"]);
    connection.conn().begin_poll();
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(is_some_bytes(&connection.read()));
}

#[test]
fn in_a_task_that_is_not_ours_it_is_asked_each_time() {
    let mut connection = Connection::with([HTTP2, b"", b"a frame"]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(is_some_bytes(&connection.read()));
}

#[test]
fn a_flush_asks_the_socket_if_there_may_be_something_to_flush() {
    let mut connection = Connection::with([HTTP1, b""]);
    let flushes = |connection: &mut Connection| {
        assert!(connection.flush().is_ready());
        assert!(connection.flush().is_ready());
        connection.flushes()
    };
    assert_eq!(flushes(&mut connection), 0);
    connection.write();
    assert_eq!(flushes(&mut connection), 1);
    // TLS answers some of what it reads, also where it has nothing for the caller.
    assert!(connection.read().is_ready());
    assert_eq!(flushes(&mut connection), 2);
    assert!(connection.read().is_pending());
    assert_eq!(flushes(&mut connection), 3);
}

#[test]
fn what_does_not_ask_the_socket_sees_a_cut() {
    let mut connection = Connection::with([HTTP2, b""]);
    connection.conn().begin_poll();
    assert!(connection.read().is_ready());
    assert!(connection.read().is_pending());
    assert!(connection.flush().is_ready());
    connection.conn().cut(None);
    let is_aborted = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionAborted;
    assert!(matches!(connection.read(), Poll::Ready(Err(error)) if is_aborted(&error)));
    assert!(matches!(connection.flush(), Poll::Ready(Err(error)) if is_aborted(&error)));
}
