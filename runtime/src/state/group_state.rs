//! What all handles of one group share: its phase, the state of each service, and the requests to stop it.
//!
//! # Invariants
//!
//! 1. The cause is set once, and before `requested` is cancelled: who sees the request sees its cause.
//! 2. Nothing here holds a service's value, so that handles may live in services without a cycle.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::service_entry::{ServiceEntry, StopRequest};
use super::{Busy, Changes, LifeSpans};
use crate::model::{
    Graph, GroupPhase, Plan, ServiceState, SharedError, StatsSource, StopCause, StopOutcome, StopReport,
};
use crate::sync::lock;

/// Is notified of the changes of a group that concern the whole process.
///
/// Called after the change, by the thread that made it: an implementation must not block.
pub(crate) trait StateObserver: fmt::Debug + Send + Sync {
    /// A stop was requested, or had been when the observer was added.
    fn stop_requested(&self, state: &GroupState);

    /// The group entered another phase, or the observer was just added.
    fn phase_changed(&self, state: &GroupState);

    /// The run is over; `text` says how it ended.
    fn last_words(&self, text: &str);
}

/// What a nested group shares with the group around it.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// Cancelled by a second signal; one token for a group and all that are nested in it.
    pub(crate) force: CancellationToken,
    /// Cancelled when the drain of this group, or of one around it, begins.
    pub(crate) draining: CancellationToken,
    /// Counts the changes of the group around.
    pub(crate) changes: Arc<Changes>,
}

#[derive(Debug)]
pub(crate) struct GroupState {
    pub(crate) plan: Plan,
    pub(crate) graph: Graph,
    state: Mutex<State>,
    cause: OnceLock<Requested>,
    requested: CancellationToken,
    force: CancellationToken,
    draining: CancellationToken,
    changes: Arc<Changes>,
    /// When it was made, for its start.
    pub(super) begun: Instant,
    /// How what had started was stopped, where the start was given up.
    rolled_back: OnceLock<StopReport>,
    /// The spans of the services.
    pub(crate) lives: LifeSpans,
    /// Added once each, by a run.
    observers: Mutex<Vec<Arc<dyn StateObserver>>>,
}

#[derive(Debug)]
struct Requested {
    cause: StopCause,
    at: Instant,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: GroupPhase,
    pub(super) since: Instant,
    /// The time in which the group stops, once it does.
    pub(super) window: Option<Range<Instant>>,
    pub(super) members: Vec<ServiceEntry>,
}

impl GroupState {
    pub(crate) fn new(plan: Plan, outer: Option<Links>) -> Self {
        let begun = Instant::now();
        let (force, draining, above) = match outer {
            Some(Links { force, draining, changes }) => (force, draining, Some(changes)),
            None => (CancellationToken::new(), CancellationToken::new(), None),
        };
        let members = vec![ServiceEntry::waiting(begun); plan.services().len()];
        Self {
            graph: Graph::new(&plan),
            state: Mutex::new(State { phase: GroupPhase::Starting, since: begun, window: None, members }),
            plan,
            cause: OnceLock::new(),
            requested: CancellationToken::new(),
            force,
            draining,
            changes: Changes::new(above),
            begun,
            rolled_back: OnceLock::new(),
            lives: LifeSpans::default(),
            observers: Mutex::default(),
        }
    }

