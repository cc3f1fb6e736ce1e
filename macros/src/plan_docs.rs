//! The plan as documentation: of `PLAN`, and of the struct, where an editor shows it on hover.

use std::fmt::Write;

use crate::ast::Group;
use crate::duration::DurationLit;
use crate::plan::Plan;

/// The documentation of `PLAN`: the order of the stop, and the windows that the user wrote.
pub(crate) fn of_plan(group: &Group, plan: &Plan) -> String {
    let mut text = format!("The plan of `{}`: {}\n", group.input.ident, introduction(group));
    for (at, (_, line)) in lines(group, plan).into_iter().enumerate() {
        let _ = writeln!(text, "{}. {line}", at + 1);
    }
    text
}

/// The sentences before the lines.
pub(crate) fn introduction(group: &Group) -> String {
    let options = &group.options;
    let within = options.stop_within.as_ref().map_or_else(|| "25s".to_owned(), DurationLit::text);
    let lame_duck = options.lame_duck.as_ref().filter(|duration| duration.nanos > 0);
    let lame_duck =
        lame_duck.map_or_else(String::new, |duration| format!(", {} of lame duck included", duration.text()));
    format!(
        "it stops within {within}{lame_duck}.\n\nThe services stop in this order, each as soon as those that it waits for have stopped:\n"
    )
}

/// One line for each service, in the order of the stop, with the index of the service: its window, and the services that
/// it waits for.
pub(crate) fn lines(group: &Group, plan: &Plan) -> Vec<(usize, String)> {
    let services: Vec<_> = group.services().collect();
    let name = |index: usize| services.get(index).map(|(field, _)| field.name.as_str()).unwrap_or_default();
    let line = |&index: &usize| {
        let window = services.get(index).and_then(|(_, service)| service.stop_within.as_ref());
        let window = window.map_or_else(String::new, |duration| format!(", within {}", duration.text()));
        let waits_for: Vec<String> =
            plan.waits_for(index).into_iter().map(|other| format!("`{}`", name(other))).collect();
        let after =
            if waits_for.is_empty() { String::new() } else { format!(", after {}", waits_for.join(", ")) };
        (index, format!("`{}`{window}{after}", name(index)))
    };
    plan.order.iter().rev().map(line).collect()
}
