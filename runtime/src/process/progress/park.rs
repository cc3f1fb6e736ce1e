//! Waits for a future on a thread that belongs to no runtime.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Wake, Waker};
use std::thread::{self, Thread};

/// Wakes a parked thread.
struct Unpark(Thread);

impl Wake for Unpark {
    fn wake(self: Arc<Self>) {
        self.0.unpark();
    }
}

/// Returns a waker of the current thread.
pub(super) fn waker() -> Waker {
    Waker::from(Arc::new(Unpark(thread::current())))
}

/// Parks the thread until the future is ready or another thread unparks it. Returns whether the future is ready.
pub(super) fn park(future: Pin<&mut impl Future>, waker: &Waker) -> bool {
    if future.poll(&mut Context::from_waker(waker)).is_ready() {
        return true;
    }
    thread::park();
    false
}
