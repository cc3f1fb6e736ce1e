//! The JSON of a report.

use serde_core::ser::{Serialize, Serializer};

use super::{object, of_kind, seconds};
use crate::model::{CutRequest, Detail, Drained, ServiceReport, StopReport};

impl Serialize for StopReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "StopReport", {
            "group_name": self.group_name,
            "cause": self.cause,
            "is_clean": self.is_clean(),
            "stop_within_seconds": seconds(self.stop_within),
            "lame_duck_seconds": seconds(self.lame_duck),
            "stop_duration_seconds": seconds(self.stop_duration),
            "services": self.services,
        })
    }
}

impl Serialize for ServiceReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "ServiceReport", {
            "name": self.name,
            "stop_requested_after_seconds": seconds(self.stop_requested_after),
            "waited_for": self.waited_for,
            "stop_duration_seconds": seconds(self.stop_duration),
            "window_seconds": seconds(self.window),
            "outcome": self.outcome,
            "may_fail": self.may_fail,
            "members": self.is_collection().then(|| self.members()),
            "details": self.own_details().collect::<Vec<_>>(),
        })
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Note(text) => of_kind(serializer, "note", &[], text),
            Self::Drained(drained) => object!(serializer, "Drained", {
                "kind": "drained",
                "finished": drained.finished,
                "cut": drained.cut,
                "cuts": drained.cuts,
                "still_running": drained.still_running,
            }),
            Self::Group(report) => object!(serializer, "Group", {
                "kind": "group",
                "report": report,
            }),
            Self::StartInterrupted(after) => object!(serializer, "StartInterrupted", {
                "kind": "start_interrupted",
                "after_seconds": seconds(*after),
            }),
        }
    }
}

/// A drain by itself. In the details of a service, `kind` stands before its keys.
impl Serialize for Drained {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "Drained", {
            "finished": self.finished,
            "cut": self.cut,
            "cuts": self.cuts,
            "still_running": self.still_running,
        })
    }
}

impl Serialize for CutRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "CutRequest", {
            "what": self.what,
            "age_seconds": seconds(self.age),
        })
    }
}
