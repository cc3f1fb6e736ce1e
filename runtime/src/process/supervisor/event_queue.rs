//! What the supervisor's thread waits for: a signal, a wake-up, or a time.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::{EventQueue, blocked, kind, run_default};
#[cfg(unix)]
pub(super) use unix::{EventQueue, blocked, kind, run_default};
