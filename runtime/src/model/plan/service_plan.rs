//! One service of a plan, and the kinds of calls that it may have.

use std::time::Duration;

use super::{DEFAULT_CHECK_WITHIN, Edge, Plan, RetryPolicy, ServiceId, Window};
use crate::text::HumanDuration;

/// One service of a [`Plan`].
///
/// Its JSON is a part of the plan's, which knows the names of the services that its edges point to.
#[derive(Debug, Clone)]
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

    /// Returns how long a check of the service may take, if it has a `check`.
    #[must_use]
    pub const fn check_within(&self) -> Option<Duration> {
        self.call_within(CallKind::Check)
    }

    /// Returns whether the service has a `reload`.
    #[must_use]
    pub const fn reloads(&self) -> bool {
        self.call_within(CallKind::Reload).is_some()
    }

    /// Returns how long a call of this kind may take, if the service has one.
    #[doc(hidden)]
    #[must_use]
    pub const fn call_within(&self, kind: CallKind) -> Option<Duration> {
        *self.calls.get(kind)
    }

    /// Returns whether the service may be a group that is known only while the program runs.
    pub(crate) const fn holds_any(&self) -> bool {
        self.holds_any
    }
}

/// A kind of call: the key whose expression the group calls, on a clone of the value, while the service runs.
#[doc(hidden)]
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum CallKind {
    /// `check`.
    Check,
    /// `reload`.
    Reload,
}

impl CallKind {
    /// All kinds, in the order of their variants.
    pub const ALL: [Self; 2] = [Self::Check, Self::Reload];

    /// Returns the key of the kind.
    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::Check => "check",
            Self::Reload => "reload",
        }
    }

    /// Returns how long a call may take if the field does not say it.
    pub(super) const fn default_within(self, start_within: Duration) -> Duration {
        match self {
            Self::Check => DEFAULT_CHECK_WITHIN,
            Self::Reload => start_within,
        }
    }

    /// Returns a sentence about a service with such a call.
    pub(crate) fn explained(self, within: Duration) -> String {
        match self {
            Self::Check => format!("It has a check, which takes {} at most.", HumanDuration(within)),
            Self::Reload => "It is reloaded on SIGHUP.".to_owned(),
        }
    }
}

/// A value for each kind of call: so that a new kind needs no place of its own.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct ByCall<T>([T; CallKind::ALL.len()]);

impl<T> ByCall<T> {
    pub(crate) const fn get(&self, kind: CallKind) -> &T {
        &self.0[kind as usize]
    }

    pub(crate) const fn get_mut(&mut self, kind: CallKind) -> &mut T {
        &mut self.0[kind as usize]
    }

    /// Returns the values with their kinds.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (CallKind, &T)> {
        CallKind::ALL.into_iter().zip(&self.0)
    }
}

impl<T> ByCall<Option<T>> {
    /// No value for any kind.
    pub(crate) const NONE: Self = Self([const { None }; CallKind::ALL.len()]);
}
