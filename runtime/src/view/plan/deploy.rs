//! What the settings for Kubernetes and for systemd have in common: the plan's times in whole seconds, and why.

use std::fmt;
use std::time::Duration;

use crate::model::{GRACE, Plan};
use crate::text::HumanDuration;

/// Beside the budget: what a signal takes from the manager to the process, and the process from its last line to its
/// end.
pub(super) const ON_THE_WAY: Duration = Duration::from_secs(1);

/// The budget and its parts, as the settings' first line tells them.
pub(super) struct Heading(pub(super) Plan);

/// What the time until a kill is made of.
pub(super) struct StopTime;

/// The slowest start path, by names.
pub(super) struct StartPath(pub(super) Plan);

impl Plan {
    /// After this time the manager may kill the process: it has ended itself before.
    pub(super) fn killed_after(&self) -> u64 {
        whole(self.stop_within().saturating_add(GRACE).saturating_add(ON_THE_WAY))
    }

    /// After this time the manager may take the start for failed: the process has said so before.
    pub(super) fn started_after(&self) -> u64 {
        whole(self.slowest_start().saturating_add(ON_THE_WAY))
    }
}

/// Seconds, no fewer than that.
fn whole(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

impl fmt::Display for Heading {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(plan) = self;
        write!(
            f,
            "from the plan of `{}`, which stops within {}: ",
            plan.name(),
            HumanDuration(plan.stop_within())
        )?;
        if !plan.lame_duck().is_zero() {
            write!(f, "lame duck {}, ", HumanDuration(plan.lame_duck()))?;
        }
        write!(f, "slowest path {}", HumanDuration(plan.slowest_stop()))
    }
}

impl fmt::Display for StopTime {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (grace, way) = (HumanDuration(GRACE), HumanDuration(ON_THE_WAY));
        write!(
            f,
            "The budget, {grace} more in which the process ends itself, and {way} for the signal's way to it."
        )
    }
}

impl fmt::Display for StartPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needs, path) = self.0.slowest_start_path();
        write!(f, "{}, the start windows of {}", HumanDuration(needs), path.join(" → "))
    }
}
