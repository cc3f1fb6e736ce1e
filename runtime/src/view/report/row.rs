//! One row for each service of a report, and the text of each of its columns, for every form of the report.

use std::time::Duration;

use crate::model::{Detail, ServiceReport, StopOutcome, StopReport};
use crate::text::{HumanDuration, OneLine};
use crate::view::canvas::Tone;

/// A service of a report, at its place on the time axis of the outermost group.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) service: &'a ServiceReport,
    /// The number of groups in which the service is nested.
    pub(super) depth: usize,
    /// The width of the longest name in the group of the service.
    pub(super) name_width: usize,
    /// The time at which the service was asked to stop, in the time of the outermost group.
    pub(super) requested: Duration,
}

/// The columns.
impl Row<'_> {
    /// Returns the name, indented by the depth.
    pub(super) fn label(&self) -> String {
        format!("{}{}", "  ".repeat(self.depth), self.service.name)
    }

    pub(super) fn requested_text(&self) -> String {
        HumanDuration(self.requested).to_string()
    }

    pub(super) fn stop_duration_text(&self) -> String {
        HumanDuration(self.service.stop_duration).to_string()
    }

    pub(super) fn window_text(&self) -> String {
        HumanDuration(self.service.window).to_string()
    }

    /// Returns the outcome in one word, and the service that this one waited for.
    pub(super) fn outcome_text(&self) -> String {
        format!("{}{}", self.service.outcome.word(), self.waited_for_text())
    }

    /// Returns the service that this one waited for, with the comma before it.
    pub(super) fn waited_for_text(&self) -> String {
        let other = self.service.waited_for.as_ref().filter(|_| self.service.has_started());
        other.map(|other| format!(", after `{other}`")).unwrap_or_default()
    }

    /// Returns the details that the service reported, except the report of a nested group, which has rows of its own.
    pub(super) fn details(&self) -> impl Iterator<Item = String> {
        let text = |detail: &Detail| match detail {
            Detail::Note(note) => vec![OneLine(note).to_string()],
            Detail::Drained(drained) => drained.parts(),
            Detail::Group(_) => Vec::new(),
            Detail::StartInterrupted(after) => {
                vec![format!("its start was interrupted after {}", HumanDuration(*after))]
            }
        };
        self.service.details.iter().flat_map(text)
    }
}

impl Row<'_> {
    pub(super) fn ended(&self) -> Duration {
        self.requested + self.service.stop_duration
    }

    pub(super) fn deadline(&self) -> Duration {
        self.requested + self.service.window
    }
}

impl StopReport {
    /// Returns the rows of all services. Those of a nested group follow that of its service.
    pub(super) fn rows(&self) -> Vec<Row<'_>> {
        let mut rows = Vec::new();
        self.add_rows(&mut rows, 0, Duration::ZERO);
        rows
    }

    /// Adds the rows of a group whose stop was requested at `since`, in the time of the outermost one.
    fn add_rows<'a>(&'a self, rows: &mut Vec<Row<'a>>, depth: usize, since: Duration) {
        let widths = self.services.iter().map(|service| service.name.chars().count());
        let name_width = widths.max().unwrap_or(0);
        for service in self.services.iter().filter(|service| service.has_row()) {
            let requested = since + service.stop_requested_after;
            rows.push(Row { service, depth, name_width, requested });
            if let Some(group) = service.nested() {
                group.add_rows(rows, depth + 1, requested);
            }
        }
    }

    /// Returns the end of an axis on which the stop is long enough to be seen.
    pub(super) fn axis_end(&self) -> Duration {
        if self.stop_duration * 10 < self.stop_within {
            self.stop_duration * 5 / 4
        } else {
            self.stop_within.max(self.stop_duration)
        }
    }
}

impl ServiceReport {
    pub(super) fn has_started(&self) -> bool {
        !matches!(self.outcome, StopOutcome::NotStarted | StopOutcome::LeftOut)
    }

    /// Returns whether the service has a row: it had started, or has details.
    fn has_row(&self) -> bool {
        self.has_started() || !self.details.is_empty()
    }
}

impl StopOutcome {
    /// Returns the meaning of the outcome's colour.
    pub(crate) fn tone(&self) -> Tone {
        match self {
            Self::Graceful => Tone::Good,
            Self::Forced => Tone::Warning,
            Self::Aborted | Self::Stuck { .. } | Self::Failed(_) | Self::Panicked(_) => Tone::Bad,
            Self::NotStarted | Self::LeftOut => Tone::Dim,
        }
    }
}
