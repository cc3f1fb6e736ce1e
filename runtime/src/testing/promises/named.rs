//! The start error and the report name exactly the services at fault.

use std::collections::BTreeSet;
use std::time::Duration;

use super::super::broken::Broken;
use super::super::case::Ran;
use super::super::fault::{Path, Spec, name_of};
use super::super::fault_kind::FaultKind;
use super::super::report::ended;
use super::{MEMBER, find_service, list, report_of};
use crate::engine::StartErrorKind;
use crate::model::{Plan, ServiceReport, StopCause, StopOutcome, StopOutcomeKind, StopReport};
use crate::text::HumanDuration;

/// The start error names exactly the services whose starts went wrong.
pub(super) fn start_error_is_exact(ran: &Ran) -> Option<Broken> {
    let struck = ran.script.struck();
    let name = |spec: &Spec| name_of(&spec.path[..1], &ran.plan);
    let at_fault: BTreeSet<String> = struck.iter().filter(|spec| spec.kind.is_in_start()).map(name).collect();
    // In the roll-back of a nested group, a force also ends the start of the group around.
    let was_asked_to_stop =
        struck.iter().any(|spec| spec.kind.requests_stop() || spec.kind == FaultKind::ForcedDuringStop);
    let named: BTreeSet<String> = match &ran.result {
        Ok(_) => BTreeSet::new(),
        Err(error) => {
            let others = error.others().iter().map(|other| other.service().to_string());
            error.service().map(ToString::to_string).into_iter().chain(others).collect()
        }
    };
    let is_exact = if was_asked_to_stop { named.is_subset(&at_fault) } else { named == at_fault };
    let is_explained = match &ran.result {
        Ok(_) => true,
        Err(error) => match error.kind() {
            StartErrorKind::Stopped(_) => was_asked_to_stop,
            kind => !matches!(kind, StartErrorKind::BudgetExceeded(_)),
        },
    };
    if is_exact && is_explained {
        return None;
    }
    let happened = match &ran.result {
        Ok(_) => "the group started".to_owned(),
        Err(error) => format!("{error:#}"),
    };
    let look_at = match named.difference(&at_fault).next() {
        Some(innocent) => format!("the start of `{innocent}`: its error stands above"),
        None => "what requests a stop while the group starts".to_owned(),
    };
    let promised = format!("the start error names exactly the services at fault: {}", list(&at_fault));
    Some(Broken::new(promised, happened, look_at))
}

/// The report names exactly the services at fault.
pub(super) fn report_is_exact(ran: &Ran) -> Option<Broken> {
    let (report, struck) = (report_of(ran)?, ran.script.struck());
    let is_forced = struck.iter().any(|spec| spec.kind == FaultKind::ForcedDuringStop);
    let is_alone = ran.script.faults().count() == 1;
    let broken = find_service(report, &[], &mut |path, service| {
        let outcome = service.outcome.kind();
        let own = struck.iter().find(|spec| spec.path == path);
        // A group ends as the service in it that is at fault, and so do the members of a collection.
        let place = path.strip_suffix(&[MEMBER]).unwrap_or(path);
        let is_near = struck.iter().any(|spec| spec.path.starts_with(place) || place.starts_with(&spec.path));
        let is_right = match own {
            // There was nothing that could have gone wrong.
            Some(_) if matches!(outcome, StopOutcomeKind::Absent | StopOutcomeKind::LeftOut) => true,
            Some(spec) => may_end(spec.kind, is_alone).contains(&outcome),
            None => is_near,
        };
        let is_unharmed = outcome == StopOutcomeKind::Graceful || !service.outcome.has_started();
        let is_forced = is_forced && matches!(outcome, StopOutcomeKind::Forced | StopOutcomeKind::Aborted);
        if is_right || own.is_none() && is_unharmed || is_forced {
            return None;
        }
        Some(wrong_outcome(ran, report, path, service, own))
    });
    broken.or_else(|| cause_is_exact(ran, report, &struck, is_alone))
}

/// How a service with a fault may end, besides that it has not started.
fn may_end(kind: FaultKind, is_alone: bool) -> &'static [StopOutcomeKind] {
    use StopOutcomeKind::{Aborted, Failed, Forced, Graceful, NotStarted, Panicked, Stuck};
    match kind {
        FaultKind::StartFails | FaultKind::StartPanics | FaultKind::StartHangs => &[NotStarted, Stuck],
        FaultKind::StopFails => &[Failed, NotStarted],
        FaultKind::StopPanics => &[Panicked, NotStarted],
        FaultKind::StopHangs => &[Aborted, Stuck, NotStarted],
        FaultKind::StopWaitsForForce => &[Forced, Aborted, NotStarted],
        FaultKind::Fails if is_alone => &[Failed],
        FaultKind::Fails => &[Failed, Graceful],
        _ => &[Graceful, NotStarted],
    }
}

