//! One row for each service of a report, and the text of each of its columns, for every form of the report.

use std::time::Duration;

use crate::model::{Detail, ServiceReport, StopOutcome, StopReport};
use crate::text::{HumanDuration, OneLine};
use crate::view::MEMBER_ROWS;
use crate::view::canvas::Tone;

/// A service of a report, at its place on the time axis of the outermost group.
#[derive(Debug)]
pub(super) struct Row<'a> {
    pub(super) service: &'a ServiceReport,
    /// The number of groups in which the service is nested.
    pub(super) depth: usize,
    /// The width of the longest name in the group of the service.
    pub(super) name_width: usize,
    /// The time at which the stop of the service was requested, in the time of the outermost group.
    pub(super) requested: Duration,
    /// The members without a row, if the service is a collection.
    hidden: Hidden,
}

/// How many members of a collection have no row.
#[derive(Debug, Clone, Copy, Default)]
struct Hidden {
    members: usize,
    /// How many of them did not end gracefully.
    not_graceful: usize,
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
        self.service.details.iter().flat_map(text).chain(self.hidden_text())
    }

    /// Returns how many members have no row.
    fn hidden_text(&self) -> Option<String> {
        match self.hidden {
            Hidden { members: 0, .. } => None,
            Hidden { members, not_graceful: 0 } => Some(format!("{members} more members, all gracefully")),
            Hidden { members, not_graceful } => {
                Some(format!("{members} more members, {not_graceful} of them not gracefully"))
            }
        }
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

    /// Adds the rows of a group whose stop was requested at `since`, in the time of the outermost one. Returns the services
    /// without a row.
    fn add_rows<'a>(&'a self, rows: &mut Vec<Row<'a>>, depth: usize, since: Duration) -> Hidden {
        let (shown, hidden) = self.shown();
        let widths = shown.iter().map(|service| service.name.chars().count());
        let name_width = widths.max().unwrap_or(0);
        for service in shown {
            let requested = since + service.stop_requested_after;
            let collection = rows.len();
            rows.push(Row { service, depth, name_width, requested, hidden: Hidden::default() });
            if let Some(group) = service.nested() {
                rows[collection].hidden = group.add_rows(rows, depth + 1, requested);
            }
        }
        hidden
    }

    /// Returns the services that have rows. Of a large collection these are those that did not end gracefully, as far as
    /// there is room. The second part counts the others.
    fn shown(&self) -> (Vec<&ServiceReport>, Hidden) {
        let mut shown: Vec<_> = self.services.iter().filter(|service| service.has_row()).collect();
        if !self.is_collection || shown.len() <= MEMBER_ROWS {
            return (shown, Hidden::default());
        }
        let all = shown.len();
        shown.retain(|service| service.outcome.exit_code() > 0);
        let not_graceful = shown.len();
        shown.truncate(MEMBER_ROWS);
        let hidden = Hidden { members: all - shown.len(), not_graceful: not_graceful - shown.len() };
        (shown, hidden)
    }

    /// Returns the end of the axis: the budget, or a quarter past the stop if that took less than a tenth of the budget and
    /// would not be visible.
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
        self.outcome.has_started()
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
            Self::NotStarted | Self::LeftOut | Self::Absent => Tone::Dim,
        }
    }
}
