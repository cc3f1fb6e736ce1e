//! Runs the checks of a group when something asks.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::calls::{Target, call_within, targets};
use crate::model::{CallKind, CheckReport};
use crate::state::{GroupHandle, ResultChange};
use crate::text::events::event;

/// How long a success is valid. A failure is not kept: the next question checks again.
const VALID: Duration = Duration::from_secs(1);

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
                let targets = targets(&group, CallKind::Check, "").into_iter();
                // Each in a task of its own: what it finds counts although the caller may be gone by then.
                join_all(targets.map(|target| tokio::spawn(check(target)))).await;
            }
            CheckReport { failures: group.failures(CallKind::Check) }
        }
    }
}

async fn check(Target { group, index, within, .. }: Target) {
    let Some(call) = group.call_of(CallKind::Check, index) else { return };
    if call.has_passed_within(VALID, Instant::now()) {
        return;
    }
    let Some(result) = call_within(&group, &call, within).await else { return };
    let (service, failure) = (group.plan.services()[index].name(), result.err());
    match call.record(failure.clone(), Instant::now()) {
        ResultChange::Fails => {
            let error = failure.map(|error| format!("{error:#}")).unwrap_or_default();
            event!(group.events, warn, service, error, "fails its check");
        }
        ResultChange::PassesAgain => event!(group.events, info, service, "passes its check again"),
        ResultChange::None => return,
    }
    group.notify_watchers();
}
