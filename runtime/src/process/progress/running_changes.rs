//! The lines about a group that runs: checks that fail or pass again, services that failed and may, reloads.

use std::collections::BTreeMap;

use crate::model::{GroupStatus, inner_path};

/// What was already written.
#[derive(Default)]
pub(super) struct RunningChanges {
    /// Why services are degraded or hold the group, by their names.
    failing: BTreeMap<String, String>,
    is_reloading: bool,
}

impl RunningChanges {
    /// Returns a line for each change since the last call.
    pub(super) fn lines(&mut self, status: &GroupStatus) -> Vec<String> {
        let mut lines = Vec::new();
        let mut failing = BTreeMap::new();
        if !status.phase.is_stopping() {
            add(status, "", &mut failing);
            for (service, reason) in &failing {
                if self.failing.get(service) != Some(reason) {
                    lines.push(format!("`{service}` {reason}"));
                }
            }
            let passing = self.failing.keys().filter(|service| !failing.contains_key(*service));
            lines.extend(passing.map(|service| format!("`{service}` passes its check again")));
            self.failing = failing;
        }
        if std::mem::replace(&mut self.is_reloading, status.is_reloading) && !status.is_reloading {
            lines.extend(
                status.last_reload.as_ref().map(|reload| format!("`{}`: {reload}", status.group_name)),
            );
        }
        lines
    }
}

fn add(status: &GroupStatus, path: &str, failing: &mut BTreeMap<String, String>) {
    for service in &status.services {
        let name = format!("{path}{}", service.name);
        if let Some(nested) = &service.nested {
            add(nested, &inner_path(path, &service.name, nested.is_collection), failing);
        }
        if let Some(error) = &service.check_failure {
            failing.insert(name, format!("fails its check: {error:#}"));
        } else if let Some(error) = service.failure.as_ref().filter(|_| service.may_fail) {
            failing.insert(name, format!("failed, and the group goes on: {error:#}"));
        }
    }
}
