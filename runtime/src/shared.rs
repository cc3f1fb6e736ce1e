//! What all handles of one group share: its phase, the state of each service, and the requests to stop it.
//!
//! # Invariants
//!
//! 1. The cause is set once, and before `requested` is cancelled: who sees the request sees its cause.
//! 2. Nothing here holds a service's value, so that handles may live in services without a cycle.

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::cause::{SharedError, StopCause};
use crate::engine::StartContext;
use crate::graph::Graph;
use crate::guard::{Alarm, OnGuard};
use crate::membership::Live;
use crate::plan::Plan;
use crate::status::{Phase, ServiceState, ServiceStatus, Status};
use crate::systemd::Notifier;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) graph: Graph,
    state: Mutex<State>,
    cause: OnceLock<Requested>,
    requested: CancellationToken,
    force: CancellationToken,
    draining: CancellationToken,
    changed: watch::Sender<u64>,
    /// Set while a run is on guard: told when a stop is requested, whoever requests it.
    alarm: OnceLock<Alarm>,
    /// Set during a run, where a service manager listens.
    notifier: OnceLock<Arc<Notifier>>,
}

#[derive(Debug)]
struct Requested {
    cause: StopCause,
    at: Instant,
}

#[derive(Debug)]
struct State {
    phase: Phase,
    members: Vec<Member>,
}

#[derive(Debug, Clone)]
struct Member {
    state: ServiceState,
    since: Instant,
    failure: Option<SharedError>,
    live: Option<Arc<dyn Live>>,
}

impl Shared {
    pub(crate) fn new(plan: Plan, outer: Option<&StartContext>) -> Self {
        let member =
            Member { state: ServiceState::Waiting, since: Instant::now(), failure: None, live: None };
        Self {
            graph: Graph::of(&plan),
            state: Mutex::new(State { phase: Phase::Starting, members: vec![member; plan.services().len()] }),
            plan,
            cause: OnceLock::new(),
            requested: CancellationToken::new(),
            force: outer.map_or_else(CancellationToken::new, |outer| outer.force.clone()),
            draining: outer.map_or_else(CancellationToken::new, |outer| outer.draining.clone()),
            changed: watch::Sender::new(0),
            alarm: OnceLock::new(),
            notifier: OnceLock::new(),
        }
    }

    /// Requests a stop; gives whether this was the first request, whose cause counts.
    pub(crate) fn request(&self, cause: StopCause) -> bool {
        let first = self.cause.set(Requested { cause, at: Instant::now() }).is_ok();
        if first {
            // In this order: who hears that the group is not ready from a server hears too that the server will close.
            self.draining.cancel();
            self.requested.cancel();
            if let Some(alarm) = self.alarm.get() {
                alarm.arm();
            }
            self.changed.send_modify(|version| *version += 1);
            self.notify();
        }
        first
    }

    pub(crate) fn cause(&self) -> Option<&StopCause> {
        self.cause.get().map(|requested| &requested.cause)
    }

    pub(crate) fn requested_at(&self) -> Option<Instant> {
        self.cause.get().map(|requested| requested.at)
    }

    /// Cancelled when a stop was requested.
    pub(crate) fn requested(&self) -> &CancellationToken {
        &self.requested
    }

    /// Cancelled when a second signal came; one token for a group and all that are nested in it.
    pub(crate) fn force(&self) -> &CancellationToken {
        &self.force
    }

    /// Cancelled when the lame duck begins, or the stop where there is none.
    pub(crate) fn draining(&self) -> &CancellationToken {
        &self.draining
    }

    pub(crate) fn set_alarm(&self, alarm: Alarm) {
        // A group is run once, so that there is no other alarm. Set first: a request from now on finds it.
        let alarm = self.alarm.get_or_init(|| alarm);
        if self.requested.is_cancelled() {
            alarm.arm();
        }
    }

    /// From now on the service manager is told how the run goes.
    pub(crate) fn set_notifier(self: &Arc<Self>, notifier: Notifier, on_guard: &OnGuard) {
        // A group is run once, so that there is no other.
        self.notifier.get_or_init(|| Arc::new(notifier)).serve(self, on_guard);
        self.notify();
    }

    #[cfg(test)]
    #[cfg_attr(not(feature = "systemd"), allow(dead_code, reason = "there is no service manager then"))]
    pub(crate) fn notifier_for_test(&self, notifier: Arc<Notifier>) {
        self.notifier.get_or_init(|| notifier);
    }

