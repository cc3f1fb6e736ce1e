//! A future of the user's code, whose drop may panic.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll};

use super::fault::Path;
use super::script::{Event, Script};
use crate::engine::erased::BoxFuture;
use crate::text::catch_panic;

/// A future of the user. A panic while it is dropped is recorded, and goes no further: it is not a panic of the start or stop.
pub(super) struct Guarded<T> {
    /// `None` while it is dropped.
    future: Option<BoxFuture<T>>,
    script: Arc<Script>,
    path: Path,
    /// What is recorded when nothing of it is left.
    end: Option<Event>,
}

impl<T> Guarded<T> {
    pub(super) fn new(future: BoxFuture<T>, script: &Arc<Script>, path: &Path, end: Option<Event>) -> Self {
        Self { future: Some(future), script: Arc::clone(script), path: path.clone(), end }
    }
}

impl<T> Future for Guarded<T> {
    type Output = T;

    fn poll(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<T> {
        match &mut self.future {
            Some(future) => future.as_mut().poll(cx),
            None => Poll::Pending,
        }
    }
}

impl<T> Drop for Guarded<T> {
    fn drop(&mut self) {
        let future = self.future.take();
        if let Err(panic) = catch_panic(|| drop(future)) {
            self.script.record(&self.path, Event::DropPanicked(panic));
        }
        if let Some(end) = self.end.take() {
            self.script.record(&self.path, end);
        }
    }
}
