//! Phrases that several texts share: lists of names, counts with their nouns.

use std::fmt::Display;

#[cfg(any(feature = "console", all(feature = "systemd", target_os = "linux")))]
use crate::model::ServiceState;
use crate::model::{ServerStats, ServiceStatus};
use crate::text::{HumanDuration, OneLine, quoted};

/// Returns the names in backticks, joined by `and`.
pub(crate) fn names(names: impl IntoIterator<Item = impl Display>) -> String {
    quoted(names, " and ")
}

/// Returns a count with its noun: `1 connection`, `2 connections`. The plural of the noun ends in `s`.
pub(crate) fn count(count: usize, noun: &str) -> String {
    format!("{count} {noun}{}", if count == 1 { "" } else { "s" })
}

/// Returns the number of requests in flight: `2 requests in flight`.
pub(crate) fn requests_in_flight(requests: usize) -> String {
    format!("{} in flight", count(requests, "request"))
}

/// Returns the requests in flight of a server, or the tasks that run: `2 requests in flight`, `1 task`. `None` without any.
pub(crate) fn open_work(stats: &ServerStats) -> Option<String> {
    match (stats.requests, stats.tasks) {
        (0, 0) => None,
        (0, tasks) => Some(count(tasks, "task")),
        (requests, _) => Some(requests_in_flight(requests)),
    }
}

/// Returns the requests in flight of a server, or the tasks that run, in brackets; nothing without any.
pub(crate) fn in_flight(service: &ServiceStatus) -> String {
    let Some((stats, requests)) = service.stats.as_ref().and_then(|stats| Some((stats, open_work(stats)?)))
    else {
        return String::new();
    };
    match &stats.oldest {
        Some((what, age)) => {
            format!(" ({requests}, the oldest {}, {} old)", OneLine(what), HumanDuration(*age))
        }
        None => format!(" ({requests})"),
    }
}

/// Returns the number of the attempt of a start that has failed before, and the last error, in brackets; nothing for the
/// first attempt.
#[cfg(any(feature = "console", all(feature = "systemd", target_os = "linux")))]
pub(crate) fn attempt(service: &ServiceStatus) -> String {
    if service.state != ServiceState::Starting {
        return String::new();
    }
    match &service.start_failure {
        // Between two attempts, the number is that of the one that failed.
        Some(error) => format!(" (attempt {}, last error: {error:#})", service.attempts),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_is_singular() {
        assert_eq!(names(["store"]), "`store`");
        assert_eq!(names(["store", "rpc"]), "`store` and `rpc`");
        let texts = ["0 requests in flight", "1 request in flight", "2 requests in flight"];
        assert_eq!([0, 1, 2].map(requests_in_flight), texts.map(String::from));
    }

    #[test]
    fn open_work_is_requests_or_tasks() {
        let open = |requests, tasks| open_work(&ServerStats { requests, tasks, ..ServerStats::default() });
        assert_eq!(open(0, 0), None);
        assert_eq!(open(2, 0).as_deref(), Some("2 requests in flight"));
        assert_eq!(open(0, 1).as_deref(), Some("1 task"));
    }
}