    /// Tells the service manager what is new, where there is one.
    fn notify(&self) {
        if let Some(notifier) = self.notifier.get() {
            notifier.tell(self);
        }
    }

    /// Tells the service manager the last thing of all: how the run ended.
    pub(crate) fn notify_last(&self, text: impl FnOnce() -> String) {
        if let Some(notifier) = self.notifier.get() {
            notifier.last(&text());
        }
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changed.subscribe()
    }

    pub(crate) fn phase(&self) -> Phase {
        self.state().phase
    }

    /// All services have started, and neither this group nor the one around it is about to stop.
    pub(crate) fn is_ready(&self) -> bool {
        let is_leaving = self.requested.is_cancelled() || self.draining.is_cancelled();
        self.phase() == Phase::Running && !is_leaving
    }

    #[cfg(feature = "_server")]
    pub(crate) fn states(&self) -> Vec<ServiceState> {
        self.state().members.iter().map(|member| member.state).collect()
    }

    pub(crate) fn enter(&self, phase: Phase) {
        self.state().phase = phase;
        if phase >= Phase::LameDuck {
            self.draining.cancel();
        }
        self.bump();
        self.notify();
    }

    pub(crate) fn set(&self, index: usize, state: ServiceState, since: Instant) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        (member.state, member.since) = (state, since);
        if state == ServiceState::Stopped {
            member.live = None;
        }
        drop(guard);
        self.bump();
    }

    /// A service ended by itself: noted unless it was told to stop already.
    pub(crate) fn set_ended(&self, index: usize, failure: Option<SharedError>) -> bool {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if member.state >= ServiceState::Stopping {
            return false;
        }
        member.state = if failure.is_some() { ServiceState::Failed } else { ServiceState::Done };
        (member.since, member.failure) = (Instant::now(), failure);
        drop(guard);
        self.bump();
        true
    }

    /// What the service failed with while it was running.
    pub(crate) fn failure(&self, index: usize) -> Option<SharedError> {
        self.state().members[index].failure.clone()
    }

    pub(crate) fn show(&self, index: usize, live: Arc<dyn Live>) {
        self.state().members[index].live = Some(live);
    }

    pub(crate) fn status(&self) -> Status {
        let (phase, members) = {
            let state = self.state();
            (state.phase, state.members.clone())
        };
        let now = Instant::now();
        let services = members.iter().enumerate().map(|(index, member)| ServiceStatus {
            name: self.plan.services()[index].name(),
            state: member.state,
            since: now.saturating_duration_since(member.since),
            waits_for: if phase == Phase::Stopping { self.waits_for(index, &members) } else { Vec::new() },
            numbers: member.live.as_ref().map(|live| live.numbers()),
        });
        Status { group: self.plan.name(), phase, cause: self.cause().cloned(), services: services.collect() }
    }

    /// Whom a service that has not been asked to stop waits for.
    fn waits_for(&self, index: usize, members: &[Member]) -> Vec<&'static str> {
        if members[index].state >= ServiceState::Stopping {
            return Vec::new();
        }
        let alive = |of: &usize| members[*of].state != ServiceState::Stopped;
        let ahead = self.graph.ahead(index).iter().map(|(ahead, _)| *ahead);
        ahead.filter(alive).map(|ahead| self.plan.services()[ahead].name()).collect()
    }

    /// Counts a change of the state, and wakes whoever listens.
    ///
    /// To wake nobody would cost more than all else in a change. Called behind the change: who subscribes too late to be
    /// counted here looks at a state that has changed already.
    pub(crate) fn bump(&self) {
        self.changed.send_if_modified(|version| {
            *version += 1;
            self.changed.receiver_count() > 0
        });
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::plan::ServicePlan;

    /// A service that ends in the very moment when it is asked to stop is being stopped, whoever comes first.
    #[test]
    fn an_own_end_never_undoes_a_stop() {
        let services = vec![ServicePlan::with_stop("service", &[], &[], None, None)];
        let plan = Plan::leaked("Group", None, None, services, vec![0]);
        let rounds: Vec<_> = (0..20_000).map(|_| Shared::new(plan, None)).collect();
        let begin = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                begin.wait();
                for shared in &rounds {
                    shared.set_ended(0, None);
                }
            });
            begin.wait();
            for shared in &rounds {
                shared.set(0, ServiceState::Stopping, Instant::now());
            }
        });
        let undone = rounds.iter().filter(|shared| shared.status().services[0].state == ServiceState::Done);
        assert_eq!(undone.count(), 0);
    }
}
