//! What happened in a start, as data: the report of a group, and of each of its services.

use std::fmt;
use std::time::Duration;

use super::{ServiceId, ServiceKey, ServiceName, SharedError};

/// What happened in a start: when each service began to start, what it waited for, and how long it took.
///
/// [`Running::start_report`](crate::Running::start_report), [`Outcome::start_report`](crate::Outcome::start_report) and
/// [`GroupHandle::start_report`](crate::GroupHandle::start_report) return it, the latter also while the group starts. It
/// displays as a headline with the slowest path, and a line for each service.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/start_report.md"))]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StartReport {
    /// The name of the group's struct.
    pub group_name: &'static str,
    /// When the group began to start, counted from the start of the group around it. Zero for the outermost group.
    pub begun_after: Duration,
    /// How long the start took, or has taken so far.
    pub start_duration: Duration,
    /// Whether all services have started.
    pub has_started: bool,
    /// The services, in the order in which their starts began. Those without a start come last.
    pub services: Vec<ServiceStart>,
    /// Whether the services are the members of a collection. The name of each begins with that of the collection.
    pub is_collection: bool,
}

/// What happened in the start of one service.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceStart {
    /// The service.
    pub id: ServiceId,
    /// The name of the field.
    pub name: ServiceName,
    /// When the start began, counted from the start of its own group, nested or not.
    pub begun_after: Duration,
    /// The service that started last of those that start before this one.
    pub waited_for: Option<ServiceName>,
    /// How long the start took, all attempts and pauses included.
    pub start_duration: Duration,
    /// How many attempts there were.
    pub attempts: u32,
    /// The error of the last attempt that failed.
    pub failure: Option<SharedError>,
    /// How far the start has come.
    pub outcome: StartOutcome,
    /// Whether a value, or another start, was put in place of the written start.
    pub is_replaced: bool,
    /// Whether the value was given: the service counts as started from the beginning.
    pub is_given: bool,
    /// The report of the group that the service is, if it is one that started here; of a collection, if
    /// [`start_each`](crate::start_each) started its members.
    pub nested: Option<Box<StartReport>>,
}

/// How far the start of a service has come.
///
/// It displays in lower case: `started`, `did not start`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum StartOutcome {
    /// The service has started.
    Started,
    /// The start is running, or waits for its next attempt.
    Starting,
    /// The start failed, or was interrupted.
    DidNotStart,
    /// The start has not begun.
    Waiting,
    /// The run leaves the service out.
    LeftOut,
}

impl StartReport {
    /// Returns what happened in the start of a service, by its name or id.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&ServiceStart> {
        let key = service.into();
        self.services.iter().find(|service| key.matches(service.id, &service.name))
    }

    /// Returns the services that the group waited for until it had started: the last one, the one that it waited for, and
    /// so on, in the order of the start.
    #[must_use]
    pub fn slowest_path(&self) -> Vec<&ServiceStart> {
        let begun = self.services.iter().filter(|service| service.attempts > 0);
        let mut path: Vec<_> = begun.max_by_key(|service| service.ended()).into_iter().collect();
        while let Some(earlier) = path.last().and_then(|service| self.service(service.waited_for.as_ref()?)) {
            path.push(earlier);
        }
        path.reverse();
        path
    }
}

impl ServiceStart {
    /// Returns when the start ended, counted from the start of its own group.
    pub(crate) fn ended(&self) -> Duration {
        self.begun_after + self.start_duration
    }
}

impl fmt::Display for StartOutcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Started => "started",
            Self::Starting => "starting",
            Self::DidNotStart => "did not start",
            Self::Waiting => "waiting",
            Self::LeftOut => "left out",
        })
    }
}
