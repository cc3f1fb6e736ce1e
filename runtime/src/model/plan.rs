//! The plan of a group: its services, the edges between them, and their windows.
//!
//! A plan is a constant. The macro writes it and the compiler evaluates it. A plan whose slowest stop path overruns its
//! budget is a compile error.

mod budget_exceeded;
mod build;
mod const_string;
mod edge;
mod graph;
mod members;
mod reach;
mod service_plan;
pub(crate) mod slowest_path;
mod slowest_start;
mod window;

use std::time::Duration;

use super::{ServiceId, ServiceKey};

pub use budget_exceeded::BudgetExceeded;
pub(crate) use budget_exceeded::{Exact, budget_exceeded};
use const_string::ConstString;
pub use edge::{Edge, EdgeKind};
pub(crate) use graph::Graph;
pub(crate) use service_plan::ByCall;
pub use service_plan::{CallKind, ServicePlan};
pub use window::{RetryPolicy, Window};

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
/// A duration that stands for infinity and that a clock can still add: 30 years.
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

    /// Returns the longest time of a call of this kind, nested groups included, if a service has one.
    pub(crate) fn longest_call(&self, kind: CallKind) -> Option<Duration> {
        let of = |service: &ServicePlan| {
            let nested = service.nested.and_then(|nested| nested.longest_call(kind));
            service.call_within(kind).into_iter().chain(nested).max()
        };
        self.services.iter().filter_map(of).max()
    }
}
