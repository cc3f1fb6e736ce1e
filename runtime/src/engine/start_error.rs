//! Why a group did not start.

use std::error::Error;
use std::fmt;
use std::iter::once;
use std::time::Duration;

use super::{FailureReason, StartFailure};
use crate::model::{BudgetExceeded, Panicked, ServiceName, SharedError, StopCause, StopReport};
use crate::state::GroupState;
use crate::text::{HumanDuration, OneLine, quoted};

/// Why a group did not start, and how what had started was stopped.
///
/// Its `Display` names the service and the services that need it. `{:#}` adds the whole chain of causes on the same line:
/// what a run prints. It adds the [others](Self::others) too. [`source`](Error::source) is the cause, which can be downcast.
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
    /// Whether the services are the members of a collection.
    is_collection: bool,
    /// The service that did not start, if one is the cause.
    failed: Option<FailedStart>,
    /// Why the group did not start, if no service is the cause.
    kind: StartErrorKind,
    others: Vec<FailedStart>,
    report: Option<StopReport>,
}

/// A service that did not start.
///
/// It displays as [`StartError`] does: `{:#}` adds the chain of causes.
#[derive(Debug)]
pub struct FailedStart {
    service: ServiceName,
    needed_by: Vec<ServiceName>,
    kind: StartErrorKind,
    attempts: u32,
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
    /// [`Runner::only_named`](crate::Runner::only_named) names a service that the group does not have. Nothing was started.
    UnknownService(ServiceName),
    /// A runner replaces this service, and leaves it out. Nothing was started.
    ReplacedAndLeftOut(ServiceName),
    /// [`start_each_keyed`](crate::start_each_keyed) has two members of this name. Nothing was started.
    DuplicateMember(ServiceName),
}

impl StartError {
    /// An error that was found before the first start.
    pub(crate) fn before_the_start(group: &'static str, kind: StartErrorKind) -> Self {
        let is_collection = false;
        Self(Box::new(Inner { group, is_collection, failed: None, kind, others: Vec::new(), report: None }))
    }

    pub(crate) fn new(group: &GroupState, StartFailure { reason, others, report }: StartFailure) -> Self {
        let failed = |reason: FailureReason| FailedStart::new(group, reason);
        let (failed, kind) = match failed(reason) {
            Ok(failed) => (Some(failed), StartErrorKind::Stopped(StopCause::Requested)),
            Err(cause) => (None, StartErrorKind::Stopped(cause)),
        };
        let others = others.into_iter().filter_map(|other| FailedStart::new(group, other).ok()).collect();
        let (group, is_collection) = (group.plan.name(), group.plan.is_collection());
        Self(Box::new(Inner { group, is_collection, failed, kind, others, report: Some(report) }))
    }

    /// Returns the service that did not start, if one is the cause.
    #[must_use]
    pub fn service(&self) -> Option<&ServiceName> {
        self.0.failed.as_ref().map(|failed| &failed.service)
    }

    /// Returns a service that uses that one, a service that uses the former, and so on.
    #[must_use]
    pub fn needed_by(&self) -> &[ServiceName] {
        self.0.failed.as_ref().map_or(&[], FailedStart::needed_by)
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> &StartErrorKind {
        self.0.failed.as_ref().map_or(&self.0.kind, FailedStart::kind)
    }

    /// Returns how many attempts there were to start the service. More than one with `retry` only.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.0.failed.as_ref().map_or(0, FailedStart::attempts)
    }

    /// Returns the other services that did not start either: those whose starts were under way, and failed within 250 ms
    /// after the first failure, and those between two attempts.
    #[must_use]
    pub fn others(&self) -> &[FailedStart] {
        &self.0.others
    }

    /// Returns how what had started was stopped; `None` if nothing was started at all.
    #[must_use]
    pub fn report(&self) -> Option<&StopReport> {
        self.0.report.as_ref()
    }

    /// Returns the exit code: 0 for a start that a stop request ended, unless its roll-back went wrong.
    pub(crate) fn exit_code(&self) -> u8 {
        let own = match self.kind() {
            StartErrorKind::Stopped(cause) => u8::from(cause.is_failure()),
            _ => 1,
        };
        self.0.report.as_ref().map_or(own, |report| own.max(report.exit_code()))
    }

