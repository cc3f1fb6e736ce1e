//! What one service needs, and what needs it.

use std::collections::VecDeque;
use std::fmt::Write;

use crate::model::{CallKind, EdgeKind, Graph, Plan, ServiceKey, ServicePlan};
use crate::text::HumanDuration;

/// The first edge on the way to another service: its kind, and that service. `None` is an edge that orders one direction:
/// of `stop_order` in the stop, of `start_after` in the start.
type Step = (usize, Option<EdgeKind>);

impl Plan {
    /// Returns what one service needs and what needs it, with the reason of each edge.
    ///
    /// ```text
    /// `rpc` starts within 30 s and stops within 6 s.
    ///
    /// It starts after these, and stops before them:
    ///   `store`, which its start uses
    ///   `journal`, through `store`
    /// These start after it, and stop before it:
    ///   `gateway`, whose start uses it
    /// ```
    ///
    /// # Panics
    ///
    /// If there is no such service.
    #[must_use]
    #[track_caller]
    pub fn explain<'a>(&self, service: impl Into<ServiceKey<'a>>) -> String {
        let Some(index) = self.position(service) else {
            panic!("the plan of `{}` has no such service", self.name())
        };
        let explained = &self.services()[index];
        let start = if explained.is_given() {
            "is given".to_owned()
        } else {
            format!("starts within {}", HumanDuration(explained.start_within()))
        };
        let window = HumanDuration(explained.window().guaranteed());
        let mut text = format!("`{}` {start} and stops within {window}.\n", explained.name());
        text.push_str(&options(explained));
        let graph = Graph::new(self);
        let needs = |at: usize| -> Vec<Step> {
            let service = &self.services()[at];
            let edges = service.dependencies().iter().map(|edge| (edge.service.index(), Some(edge.kind)));
            edges.chain(service.stops_before().map(|later| (later.index(), None))).collect()
        };
        let needed_by = |at: usize| graph.predecessors(at).to_vec();
        // The edges of a service that is given order the stop alone.
        let is_given = |at: usize| self.services()[at].is_given();
        let needs_in_both = |at: usize| -> Vec<Step> {
            let both = needs(at).into_iter().filter(|(_, kind)| kind.is_some() && !is_given(at));
            both.collect()
        };
        let needed_in_both = |at: usize| -> Vec<Step> {
            let both = needed_by(at).into_iter().filter(|(of, kind)| kind.is_some() && !is_given(*of));
            both.collect()
        };
        let starts_after = |at: usize| -> Vec<Step> {
            let only = self.services()[at].starts_after().map(|earlier| (earlier.index(), None));
            needs_in_both(at).into_iter().chain(only).collect()
        };
        let starts_before = |at: usize| -> Vec<Step> {
            let both = needed_in_both(at);
            let only = graph.followers(at).filter(|of| both.iter().all(|(other, _)| other != of));
            let only: Vec<_> = only.map(|of| (of, None)).collect();
            both.into_iter().chain(only).collect()
        };
        let all = |edges: &dyn Fn(usize) -> Vec<Step>, in_both: &dyn Fn(usize) -> Vec<Step>| {
            let both = reached(index, in_both);
            let only = reached(index, edges).into_iter();
            let only: Vec<_> = only.filter(|(at, _)| both.iter().all(|(other, _)| other != at)).collect();
            (both, only)
        };
        let ((after, stops_before), (before, stops_after)) =
            (all(&needs, &needs_in_both), all(&needed_by, &needed_in_both));
        let ((_, only_after), (_, only_before)) =
            (all(&starts_after, &needs_in_both), all(&starts_before, &needed_in_both));
        let own = |step| own_reason(explained.name(), step);
        let own_start = |step: Option<EdgeKind>| match step {
            None => format!("since `{}` has `start_after(..)` with it", explained.name()),
            step => own_reason(explained.name(), step),
        };
        let start_of_others = |step: Option<EdgeKind>| match step {
            None => format!("which has `start_after({})`", explained.name()),
            step => reason_of_another(explained.name(), step),
        };
        self.write_services(&mut text, "It starts after these, and stops before them:", after, own);
        self.write_services(&mut text, "It also starts after these:", only_after, own_start);
        self.write_services(&mut text, "It also stops before these:", stops_before, own);
        let of_others = |step| reason_of_another(explained.name(), step);
        self.write_services(&mut text, "These start after it, and stop before it:", before, of_others);
        self.write_services(&mut text, "These also start after it:", only_before, start_of_others);
        self.write_services(&mut text, "These also stop before it:", stops_after, of_others);
        text
    }

    fn write_services(
        &self,
        text: &mut String,
        title: &str,
        services: Vec<(usize, Result<Option<EdgeKind>, usize>)>,
        reason: impl Fn(Option<EdgeKind>) -> String,
    ) {
        if services.is_empty() {
            return;
        }
        let name = |index: usize| self.services()[index].name();
        let _ = writeln!(text, "{title}");
        for (index, way) in services {
            let way = match way {
                Ok(kind) => reason(kind),
                Err(through) => format!("through `{}`", name(through)),
            };
            let _ = writeln!(text, "  `{}`, {way}", name(index));
        }
    }
}

/// Returns a line for each option of the service.
fn options(service: &ServicePlan) -> String {
    let retry = service.retry().map(|retry| format!("A start that fails is tried again after {retry}.\n"));
    let calls = CallKind::ALL.into_iter().filter_map(|kind| Some((kind, service.call_within(kind)?)));
    let calls = calls.map(|(kind, within)| kind.explained(within) + "\n");
    let may_fail = service.may_fail().then(|| "It may fail, and the group goes on.\n".to_owned());
    retry.into_iter().chain(calls).chain(may_fail).collect()
}

/// All services that edges lead to, the nearest first: each with the kind of its edge, or with the service on the way.
fn reached(from: usize, edges: &dyn Fn(usize) -> Vec<Step>) -> Vec<(usize, Result<Option<EdgeKind>, usize>)> {
    let mut all: Vec<(usize, Result<Option<EdgeKind>, usize>)> = Vec::new();
    let mut queue = VecDeque::from([(from, None)]);
    while let Some((at, first)) = queue.pop_front() {
        for (next, kind) in edges(at) {
            if all.iter().all(|(known, _)| *known != next) {
                all.push((next, first.map_or(Ok(kind), Err)));
                queue.push_back((next, Some(first.unwrap_or(next))));
            }
        }
    }
    all
}

/// Why the explained service starts after another one.
fn own_reason(service: &str, kind: Option<EdgeKind>) -> String {
    match kind {
        Some(EdgeKind::Use) => "which its start uses".to_owned(),
        Some(EdgeKind::After) => format!("since `{service}` has `after(..)` with it"),
        Some(EdgeKind::First) => "which is `first`".to_owned(),
        Some(EdgeKind::Last) => format!("since `{service}` is `last`"),
        None => "because of `stop_order`".to_owned(),
    }
}

/// Why another service starts after the explained one.
fn reason_of_another(service: &str, kind: Option<EdgeKind>) -> String {
    match kind {
        Some(EdgeKind::Use) => "whose start uses it".to_owned(),
        Some(EdgeKind::After) => format!("which has `after({service})`"),
        Some(EdgeKind::First) => format!("since `{service}` is `first`"),
        Some(EdgeKind::Last) => "which is `last`".to_owned(),
        None => "because of `stop_order`".to_owned(),
    }
}
