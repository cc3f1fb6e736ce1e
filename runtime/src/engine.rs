//! Starts and stops a group along its plan's edges: no levels, no barriers, no fixed sleeps.
//!
//! The engine knows services by index, and their values through [`Parts`] only. Each start and each stop is a task
//! of its own; one driver, polled by whoever called, spawns them and hears of their end through one channel.
//!
//! # Invariants
//!
//! 1. A service starts when all that it needs have started, and is asked to stop when all that stop before it have
//!    ended. Both are counted down edge by edge, so that a start and a stop are linear in the plan.
//! 2. The end of a task is told when everything of it has been dropped, an aborted one's future too.
//! 3. A value that exists is stopped exactly once: the cell gives it out once.
//! 4. A service's window is over no later than the budget less the slowest path behind it.

mod context;
mod ending;
mod ledger;
mod rest;
mod roster;
mod start;
mod stop;
mod task;
mod terms;
mod timers;
mod watch;
mod windows;

use std::sync::Arc;

use crate::parts::Parts;
use crate::shared::Shared;

pub(crate) use context::StartContext;
pub(crate) use rest::drop_in_order;
pub(crate) use roster::{Asked, Roster};
pub(crate) use start::{Reason, StartFailure, start};
pub(crate) use stop::stop;
pub(crate) use task::panic_message;
pub(crate) use terms::Terms;
pub(crate) use timers::reached;
pub(crate) use watch::{Watch, watch};

/// A group without its type.
#[derive(Clone)]
pub(crate) struct Crew {
    pub(crate) shared: Arc<Shared>,
    pub(crate) parts: Arc<dyn Parts>,
}
