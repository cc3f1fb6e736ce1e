//! What all handles of one group share: its phase, the state of each service, and the requests to stop it.
//!
//! # Invariants
//!
//! 1. The cause is set once, and before `requested` is cancelled: who sees the request sees its cause.
//! 2. Nothing here holds a service's value, so that handles may live in services without a cycle.

mod changes;
mod member;
mod status;

use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::busy::Busy;
use crate::cause::{SharedError, StopCause};
use crate::engine::{Asked, Lives, StartContext};
use crate::graph::Graph;
use crate::guard::{Alarm, OnGuard};
use crate::membership::Live;
use crate::plan::Plan;
use crate::report::{Ending, StopReport};
use crate::status::{Phase, ServiceState};
use crate::systemd::Notifier;

pub(crate) use changes::Changes;
use member::Member;

#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) plan: Plan,
    pub(crate) graph: Graph,
    state: Mutex<State>,
    cause: OnceLock<Requested>,
    requested: CancellationToken,
    force: CancellationToken,
    draining: CancellationToken,
    changes: Arc<Changes>,
    /// When it was made, for its start.
    begun: Instant,
    /// How what had started was stopped, where the start was given up.
    rolled_back: OnceLock<StopReport>,
    /// The spans of the services.
    pub(crate) lives: Lives,
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
    since: Instant,
    /// The time in which the group stops, once it does.
    window: Option<Range<Instant>>,
    members: Vec<Member>,
}

impl Shared {
    pub(crate) fn new(plan: Plan, outer: Option<&StartContext>) -> Self {
        let begun = Instant::now();
        let members = vec![Member::waiting(begun); plan.services().len()];
        Self {
            graph: Graph::of(&plan),
            state: Mutex::new(State { phase: Phase::Starting, since: begun, window: None, members }),
            plan,
            cause: OnceLock::new(),
            requested: CancellationToken::new(),
            force: outer.map_or_else(CancellationToken::new, |outer| outer.force.clone()),
            draining: outer.map_or_else(CancellationToken::new, |outer| outer.draining.clone()),
            changes: Changes::new(outer.map(StartContext::changes)),
            begun,
            rolled_back: OnceLock::new(),
            lives: Lives::default(),
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
            self.bump();
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
    pub(crate) fn set_notifier(self: &Arc<Self>, notifier: Arc<Notifier>, on_guard: &OnGuard) {
        // A group is run once, so that there is no other.
        self.notifier.get_or_init(|| notifier).serve(self, on_guard);
        self.notify();
    }

    #[cfg(all(test, feature = "systemd", target_os = "linux"))]
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
        self.changes.subscribe()
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

    /// The stop has this much time.
    pub(crate) fn stops_in(&self, window: Range<Instant>) {
        self.state().window = Some(window);
    }

    pub(crate) fn enter(&self, phase: Phase) {
        let mut guard = self.state();
        (guard.phase, guard.since) = (phase, Instant::now());
        drop(guard);
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
        drop(guard);
        self.bump();
    }

    /// A service was asked to stop.
    pub(crate) fn ask(&self, index: usize, asked: Asked) {
        self.state().members[index].asked = Some(asked);
        self.bump();
    }

    /// The stop of a service has ended.
    pub(crate) fn end(&self, index: usize, ending: Ending, at: Instant) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if !matches!(ending, Ending::Stuck { .. }) {
            // What is stuck still has things in its hands.
            member.live = None;
        }
        (member.state, member.since, member.ending) = (ServiceState::Stopped, at, Some(ending));
        drop(guard);
        self.bump();
    }

    /// A service was dropped without a stop, if it had not ended before.
    pub(crate) fn set_gone(&self, index: usize) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if member.state != ServiceState::Stopped {
            (member.state, member.since, member.live) = (ServiceState::Stopped, Instant::now(), None);
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

    /// Something is done for the service: its start, its stop, or the work that it is there for.
    pub(crate) fn works(&self, index: usize, busy: Busy) {
        self.state().members[index].work.push(busy);
    }

    /// The services whose code is on a thread now, those inside nested groups by their paths.
    pub(crate) fn on_threads(&self, path: &str) -> Vec<String> {
        let members = self.state().members.clone();
        let of = |(index, member): (usize, &Member)| {
            let name = format!("{path}{}", self.plan.services()[index].name());
            let inside = member.nested.as_ref().map(|nested| nested.on_threads(&format!("{name}.")));
            let inside = inside.filter(|inside| !inside.is_empty());
            inside.unwrap_or_else(|| if member.is_on_thread() { vec![name] } else { Vec::new() })
        };
        members.iter().enumerate().flat_map(of).collect()
    }

    /// The service is this group.
    pub(crate) fn enclose(&self, index: usize, nested: Arc<Shared>) {
        self.state().members[index].nested = Some(nested);
    }

    /// The start was given up.
    pub(crate) fn set_rolled_back(&self, report: StopReport) {
        // A group starts once.
        let _ = self.rolled_back.set(report);
    }

    /// How the group that this service is was rolled back, where that was not clean.
    pub(crate) fn unclean_roll_back(&self, index: usize) -> Option<StopReport> {
        let nested = self.state().members[index].nested.clone()?;
        nested.rolled_back.get().filter(|report| report.worst() > 0).cloned()
    }

    pub(crate) fn changes(&self) -> &Arc<Changes> {
        &self.changes
    }

    /// Tells whoever listens that something has changed. Called behind the change.
    pub(crate) fn bump(&self) {
        self.changes.note();
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
