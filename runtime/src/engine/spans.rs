//! Makes the spans of a service: one for its life, one for its start, one for its stop.
//!
//! The fields are those of OpenTelemetry where it has any (`error.type`, `exception.message`), `otel.status_code` as
//! tracing-opentelemetry reads it, and have a name of our own elsewhere: `service.*` belongs to the whole process there.
//! Where nobody listens, a span costs no more than the question whether somebody does.

use std::error::Error;

use tracing::Span;
use tracing::field::Empty;

use crate::state::LIFE;
use crate::text::ErrorChain;

macro_rules! span {
    ($name:literal, $service:expr $(, $field:literal = $value:expr)*) => {
        tracing::info_span!(
            $name,
            "service_group.service" = $service,
            $($field = $value,)*
            "error.type" = Empty,
            "exception.message" = Empty,
            "otel.status_code" = Empty,
        )
    };
}

/// The start of a service.
pub(super) fn start(service: &'static str) -> Span {
    span!("start", service)
}

/// The stop of a service.
pub(super) fn stop(service: &'static str) -> Span {
    span!("stop", service)
}

/// The life of a service, from its start to the end of its stop.
pub(super) fn life(group: &'static str, service: &'static str) -> Span {
    // A nested group's services live as long as the group does, not just as long as its start.
    let span = || span!("service", service, "service_group.group" = group, "service_group.outcome" = Empty);
    LIFE.try_with(|outer| outer.in_scope(span)).unwrap_or_else(|_| span())
}

/// What the span covers has failed.
pub(super) fn failed(span: &Span, error: &(dyn Error + 'static)) {
    if !span.is_disabled() {
        record(span, "failed", &ErrorChain(error).to_string());
    }
}

/// What the span covers has panicked.
pub(super) fn panicked(span: &Span, message: &str) {
    record(span, "panicked", message);
}

fn record(span: &Span, kind: &str, message: &str) {
    span.record("otel.status_code", "ERROR").record("error.type", kind).record("exception.message", message);
}
