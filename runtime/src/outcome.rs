//! How a run ended.

use std::io::{IsTerminal, Write};
use std::process::{ExitCode, Termination};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::guard::{self, Farewell};
use crate::picture::Style;
use crate::report::StopReport;
use crate::start_error::StartError;

/// How long a terminal may take for the report.
const PATIENCE: Duration = Duration::from_secs(1);

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
    farewell: Option<Farewell>,
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
        self.farewell = Some(Farewell::new(group, self.code()));
        self
    }

    /// The exit code.
    #[must_use]
    pub fn code(&self) -> u8 {
        match &self.result {
            Ok(report) => report.code(),
            Err(error) => error.code(),
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

    /// Says on stderr what did not go well; ends the process where something is stuck.
    pub(crate) fn tell(&self) {
        let code = self.code();
        if code == 0 {
            return;
        }
        let mut text = String::new();
        if let Some(error) = self.start_error() {
            text = format!("{error}\n");
        }
        if let Some(report) = self.stop_report().filter(|report| report.is_worth_telling()) {
            text.push_str(&shown(report));
        }
        let text = text.trim_end();
        if self.stop_report().is_some_and(|report| !report.stuck().is_empty()) {
            guard::end(code, text);
        }
        say(format!("{text}\n"));
    }
}

/// Writes to stderr; a terminal that takes nothing, since Ctrl-S was pressed say, does not hold up the end for long.
fn say(text: String) {
    let (done, wait) = mpsc::channel();
    let say = move || {
        // `eprint` would panic where stderr is full or closed, and the exit code would be lost.
        let _ = std::io::stderr().write_all(text.as_bytes());
        let _ = done.send(());
    };
    if !std::io::stderr().is_terminal() {
        say();
    } else if thread::Builder::new().spawn(say).is_ok() {
        let _ = wait.recv_timeout(PATIENCE);
    }
}

/// The report as a chart on a terminal, and as lines in a log.
fn shown(report: &StopReport) -> String {
    let stderr = std::io::stderr();
    if stderr.is_terminal() { report.timeline(Style::of(&stderr)).to_string() } else { report.to_string() }
}

impl Termination for Outcome {
    fn report(self) -> ExitCode {
        let code = self.code();
        if let Some(farewell) = self.farewell {
            farewell.keep();
        }
        ExitCode::from(code)
    }
}
