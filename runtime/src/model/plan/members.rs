//! The plan of a collection: its members are services without edges, known only while the program runs.

use std::collections::HashMap;
use std::sync::{LazyLock, Mutex};
use std::time::Duration;

use super::{ByCall, Plan, ServicePlan, Window};
use crate::sync::lock;
use crate::text::OneLine;

/// The plans so far. A plan lives as long as the program, so that there is one for each set of members and not for each
/// start.
static PLANS: LazyLock<Mutex<HashMap<Members, Plan>>> = LazyLock::new(Mutex::default);

/// Everything that the plans of two collections can differ in.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
struct Members {
    /// The name of the field, or of the member that the collection is.
    of: &'static str,
    names: Vec<String>,
    window: Window,
    start_within: Duration,
    may_fail: bool,
    holds_any: bool,
    /// The address of the plan of a group that each member is.
    nested: Option<usize>,
}

impl Plan {
    /// Returns the plan of the members of a service, each of which is started and stopped in the windows of that service.
    ///
    /// `nested` is the plan of the group that each member is; `holds_any` is whether a member may be any group.
    pub(crate) fn of_members(
        service: &ServicePlan,
        names: Vec<String>,
        (nested, holds_any): (Option<&'static Plan>, bool),
    ) -> Self {
        let members = Members {
            of: service.name,
            names,
            window: service.window,
            start_within: service.start_within,
            may_fail: service.may_fail,
            holds_any,
            nested: nested.map(|plan| std::ptr::from_ref(plan).addr()),
        };
        let mut plans = lock(&PLANS);
        let plan = plans.entry(members).or_insert_with_key(|members| members.plan(service, nested));
        plan.clone()
    }
}

impl Members {
    fn plan(&self, service: &ServicePlan, nested: Option<&'static Plan>) -> Plan {
        let member = |name: &String| ServicePlan {
            name: String::leak(format!("{}[{}]", self.of, OneLine(name))),
            dependencies: &[],
            stops_before: &[],
            starts_after: &[],
            retry: None,
            calls: ByCall::NONE,
            nested,
            holds_any: self.holds_any,
            // Written out, so that a new field of a plan is decided here too.
            start_within: service.start_within,
            window: service.window,
            may_fail: service.may_fail,
            is_given: service.is_given,
        };
        let services = self.names.iter().map(member).collect();
        let order = (0..self.names.len()).collect();
        let window = service.window.guaranteed();
        Plan { is_collection: true, ..Plan::leaked(self.of, Some(window), None, services, order) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn there_is_one_plan_for_each_set_of_members() {
        let service = ServicePlan::with_stop("consumers", &[], &[], None, None);
        let plan = |names: &[&str]| {
            let names = names.iter().map(ToString::to_string).collect();
            Plan::of_members(&service, names, (None, false))
        };
        let first = plan(&["orders", "mails"]);
        let again = plan(&["orders", "mails"]);
        let other = plan(&["orders"]);
        assert!(std::ptr::eq(first.services(), again.services()));
        assert!(!std::ptr::eq(first.services(), other.services()));
        let names: Vec<_> = first.services().iter().map(ServicePlan::name).collect();
        assert_eq!(names, ["consumers[orders]", "consumers[mails]"]);
        assert_eq!(first.slowest_stop(), Duration::from_secs(5), "all stop at the same time");
    }
}
