//! Starts and stops a group along its plan's edges: no levels, no barriers, no fixed sleeps.
//!
//! The engine knows services by index, and their values through [`ErasedServices`] only. Each start and each stop is a task
//! of its own; one driver, polled by whoever called, spawns them and hears of their end through one channel.
//!
//! # Invariants
//!
//! 1. A service starts when all that it needs have started, and is asked to stop when all that stop before it have
//!    ended. Both are counted down edge by edge, so that a start and a stop are linear in the plan.
//! 2. The end of a task is told when everything of it has been dropped, an aborted one's future too.
//! 3. A value that exists is stopped exactly once: the cell gives it out once.
//! 4. A service's window is over no later than the budget less the slowest path behind it.

mod abandon;
mod completions;
pub(crate) mod erased;
mod late_timers;
mod report_builder;
mod running;
mod service_table;
mod spans;
mod start;
mod start_context;
mod start_error;
mod stop;
mod stop_outcome;
mod stop_params;
mod tasks;
mod timers;
mod windows;

use std::sync::Arc;

use crate::state::GroupState;
use erased::ErasedServices;

pub(crate) use abandon::drop_in_order;
pub(crate) use completions::{Completions, watch};
pub(crate) use late_timers::{late_timers_due, set_waker, wake_late_timers};
pub use running::Running;
pub(crate) use service_table::ServiceTable;
pub(crate) use start::{FailureReason, StartFailure, start};
pub(crate) use start_context::StartContext;
pub use start_error::{StartError, StartErrorKind};
pub(crate) use stop::stop;
pub(crate) use stop_params::StopParams;
pub(crate) use timers::reached;

/// A group without its type.
#[derive(Clone)]
pub(crate) struct GroupCore {
    pub(crate) shared: Arc<GroupState>,
    pub(crate) parts: Arc<dyn ErasedServices>,
}
