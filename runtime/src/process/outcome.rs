//! How a run ended.

use std::io::IsTerminal;
use std::process::{ExitCode, Termination};

use crate::engine::StartError;
use crate::model::StopReport;
use crate::process::supervisor::RuntimeShutdown;
use crate::text::stderr;
use crate::view::canvas::Style;

/// How a run ended: what `main` returns.
///
/// | exit code | |
/// |---|---|
/// | 0 | stopped on request, every service gracefully |
/// | 1 | a service failed: in its start, while it was running, or with an error or panic in its stop |
/// | 3 | a service was forced, aborted or stuck, or a server had to cut a request |
/// | 4 | the watchdog or a third signal ended the process |
///
/// The highest that applies.
///
/// Returned from `main`, it ends the process though the runtime does not: work in `spawn_blocking` that never ends is
/// given 500 ms when the runtime is dropped. A program that goes on after its run drops the outcome first.
#[derive(Debug)]
#[must_use = "the exit code of the process is in it: return it from `main`"]
pub struct Outcome {
    result: Result<StopReport, Box<StartError>>,
    farewell: Option<RuntimeShutdown>,
}

impl Outcome {
    pub(crate) fn stopped(report: StopReport) -> Self {
        Self { result: Ok(report), farewell: None }
    }

    pub(crate) fn not_started(error: StartError) -> Self {
        Self { result: Err(Box::new(error)), farewell: None }
    }

    /// Stays on guard until the process has ended, or the outcome is dropped.
    pub(crate) fn guarded(mut self, group: &'static str) -> Self {
        self.farewell = Some(RuntimeShutdown::new(group, self.exit_code()));
        self
    }

    /// The exit code.
    #[must_use]
    pub fn exit_code(&self) -> u8 {
        match &self.result {
            Ok(report) => report.exit_code(),
            Err(error) => error.exit_code(),
        }
    }

    /// What happened in the stop; none where the budget did not hold and nothing was started.
    #[must_use]
    pub fn stop_report(&self) -> Option<&StopReport> {
        match &self.result {
            Ok(report) => Some(report),
            Err(error) => error.report(),
        }
    }

    /// Why the group did not start, if it did not.
    #[must_use]
    pub fn start_error(&self) -> Option<&StartError> {
        self.result.as_ref().err().map(|error| &**error)
    }

    /// Whether something is left that can neither be stopped nor dropped.
    pub(crate) fn is_stuck(&self) -> bool {
        self.stop_report().is_some_and(|report| !report.stuck().is_empty())
    }

    /// Says on stderr what did not go well.
    pub(crate) fn tell(&self) {
        if self.exit_code() > 0 {
            stderr::print_report(self.shown());
        }
    }

    /// Why it did not start, and the report of the stop: the most important on the first line.
    pub(crate) fn words(&self) -> String {
        self.said(StopReport::to_string)
    }

    /// The same, as who looks at stderr likes to see it.
    pub(crate) fn shown(&self) -> String {
        self.said(shown)
    }

    fn said(&self, report: impl Fn(&StopReport) -> String) -> String {
        let mut words = self.start_error().map(|error| format!("{error}\n")).unwrap_or_default();
        let told = self.stop_report().filter(|report| words.is_empty() || report.has_stopped_services());
        words.push_str(&told.map(report).unwrap_or_default());
        words.truncate(words.trim_end().len());
        words
    }
}

/// The report as a chart on a terminal, and as lines in a log.
fn shown(report: &StopReport) -> String {
    let stderr = std::io::stderr();
    if stderr.is_terminal() { report.timeline(Style::of(&stderr)).to_string() } else { report.to_string() }
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        let code = self.exit_code();
        if let Some(farewell) = self.farewell {
            farewell.keep();
        }
        ExitCode::from(code)
    }
}
