//! What happened in a stop: one record, one renderer.

mod detail;

use std::time::Duration;

use super::{ServiceId, ServiceKey, ServiceName, SharedError, StopCause};
use crate::text::{ErrorChain, OneLine};

pub use detail::{CutRequest, Detail, Drained};

/// What happened in a stop.
///
/// It displays as text: a clean stop of all services in one sentence; else who did not end gracefully, why, and a line
/// for each service in the order in which they were asked to stop. `{:#}` has those lines in any case.
/// [`timeline`](Self::timeline) and [`svg`](Self::svg) draw it.
#[cfg_attr(feature = "serde", doc = "", doc = include_str!("../view/json/report.md"))]
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct StopReport {
    /// The name of the group's struct.
    pub group_name: &'static str,
    /// Why the group stopped.
    pub cause: StopCause,
    /// The budget.
    pub stop_within: Duration,
    /// How long the lame duck took; it is part of `stop_duration`.
    pub lame_duck: Duration,
    /// How long the whole stop took.
    pub stop_duration: Duration,
    /// The services, in the order in which they were asked to stop.
    pub services: Vec<ServiceReport>,
}

/// What happened to one service in a stop.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub struct ServiceReport {
    /// The service.
    pub id: ServiceId,
    /// The field's name.
    pub name: ServiceName,
    /// When it was asked to stop, counted from the begin of its own group's stop, a nested one's too.
    pub stop_requested_after: Duration,
    /// The service whose end it waited for last.
    pub waited_for: Option<ServiceName>,
    /// How long its stop took.
    pub stop_duration: Duration,
    /// How long it might have taken.
    pub window: Duration,
    /// How it ended.
    pub outcome: StopOutcome,
    /// What the service itself added.
    pub details: Vec<Detail>,
}

/// How a service ended.
#[derive(Debug, Clone)]
#[non_exhaustive]
pub enum StopOutcome {
    /// By itself, before it was forced.
    Graceful,
    /// It returned after it had been told to cut, or it had to cut a request.
    Forced,
    /// Its window ended first: its stop was cut off, and the service dropped.
    Aborted,
    /// Its window ended first, and something of it is still there: a thread that it blocks, or a borrowed value.
    Stuck {
        /// The service whose start still borrows the value.
        lent_to: Option<ServiceName>,
    },
    /// Its stop gave an error, or it had failed before.
    Failed(SharedError),
    /// Its stop panicked, with this message.
    Panicked(String),
    /// It had not started.
    NotStarted,
}

impl StopOutcome {
    /// The outcome in one word.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Graceful => "graceful",
            Self::Forced => "forced",
            Self::Aborted => "aborted",
            Self::Stuck { .. } => "stuck",
            Self::Failed(_) => "failed",
            Self::Panicked(_) => "panicked",
            Self::NotStarted => "not started",
        }
    }

    /// What there is to say besides the word.
    pub(crate) fn reason(&self) -> Option<String> {
        match self {
            Self::Failed(error) => Some(ErrorChain(&**error).to_string()),
            Self::Panicked(message) => Some(OneLine(message).to_string()),
            Self::Stuck { lent_to: Some(other) } => Some(format!("lent to `{other}`")),
            _ => None,
        }
    }

    /// Returns the exit code that this outcome demands: 0, 1 if the service failed, 3 if it was forced.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match self {
            Self::Graceful | Self::NotStarted => 0,
            Self::Failed(_) | Self::Panicked(_) => 1,
            Self::Forced | Self::Aborted | Self::Stuck { .. } => 3,
        }
    }
}

impl StopReport {
    /// Whether every service that had started ended gracefully.
    #[must_use]
    pub fn is_clean(&self) -> bool {
        self.exit_code() == 0
    }

    /// Returns the report of a service by its name or id.
    pub fn service<'a>(&self, service: impl Into<ServiceKey<'a>>) -> Option<&ServiceReport> {
        let key = service.into();
        self.services.iter().find(|service| key.matches(service.id, &service.name))
    }

    /// The services that are stuck, those of nested groups among them.
    #[must_use]
    pub fn stuck(&self) -> Vec<&ServiceReport> {
        let nested = self.services.iter().filter_map(ServiceReport::nested).flat_map(Self::stuck);
        let own = self.services.iter().filter(|service| matches!(service.outcome, StopOutcome::Stuck { .. }));
        own.chain(nested).collect()
    }

    /// Returns whether any service had started.
    pub(crate) fn has_started_services(&self) -> bool {
        self.services.iter().any(|service| !matches!(service.outcome, StopOutcome::NotStarted))
    }

    /// The exit code that the stop itself deserves, its cause among it.
    pub(crate) fn exit_code(&self) -> u8 {
        self.worst().max(u8::from(self.cause.is_failure()))
    }

    /// The exit code that the stop deserves whatever its cause was.
    pub(crate) fn worst(&self) -> u8 {
        self.services.iter().map(ServiceReport::exit_code).max().unwrap_or(0)
    }
}

impl ServiceReport {
    /// The report of the group that this service is, if it is one.
    #[must_use]
    pub fn nested(&self) -> Option<&StopReport> {
        self.details.iter().find_map(|detail| match detail {
            Detail::Group(report) => Some(&**report),
            _ => None,
        })
    }

    fn exit_code(&self) -> u8 {
        let nested = self.nested().into_iter().flat_map(|report| &report.services);
        nested.map(Self::exit_code).fold(self.outcome.exit_code(), u8::max)
    }
}
