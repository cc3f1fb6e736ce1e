//! What the supervisor observes of a run: that its stop was requested, and that a reload has failed.

use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::wake;
use crate::engine::suspension;
use crate::state::{GroupState, StateObserver};
use crate::text::stderr::print_detached;

/// Records when the stop of one run was requested, by whatever. From then on the supervisor watches the hard deadline.
#[derive(Debug, Clone, Default)]
pub(crate) struct StopSignal {
    requested_at: Arc<OnceLock<Instant>>,
}

impl StopSignal {
    pub(super) fn requested_at(&self) -> Option<Instant> {
        self.requested_at.get().copied()
    }
}

impl StateObserver for StopSignal {
    fn stop_requested(&self, _: &GroupState) {
        let now = *self.requested_at.get_or_init(Instant::now);
        suspension::expect_awake(now);
        wake();
    }

    fn phase_changed(&self, _: &GroupState) {}

    fn reload_failed(&self, text: &str) {
        print_detached(format!("service-group: {text}"));
    }

    fn final_text(&self, _: &str) {}
}
