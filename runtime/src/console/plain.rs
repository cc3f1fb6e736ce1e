//! A line for each change, where stderr is no terminal and no subscriber hears of the changes.

use std::fmt::Write as _;
use std::io::Write as _;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

use super::desk::writer;
use super::wait::{park, waker};
use crate::shared::Shared;
use crate::status::{Phase, ServiceState, Status};

/// Writes the lines until it is told to close.
pub(super) fn show(shared: &Arc<Shared>, closing: &AtomicBool) {
    let mut changes = shared.subscribe();
    let (mut told, waker) = (Told::default(), waker());
    loop {
        let is_last = closing.load(Relaxed);
        let lines = told.news(&shared.status());
        // Where nobody reads there is nobody to tell.
        let _ = writer().write_all(lines.as_bytes());
        if is_last {
            return;
        }
        park(pin!(changes.changed()), &waker);
    }
}

/// What was told already.
#[derive(Default)]
struct Told {
    phase: Option<Phase>,
    states: Vec<ServiceState>,
}

impl Told {
    /// A line for each thing that has changed since the last time.
    fn news(&mut self, status: &Status) -> String {
        let mut lines = String::new();
        if self.phase != Some(status.phase) {
            self.phase = Some(status.phase);
            // Writing to a `String` cannot fail.
            let _ = writeln!(lines, "service-group: `{}` {}", status.group, phase(status));
        }
        self.states.resize(status.services.len(), ServiceState::Waiting);
        for (service, told) in status.services.iter().zip(&mut self.states) {
            if std::mem::replace(told, service.state) == service.state {
                continue;
            }
            let ending = service.ending.as_ref().filter(|ending| ending.code() > 0);
            let said = match (service.state, ending) {
                (ServiceState::Stopped, Some(ending)) => ending.to_string(),
                (ServiceState::Running, _) => "has started".to_owned(),
                (state, _) => state.to_string(),
            };
            let _ = writeln!(lines, "service-group: `{}` {said}", service.name);
        }
        lines
    }
}

fn phase(status: &Status) -> String {
    match (status.phase, &status.cause) {
        (Phase::Running, _) => "is ready".to_owned(),
        (phase, Some(cause)) if phase != Phase::Stopped => format!("{phase} {cause}"),
        (phase, _) => phase.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{Plan, ServicePlan};

    #[test]
    fn each_change_is_told_once() {
        let services = vec![ServicePlan::with_stop("store", &[], &[], None, None)];
        let shared = Shared::new(Plan::leaked("App", None, None, services, vec![0]), None);
        let mut told = Told::default();
        assert_eq!(told.news(&shared.status()), "service-group: `App` starting\n");
        assert_eq!(told.news(&shared.status()), "");
        shared.set(0, ServiceState::Starting, tokio::time::Instant::now());
        assert_eq!(told.news(&shared.status()), "service-group: `store` starting\n");
        shared.set(0, ServiceState::Running, tokio::time::Instant::now());
        shared.enter(Phase::Running);
        let ready = "service-group: `App` is ready\nservice-group: `store` has started\n";
        assert_eq!(told.news(&shared.status()), ready);
        shared.request(crate::StopCause::Signal("SIGTERM"));
        shared.enter(Phase::Stopping);
        assert_eq!(told.news(&shared.status()), "service-group: `App` stopping on SIGTERM\n");
    }
}