    /// Returns the text of a run: the first failure with the whole chain of its causes, and a line for each other one.
    pub(crate) fn lines(&self) -> String {
        let first =
            self.0.failed.as_ref().map_or_else(|| format!("{self:#}"), |failed| format!("{failed:#}"));
        let others = self.0.others.iter().map(|other| format!("\nalso: {other:#}"));
        std::iter::once(first).chain(others).collect()
    }
}

impl FailedStart {
    /// Returns the cause of the stop if no service is at fault.
    fn new(group: &GroupState, reason: FailureReason) -> Result<Self, StopCause> {
        let services = group.plan.services();
        let (index, kind) = match reason {
            FailureReason::Failed { index, error } => (index, StartErrorKind::Failed(error)),
            FailureReason::Panicked { index, message } => {
                (index, StartErrorKind::Panicked(Panicked::new(message)))
            }
            FailureReason::TimedOut { index } => {
                (index, StartErrorKind::TimedOut(services[index].start_window()))
            }
            FailureReason::Stopped(cause) => return Err(cause),
        };
        let name = |index: usize| ServiceName::from(services[index].name());
        let needed_by = group.graph.needed_by(index).into_iter().map(name).collect();
        Ok(Self { service: name(index), needed_by, kind, attempts: group.start_attempts(index) })
    }

    /// Returns the service.
    #[must_use]
    pub fn service(&self) -> &ServiceName {
        &self.service
    }

    /// Returns a service that uses that one, a service that uses the former, and so on.
    #[must_use]
    pub fn needed_by(&self) -> &[ServiceName] {
        &self.needed_by
    }

    /// Returns what went wrong.
    #[must_use]
    pub fn kind(&self) -> &StartErrorKind {
        &self.kind
    }

    /// Returns how many attempts there were. More than one with `retry` only.
    #[must_use]
    pub fn attempts(&self) -> u32 {
        self.attempts
    }
}

impl fmt::Display for FailedStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "`{}`", self.service)?;
        for (index, user) in self.needed_by.iter().enumerate() {
            write!(f, "{}needed by `{user}`", if index == 0 { " (" } else { ", " })?;
        }
        f.write_str(if self.needed_by.is_empty() { "" } else { ")" })?;
        match &self.kind {
            StartErrorKind::Panicked(panic) => {
                return write!(f, " panicked in its start: {}", OneLine(panic.message()));
            }
            StartErrorKind::TimedOut(window) => {
                write!(f, " did not start within {}", HumanDuration(*window))?;
            }
            _ => f.write_str(" did not start")?,
        }
        match (&self.kind, self.attempts) {
            (StartErrorKind::TimedOut(_), attempts @ 2..) => write!(f, ", in attempt {attempts}")?,
            (_, attempts @ 2..) => write!(f, " in {attempts} attempts")?,
            _ => {}
        }
        match &self.kind {
            StartErrorKind::Failed(error) if f.alternate() => write!(f, ": {error:#}"),
            _ => Ok(()),
        }
    }
}

impl fmt::Display for StartError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (&self.0.failed, &self.0.kind) {
            // As the source of the error of a field, it has to name them all.
            (Some(failed), _) if self.0.is_collection && !self.0.others.is_empty() && !f.alternate() => {
                let others = self.0.others.iter().map(FailedStart::service);
                write!(f, "{} did not start", quoted(once(failed.service()).chain(others), " and "))?;
            }
            (Some(failed), _) => failed.fmt(f)?,
            (None, StartErrorKind::BudgetExceeded(exceeded)) => exceeded.fmt(f)?,
            (None, StartErrorKind::Stopped(cause)) => {
                write!(f, "the start of `{}` was given up {cause}", self.0.group)?;
            }
            (None, StartErrorKind::UnknownService(name)) => {
                write!(f, "`{}` has no service `{name}`", self.0.group)?;
            }
            (None, StartErrorKind::ReplacedAndLeftOut(name)) => {
                write!(f, "`{}` is asked to replace `{name}`, and to leave it out", self.0.group)?;
            }
            (None, StartErrorKind::DuplicateMember(name)) => write!(f, "there are two members `{name}`")?,
            (None, _) => write!(f, "`{}` did not start", self.0.group)?,
        }
        if f.alternate() {
            self.0.others.iter().try_for_each(|other| write!(f, "; also {other:#}"))?;
        }
        Ok(())
    }
}

impl Error for StartError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self.kind() {
            StartErrorKind::Failed(error) | StartErrorKind::Stopped(StopCause::Failed { error, .. }) => {
                Some(&**error)
            }
            _ => None,
        }
    }
}
