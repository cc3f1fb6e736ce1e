//! What the tests of several files use.

#[cfg(target_os = "linux")]
mod manager;
mod probe;
mod process;
mod scripted;

#[cfg(target_os = "linux")]
pub use manager::{Manager, handed_over};
pub use probe::{Fails, Log, Probe};
pub use process::{End, Process, Signal};
pub use scripted::{Act, Event, History, Scripted, Service, paused};
