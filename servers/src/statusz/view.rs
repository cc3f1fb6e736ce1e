//! The part of the page that changes: what happens, in a sentence; the graph; and each service.

mod graph;
mod services;
mod words;

use std::fmt;
use std::sync::OnceLock;

use super::html::{Prose, Text};
use graph::{Drawing, Graphs};
use service_group::GroupHandle;
use service_group::Plan;
use service_group::report::StartReport;
use service_group::status::StopProgress;
use service_group::{GroupPhase, GroupStatus};
use services::Services;
use words::{Ago, Left, lead};

/// A group, and where everything is in its picture.
pub(super) struct Board {
    pub(super) group: GroupHandle,
    drawing: OnceLock<Drawing>,
}

impl Board {
    pub(super) fn new(group: GroupHandle) -> Self {
        Self { group, drawing: OnceLock::new() }
    }
}

/// A group as the page shows it.
pub(super) struct View<'a> {
    plan: &'a Plan,
    status: GroupStatus,
    start_report: StartReport,
    drawing: &'a Drawing,
}

impl<'a> View<'a> {
    pub(super) fn of(Board { group, drawing }: &'a Board) -> Self {
        let drawing = drawing.get_or_init(|| Drawing::of(group.plan()));
        Self { plan: group.plan(), status: group.status(), start_report: group.start_report(), drawing }
    }

    pub(super) fn title(&self) -> String {
        format!("{}: {}", self.status.group_name, self.status.phase)
    }

    fn head(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let GroupStatus { group_name, phase, in_state_for, uptime, .. } = &self.status;
        let class = phase.to_string().replace(' ', "-");
        writeln!(f, "<h1>{}: <span class=\"phase {class}\">{phase}</span></h1>", Text(group_name))?;
        writeln!(f, "<p class=\"lead\">{}</p>", Prose(lead(self.plan, &self.status)))?;
        if let Some(stop) = self.status.stop.as_ref().filter(|_| *phase != GroupPhase::Stopped) {
            writeln!(f, "<p class=\"budget\">{}</p>", Countdown(stop))?;
        }
        writeln!(f, "<p class=\"ago\">{phase} for {}, up for {}</p>", Ago(*in_state_for), Ago(*uptime))
    }
}

impl fmt::Display for View<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.head(f)?;
        write!(f, "{}", Graphs { drawing: self.drawing, status: &self.status, of: None })?;
        f.write_str(
            "<table>\n<thead><tr><th scope=\"col\">Service</th><th scope=\"col\">State</th>\
             <th scope=\"col\">For</th><th scope=\"col\">Stop</th><th scope=\"col\">In flight</th></tr></thead>\n<tbody>\n",
        )?;
        write!(f, "{}", Services { plan: self.plan, status: &self.status, depth: 0 })?;
        f.write_str("</tbody>\n</table>\n")?;
        if let Some(reload) = &self.status.last_reload {
            writeln!(f, "<p class=\"reload\">Last reload: {}</p>", Prose(reload.to_string()))?;
        }
        // While the group stops, its start is of no interest.
        if self.status.phase.is_stopping() {
            return Ok(());
        }
        writeln!(f, "<h2>Start</h2>\n<pre class=\"start\">{}</pre>", Text(&self.start_report))
    }
}

/// What is left of a stop, as a bar and in words.
struct Countdown<'a>(&'a StopProgress);

impl fmt::Display for Countdown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let StopProgress { elapsed, remaining, stop_within, .. } = self.0;
        let (value, max) = (elapsed.as_secs_f64(), stop_within.as_secs_f64());
        write!(f, "<span class=\"left\">{} left of {}</span> ", Left(*remaining), Left(*stop_within))?;
        write!(f, "<progress value=\"{value:.2}\" max=\"{max:.2}\"></progress>")
    }
}
