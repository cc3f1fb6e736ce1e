//! Why a group did not start.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::engine::{FailureReason, StartFailure};
use crate::model::StopReport;
use crate::model::{BudgetExceeded, Plan};
use crate::model::{ServiceName, SharedError, StopCause};
use crate::state::GroupState;
use crate::text::OneLine;
use crate::text::{ErrorChain, HumanDuration};

/// Why a group did not start, and how what had started was stopped.
///
/// It displays as one line, with the whole chain of causes; so [`source`](Error::source) gives nothing more.
#[derive(Debug)]
pub struct StartError {
    group: &'static str,
    service: Option<ServiceName>,
    needed_by: Vec<ServiceName>,
    kind: StartErrorKind,
    report: Option<StopReport>,
}

/// What went wrong in a start.
#[derive(Debug)]
#[non_exhaustive]
pub enum StartErrorKind {
    /// The start expression gave this error.
    Failed(SharedError),
    /// The start expression panicked, with this message.
    Panicked(String),
    /// The start took longer than this.
    TimedOut(Duration),
    /// A stop was requested, or caused by a service that had started.
    Stopped(StopCause),
    /// A runner's budget does not hold what the plan needs; nothing was started.
    BudgetExceeded(BudgetExceeded),
}

impl StartError {
    pub(crate) fn budget_exceeded(plan: &Plan, budget_exceeded: BudgetExceeded) -> Self {
        let kind = StartErrorKind::BudgetExceeded(budget_exceeded);
        Self { group: plan.name(), service: None, needed_by: Vec::new(), kind, report: None }
    }

    pub(crate) fn of(shared: &GroupState, StartFailure { reason, report }: StartFailure) -> Self {
        let services = shared.plan.services();
        let (index, kind) = match reason {
            FailureReason::Failed { index, error } => (Some(index), StartErrorKind::Failed(error.into())),
            FailureReason::Panicked { index, message } => (Some(index), StartErrorKind::Panicked(message)),
            FailureReason::TimedOut { index } => {
                (Some(index), StartErrorKind::TimedOut(services[index].start_within()))
            }
            FailureReason::Stopped(cause) => (None, StartErrorKind::Stopped(cause)),
        };
        let needed_by = index.map(|index| shared.graph.needed_by(index)).unwrap_or_default();
        Self {
            group: shared.plan.name(),
            service: index.map(|index| services[index].name().into()),
            needed_by: needed_by.into_iter().map(|index| services[index].name().into()).collect(),
            kind,
            report: Some(report),
        }
    }

    /// The service that did not start, where it was one.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        self.service.as_ref()
    }

    /// Who uses that service, who uses that one, and so on.
    #[must_use]
    pub fn needed_by(&self) -> &[ServiceName] {
        &self.needed_by
    }

    /// What went wrong.
    #[must_use]
    pub fn kind(&self) -> &StartErrorKind {
        &self.kind
    }

    /// How what had started was stopped; none where nothing was started at all.
    #[must_use]
    pub fn report(&self) -> Option<&StopReport> {
        self.report.as_ref()
    }

    /// The exit code: a start that was given up on request is no failure.
    pub(crate) fn exit_code(&self) -> u8 {
        let own = match &self.kind {
            StartErrorKind::Stopped(cause) => u8::from(cause.is_failure()),
            _ => 1,
        };
        self.report.as_ref().map_or(own, |report| own.max(report.exit_code()))
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Some(service) = &self.service else {
            return match &self.kind {
                StartErrorKind::BudgetExceeded(budget_exceeded) => budget_exceeded.fmt(f),
                StartErrorKind::Stopped(cause) => {
                    write!(f, "the start of `{}` was given up {cause}", self.group)
                }
                _ => write!(f, "`{}` did not start", self.group),
            };
        };
        write!(f, "`{service}`")?;
        for (index, user) in self.needed_by.iter().enumerate() {
            write!(f, "{}needed by `{user}`", if index == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.needed_by.is_empty() { "" } else { ")" })?;
        match &self.kind {
            StartErrorKind::Failed(error) => write!(f, " did not start: {}", ErrorChain(&**error)),
            StartErrorKind::Panicked(message) => write!(f, " panicked in its start: {}", OneLine(message)),
            StartErrorKind::TimedOut(window) => write!(f, " did not start within {}", HumanDuration(*window)),
            StartErrorKind::Stopped(_) | StartErrorKind::BudgetExceeded(_) => Ok(()),
        }
    }
}

impl Error for StartError {}
