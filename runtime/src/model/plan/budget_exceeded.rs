//! The check of a plan against its budget, at compile time and before a run whose budget was changed.
//!
//! Both write the same sentence. The compiler can only panic with text from a `const fn`, so that it is written twice; a
//! test compares the two.

use std::error::Error;
use std::fmt;
use std::time::Duration;

use super::slowest_path::{self, END, nanos};
use super::{ConstString, Plan, ServicePlan, Window};
use crate::model::ServiceName;

const ADVICE: &str = "; raise the group's `stop_within`, or lower one on the way";

/// A stop budget that is smaller than the slowest stop path of the plan.
///
/// The compiler rejects such a plan. While the program runs it occurs when
/// [`Runner::stop_within`](crate::Runner::stop_within) or [`Runner::lame_duck`](crate::Runner::lame_duck) changes the
/// budget. It displays as the sentence that the compiler prints, with the whole path.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub struct BudgetExceeded {
    /// The name of the group's struct.
    pub group: &'static str,
    /// The time that the stop takes at most, lame duck included.
    pub needed: Duration,
    /// The budget.
    pub stop_within: Duration,
    /// The lame duck, as a part of `needed`.
    pub lame_duck: Duration,
    /// The services on the slowest path with their guaranteed windows, in the order of the stop.
    pub path: Vec<(ServiceName, Duration)>,
}

/// Panics, and so stops the compiler, if the plan overruns its budget.
#[track_caller]
pub(super) const fn assert_fits(plan: &Plan, length: &[u64], next: &[usize]) {
    if let Some(needed) = overrun(plan) {
        panic!("{}", overrun_text(plan, needed, length, next).as_str());
    }
}

/// Panics, and so stops the compiler, if the cap of a field is smaller than what its nested group needs.
#[track_caller]
pub(super) const fn assert_cap(service: &ServicePlan) {
    if let (Some(nested), Window::Capped(cap)) = (service.nested, service.window)
        && nanos(cap) < nanos(nested.slowest_stop)
    {
        panic!("{}", short_cap_text(service.name, nanos(cap), nested).as_str());
    }
}

/// Returns the overrun of a plan whose budget was changed, if there is one.
pub(crate) fn budget_exceeded(plan: &Plan) -> Option<BudgetExceeded> {
    let needed = Duration::from_nanos(overrun(plan)?);
    let (mut length, mut next) = (vec![0; plan.services.len()], vec![0; plan.services.len()]);
    slowest_path::slowest(plan.services, plan.order, &mut length, &mut next);
    let path = slowest_path::of(&length, &next).map(|index| {
        let service = &plan.services[index];
        (service.name.into(), service.window.guaranteed())
    });
    Some(BudgetExceeded {
        group: plan.name,
        needed,
        stop_within: plan.stop_within,
        lame_duck: plan.lame_duck,
        path: path.collect(),
    })
}

/// Returns the nanoseconds that the stop needs, if the budget is smaller.
const fn overrun(plan: &Plan) -> Option<u64> {
    let needed = nanos(plan.lame_duck).saturating_add(nanos(plan.slowest_stop));
    if needed > nanos(plan.stop_within) { Some(needed) } else { None }
}

const fn overrun_text(plan: &Plan, needed: u64, length: &[u64], next: &[usize]) -> ConstString {
    let mut text = ConstString::new();
    text.push("the slowest stop path of `").push(plan.name).push("` takes ").push_nanos(needed);
    text.push(", its `stop_within` is ").push_nanos(nanos(plan.stop_within)).push(": ");
    if !plan.lame_duck.is_zero() {
        text.push("lame duck (").push_nanos(nanos(plan.lame_duck)).push(") + ");
    }
    let mut at = slowest_path::first(length);
    while at != END && !text.is_full() {
        text.push(plan.services[at].name).push(" (");
        text.push_nanos(nanos(plan.services[at].window.guaranteed())).push(")");
        at = next[at];
        if at != END {
            text.push(" → ");
        }
    }
    text.push(ADVICE);
    text
}

const fn short_cap_text(name: &str, cap: u64, nested: &Plan) -> ConstString {
    let mut text = ConstString::new();
    text.push("the group `").push(nested.name).push("` in field `").push(name).push("` needs ");
    text.push_nanos(nanos(nested.slowest_stop))
        .push(" to stop, and its `stop_within` gives it ")
        .push_nanos(cap);
    text.push("; raise it, or leave it out");
    text
}

impl fmt::Display for BudgetExceeded {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { group, needed, stop_within, lame_duck, path } = self;
        write!(f, "the slowest stop path of `{group}` takes {}", Exact(*needed))?;
        write!(f, ", its `stop_within` is {}: ", Exact(*stop_within))?;
        if !lame_duck.is_zero() {
            write!(f, "lame duck ({}) + ", Exact(*lame_duck))?;
        }
        for (index, (name, window)) in path.iter().enumerate() {
            write!(f, "{}{name} ({})", if index == 0 { "" } else { " → " }, Exact(*window))?;
        }
        f.write_str(ADVICE)
    }
}

impl Error for BudgetExceeded {}

/// A duration with all its digits, in the form in which a `stop_within` is written: `1.5s`.
pub(crate) struct Exact(pub(crate) Duration);

impl fmt::Display for Exact {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(ConstString::new().push_nanos(nanos(self.0)).as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::{Edge, EdgeKind};

    /// `rpc` uses `store`; their windows of 5 s do not fit into 6 s.
    fn overrun_plan(lame_duck: Option<Duration>) -> Plan {
        let uses_store: &'static [Edge] = const { &[Edge::new(0, EdgeKind::Use)] };
        let window = Some(Duration::from_millis(2_500));
        let services = vec![
            ServicePlan::with_stop("store", &[], &[], None, None),
            ServicePlan::with_stop("rpc", uses_store, &[], None, window),
        ];
        Plan::leaked("App", Some(Duration::from_secs(6)), lame_duck, services, vec![0, 1])
    }

    #[test]
    fn the_compiler_and_a_run_print_the_same_sentence() {
        for lame_duck in [None, Some(Duration::from_millis(1_250))] {
            let plan = overrun_plan(lame_duck);
            let (mut length, mut next) = ([0; 2], [0; 2]);
            let needed = slowest_path::slowest(plan.services, plan.order, &mut length, &mut next);
            let needed = needed + nanos(plan.lame_duck);
            let exceeded = budget_exceeded(&plan).expect("7.5 s are more than 6 s");
            let compiled = overrun_text(&plan, needed, &length, &next);
            assert_eq!(exceeded.to_string(), compiled.as_str());
        }
    }

    #[test]
    fn an_overrun_has_the_path_as_fields() {
        let exceeded = budget_exceeded(&overrun_plan(None)).expect("7.5 s are more than 6 s");
        assert_eq!(exceeded.needed, Duration::from_millis(7_500));
        let path: Vec<_> = exceeded.path.iter().map(|(name, window)| (&**name, window.as_millis())).collect();
        assert_eq!(path, [("rpc", 2_500), ("store", 5_000)]);
    }
}
