//! What happens to the services of a group: their states, requests and outcomes, as the engine records them.

use std::sync::Arc;
use std::time::Duration;

use tokio::time::Instant;

use super::service_entry::{ServiceEntry, StopRequest};
use super::stats_reader::StatsReader;
use super::{Busy, GroupState};
use crate::model::{
    ServiceName, ServiceState, SharedError, StatsSource, StopCause, StopOutcome, StopReport, inner_path,
};
use crate::text::catch_panic;

/// The service, or its member, that failed.
pub(crate) struct FailedPart {
    pub(crate) name: ServiceName,
    pub(crate) error: SharedError,
}

impl GroupState {
    /// Returns the longest window of the starts that run now.
    pub(crate) fn longest_running_start(&self) -> Duration {
        let state = self.state();
        let services = self.plan.services().iter().zip(&state.services);
        let starting = services.filter(|(_, entry)| entry.state == ServiceState::Starting);
        starting.map(|(service, _)| service.start_window()).max().unwrap_or_default()
    }

    /// Sets the state of a service.
    pub(crate) fn set_state(&self, index: usize, state: ServiceState, since: Instant) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        (service.state, service.since) = (state, since);
        drop(guard);
        self.notify_watchers();
    }

    /// Records that an attempt to start a service begins, and returns its number, and when the first one began.
    ///
    /// `waited_for` is the service whose start was the last one that this start waited for.
    pub(crate) fn set_starting(
        &self,
        index: usize,
        waited_for: Option<usize>,
        now: Instant,
    ) -> (u32, Instant) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        let begun = *service.start.begun.get_or_insert(now);
        (service.state, service.since) = (ServiceState::Starting, begun);
        service.start.waited_for = waited_for.or(service.start.waited_for);
        service.start.attempts += 1;
        let attempt = service.start.attempts;
        drop(guard);
        self.notify_watchers();
        (attempt, begun)
    }

    /// Records where a service listens, for the module `testing`.
    #[cfg(feature = "testing")]
    pub(crate) fn add_address(&self, index: usize, address: std::net::SocketAddr) {
        crate::sync::lock(&self.addresses).push((index, address));
    }

    /// Returns where a service listens.
    #[cfg(feature = "testing")]
    pub(crate) fn addresses(&self, index: usize) -> Vec<std::net::SocketAddr> {
        let addresses = crate::sync::lock(&self.addresses);
        addresses.iter().filter(|(of, _)| *of == index).map(|(_, address)| *address).collect()
    }

    pub(crate) fn service_state(&self, index: usize) -> ServiceState {
        self.state().services[index].state
    }

    /// Returns how many attempts there were to start the service.
    pub(crate) fn start_attempts(&self, index: usize) -> u32 {
        self.state().services[index].start.attempts
    }

    /// Records that an attempt to start a service returned an error, and returns its number.
    pub(crate) fn record_failed_attempt(&self, index: usize, error: SharedError) -> u32 {
        let mut guard = self.state();
        let start = &mut guard.services[index].start;
        start.failure = Some(error);
        start.attempts
    }

    /// Returns the error of the last attempt that failed.
    pub(crate) fn start_failure(&self, index: usize) -> Option<SharedError> {
        self.state().services[index].start.failure.clone()
    }

    /// Records that a service has started.
    pub(crate) fn set_started(&self, index: usize, at: Instant) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        (service.state, service.since) = (service.started(), at);
        (service.start.ended, service.start.has_started) = (Some(at), true);
        drop(guard);
        self.notify_watchers();
    }

    /// Records that there is nothing to run and to stop.
    pub(crate) fn set_absent(&self, index: usize) {
        self.state().services[index].is_absent = true;
    }

    pub(crate) fn is_absent(&self, index: usize) -> bool {
        self.state().services[index].is_absent
    }

    /// Records that a start ended during a roll-back, before the service's turn to stop.
    pub(crate) fn set_ended_start(&self, index: usize, has_started: bool, at: Instant) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        service.state = if has_started { service.started() } else { ServiceState::Waiting };
        service.since = at;
        drop(guard);
        self.notify_watchers();
    }

    /// Records that the start of a service failed.
    pub(crate) fn set_start_failed(&self, index: usize, at: Instant) {
        self.state().services[index].start.ended = Some(at);
    }

    /// Records that the service starts by a value, or by another start, in place of the written one.
    pub(crate) fn set_replaced(&self, index: usize) {
        self.state().services[index].start.is_replaced = true;
    }

    /// Records that the value of the service was given.
    pub(crate) fn set_given(&self, index: usize) {
        self.state().services[index].start.is_given = true;
    }

    /// Records that the run leaves the service out.
    pub(crate) fn set_left_out(&self, index: usize) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        (service.state, service.start.is_left_out) = (ServiceState::LeftOut, true);
    }

    /// Records that the stop of a service was requested.
    pub(crate) fn set_request(&self, index: usize, request: StopRequest) {
        self.state().services[index].request = Some(request);
        self.notify_watchers();
    }

    /// Records how the stop of a service ended.
    pub(crate) fn set_outcome(&self, index: usize, outcome: StopOutcome, at: Instant) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        // A stuck service may still have requests in flight.
        let is_stuck = matches!(outcome, StopOutcome::Stuck { .. });
        let stats = if is_stuck { None } else { service.stats.take() };
        (service.state, service.since, service.outcome) = (ServiceState::Stopped, at, Some(outcome));
        drop(guard);
        drop_shielded(stats);
        self.notify_watchers();
    }

    /// Records that a service was dropped without a stop, unless it had stopped before.
    pub(crate) fn set_dropped(&self, index: usize) {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        let mut stats = None;
        if service.state != ServiceState::Stopped {
            (service.state, service.since) = (ServiceState::Stopped, Instant::now());
            stats = service.stats.take();
        }
        drop(guard);
        drop_shielded(stats);
        self.notify_watchers();
    }

    /// Records that a service ended by itself. Returns false if its stop was already requested: it then counts as being
    /// stopped.
    pub(crate) fn set_exited(&self, index: usize, failure: Option<SharedError>) -> bool {
        let mut guard = self.state();
        let service = &mut guard.services[index];
        if service.state.is_stopping() {
            return false;
        }
        service.state = if failure.is_some() { ServiceState::Failed } else { ServiceState::Done };
        (service.since, service.failure) = (Instant::now(), failure);
        drop(guard);
        self.notify_watchers();
        true
    }

    /// Records that a service failed by itself, and requests the stop of the group unless the service may fail. The cause is
    /// the failure of `part`.
    ///
    /// Returns false if the stop of the service was already requested.
    pub(crate) fn fail(&self, index: usize, failure: SharedError, part: FailedPart) -> bool {
        let has_failed = self.set_exited(index, Some(failure));
        if has_failed && !self.plan.services()[index].may_fail() {
            self.request_stop(StopCause::Failed { service: part.name, error: part.error });
        }
        has_failed
    }

    /// Records that a service has ended, and the group with it. The cause names the service or the member of it.
    ///
    /// Returns false if the stop of the service was already requested.
    pub(crate) fn end_group(&self, index: usize, cause: ServiceName) -> bool {
        let has_ended = self.set_exited(index, None);
        if has_ended {
            self.request_stop(StopCause::Ended { service: cause });
        }
        has_ended
    }

    /// Returns the error with which the service failed while it was running.
    pub(crate) fn failure(&self, index: usize) -> Option<SharedError> {
        self.state().services[index].failure.clone()
    }

    /// Shows the statistics of a service in the status.
    pub(crate) fn show_stats(&self, index: usize, stats: Arc<dyn StatsSource>) {
        let previous = self.state().services[index].stats.replace(StatsReader::new(stats));
        drop_shielded(previous);
    }

    /// Fails the start with this error; the first one counts.
    pub(crate) fn refuse(&self, index: usize, error: SharedError) {
        let mut guard = self.state();
        let refusal = &mut guard.services[index].start.refusal;
        if refusal.is_none() {
            *refusal = Some(error);
        }
        // Another error is dropped after the guard, so that no user code runs under the lock.
    }

    /// Removes and returns the error with which the start fails.
    pub(crate) fn take_refusal(&self, index: usize) -> Option<SharedError> {
        self.state().services[index].start.refusal.take()
    }

    /// Returns the count of the threads that run the start or the stop of a service, for the tasks of both.
    pub(crate) fn busy(&self, index: usize) -> Busy {
        self.state().services[index].busy.clone()
    }

    /// Adds work of the service to what is blamed for a stall, besides its start and its stop.
    pub(crate) fn track_busy(&self, index: usize, busy: Busy) {
        self.state().services[index].work.push(busy);
    }

    /// Returns the services whose code is on a thread now, those of nested groups by their paths.
    pub(crate) fn on_threads(&self, path: &str) -> Vec<String> {
        let services = self.state().services.clone();
        let of = |(index, service): (usize, &ServiceEntry)| {
            let name = format!("{path}{}", self.plan.services()[index].name());
            let inside = service.nested.as_ref().map(|nested| {
                let field = self.plan.services()[index].name();
                nested.on_threads(&inner_path(path, field, nested.plan.is_collection()))
            });
            let inside = inside.filter(|inside| !inside.is_empty());
            inside.unwrap_or_else(|| if service.is_on_thread() { vec![name] } else { Vec::new() })
        };
        services.iter().enumerate().flat_map(of).collect()
    }

    /// Records that the service is this group.
    pub(crate) fn set_nested(&self, index: usize, nested: Arc<GroupState>) {
        self.state().services[index].nested = Some(nested);
    }

    /// Records that the service is not a group.
    pub(crate) fn clear_nested(&self, index: usize) {
        let nested = self.state().services[index].nested.take();
        drop(nested);
    }

    /// Records how the start was rolled back.
    pub(crate) fn set_roll_back(&self, report: StopReport) {
        // A group starts once.
        let _ = self.roll_back.set(report);
    }

    /// Returns how the group that this service is was rolled back, if anything had started in it.
    pub(crate) fn roll_back_of(&self, index: usize) -> Option<StopReport> {
        let nested = self.state().services[index].nested.clone()?;
        nested.roll_back.get().filter(|report| report.has_stopped_services()).cloned()
    }
}

