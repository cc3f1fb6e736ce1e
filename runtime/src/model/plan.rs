//! The plan of a group: which services there are, who waits for whom, and how long each may take.
//!
//! A plan is a constant. The macro writes it, the compiler evaluates it, and a plan whose slowest stop path
//! overruns its budget is a compile error. Nothing here starts, stops or measures anything.

mod build;
mod check;
mod const_string;
mod graph;
pub(crate) mod slowest_path;
mod slowest_start;

use std::time::Duration;

use super::{ServiceId, ServiceKey};

pub(crate) use check::budget_exceeded;
use const_string::ConstString;
pub(crate) use graph::{Graph, stops_after};

/// The budget of a group that gives no `stop_within`: it fits into the 30 s that Kubernetes waits by default.
pub(crate) const DEFAULT_STOP_WITHIN: Duration = Duration::from_secs(25);
/// The window of a start that gives no `start_within`.
pub(crate) const DEFAULT_START_WITHIN: Duration = Duration::from_secs(30);
/// The stop window of a service whose field gives neither `stop_within` nor a type that says otherwise.
pub(crate) const DEFAULT_SERVICE_STOP_WITHIN: Duration = Duration::from_secs(5);
/// How long after its budget a run may be over at the latest: then the process ends itself.
pub(crate) const GRACE: Duration = Duration::from_secs(1);
/// As good as for ever: a clock can still count it.
pub(crate) const FAR: Duration = Duration::from_secs(30 * 365 * 24 * 60 * 60);

/// What a group consists of and how it stops, known at compile time.
///
/// `App::PLAN` of an annotated struct. It displays as a text chart.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/plan.md"))]
#[derive(Debug, Clone, Copy)]
pub struct Plan {
    name: &'static str,
    stop_within: Duration,
    lame_duck: Duration,
    services: &'static [ServicePlan],
    order: &'static [usize],
    slowest_stop: Duration,
}

/// One service of a [`Plan`].
#[derive(Debug, Clone, Copy)]
pub struct ServicePlan {
    name: &'static str,
    dependencies: &'static [Edge],
    stops_before: &'static [usize],
    start_within: Duration,
    window: Window,
    nested: Option<&'static Plan>,
}

/// Why one service starts after another, and stops before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct Edge {
    /// The service that starts first.
    pub service: ServiceId,
    /// Where the edge comes from.
    pub kind: EdgeKind,
}

/// Where an [`Edge`] comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum EdgeKind {
    /// The start expression names the other service.
    Use,
    /// The field says `after(other)`.
    After,
    /// The other field is `first`.
    First,
    /// This field is `last`.
    Last,
}

/// How long a service may take to stop.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Window {
    /// The field's own `stop_within`: guaranteed, and no more than that.
    Capped(Duration),
    /// Guaranteed by the type; the service may also use what the rest of the group leaves over.
    Guaranteed(Duration),
}

impl Window {
    /// The time that the service has in any case.
    #[must_use]
    pub const fn guaranteed(self) -> Duration {
        match self {
            Self::Capped(window) | Self::Guaranteed(window) => window,
        }
    }
}

impl Plan {
    /// The name of the group's struct.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The budget: the time within which the whole group stops, lame duck included.
    #[must_use]
    pub const fn stop_within(&self) -> Duration {
        self.stop_within
    }

    /// How long the group goes on serving after a stop was requested, while load balancers turn away.
    #[must_use]
    pub const fn lame_duck(&self) -> Duration {
        self.lame_duck
    }

    /// The services, in the order of the fields.
    #[must_use]
    pub const fn services(&self) -> &'static [ServicePlan] {
        self.services
    }

    /// Returns an order in which the services can start one by one: each after all that it starts after.
    pub fn start_order(&self) -> impl DoubleEndedIterator<Item = ServiceId> + ExactSizeIterator {
        self.order.iter().map(|&index| ServiceId::new(index))
    }

    /// Returns an order in which the services can stop one by one: each after all that stop before it.
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

    /// The index of a service.
    pub(crate) fn position<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<usize> {
        let key = service.into();
        let is_meant =
            |(index, service): (usize, &ServicePlan)| key.matches(ServiceId::new(index), service.name);
        self.services.iter().enumerate().position(is_meant)
    }

    /// Indices into `services`, each after all that the service starts after.
    pub(crate) const fn order(&self) -> &'static [usize] {
        self.order
    }
}

impl ServicePlan {
    /// The field's name.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The services that start before this one and stop after it.
    #[must_use]
    pub const fn dependencies(&self) -> &'static [Edge] {
        self.dependencies
    }

    /// Returns the services that stop after this one because of `stop_order`. It has no effect on the start.
    pub fn stops_before(&self) -> impl ExactSizeIterator<Item = ServiceId> {
        self.stops_before.iter().map(|&index| ServiceId::new(index))
    }

    /// Returns the indices of all that stop after this one: dependencies first.
    pub(crate) fn stops_before_indices(&self) -> impl Iterator<Item = usize> + use<> {
        let dependencies = self.dependencies.iter().map(|edge| edge.service.index());
        dependencies.chain(self.stops_before.iter().copied())
    }

    /// How long the start may take.
    #[must_use]
    pub const fn start_within(&self) -> Duration {
        self.start_within
    }

    /// How long the stop may take.
    #[must_use]
    pub const fn window(&self) -> Window {
        self.window
    }

    /// The plan of the group that this service is, if it is one.
    #[must_use]
    pub const fn nested(&self) -> Option<&'static Plan> {
        self.nested
    }
}

#[doc(hidden)]
impl ServicePlan {
    /// A field with `stop =`, which never consults the type.
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

    /// A field whose type guarantees a window, and may be a group.
    ///
    /// # Panics
    ///
    /// When the field's cap is shorter than a nested group needs: in a constant, a compile error at the caller.
    #[track_caller]
    pub(crate) const fn new(
        name: &'static str,
        dependencies: &'static [Edge],
        stops_before: &'static [usize],
        start_within: Option<Duration>,
        stop_within: Option<Duration>,
        (guaranteed, nested): (Duration, Option<&'static Plan>),
    ) -> Self {
        let service = Self {
            name,
            dependencies,
            stops_before,
            start_within: match start_within {
                Some(window) => window,
                None => DEFAULT_START_WITHIN,
            },
            window: match stop_within {
                Some(cap) => Window::Capped(cap),
                None => Window::Guaranteed(guaranteed),
            },
            nested,
        };
        check::assert_cap(&service);
        service
    }
}
