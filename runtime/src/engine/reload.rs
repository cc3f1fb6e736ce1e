//! Reloads the services of a group one by one, in an order of the start.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use tokio::time::Instant;

use super::reached;
use crate::model::{BoxError, ReloadReport, ServiceName, SharedError};
use crate::state::{CallOnClone, GroupHandle, GroupState};
use crate::text::HumanDuration;
use crate::text::events::event;

impl GroupHandle {
    /// Reloads all services that have a `reload`, nested groups included, and returns what happened. SIGHUP does the same.
    ///
    /// They are reloaded one by one, in an order of the start, each in a task of its own and within its `start_within`. An
    /// error or a panic ends the reload: the service that failed keeps its previous state, those before it keep the new
    /// one, and those after it are not asked. It is no failure of the service, and the group goes on. A request during a
    /// reload runs one more afterwards, which all such requests share. A stop request ends a reload at once. Before the
    /// group has started, and while it stops, nothing is reloaded.
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
                let not_asked = names(&group, "");
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
    if !group.phase().has_started() || group.draining().is_cancelled() {
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
    reload_services(group, String::new(), &mut report).await;
    let text = report.to_string();
    if report.is_success() {
        event!(group.events, info, group = name, "{text}");
    } else {
        event!(group.events, warn, group = name, "{text}");
    }
    report
}

/// Reloads the services of a group, those of nested groups at the place of the group.
fn reload_services<'a>(
    group: &'a Arc<GroupState>,
    path: String,
    report: &'a mut ReloadReport,
) -> Pin<Box<dyn Future<Output = ()> + Send + 'a>> {
    Box::pin(async move {
        for &index in group.plan.start_indices() {
            let service = &group.plan.services()[index];
            let name = format!("{path}{}", service.name());
            if let Some(nested) = group.nested_at(index) {
                reload_services(&nested, format!("{name}."), report).await;
            }
            if !service.reloads() {
                continue;
            }
            let name = ServiceName::from(name);
            if !report.is_success() || group.draining().is_cancelled() {
                report.is_interrupted |= report.failed.is_none();
                report.not_asked.push(name);
                continue;
            }
            let Some(call) = group.reload_of(index) else { continue };
            match reload_one(group, index, &call).await {
                Some(Ok(())) => report.reloaded.push(name),
                Some(Err(error)) => report.failed = Some((name, error)),
                None => {
                    report.is_interrupted = true;
                    report.not_asked.push(name);
                }
            }
        }
    })
}

/// Reloads one service. Returns `None` if the stop of the group ended the call.
async fn reload_one(
    group: &Arc<GroupState>,
    index: usize,
    call: &Arc<CallOnClone>,
) -> Option<Result<(), SharedError>> {
    let now = Instant::now();
    if call.blocked_for(now).is_some() {
        return Some(Err(BoxError::from("the reload before has not ended").into()));
    }
    let within = group.plan.services()[index].start_within();
    let limit = async move {
        reached(now + within).await;
    };
    let run = call.begin(group.draining().clone(), limit)?;
    tokio::select! {
        () = run.ended.cancelled() => {}
        _ = reached(run.since + within) => {}
        // The call may block its thread.
        () = group.draining().cancelled() => {}
    }
    match run.result() {
        Some(result) => Some(result),
        None if group.draining().is_cancelled() => None,
        None => Some(Err(BoxError::from(format!("no answer within {}", HumanDuration(within))).into())),
    }
}

/// The services of a group and of those nested in it that have a `reload`.
fn names(group: &GroupState, path: &str) -> Vec<ServiceName> {
    let of = |&index: &usize| {
        let service = &group.plan.services()[index];
        let name = format!("{path}{}", service.name());
        let nested = group.nested_at(index).map(|nested| names(&nested, &format!("{name}.")));
        let own = service.reloads().then(|| ServiceName::from(name));
        nested.into_iter().flatten().chain(own).collect::<Vec<_>>()
    };
    group.plan.start_indices().iter().flat_map(of).collect()
}
