//! Why a group did not start.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::{FailureReason, StartFailure};
use crate::model::{BudgetExceeded, Panicked, Plan, ServiceName, SharedError, StopCause, StopReport};
use crate::state::GroupState;
use crate::text::{HumanDuration, OneLine};

/// Why a group did not start, and how what had started was stopped.
///
/// Its `Display` names the service and the services that need it. `{:#}` adds the whole chain of causes on the same line:
/// what a run prints. [`source`](Error::source) is the cause, which can be downcast.
///
/// ```
/// use service_group::{BoxError, Task, service_group};
///
/// fn open() -> Result<String, std::io::Error> {
///     Err(std::io::Error::other("disk full"))
/// }
///
/// #[service_group]
/// struct App {
///     #[service(start = open()?, stop = drop(store))]
///     store: String,
///     #[service(start = { println!("{store}"); Task::spawn(async |_| ()) })]
///     worker: Task,
/// }
///
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// let error = App::start().await.unwrap_err();
/// assert_eq!(error.to_string(), "`store` (needed by `worker`) did not start");
/// assert_eq!(format!("{error:#}"), "`store` (needed by `worker`) did not start: disk full");
/// # }
/// ```
#[derive(Debug)]
pub struct StartError(Box<Inner>);

/// Boxed, so that a `Result` with a `StartError` is small.
#[derive(Debug)]
struct Inner {
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
    /// The start expression returned this error.
    Failed(SharedError),
    /// The start expression panicked.
    Panicked(Panicked),
    /// The start took longer than its window, which is this.
    TimedOut(Duration),
    /// A stop was requested, or caused by a service that had started.
    Stopped(StopCause),
    /// A runner's budget is shorter than the plan needs. Nothing was started.
    BudgetExceeded(BudgetExceeded),
}

impl StartError {
    pub(crate) fn budget_exceeded(plan: &Plan, exceeded: BudgetExceeded) -> Self {
        let kind = StartErrorKind::BudgetExceeded(exceeded);
        Self(Box::new(Inner { group: plan.name(), service: None, needed_by: Vec::new(), kind, report: None }))
    }

    pub(crate) fn new(group: &GroupState, StartFailure { reason, report }: StartFailure) -> Self {
        let services = group.plan.services();
        let (index, kind) = match reason {
            FailureReason::Failed { index, error } => (Some(index), StartErrorKind::Failed(error)),
            FailureReason::Panicked { index, message } => {
                (Some(index), StartErrorKind::Panicked(Panicked::new(message)))
            }
            FailureReason::TimedOut { index } => {
                (Some(index), StartErrorKind::TimedOut(services[index].start_within()))
            }
            FailureReason::Stopped(cause) => (None, StartErrorKind::Stopped(cause)),
        };
        let name = |index: usize| ServiceName::from(services[index].name());
        let needed_by = index.map(|index| group.graph.needed_by(index)).unwrap_or_default();
        Self(Box::new(Inner {
            group: group.plan.name(),
            service: index.map(name),
            needed_by: needed_by.into_iter().map(name).collect(),
            kind,
            report: Some(report),
        }))
    }

    /// Returns the service that did not start, if one is the cause.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        self.0.service.as_ref()
    }

    /// Returns a service that uses that one, a service that uses the former, and so on.
    #[must_use]
    pub fn needed_by(&self) -> &[ServiceName] {
        &self.0.needed_by
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> &StartErrorKind {
        &self.0.kind
    }

    /// Returns how what had started was stopped; `None` if nothing was started at all.
    #[must_use]
    pub fn report(&self) -> Option<&StopReport> {
        self.0.report.as_ref()
    }

    /// Returns the exit code: 0 for a start that a stop request ended, unless its roll-back went wrong.
    pub(crate) fn exit_code(&self) -> u8 {
        let own = match &self.0.kind {
            StartErrorKind::Stopped(cause) => u8::from(cause.is_failure()),
            _ => 1,
        };
        self.0.report.as_ref().map_or(own, |report| own.max(report.exit_code()))
    }

    fn fmt_service(&self, f: &mut fmt::Formatter<'_>, service: &ServiceName) -> fmt::Result {
        write!(f, "`{service}`")?;
        for (index, user) in self.0.needed_by.iter().enumerate() {
            write!(f, "{}needed by `{user}`", if index == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.0.needed_by.is_empty() { "" } else { ")" })?;
        match &self.0.kind {
            StartErrorKind::Panicked(panic) => {
                write!(f, " panicked in its start: {}", OneLine(panic.message()))
            }
            StartErrorKind::TimedOut(window) => {
                write!(f, " did not start within {}", HumanDuration(*window))
            }
            _ => f.write_str(" did not start"),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.service, &self.0.kind) {
            (Some(service), _) => self.fmt_service(f, service)?,
            (None, StartErrorKind::BudgetExceeded(exceeded)) => exceeded.fmt(f)?,
            (None, StartErrorKind::Stopped(cause)) => {
                write!(f, "the start of `{}` was given up {cause}", self.0.group)?;
            }
            (None, _) => write!(f, "`{}` did not start", self.0.group)?,
        }
        match &self.0.kind {
            StartErrorKind::Failed(error) if f.alternate() => write!(f, ": {error:#}"),
            _ => Ok(()),
        }
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match &self.0.kind {
            StartErrorKind::Failed(error) | StartErrorKind::Stopped(StopCause::Failed { error, .. }) => {
                Some(&**error)
            }
            _ => None,
        }
    }
}