/// Drops a source of statistics, outside of the lock: its drop is foreign code.
fn drop_shielded(stats: Option<StatsReader>) {
    // A panic here does not count as a failure: the service has ended.
    let _ = catch_panic(|| drop(stats));
}

#[cfg(test)]
mod tests {
    use std::sync::Barrier;
    use std::thread;

    use super::*;
    use crate::model::{Plan, ServicePlan};

    /// A service may end by itself at the same time as its stop is requested. It then counts as being stopped.
    #[test]
    fn an_exit_never_undoes_a_stop() {
        let services = vec![ServicePlan::with_stop("service", &[], &[], None, None)];
        let plan = Plan::leaked("Group", None, None, services, vec![0]);
        let rounds: Vec<_> = (0..20_000).map(|_| GroupState::new(plan.clone(), None)).collect();
        let begin = Barrier::new(2);
        thread::scope(|scope| {
            scope.spawn(|| {
                begin.wait();
                for group in &rounds {
                    group.set_exited(0, None);
                }
            });
            begin.wait();
            for group in &rounds {
                group.set_state(0, ServiceState::Stopping, Instant::now());
            }
        });
        let undone = rounds.iter().filter(|group| group.status().services[0].state == ServiceState::Done);
        assert_eq!(undone.count(), 0);
    }
}
