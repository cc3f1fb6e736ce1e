//! The plan: edges by index among the services, and an order in which they can start one by one.

use crate::graph::{EdgeKind, Graph, Place};

/// What the generated `PLAN` says of the order.
pub(crate) struct Plan {
    pub(crate) needs: Vec<Vec<(usize, EdgeKind)>>,
    pub(crate) stops_before: Vec<Vec<usize>>,
    /// Each service behind all that it needs and all that it stops before: read backwards, a stop order.
    pub(crate) order: Vec<usize>,
}

impl Plan {
    /// Lays the plan of a graph without contradictions; `stop_order` are the services in the order given.
    pub(crate) fn of(graph: Graph, places: &[Option<Place>], stop_order: &[usize]) -> Self {
        let graph = graph.with_places(places);
        let stops_before: Vec<Vec<usize>> =
            (0..places.len()).map(|service| next_in(stop_order, service)).collect();
        let order = graph.order(&stops_before);
        let needs = (0..places.len()).map(|service| graph.needs(service).collect()).collect();
        Self { needs, stops_before, order }
    }

    /// The services that have to stop before this one does.
    pub(crate) fn waits_for(&self, service: usize) -> Vec<usize> {
        let behind = |other: &usize| {
            let needs = self.needs.get(*other).into_iter().flatten().any(|(to, _)| *to == service);
            needs || self.stops_before.get(*other).is_some_and(|later| later.contains(&service))
        };
        (0..self.needs.len()).filter(behind).collect()
    }
}

fn next_in(stop_order: &[usize], service: usize) -> Vec<usize> {
    let next = stop_order.windows(2).filter_map(|pair| match pair {
        [before, after] if *before == service => Some(*after),
        _ => None,
    });
    next.collect()
}
