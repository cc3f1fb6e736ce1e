//! The text about a case that breaks a promise.

use std::fmt::Write;

use super::broken::Broken;
use super::case::Ran;
use super::fault::Spec;
use super::promises::report_of;
use super::report::{ended, sentence};
use crate::model::{Plan, StopReport};
use crate::text::HumanDuration;

/// Returns what was promised, what happened instead, what to look at, and how to run the case alone.
pub(super) fn text(plan: &Plan, faults: &[Spec], broken: &Broken, ran: Option<&Ran>) -> String {
    let mut text = format!("`{}` broke a promise, {}\n", plan.name(), case(faults, plan));
    let mut line = |head: &str, what: &str| {
        // Writing to a string does not fail.
        let _ = writeln!(text, "  {head:<9} {what}");
    };
    line("promised:", &broken.promised);
    line("happened:", &broken.happened);
    if !broken.look_at.is_empty() {
        line("look at:", &broken.look_at);
    }
    if let Some(report) = ran.and_then(report_of) {
        line("ended:", &order(report));
    }
    let expressions: Vec<_> = faults.iter().map(|fault| fault.expression(plan)).collect();
    line("alone:", &format!(".only([{}])", expressions.join(", ")));
    if let Some(ran) = ran {
        if let Err(error) = &ran.result {
            let _ = writeln!(text, "\n{}", error.lines());
        }
        if let Some(report) = report_of(ran) {
            let _ = writeln!(text, "\n{report:#}");
        }
    }
    text.truncate(text.trim_end().len());
    text
}

fn case(faults: &[Spec], plan: &Plan) -> String {
    if faults.is_empty() { sentence(faults, plan) } else { format!("where {}", sentence(faults, plan)) }
}

/// Returns the services that had started in the order in which they ended.
fn order(report: &StopReport) -> String {
    let mut services: Vec<_> =
        report.services.iter().filter(|service| service.outcome.has_started()).collect();
    services.sort_by_key(|service| ended(service));
    let shown = services.into_iter().map(|service| {
        let (name, outcome) = (&service.name, service.outcome.kind());
        format!("`{name}` ({outcome}, after {})", HumanDuration(ended(service)))
    });
    let shown = shown.collect::<Vec<_>>().join(", ");
    if shown.is_empty() { "no service had started".to_owned() } else { shown }
}
