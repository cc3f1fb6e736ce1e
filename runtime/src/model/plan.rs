//! The plan of a group: its services, the edges between them, and their windows.
//!
//! A plan is a constant. The macro writes it and the compiler evaluates it. A plan whose slowest stop path overruns its
//! budget is a compile error.

mod budget_exceeded;
mod build;
mod const_string;
mod graph;
mod members;
mod reach;
pub(crate) mod slowest_path;
mod slowest_start;

use std::fmt;
use std::time::Duration;

use super::{ServiceId, ServiceKey};
use crate::text::HumanDuration;

pub use budget_exceeded::BudgetExceeded;
pub(crate) use budget_exceeded::{Exact, budget_exceeded};
use const_string::ConstString;
pub(crate) use graph::Graph;

/// The stop budget of a group without `stop_within`: 25 s.
///
/// It fits into the 30 s that Kubernetes waits by default before it kills a pod.
pub const DEFAULT_STOP_WITHIN: Duration = Duration::from_secs(25);
/// The window of a start without `start_within`: 30 s.
pub const DEFAULT_START_WITHIN: Duration = Duration::from_secs(30);
/// The stop window of a service without `stop_within`, whose type does not define another one: 5 s.
///
/// It is the default of [`Service::STOP_WITHIN`](crate::Service::STOP_WITHIN).
pub const DEFAULT_SERVICE_STOP_WITHIN: Duration = Duration::from_secs(5);
/// The stop window of a field whose `stop` only drops it, `stop = drop(field)`: 1 s.
pub const DEFAULT_DROP_WITHIN: Duration = Duration::from_secs(1);
/// How long a check may take without `check_within`: 1 s.
pub const DEFAULT_CHECK_WITHIN: Duration = Duration::from_secs(1);
/// The grace period after the budget. A run that is not over by then ends the process.
pub(crate) const GRACE: Duration = Duration::from_secs(1);
/// A duration that is as good as infinite, and that a clock can still add: 30 years.
pub(crate) const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// The services of a group, their order and their windows, known at compile time.
///
/// It is the constant `App::PLAN` of an annotated struct, and displays as a text chart.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/plan.md"))]
#[derive(Debug, Clone)]
pub struct Plan {
    name: &'static str,
    stop_within: Duration,
    lame_duck: Duration,
    services: &'static [ServicePlan],
    /// The order of the stop, backwards: each service after all that stop after it.
    order: &'static [usize],
    start_order: &'static [usize],
    slowest_stop: Duration,
    /// Whether the services are the members of a collection, whose names begin with that of the collection.
    is_collection: bool,
}

/// One service of a [`Plan`].
///
/// Its JSON is a part of the plan's, which knows the names of the services that its edges point to.
#[derive(Debug, Clone)]
#[expect(clippy::struct_excessive_bools, reason = "each is a key of its own")]
pub struct ServicePlan {
    name: &'static str,
    dependencies: &'static [Edge],
    stops_before: &'static [usize],
    starts_after: &'static [usize],
    start_within: Duration,
    retry: Option<RetryPolicy>,
    window: Window,
    check_within: Option<Duration>,
    reloads: bool,
    may_fail: bool,
    /// Whether the caller gives the value, which counts as started from the beginning.
    is_given: bool,
    nested: Option<&'static Plan>,
    /// Whether the service may be a group that is known only while the program runs.
    holds_any: bool,
}

/// The pauses between the attempts of a start with `retry`.
///
/// It displays as in the attribute: `100 ms..5 s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct RetryPolicy {
    /// The pause after the first failure. Each further one is twice as long.
    pub shortest: Duration,
    /// The longest pause.
    pub longest: Duration,
}

/// An edge of the graph: one service starts after another, and stops before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Edge {
    /// The service that starts first.
    pub service: ServiceId,
    /// What the edge comes from.
    pub kind: EdgeKind,
}

/// What an [`Edge`] comes from.
///
/// It displays as the word of the attribute: `use`, `after`, `first`, `last`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// The start expression names the other service.
    Use,
    /// The field has `after(other)`.
    After,
    /// The other field is `first`.
    First,
    /// This field is `last`.
    Last,
}

/// How long a service may take to stop.
///
/// It displays as the guaranteed time: `5 s`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// The `stop_within` of the field: guaranteed, and no more than that.
    Capped(Duration),
    /// Guaranteed by the type. The service may also use the time that the rest of the group leaves over.
    Guaranteed(Duration),
}

impl fmt::Display for EdgeKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Use => "use",
            Self::After => "after",
            Self::First => "first",
            Self::Last => "last",
        })
    }
}

