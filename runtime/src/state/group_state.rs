//! The state of one group, which all its handles share: phase, services, and the requests to stop it.
//!
//! Here are the phase, the requests and the links between groups. `service_records.rs` has what happens to services,
//! `service_calls.rs` checks and reloads, `members.rs` collections, and `snapshot.rs` the status.
//!
//! # Invariants
//!
//! 1. The request with its cause is set once, before `requested` is cancelled: code that observes the request finds the
//!    cause.
//! 2. Nothing here holds the value of a service, so that services can hold handles without a cycle.
//! 3. No user code and no observer runs under a lock: observers and statistics are called on copies.
//! 4. The lock of one group is never taken under that of another: code that goes through nested groups copies the services
//!    first. Under the lock of a group only those of a
//!    [`CallOnClone`](super::CallOnClone) are taken, under which no other is.

use std::fmt;
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, Weak};

use tokio::sync::watch;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::not_ready_reasons::NotReadyReasons;
use super::reloads::Reloads;
use super::service_entry::ServiceEntry;
use super::{ChangeCounter, LifeSpans};
use crate::model::{CallKind, Graph, GroupPhase, Plan, StopCause, StopReport};
use crate::sync::lock;
use crate::text::events::EventSink;

/// Is notified of the changes of a group that concern the whole process.
///
/// Called after the change, by the thread that made it: an implementation must not block.
pub(crate) trait StateObserver: fmt::Debug + Send + Sync {
    /// A stop was requested, or had been when the observer was added.
    fn stop_requested(&self, state: &GroupState);

    /// The group entered another phase, or the observer was just added.
    fn phase_changed(&self, state: &GroupState);

    /// A reload begins, or has ended.
    fn reloading(&self, state: &GroupState, is_reloading: bool) {
        let _ = (state, is_reloading);
    }

    /// A reload has failed, and no subscriber of tracing listens to warnings. `text` has the group and the reason.
    fn reload_failed(&self, text: &str) {
        let _ = text;
    }

    /// The run has ended, or the process is about to exit. `text` is the summary of the run, or the reason of the exit.
    fn final_text(&self, text: &str);
}

/// What a nested group shares with the group around it.
#[derive(Debug, Clone)]
pub(crate) struct Links {
    /// Cancelled by a second signal. A group shares it with the groups that start in it.
    pub(crate) force: CancellationToken,
    /// Cancelled when the drain of this group, or of one around it, begins.
    pub(crate) draining: CancellationToken,
    /// Counts the changes of the group around.
    pub(crate) changes: Arc<ChangeCounter>,
    /// The group around. Weak, since that group holds the nested one for its status.
    pub(crate) outer: Weak<GroupState>,
}

/// The state of one group. Every handle, service context and driver of the group shares it.
#[derive(Debug)]
pub(crate) struct GroupState {
    pub(crate) plan: Plan,
    pub(crate) graph: Graph,
    state: Mutex<State>,
    request: OnceLock<RequestedStop>,
    /// Cancelled when a stop is requested.
    requested: CancellationToken,
    /// See [`Links`]. A group that [`nest_in`](Self::nest_in) linked has a token of its own.
    force: CancellationToken,
    /// See [`Links`].
    draining: CancellationToken,
    changes: Arc<ChangeCounter>,
    /// See [`Links`]. Set later than the rest for a group that [`nest_in`](Self::nest_in) links.
    outer: OnceLock<Weak<GroupState>>,
    /// When the group began to start. Used by `snapshot.rs`; `members.rs` sets it for members that have started before.
    pub(super) begun: Instant,
    /// How what had started was stopped, if the start was rolled back. Used by `service_records.rs`.
    pub(super) roll_back: OnceLock<StopReport>,
    pub(crate) life_spans: LifeSpans,
    /// Where the events of the group go.
    pub(crate) events: EventSink,
    observers: Mutex<Vec<Arc<dyn StateObserver>>>,
    /// For a collection, the index of each value in the order in which it iterates. Used by `members.rs`.
    pub(super) positions: Vec<usize>,
    /// Where services listen. Used by `service_records.rs`.
    #[cfg(feature = "testing")]
    pub(super) addresses: Mutex<Vec<(usize, std::net::SocketAddr)>>,
}

