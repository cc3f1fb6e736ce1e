//! Whether there is an order at all: cycles, `first` and `last`, `stop_order`.

use syn::Ident;
use syn::ext::IdentExt;

use super::{Context, EdgeKind, Graph, Place, Referred, Written, message};
use crate::errors::Errors;

impl Context<'_> {
    /// One error for each cycle, at the name that is written last.
    pub(super) fn check_cycles(&self, errors: &mut Errors) {
        for mut cycle in self.graph.cycles() {
            let last = cycle.iter().enumerate().max_by_key(|(_, node)| **node).map_or(0, |(at, _)| at);
            let begin = (last + 1) % cycle.len().max(1);
            cycle.rotate_left(begin);
            cycle.extend(cycle.first().copied());
            let [.., from, to] = cycle.as_slice() else { continue };
            let Some(written) = self.written.get(&(*from, *to)) else { continue };
            errors.push_at(written.span, self.cycle(&cycle, &self.graph));
        }
    }

    /// What is `first` cannot need what is not, and nothing but what is `last` can need what is `last`. Every cycle
    /// with an edge of theirs has such a step in it.
    pub(super) fn check_places(&self, errors: &mut Errors) {
        let place = |service: &usize| self.places.get(*service).copied().flatten();
        for ((from, to), written) in &self.written {
            let (later, earlier) = (place(from), place(to));
            let against_first = later == Some(Place::First) && earlier != Some(Place::First);
            let against_last = earlier == Some(Place::Last) && later != Some(Place::Last);
            if against_first || against_last {
                let mut graph = Graph::new(self.places.len());
                graph.add(*from, *to, written.why);
                graph.add(*to, *from, if against_first { EdgeKind::First } else { EdgeKind::Last });
                errors.push_at(written.span, self.cycle(&[*from, *to, *from], &graph));
            }
        }
    }

    /// The services of `stop_order` as far as they exist.
    pub(super) fn check_stop_order(&self, errors: &mut Errors) -> Vec<usize> {
        let mut order: Vec<(usize, &Ident)> = Vec::new();
        let mut seen = Vec::new();
        for ident in &self.group.options.stop_order {
            let name = ident.unraw().to_string();
            if seen.contains(&name) {
                errors.push(ident, message::repeated_name("stop_order", &name));
            } else if let Referred::Service(service) = self.refer("stop_order", ident, errors) {
                order.push((service, ident));
            }
            seen.push(name);
        }
        self.check_contradictions(&order, errors);
        order.into_iter().map(|(service, _)| service).collect()
    }

    /// An earlier name that a later one needs. Since the needs have no cycle, each cycle of the stop has such a pair.
    fn check_contradictions(&self, order: &[(usize, &Ident)], errors: &mut Errors) {
        if order.len() < 2 {
            return;
        }
        let graph = self.graph.without_cycles();
        let full = graph.clone().with_all_places(&self.places).without_cycles();
        for (at, (later, ident)) in order.iter().enumerate() {
            let earlier = order.get(..at).unwrap_or_default();
            let is_earlier = |service| earlier.iter().any(|(other, _)| *other == service);
            let found = graph.way(*later, is_earlier).map(|way| (way, &graph));
            let found = found.or_else(|| full.way(*later, is_earlier).map(|way| (way, &full)));
            if let Some((way, graph)) = found {
                let (names, reasons) = self.tell(&way, graph);
                errors.push(ident, message::stop_order_contradicts(&names, &reasons));
            }
        }
    }

    fn cycle(&self, cycle: &[usize], graph: &Graph) -> String {
        let (names, reasons) = self.tell(cycle, graph);
        message::cycle(&names, &reasons)
    }

    /// The names on a way, and where each step of it comes from.
    fn tell(&self, way: &[usize], graph: &Graph) -> (Vec<&str>, Vec<String>) {
        let names = way.iter().map(|service| self.name(*service)).collect();
        let steps = way.iter().zip(way.iter().skip(1));
        let reasons = steps.flat_map(|(&from, &to)| {
            let why = graph.needs(from).find(|(other, _)| *other == to).map_or(EdgeKind::Use, |(_, why)| why);
            let bound = matches!(
                self.written.get(&(from, to)),
                Some(Written { why: EdgeKind::Use, bound: true, .. })
            );
            let hint = bound.then(|| message::binds_itself(self.name(from), self.name(to)));
            std::iter::once(message::reason(self.name(from), self.name(to), why)).chain(hint)
        });
        (names, reasons.collect())
    }
}
