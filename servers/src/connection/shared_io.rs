//! The socket of a connection, which can be closed from outside.

use std::sync::{Mutex, TryLockError};

use futures_util::task::AtomicWaker;

use super::table::Socket;

/// The socket until it is closed, and the tasks that poll it.
pub(crate) struct SharedIo<T> {
    pub(super) io: Mutex<Option<T>>,
    /// One for each direction, since a WebSocket can be split between two tasks.
    pub(super) wakers: [AtomicWaker; 2],
}

impl<T> SharedIo<T> {
    pub(crate) fn new(io: T) -> Self {
        Self { io: Mutex::new(Some(io)), wakers: [AtomicWaker::new(), AtomicWaker::new()] }
    }
}

impl<T: Send> Socket for SharedIo<T> {
    fn close(&self) {
        let io = match self.io.try_lock() {
            Ok(mut io) => io.take(),
            Err(TryLockError::Poisoned(io)) => io.into_inner().take(),
            Err(TryLockError::WouldBlock) => return,
        };
        drop(io);
        self.wakers.iter().for_each(AtomicWaker::wake);
    }
}
