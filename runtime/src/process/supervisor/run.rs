//! A run on guard.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::periodic::Periodic;
use super::{Ping, StopSignal};
use crate::state::GroupState;

/// The guard sleeps no longer than this while a run is being stopped, so that it knows how long the process was held up.
const TICK: Duration = Duration::from_millis(250);

/// What a run asks of the guard.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Settings {
    /// Whether signals stop it.
    pub(crate) signals: bool,
    /// Whether signals do, when it is over, what they do by default.
    pub(crate) restores_default_signals: bool,
    /// After which silence its runtime counts as stalled, if that is to be told.
    pub(crate) stalled_after: Option<Duration>,
}

/// A run on guard.
#[derive(Debug)]
pub(super) struct SupervisedRun {
    pub(super) shared: Arc<GroupState>,
    pub(super) alarm: StopSignal,
    pub(super) pulse: Ping,
    pub(super) chores: Vec<Periodic>,
    /// Whether it listens for signals.
    pub(super) signals: bool,
    /// How many signals counted for it.
    pub(super) count: u8,
    /// For how long the process was held up since the stop was requested.
    pub(super) held_up: Duration,
    /// Whether it is stuck, and nobody waits for it any more.
    pub(super) given_up: bool,
}

impl SupervisedRun {
    pub(super) fn new(shared: &Arc<GroupState>, alarm: StopSignal, pulse: Ping, signals: bool) -> Self {
        Self {
            shared: Arc::clone(shared),
            alarm,
            pulse,
            chores: Vec::new(),
            signals,
            count: 0,
            held_up: Duration::ZERO,
            given_up: false,
        }
    }

    /// The whole process was held up.
    pub(super) fn excuse(&mut self, held_up: Duration) {
        self.pulse.excuse(held_up);
        if self.is_stopping() {
            self.held_up += held_up;
        }
    }

    /// Whether a stop was requested.
    pub(super) fn is_stopping(&self) -> bool {
        self.alarm.armed.get().is_some()
    }

    /// When there is something to do: a chore, the hard deadline, or to see whether the process is held up meanwhile.
    pub(super) fn due(&self, now: Instant) -> Option<Instant> {
        let deadline = self.hard_deadline().filter(|_| !self.given_up);
        let deadline = deadline.map(|deadline| deadline.min(now + TICK));
        deadline.into_iter().chain(self.chores.iter().map(Periodic::due)).min()
    }
}
