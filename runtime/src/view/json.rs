//! `Serialize` for plan, status, report and their parts. The docs of each type show its JSON, and a test compares them.
//!
//! The implementations are written by hand, since the JSON has names and units of its own: services by name and never by
//! index, durations as seconds with keys that end in `_seconds`, states in lower case. A struct always has all its keys,
//! with null for an absent value. A value of several kinds has `kind`, `text` as people read it, and the keys of its kind.

mod plan;
mod report;
mod start_report;
mod status;
#[cfg(test)]
mod tests;

use std::fmt::Display;
use std::time::Duration;

use serde_core::ser::{Serialize, SerializeMap, Serializer};

use crate::model::{
    ServiceName, SharedError, SignalKind, StopCause, StopCauseKind, StopOutcome, StopOutcomeKind,
};

/// Writes an object with its keys in this order.
macro_rules! object {
    ($serializer:ident, $name:literal, { $($key:literal: $value:expr,)+ }) => {{
        use serde_core::ser::SerializeStruct;
        let mut object = $serializer.serialize_struct($name, [$($key),+].len())?;
        $(object.serialize_field($key, &$value)?;)+
        object.end()
    }};
}
use object;

/// Writes a value of several kinds: `kind`, the keys of this kind, `text`.
fn of_kind<S: Serializer>(
    serializer: S,
    kind: impl Serialize,
    more: &[(&str, Option<&str>)],
    text: &str,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(more.len() + 2))?;
    object.serialize_entry("kind", &kind)?;
    for (key, value) in more {
        object.serialize_entry(key, value)?;
    }
    object.serialize_entry("text", text)?;
    object.end()
}

/// Writes the words of a kind, phase or state with underscores between them.
fn snake_case<S: Serializer>(serializer: S, words: &impl Display) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(&words.to_string().replace(' ', "_"))
}

/// Returns the seconds, rounded to microseconds. More digits would only be noise.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

fn chain(error: &SharedError) -> String {
    format!("{error:#}")
}

impl Serialize for StopCause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, text) = (self.kind(), &self.to_string());
        match self {
            Self::Requested | Self::Completed => of_kind(serializer, kind, &[], text),
            Self::Signal(signal) => of_kind(serializer, kind, &[("signal", Some(&signal.to_string()))], text),
            Self::OnReadyPanicked(panicked) => {
                of_kind(serializer, kind, &[("message", Some(panicked.message()))], text)
            }
            Self::Ended { service } | Self::NotStarted { service } => {
                of_kind(serializer, kind, &[("service", Some(&**service))], text)
            }
            Self::Failed { service, error } => {
                let more = [("service", Some(&**service)), ("error", Some(&*chain(error)))];
                of_kind(serializer, kind, &more, text)
            }
        }
    }
}

impl Serialize for StopOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (kind, text) = (self.kind(), &self.to_string());
        match self {
            Self::Graceful
            | Self::Forced
            | Self::Aborted
            | Self::NotStarted
            | Self::LeftOut
            | Self::Absent => of_kind(serializer, kind, &[], text),
            Self::Stuck { lent_to } => of_kind(serializer, kind, &[("lent_to", lent_to.as_deref())], text),
            Self::Failed(error) => of_kind(serializer, kind, &[("error", Some(&chain(error)))], text),
            Self::Panicked(message) => of_kind(serializer, kind, &[("message", Some(message))], text),
        }
    }
}

impl Serialize for StopCauseKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snake_case(serializer, self)
    }
}

impl Serialize for StopOutcomeKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        snake_case(serializer, self)
    }
}

impl Serialize for ServiceName {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self)
    }
}

impl Serialize for SignalKind {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}
