//! Every service is stopped once, in its window, and after all that use it.

use std::collections::BTreeSet;

use super::super::broken::Broken;
use super::super::case::Ran;
use super::super::fault::{Path, name_of, services_on};
use super::super::fault_kind::FaultKind;
use super::super::script::Event;
use super::{find_service, report_of};
use crate::model::StopOutcomeKind;
use crate::text::HumanDuration;

pub(super) fn each_had_its_window(ran: &Ran) -> Option<Broken> {
    let report = report_of(ran)?;
    if ran.script.struck().iter().any(|spec| spec.kind == FaultKind::ForcedDuringStop) {
        return None;
    }
    // The window of a nested group is a part of the outer one.
    report.services.iter().find_map(|service| {
        let plan = ran.plan.services().get(service.id.index())?;
        let promised = plan.window().guaranteed();
        if !service.outcome.has_started() || service.window >= promised
        {
            return None;
        }
        let (name, promised) = (&service.name, HumanDuration(promised));
        let window = HumanDuration(service.window);
        Some(Broken::new(
            format!("`{name}` has a window of {promised} to stop in"),
            format!("its window was {window}"),
            "a service that blocks its thread before it; otherwise please report this as a fault of the library",
        ))
    })
}

pub(super) fn stopped_once(ran: &Ran) -> Option<Broken> {
    let (log, struck) = (ran.script.log(), ran.script.struck());
    let paths: BTreeSet<&Path> = log.iter().map(|(path, _)| path).collect();
    let count =
        |path: &Path, event: &Event| log.iter().filter(|(of, what)| of == path && what == event).count();
    // Where the stop of a group goes wrong by a fault, the services in it are dropped.
    let is_in_fault =
        |path: &Path| struck.iter().any(|spec| spec.path.len() < path.len() && path.starts_with(&spec.path));
    paths.into_iter().filter(|path| !is_in_fault(path)).find_map(|path| {
        let (starts, stops) = (count(path, &Event::Started), count(path, &Event::StopCalled));
        // A stop that was aborted may never have been polled, and a service that is absent has none.
        let was_not_called = || {
            let outcome = report_of(ran).and_then(|report| {
                find_service(report, &[], &mut |of, service| (of == path).then(|| service.outcome.kind()))
            });
            matches!(
                outcome,
                Some(StopOutcomeKind::Aborted | StopOutcomeKind::Stuck | StopOutcomeKind::Absent)
            )
        };
        if starts == stops || stops < starts && was_not_called() {
            return None;
        }
        let name = name_of(path, &ran.plan);
        Some(Broken::new(
            format!("`{name}` is stopped exactly once after each start"),
            format!("starts: {starts}, stops: {stops}"),
            "code that drops the group, or a nested one, without a stop",
        ))
    })
}

/// No service is stopped before all that use it have ended.
pub(super) fn stopped_in_order(ran: &Ran) -> Option<Broken> {
    let log = ran.script.log();
    let all = |path: &[usize], event: &Event| -> Vec<usize> {
        let places = log.iter().enumerate();
        places.filter(|(_, (of, what))| of == path && what == event).map(|(at, _)| at).collect()
    };
    let stopped: BTreeSet<&Path> = log.iter().map(|(path, _)| path).collect();
    stopped.into_iter().find_map(|path| {
        let (_, plan) = services_on(path, &ran.plan).pop()?;
        plan.dependencies().iter().find_map(|edge| {
            let index = edge.service.index();
            let dependency: Path = path[..path.len() - 1].iter().copied().chain([index]).collect();
            let (ends, calls) = (all(path, &Event::StopEnded), all(&dependency, &Event::StopCalled));
            // Groups in one collection have their paths in common: whose end it is cannot be told.
            let is_wrong = matches!((&ends[..], &calls[..]), ([end], [call]) if call < end);
            is_wrong.then(|| {
                let (name, dependency) = (name_of(path, &ran.plan), name_of(&dependency, &ran.plan));
                Broken::new(
                    format!("`{dependency}` is not stopped before `{name}`, which uses it, has ended"),
                    format!("`{dependency}` was asked to stop while `{name}` was still stopping"),
                    format!("a stop of `{name}` that blocks its thread: it counts as stuck then"),
                )
            })
        })
    })
}
