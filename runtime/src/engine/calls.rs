//! Waits for the call of a check or of a reload, within its time.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::reached;
use crate::model::{BoxError, SharedError};
use crate::state::{CallOnClone, CallRun, GroupState};
use crate::text::HumanDuration;

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
