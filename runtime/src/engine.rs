//! Starts and stops a group along the edges of its plan: no levels, no barriers, no fixed sleeps.
//!
//! The engine knows services by index, and their values through [`ErasedServices`] only. Each start and each stop is a
//! task of its own. One driver, polled by the caller of `start` or `stop`, spawns the tasks and receives their ends
//! through one channel.
//!
//! # Invariants
//!
//! 1. A service starts when all that it needs have started, and its stop is requested when all that stop before it have
//!    ended.
//!    Both are counted down edge by edge, so that a start and a stop are linear in the plan.
//! 2. The end of a task is reported when everything of it has been dropped, the future of an aborted task included.
//! 3. A value that exists is stopped exactly once: its cell returns it once.
//! 4. The window of a service ends no later than the budget less the slowest path after it, unless a stuck service has
//!    delayed the order: what a service is guaranteed, it has in any case.

mod abandon;
mod backoff;
mod calls;
mod checks;
mod collection;
mod completions;
mod deadlines;
pub(crate) mod erased;
mod inputs;
mod late_timers;
mod member_starter;
mod reload;
mod report_builder;
mod running;
mod selection;
mod service_table;
mod spans;
mod start;
mod start_context;
mod start_each;
mod start_error;
mod start_failure;
mod start_handle;
mod stop;
mod stop_outcome;
mod stop_params;
pub(crate) mod suspension;
mod tasks;
mod timers;
mod turns;
mod windows;

use std::sync::Arc;

use crate::state::GroupState;
use erased::ErasedServices;

pub(crate) use abandon::drop_in_order;
pub(crate) use completions::Completions;
pub(crate) use late_timers::{late_timers_due, set_waker, wake_late_timers};
pub(crate) use reload::request as request_reload;
pub use running::Running;
pub(crate) use selection::Selection;
pub(crate) use service_table::ServiceTable;
pub(crate) use start::start;
pub(crate) use start_context::StartContext;
pub use start_each::{start_each, start_each_keyed};
pub use start_error::{FailedStart, StartError, StartErrorKind};
pub(crate) use start_failure::{FailureReason, StartFailure};
pub(crate) use stop::stop;
pub(crate) use stop_params::StopParams;
pub(crate) use timers::reached;

/// A group without its type.
#[derive(Clone)]
pub(crate) struct GroupCore {
    pub(crate) group: Arc<GroupState>,
    pub(crate) services: Arc<dyn ErasedServices>,
    pub(crate) selection: Arc<Selection>,
}
