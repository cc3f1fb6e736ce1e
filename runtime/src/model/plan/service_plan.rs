//! One service of a plan.

use std::time::Duration;

use super::{
    ByCall, DEFAULT_DROP_WITHIN, DEFAULT_SERVICE_STOP_WITHIN, DEFAULT_START_WITHIN, Edge, Plan, RetryPolicy,
    ServiceId, Window,
};

/// One service of a [`Plan`].
///
/// Its JSON is a part of the plan's, which knows the names of the services that its edges point to.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct ServicePlan {
    pub(super) name: &'static str,
    pub(super) dependencies: &'static [Edge],
    pub(super) stops_before: &'static [usize],
    pub(super) starts_after: &'static [usize],
    pub(super) start_within: Duration,
    pub(super) retry: Option<RetryPolicy>,
    pub(super) window: Window,
    /// How long each kind of call may take that the service has.
    pub(super) calls: ByCall<Option<Duration>>,
    pub(super) may_fail: bool,
    /// Whether the caller gives the value, which counts as started from the beginning.
    pub(super) is_given: bool,
    pub(super) nested: Option<&'static Plan>,
    /// Whether the service may be a group that is known only while the program runs.
    pub(super) holds_any: bool,
}

impl ServicePlan {
    /// Returns the name of the field.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the edges to the services that start before this one and stop after it. Those of a service that is
    /// [given](Self::is_given) order the stop alone.
    #[must_use]
    pub const fn dependencies(&self) -> &'static [Edge] {
        self.dependencies
    }

    /// Returns the services that stop after this one because of `stop_order`. It has no effect on the start.
    #[must_use]
    pub fn stops_before(&self) -> impl ExactSizeIterator<Item = ServiceId> {
        self.stops_before.iter().map(|&index| ServiceId::new(index))
    }

    /// Returns the indices of all services that stop after this one, dependencies first.
    pub(crate) fn stops_before_indices(&self) -> impl Iterator<Item = usize> + use<> {
        let dependencies = self.dependencies.iter().map(|edge| edge.service.index());
        dependencies.chain(self.stops_before.iter().copied())
    }

    /// Returns the services that start before this one because of `start_after`. It has no effect on the stop.
    #[must_use]
    pub fn starts_after(&self) -> impl ExactSizeIterator<Item = ServiceId> {
        self.starts_after.iter().map(|&index| ServiceId::new(index))
    }

    /// Returns the indices of all services that start before this one, dependencies first.
    ///
    /// A service that is given waits for none: its edges order the stop alone.
    pub(crate) fn starts_after_indices(&self) -> impl Iterator<Item = usize> + use<> {
        let dependencies: &'static [Edge] = if self.is_given { &[] } else { self.dependencies };
        let dependencies = dependencies.iter().map(|edge| edge.service.index());
        dependencies.chain(self.starts_after.iter().copied())
    }

    /// Returns the pauses between the attempts of the start, if it has `retry`.
    #[must_use]
    pub const fn retry(&self) -> Option<RetryPolicy> {
        self.retry
    }

    /// Returns whether the group goes on when the service fails.
    #[must_use]
    pub const fn may_fail(&self) -> bool {
        self.may_fail
    }

    /// Returns whether the caller gives the value, as `given` says: it counts as started from the beginning.
    #[must_use]
    pub const fn is_given(&self) -> bool {
        self.is_given
    }

    /// Returns how long the start may take, all attempts included. Zero for a service that is [given](Self::is_given).
    #[must_use]
    pub const fn start_within(&self) -> Duration {
        if self.is_given { Duration::ZERO } else { self.start_within }
    }

    /// Returns the time of what the engine awaits before the service counts as started: for a service that is given, code
    /// of its type, or a start in place of the value.
    pub(crate) const fn start_window(&self) -> Duration {
        self.start_within
    }

    /// Returns how long the stop may take.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// Returns the plan of the group that this service is, if it is one.
    #[must_use]
    pub const fn nested(&self) -> Option<&'static Plan> {
        self.nested
    }
}

#[doc(hidden)]
impl ServicePlan {
    /// Returns the plan of a field with `stop =`, whose type does not count.
    #[must_use]
    pub const fn with_stop(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
    ) -> Self {
        let window = DEFAULT_SERVICE_STOP_WITHIN;
        Self::new(name, dependencies, stops_before, start_within, stop_within, (window, None))
    }

    /// `start_after`.
    #[must_use]
    pub const fn starting_after(mut self, services: &'static [usize]) -> Self {
        self.starts_after = services;
        self
    }

    /// `retry`, with the pauses in nanoseconds.
    #[must_use]
    pub const fn retrying(mut self, shortest: u64, longest: u64) -> Self {
        let (shortest, longest) = (Duration::from_nanos(shortest), Duration::from_nanos(longest));
        self.retry = Some(RetryPolicy { shortest, longest });
        self
    }

    /// A field whose `stop` only drops it, without a `stop_within`.
    #[must_use]
    pub const fn only_dropped(mut self) -> Self {
        self.window = Window::Guaranteed(DEFAULT_DROP_WITHIN);
        self
    }

    /// `may_fail`.
    #[must_use]
    pub const fn that_may_fail(mut self) -> Self {
        self.may_fail = true;
        self
    }

    /// `given`.
    #[must_use]
    pub const fn given(mut self) -> Self {
        self.is_given = true;
        self
    }

    /// Returns the plan of a field whose type guarantees a window, and may be a group.
    pub(crate) const fn new(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
        (guaranteed, nested): (Duration, Option<&'static Plan>),
    ) -> Self {
        Self {
            name,
            dependencies,
            stops_before,
            starts_after: &[],
            retry: None,
            calls: ByCall::NONE,
            may_fail: false,
            is_given: false,
            start_within: match start_within {
                Some(window) => window,
                None => DEFAULT_START_WITHIN,
            },
            window: match stop_within {
                Some(cap) => Window::Capped(cap),
                None => Window::Guaranteed(guaranteed),
            },
            nested,
            holds_any: false,
        }
    }

    pub(crate) const fn holding_any(mut self, holds_any: bool) -> Self {
        self.holds_any = holds_any;
        self
    }

    /// Returns whether the service may be a group that is known only while the program runs.
    pub(crate) const fn holds_any(&self) -> bool {
        self.holds_any
    }
}