#[derive(Debug)]
struct RequestedStop {
    cause: StopCause,
    at: Instant,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) phase: GroupPhase,
    pub(super) since: Instant,
    /// The time span of the stop, once it has begun.
    pub(super) window: Option<Range<Instant>>,
    pub(super) services: Vec<ServiceEntry>,
    /// Why the group is not ready although its services run.
    pub(super) not_ready: NotReadyReasons,
    pub(super) reloads: Reloads,
}

impl GroupState {
    pub(crate) fn new(plan: Plan, outer: Option<Links>) -> Self {
        let begun = Instant::now();
        let (force, draining, changes, outer) = match outer {
            Some(Links { force, draining, changes, outer }) => (force, draining, Some(changes), outer.into()),
            None => (CancellationToken::new(), CancellationToken::new(), None, OnceLock::new()),
        };
        let services = plan.services().iter().map(|_| ServiceEntry::waiting(begun)).collect();
        Self {
            graph: Graph::new(&plan),
            state: Mutex::new(State {
                phase: GroupPhase::Starting,
                since: begun,
                window: None,
                services,
                not_ready: NotReadyReasons::default(),
                reloads: Reloads::default(),
            }),
            plan,
            request: OnceLock::new(),
            requested: CancellationToken::new(),
            force,
            draining,
            changes: ChangeCounter::new(changes),
            outer,
            begun,
            roll_back: OnceLock::new(),
            life_spans: LifeSpans::default(),
            events: EventSink::default(),
            observers: Mutex::default(),
            positions: Vec::new(),
            #[cfg(feature = "testing")]
            addresses: Mutex::default(),
        }
    }

    /// Sets where the events of the group go. Without it they are emitted in place.
    pub(crate) fn emitting_to(self, events: EventSink) -> Self {
        Self { events, ..self }
    }

    /// Drops the span in which the group was started. The members of a collection share that of their group.
    pub(crate) fn forget_parent(&self) {
        if !self.plan.is_collection() {
            self.events.forget_parent();
        }
    }