impl fmt::Display for RetryPolicy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}..{}", HumanDuration(self.shortest), HumanDuration(self.longest))
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        HumanDuration(self.guaranteed()).fmt(f)
    }
}

impl Window {
    /// Returns the time that the service has in any case.
    #[must_use]
    pub const fn guaranteed(self) -> Duration {
        match self {
            Self::Capped(window) | Self::Guaranteed(window) => window,
        }
    }
}

impl Plan {
    /// Returns the name of the group's struct.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// Returns the budget: the time within which the whole group stops, lame duck included.
    #[must_use]
    pub const fn stop_within(&self) -> Duration {
        self.stop_within
    }

    /// Returns how long the group goes on serving after a stop was requested, until load balancers have stopped sending
    /// requests. Default: zero.
    #[must_use]
    pub const fn lame_duck(&self) -> Duration {
        self.lame_duck
    }

    /// Returns the services, in the order of the fields.
    #[must_use]
    pub const fn services(&self) -> &'static [ServicePlan] {
        self.services
    }

    /// Returns an order in which the services can start one by one: each after all that it starts after.
    #[must_use]
    pub fn start_order(&self) -> impl DoubleEndedIterator<Item = ServiceId> + ExactSizeIterator {
        self.start_order.iter().map(|&index| ServiceId::new(index))
    }

    /// Returns an order in which the services can stop one by one: each after all that stop before it.
    #[must_use]
    pub fn stop_order(&self) -> impl DoubleEndedIterator<Item = ServiceId> + ExactSizeIterator {
        self.order.iter().rev().map(|&index| ServiceId::new(index))
    }

    /// Returns how long the stop takes at most: the slowest path of guaranteed windows, without the lame duck.
    #[must_use]
    pub const fn slowest_stop(&self) -> Duration {
        self.slowest_stop
    }

    /// Returns a service by its name or id.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&'static ServicePlan> {
        self.position(service).map(|index| &self.services[index])
    }

    /// Returns the index of a service by its name or id.
    pub(crate) fn position<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<usize> {
        let key = service.into();
        let is_match =
            |(index, service): (usize, &ServicePlan)| key.matches(ServiceId::new(index), service.name);
        self.services.iter().enumerate().position(is_match)
    }

    /// Returns whether the services are the members of a collection.
    pub(crate) const fn is_collection(&self) -> bool {
        self.is_collection
    }

    /// Returns the stop order, backwards, as indices into `services`.
    pub(crate) const fn order(&self) -> &'static [usize] {
        self.order
    }

    /// Returns the start order as indices into `services`.
    pub(crate) const fn start_indices(&self) -> &'static [usize] {
        self.start_order
    }

    /// Returns the longest `check_within`, nested groups included, if a service has a `check`.
    pub(crate) fn longest_check(&self) -> Option<Duration> {
        let of = |service: &ServicePlan| {
            service.check_within.into_iter().chain(service.nested.and_then(Self::longest_check)).max()
        };
        self.services.iter().filter_map(of).max()
    }

    /// Returns whether a service, nested groups included, has a `reload`.
    pub(crate) fn reloads(&self) -> bool {
        self.services.iter().any(|service| service.reloads || service.nested.is_some_and(Self::reloads))
    }
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

    /// Returns how long a check of the service may take, if it has a `check`.
    #[must_use]
    pub const fn check_within(&self) -> Option<Duration> {
        self.check_within
    }

    /// Returns whether the service has a `reload`.
    #[must_use]
    pub const fn reloads(&self) -> bool {
        self.reloads
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

    /// Returns the time of a reload, and of what the engine awaits before the service counts as started: for a service that
    /// is given, code of its type, or a start in place of the value.
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

    /// Returns the plan of a service if its cap, if it has one, is enough for the group in it. Otherwise, in a constant, it
    /// is a compile error at the caller.
    ///
    /// # Panics
    ///
    /// If the cap of the field is shorter than what a nested group needs.
    #[must_use]
    #[track_caller]
    pub const fn checked(self) -> Self {
        budget_exceeded::assert_cap(&self);
        self
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

    /// `check`, with its `check_within`.
    #[must_use]
    pub const fn checked_within(mut self, check_within: Option<Duration>) -> Self {
        self.check_within = Some(match check_within {
            Some(within) => within,
            None => DEFAULT_CHECK_WITHIN,
        });
        self
    }

    /// `reload`.
    #[must_use]
    pub const fn reloading(mut self) -> Self {
        self.reloads = true;
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
            check_within: None,
            reloads: false,
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
