//! The line about one service.

use std::fmt::Write;
use std::time::Duration;

use crate::model::{ServerStats, ServiceStatus};
use crate::text::{HumanDuration, OneLine};
use crate::view::canvas::Tone;
use crate::view::words;

/// The line about one service.
pub(super) struct Row {
    pub(super) name: String,
    pub(super) is_active: bool,
    /// The share of its window that has passed.
    pub(super) share: Option<f64>,
    pub(super) tone: Tone,
    pub(super) state: String,
    pub(super) rest: String,
}

impl Row {
    pub(super) fn active(service: &ServiceStatus, start_within: Duration, depth: usize) -> Self {
        let (took, within, forced) = match &service.stop {
            Some(stop) => (stop.elapsed, stop.stop_within, stop.forced),
            None => (service.in_state_for, start_within, false),
        };
        let share = took.as_secs_f64() / within.as_secs_f64().max(f64::MIN_POSITIVE);
        let state = match (forced, service.state) {
            (true, _) => "forced".to_owned(),
            (false, state) => state.to_string(),
        };
        let tone = match (forced, share) {
            (true, _) => Tone::Bad,
            (false, share) if share > 0.5 => Tone::Warning,
            _ => Tone::Good,
        };
        let left = within.saturating_sub(took);
        let mut rest = format!("  {}, {} left", tenths(took), tenths(left));
        rest += &words::attempt(service);
        if let Some(stats) = &service.stats {
            rest += &in_flight(stats);
        }
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_active: true, share: Some(share), tone, state, rest }
    }

    pub(super) fn waiting(service: &ServiceStatus, depth: usize) -> Self {
        let rest = format!("for {}", service.waits_for.join(", "));
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_active: false, share: None, tone: Tone::Dim, state: "waits ".to_owned(), rest }
    }

    pub(super) fn ended(service: &ServiceStatus, depth: usize) -> Self {
        let (tone, state) = match &service.outcome {
            Some(outcome) => (outcome.tone(), outcome.to_string()),
            None => (Tone::Bad, "failed".to_owned()),
        };
        let name = format!("{}{}", "  ".repeat(depth), service.name);
        Self { name, is_active: true, share: None, tone, state, rest: String::new() }
    }
}

/// Returns whether the service has ended, but not gracefully.
pub(super) fn is_unclean(service: &ServiceStatus) -> bool {
    service.outcome.as_ref().is_some_and(|outcome| outcome.exit_code() > 0)
}

/// Returns the requests in flight and the connections of a server, or the tasks that run.
fn in_flight(stats: &ServerStats) -> String {
    let mut text = match (stats.requests, stats.tasks, stats.connections) {
        (0, 0, 0) => return String::new(),
        (0, 0, connections) => format!(", {}", words::count(connections, "connection")),
        (0, tasks, _) => format!(", {}", words::count(tasks, "task")),
        (requests, ..) => format!(", {requests} in flight"),
    };
    if let Some((what, age)) = &stats.oldest {
        // Writing to a `String` cannot fail.
        let _ = write!(text, ", the oldest {}: {}", tenths(*age), OneLine(what));
    }
    text
}

/// A time that is watched as it passes: tenths of a second up to a minute.
pub(super) fn tenths(time: Duration) -> String {
    if time < Duration::from_secs(60) {
        format!("{:.1} s", time.as_secs_f64())
    } else {
        HumanDuration(time).to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn open_work_is_named_after_the_time() {
        let stats = |requests, tasks, connections, oldest: Option<&str>| {
            let oldest = oldest.map(|what| (what.to_owned(), Duration::from_millis(1_200)));
            in_flight(&ServerStats { connections, requests, tasks, oldest, ..ServerStats::default() })
        };
        assert_eq!(stats(0, 0, 0, None), "");
        assert_eq!(stats(0, 0, 1, None), ", 1 connection");
        assert_eq!(stats(2, 0, 3, Some("GET /a")), ", 2 in flight, the oldest 1.2 s: GET /a");
        assert_eq!(stats(0, 7, 0, Some("send mail")), ", 7 tasks, the oldest 1.2 s: send mail");
    }
}
