//! The checks of a group that was read: names refer to fields, and an order exists. The result is the plan.

mod context;
mod dependencies;
mod order;
mod stops;

use proc_macro2::Span;

use crate::ast::Group;
use crate::errors::Errors;
use crate::plan::Plan;
use context::Context;

/// What the checks found out about a group, for the generated code.
pub(crate) struct Checked {
    pub(crate) plan: Plan,
    /// For each service, the fields that its start names, by their index in the struct.
    pub(crate) named: Vec<Vec<(usize, Span)>>,
}

impl Checked {
    /// Runs all checks. With errors, the result must not be used for code.
    pub(crate) fn new(group: &Group, errors: &mut Errors) -> Self {
        let mut cx = Context::new(group);
        let named = cx.check_starts(errors);
        cx.check_after(errors);
        cx.check_stops(errors);
        cx.check_cycles(errors);
        cx.check_positions(errors);
        let stop_order = cx.check_stop_order(errors);
        Self { plan: Plan::new(cx.graph, &cx.positions, &stop_order), named }
    }
}
