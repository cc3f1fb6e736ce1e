//! A start and a stop of a service, with what a fault does to it.

use std::future::{Future, poll_fn};
use std::panic::resume_unwind;
use std::pin::Pin;
use std::sync::Arc;
use std::task::Poll;

use super::fault::Path;
use super::fault_kind::FaultKind;
use super::guarded::Guarded;
use super::leftovers::listening_sockets;
use super::script::{Event, Script};
use crate::engine::erased::{StopFuture, boxed};
use crate::model::BoxError;
use crate::state::StopContext;

/// Runs a start, and requests a stop where that is the fault.
pub(super) async fn watched_start(
    mut start: Guarded<Result<(), BoxError>>,
    script: Arc<Script>,
    path: Path,
    fault: Option<FaultKind>,
    is_group: bool,
    rolls_back: impl Fn() -> bool + Send,
) -> Result<(), BoxError> {
    let requests = fault == Some(FaultKind::StopDuringStart);
    let mut is_cancelled = false;
    let polled = poll_fn(|cx| {
        // A group, or a collection, is asked to roll back. Any other start waits where it is until the engine cancels it.
        if is_cancelled && !rolls_back() {
            return Poll::Pending;
        }
        let started = Pin::new(&mut start).poll(cx);
        if started.is_pending() && requests && !is_cancelled {
            is_cancelled = true;
            script.request_stop();
        }
        started
    });
    let mode = script.mode();
    let started = match (&mode.serial, mode.checks_sockets) {
        (Some(serial), _) if !is_group => serial.step(&path, polled).await,
        (None, true) if !is_group => {
            let before = listening_sockets();
            let started = polled.await;
            script.record_opened(&path, listening_sockets().difference(&before).copied());
            started
        }
        _ => polled.await,
    };
    if started.is_ok() {
        script.record(&path, Event::Started);
        // A start that has waited for nothing has no halfway.
        if requests || fault == Some(FaultKind::StopAfterStart) {
            script.request_stop();
        }
    }
    started
}

/// Returns the stop of a service with a fault.
pub(super) fn faulty_stop(
    stop: Guarded<Result<(), BoxError>>,
    fault: Option<FaultKind>,
    script: Arc<Script>,
    path: Path,
    context: StopContext,
) -> StopFuture {
    match fault {
        Some(FaultKind::StopFails) => boxed(async move {
            script.struck_at(&path);
            drop(stop);
            Err("the stop fails by a fault of the test".into())
        }),
        Some(FaultKind::StopPanics) => boxed(async move {
            script.struck_at(&path);
            drop(stop);
            resume_unwind(Box::new("the stop panics by a fault of the test"))
        }),
        Some(FaultKind::StopHangs) => boxed(async move {
            let _stop = stop;
            std::future::pending().await
        }),
        Some(FaultKind::StopWaitsForForce) => boxed(async move {
            context.forced().await;
            stop.await
        }),
        Some(FaultKind::ForcedDuringStop) => boxed(async move {
            script.struck_at(&path);
            script.force_stop();
            stop.await
        }),
        _ => boxed(stop),
    }
}
