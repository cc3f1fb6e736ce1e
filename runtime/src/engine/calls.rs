//! The calls on running services: which a group has, and how one is awaited within its time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::reached;
use crate::model::{BoxError, CallKind, ServiceName, SharedError, inner_path};
use crate::state::{CallOnClone, CallRun, GroupState};
use crate::text::HumanDuration;

/// A service of a group, or of one nested in it, that has a call of some kind.
pub(super) struct Target {
    pub(super) group: Arc<GroupState>,
    pub(super) index: usize,
    /// After the path of its nested group.
    pub(super) name: ServiceName,
    /// How long its call may take.
    pub(super) within: Duration,
}

/// Returns the services that have a call of this kind, in an order of the start, those of nested groups at the place of the
/// group.
pub(super) fn targets(group: &Arc<GroupState>, kind: CallKind, path: &str) -> Vec<Target> {
    let of = |&index: &usize| {
        let service = &group.plan.services()[index];
        let nested = group.nested_at(index).map(|nested| {
            targets(&nested, kind, &inner_path(path, service.name(), nested.plan.is_collection()))
        });
        let own = service.call_within(kind).map(|within| Target {
            group: Arc::clone(group),
            index,
            name: format!("{path}{}", service.name()).into(),
            within,
        });
        nested.into_iter().flatten().chain(own).collect::<Vec<_>>()
    };
    group.plan.start_indices().iter().flat_map(of).collect()
}

/// Begins the call, or joins the one that runs, and returns its result. A call without one in its time has failed. Returns
/// `None` if the stop of the group cancels it, or the stop of the service was requested.
///
/// The future can be dropped at any time: the call goes on to its end.
pub(super) async fn call_within(
    group: &GroupState,
    call: &Arc<CallOnClone>,
    within: Duration,
) -> Option<Result<(), SharedError>> {
    let mut run = begin(group, call, within)?;
    let now = Instant::now();
    if run.since + within <= now && call.on_thread().is_none() {
        // It has been cancelled, and is about to end.
        run.ended.cancelled().await;
        run = begin(group, call, within)?;
    }
    tokio::select! {
        () = run.ended.cancelled() => {}
        _ = reached(run.since + within) => {}
        // The call may block its thread.
        () = group.drain_token().cancelled() => {}
    }
    match run.result() {
        Some(result) => Some(result),
        None if group.drain_token().is_cancelled() => None,
        None => Some(Err(BoxError::from(format!("no answer within {}", HumanDuration(within))).into())),
    }
}

fn begin(group: &GroupState, call: &Arc<CallOnClone>, within: Duration) -> Option<Arc<CallRun>> {
    let limit = async move {
        reached(Instant::now() + within).await;
    };
    call.begin(group.drain_token().clone(), limit)
}
