//! The calls on the services of a group while it runs: checks and reloads.

use std::sync::Arc;

use super::call_on_clone::CallRun;
use super::service_entry::ServiceEntry;
use super::{CallOnClone, GroupState};
use crate::model::{CallKind, CheckFailure, EdgeKind, ReloadReport, ServiceName, inner_path};

/// A call that is on a thread.
pub(crate) struct CallOnThread {
    pub(crate) index: usize,
    pub(crate) kind: CallKind,
    pub(crate) run: Arc<CallRun>,
}

impl GroupState {
    /// Adds a call of a service that has started.
    pub(crate) fn add_call(&self, kind: CallKind, index: usize, call: CallOnClone) {
        self.track_busy(index, call.busy().clone());
        *self.state().services[index].calls.get_mut(kind) = Some(Arc::new(call));
    }

    /// Drops the clones of a service that its calls work on. Called in a task of that service, since a drop is foreign code.
    pub(crate) fn discard_clones(&self, index: usize) {
        let calls = self.state().services[index].calls.clone();
        for call in calls.iter().filter_map(|(_, call)| call.as_ref()) {
            call.discard();
        }
    }

    /// Returns the call of a service that runs.
    pub(crate) fn call_of(&self, kind: CallKind, index: usize) -> Option<Arc<CallOnClone>> {
        self.state().services[index].running_call(kind).cloned()
    }

    /// Returns the members of a service, if it is a collection.
    pub(crate) fn members_at(&self, index: usize) -> Option<Arc<Self>> {
        self.nested_at(index).filter(|nested| nested.plan.is_collection())
    }

    pub(crate) fn nested_at(&self, index: usize) -> Option<Arc<GroupState>> {
        self.state().services[index].nested.clone()
    }

    /// Returns the services whose last call of this kind failed, nested groups included, with those that use them.
    pub(crate) fn failures(&self, kind: CallKind) -> Vec<CheckFailure> {
        let entries = self.state().services.clone();
        let of = |(index, entry): (usize, &ServiceEntry)| {
            let plan = &self.plan.services()[index];
            let own = entry.failure_of(kind).map(|error| CheckFailure {
                service: plan.name().into(),
                used_by: self.users_of(index),
                error,
                may_fail: plan.may_fail(),
            });
            let nested = entry.nested.as_ref().map(|nested| nested.failures(kind)).unwrap_or_default();
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

    /// Returns the calls that are on a thread now.
    pub(crate) fn calls_on_threads(&self) -> Vec<CallOnThread> {
        let state = self.state();
        let of = |(index, service): (usize, &ServiceEntry)| {
            let on_thread = |(kind, call): (CallKind, &Option<Arc<CallOnClone>>)| {
                Some(CallOnThread { index, kind, run: call.as_ref()?.on_thread()? })
            };
            service.calls.iter().filter_map(on_thread).collect::<Vec<_>>()
        };
        state.services.iter().enumerate().flat_map(of).collect()
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
