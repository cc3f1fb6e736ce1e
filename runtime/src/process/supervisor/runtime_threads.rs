//! Whether a runtime that shuts down has ended.
//!
//! tokio reports it nowhere. On Linux the threads of a process and their names can be listed: a runtime has ended when the
//! threads with its name that existed when its shutdown began are gone.

#[cfg_attr(not(target_os = "linux"), path = "runtime_threads/other.rs")]
#[cfg_attr(target_os = "linux", path = "runtime_threads/linux.rs")]
mod platform;

pub(crate) use platform::{RuntimeName, RuntimeThreads};
