//! Whether an order exists: no cycle, and no contradiction with `first`, `last` or `stop_order`.

use std::collections::BTreeSet;

use syn::Ident;
use syn::ext::IdentExt;

use super::context::{Context, Doubt, Referred};
use crate::errors::Errors;
use crate::graph::{EdgeKind, Graph, Position};
use crate::message;

impl Context<'_> {
    /// Reports one error for each cycle: at the name that may mean something else, or in the service that is declared
    /// last. Returns the services whose start may mean something else: rustc would report that too.
    pub(super) fn check_cycles(&self, cycles: &[Vec<usize>], errors: &mut Errors) -> Vec<usize> {
        let mut doubtful = Vec::new();
        for cycle in cycles.iter().cloned() {
            let last = (0..cycle.len()).max_by_key(|at| self.rank(&cycle, *at)).unwrap_or_default();
            let cycle = closed_by(cycle, last);
            let [.., from, to] = cycle.as_slice() else { continue };
            let Some(origin) = self.origins.get(&(*from, *to)) else { continue };
            errors.push_at(origin.span, self.cycle_message(&cycle, &self.graph));
            doubtful.extend(origin.doubt.map(|_| *from));
        }
        doubtful
    }

    /// Reports one error for each cycle of the start that only `start_after` closes, at its name.
    pub(super) fn check_start_cycles(&self, errors: &mut Errors) {
        let graph = self.graph.without_cycles().with_all_position_edges(&self.positions).without_cycles();
        let mut graph = graph.without_needs_of(&self.given);
        for (from, to) in self.start_after.keys() {
            graph.add(*from, *to, EdgeKind::StartAfter);
        }
        for cycle in graph.cycles() {
            // The last field is at fault, as in every cycle.
            let closing = (0..cycle.len()).filter(|at| self.start_after.contains_key(&edge(&cycle, *at)));
            let Some(last) = closing.max_by_key(|at| edge(&cycle, *at).0) else { continue };
            let Some(span) = self.start_after.get(&edge(&cycle, last)) else { continue };
            errors.push_at(*span, self.cycle_message(&closed_by(cycle, last), &graph));
        }
    }

    /// Returns the rank of an edge of a cycle; the error is reported at the edge of the highest. Doubtful edges come before
    /// all others, and then those of fields that are declared later.
    fn rank(&self, cycle: &[usize], at: usize) -> (bool, usize) {
        let edge = edge(cycle, at);
        let origin = self.origins.get(&edge);
        (origin.is_some_and(|origin| origin.doubt.is_some()), edge.0)
    }

    /// Reports each edge from a `first` service to one that is not, and from one that is not `last` to a `last` one, except
    /// the edges of cycles, which were reported with that reason.
    ///
    /// Checking single edges is enough: every cycle through the edges of `first` and `last` contains such an edge. A
    /// property test in `graph/tests.rs` confirms it.
    pub(super) fn check_positions(&self, cycles: &[Vec<usize>], errors: &mut Errors) {
        let edges_of = |cycle: &Vec<usize>| (0..cycle.len()).map(|at| edge(cycle, at)).collect::<Vec<_>>();
        let reported: BTreeSet<(usize, usize)> = cycles.iter().flat_map(edges_of).collect();
        for (&(from, to), origin) in self.origins.iter().filter(|(edge, _)| !reported.contains(edge)) {
            if let Some(position) = self.contradicted_position(from, to) {
                let mut graph = Graph::new(self.positions.len());
                graph.add(from, to, origin.kind);
                graph.add(to, from, position);
                errors.push_at(origin.span, self.cycle_message(&[from, to, from], &graph));
            }
        }
    }

    /// The `first` or `last` that an edge contradicts: `first` of `from`, or `last` of `to`.
    fn contradicted_position(&self, from: usize, to: usize) -> Option<EdgeKind> {
        let position = |service: usize| self.positions.get(service).copied().flatten();
        let (later, earlier) = (position(from), position(to));
        if later == Some(Position::First) && earlier != Some(Position::First) {
            Some(EdgeKind::First)
        } else if earlier == Some(Position::Last) && later != Some(Position::Last) {
            Some(EdgeKind::Last)
        } else {
            None
        }
    }

    /// Resolves the names in `stop_order`, and reports contradictions. Returns the services that exist.
    pub(super) fn check_stop_order(&self, errors: &mut Errors) -> Vec<usize> {
        let mut order: Vec<(usize, &Ident)> = Vec::new();
        let mut seen = Vec::new();
        for ident in &self.group.options.stop_order {
            let name = ident.unraw().to_string();
            if seen.contains(&name) {
                errors.push(ident, message::repeated_name("stop_order", &name));
            } else if let Referred::Service(service) = self.resolve("stop_order", ident, errors) {
                order.push((service, ident));
            }
            seen.push(name);
        }
        self.check_contradictions(&order, errors);
        order.into_iter().map(|(service, _)| service).collect()
    }

    /// Reports each name that needs a name listed before it.
    ///
    /// Checking pairs is enough: the needs alone have no cycle, so each cycle of the stop contains such a pair. Edges
    /// that the user wrote are tried first, since they explain a contradiction better than `first` and `last` do.
    fn check_contradictions(&self, order: &[(usize, &Ident)], errors: &mut Errors) {
        if order.len() < 2 {
            return;
        }
        let graph = self.graph.without_cycles();
        let full = graph.clone().with_all_position_edges(&self.positions).without_cycles();
        for (at, (later, ident)) in order.iter().enumerate() {
            let earlier = order.get(..at).unwrap_or_default();
            let is_earlier = |service| earlier.iter().any(|(other, _)| *other == service);
            let found = graph.path(*later, is_earlier).map(|path| (path, &graph));
            let found = found.or_else(|| full.path(*later, is_earlier).map(|path| (path, &full)));
            if let Some((path, graph)) = found {
                let (names, reasons) = self.explain(&path, graph);
                errors.push(ident, message::stop_order_contradicts(&names, &reasons));
            }
        }
    }

    fn cycle_message(&self, cycle: &[usize], graph: &Graph) -> String {
        let (names, mut reasons) = self.explain(cycle, graph);
        let steps = cycle.iter().zip(cycle.iter().skip(1));
        for (&from, &to) in steps {
            let contradicted = self.contradicted_position(from, to);
            let reason = contradicted.map(|kind| message::edge_reason(self.name(to), self.name(from), kind));
            reasons.extend(reason.filter(|reason| !reasons.contains(reason)));
        }
        let orders_stop_alone = cycle.iter().any(|service| self.given.contains(service));
        message::cycle(&names, &reasons, orders_stop_alone)
    }

    /// The names on a path, and the reason of each step.
    fn explain(&self, path: &[usize], graph: &Graph) -> (Vec<&str>, Vec<String>) {
        let names = path.iter().map(|service| self.name(*service)).collect();
        let steps = path.iter().zip(path.iter().skip(1));
        let reasons = steps.flat_map(|(&from, &to)| {
            let kind =
                graph.needs(from).find(|(other, _)| *other == to).map_or(EdgeKind::Use, |(_, kind)| kind);
            let doubt = self.origins.get(&(from, to)).and_then(|origin| origin.doubt);
            let doubt = doubt.filter(|_| kind == EdgeKind::Use);
            let hint = doubt.map(|doubt| self.doubt_message(from, to, doubt));
            let reason = message::edge_reason(self.name(from), self.name(to), kind);
            std::iter::once(reason).chain(hint)
        });
        (names, reasons.collect())
    }

    /// What to write if a name means something else than the service.
    fn doubt_message(&self, from: usize, to: usize, doubt: Doubt) -> String {
        let (from, to) = (self.name(from), self.name(to));
        match doubt {
            Doubt::Local => message::binds_same_name(from, to),
            Doubt::Bare => message::may_be_a_function(to, "value"),
            Doubt::BareTask => message::may_be_a_function(to, "stop"),
            Doubt::Token => message::may_be_a_word(to),
            Doubt::Text => message::may_be_a_text(to),
        }
    }
}

/// Returns the edge of a cycle that starts from the node at this index.
fn edge(cycle: &[usize], at: usize) -> (usize, usize) {
    let node = |at: usize| cycle.get(at % cycle.len()).copied().unwrap_or_default();
    (node(at), node(at + 1))
}

/// Returns the cycle so that the edge at `last` is its last one, with its first node again at the end.
fn closed_by(mut cycle: Vec<usize>, last: usize) -> Vec<usize> {
    let start = (last + 1) % cycle.len().max(1);
    cycle.rotate_left(start);
    cycle.extend(cycle.first().copied());
    cycle
}
