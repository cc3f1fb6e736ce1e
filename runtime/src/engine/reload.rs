//! Reloads the services of a group one by one, in an order of the start.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use super::calls::{Target, call_within, targets};
use crate::model::{BoxError, CallKind, ReloadReport, SharedError};
use crate::state::{CallOnClone, GroupHandle, GroupState};
use crate::text::events::{event, is_enabled};

impl GroupHandle {
    /// Reloads all services that have a `reload`, nested groups included, and returns what happened. SIGHUP does the same.
    ///
    /// They are reloaded one by one, in an order of the start, each in a task of its own and within its `start_within`, which
    /// for a service that is given is that of the group. An error or a panic ends the reload: the service that failed keeps
    /// its previous state, those before it keep the new one, and those after it are not asked. The service goes on, and the
    /// group with it. A request during a reload runs one more afterwards, which all such requests share. A stop request ends
    /// a reload at once. Before the group has started, and while it stops, nothing is reloaded.
    ///
    /// A failure is a warning, and in a run also a line on stderr if no subscriber of tracing listens to warnings.
    ///
    /// ```
    /// use std::sync::{Arc, Mutex};
    /// use service_group::service_group;
    ///
    /// #[derive(Clone, Default)]
    /// struct Limits(Arc<Mutex<u32>>);
    ///
    /// impl Limits {
    ///     async fn reload(&self) -> std::io::Result<()> {
    ///         *self.0.lock().unwrap() += 1; // reads its file again
    ///         Ok(())
    ///     }
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Limits::default(), stop = drop(limits), reload = limits.reload().await?)]
    ///     limits: Limits,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::start().await.unwrap();
    /// let report = app.handle().reload().await;
    /// assert_eq!(report.to_string(), "reloaded `limits`");
    /// assert_eq!(*app.limits.0.lock().unwrap(), 1);
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The reload goes on if the future is dropped.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn reload(&self) -> impl Future<Output = ReloadReport> + Send + 'static {
        let group = Arc::clone(self.shared());
        async move {
            let mut changes = group.subscribe();
            let Some(number) = request(&group, &tokio::runtime::Handle::current()) else {
                let not_asked =
                    targets(&group, CallKind::Reload, "").into_iter().map(|target| target.name).collect();
                return ReloadReport { not_asked, is_interrupted: true, ..ReloadReport::default() };
            };
            loop {
                if let Some(report) = group.reload_result(number) {
                    return report;
                }
                // The sender is part of the state that this holds, so that there is no error.
                let _ = changes.changed().await;
            }
        }
    }
}

/// Requests a reload, and returns its number; `None` while the group starts or stops.
pub(crate) fn request(group: &Arc<GroupState>, runtime: &tokio::runtime::Handle) -> Option<u64> {
    if !group.phase().has_started() || group.drain_token().is_cancelled() {
        return None;
    }
    let (number, runs) = group.request_reload();
    if runs {
        let mut unfinished = Unfinished { group: Arc::clone(group), is_over: false };
        runtime.spawn(async move {
            while !unfinished.is_over {
                let group = &unfinished.group;
                group.notify_of_reload(true);
                let report = reload(group).await;
                let is_over = !group.complete_reload(report);
                group.notify_of_reload(false);
                unfinished.is_over = is_over;
            }
        });
    }
    Some(number)
}

/// Ends the reload that runs if the runtime drops its task.
struct Unfinished {
    group: Arc<GroupState>,
    is_over: bool,
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        while !self.is_over {
            let interrupted = ReloadReport { is_interrupted: true, ..ReloadReport::default() };
            self.is_over = !self.group.complete_reload(interrupted);
        }
    }
}

async fn reload(group: &Arc<GroupState>) -> ReloadReport {
    let name = group.plan.name();
    event!(group.events, info, group = name, "reloading");
    let mut report = ReloadReport::default();
    for Target { group, index, name, within } in targets(group, CallKind::Reload, "") {
        if !report.is_success() || group.drain_token().is_cancelled() {
            report.is_interrupted |= report.failed.is_none();
            report.not_asked.push(name);
            continue;
        }
        // A service that has ended is not reloaded, and is not in the report.
        let Some(call) = group.call_of(CallKind::Reload, index) else { continue };
        match reload_one(&group, &call, within).await {
            Some(Ok(())) => report.reloaded.push(name),
            Some(Err(error)) => report.failed = Some((name, error)),
            None => {
                report.is_interrupted = true;
                report.not_asked.push(name);
            }
        }
    }
    let text = report.to_string();
    if report.is_success() {
        event!(group.events, info, group = name, "{text}");
    } else {
        if report.failed.is_some() && !is_enabled!(warn) {
            group.notify_of_failed_reload(&format!("reload of `{name}`: {text}"));
        }
        event!(group.events, warn, group = name, "{text}");
    }
    report
}

/// Reloads one service. Returns `None` if the stop of the group ended the call.
async fn reload_one(
    group: &GroupState,
    call: &Arc<CallOnClone>,
    within: Duration,
) -> Option<Result<(), SharedError>> {
    if call.on_thread().is_some_and(|run| run.since.elapsed() >= within) {
        return Some(Err(BoxError::from("the reload before has not ended").into()));
    }
    call_within(group, call, within).await
}
