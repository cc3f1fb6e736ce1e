//! What surrounds the run of a group in a process: supervisor, service manager, live lines, and the last report.

use std::sync::Arc;
use std::time::Duration;

use crate::engine::StartError;
use crate::engine::erased::{BoxFuture, boxed};
#[cfg(feature = "console")]
use crate::model::SignalKind;
use crate::model::StopReport;
use crate::process::outcome::Outcome;
use crate::process::supervisor::{self, Registration, Settings};
use crate::process::systemd::Lease;
use crate::state::{GroupState, StateObserver};
use crate::text::events::{EventSink, EventThread};
use crate::text::stderr;

/// How long the end of a run waits for lines that are not written to stderr yet.
const LAST_LINES: Duration = Duration::from_millis(200);

/// What a run wants from its process.
pub(super) struct ProcessSettings {
    pub(super) supervision: Settings,
    /// Whether it notifies the service manager.
    pub(super) notifies: bool,
    #[cfg(feature = "console")]
    pub(super) shows_progress: bool,
}

/// The run of one group.
pub(super) struct ProcessRun {
    group: Arc<GroupState>,
    registration: Registration,
    _lease: Option<Lease>,
    #[cfg(feature = "console")]
    progress: Option<crate::process::progress::Progress>,
    events: Option<EventThread>,
}

impl ProcessRun {
    /// Begins the run of a group, which gets the place where its events go.
    pub(super) fn begin(
        name: &'static str,
        settings: &ProcessSettings,
        group: impl FnOnce(EventSink) -> Arc<GroupState>,
    ) -> Self {
        let (sink, events) = EventThread::spawn(name);
        let group = group(sink);
        let registration = supervisor::register(&group, settings.supervision);
        let lease = settings.notifies.then(|| Lease::from_env(&group.events)).flatten();
        if let Some(lease) = &lease {
            let notifier = lease.notifier();
            notifier.serve(&group, &registration);
            group.observe(&(notifier as Arc<dyn StateObserver>));
        }
        #[cfg(feature = "console")]
        let progress = settings
            .shows_progress
            .then(|| {
                let stops_on_interrupt = settings.supervision.stop_on.contains(SignalKind::Interrupt);
                crate::process::progress::Progress::open(&group, stops_on_interrupt)
            })
            .flatten();
        Self {
            group,
            registration,
            _lease: lease,
            #[cfg(feature = "console")]
            progress,
            events,
        }
    }

    pub(super) fn group(&self) -> Arc<GroupState> {
        Arc::clone(&self.group)
    }

    /// Prints what there is to print, and returns the outcome. If something is stuck, it ends the process.
    pub(super) fn end(self, result: Result<StopReport, StartError>) -> BoxFuture<Outcome> {
        boxed(self.report(result))
    }

    async fn report(self, result: Result<StopReport, StartError>) -> Outcome {
        let outcome = result.map_or_else(Outcome::not_started, Outcome::stopped);
        let outcome = outcome.with_start_report(self.group.start_report());
        // The live lines go before the report is printed.
        #[cfg(feature = "console")]
        drop(self.progress);
        self.group.notify_of_final_text(|| outcome.summary());
        // The events that are left come before the report, as far as the subscriber takes them.
        drop(self.events);
        if outcome.is_stuck() {
            match self.registration.end_process(outcome.exit_code(), outcome.printed()).await {}
        }
        outcome.print();
        stderr::flush(LAST_LINES);
        outcome.supervised(self.group.plan.name(), &self.registration)
    }
}
