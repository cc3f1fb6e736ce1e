//! The checks and reloads of the services of a group.

use std::sync::Arc;

use super::call_on_clone::CallRun;
use super::service_entry::ServiceEntry;
use super::{CallOnClone, Check, GroupState};
use crate::model::{CheckFailure, EdgeKind, ReloadReport, ServiceName, ServiceState, inner_path};

/// A check or a reload that is on a thread.
pub(crate) struct CallOnThread {
    pub(crate) index: usize,
    /// `check` or `reload`.
    pub(crate) kind: &'static str,
    pub(crate) run: Arc<CallRun>,
}

impl GroupState {
    /// Adds the `check` of a service that has started.
    pub(crate) fn add_check(&self, index: usize, call: CallOnClone) {
        self.track_busy(index, call.busy().clone());
        self.state().services[index].check = Some(Arc::new(Check::new(call)));
    }

    /// Adds the `reload` of a service that has started.
    pub(crate) fn add_reload(&self, index: usize, call: CallOnClone) {
        self.track_busy(index, call.busy().clone());
        self.state().services[index].reload = Some(Arc::new(call));
    }

    /// Drops the clones of a service that check and reload work on. Called in a task of that service, since a drop is foreign
    /// code.
    pub(crate) fn discard_clones(&self, index: usize) {
        let (check, reload) = {
            let service = &self.state().services[index];
            (service.check.clone(), service.reload.clone())
        };
        if let Some(check) = check {
            check.call.discard();
        }
        if let Some(reload) = reload {
            reload.discard();
        }
    }

    /// Returns the checks of the services that run.
    pub(crate) fn checks(&self) -> Vec<(usize, Arc<Check>)> {
        let state = self.state();
        let running = state.services.iter().enumerate();
        let running = running.filter(|(_, service)| service.state == ServiceState::Running);
        running.filter_map(|(index, service)| Some((index, Arc::clone(service.check.as_ref()?)))).collect()
    }

    /// Returns the nested groups, with the index of the service that each of them is.
    pub(crate) fn nested(&self) -> Vec<(usize, Arc<GroupState>)> {
        let state = self.state();
        let services = state.services.iter().enumerate();
        services.filter_map(|(index, service)| Some((index, Arc::clone(service.nested.as_ref()?)))).collect()
    }

    /// Returns the members of a service, if it is a collection.
    pub(crate) fn members_at(&self, index: usize) -> Option<Arc<Self>> {
        self.nested_at(index).filter(|nested| nested.plan.is_collection())
    }

    pub(crate) fn nested_at(&self, index: usize) -> Option<Arc<GroupState>> {
        self.state().services[index].nested.clone()
    }

    /// Returns the `reload` of a service that runs.
    pub(crate) fn reload_of(&self, index: usize) -> Option<Arc<CallOnClone>> {
        let state = self.state();
        let service = &state.services[index];
        service.reload.clone().filter(|_| service.state == ServiceState::Running)
    }

    /// Returns the services whose last check failed, nested groups included, with those that use them.
    pub(crate) fn failing_checks(&self) -> Vec<CheckFailure> {
        let entries = self.state().services.clone();
        let of = |(index, entry): (usize, &ServiceEntry)| {
            let plan = &self.plan.services()[index];
            let own = entry.check_failure().map(|error| CheckFailure {
                service: plan.name().into(),
                used_by: self.users_of(index),
                error,
                may_fail: plan.may_fail(),
            });
            let nested = entry.nested.as_ref().map(|nested| nested.failing_checks()).unwrap_or_default();
            let is_collection = entry.nested.as_ref().is_some_and(|nested| nested.plan.is_collection());
            let path = inner_path("", plan.name(), is_collection);
            let nested = nested.into_iter().map(|failure| {
                let inner = |name: &ServiceName| ServiceName::from(format!("{path}{name}"));
                CheckFailure {
                    service: inner(&failure.service),
                    used_by: failure.used_by.iter().map(inner).chain(self.users_of(index)).collect(),
                    may_fail: failure.may_fail || plan.may_fail(),
                    error: failure.error,
                }
            });
            own.into_iter().chain(nested).collect::<Vec<_>>()
        };
        entries.iter().enumerate().flat_map(of).collect()
    }

    /// Returns the services that use this one, directly or through others, the nearest first.
    fn users_of(&self, index: usize) -> Vec<ServiceName> {
        let mut users = vec![index];
        let mut at = 0;
        while at < users.len() {
            for &(user, kind) in self.graph.predecessors(users[at]) {
                if kind == Some(EdgeKind::Use) && !users.contains(&user) {
                    users.push(user);
                }
            }
            at += 1;
        }
        users[1..].iter().map(|&user| self.plan.services()[user].name().into()).collect()
    }

    /// Returns the checks and reloads that are on a thread now.
    pub(crate) fn calls_on_threads(&self) -> Vec<CallOnThread> {
        let calls: Vec<_> = {
            let state = self.state();
            let of = |(index, service): (usize, &ServiceEntry)| {
                let check = service.check.as_ref().map(|check| (index, "check", Arc::clone(&check.call)));
                let reload = service.reload.as_ref().map(|reload| (index, "reload", Arc::clone(reload)));
                [check, reload]
            };
            state.services.iter().enumerate().flat_map(of).flatten().collect()
        };
        let on_thread = |(index, kind, call): (usize, _, Arc<CallOnClone>)| {
            Some(CallOnThread { index, kind, run: call.on_thread()? })
        };
        calls.into_iter().filter_map(on_thread).collect()
    }

    /// Records a request to reload, and returns its number, and whether the caller has to run the reloads.
    pub(crate) fn request_reload(&self) -> (u64, bool) {
        self.state().reloads.request()
    }

    /// Records the result of a reload, and returns whether another one was requested meanwhile.
    pub(crate) fn complete_reload(&self, report: ReloadReport) -> bool {
        let again = self.state().reloads.complete(report);
        self.notify_watchers();
        again
    }

    pub(crate) fn reload_result(&self, number: u64) -> Option<ReloadReport> {
        self.state().reloads.result_of(number)
    }

    /// Notifies observers of a reload that failed.
    pub(crate) fn notify_of_failed_reload(&self, text: &str) {
        for observer in self.observers() {
            observer.reload_failed(text);
        }
    }

    /// Notifies observers and watchers of the start or the end of a reload.
    pub(crate) fn notify_of_reload(&self, is_reloading: bool) {
        for observer in self.observers() {
            observer.reloading(self, is_reloading);
        }
        self.notify_watchers();
    }
}
