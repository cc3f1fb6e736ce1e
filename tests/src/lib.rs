//! What the tests of several files use.

mod probe;
mod process;
mod scripted;
mod terminal;

pub use probe::{Fails, Log, Probe};
pub use process::{End, Process, Signal};
pub use scripted::{Act, Event, History, Scripted, Service, paused};
pub use terminal::Terminal;
