//! What the library promises, checked after a case.

mod left_behind;
mod named;
mod ordered;

use std::collections::BTreeSet;

use super::broken::Broken;
use super::case::Ran;
use super::fault::Path;
use crate::model::{ServiceReport, StopReport};
use crate::text::quoted;

/// Returns the first promise that the case has broken.
pub(super) async fn first_broken(ran: &mut Ran, checks_sockets: bool) -> Option<Broken> {
    let broken = ran.broken.take();
    let broken =
        broken.or_else(|| left_behind::drops_do_not_panic(ran)).or_else(|| named::start_error_is_exact(ran));
    let broken = broken.or_else(|| named::report_is_exact(ran)).or_else(|| ordered::each_had_its_window(ran));
    let broken = broken.or_else(|| ordered::stopped_once(ran)).or_else(|| ordered::stopped_in_order(ran));
    if broken.is_some() {
        return broken;
    }
    let broken = match left_behind::addresses_are_free(ran).await {
        None if checks_sockets => left_behind::sockets_are_closed(ran).await,
        broken => broken,
    };
    match broken {
        None => left_behind::tasks_have_ended(ran).await,
        broken => broken,
    }
}

/// Returns the report that a case has, of its stop or of its roll-back.
pub(super) fn report_of(ran: &Ran) -> Option<&StopReport> {
    ran.result.as_ref().map_or_else(|error| error.report(), Some)
}

/// The last index of the path of a service in a collection.
const MEMBER: usize = usize::MAX;

/// Calls `check` with each service of a report, those of nested groups included, until it returns something.
pub(super) fn find_service<T>(
    report: &StopReport,
    outer: &[usize],
    check: &mut impl FnMut(&[usize], &ServiceReport) -> Option<T>,
) -> Option<T> {
    report.services.iter().find_map(|service| {
        // The members of a collection are not in the plan.
        let index = if report.is_collection { MEMBER } else { service.id.index() };
        let path: Path = outer.iter().copied().chain([index]).collect();
        // Groups in one collection have their faults in common: those of the field.
        let inside = if report.is_collection { outer } else { &path };
        let nested = service.nested().and_then(|nested| find_service(nested, inside, check));
        nested.or_else(|| check(&path, service))
    })
}

fn list(names: &BTreeSet<String>) -> String {
    if names.is_empty() { "none".to_owned() } else { quoted(names, ", ") }
}
