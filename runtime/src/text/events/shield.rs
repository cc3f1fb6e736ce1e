//! The shield around each call of a subscriber.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::text::{OneLine, catch_panic, stderr};

/// Whether a panic of a subscriber has been reported.
static IS_REPORTED: AtomicBool = AtomicBool::new(false);

/// Runs code that calls the subscriber; returns `None` if that panics.
pub(crate) fn shielded<T>(call: impl FnOnce() -> T) -> Option<T> {
    match catch_panic(call) {
        Ok(value) => Some(value),
        Err(message) => {
            // `Relaxed` is enough: the flag guards no other data.
            if !IS_REPORTED.swap(true, Ordering::Relaxed) {
                let message = OneLine(&message);
                stderr::print_detached(format!(
                    "service-group: the tracing subscriber panicked, and the event is lost: {message}"
                ));
            }
            None
        }
    }
}
