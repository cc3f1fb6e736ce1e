//! Makes the spans of a service: one for its life, one for its start, one for its stop.
//!
//! The fields are those of OpenTelemetry if it has any (`error.type`, `exception.message`), `otel.status_code` as
//! tracing-opentelemetry reads it, and have a name of our own otherwise: `service.*` belongs to the whole process there.
//! If nothing listens, no span is made. Disabled spans would be 4 % of the instructions of a start and stop (callgrind).
//!
//! Each span is made in the task that it covers, since a subscriber may block.

use tracing::field::Empty;

use crate::text::events::{EventSink, ShieldedSpan, is_enabled};

macro_rules! span {
    ($events:expr, $name:literal, $service:expr $(, $field:literal = $value:expr)*) => {
        if is_enabled!(info) {
            ShieldedSpan::new(|| $events.in_parent(|| tracing::info_span!(
                $name,
                "service_group.service" = $service,
                $($field = $value,)*
                "error.type" = Empty,
                "exception.message" = Empty,
                "otel.status_code" = Empty,
            )))
        } else {
            ShieldedSpan::NONE
        }
    };
}

/// The start of a service.
pub(super) fn start(events: &EventSink, service: &'static str) -> ShieldedSpan {
    span!(events, "start", service)
}

/// The stop of a service.
pub(super) fn stop(events: &EventSink, service: &'static str) -> ShieldedSpan {
    span!(events, "stop", service)
}

/// The life of a service, from its start to the end of its stop.
pub(super) fn life(events: &EventSink, group: &'static str, service: &'static str) -> ShieldedSpan {
    span!(events, "service", service, "service_group.group" = group, "service_group.outcome" = Empty)
}

/// What the span covers has failed, with this error or panic.
pub(super) fn failed(span: &ShieldedSpan, kind: &str, message: &str) {
    span.record(|span| {
        span.record("otel.status_code", "ERROR")
            .record("error.type", kind)
            .record("exception.message", message);
    });
}
