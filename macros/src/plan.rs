//! The order of a group: for each service the edges that the generated `PLAN` contains, an order of the stop, and one of
//! the start.

use std::collections::{BTreeMap, BTreeSet};

use proc_macro2::Span;

use crate::graph::{EdgeKind, Graph, Position};

/// The part of the generated `PLAN` that the macro computes. Services are indexes.
pub(crate) struct Plan {
    pub(crate) needs: Vec<Vec<(usize, EdgeKind)>>,
    pub(crate) stops_before: Vec<Vec<usize>>,
    /// For each service, those of its `start_after`.
    pub(crate) starts_after: Vec<Vec<usize>>,
    /// Each service after all that it needs and all that it stops before. Read backwards, it is a stop order.
    pub(crate) order: Vec<usize>,
    /// An order of the start, where `start_after` asks for another one.
    pub(crate) start_order: Option<Vec<usize>>,
}

impl Plan {
    /// Builds the plan from a graph without contradictions. `stop_order` has the services as the user listed them.
    /// The edges of services that are `given` order the stop alone.
    pub(crate) fn new(
        graph: Graph,
        positions: &[Option<Position>],
        stop_order: &[usize],
        only_in_start: &BTreeMap<(usize, usize), Span>,
        given: &BTreeSet<usize>,
    ) -> Self {
        let graph = graph.with_position_edges(positions);
        let stops_before: Vec<Vec<usize>> =
            (0..positions.len()).map(|service| next_in(stop_order, service)).collect();
        let order = graph.order(&stops_before);
        let needs: Vec<Vec<_>> = (0..positions.len()).map(|service| graph.needs(service).collect()).collect();
        // What is needed anyway is an edge of the plan already.
        let written_of = |service: usize| {
            let written = only_in_start.keys().filter(|(from, _)| *from == service).map(|(_, to)| *to);
            let is_needed = |to: &usize| needs.get(service).into_iter().flatten().any(|(of, _)| of == to);
            written.filter(|to| !is_needed(to)).collect::<Vec<usize>>()
        };
        let starts_after: Vec<Vec<usize>> = (0..positions.len()).map(written_of).collect();
        let start_order = starts_after
            .iter()
            .any(|after| !after.is_empty())
            .then(|| graph.without_needs_of(given).order(&starts_after));
        Self { needs, stops_before, starts_after, order, start_order }
    }

    /// The services that must stop before this one does.
    pub(crate) fn waits_for(&self, service: usize) -> Vec<usize> {
        let stops_earlier = |other: &usize| {
            let needs = self.needs.get(*other).into_iter().flatten().any(|(to, _)| *to == service);
            needs || self.stops_before.get(*other).is_some_and(|later| later.contains(&service))
        };
        (0..self.needs.len()).filter(stops_earlier).collect()
    }
}

/// The services that `stop_order` lists directly after this one.
fn next_in(stop_order: &[usize], service: usize) -> Vec<usize> {
    let next = stop_order.windows(2).filter_map(|pair| match pair {
        [before, after] if *before == service => Some(*after),
        _ => None,
    });
    next.collect()
}
