//! Runs the checks of a group when something asks.

use std::future::Future;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::calls::call_within;
use crate::model::CheckReport;
use crate::state::{Check, CheckChange, GroupHandle, GroupState};
use crate::text::events::event;

impl GroupHandle {
    /// Runs the checks of the group and of those nested in it, and returns what they found. It is for probes: `/readyz` and
    /// the gRPC health service of the crate `service-group-servers` ask it.
    ///
    /// The checks run side by side, each in a task of its own and within its `check_within`. A success is valid for 1 s: a
    /// question within that time runs nothing. A check that is running is not started again. One that does not return in
    /// time fails with "no answer within 1 s", and is cancelled. A failing check makes the group not ready, and does not
    /// stop it; that of a service that may fail makes it degraded. Before the group has started, while it stops, and after a
    /// service has ended, no check runs.
    ///
    /// ```
    /// use service_group::{GroupHandle, service_group};
    ///
    /// #[derive(Clone)]
    /// struct Store;
    ///
    /// impl Store {
    ///     async fn ping(&self) -> std::io::Result<()> {
    ///         Err(std::io::Error::other("connection refused"))
    ///     }
    /// }
    ///
    /// #[service_group]
    /// struct App {
    ///     #[service(start = Store, stop = drop(store), check = store.ping().await)]
    ///     store: Store,
    /// }
    ///
    /// # #[tokio::main(flavor = "current_thread")]
    /// # async fn main() {
    /// let app = App::start().await.unwrap();
    /// let report = app.handle().check().await;
    /// assert_eq!(report.to_string(), "`store`: connection refused");
    /// assert!(!app.handle().is_ready());
    /// # assert!(app.stop().await.is_clean());
    /// # }
    /// ```
    ///
    /// # Cancel safety
    ///
    /// The future can be dropped at any time. A check that runs goes on to its end, and what it finds counts.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub fn check(&self) -> impl Future<Output = CheckReport> + Send + 'static {
        let group = Arc::clone(self.shared());
        async move {
            if group.phase().has_started() && !group.drain_token().is_cancelled() {
                // Each in a task of its own: what it finds counts although the caller may be gone by then.
                join_all(checks_of(&group).into_iter().map(|check| tokio::spawn(run(check)))).await;
            }
            CheckReport { failures: group.failing_checks() }
        }
    }
}

/// Returns the checks of a group and of those nested in it, each with its group and the index of its service.
fn checks_of(group: &Arc<GroupState>) -> Vec<(Arc<GroupState>, usize, Arc<Check>)> {
    let nested = group.nested().into_iter().flat_map(|(_, nested)| checks_of(&nested));
    let own = group.checks().into_iter().map(|(index, check)| (Arc::clone(group), index, check));
    own.chain(nested.collect::<Vec<_>>()).collect()
}

async fn run((group, index, check): (Arc<GroupState>, usize, Arc<Check>)) {
    if check.is_valid(Instant::now()) {
        return;
    }
    let service = &group.plan.services()[index];
    let within = service.check_within().unwrap_or_default();
    let Some(result) = call_within(&group, &check.call, within).await else { return };
    let (service, failure) = (service.name(), result.err());
    match check.record(failure.clone(), Instant::now()) {
        CheckChange::Fails => {
            let error = failure.map(|error| format!("{error:#}")).unwrap_or_default();
            event!(group.events, warn, service, error, "fails its check");
        }
        CheckChange::PassesAgain => event!(group.events, info, service, "passes its check again"),
        CheckChange::None => return,
    }
    group.notify_watchers();
}
