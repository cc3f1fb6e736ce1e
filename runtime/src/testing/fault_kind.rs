//! What a fault does.

use std::fmt;

use crate::model::ServicePlan;

/// What a [`Fault`](super::Fault) does.
///
/// The fault stands where the group calls the start or the stop. A step that a fault replaces does not run at all: after
/// [`StopFails`](Self::StopFails), for example, the service has been dropped without its stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum FaultKind {
    /// The start returns an error. One with `retry` does so until its window is over, which is at once.
    StartFails,
    /// The start panics.
    StartPanics,
    /// The start never returns. Its window is over at once.
    StartHangs,
    /// A stop is requested when the start of the service begins.
    StopBeforeStart,
    /// A stop is requested when the start of the service first waits for something.
    StopDuringStart,
    /// A stop is requested when the service has started.
    StopAfterStart,
    /// The service is done while the group runs: the group goes on until it is asked to stop.
    EndsEarly,
    /// The service fails while the group runs.
    Fails,
    /// The stop returns an error, and the service is dropped.
    StopFails,
    /// The stop panics, and the service is dropped.
    StopPanics,
    /// The stop never returns, and ignores that it is forced. Its window is over at once.
    StopHangs,
    /// The stop begins when the service is forced, which is at once.
    StopWaitsForForce,
    /// The group is forced while the service stops: what a second signal does.
    ForcedDuringStop,
}

impl FaultKind {
    /// All kinds, in the order in which they are tried.
    pub const ALL: &'static [Self] = &[
        Self::StartFails,
        Self::StartPanics,
        Self::StartHangs,
        Self::StopBeforeStart,
        Self::StopDuringStart,
        Self::StopAfterStart,
        Self::EndsEarly,
        Self::Fails,
        Self::StopFails,
        Self::StopPanics,
        Self::StopHangs,
        Self::StopWaitsForForce,
        Self::ForcedDuringStop,
    ];

    /// Returns whether the start of the service goes wrong.
    pub(super) const fn is_in_start(self) -> bool {
        matches!(self, Self::StartFails | Self::StartPanics | Self::StartHangs)
    }

    /// Returns whether a stop is requested while the group starts.
    pub(super) const fn requests_stop(self) -> bool {
        matches!(self, Self::StopBeforeStart | Self::StopDuringStart | Self::StopAfterStart)
    }

    /// Returns whether it strikes while the group runs.
    pub(super) const fn is_while_running(self) -> bool {
        matches!(self, Self::EndsEarly | Self::Fails)
    }

    /// Returns whether such a fault makes sense in the service.
    ///
    /// The engine of a nested group forces the services in it: the group as a whole is not forced.
    pub(super) const fn applies_to(self, service: &ServicePlan) -> bool {
        !matches!(self, Self::StopWaitsForForce) || service.nested().is_none()
    }

    /// The name of the function that constructs the fault.
    pub(super) const fn constructor(self) -> &'static str {
        match self {
            Self::StartFails => "start_fails",
            Self::StartPanics => "start_panics",
            Self::StartHangs => "start_hangs",
            Self::StopBeforeStart => "stop_before_start",
            Self::StopDuringStart => "stop_during_start",
            Self::StopAfterStart => "stop_after_start",
            Self::EndsEarly => "ends_early",
            Self::Fails => "fails",
            Self::StopFails => "stop_fails",
            Self::StopPanics => "stop_panics",
            Self::StopHangs => "stop_hangs",
            Self::StopWaitsForForce => "stop_waits_for_force",
            Self::ForcedDuringStop => "forced_during_stop",
        }
    }

    /// The sentence about a service with this fault.
    pub(super) fn sentence(self, service: &str) -> String {
        match self {
            Self::StartFails => format!("the start of `{service}` returns an error"),
            Self::StartPanics => format!("the start of `{service}` panics"),
            Self::StartHangs => format!("the start of `{service}` hangs"),
            Self::StopBeforeStart => format!("a stop is requested before the start of `{service}`"),
            Self::StopDuringStart => format!("a stop is requested during the start of `{service}`"),
            Self::StopAfterStart => format!("a stop is requested after the start of `{service}`"),
            Self::EndsEarly => format!("`{service}` ends early"),
            Self::Fails => format!("`{service}` fails while it runs"),
            Self::StopFails => format!("the stop of `{service}` returns an error"),
            Self::StopPanics => format!("the stop of `{service}` panics"),
            Self::StopHangs => format!("the stop of `{service}` hangs"),
            Self::StopWaitsForForce => format!("the stop of `{service}` waits until it is forced"),
            Self::ForcedDuringStop => format!("the group is forced while `{service}` stops"),
        }
    }
}

impl fmt::Display for FaultKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.constructor().replace('_', " "))
    }
}
