//! The checks of a group that was read: names refer to fields, and an order exists. The result is the plan.

mod context;
mod dependencies;
mod order;
mod structure;
mod value_expressions;

use std::collections::BTreeSet;

use proc_macro2::Span;

use crate::ast::Group;
use crate::errors::Errors;
use crate::plan::Plan;
use context::Context;
pub(crate) use context::NamedField;
use dependencies::Starts;

/// What the checks found out about a group, for the generated code.
pub(crate) struct Checked {
    pub(crate) plan: Plan,
    /// For each service, the fields that its start names.
    pub(crate) named: Vec<Vec<NamedField>>,
    /// For each service, the fields that its start may have meant, each with the span of the word that is near to it.
    pub(crate) near_misses: Vec<Vec<(usize, Span)>>,
    /// The services whose start was reported.
    pub(crate) wrong_starts: BTreeSet<usize>,
    /// The services whose stop, check or reload was reported.
    pub(crate) wrong_value_expressions: BTreeSet<usize>,
}

impl Checked {
    /// Runs all checks. If they report errors, `plan` may have no valid order, and must not be expanded.
    pub(crate) fn new(group: &Group, errors: &mut Errors) -> Self {
        let mut cx = Context::new(group);
        cx.check_structure(errors);
        // The edges first, and then what depends on all of them.
        let Starts { named, near_misses, wrong: mut wrong_starts } = cx.add_uses(errors);
        cx.add_after(errors);
        cx.add_start_after(errors);
        let wrong_value_expressions = cx.check_value_expressions(errors);
        let cycles = cx.graph.cycles();
        wrong_starts.extend(cx.check_cycles(&cycles, errors));
        cx.check_start_cycles(errors);
        cx.check_positions(&cycles, errors);
        let stop_order = cx.check_stop_order(errors);
        Self {
            plan: Plan::new(cx.graph, &cx.positions, &stop_order, &cx.start_after, &cx.given),
            named,
            near_misses,
            wrong_starts,
            wrong_value_expressions,
        }
    }
}
