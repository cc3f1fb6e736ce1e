//! The JSON of a plan, and of an overrun of its budget.

use std::time::Duration;

use serde_core::ser::{Serialize, Serializer};

use super::{object, seconds};
use crate::model::{
    BudgetExceeded, Edge, EdgeKind, Plan, RetryPolicy, ServiceId, ServiceName, ServicePlan, Window,
};

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let services: Vec<_> =
            self.services().iter().map(|service| NamedService { plan: self, service }).collect();
        object!(serializer, "Plan", {
            "group_name": self.name(),
            "stop_within_seconds": seconds(self.stop_within()),
            "lame_duck_seconds": seconds(self.lame_duck()),
            "slowest_stop_seconds": seconds(self.slowest_stop()),
            "start_order": names(self, self.start_order()),
            "services": services,
        })
    }
}

/// A service of a plan. The plan has the names of the services that its edges point to.
struct NamedService<'a> {
    plan: &'a Plan,
    service: &'a ServicePlan,
}

impl Serialize for NamedService<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Self { plan, service } = *self;
        let dependencies: Vec<_> =
            service.dependencies().iter().map(|edge| NamedEdge { plan, edge }).collect();
        object!(serializer, "ServicePlan", {
            "name": service.name(),
            "start_within_seconds": seconds(service.start_within()),
            "stop_within_seconds": seconds(service.window().guaranteed()),
            "is_capped": matches!(service.window(), Window::Capped(_)),
            "dependencies": dependencies,
            "stops_before": names(plan, service.stops_before()),
            "starts_after": names(plan, service.starts_after()),
            "retry": service.retry(),
            "check_within_seconds": service.check_within().map(seconds),
            "reloads": service.reloads(),
            "may_fail": service.may_fail(),
            "is_given": service.is_given(),
            "nested": service.nested(),
        })
    }
}

struct NamedEdge<'a> {
    plan: &'a Plan,
    edge: &'a Edge,
}

impl Serialize for NamedEdge<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "Edge", {
            "service": self.plan.services()[self.edge.service.index()].name(),
            "kind": self.edge.kind,
        })
    }
}

impl Serialize for RetryPolicy {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "RetryPolicy", {
            "shortest_seconds": seconds(self.shortest),
            "longest_seconds": seconds(self.longest),
        })
    }
}

impl Serialize for EdgeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

/// The two keys that a service of a plan has for its window.
impl Serialize for Window {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "Window", {
            "stop_within_seconds": seconds(self.guaranteed()),
            "is_capped": matches!(self, Self::Capped(_)),
        })
    }
}

impl Serialize for BudgetExceeded {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path: Vec<_> =
            self.path.iter().map(|(name, window)| PathService { name, window: *window }).collect();
        object!(serializer, "BudgetExceeded", {
            "group_name": self.group,
            "needed_seconds": seconds(self.needed),
            "stop_within_seconds": seconds(self.stop_within),
            "lame_duck_seconds": seconds(self.lame_duck),
            "path": path,
            "text": self.to_string(),
        })
    }
}

/// A service on the slowest path of a [`BudgetExceeded`].
struct PathService<'a> {
    name: &'a ServiceName,
    window: Duration,
}

impl Serialize for PathService<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "PathService", {
            "name": self.name,
            "stop_within_seconds": seconds(self.window),
        })
    }
}

fn names(plan: &Plan, services: impl Iterator<Item = ServiceId>) -> Vec<&'static str> {
    services.map(|service| plan.services()[service.index()].name()).collect()
}
