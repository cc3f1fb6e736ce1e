//! Where the guard waits: for a signal, for somebody who wakes it, or for a moment.

#[cfg(not(unix))]
mod other;
#[cfg(unix)]
mod unix;

#[cfg(not(unix))]
pub(super) use other::{EventQueue, default, is_hangup, name};
#[cfg(unix)]
pub(super) use unix::{EventQueue, default, is_hangup, name};
