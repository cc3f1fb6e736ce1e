//! Events and spans of the library. No subscriber, and no writer behind one, can change what the engine does.
//!
//! # Invariants
//!
//! 1. A panic of a subscriber ends here. The first one is reported on stderr; the event is lost, and later events are tried
//!    again.
//! 2. During a run a thread of its own emits the events of the engine, in order. A subscriber that blocks holds up that
//!    thread alone.
//! 3. A span is created, entered and dropped in the task that it covers, never in a driver.

mod in_span;
mod queue;
mod shield;
mod shielded_span;
mod sink;
mod thread;

pub(crate) use in_span::in_span;
#[cfg(feature = "console")]
pub(crate) use shield::shielded;
pub(crate) use shielded_span::ShieldedSpan;
pub(crate) use sink::EventSink;
pub(crate) use thread::EventThread;

/// Emits an event of the given level through the sink, for example `event!(events, info, service, "started")`.
///
/// The fields are moved to another thread: they own their values, or are `'static`.
macro_rules! event {
    ($events:expr, $level:ident, $($fields:tt)+) => {
        if $crate::text::events::is_enabled!($level) {
            $events.emit(move || ::tracing::$level!($($fields)+));
        }
    };
}

/// Returns whether a subscriber may listen to events of the given level, without a call of the subscriber: a run without one
/// costs nothing.
macro_rules! is_enabled {
    ($level:ident) => {
        $crate::text::events::level!($level) <= ::tracing::level_filters::LevelFilter::current()
    };
}

macro_rules! level {
    (info) => {
        ::tracing::level_filters::LevelFilter::INFO
    };
    (warn) => {
        ::tracing::level_filters::LevelFilter::WARN
    };
    (error) => {
        ::tracing::level_filters::LevelFilter::ERROR
    };
}

pub(crate) use {event, is_enabled, level};
