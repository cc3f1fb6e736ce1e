//! What the tests of several files use.

mod events;
mod faulty;
#[cfg(target_os = "linux")]
mod manager;
mod needs;
mod probe;
mod process;
mod scripted;
mod terminal;

pub use events::Events;
pub use faulty::{Windows, faulty, print};
#[cfg(target_os = "linux")]
pub use manager::{Manager, handed_over};
pub use needs::{find_chosen_program, find_program};
pub use probe::{Fails, Log, Probe};
pub use process::{End, Process, Signal};
pub use scripted::{Act, Event, History, Service, paused, scripted, scripted_with};
pub use terminal::Terminal;
