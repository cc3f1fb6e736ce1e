//! The IO of a connection: when it asks its socket, and when not.

use std::collections::VecDeque;
use std::io;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Wake, Waker};

use axum::http::Extensions;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};

use crate::connection::connections::Connections;
use crate::connection::io::CuttableIo;
use crate::connection::table::Socket as _;
use crate::requests::conn::ConnShared;
use crate::state::ServerState;
use crate::sync::lock;

const SOME: &[u8] = b"some bytes";

/// How often a socket was asked, and by which task last.
#[derive(Default)]
struct Asked {
    reads: AtomicUsize,
    flushes: AtomicUsize,
    task: Mutex<Option<Waker>>,
    /// Whether a task that asks is woken before its answer.
    wakes_at_once: AtomicBool,
}

impl Asked {
    /// The socket has one waker for both sides.
    fn waits(&self, cx: &Context<'_>) {
        *lock(&self.task) = Some(cx.waker().clone());
        if self.wakes_at_once.load(Ordering::Relaxed) {
            cx.waker().wake_by_ref();
        }
    }
}

/// A task, and how often it was woken.
#[derive(Default)]
struct Task(AtomicUsize);

impl Wake for Task {
    fn wake(self: Arc<Self>) {
        self.0.fetch_add(1, Ordering::Relaxed);
    }
}

/// A socket that has these bytes, one piece a read, and takes all that is written.
struct Socket {
    pieces: VecDeque<&'static [u8]>,
    asked: Arc<Asked>,
}

impl AsyncRead for Socket {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        self.asked.reads.fetch_add(1, Ordering::Relaxed);
        self.asked.waits(cx);
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
    fn poll_write(self: Pin<&mut Self>, cx: &mut Context<'_>, bytes: &[u8]) -> Poll<io::Result<usize>> {
        self.asked.waits(cx);
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
    task: Arc<Task>,
}

impl Connection {
    fn with<const PIECES: usize>(pieces: [&'static [u8]; PIECES]) -> Self {
        let asked = Arc::<Asked>::default();
        let socket = Socket { pieces: pieces.into(), asked: Arc::clone(&asked) };
        let io = Connections::new(ServerState::default()).admit(socket, Extensions::new());
        Self { io, asked, task: Arc::default() }
    }

    fn conn(&self) -> &ConnShared {
        self.io.registration().conn()
    }

    /// As if the socket were one of tokio.
    fn of_tokio<const PIECES: usize>(pieces: [&'static [u8]; PIECES]) -> Self {
        let Self { io, asked, task } = Self::with(pieces);
        Self { io: io.of_tokio(), asked, task }
    }

    fn waker(&self) -> Waker {
        Waker::from(Arc::clone(&self.task))
    }

    /// Reads once. Returns how many bytes came.
    fn read(&mut self) -> Poll<io::Result<usize>> {
        let (mut bytes, waker) = ([0; 64], self.waker());
        let mut buf = ReadBuf::new(&mut bytes);
        let read = Pin::new(&mut self.io).poll_read(&mut Context::from_waker(&waker), &mut buf);
        read.map_ok(|()| buf.filled().len())
    }

    fn write(&mut self) {
        let waker = self.waker();
        let written = Pin::new(&mut self.io).poll_write(&mut Context::from_waker(&waker), b"an answer");
        assert!(matches!(written, Poll::Ready(Ok(9))));
    }

    fn flush(&mut self) -> Poll<io::Result<()>> {
        let waker = self.waker();
        Pin::new(&mut self.io).poll_flush(&mut Context::from_waker(&waker))
    }

    /// The socket wakes the task that asked last.
    fn wake(&self) {
        let woken = self.task.0.load(Ordering::Relaxed);
        lock(&self.asked.task).take().expect("a task that waits").wake();
        assert_eq!(self.task.0.load(Ordering::Relaxed), woken + 1);
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
fn an_empty_socket_is_asked_again_once_it_has_woken_the_task() {
    let mut connection = Connection::of_tokio([SOME, b"", b"more", b""]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(connection.read().is_pending(), "the rest came later");
    assert_eq!(connection.reads(), 2);
    connection.wake();
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(connection.read().is_pending());
    assert_eq!(connection.reads(), 4);
}

#[test]
fn an_empty_socket_is_asked_again_once_it_has_woken_the_writer() {
    let mut connection = Connection::of_tokio([SOME, b"", b"more"]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    connection.write();
    assert!(connection.read().is_pending(), "the rest came later");
    connection.wake();
    assert!(is_some_bytes(&connection.read()));
}

#[test]
fn a_wake_that_comes_before_the_answer_of_the_socket_counts() {
    let mut connection = Connection::of_tokio([b"", b"more"]);
    connection.asked.wakes_at_once.store(true, Ordering::Relaxed);
    assert!(connection.read().is_pending());
    assert!(is_some_bytes(&connection.read()));
}

/// A WebSocket may go to another task, which the socket has to know.
#[test]
fn an_empty_socket_is_asked_by_each_task() {
    let mut connection = Connection::of_tokio([SOME, b"", b""]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    connection.task = Arc::default();
    assert!(connection.read().is_pending());
    assert_eq!(connection.reads(), 3);
    connection.wake();
}

#[test]
fn an_empty_socket_is_asked_again_after_the_read_of_a_shutdown() {
    let mut connection = Connection::of_tokio([SOME, b"", b"", b"more"]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    connection.conn().state().draining.begin();
    let waker = connection.waker();
    assert!(Pin::new(&mut connection.io).poll_shutdown(&mut Context::from_waker(&waker)).is_pending());
    assert!(is_some_bytes(&connection.read()));
}

/// The IO of a user may rely on it, as under axum.
#[test]
fn any_other_io_is_asked_each_time() {
    let mut connection = Connection::with([SOME, b"", b"more"]);
    assert!(is_some_bytes(&connection.read()));
    assert!(connection.read().is_pending());
    assert!(is_some_bytes(&connection.read()));
}

#[test]
fn a_flush_asks_the_socket_if_there_may_be_something_to_flush() {
    let mut connection = Connection::with([SOME, b""]);
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
    let mut connection = Connection::of_tokio([SOME, b""]);
    assert!(connection.read().is_ready());
    assert!(connection.read().is_pending());
    assert!(connection.flush().is_ready());
    connection.conn().cut(None);
    let is_aborted = |error: &io::Error| error.kind() == io::ErrorKind::ConnectionAborted;
    assert!(matches!(connection.read(), Poll::Ready(Err(error)) if is_aborted(&error)));
    assert!(matches!(connection.flush(), Poll::Ready(Err(error)) if is_aborted(&error)));
}

#[test]
fn a_close_wakes_a_task_whose_last_read_did_not_ask() {
    let mut connection = Connection::of_tokio([b""]);
    assert!(connection.read().is_pending());
    assert!(connection.read().is_pending());
    connection.conn().cut(None);
    connection.io.socket().close();
    assert_eq!(connection.task.0.load(Ordering::Relaxed), 1);
}

#[test]
fn a_connection_that_is_gone_keeps_no_task() {
    let mut connection = Connection::of_tokio([b""]);
    assert!(connection.read().is_pending());
    connection.write();
    let Connection { io, asked, task } = connection;
    drop((io, lock(&asked.task).take()));
    assert_eq!(Arc::strong_count(&task), 1);
}