/// A busy machine may delay a task by as much as a window that is shorter than this.
const SHORT: Duration = Duration::from_millis(500);

fn wrong_outcome(
    ran: &Ran,
    report: &StopReport,
    path: &[usize],
    service: &ServiceReport,
    own: Option<&Spec>,
) -> Broken {
    let is_member = path.last() == Some(&MEMBER);
    let name = if is_member { service.name.to_string() } else { name_of(path, &ran.plan) };
    let promised = match own {
        None => format!("a fault elsewhere does not keep `{name}` from ending gracefully"),
        Some(spec) => format!("`{name}` ends as its fault requires: {}", spec.kind),
    };
    let (outcome, took) = (&service.outcome, HumanDuration(service.stop_duration));
    let window = HumanDuration(service.window);
    let happened = format!("`{name}` ended after {took} of its window of {window}: {outcome}");
    let later: BTreeSet<String> = later_than(report, path, &ran.plan);
    let earlier: BTreeSet<String> = earlier_than(report, path, &ran.plan);
    let look_at = match service.outcome {
        StopOutcome::Failed(_) | StopOutcome::Panicked(_) => format!(
            "whether it uses something that had ended already, without naming it in its start: {} ended before it, also by \
             `stop_order`",
            list(&earlier)
        ),
        _ if later.is_empty() => {
            "what its stop waits for: work that ignores `forced`, or a lock that is held".to_owned()
        }
        _ => format!(
            "what its stop waits for: nothing of {} ends before it, since they stop later; work that ignores `forced`; a lock \
             that is held",
            list(&later)
        ),
    };
    let was_cut = matches!(
        service.outcome.kind(),
        StopOutcomeKind::Forced | StopOutcomeKind::Aborted | StopOutcomeKind::Stuck
    );
    let may_be_late = own.is_none() && was_cut && service.window < SHORT;
    Broken { may_be_late, ..Broken::new(promised, happened, look_at) }
}

/// The services beside the one at a path that ended before it.
fn earlier_than(report: &StopReport, path: &[usize], plan: &Plan) -> BTreeSet<String> {
    beside(report, path, plan, |other, own| ended(other) <= ended(own) && other.outcome.has_started())
}

/// The services beside the one at a path that are asked to stop when it has ended.
fn later_than(report: &StopReport, path: &[usize], plan: &Plan) -> BTreeSet<String> {
    beside(report, path, plan, |other, own| ended(own) <= other.stop_requested_after)
}

fn beside(
    report: &StopReport,
    path: &[usize],
    plan: &Plan,
    is_meant: impl Fn(&ServiceReport, &ServiceReport) -> bool,
) -> BTreeSet<String> {
    let Some((&index, outer)) = path.split_last() else { return BTreeSet::new() };
    let group = outer.iter().try_fold(report, |group, &index| {
        group.services.iter().find(|service| service.id.index() == index)?.nested()
    });
    let Some(group) = group else { return BTreeSet::new() };
    let Some(own) = group.services.iter().find(|service| service.id.index() == index) else {
        return BTreeSet::new();
    };
    let others = group.services.iter().filter(|other| other.id != own.id && is_meant(other, own));
    let path = |other: &ServiceReport| outer.iter().copied().chain([other.id.index()]).collect::<Path>();
    others.map(|other| name_of(&path(other), plan)).collect()
}

fn cause_is_exact(ran: &Ran, report: &StopReport, struck: &[Spec], is_alone: bool) -> Option<Broken> {
    let expected = struck.iter().find(|spec| is_alone && spec.stops_group(&ran.plan))?;
    let expected = name_of(&expected.path[..1], &ran.plan);
    // Of a collection, the cause names the member: `shards[1]`.
    let is_expected = |service: &str| {
        service.strip_prefix(&*expected).is_some_and(|member| member.is_empty() || member.starts_with('['))
    };
    match &report.cause {
        StopCause::Failed { service, .. } if is_expected(service) => None,
        cause => Some(Broken::new(
            format!("the group stops because `{expected}` failed"),
            format!("it stopped {cause}"),
            "what else requests a stop of the group",
        )),
    }
}
