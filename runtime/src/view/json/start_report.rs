//! The JSON of the report of a start, of a reload, and of checks.

use serde_core::ser::{Serialize, Serializer};

use super::{chain, object, seconds, snake_case};
use crate::model::{CheckFailure, ReloadReport, ServiceStart, StartOutcome, StartReport};

impl Serialize for StartReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let path: Vec<_> = self.slowest_path().into_iter().map(|service| &service.name).collect();
        object!(serializer, "StartReport", {
            "group_name": self.group_name,
            "has_started": self.has_started,
            "begun_after_seconds": seconds(self.begun_after),
            "start_duration_seconds": seconds(self.start_duration),
            "slowest_path": path,
            "services": self.services,
        })
    }
}

impl Serialize for ServiceStart {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "ServiceStart", {
            "name": self.name,
            "outcome": self.outcome,
            "begun_after_seconds": seconds(self.begun_after),
            "start_duration_seconds": seconds(self.start_duration),
            "waited_for": self.waited_for,
            "attempts": self.attempts,
            "failure": self.failure.as_ref().map(chain),
            "is_replaced": self.is_replaced,
            "is_given": self.is_given,
            "nested": self.nested,
        })
    }
}

impl Serialize for StartOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snake_case(serializer, self)
    }
}

impl Serialize for CheckFailure {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "CheckFailure", {
            "service": self.service,
            "used_by": self.used_by,
            "error": chain(&self.error),
            "may_fail": self.may_fail,
        })
    }
}

impl Serialize for ReloadReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "ReloadReport", {
            "is_success": self.is_success(),
            "reloaded": self.reloaded,
            "failed": self.failed.as_ref().map(|(service, _)| service),
            "error": self.failed.as_ref().map(|(_, error)| chain(error)),
            "not_asked": self.not_asked,
            "is_interrupted": self.is_interrupted,
        })
    }
}
