//! How a run ended, and the exit code that follows from it.

use std::io::IsTerminal;
use std::process::{ExitCode, Termination};

use super::supervisor::{Registration, RuntimeShutdown};
use crate::engine::StartError;
use crate::model::{StartReport, StopReport};
use crate::text::{HumanDuration, stderr};
use crate::view::canvas::Style;

/// How a run ended: what `main` returns.
///
/// | exit code | meaning |
/// |---|---|
/// | 0 | stopped on request, every service gracefully; starts that the request interrupted are named on stderr |
/// | 1 | a service failed: in its start, while it was running, or with an error or panic in its stop |
/// | 3 | a service was forced, aborted or stuck, a server cut a request, or blocking work was cut at the end of the process |
/// | 4 | the supervisor or a third signal ended the process |
///
/// The highest code that applies is used.
///
/// Returned from `main`, it ends the process even if the runtime does not shut down: work in `spawn_blocking` that never
/// ends gets 500 ms, and the exit code is at least 3 then. Once the runtime has ended, the time of `main` is not limited: it
/// can flush a log, for example. Where the threads of the process cannot be listed, and if another runtime has threads
/// of the same name, the library cannot know that: the process is ended 10 s after the runtime begins to shut down. A
/// program that goes on after its run drops the outcome first.
///
/// A configuration that can fail fits into the same `main`:
///
/// ```
/// use service_group::{BoxError, Outcome, Task, service_group};
///
/// #[service_group]
/// struct App {
///     config: String,
///     #[service(start = { println!("{config}"); Task::spawn(async |_| ()).ends_group() })]
///     import: Task,
/// }
///
/// #[tokio::main]
/// async fn main() -> Result<Outcome, BoxError> {
///     let config = String::from_utf8(vec![b'x'])?; // an error is printed, with exit code 1
///     Ok(App::run(config).await)
/// }
/// ```
#[derive(Debug)]
#[must_use = "the exit code of the process is in it: return it from `main`"]
pub struct Outcome {
    result: Result<StopReport, StartError>,
    start_report: Option<Box<StartReport>>,
    shutdown: Option<RuntimeShutdown>,
}

impl Outcome {
    pub(crate) fn stopped(report: StopReport) -> Self {
        Self { result: Ok(report), start_report: None, shutdown: None }
    }

    pub(crate) fn not_started(error: StartError) -> Self {
        Self { result: Err(error), start_report: None, shutdown: None }
    }

    pub(crate) fn with_start_report(mut self, report: StartReport) -> Self {
        self.start_report = Some(Box::new(report));
        self
    }

    /// Returns the outcome of a run that had nothing to do, with exit code 0: for a `main` that only prints its version, for
    /// example.
    ///
    /// ```
    /// # use service_group::Outcome;
    /// if std::env::args().any(|argument| argument == "--version") {
    ///     println!("1.0");
    ///     # let outcome: Outcome =
    ///     Outcome::success();
    ///     # assert!(outcome.is_success());
    /// }
    /// ```
    pub fn success() -> Self {
        Self::stopped(StopReport::of_nothing())
    }

    /// Stays supervised until the process has ended, or the outcome is dropped.
    pub(crate) fn supervised(mut self, group: &'static str, registration: &Registration) -> Self {
        self.shutdown = Some(RuntimeShutdown::new(group, self.exit_code(), registration));
        self
    }

    /// Returns the exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &self.result {
            Ok(report) => report.exit_code(),
            Err(error) => error.exit_code(),
        }
    }

    /// Returns whether the exit code is 0.
    #[must_use]
    pub fn is_success(&self) -> bool {
        self.exit_code() == 0
    }

    /// Returns what happened in the stop; `None` if the budget did not hold and nothing was started.
    #[must_use]
    pub fn stop_report(&self) -> Option<&StopReport> {
        match &self.result {
            Ok(report) => Some(report),
            Err(error) => error.report(),
        }
    }

    /// Returns when each service began to start, what it waited for, and how long it took; `None` if nothing was started.
    #[must_use]
    pub fn start_report(&self) -> Option<&StartReport> {
        self.start_report.as_deref()
    }

    /// Returns why the group did not start, if it did not.
    #[must_use]
    pub fn start_error(&self) -> Option<&StartError> {
        self.result.as_ref().err()
    }

    /// Returns the report of the stop. The process goes on: its exit code is that of `main` then.
    ///
    /// # Errors
    ///
    /// Why the group did not start.
    pub fn into_result(self) -> Result<StopReport, StartError> {
        self.result
    }

    /// Returns whether something is left that can neither be stopped nor dropped.
    pub(crate) fn is_stuck(&self) -> bool {
        self.stop_report().is_some_and(|report| !report.stuck().is_empty())
    }

    /// Prints to stderr what went wrong, if something did, or which starts a stop request interrupted.
    pub(crate) fn print(&self) {
        if !self.is_success() {
            stderr::print_report(self.printed());
        } else if let Some(report) =
            self.stop_report().filter(|report| report.interrupted_starts().next().is_some())
        {
            let interrupted = report.interrupted_starts();
            let interrupted = interrupted
                .map(|(service, after)| format!("`{}` after {}", service.name, HumanDuration(after)));
            let interrupted = interrupted.collect::<Vec<_>>().join(", ");
            stderr::print_report(format!(
                "service-group: `{}` was asked to stop while it started; interrupted starts: {interrupted}",
                report.group_name
            ));
        }
    }

    /// Returns the start error and the report of the stop, the most important on the first line.
    pub(crate) fn summary(&self) -> String {
        self.text(StopReport::to_string)
    }

    /// Returns the same in the form that suits stderr: a chart on a terminal, lines in a log.
    pub(crate) fn printed(&self) -> String {
        self.text(|report| {
            let stderr = std::io::stderr();
            if stderr.is_terminal() {
                report.timeline(Style::of(&stderr)).to_string()
            } else {
                report.to_string()
            }
        })
    }

    fn text(&self, report_text: impl Fn(&StopReport) -> String) -> String {
        let mut text = self.start_error().map(|error| format!("{}\n", error.lines())).unwrap_or_default();
        let report = self.stop_report().filter(|report| text.is_empty() || report.has_stopped_services());
        text.push_str(&report.map(report_text).unwrap_or_default());
        text.truncate(text.trim_end().len());
        text
    }
}

impl From<Outcome> for ExitCode {
    /// The same as returning the outcome from `main`: the process ends even if the runtime does not shut down.
    fn from(outcome: Outcome) -> Self {
        let code = outcome.exit_code();
        let Outcome { result, start_report, shutdown } = outcome;
        // The process ends: the drop of an error is foreign code, which could change the exit code, or hang.
        std::mem::forget((result, start_report));
        if let Some(shutdown) = shutdown {
            shutdown.keep();
        }
        Self::from(code)
    }
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        self.into()
    }
}
