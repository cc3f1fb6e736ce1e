//! The order of a group: for each service the edges that the generated `PLAN` contains, and one order for all.

use crate::graph::{EdgeKind, Graph, Position};

/// The part of the generated `PLAN` that the macro computes. Services are indexes.
pub(crate) struct Plan {
    pub(crate) needs: Vec<Vec<(usize, EdgeKind)>>,
    pub(crate) stops_before: Vec<Vec<usize>>,
    /// Each service after all that it needs and all that it stops before. Read backwards, it is a stop order.
    pub(crate) order: Vec<usize>,
}

impl Plan {
    /// Builds the plan from a graph without contradictions. `stop_order` has the services as the user listed them.
    pub(crate) fn new(graph: Graph, positions: &[Option<Position>], stop_order: &[usize]) -> Self {
        let graph = graph.with_position_edges(positions);
        let stops_before: Vec<Vec<usize>> =
            (0..positions.len()).map(|service| next_in(stop_order, service)).collect();
        let order = graph.order(&stops_before);
        let needs = (0..positions.len()).map(|service| graph.needs(service).collect()).collect();
        Self { needs, stops_before, order }
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