    /// Requests a stop; gives whether this was the first request, whose cause counts.
    pub(crate) fn request(&self, cause: StopCause) -> bool {
        let first = self.cause.set(Requested { cause, at: Instant::now() }).is_ok();
        if first {
            // In this order: who hears that the group is not ready from a server hears too that the server will close.
            self.draining.cancel();
            self.requested.cancel();
            for observer in self.observers() {
                observer.stop_requested(self);
            }
            self.notify_watchers();
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

    /// Notifies the observer from now on, and of what has happened already.
    pub(crate) fn observe(&self, observer: Arc<dyn StateObserver>) {
        // In this order: a request that comes between the two is noticed twice, never missed.
        lock(&self.observers).push(Arc::clone(&observer));
        if self.requested.is_cancelled() {
            observer.stop_requested(self);
        }
        observer.phase_changed(self);
    }

    /// Passes the result of the run to the observers.
    pub(crate) fn last_words(&self, text: impl FnOnce() -> String) {
        let observers = self.observers();
        if !observers.is_empty() {
            let text = text();
            observers.iter().for_each(|observer| observer.last_words(&text));
        }
    }

    /// Returns what a group nested in this one shares with it.
    pub(crate) fn links(&self) -> Links {
        Links {
            force: self.force.clone(),
            draining: self.draining.child_token(),
            changes: Arc::clone(&self.changes),
        }
    }

    /// Copies the list, so that no observer is called under the lock.
    fn observers(&self) -> Vec<Arc<dyn StateObserver>> {
        lock(&self.observers).clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn phase(&self) -> GroupPhase {
        self.state().phase
    }

    /// All services have started, and neither this group nor the one around it is about to stop.
    pub(crate) fn is_ready(&self) -> bool {
        let is_leaving = self.requested.is_cancelled() || self.draining.is_cancelled();
        self.phase() == GroupPhase::Running && !is_leaving
    }

    #[cfg(feature = "_server")]
    pub(crate) fn states(&self) -> Vec<ServiceState> {
        self.state().members.iter().map(|member| member.state).collect()
    }

    /// The stop has this much time.
    pub(crate) fn stops_in(&self, window: Range<Instant>) {
        self.state().window = Some(window);
    }

    pub(crate) fn enter(&self, phase: GroupPhase) {
        let mut guard = self.state();
        (guard.phase, guard.since) = (phase, Instant::now());
        drop(guard);
        if phase.is_stopping() {
            self.draining.cancel();
        }
        self.notify_watchers();
        for observer in self.observers() {
            observer.phase_changed(self);
        }
    }

    pub(crate) fn set(&self, index: usize, state: ServiceState, since: Instant) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        (member.state, member.since) = (state, since);
        drop(guard);
        self.notify_watchers();
    }

    /// A service was asked to stop.
    pub(crate) fn ask(&self, index: usize, asked: StopRequest) {
        self.state().members[index].asked = Some(asked);
        self.notify_watchers();
    }

    /// The stop of a service has ended.
    pub(crate) fn end(&self, index: usize, ending: StopOutcome, at: Instant) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if !matches!(ending, StopOutcome::Stuck { .. }) {
            // What is stuck still has things in its hands.
            member.live = None;
        }
        (member.state, member.since, member.ending) = (ServiceState::Stopped, at, Some(ending));
        drop(guard);
        self.notify_watchers();
    }

    /// A service was dropped without a stop, if it had not ended before.
    pub(crate) fn set_gone(&self, index: usize) {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if member.state != ServiceState::Stopped {
            (member.state, member.since, member.live) = (ServiceState::Stopped, Instant::now(), None);
        }
        drop(guard);
        self.notify_watchers();
    }

    /// A service ended by itself: noted unless it was told to stop already.
    pub(crate) fn set_ended(&self, index: usize, failure: Option<SharedError>) -> bool {
        let mut guard = self.state();
        let member = &mut guard.members[index];
        if member.state.is_stopping() {
            return false;
        }
        member.state = if failure.is_some() { ServiceState::Failed } else { ServiceState::Done };
        (member.since, member.failure) = (Instant::now(), failure);
        drop(guard);
        self.notify_watchers();
        true
    }

    /// What the service failed with while it was running.
    pub(crate) fn failure(&self, index: usize) -> Option<SharedError> {
        self.state().members[index].failure.clone()
    }

    pub(crate) fn show_stats(&self, index: usize, live: Arc<dyn StatsSource>) {
        self.state().members[index].live = Some(live);
    }

    /// Something is done for the service: its start, its stop, or the work that it is there for.
    pub(crate) fn track_busy(&self, index: usize, busy: Busy) {
        self.state().members[index].work.push(busy);
    }

    /// The services whose code is on a thread now, those inside nested groups by their paths.
    pub(crate) fn on_threads(&self, path: &str) -> Vec<String> {
        let members = self.state().members.clone();
        let of = |(index, member): (usize, &ServiceEntry)| {
            let name = format!("{path}{}", self.plan.services()[index].name());
            let inside = member.nested.as_ref().map(|nested| nested.on_threads(&format!("{name}.")));
            let inside = inside.filter(|inside| !inside.is_empty());
            inside.unwrap_or_else(|| if member.is_on_thread() { vec![name] } else { Vec::new() })
        };
        members.iter().enumerate().flat_map(of).collect()
    }

    /// The service is this group.
    pub(crate) fn set_nested(&self, index: usize, nested: Arc<GroupState>) {
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
        nested.rolled_back.get().filter(|report| report.exit_code_of_services() > 0).cloned()
    }

    /// Tells whoever listens that something has changed. Called behind the change.
    pub(crate) fn notify_watchers(&self) {
        self.changes.note();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::model::ServicePlan;

    /// A service that ends in the very moment when it is asked to stop is being stopped, whoever comes first.
    #[test]
    fn an_own_end_never_undoes_a_stop() {
        let services = vec![ServicePlan::with_stop("service", &[], &[], None, None)];
        let plan = Plan::leaked("Group", None, None, services, vec![0]);
        let rounds: Vec<_> = (0..20_000).map(|_| GroupState::new(plan.clone(), None)).collect();
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
