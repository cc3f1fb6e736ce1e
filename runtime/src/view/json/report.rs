//! The report.

use serde_core::ser::{Serialize, Serializer};

use super::{kind, object, seconds};
use crate::model::{CutRequest, Detail, ServiceReport, StopReport};

impl Serialize for StopReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "StopReport", {
            "group": self.group,
            "cause": self.cause,
            "is_clean": self.is_clean(),
            "budget_seconds": seconds(self.budget),
            "lame_duck_seconds": seconds(self.lame_duck),
            "took_seconds": seconds(self.took),
            "services": self.services,
        })
    }
}

impl Serialize for ServiceReport {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "ServiceReport", {
            "name": self.name,
            "asked_seconds": seconds(self.asked),
            "waited_for": self.waited_for,
            "took_seconds": seconds(self.took),
            "window_seconds": seconds(self.window),
            "ending": self.ending,
            "details": self.details,
        })
    }
}

impl Serialize for Detail {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Note(text) => kind(serializer, "note", &[], text),
            Self::Drained(drained) => object!(serializer, "Drained", {
                "kind": "drained",
                "finished": drained.finished,
                "cut": drained.cut,
                "cuts": drained.cuts,
                "left": drained.left,
            }),
            Self::Group(report) => object!(serializer, "Group", {
                "kind": "group",
                "report": report,
            }),
        }
    }
}

impl Serialize for CutRequest {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        object!(serializer, "Cut", {
            "what": self.what,
            "age_seconds": seconds(self.age),
        })
    }
}
