//! What the settings for Kubernetes and for systemd have in common: the times of a plan in whole seconds, and comments.

use std::fmt;
use std::time::Duration;

use crate::model::{GRACE, Plan};
use crate::text::HumanDuration;

/// The time beside the budget: for the signal's way from the manager to the process, and from the last line of the
/// process to its end.
pub(super) const ON_THE_WAY: Duration = Duration::from_secs(1);

/// The first line of the settings: the budget and its parts.
pub(super) struct Heading<'a>(pub(super) &'a Plan);

/// The comment that explains the time until a kill.
pub(super) struct StopTime;

/// The slowest start path with the names of its services.
pub(super) struct StartPath<'a>(pub(super) &'a Plan);

impl Plan {
    /// Returns the seconds after which the manager may kill the process. The process ends itself before.
    pub(super) fn killed_after(&self) -> u64 {
        whole_seconds(self.stop_within().saturating_add(GRACE).saturating_add(ON_THE_WAY))
    }

    /// Returns the seconds after which the manager may regard the start as failed. The process reports it before.
    pub(super) fn started_after(&self) -> u64 {
        whole_seconds(self.slowest_start().saturating_add(ON_THE_WAY))
    }
}

/// Returns the duration in seconds, rounded up.
fn whole_seconds(duration: Duration) -> u64 {
    duration.as_secs().saturating_add(u64::from(duration.subsec_nanos() > 0))
}

impl fmt::Display for Heading<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self(plan) = self;
        write!(f, "from the plan of `{}`, which stops within {}", plan.name(), plan.budget_parts())
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

impl fmt::Display for StartPath<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (needed, path) = self.0.slowest_start_path();
        match path.as_slice() {
            [] => f.write_str("0 s, since nothing starts"),
            path => write!(f, "{}, the start windows of {}", HumanDuration(needed), path.join(" → ")),
        }
    }
}