    /// Requests a stop, and returns whether this was the first request, whose cause counts.
    pub(crate) fn request_stop(&self, cause: StopCause) -> bool {
        let first = self.request.set(RequestedStop { cause, at: Instant::now() }).is_ok();
        if first {
            // In this order: when a probe reports that the group is not ready, its servers already announce that they close
            // their connections.
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
        self.request.get().map(|request| &request.cause)
    }

    /// Waits for the request, and returns its cause.
    pub(crate) async fn stop_requested(&self) -> StopCause {
        self.requested.cancelled().await;
        self.effective_cause()
    }

    /// Returns why the group stops: its own cause, or that of the group around it.
    pub(crate) fn effective_cause(&self) -> StopCause {
        let outer = || self.outer().map(|outer| outer.effective_cause());
        self.cause().cloned().or_else(outer).unwrap_or(StopCause::Requested)
    }

    pub(crate) fn requested_at(&self) -> Option<Instant> {
        self.request.get().map(|request| request.at)
    }

    /// Returns the token that a stop request cancels.
    pub(crate) fn request_token(&self) -> &CancellationToken {
        &self.requested
    }

    /// Returns the token that a second signal cancels.
    pub(crate) fn force_token(&self) -> &CancellationToken {
        &self.force
    }

    /// Forces the stop of this group, and of those around it, which may have tokens of their own.
    pub(crate) fn request_force(&self) {
        self.force.cancel();
        if let Some(outer) = self.outer() {
            outer.request_force();
        }
    }

    /// Returns whether a second signal came.
    pub(super) fn is_forced(&self) -> bool {
        self.force.is_cancelled() || self.outer().is_some_and(|outer| outer.is_forced())
    }

    /// Returns the token that is cancelled when the lame duck begins, or the stop where there is none.
    pub(crate) fn drain_token(&self) -> &CancellationToken {
        &self.draining
    }

    /// Notifies the observer from now on, and of what has happened already.
    pub(crate) fn observe(&self, observer: &Arc<dyn StateObserver>) {
        // In this order: a request that comes between the two is noticed twice, never missed.
        lock(&self.observers).push(Arc::clone(observer));
        if self.requested.is_cancelled() {
            observer.stop_requested(self);
        }
        observer.phase_changed(self);
    }

    /// Passes the summary of the run, or the reason of the exit, to the observers.
    pub(crate) fn notify_of_final_text(&self, text: impl FnOnce() -> String) {
        let observers = self.observers();
        if !observers.is_empty() {
            let text = text();
            for observer in &observers {
                observer.final_text(&text);
            }
        }
    }

    /// Returns what a group nested in this one shares with it.
    pub(crate) fn links(self: &Arc<Self>) -> Links {
        Links {
            force: self.force.clone(),
            draining: self.draining.child_token(),
            changes: Arc::clone(&self.changes),
            outer: Arc::downgrade(self),
        }
    }

    /// Links a group that has started by itself to the group around it. Without effect on one that has started in it. The
    /// force of the group around reaches it with its stop.
    ///
    /// # Panics
    ///
    /// Outside of a tokio runtime.
    pub(crate) fn nest_in(&self, Links { draining, changes, outer, force: _ }: Links) {
        if self.outer.set(outer).is_err() {
            return;
        }
        self.changes.set_outer(changes);
        let own = self.draining.clone();
        tokio::spawn(async move {
            tokio::select! {
                () = draining.cancelled() => own.cancel(),
                // A group drains when it stops, so that this task ends with it.
                () = own.cancelled() => {}
            }
        });
    }

    fn outer(&self) -> Option<Arc<Self>> {
        self.outer.get()?.upgrade()
    }

    /// Returns a copy of the list, so that no observer is called under the lock.
    pub(super) fn observers(&self) -> Vec<Arc<dyn StateObserver>> {
        lock(&self.observers).clone()
    }

    pub(crate) fn subscribe(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    pub(crate) fn phase(&self) -> GroupPhase {
        self.state().phase
    }

    /// Returns whether all services have started, neither this group nor one around it is going to stop, and nothing holds
    /// this group or one nested in it: neither a reason, nor a check that failed.
    pub(crate) fn is_ready(&self) -> bool {
        let is_stopping = self.requested.is_cancelled() || self.draining.is_cancelled();
        self.phase() == GroupPhase::Running && !is_stopping && !self.is_held()
    }

    fn is_held(&self) -> bool {
        let nested: Vec<_> = {
            let state = self.state();
            if !state.not_ready.is_empty() {
                return true;
            }
            let services = self.plan.services().iter().zip(&state.services);
            // The group does not wait for what may fail.
            let needed = services.filter(|(plan, _)| !plan.may_fail()).map(|(_, service)| service);
            if needed.clone().any(|service| service.failure_of(CallKind::Check).is_some()) {
                return true;
            }
            needed.filter_map(|service| service.nested.clone()).collect()
        };
        nested.iter().any(|group| group.is_held())
    }

    /// Sets the time span of the stop, which the status shows.
    pub(crate) fn set_stop_window(&self, window: Range<Instant>) {
        self.state().window = Some(window);
    }

    /// Enters a phase. A group that is dropped stops without a request: its drain begins here.
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

    /// Notifies those that watch this group or one around it. Called after the change.
    pub(crate) fn notify_watchers(&self) {
        self.changes.increment();
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}
