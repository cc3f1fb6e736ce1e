//! The hard deadline of a run, and what is said when it has passed.

use std::fmt::Write;
use std::time::{Duration, Instant};

use super::Run;
use crate::report::Span;
use crate::shared::Shared;
use crate::status::{Phase, ServiceState, ServiceStatus};

/// How long after its budget a run may be over at the latest.
const GRACE: Duration = Duration::from_secs(1);

impl Run {
    /// The moment after which the process is ended, known once a stop was requested.
    pub(super) fn hard_deadline(&self) -> Option<Instant> {
        let armed = self.alarm.armed.get()?;
        Some(*armed + self.shared.plan.stop_within() + GRACE + self.held_up)
    }

    /// What to say where the hard deadline has passed.
    pub(super) fn overdue(&self, now: Instant) -> Option<String> {
        (self.hard_deadline()? <= now).then(|| last_words(&self.shared))
    }
}

fn last_words(shared: &Shared) -> String {
    let status = shared.status();
    let mut line = format!(
        "service-group: `{}` has not stopped within {} and {} more: ",
        status.group,
        Span(shared.plan.stop_within()),
        Span(GRACE)
    );
    let under_way = |service: &&ServiceStatus| match status.phase {
        Phase::Stopping => service.state == ServiceState::Stopping,
        _ => service.state == ServiceState::Starting,
    };
    let stuck: Vec<_> = status.services.iter().filter(under_way).collect();
    for service in &stuck {
        let doing = if service.state == ServiceState::Starting { "starting" } else { "stopping" };
        // Writing to a `String` cannot fail.
        let _ = write!(line, "`{}` has been {doing} for {}", service.name, Span(service.since));
        if let Some(numbers) = &service.numbers {
            let _ = write!(line, " ({} requests in flight)", numbers.requests);
        }
        line.push_str("; ");
    }
    if stuck.is_empty() {
        line.push_str("its runtime makes no progress, a thread of it is blocked; ");
    }
    line.push_str("the process ends with exit code 4");
    line
}
