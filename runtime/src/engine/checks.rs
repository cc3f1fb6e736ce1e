//! Runs the checks of a group when something asks.

use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use futures_util::future::join_all;
use tokio::time::Instant;

use super::reached;
use crate::model::{BoxError, CheckReport, SharedError};
use crate::state::{Check, CheckChange, GroupHandle, GroupState};
use crate::text::HumanDuration;
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
    pub fn check(&self) -> impl Future<Output = CheckReport> + Send + 'static {
        let group = Arc::clone(self.shared());
        async move {
            if group.phase().has_started() && !group.draining().is_cancelled() {
                run(Arc::clone(&group)).await;
            }
            CheckReport { failures: group.failing_checks() }
        }
    }
}

/// Runs the checks of a group and of those nested in it.
fn run(group: Arc<GroupState>) -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async move {
        let checks =
            group.checks().into_iter().map(|(index, check)| run_one(Arc::clone(&group), index, check));
        let nested = group.nested().into_iter().map(|(_, nested)| run(nested));
        tokio::join!(join_all(checks), join_all(nested));
    })
}

async fn run_one(group: Arc<GroupState>, index: usize, check: Arc<Check>) {
    if check.is_valid(Instant::now()) {
        return;
    }
    let service = &group.plan.services()[index];
    let within = service.check_within().unwrap_or_default();
    let begin = || {
        let limit = async move {
            reached(Instant::now() + within).await;
        };
        check.call.begin(group.draining().clone(), limit)
    };
    let Some(mut run) = begin() else { return };
    let now = Instant::now();
    if run.since + within <= now && check.call.blocked_for(now).is_none() {
        // It has been cancelled, and is about to end.
        run.ended.cancelled().await;
        let Some(next) = begin() else { return };
        run = next;
    }
    tokio::select! {
        () = run.ended.cancelled() => {}
        _ = reached(run.since + within) => {}
    }
    let failure = match run.result() {
        Some(result) => result.err(),
        // The stop has cancelled it.
        None if group.draining().is_cancelled() => return,
        None => {
            Some(SharedError::from(BoxError::from(format!("no answer within {}", HumanDuration(within)))))
        }
    };
    let service = service.name();
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
