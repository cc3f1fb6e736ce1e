//! The JSON of a status.

use serde_core::ser::{Serialize, Serializer};

use super::{chain, object, seconds, snake_case};
use crate::model::{
    CutRequest, GroupPhase, GroupStatus, ServerStats, ServiceState, ServiceStatus, StopProgress,
};

impl Serialize for GroupStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let waits_for: Vec<_> = self.waits_for().iter().map(|service| service.name.clone()).collect();
        object!(serializer, "GroupStatus", {
            "group_name": self.group_name,
            "phase": self.phase,
            "in_state_for_seconds": seconds(self.in_state_for),
            "uptime_seconds": seconds(self.uptime),
            "not_ready": self.not_ready,
            "degraded": self.degraded(),
            "is_reloading": self.is_reloading,
            "last_reload": self.last_reload,
            "cause": self.cause,
            "stop": self.stop,
            "waits_for": waits_for,
            "services": self.services,
        })
    }
}

impl Serialize for ServiceStatus {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "ServiceStatus", {
            "name": self.name,
            "state": self.state,
            "in_state_for_seconds": seconds(self.in_state_for),
            "waits_for": self.waits_for,
            "stop": self.stop,
            "outcome": self.outcome,
            "failure": self.failure.as_ref().map(chain),
            "attempts": self.attempts,
            "start_failure": self.start_failure.as_ref().map(chain),
            "check_failure": self.check_failure.as_ref().map(chain),
            "may_fail": self.may_fail,
            "stats": self.stats,
            "members": self.nested.as_ref().filter(|nested| nested.is_collection).map(|nested| &nested.services),
            "nested": self.nested.as_ref().filter(|nested| !nested.is_collection),
        })
    }
}

impl Serialize for StopProgress {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "StopProgress", {
            "elapsed_seconds": seconds(self.elapsed),
            "remaining_seconds": seconds(self.remaining),
            "stop_within_seconds": seconds(self.stop_within),
            "forced": self.forced,
        })
    }
}

impl Serialize for ServerStats {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let oldest = self.oldest.clone().map(|(what, age)| CutRequest { what, age });
        object!(serializer, "ServerStats", {
            "connections": self.connections,
            "requests": self.requests,
            "tasks": self.tasks,
            "oldest": oldest,
            "finished": self.finished,
            "cut": self.cut,
            "failed": self.failed,
        })
    }
}

impl Serialize for GroupPhase {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snake_case(serializer, self)
    }
}

impl Serialize for ServiceState {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snake_case(serializer, self)
    }
}
