//! Plan, status and report for serde: what each is as JSON stands in the docs of its type, and a test holds it there.
//!
//! Written by hand, since names and units are chosen for who reads the JSON: services by name and never by index,
//! durations as seconds with names that say so, states in lower case. A key of a struct is always there, null where there
//! is nothing to say; what is one of several kinds has `kind`, `text` as people read it, and the keys of that kind.

mod plan;
mod report;
mod status;
#[cfg(test)]
mod tests;

use std::time::Duration;

use serde_core::ser::{Serialize, SerializeMap, Serializer};

use crate::model::StopOutcome;
use crate::model::{ServiceName, SharedError, SignalKind, StopCause};
use crate::text::ErrorChain;

/// Writes an object, the keys in their order.
macro_rules! object {
    ($serializer:ident, $name:literal, { $($key:literal: $value:expr,)+ }) => {{
        use serde_core::ser::SerializeStruct;
        let mut object = $serializer.serialize_struct($name, [$($key),+].len())?;
        $(object.serialize_field($key, &$value)?;)+
        object.end()
    }};
}
use object;

/// One of several kinds, with what only this kind has.
fn kind<S: Serializer>(
    serializer: S,
    kind: &str,
    more: &[(&str, Option<&str>)],
    text: &str,
) -> Result<S::Ok, S::Error> {
    let mut object = serializer.serialize_map(Some(more.len() + 2))?;
    object.serialize_entry("kind", kind)?;
    for (key, value) in more {
        object.serialize_entry(key, value)?;
    }
    object.serialize_entry("text", text)?;
    object.end()
}

/// To the microsecond, so that no digits follow that mean nothing.
fn seconds(time: Duration) -> f64 {
    (time.as_secs_f64() * 1e6).round() / 1e6
}

fn said(error: &SharedError) -> String {
    ErrorChain(&**error).to_string()
}

impl Serialize for StopCause {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = &self.to_string();
        match self {
            Self::Requested => kind(serializer, "requested", &[], text),
            Self::Signal(signal) => {
                kind(serializer, "signal", &[("signal", Some(&signal.to_string()))], text)
            }
            Self::Ended { service } => kind(serializer, "ended", &[("service", Some(&**service))], text),
            Self::Failed { service, error } => {
                let more = [("service", Some(&**service)), ("error", Some(&*said(error)))];
                kind(serializer, "failed", &more, text)
            }
            Self::OnReadyPanicked(panicked) => {
                kind(serializer, "on_ready_panicked", &[("message", Some(panicked.message()))], text)
            }
            Self::NotStarted { service } => {
                kind(serializer, "not_started", &[("service", Some(&**service))], text)
            }
        }
    }
}

impl Serialize for StopOutcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = &self.to_string();
        match self {
            Self::Graceful => kind(serializer, "graceful", &[], text),
            Self::Forced => kind(serializer, "forced", &[], text),
            Self::Aborted => kind(serializer, "aborted", &[], text),
            Self::Stuck { lent_to } => kind(serializer, "stuck", &[("lent_to", lent_to.as_deref())], text),
            Self::Failed(error) => kind(serializer, "failed", &[("error", Some(&said(error)))], text),
            Self::Panicked(message) => kind(serializer, "panicked", &[("message", Some(message))], text),
            Self::NotStarted => kind(serializer, "not_started", &[], text),
        }
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
