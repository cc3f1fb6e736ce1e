//! The plan.

use serde_core::ser::{Serialize, Serializer};

use super::{object, seconds};
use crate::model::{Edge, EdgeKind, Plan, ServiceId, ServicePlan, Window};

impl Serialize for Plan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let services: Vec<_> = self.services().iter().map(|service| Named { plan: self, service }).collect();
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

/// A service in its plan, which knows the names.
struct Named<'a> {
    plan: &'a Plan,
    service: &'a ServicePlan,
}

impl Serialize for Named<'_> {
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

impl Serialize for EdgeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(match self {
            Self::Use => "use",
            Self::After => "after",
            Self::First => "first",
            Self::Last => "last",
        })
    }
}

fn names(plan: &Plan, services: impl Iterator<Item = ServiceId>) -> Vec<&'static str> {
    services.map(|service| plan.services()[service.index()].name()).collect()
}
