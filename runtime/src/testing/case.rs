//! Runs one case: a fresh group with faults, from its start to its end.

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout, timeout_at};

use super::broken::Broken;
use super::fault::Spec;
use super::faulty::FaultsAt;
use super::leftovers::{GONE_WITHIN, alive_tasks, listening_sockets};
use super::parts::Parts;
use super::script::{Mode, Script};
use crate::engine::erased::{BoxFuture, FAULTS};
use crate::engine::{Running, StartError};
use crate::model::{Plan, ServiceState, StopReport};
use crate::process::Runner;
use crate::state::GroupHandle;
use crate::text::panic_message;

/// What runs while a fault strikes.
pub(super) type Client<A> = Box<dyn Fn(&Parts<'_, A>) -> BoxFuture<()>>;

/// How long a client may take until it is busy, and how much longer than its windows a group may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// One case that has run.
pub(super) struct Ran {
    pub(super) script: Arc<Script>,
    pub(super) plan: Plan,
    pub(super) result: Result<StopReport, StartError>,
    pub(super) took: Duration,
    pub(super) before: Before,
    /// What went wrong in the case itself.
    pub(super) broken: Option<Broken>,
}

/// What there was in the process before the case.
pub(super) struct Before {
    pub(super) tasks: usize,
    pub(super) sockets: BTreeSet<SocketAddr>,
}

impl Before {
    pub(super) fn now(checks_sockets: bool) -> Self {
        let sockets = if checks_sockets { listening_sockets() } else { BTreeSet::new() };
        Self { tasks: alive_tasks(), sockets }
    }
}

/// Runs a case. An error means that the group did not end.
pub(super) async fn run<A: 'static>(
    runner: Runner<A>,
    before: Before,
    faults: Vec<Spec>,
    client: Option<&Client<A>>,
    mode: Mode,
) -> Result<Ran, Broken> {
    let plan = runner.plan().clone();
    let script = Script::new(faults, mode);
    let begun = Instant::now();
    let faults = FaultsAt { script: Arc::clone(&script), path: Vec::new() };
    let limit = plan.slowest_start() + PATIENCE;
    let start = FAULTS.scope(Arc::new(faults), runner.start());
    let started = timeout(limit, start).await.map_err(|_| Broken::never_started(limit))?;
    let mut broken = None;
    let result = match started {
        Err(error) => Err(error),
        Ok(running) => {
            let client = client.map(|client| begin(client, &running));
            if let Some((_, Some(busy))) = &client
                && timeout(PATIENCE, busy.cancelled()).await.is_err()
            {
                broken = Some(Broken::never_busy(PATIENCE));
            }
            strike(&script, &running.handle()).await;
            let limit = plan.stop_within() + PATIENCE;
            let report = timeout(limit, running.stop()).await.map_err(|_| Broken::never_stopped(limit))?;
            if let Some((client, _)) = client {
                broken = broken.or(end(client).await);
            }
            Ok(report)
        }
    };
    Ok(Ran { script, plan, result, took: begun.elapsed(), before, broken })
}

type Begun = (JoinHandle<()>, Option<tokio_util::sync::CancellationToken>);

fn begin<A>(client: &Client<A>, running: &Running<A>) -> Begun {
    let parts = Parts::new(&**running);
    let client = client(&parts);
    (tokio::spawn(client), parts.awaited())
}

/// Waits until the client has noticed the end of the group, and ends it otherwise.
async fn end(mut client: JoinHandle<()>) -> Option<Broken> {
    let ended = if let Ok(ended) = timeout(GONE_WITHIN, &mut client).await {
        ended
    } else {
        client.abort();
        client.await
    };
    let panic = ended.err().and_then(|error| error.try_into_panic().ok())?;
    Some(Broken::client_panicked(&panic_message(panic)))
}

/// Lets the faults strike that wait until the group runs, and waits until the group has noticed them.
async fn strike(script: &Script, group: &GroupHandle) {
    let waiting = script.armed();
    if waiting.is_empty() {
        return;
    }
    let ends_group = waiting.iter().any(|spec| spec.stops_group(group.plan()));
    let (end, mut changes) = (Instant::now() + GONE_WITHIN, group.changes());
    script.strike().cancel();
    while let Ok(Some(status)) = timeout_at(end, changes.next()).await {
        let has_ended = |spec: &Spec| {
            let state = status.services.get(spec.path[0]).map(|service| service.state);
            // A nested group goes on when a service in it has ended.
            matches!(state, Some(ServiceState::Done | ServiceState::Failed))
                || spec.path.len() > 1 && script.struck().contains(spec)
        };
        if status.cause.is_some() || !ends_group && waiting.iter().all(has_ended) {
            return;
        }
    }
}
