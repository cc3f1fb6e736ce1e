//! Does the plan fit its budget? The same check runs in the compiler and before a run whose budget was changed.

use super::slowest_path::{self, END, nanos};
use super::{ConstString, Plan, ServicePlan, Window};

/// Stops the compiler with the first thing that does not fit.
#[track_caller]
pub(super) const fn assert_fits(plan: &Plan, length: &[u64], next: &[usize]) {
    if let Some(message) = budget_exceeded_of(plan, length, next) {
        panic!("{}", message.as_str());
    }
}

/// Stops the compiler where the cap of a field is below what its nested group needs.
#[track_caller]
pub(super) const fn assert_cap(service: &ServicePlan) {
    if let Some(message) = short_cap_of(service) {
        panic!("{}", message.as_str());
    }
}

/// What does not fit, while the program runs: this plan, or one nested in it.
pub(crate) fn budget_exceeded(plan: &Plan) -> Option<String> {
    let (mut length, mut next) = (vec![0; plan.services.len()], vec![0; plan.services.len()]);
    slowest_path::slowest(plan.services, plan.order, &mut length, &mut next);
    budget_exceeded_of(plan, &length, &next).map(|message| message.as_str().to_owned())
}

const fn budget_exceeded_of(plan: &Plan, length: &[u64], next: &[usize]) -> Option<ConstString> {
    let mut index = 0;
    while index < plan.services.len() {
        if let Some(message) = short_cap_of(&plan.services[index]) {
            return Some(message);
        }
        index += 1;
    }
    let needed = nanos(plan.lame_duck).saturating_add(nanos(plan.slowest_stop));
    if needed > nanos(plan.stop_within) { Some(overrun(plan, needed, length, next)) } else { None }
}

const fn short_cap_of(service: &ServicePlan) -> Option<ConstString> {
    match (service.nested, service.window) {
        (Some(nested), Window::Capped(cap)) if nanos(cap) < nanos(nested.slowest_stop) => {
            Some(short_cap(service.name, nanos(cap), nested))
        }
        _ => None,
    }
}

const fn short_cap(name: &str, cap: u64, nested: &Plan) -> ConstString {
    let mut text = ConstString::new();
    text.push("the group `").push(nested.name).push("` in field `").push(name).push("` needs ");
    text.push_nanos(nanos(nested.slowest_stop))
        .push(" to stop, and its `stop_within` gives it ")
        .push_nanos(cap);
    text.push("; raise it, or leave it out");
    text
}

const fn overrun(plan: &Plan, needed: u64, length: &[u64], next: &[usize]) -> ConstString {
    let mut text = ConstString::new();
    text.push("the slowest stop path of `").push(plan.name).push("` takes ").push_nanos(needed);
    text.push(", its `stop_within` is ").push_nanos(nanos(plan.stop_within)).push(": ");
    if !plan.lame_duck.is_zero() {
        text.push("lame duck (").push_nanos(nanos(plan.lame_duck)).push(") + ");
    }
    let mut at = longest(length);
    while at != END && !text.is_full() {
        text.push(plan.services[at].name).push(" (");
        text.push_nanos(nanos(plan.services[at].window.guaranteed())).push(")");
        at = next[at];
        if at != END {
            text.push(" → ");
        }
    }
    text.push("; raise the group's `stop_within`, or lower one on the way");
    text
}

const fn longest(length: &[u64]) -> usize {
    let (mut longest, mut at) = (END, 0);
    while at < length.len() {
        if longest == END || length[at] > length[longest] {
            longest = at;
        }
        at += 1;
    }
    longest
}
